/*
 * L1: whether an alert fires, as a fold over the periods of released figures.
 */
#include <string.h>

#include "services/ctl/naive_verdict.h"

#define CLOSE_DAYS 90

/* The version whose rules hold: that of the judged period, else the last. */
static const struct cat_target_version *
version_now(const struct naive_series *s, const struct cat_target *target,
            uint32_t unit)
{
	struct naive_verdict v =
	    naive_judge(s, target, unit, (struct period){0});

	return v.row ? target_version(target, v.judged)
	             : &target->versions[target->n_versions - 1];
}

static const struct cat_alert_rule *
rule_of(const struct cat_target_version *v, const char *severity)
{
	for (uint32_t i = 0; i < v->n_rules; i++) {
		if (strcmp(v->rules[i].severity, severity) == 0)
			return &v->rules[i];
	}
	return NULL;
}

struct fold {
	bool firing;
	uint32_t matching;
	uint32_t clearing;
};

static void
fold_period(struct fold *f, const struct cat_alert_rule *rule, bool match)
{
	f->matching = match ? f->matching + 1 : 0;
	f->clearing = match ? 0 : f->clearing + 1;
	if (!f->firing)
		f->firing = f->matching >= rule->after;
	else if (f->clearing >= rule->clear)
		f->firing = false;
}

/* A miss at the end that is long known. A roll-up has no date. */
static bool
closed(const struct naive_series *series, const struct naive_verdict *last)
{
	return last->row && last->kind == VERDICT_MISSED &&
	       last->judged.code == last->due.code &&
	       last->released_on.n != DAY_NONE &&
	       series->today.n > last->released_on.n + CLOSE_DAYS;
}

/* The unit is no more, and nothing was told of a period after it. */
static bool
left_behind(const struct naive_series *series, uint32_t unit, struct period p)
{
	struct day end = series->c->units[unit].validity.to;

	return end.n < series->today.n && period_last_day(p).n <= end.n;
}

bool
naive_fires(const struct naive_series *series, const struct cat_target *target,
            uint32_t unit, const char *severity)
{
	const struct cat_target_version *v = version_now(series, target, unit);
	const struct cat_alert_rule *rule = rule_of(v, severity);
	struct period p = naive_due(series, v);
	struct naive_verdict last = {.row = false};
	struct fold f = {.firing = false};

	if (rule == NULL)
		return false;
	while (p.code != 0 && period_last_day(p).n >= series->first.n)
		p = period_shift(p, -1);
	for (; p.code != 0 && period_compare(p, naive_due(series, v)) <= 0;
	     p = period_shift(p, 1)) {
		struct naive_verdict said =
		    naive_judge(series, target, unit, p);

		if (!said.row || said.kind == VERDICT_UNDECIDED ||
		    !said.released)
			continue;
		fold_period(&f, rule, (rule->when >> said.kind & 1) != 0);
		last = said;
	}
	return f.firing && !closed(series, &last) &&
	       !left_behind(series, unit, last.judged);
}
