#include <stdio.h>

#include "common/domain/explain_parts.h"
#include "common/domain/method.h"
#include "common/domain/verdict_judge.h"

#define YEAR 12

/* The sum over the programme, from what was there before. */
void
sum_total(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number now = number_of(t, v->value);
	struct number before =
	    number_fine(t, v->total - verdict_fine(v->value));
	struct expr e = {""};

	if (!v->has_total)
		return;
	(void)snprintf(e.text, sizeof e.text, "%s + %s", before.text, now.text);
	put_sum(t, "total", &e, v->total);
}

/* "1.5", "0.3333": a factor; of a degree in per cent. */
static struct number
factor_of(const struct telling *t, int scale)
{
	struct telling plain = *t;
	struct verdict none = {.places = 0};

	plain.v = &none;
	return number_fine(&plain, (i128)t->version->factor * scale);
}

static int64_t
planned(const struct telling *t)
{
	const struct cat_target_version *v = t->version;

	for (uint32_t i = 0; i < v->n_plan; i++)
		if (v->plan[i].period.code == t->v->judged.code)
			return v->plan[i].value;
	return 0;
}

/* What is asked, where it comes of a factor or a degree. */
void
sum_formed(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number base = number_of(t, v->base);
	struct number measure = number_at(t, v->reference, v->reference_places);
	struct number plan = number_of(t, planned(t));
	struct number factor = factor_of(t, 1);
	struct number percent = factor_of(t, 100);
	struct expr e = {""};

	if (!v->has_target_level || t->version->factor == 0)
		return;
	if (t->version->kind == TARGET_RELATIVE)
		(void)snprintf(e.text, sizeof e.text, "%s * %s", measure.text,
		               factor.text);
	else if (t->version->kind == TARGET_PLAN)
		(void)snprintf(e.text, sizeof e.text, "%s * %s / 100",
		               plan.text, percent.text);
	else if (t->version->kind == TARGET_HALVING)
		(void)snprintf(e.text, sizeof e.text, "%s / 2", base.text);
	else
		(void)snprintf(e.text, sizeof e.text, "%s * %s", base.text,
		               factor.text);
	put_sum(t, "target_level", &e, v->target_level);
}

/* A sum begins with nothing at the programme's start. */
void
sum_path_zero(const struct telling *t)
{
	const struct verdict *v = t->v;
	int start =
	    period_year_first(t->c->programmes[t->version->programme].from) - 1;
	struct number level = number_fine(t, v->target_level);
	struct expr e = {""};

	if (counts_each(t) || at_due(t) || t->version->path != PATH_LINE)
		return;
	(void)snprintf(e.text, sizeof e.text, "%s * (%d - %d) / (%d - %d)",
	               level.text, period_year(v->judged), start,
	               period_year(v->due), start);
	put_sum(t, "path", &e, v->path);
}

/* --- ratio methods -------------------------------------------------------- */

/* "(20.00 / 30.00) ^ (1 / 5) - 1" */
static void
put_growth(const struct telling *t, i128 to, int months, struct expr *e)
{
	struct number left = number_fine(t, to);
	struct number right = number_of(t, t->v->base);
	bool years = months % YEAR == 0;

	(void)snprintf(e->text, sizeof e->text, "(%s / %s) ^ (%d / %d) - 1",
	               left.text, right.text, years ? 1 : YEAR,
	               years ? months / YEAR : months);
}

/* The rates point to the same side, and R says they do not, or the other way:
 * it counts in the good direction. */
static bool
turned_round(const struct verdict *v)
{
	i128 base = verdict_fine(v->base);
	i128 made = verdict_fine(v->value) - base;
	i128 asked = v->target_level - base;

	return ((made < 0) == (asked < 0)) != (v->ratio >= 0);
}

static struct number
millionths(const struct telling *t, int64_t value)
{
	return number_at(t, value, METHOD_PLACES);
}

/* Down to the threshold that decided. */
static void
put_thresholds(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number ratio = millionths(t, v->ratio);
	int n;
	const struct method_threshold *list =
	    method_thresholds(method_parse(span_str(t->version->method)), &n);

	for (int i = 0; i < n - 1; i++) {
		struct number least = millionths(t, list[i].at_least);
		bool holds = v->ratio >= list[i].at_least;

		buf_printf(t->out, "  %s = %s >= %s = %s\n", list[i].category,
		           ratio.text, least.text, holds ? "true" : "false");
		if (holds)
			return;
	}
}

void
sum_ratio(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number ratio = millionths(t, v->ratio);
	struct expr made = {""};
	struct expr asked = {""};

	if (!v->has_ratio || v->rule != RULE_RATIO)
		return;
	put_growth(t, verdict_fine(v->value),
	           months_between(v->base_period, v->judged), &made);
	put_growth(t, v->target_level, months_between(v->base_period, v->due),
	           &asked);
	buf_printf(t->out, "  ratio = %s(%s) / (%s) = %s\n",
	           turned_round(v) ? "-1 * " : "", made.text, asked.text,
	           ratio.text);
	if (v->figure.bound == BOUND_EQ)
		put_thresholds(t);
}
