#include "common/domain/explain.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/explain_parts.h"

#define ARGS(...)             \
	(const char *const[]) \
	{                     \
		__VA_ARGS__   \
	}

static void
say(const struct telling *t, enum text id, const char *const *args, unsigned n)
{
	put_filled(t->out, text_of(id, t->lang), args, n);
}

static void
line(const struct telling *t, enum text id, const char *const *args, unsigned n)
{
	say(t, id, args, n);
	buf_put_str(t->out, "\n");
}

/* What is declared nowhere prints as nothing. */
static const char *
given(const char *text)
{
	return text != NULL ? text : "";
}

static void
put_unit(const struct telling *t)
{
	unit_display_name(t->c, t->v->unit, t->out);
	buf_printf(t->out, " (%s)", t->c->units[t->v->unit].id);
}

static void
tell_title(const struct telling *t)
{
	const struct verdict *v = t->v;
	char period[PERIOD_TEXT_MAX];
	struct buf unit;
	struct telling named = *t;
	const char *name;

	buf_init(&unit, UINT16_MAX);
	named.out = &unit;
	put_unit(&named);
	name = buf_cstr(&unit);
	say(t, t->lang == LANG_EN ? TEXT_TITLE_PLAIN : TEXT_TITLE,
	    ARGS(verdict_word(v->kind, t->lang), verdict_kind_name(v->kind),
	         given(name), t->c->targets[v->target].id,
	         period_format(v->judged, period)),
	    5);
	buf_fini(&unit);
	if (v->final)
		say(t, TEXT_FINAL, NULL, 0);
	buf_put_str(t->out, "\n");
}

/* "seed-004: 1722/QD-TTg, 2016-09-02, title" as far as known. */
static void
tell_document(const struct telling *t, enum text id, uint32_t document)
{
	const struct cat_document *d;
	char date[DAY_TEXT_MAX];
	struct buf b;

	if (document == NUMBER_NONE || document >= t->c->n_documents)
		return;
	d = &t->c->documents[document];
	const char *const parts[] = {given(d->number),
	                             day_format(d->date, date),
	                             given(d->issuer), given(d->title)};

	buf_init(&b, UINT16_MAX);
	buf_put_str(&b, d->id);
	for (int i = 0; i < 4; i++) {
		if (parts[i][0] == '\0')
			continue;
		buf_put_str(&b, i > 0 && b.len > 0 ? ", " : ": ");
		buf_put_str(&b, parts[i]);
	}
	line(t, id, ARGS(given(buf_cstr(&b))), 1);
	buf_fini(&b);
}

static void
tell_target(const struct telling *t)
{
	const struct verdict *v = t->v;
	char due[PERIOD_TEXT_MAX];
	struct number first = number_of(t, v->target_first_value);
	struct number now = number_of(t, v->target_value);

	line(t, TEXT_TARGET,
	     ARGS(given(t->version->text), period_format(v->due, due)), 2);
	tell_document(t, TEXT_TARGET_DOCUMENT, t->version->document);
	if (v->has_target_first)
		line(t, TEXT_TARGET_FIRST, ARGS(first.text, now.text), 2);
}

static void
tell_parts(const struct telling *t)
{
	const struct figure *f = &t->v->figure;
	char numerator[DECIMAL_TEXT_MAX];
	char denominator[DECIMAL_TEXT_MAX];

	if (!(f->has & FIGURE_PARTS))
		return;
	line(t, TEXT_FIGURE_PARTS,
	     ARGS(decimal_format(f->numerator, 0, numerator),
	          decimal_format(f->denominator, 0, denominator)),
	     2);
}

static void
tell_figure(const struct telling *t)
{
	const struct verdict *v = t->v;
	const struct figure *f = &v->figure;
	struct number value = number_of(t, v->has_value ? v->value : f->value);
	char period[PERIOD_TEXT_MAX];
	char day[DAY_TEXT_MAX];
	char status[2] = {status_letter((enum obs_status)f->status), '\0'};

	if (!v->has_figure) {
		line(t, TEXT_NO_FIGURE, ARGS(period_format(v->judged, period)),
		     1);
		return;
	}
	/* a roll-up was released by nobody */
	line(t, f->released.n == DAY_NONE ? TEXT_FIGURE_ROLLED : TEXT_FIGURE,
	     ARGS(value.text, period_format(f->period, period), status,
	          day_format(f->released, day)),
	     4);
	tell_parts(t);
	if (f->bound != BOUND_EQ)
		line(t, TEXT_FIGURE_BOUND,
		     ARGS(bound_text((enum bound)f->bound), value.text), 2);
	tell_document(t, TEXT_FIGURE_DOCUMENT, f->document);
	if (v->contested)
		line(t, TEXT_CONTESTED, NULL, 0);
}

/* Whose figure the measure is: the indicator's, or the unit's. */
static const char *
measure_of(const struct telling *t)
{
	const struct cat_target_version *v = t->version;
	const struct cat_unit *unit =
	    &t->c->units[v->relative_unit == NUMBER_NONE ? t->v->unit
	                                                 : v->relative_unit];

	if (v->relative_unit == NUMBER_NONE &&
	    v->relative_definition < t->c->n_definitions)
		return given(t->c->definitions[v->relative_definition].id);
	return given(unit->id);
}

static void
tell_base(const struct telling *t)
{
	const struct verdict *v = t->v;
	char period[PERIOD_TEXT_MAX];
	struct number base = number_of(t, v->base);
	struct number path = number_fine(t, v->path);

	if (v->has_base) {
		line(t, TEXT_BASE,
		     ARGS(base.text, period_format(v->base_period, period)), 2);
		if (!t->version->base_series)
			tell_document(t, TEXT_BASE_DOCUMENT,
			              t->version->base_document);
	}
	if (v->has_reference) {
		struct number measure =
		    number_at(t, v->reference, v->reference_places);

		line(t, TEXT_MEASURE,
		     ARGS(measure.text, measure_of(t),
		          period_format(v->judged, period)),
		     3);
	}
	if (v->has_path && v->path_period.code != 0)
		line(t, TEXT_MILESTONE,
		     ARGS(path.text, period_format(v->path_period, period)), 2);
}

/* "2018: there is no figure; 2019: ..." */
static void
tell_gaps(const struct telling *t)
{
	uint32_t n = t->gaps != NULL ? t->gaps->n : 0;
	uint32_t told = n < VERDICT_GAPS_MAX ? n : VERDICT_GAPS_MAX;
	char text[PERIOD_TEXT_MAX];
	char more[DECIMAL_TEXT_MAX];

	if (n == 0)
		return;
	say(t, TEXT_GAPS, NULL, 0);
	for (uint32_t i = 0; i < told; i++) {
		const struct verdict_gap *gap = &t->gaps->list[i];

		buf_printf(t->out, "%s%s: %s", i > 0 ? "; " : "",
		           period_format(gap->period, text),
		           reason_text(gap->reason, t->lang));
	}
	if (n > told)
		say(t, TEXT_GAPS_MORE, ARGS(decimal_format(n - told, 0, more)),
		    1);
	buf_put_str(t->out, "\n");
}

/* The period that is judged when it is due: a year of a span that ends with it. */
struct period
due_judged(const struct telling *t)
{
	struct period p = t->v->judged;

	return period_shift(p, months_between(p, t->v->due) / period_months(p));
}

static void
tell_why(const struct telling *t)
{
	const struct verdict *v = t->v;
	char due[PERIOD_TEXT_MAX];

	say(t, TEXT_DECIDED, ARGS(""), 1);
	if (v->kind != VERDICT_UNDECIDED)
		buf_put_str(t->out, rule_text(v->rule, t->lang));
	else if (v->reason == REASON_NO_PATH && names_change(t))
		say(t, TEXT_NO_PATH_CHANGE,
		    ARGS(period_format(due_judged(t), due)), 1);
	else
		buf_put_str(t->out, reason_text(v->reason, t->lang));
	buf_put_str(t->out, "\n");
}

static void
tell_decided(const struct telling *t)
{
	const struct verdict *v = t->v;
	char period[PERIOD_TEXT_MAX];

	tell_why(t);
	tell_gaps(t);
	if (v->achieved_period.code != 0)
		line(t, TEXT_ACHIEVED_SINCE,
		     ARGS(period_format(v->achieved_period, period)), 1);
	say(t, TEXT_CHANGE, NULL, 0);
	tell_change(t);
	buf_put_str(t->out, "\n");
}

static void
tell_time(const struct telling *t)
{
	const struct verdict *v = t->v;
	char by[DAY_TEXT_MAX];
	char late[DAY_TEXT_MAX];
	char period[PERIOD_TEXT_MAX];

	say(t, TEXT_TIMELY, ARGS(timeliness_text(v->timeliness, t->lang)), 1);
	if (v->expected)
		say(t, TEXT_EXPECTED,
		    ARGS(day_format(v->expected_by, by),
		         day_format(v->late_after, late)),
		    2);
	buf_put_str(t->out, "\n");
	if (v->kind == VERDICT_UNDECIDED && v->last_period.code != 0)
		line(t, TEXT_LAST,
		     ARGS(verdict_word(v->last_kind, t->lang),
		          period_format(v->last_period, period)),
		     2);
}

static void
tell_arithmetic(const struct telling *t)
{
	size_t before = t->out->len;
	size_t headed;

	line(t, TEXT_ARITHMETIC, NULL, 0);
	headed = t->out->len;
	tell_sums(t);
	if (t->out->len == headed)
		buf_truncate(t->out, before);
}

void
explain_write(const struct catalogue *c, const struct verdict *v,
              const struct verdict_gaps *gaps, enum lang lang, struct buf *out)
{
	const struct cat_target *target = &c->targets[v->target];
	uint32_t last = target->n_versions - 1;
	struct telling t = {
	    .c = c, .v = v, .gaps = gaps, .lang = lang, .out = out};
	char period[PERIOD_TEXT_MAX];

	t.version = &target->versions[v->version < last ? v->version : last];
	t.d = &c->definitions[v->definition];
	tell_title(&t);
	tell_target(&t);
	tell_figure(&t);
	tell_base(&t);
	tell_arithmetic(&t);
	tell_decided(&t);
	tell_time(&t);
	line(&t, TEXT_REPRODUCE,
	     ARGS(target->id, c->units[v->unit].id,
	          period_format(v->judged, period)),
	     3);
}

/* --- one line for an alert ------------------------------------------------ */

static enum text
summary_numbers(const struct alert *a)
{
	if (!a->revised_gone)
		return TEXT_SUMMARY_REVISED;
	return a->reason == ALERT_SOURCE_WITHDREW ? TEXT_SUMMARY_WITHDRAWN
	                                          : TEXT_SUMMARY_GONE;
}

const struct cat_target_version *
alert_version(const struct catalogue *c, const struct alert *a)
{
	const struct cat_target *target = &c->targets[a->target];
	const struct cat_target_version *v = NULL;

	if (target->n_versions == 0)
		return NULL;
	if (a->period.code != 0)
		v = target_version(target, a->period);
	return v != NULL ? v : &target->versions[target->n_versions - 1];
}

static const char *
alert_measure(const struct catalogue *c, const struct alert *a)
{
	const struct cat_target_version *v = alert_version(c, a);

	if (v == NULL || v->definition >= c->n_definitions)
		return "";
	return given(c->definitions[v->definition].unit_measure);
}

/* How much of a text fits into most bytes; no letter is parted. */
static int
fitting(const char *text, size_t most)
{
	size_t len = strlen(text);

	if (len > most)
		len = most;
	while (len > 0 && (text[len] & 0xc0) == 0x80)
		len--;
	return (int)len;
}

struct measured_number
alert_number(const struct catalogue *c, const struct alert *a, int64_t mantissa,
             enum lang lang)
{
	const struct telling t = {.lang = lang};
	struct number n = number_at(&t, mantissa, a->places);
	const char *measure = alert_measure(c, a);
	struct measured_number m;

	snprintf(m.text, sizeof(m.text), "%s%s%.*s", n.text,
	         measure[0] != '\0' ? " " : "",
	         fitting(measure, MEASURED_MAX - 1), measure);
	return m;
}

void
put_unit_name(const struct catalogue *c, uint32_t unit, enum lang lang,
              struct buf *out)
{
	if (lang == LANG_EN)
		unit_display_name_en(c, unit, out);
	else
		unit_display_name(c, unit, out);
}

static void
summary_reason(const struct catalogue *c, const struct alert *a, enum lang lang,
               struct buf *out)
{
	struct measured_number before = alert_number(c, a, a->value_old, lang);
	struct measured_number after = alert_number(c, a, a->value_new, lang);
	char period[PERIOD_TEXT_MAX];

	if (a->reason == ALERT_REASON_NONE)
		return;
	buf_put_str(out, alert_reason_text(a->reason, lang));
	if (a->revised.code != 0)
		put_filled(out, text_of(summary_numbers(a), lang),
		           ARGS(period_format(a->revised, period), before.text,
		                after.text),
		           3);
	buf_put_str(out, "; ");
}

void
alert_summary_write(const struct catalogue *c, const struct alert *a,
                    enum lang lang, struct buf *out)
{
	struct measured_number value = alert_number(c, a, a->value, lang);
	char period[PERIOD_TEXT_MAX];
	struct buf unit;

	buf_init(&unit, UINT16_MAX);
	put_unit_name(c, a->unit, lang, &unit);
	summary_reason(c, a, lang, out);
	if (a->period.code == 0)
		buf_printf(out, "%s, %s", given(buf_cstr(&unit)),
		           c->targets[a->target].id);
	else
		put_filled(out, text_of(TEXT_SUMMARY, lang),
		           ARGS(verdict_word(a->kind, lang),
		                given(buf_cstr(&unit)),
		                c->targets[a->target].id,
		                period_format(a->period, period), value.text),
		           5);
	buf_fini(&unit);
}
