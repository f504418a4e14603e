#include "common/domain/verdict_judge.h"

#include <stddef.h>

#include "common/domain/method.h"

/* One value under the table: what the figure says, or an end of its bound. */
struct weighing {
	const struct judge *j;
	const struct demand *q;
	i128 value;
	const struct verdict_parts *parts; /* to count, or NULL */
	i128 margin;                       /* fine */
};

struct decision {
	enum verdict_kind kind;
	enum verdict_rule rule;
	enum verdict_reason reason;
};

static i128
ahead_of(const struct weighing *w, i128 than)
{
	return ahead_by(w->j, w->value, than);
}

static bool
has_pace(const struct judge *j, const struct demand *q)
{
	return q->previous.point != NULL && is_paced(j);
}

static i128
last_step(const struct weighing *w)
{
	int months =
	    month_end(w->j->p) - month_end(w->q->previous.point->period);

	return fine_a_year(ahead_of(w, w->q->previous.fine), months);
}

/* The distance left divided by the time left. */
static i128
required_pace(const struct weighing *w)
{
	int months = month_end(w->j->due) - month_end(w->j->p);

	return fine_a_year(-ahead_of(w, w->q->level), months);
}

/* Every year of `each` counts, but without a path at the due period only. */
static bool
weighs_steps(const struct judge *j)
{
	return is_each(j) && (judge_at_due(j) || j->v->path != PATH_NONE);
}

static bool
meets(const struct weighing *w)
{
	const struct demand *q = w->q;
	struct demand step = *q;

	if (!is_each(w->j))
		return judge_meets(w->j, q, w->value, w->parts);
	step.has_level = q->has_path;
	step.level = q->path;
	step.clipped = q->path_clipped;
	return !q->failed && judge_meets(w->j, &step, w->value, NULL);
}

/* --- J2, the rows before the due period, in order ------------------------- */

static bool
lost(const struct weighing *w)
{
	if (!w->q->was_met)
		return false;
	if (w->q->has_level)
		return ahead_of(w, w->q->level) < -w->margin;
	return !meets(w);
}

static bool
under_base(const struct weighing *w)
{
	return w->q->has_base && ahead_of(w, w->q->base) < -w->margin;
}

static bool
off_path(const struct weighing *w)
{
	return w->q->has_path && ahead_of(w, w->q->path) < -w->margin;
}

/* A figure that is itself a change says so by its sign. */
static bool
turned(const struct weighing *w)
{
	if (!off_path(w))
		return false;
	if (w->j->names_change)
		return w->value < -w->margin;
	return w->q->previous.point != NULL &&
	       ahead_of(w, w->q->previous.fine) < -w->margin;
}

static bool
step_failed(const struct weighing *w)
{
	return w->q->failed && w->q->failed_by > w->margin;
}

static bool
near_path(const struct weighing *w)
{
	return (w->q->has_path && ahead_of(w, w->q->path) < 0) || w->q->failed;
}

static bool
slow(const struct weighing *w)
{
	return has_pace(w->j, w->q) && w->q->has_level &&
	       last_step(w) < required_pace(w);
}

static const struct {
	bool (*applies)(const struct weighing *);
	enum verdict_kind kind;
	enum verdict_rule rule;
} rows[] = {
    {lost, VERDICT_REVERSING, RULE_LOST},
    {under_base, VERDICT_REVERSING, RULE_UNDER_BASE},
    {turned, VERDICT_REVERSING, RULE_TURNED},
    {off_path, VERDICT_BEHIND, RULE_OFF_PATH},
    {step_failed, VERDICT_BEHIND, RULE_STEP_FAILED},
    {near_path, VERDICT_AT_RISK, RULE_NEAR_PATH},
    {slow, VERDICT_AT_RISK, RULE_SLOW},
};

static struct decision
undecided(enum verdict_reason reason)
{
	return (struct decision){VERDICT_UNDECIDED, RULE_UNDECIDED, reason};
}

static struct decision
decide_due(const struct weighing *w)
{
	struct decision d = {VERDICT_MISSED, RULE_DUE, REASON_NONE};

	if (meets(w))
		d.kind = VERDICT_ACHIEVED;
	return d;
}

static bool
by_ratio(const struct judge *j)
{
	return method_is_ratio(method_parse(span_str(j->v->method)));
}

/* Base, value and level due, and the time between. */
static struct method_result
ratio_of(const struct weighing *w)
{
	const struct judge *j = w->j;
	const struct method_input in = {
	    .base = w->q->base,
	    .value = w->value,
	    .target = w->q->level,
	    .base_month = month_end(j->v->base_period),
	    .month = month_end(j->p),
	    .target_month = month_end(j->due),
	    .places = j->d->decimals,
	    .up = j->up,
	};
	struct method_result r = {.refused = METHOD_NO_BASE};

	if (w->q->has_base && w->q->has_level)
		method_apply(method_parse(span_str(j->v->method)), &in, &r);
	return r;
}

static struct decision
decide_ratio(const struct weighing *w)
{
	struct method_result r = ratio_of(w);

	if (!w->q->has_base)
		return undecided(REASON_NO_BASE);
	if (r.refused != METHOD_ACCEPTED)
		return undecided(REASON_NO_PATH);
	return (struct decision){r.verdict, RULE_RATIO, REASON_NONE};
}

static struct decision
decide(const struct weighing *w)
{
	struct decision d = {VERDICT_ON_TRACK, RULE_ON_PATH, REASON_NONE};

	if (judge_at_due(w->j))
		return decide_due(w);
	if (meets_early(w->j) && meets(w))
		return (struct decision){VERDICT_ACHIEVED, RULE_MET_EARLY,
		                         REASON_NONE};
	if (by_ratio(w->j))
		return decide_ratio(w);
	if (!w->q->has_path && !(w->q->failed && weighs_steps(w->j)))
		return undecided(w->q->no_path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!rows[i].applies(w))
			continue;
		d.kind = rows[i].kind;
		d.rule = rows[i].rule;
		break;
	}
	return d;
}

/* F5: what is good at its worst, or bad at its best, is so. */
static struct decision
decide_inexact(const struct weighing *at, const struct reading *r)
{
	const uint32_t good = 1u << VERDICT_ACHIEVED | 1u << VERDICT_ON_TRACK;
	const uint32_t bad = 1u << VERDICT_MISSED | 1u << VERDICT_BEHIND |
	                     1u << VERDICT_REVERSING;
	struct weighing w = *at;
	struct decision worst, best;

	w.parts = NULL;
	w.value = r->worst;
	worst = decide(&w);
	w.value = r->best;
	best = decide(&w);
	if (good & (1u << worst.kind))
		return worst;
	if ((bad & (1u << best.kind)) || worst.kind == best.kind)
		return best;
	return undecided(r->missing != REASON_NONE ? r->missing
	                                           : REASON_INEXACT);
}

/* --- J2, the rows before the figure is weighed ---------------------------- */

static bool
has_plan_figure(const struct judge *j, const struct demand *q,
                const struct reading *r)
{
	const uint32_t numbers = 1u << TARGET_LEVEL | 1u << TARGET_STEP |
	                         1u << TARGET_SHARE | 1u << TARGET_COUNT;
	bool counted =
	    j->v->kind == TARGET_ALL || j->v->kind == TARGET_COMPLETE;

	if (numbers & (1u << j->v->kind))
		return j->v->has_value;
	if (j->v->kind == TARGET_PLAN)
		return q->has_level;
	if (!counted || q->has_level || r->point == NULL)
		return true;
	return countable_parts(j, r) != NULL;
}

/* T5: no longer there, and not the due period on the old territory. */
static bool
abolished(const struct judge *j, const struct reading *r)
{
	const struct cat_unit *u = &j->in->c->units[j->in->unit];
	struct day end = period_last_day(j->p);

	if (validity_holds(u->validity, end) || end.n < u->validity.from.n)
		return false;
	return r->point == NULL || j->p.code != j->due.code;
}

/* The step of the judged year itself falls short: then a year without a figure
 * could not save it (T3). */
static bool
own_step_fails(const struct judge *j, const struct demand *q,
               const struct reading *r)
{
	struct demand step = *q;

	step.has_level = q->has_path;
	step.level = q->path;
	step.clipped = q->path_clipped;
	return is_each(j) && q->has_path && reading_fails(j, &step, r);
}

static enum verdict_reason
why_undecided(const struct judge *j, const struct demand *q,
              const struct reading *r)
{
	if (!has_plan_figure(j, q, r))
		return REASON_NO_PLAN_FIGURE;
	if (abolished(j, r))
		return REASON_UNIT_ABOLISHED;
	if (r->point == NULL)
		return r->reason;
	if ((needs_base(j) && !q->has_base) ||
	    (j->v->kind == TARGET_RELATIVE && !q->has_level))
		return REASON_NO_BASE;
	if (!weighs_steps(j) || q->failed || own_step_fails(j, q, r))
		return REASON_NONE;
	return q->missing;
}

/* --- once met, stays (complete, accumulated over the programme) ----------- */

static bool
is_sticky(const struct judge *j)
{
	bool kept = j->v->kind == TARGET_COMPLETE ||
	            j->d->accumulation == ACCUMULATION_PROGRAMME ||
	            judge_sums(j);

	return kept && meets_early(j);
}

/* T3: complete by a record, where no figure of the period says otherwise. */
static const struct verdict_point *
completed_in(const struct judge *j, struct period p)
{
	const struct verdict_input *in = j->in;

	for (uint32_t i = 0; i < in->n && j->v->kind == TARGET_COMPLETE; i++) {
		if (in->points[i].which == POINT_COMPLETION &&
		    in->points[i].period.code == p.code &&
		    in->points[i].figure.definition == j->v->definition)
			return &in->points[i];
	}
	return NULL;
}

/* The last figure, or record, that says yes or no: *r. Where that is the judged
 * period's own figure the table says the same, unless the unit is no more. */
static bool
stays(const struct judge *j, const struct demand *q, struct reading *r)
{
	const struct verdict_input *in = j->in;

	if (!is_sticky(j))
		return false;
	*r = judge_read(j, j->p);
	if (reading_meets(j, q, r))
		return abolished(j, r);
	if (reading_fails(j, q, r))
		return false;
	r->point = completed_in(j, j->p);
	if (r->point != NULL)
		return true;
	for (uint32_t i = in->n; i-- > 0;) {
		struct period p = in->points[i].period;

		if (month_end(p) >= month_end(j->p) ||
		    period_months(p) != period_months(j->p))
			continue;
		if (month_end(p) <= month_start(j))
			break;
		*r = judge_read(j, p);
		if (reading_meets(j, q, r))
			return true;
		if (reading_fails(j, q, r))
			return false;
		r->point = completed_in(j, p);
		if (r->point != NULL)
			return true;
	}
	return false;
}

/* The first period of the unbroken run of figures that meet the target; a year
 * without one breaks it, unless what was met stays met. */
static struct period
run_from(const struct judge *j, const struct demand *q, struct period last)
{
	struct period first = last;
	struct period p = last;

	if (is_each(j) || j->names_change)
		return first;
	for (;;) {
		struct reading r;

		p = period_shift(p, -1);
		if (month_end(p) <= month_start(j))
			return first;
		r = judge_read(j, p);
		if (reading_meets(j, q, &r) ||
		    (!reading_fails(j, q, &r) && completed_in(j, p)))
			first = p;
		else if (r.point != NULL || !is_sticky(j))
			return first;
	}
}

/* --- what is told beside the verdict -------------------------------------- */

static void
tell_figure(const struct verdict_point *pt, struct verdict *out)
{
	if (pt == NULL)
		return;
	out->has_figure = true;
	out->figure = pt->figure;
	out->figure.flags = 0;
	out->figure.action = 0;
	out->figure.status_named = false;
	out->figure.row = 0;
	out->released = pt->released;
	out->map = pt->which == POINT_ROLLUP ? pt->map : NUMBER_NONE;
}

/* The document has a factor or a degree; the number comes of it. */
static bool
number_is_formed(const struct cat_target_version *v)
{
	return v->factor != 0 || (v->kind == TARGET_MAINTAIN && !v->has_value);
}

/* What is asked, to the declared decimals. */
static void
tell_formed(const struct judge *j, const struct demand *q, struct verdict *out)
{
	i128 value = fine_quotient(q->level, FINE);

	if (!number_is_formed(j->v))
		return;
	out->has_target = q->has_level && value <= DECIMAL_MANTISSA_MAX &&
	                  value >= -DECIMAL_MANTISSA_MAX;
	out->target_value = out->has_target ? (int64_t)value : 0;
}

static void
tell_demand(const struct judge *j, const struct demand *q, struct verdict *out)
{
	out->has_target_level = q->has_level;
	out->target_level = q->level;
	out->has_base = q->has_base;
	out->base = (int64_t)(q->base / FINE);
	out->base_period = j->v->base_period;
	out->has_path = q->has_path;
	out->path = q->path;
	out->path_period = q->path_period;
	out->has_reference = q->has_reference;
	out->reference = q->reference;
	out->reference_places = q->reference_places;
	if (q->previous.point != NULL && !j->names_change &&
	    j->v->kind != TARGET_PLAN) {
		out->has_previous = true;
		out->previous = (int64_t)(q->previous.fine / FINE);
		out->previous_period = q->previous.point->period;
	}
	tell_formed(j, q, out);
}

static void
tell_paces(const struct weighing *w, struct verdict *out)
{
	const struct judge *j = w->j;
	bool due = judge_at_due(j);

	out->has_gap = w->q->has_path;
	out->gap = w->q->has_path ? ahead_of(w, w->q->path) : 0;
	if (due && j->v->kind == TARGET_STEP && needs_base(j) && !is_each(j)) {
		out->has_pace = true;
		out->pace =
		    fine_a_year(ahead_of(w, w->q->base),
		                month_end(j->p) - month_end(j->v->base_period));
	} else if (has_pace(j, w->q)) {
		out->has_pace = true;
		out->pace = last_step(w);
	}
	out->has_required_pace =
	    !due && w->q->has_level && is_paced(j) &&
	    (!meets_early(j) || -ahead_of(w, w->q->level) > 0);
	if (out->has_required_pace)
		out->required_pace = required_pace(w);
}

static void
tell_ratio(const struct weighing *w, struct verdict *out)
{
	struct method_result r;

	if (!by_ratio(w->j) || judge_at_due(w->j))
		return;
	r = ratio_of(w);
	out->has_ratio = r.refused == METHOD_ACCEPTED;
	out->ratio = r.value;
}

static void
tell_other(const struct demand *q, struct verdict *out)
{
	bool each = q->failed;

	out->year_missing = q->missing != REASON_NONE;
	if (!each && (!q->was_met || out->kind == VERDICT_ACHIEVED))
		return;
	out->has_other = true;
	out->other = each ? q->failed_value : q->met_value;
	out->other_before = each ? q->failed_before : 0;
	out->other_period = each ? q->failed_period : q->met_period;
}

static void
tell_sum(const struct judge *j, const struct reading *r, struct verdict *out)
{
	out->has_value = true;
	out->value = r->value;
	out->has_total = judge_sums(j);
	out->total = out->has_total ? r->fine : 0;
	out->total_bound = out->has_total ? (uint8_t)r->bound : 0;
	out->year_missing = out->year_missing || r->missing != REASON_NONE;
}

static void
tell(const struct decision *d, struct verdict *out)
{
	out->kind = d->kind;
	out->rule = d->rule;
	out->reason = d->reason;
}

static void
apply_stays(const struct judge *j, const struct demand *q,
            const struct reading *r, struct verdict *out)
{
	struct period met = r->point->period;

	tell(&(struct decision){VERDICT_ACHIEVED, RULE_STAYS, REASON_NONE},
	     out);
	if (r->point->which != POINT_COMPLETION) {
		tell_figure(r->point, out);
		tell_sum(j, r, out);
	}
	out->achieved_period = run_from(j, q, met);
}

static void
apply_figure(const struct judge *j, const struct demand *q,
             const struct reading *r, struct verdict *out)
{
	struct weighing w = {j, q, r->fine, countable_parts(j, r),
	                     (i128)j->v->margin * FINE};
	struct decision d =
	    reading_exact(r) ? decide(&w) : decide_inexact(&w, r);

	tell(&d, out);
	tell_paces(&w, out);
	tell_ratio(&w, out);
	tell_other(q, out);
	tell_sum(j, r, out);
	out->final = d.rule == RULE_DUE && r->point->released;
	if (d.kind == VERDICT_ACHIEVED)
		out->achieved_period = run_from(j, q, j->p);
}

void
judge_apply(const struct judge *j, struct verdict *out)
{
	struct demand q;
	struct reading r;
	enum verdict_reason why;

	judge_demand(j, &q);
	tell_demand(j, &q, out);
	if (stays(j, &q, &r)) {
		apply_stays(j, &q, &r, out);
		return;
	}
	r = judge_read(j, j->p);
	why = why_undecided(j, &q, &r);
	tell_figure(r.point != NULL ? r.point : judge_own_figure(j, j->p), out);
	if (why != REASON_NONE) {
		struct decision d = undecided(why);

		tell(&d, out);
		if (r.point != NULL)
			tell_sum(j, &r, out);
		return;
	}
	apply_figure(j, &q, &r, out);
}
