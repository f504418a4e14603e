#include "services/alert/alert_absent.h"

#include <stdio.h>

enum { NAMED_MAX = 5 }; /* units named where a target binds many */

/* Names and numbers are put in in this order in both languages. */
enum absent {
	NOT_BOUND,
	NO_TICK,
	NOTHING_ENDED,
	NOT_IN_FORCE,
	REFERENCE,
	NOT_YET_UNIT,
	OTHER_VERSION,
	SUCCEEDED,
	FREQUENCY,
	BEHIND_DUE,
	UP_TO_BASE,
	BEFORE_FORCE,
	ABSENTS
};

static const char *const words[ABSENTS][LANGS] = {
    [NOT_BOUND] = {[LANG_EN] = "it does not bind this unit, but ",
                   [LANG_VI] = "mục tiêu không áp dụng cho đơn vị này, mà "
                               "cho "},
    [NO_TICK] = {[LANG_EN] = "no day has been recorded yet, so no period has "
                             "ended",
                 [LANG_VI] = "chưa ghi nhận ngày nào nên chưa kỳ nào kết "
                             "thúc"},
    [NOTHING_ENDED] = {[LANG_EN] = "no period that it judges has ended yet; "
                                   "the first ends on ",
                       [LANG_VI] = "chưa kỳ nào được đánh giá đã kết thúc; kỳ "
                                   "đầu tiên kết thúc ngày "},
    [NOT_IN_FORCE] = {[LANG_EN] = "it is in force from ",
                      [LANG_VI] = "mục tiêu có hiệu lực từ "},
    [REFERENCE] = {[LANG_EN] = "the version in force then is listed for "
                               "reference only",
                   [LANG_VI] = "phiên bản hiệu lực khi đó chỉ để tham chiếu"},
    [NOT_YET_UNIT] = {[LANG_EN] = "the unit exists only from ",
                      [LANG_VI] = "đơn vị chỉ có từ ngày "},
    [OTHER_VERSION] = {[LANG_EN] = "the version in force then does not bind "
                                   "this unit; it is in force from ",
                       [LANG_VI] = "phiên bản hiệu lực khi đó không áp dụng "
                                   "cho đơn vị này; phiên bản đó có từ "},
    [SUCCEEDED] = {[LANG_EN] = "the unit is no more by then, and another "
                               "target takes over: ",
                   [LANG_VI] = "khi đó đơn vị không còn, mục tiêu khác thay "
                               "thế: "},
    [FREQUENCY] = {[LANG_EN] = "that is not a period as it is judged in, such "
                               "as ",
                   [LANG_VI] =
                       "đó không phải loại kỳ dùng để đánh giá, ví dụ "},
    [BEHIND_DUE] = {[LANG_EN] = "that lies behind the period in which it is "
                                "due, ",
                    [LANG_VI] = "kỳ đó sau kỳ đến hạn "},
    [UP_TO_BASE] = {[LANG_EN] = "that is not behind its base period, ",
                    [LANG_VI] = "kỳ đó không sau kỳ gốc "},
    [BEFORE_FORCE] = {[LANG_EN] = "that ends before it is in force, from ",
                      [LANG_VI] = "kỳ đó kết thúc trước khi mục tiêu có hiệu "
                                  "lực, từ "},
};

static void
put_period(struct buf *out, struct period p)
{
	char text[PERIOD_TEXT_MAX];

	buf_put_str(out, period_format(p, text));
}

static void
put_day(struct buf *out, struct day day)
{
	char text[DAY_TEXT_MAX];

	buf_put_str(out, day_format(day, text));
}

/* "Target pov-2026/step, unit ha-giang, period 2019: no verdict, for " */
static void
put_head(const char *target, const char *unit, struct period asked,
         enum lang lang, struct buf *out)
{
	bool vi = lang == LANG_VI;

	buf_printf(out, vi ? "Mục tiêu %s, đơn vị %s" : "Target %s, unit %s",
	           target, unit);
	if (asked.code != 0) {
		buf_put_str(out, vi ? ", kỳ " : ", period ");
		put_period(out, asked);
	}
	buf_put_str(out,
	            vi ? ": không có đánh giá, vì " : ": no verdict, for ");
}

static void
put_units(const struct catalogue *c, const struct cat_target_version *v,
          enum lang lang, struct buf *out)
{
	bool vi = lang == LANG_VI;

	if (v->level != NULL) {
		buf_printf(out,
		           vi ? "các đơn vị cấp %s trong bản đồ %s"
		              : "those of level %s in map %s",
		           v->level, c->maps[v->map].id);
		return;
	}
	for (uint32_t i = 0; i < v->n_units && i < NAMED_MAX; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "",
		           c->units[v->units[i]].id);
	if (v->n_units > NAMED_MAX)
		buf_printf(out, vi ? " và %u đơn vị khác" : " and %u more",
		           (unsigned)(v->n_units - NAMED_MAX));
}

void
alert_unbound_tell(const struct catalogue *c, uint32_t target, uint32_t unit,
                   enum lang lang, struct buf *out)
{
	const struct cat_target *t = &c->targets[target];

	put_head(t->id, c->units[unit].id, (struct period){0}, lang, out);
	buf_put_str(out, words[NOT_BOUND][lang]);
	put_units(c, &t->versions[t->n_versions - 1], lang, out);
	buf_put_u8(out, '\n');
}

static bool
is_up_to_base(const struct cat_target_version *v, struct period p)
{
	return v->base_period.code != 0 &&
	       period_last_day(p).n <= period_last_day(v->base_period).n;
}

/* What is asked of the version in force in a period, in verdict.c's order. */
static enum absent
absent_of(const struct verdict_input *in, const struct cat_target_version *v,
          struct period p)
{
	const struct cat_unit *u = &in->c->units[in->unit];
	struct day end = period_last_day(p);
	enum frequency f = target_frequency(in->c, v);

	if (v->reference)
		return REFERENCE;
	if (u->validity.from.n > end.n)
		return NOT_YET_UNIT;
	if (in->unbound & UINT64_C(1) << (v - in->target->versions))
		return OTHER_VERSION;
	if (u->validity.to.n < end.n &&
	    target_successor(in->target, in->unit) != NUMBER_NONE)
		return SUCCEEDED;
	if (end.n > period_last_day(v->due).n)
		return BEHIND_DUE;
	if (is_up_to_base(v, p))
		return UP_TO_BASE;
	if (f != FREQ_SPAN && period_frequency(p) != f)
		return FREQUENCY;
	return f == FREQ_SPAN ? FREQUENCY : BEFORE_FORCE;
}

/* The due period as it is judged: the last of its frequency. */
static struct period
due_example(const struct catalogue *c, const struct cat_target_version *v)
{
	enum frequency f = target_frequency(c, v);

	if (f == FREQ_SPAN || period_frequency(v->due) == f)
		return v->due;
	return period_last_ended(f, period_last_day(v->due));
}

static void
put_reason(const struct verdict_input *in, const struct cat_target_version *v,
           enum absent why, enum lang lang, struct buf *out)
{
	buf_put_str(out, words[why][lang]);
	if (why == NOT_YET_UNIT)
		put_day(out, in->c->units[in->unit].validity.from);
	else if (why == SUCCEEDED)
		buf_put_str(
		    out,
		    in->c->targets[target_successor(in->target, in->unit)].id);
	else if (why == FREQUENCY)
		put_period(out, due_example(in->c, v));
	else if (why == BEHIND_DUE)
		put_period(out, v->due);
	else if (why == UP_TO_BASE)
		put_period(out, v->base_period);
	else if (why != REFERENCE)
		put_period(out, v->in_force_from);
	if (why != OTHER_VERSION)
		return;
	buf_put_str(out, lang == LANG_VI ? ", cho " : " and binds ");
	put_units(in->c, v, lang, out);
}

/* Without a period asked for: the latest one that ended. */
static struct period
period_looked_at(const struct verdict_input *in)
{
	const struct cat_target *t = in->target;
	const struct cat_target_version *v = &t->versions[t->n_versions - 1];
	struct day yesterday = {in->today.n - 1};
	enum frequency f = target_frequency(in->c, v);

	if (in->asked.code != 0)
		return in->asked;
	if (period_last_day(v->due).n <= yesterday.n)
		return due_example(in->c, v);
	if (f == FREQ_SPAN)
		return (struct period){0};
	return period_last_ended(f, yesterday);
}

/* Nothing was asked, and what ended lies before all that is judged. */
static bool
is_to_come(const struct verdict_input *in, struct period p, enum absent why)
{
	return in->asked.code == 0 &&
	       (p.code == 0 || why == NOT_IN_FORCE || why == UP_TO_BASE ||
	        why == BEFORE_FORCE);
}

/* The first period behind the base, and in force. */
static struct day
first_end(const struct verdict_input *in)
{
	const struct cat_target_version *v = in->target->versions;
	enum frequency f = target_frequency(in->c, v);
	struct period p;

	if (f == FREQ_SPAN)
		return period_last_day(v->due);
	p = period_last_ended(f, period_last_day(v->in_force_from));
	if (v->base_period.code != 0 &&
	    period_last_day(p).n <= period_last_day(v->base_period).n)
		p = period_shift(
		    period_last_ended(f, period_last_day(v->base_period)), 1);
	return period_last_day(p);
}

void
alert_absent_tell(const struct verdict_input *in, enum lang lang,
                  struct buf *out)
{
	const struct cat_target_version *v = NULL;
	enum absent why = NOT_IN_FORCE;
	struct period p = {0};

	put_head(in->target->id, in->c->units[in->unit].id, in->asked, lang,
	         out);
	if (in->asked.code == 0 && in->today.n == DAY_NONE) {
		buf_printf(out, "%s\n", words[NO_TICK][lang]);
		return;
	}
	p = period_looked_at(in);
	if (p.code != 0)
		v = target_version(in->target, p);
	if (v != NULL)
		why = absent_of(in, v, p);
	else if (p.code != 0 && is_up_to_base(in->target->versions, p))
		why = UP_TO_BASE;
	if (is_to_come(in, p, why)) {
		buf_put_str(out, words[NOTHING_ENDED][lang]);
		put_day(out, first_end(in));
	} else {
		put_reason(in, v != NULL ? v : in->target->versions, why, lang,
		           out);
	}
	buf_put_u8(out, '\n');
}
