#include "common/domain/method.h"

#include <math.h>
#include <stddef.h>

#define MILLION INT64_C(1000000)
/* Below the lowest value that can be written. */
#define LOWEST  (-DECIMAL_MANTISSA_MAX)

static const struct method_threshold path_thresholds[] = {
    {MILLION, "on_path", VERDICT_ON_TRACK},
    {0, "off_path", VERDICT_BEHIND},
    {LOWEST, "moving_away", VERDICT_REVERSING},
};

static const struct method_threshold step_thresholds[] = {
    {MILLION, "step_made", VERDICT_ON_TRACK},
    {0, "step_short", VERDICT_BEHIND},
    {LOWEST, "moving_away", VERDICT_REVERSING},
};

static const struct method_threshold required_rate_thresholds[] = {
    {MILLION, "rate_suffices", VERDICT_ON_TRACK},
    {0, "acceleration_needed", VERDICT_BEHIND},
    {LOWEST, "moving_away", VERDICT_REVERSING},
};

static const struct method_threshold eurostat_thresholds[] = {
    {950000, "significant_progress", VERDICT_ON_TRACK},
    {600000, "moderate_progress", VERDICT_AT_RISK},
    {0, "insufficient_progress", VERDICT_BEHIND},
    {LOWEST, "movement_away", VERDICT_REVERSING},
};

static const struct method_threshold opensdg_thresholds[] = {
    {950000, "on_track", VERDICT_ON_TRACK},
    {600000, "progress_needs_acceleration", VERDICT_AT_RISK},
    {0, "limited_progress", VERDICT_BEHIND},
    {LOWEST, "deterioration", VERDICT_REVERSING},
};

static const char *const refusal_names[METHOD_REFUSALS] = {
    [METHOD_ACCEPTED] = "",
    [METHOD_NO_FIGURE] = "no_figure",
    [METHOD_NO_BASE] = "no_base",
    [METHOD_NO_TARGET] = "no_target",
    [METHOD_NO_TIME] = "no_time",
    [METHOD_ZERO] = "zero",
    [METHOD_SIGN_CHANGE] = "sign_change",
    [METHOD_NO_DISTANCE] = "no_distance",
    [METHOD_NO_TIME_LEFT] = "no_time_left",
    [METHOD_NO_PROGRESS] = "no_progress",
    [METHOD_OUT_OF_RANGE] = "out_of_range",
};

/* What a method makes of its input: the value it prints, and the score, in
 * millionths, that its thresholds are for. */
struct measure {
	i128 value;
	i128 score;
	uint8_t places;
};

/* Good direction: positive. */
static i128
good(const struct method_input *in, i128 to, i128 from)
{
	return in->up ? to - from : from - to;
}

/* a / b, b > 0, in millionths. */
static enum method_refusal
millionths(i128 a, i128 b, i128 *out)
{
	return decimal_quotient(a, b, 1, METHOD_PLACES, out) == ERR_OK
	           ? METHOD_ACCEPTED
	           : METHOD_OUT_OF_RANGE;
}

static enum method_refusal
measure_path(const struct method_input *in, struct measure *m)
{
	i128 way = good(in, in->target, in->base);
	enum method_refusal refused;

	if (way <= 0)
		return METHOD_NO_DISTANCE;
	refused = millionths(good(in, in->value, in->base) *
	                         (in->target_month - in->base_month),
	                     way * (in->month - in->base_month), &m->score);
	m->value = m->score;
	m->places = METHOD_PLACES;
	return refused;
}

/* distance / months in years, at the places of distance. */
static enum method_refusal
a_year(i128 distance, int months, i128 *out)
{
	return decimal_quotient(distance, months, 12, 0, out) == ERR_OK
	           ? METHOD_ACCEPTED
	           : METHOD_OUT_OF_RANGE;
}

static enum method_refusal
measure_step(const struct method_input *in, struct measure *m)
{
	int elapsed = in->month - in->base_month;
	int span = in->target_month - in->base_month;
	i128 made = good(in, in->value, in->base);
	i128 asked = in->step > 0 ? in->step : good(in, in->target, in->base);
	int over = in->step > 0 ? 12 : span;
	enum method_refusal refused;

	if (asked <= 0)
		return METHOD_NO_DISTANCE;
	refused = a_year(made, elapsed, &m->value);
	m->places = (uint8_t)(in->places + DECIMAL_EXTRA);
	return refused == METHOD_ACCEPTED
	           ? millionths(made * over, asked * elapsed, &m->score)
	           : refused;
}

/* Required over made; the score is made over required, which is a number also
 * where nothing was made. */
static enum method_refusal
measure_required_rate(const struct method_input *in, struct measure *m)
{
	i128 made = good(in, in->value, in->base);
	i128 left = good(in, in->target, in->value);
	int elapsed = in->month - in->base_month;
	int ahead = in->target_month - in->month;
	i128 sign = made < 0 ? -1 : 1;
	enum method_refusal refused;

	if (good(in, in->target, in->base) <= 0)
		return METHOD_NO_DISTANCE;
	if (ahead <= 0)
		return METHOD_NO_TIME_LEFT;
	if (made == 0)
		return METHOD_NO_PROGRESS;
	refused =
	    millionths(sign * left * elapsed, sign * made * ahead, &m->value);
	m->places = METHOD_PLACES;
	if (refused != METHOD_ACCEPTED)
		return refused;
	/* Nothing left to do: whatever rate was made is enough. */
	if (left <= 0) {
		m->score = MILLION;
		return METHOD_ACCEPTED;
	}
	return millionths(made * ahead, left * elapsed, &m->score);
}

/* (to / from)^(12 / months) - 1; to and from of one sign. In logarithms of one
 * plus the relative change, which is formed exactly: small rates stay sharp. */
static double
growth(i128 to, i128 from, int months)
{
	double change = (double)(to - from) / (double)from;

	return expm1(log1p(change) * 12.0 / months);
}

static bool
same_sign(i128 a, i128 b)
{
	return (a < 0) == (b < 0);
}

static enum method_refusal
measure_ratio(const struct method_input *in, struct measure *m)
{
	double ratio;

	if (in->base == 0 || in->value == 0 || in->target == 0)
		return METHOD_ZERO;
	if (!same_sign(in->base, in->value) || !same_sign(in->base, in->target))
		return METHOD_SIGN_CHANGE;
	if (in->target == in->base)
		return METHOD_NO_DISTANCE;
	ratio = growth(in->value, in->base, in->month - in->base_month) /
	        fabs(growth(in->target, in->base,
	                    in->target_month - in->base_month));
	/* Growth of a negative number leads away from zero: downward. */
	if (in->up != (in->base > 0))
		ratio = -ratio;
	ratio *= (double)MILLION;
	if (!(fabs(ratio) < (double)DECIMAL_MANTISSA_MAX))
		return METHOD_OUT_OF_RANGE;
	m->score = (int64_t)(ratio < 0 ? ratio - 0.5 : ratio + 0.5);
	m->value = m->score;
	m->places = METHOD_PLACES;
	return METHOD_ACCEPTED;
}

#define ROWS(table) table, (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	enum method_refusal (*measure)(const struct method_input *in,
	                               struct measure *m);
	const struct method_threshold *thresholds;
	int n;
	bool ratio;
	const char
	    *achieved; /* category asked for before any rate; NULL: none */
} methods[METHODS] = {
    [METHOD_PATH] = {"path", measure_path, ROWS(path_thresholds), false, NULL},
    [METHOD_STEP] = {"step", measure_step, ROWS(step_thresholds), false, NULL},
    [METHOD_REQUIRED_RATE] = {"required-rate", measure_required_rate,
                              ROWS(required_rate_thresholds), false, NULL},
    [METHOD_EUROSTAT] = {"eurostat", measure_ratio, ROWS(eurostat_thresholds),
                         true, NULL},
    [METHOD_OPENSDG] = {"opensdg", measure_ratio, ROWS(opensdg_thresholds),
                        true, "target_achieved"},
};

const struct method_threshold *
method_thresholds(enum method method, int *n)
{
	*n = methods[method].n;
	return methods[method].thresholds;
}

static const struct method_threshold *
category_of(enum method method, i128 score)
{
	const struct method_threshold *t = methods[method].thresholds;

	while (score < t->at_least && t->at_least > LOWEST)
		t++;
	return t;
}

static enum method_refusal
measure(enum method method, const struct method_input *in, struct measure *m)
{
	enum method_refusal refused;

	if (in->month <= in->base_month || in->target_month <= in->base_month)
		return METHOD_NO_TIME;
	refused = methods[method].measure(in, m);
	if (refused == METHOD_ACCEPTED && (m->value > DECIMAL_MANTISSA_MAX ||
	                                   m->value < -DECIMAL_MANTISSA_MAX))
		return METHOD_OUT_OF_RANGE;
	return refused;
}

void
method_apply(enum method method, const struct method_input *in,
             struct method_result *out)
{
	const struct method_threshold *category;
	struct measure m;

	*out = (struct method_result){.verdict = VERDICT_UNDECIDED};
	if (in->met && methods[method].achieved) {
		out->category = methods[method].achieved;
		out->verdict = VERDICT_ACHIEVED;
		return;
	}
	out->refused = measure(method, in, &m);
	if (out->refused != METHOD_ACCEPTED)
		return;
	category = category_of(method, m.score);
	out->has_value = true;
	out->value = (int64_t)m.value;
	out->value_places = m.places;
	out->category = category->category;
	out->verdict = category->verdict;
	if (in->month >= in->target_month)
		out->verdict = VERDICT_MISSED;
	if (in->met)
		out->verdict = VERDICT_ACHIEVED;
}

const char *
method_name(enum method method)
{
	return (unsigned)method < METHODS ? methods[method].name : "?";
}

enum method
method_parse(struct span text)
{
	int i = 0;

	while (i < METHODS && !span_equal(span_str(methods[i].name), text))
		i++;
	return (enum method)i;
}

bool
method_is_ratio(enum method method)
{
	return (unsigned)method < METHODS && methods[method].ratio;
}

const char *
method_refusal_name(enum method_refusal refusal)
{
	return (unsigned)refusal < METHOD_REFUSALS ? refusal_names[refusal]
	                                           : "?";
}
