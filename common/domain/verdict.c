#include "common/domain/verdict.h"

#include <stddef.h>
#include <string.h>

#include "common/domain/verdict_judge.h"

#define YEAR        12 /* months */
#define MONTH_SHIFT 11 /* period.h: the end month above the length */

int
month_end(struct period p)
{
	return (int)(p.code >> MONTH_SHIFT);
}

int
month_start(const struct judge *j)
{
	const struct cat_target_version *v = j->v;

	if (v->base_period.code != 0)
		return month_end(v->base_period);
	return month_end(v->in_force_from) - period_months(v->in_force_from);
}

bool
judge_at_due(const struct judge *j)
{
	return j->p.code == j->due.code || j->v->kind == TARGET_PLAN;
}

/* --- what sort of target it is -------------------------------------------- */

i128
ahead_by(const struct judge *j, i128 value, i128 than)
{
	return j->up ? value - than : than - value;
}

i128
fine_quotient(i128 numerator, i128 denominator)
{
	i128 half = denominator / 2;
	i128 whole = numerator / denominator;
	i128 rest = numerator % denominator;

	if (rest < 0)
		return -rest > denominator - 1 - half ? whole - 1 : whole;
	return rest > denominator - 1 - half ? whole + 1 : whole;
}

i128
fine_a_year(i128 distance, int months)
{
	return fine_quotient(distance * YEAR, months);
}

bool
counts_years(const struct judge *j)
{
	return j->v->kind == TARGET_COUNT && !j->v->per_programme;
}

bool
is_each(const struct judge *j)
{
	bool each = j->v->kind == TARGET_STEP && j->v->steps == STEPS_EACH;

	return (each || counts_years(j)) && j->d->frequency != FREQ_SPAN;
}

bool
meets_early(const struct judge *j)
{
	bool never = j->v->kind == TARGET_MAINTAIN ||
	             j->v->kind == TARGET_PLAN ||
	             (j->v->kind == TARGET_COUNT && !j->up);

	return !never && !is_each(j) && !j->names_change;
}

bool
is_paced(const struct judge *j)
{
	return !j->names_change && !counts_years(j) &&
	       j->v->kind != TARGET_RELATIVE && j->v->kind != TARGET_PLAN;
}

bool
needs_base(const struct judge *j)
{
	const uint32_t from_base =
	    1u << TARGET_STEP | 1u << TARGET_MULTIPLE | 1u << TARGET_HALVING;

	if (j->v->kind == TARGET_MAINTAIN)
		return !j->v->has_value;
	return (from_base & (1u << j->v->kind)) && !j->names_change;
}

/* --- which period --------------------------------------------------------- */

static struct period
due_of(const struct catalogue *c, const struct cat_target_version *v)
{
	enum frequency f = target_frequency(c, v);

	if (f == FREQ_SPAN || period_frequency(v->due) == f)
		return v->due;
	return period_last_ended(f, period_last_day(v->due));
}

/* The good side is the one the document names; zero is reached from above, all
 * and a degree of fulfilment from below; a change counts in the good direction
 * (F7). */
static bool
up_is_good(const struct cat_target_version *v, const struct cat_definition *d)
{
	const uint32_t rising = 1u << TARGET_ALL | 1u << TARGET_COMPLETE |
	                        1u << TARGET_SHARE | 1u << TARGET_PLAN;

	if (v->kind == TARGET_ZERO)
		return false;
	if (rising & (1u << v->kind))
		return true;
	if (v->kind == TARGET_STEP && d->change != CHANGE_NONE)
		return true;
	if (v->kind != TARGET_STEP && v->sense != SENSE_NONE)
		return v->sense == SENSE_AT_LEAST || v->sense == SENSE_ABOVE;
	return d->direction != DIRECTION_DOWN;
}

/* T5: another target speaks of what became of the unit. */
static bool
is_succeeded(const struct verdict_input *in, struct period p)
{
	return in->c->units[in->unit].validity.to.n < period_last_day(p).n &&
	       target_successor(in->target, in->unit) != NUMBER_NONE;
}

/* T1, R3: the version binds the unit, and the unit exists by then. What is
 * abolished later stays bound (T5). */
static bool
is_bound(const struct verdict_input *in, const struct cat_target_version *v,
         struct period p)
{
	uint64_t bit = UINT64_C(1) << (v - in->target->versions);

	return (in->unbound & bit) == 0 &&
	       in->c->units[in->unit].validity.from.n <= period_last_day(p).n;
}

bool
judge_init(struct judge *j, const struct verdict_input *in, struct period p)
{
	const struct cat_target_version *v = target_version(in->target, p);

	if (v == NULL || v->reference || !is_bound(in, v, p) ||
	    is_succeeded(in, p))
		return false;
	*j = (struct judge){.in = in, .v = v, .p = p};
	j->d = &in->c->definitions[v->definition];
	j->due = due_of(in->c, v);
	j->up = up_is_good(v, j->d);
	j->names_change = v->kind == TARGET_STEP && j->d->change != CHANGE_NONE;
	if (j->d->frequency == FREQ_SPAN && month_end(p) == month_end(j->due))
		j->p = j->due;
	return period_months(j->p) == period_months(j->due) &&
	       month_end(j->p) <= month_end(j->due) &&
	       month_end(j->p) > month_start(j);
}

static bool
owed_and_not_late(const struct judge *j)
{
	struct expected e;

	return figure_expected(j->in->c, j->v->definition, j->in->unit, j->p,
	                       &e) &&
	       j->in->today.n <= e.late.n;
}

static struct period
last_ended(const struct verdict_input *in)
{
	const struct cat_target *t = in->target;
	const struct cat_target_version *v = &t->versions[t->n_versions - 1];
	struct period due = due_of(in->c, v);
	struct day yesterday = {in->today.n - 1};
	struct period p;

	if (period_frequency(due) == FREQ_SPAN)
		return period_last_day(due).n <= yesterday.n
		           ? due
		           : (struct period){0};
	p = period_last_ended(period_frequency(due), yesterday);
	return period_compare(p, due) > 0 ? due : p;
}

/* J2: the judged period; false: no row. */
static bool
judge_period(struct judge *j, const struct verdict_input *in)
{
	struct judge before;
	struct period p;

	if (in->asked.code != 0)
		return judge_init(j, in, in->asked);
	if (in->today.n == DAY_NONE || in->target->n_versions == 0)
		return false;
	p = last_ended(in);
	if (p.code == 0 || !judge_init(j, in, p))
		return false;
	if (j->d->frequency == FREQ_SPAN)
		return true;
	while (!judge_has_figure(j, j->p) && owed_and_not_late(j)) {
		if (!judge_init(&before, in, period_shift(j->p, -1)))
			break;
		*j = before;
	}
	return true;
}

/* --- the row -------------------------------------------------------------- */

static void
tell_timeliness(const struct judge *j, struct verdict *out)
{
	struct expected e;

	out->expected =
	    figure_expected(j->in->c, j->v->definition, j->in->unit, j->p, &e);
	if (out->expected) {
		out->expected_by = e.by;
		out->late_after = e.late;
	}
	if (judge_has_figure(j, j->p))
		out->timeliness = TIMELINESS_CURRENT;
	else if (!out->expected)
		out->timeliness = TIMELINESS_NOT_EXPECTED;
	else
		out->timeliness = j->in->today.n <= e.late.n ? TIMELINESS_DUE
		                                             : TIMELINESS_LATE;
}

/* T2: of a target that was ever changed. */
static void
tell_first(const struct judge *j, struct verdict *out)
{
	const struct cat_target *t = j->in->target;
	const struct cat_target_version *first = &t->versions[0];
	struct decimal value;
	int64_t mantissa;

	if (t->n_versions < 2 || !first->has_value)
		return;
	value.mantissa = first->value;
	value.places = j->in->c->definitions[first->definition].decimals;
	if (decimal_rescale(value, j->d->decimals, &mantissa) != ERR_OK)
		return;
	out->has_target_first = true;
	out->target_first_value = mantissa;
}

static void
tell_target(const struct judge *j, struct verdict *out)
{
	const struct cat_target *t = j->in->target;

	out->target = (uint32_t)(t - j->in->c->targets);
	out->version = (uint32_t)(j->v - t->versions);
	out->unit = j->in->unit;
	out->definition = j->v->definition;
	out->map = NUMBER_NONE;
	out->places = j->d->decimals;
	out->up = j->up;
	out->judged = j->p;
	out->has_target = j->v->has_value;
	out->target_value = j->v->has_value ? j->v->value : 0;
	out->due = j->v->due;
	out->margin = j->v->margin;
	out->expected_by.n = DAY_NONE;
	out->late_after.n = DAY_NONE;
	tell_first(j, out);
}

static bool
judge_row(const struct judge *j, struct verdict *out)
{
	struct judge second = *j;
	struct verdict v = {0};
	struct verdict other = {0};

	tell_target(j, &v);
	tell_timeliness(j, &v);
	judge_apply(j, &v);
	if (judge_has_both(j)) {
		second.other_first = true;
		judge_apply(&second, &other);
		v.contested = other.kind != v.kind;
	}
	*out = v;
	return true;
}

bool
verdict_judge_period(const struct verdict_input *in, struct verdict *out)
{
	struct judge j;

	return judge_init(&j, in, in->asked) && judge_row(&j, out);
}

/* The last decided one, this one included. */
static void
tell_last(const struct verdict_input *in, struct verdict *out)
{
	struct verdict_input past = *in;
	struct verdict v = *out;
	uint32_t first = judge_first_usable(in);

	for (uint32_t i = in->n; i-- > first;) {
		if (v.kind != VERDICT_UNDECIDED)
			break;
		past.asked = in->points[i].period;
		if (past.asked.code >= v.judged.code ||
		    !verdict_judge_period(&past, &v))
			continue;
	}
	if (v.kind == VERDICT_UNDECIDED)
		return;
	out->last_kind = v.kind;
	out->last_period = v.judged;
}

bool
verdict_judge(const struct verdict_input *in, struct verdict *out)
{
	struct judge j;

	if (!judge_period(&j, in))
		return false;
	(void)judge_row(&j, out);
	tell_last(in, out);
	return true;
}

i128
verdict_decided_on(const struct verdict *v)
{
	const uint32_t good = 1u << VERDICT_ACHIEVED | 1u << VERDICT_ON_TRACK;
	const uint32_t bad = 1u << VERDICT_MISSED | 1u << VERDICT_BEHIND |
	                     1u << VERDICT_REVERSING;
	i128 fine = v->has_total ? v->total : (i128)v->value * FINE;
	enum bound bound =
	    (enum bound)(v->has_total ? v->total_bound : v->figure.bound);
	struct ends ends =
	    bound_ends(bound, fine, (i128)v->margin * FINE, v->up);

	if (good & (1u << v->kind))
		return ends.worst;
	return bad & (1u << v->kind) ? ends.best : fine;
}

/* --- printing ------------------------------------------------------------- */

char *
verdict_number(i128 fine, uint8_t places, char out[DECIMAL_TEXT_MAX])
{
	uint8_t shown = (uint8_t)(places + DECIMAL_EXTRA);

	while (shown > places && fine % 10 == 0) {
		fine /= 10;
		shown--;
	}
	return decimal_format(fine, shown, out);
}
