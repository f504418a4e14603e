#include "common/domain/explain_parts.h"
#include "common/domain/verdict_judge.h"

/*
 * What another figure of the judged period would come to. Only what the verdict
 * itself holds is used: its path, its paces, its base and its previous figure.
 */

static i128
ahead(const struct verdict *v, i128 value, i128 than)
{
	return v->up ? value - than : than - value;
}

/* One unit of the last declared decimal in the good (or bad) direction. */
static i128
unit(const struct verdict *v)
{
	return v->up ? FINE : -FINE;
}

/* The least good value at the declared decimals that is as good as goal. */
static i128
reach(const struct verdict *v, i128 goal)
{
	i128 low = goal / FINE * FINE;

	if (low > goal)
		low -= FINE;
	return v->up && low < goal ? low + FINE : low;
}

/* The same where the document asks for more than the number (or less). */
static i128
reach_goal(const struct telling *t, i128 goal)
{
	i128 value = reach(t->v, goal);
	bool sharp = strict(t) && !level_clipped(t);

	return sharp && value == goal ? value + unit(t->v) : value;
}

static bool
slow_at(const struct verdict *v, i128 value)
{
	int since, left;

	if (!v->has_pace || !v->has_target_level)
		return false;
	since = months_between(v->previous_period, v->judged);
	left = months_between(v->judged, v->due);
	return fine_a_year(ahead(v, value, verdict_fine(v->previous)), since) <
	       fine_a_year(ahead(v, v->target_level, value), left);
}

static bool
worse_by_margin(const struct verdict *v, i128 value, i128 than)
{
	return ahead(v, value, than) < -verdict_fine(v->margin);
}

static bool
whole_met(const struct telling *t, i128 value)
{
	const struct verdict *v = t->v;

	if (!early(t) || !v->has_target_level)
		return false;
	return ahead(v, value, reach_goal(t, v->target_level)) >= 0;
}

static bool
turned_at(const struct telling *t, i128 value)
{
	const struct verdict *v = t->v;

	if (names_change(t))
		return value < -verdict_fine(v->margin);
	return v->has_previous &&
	       worse_by_margin(v, value, verdict_fine(v->previous));
}

/* On the path of a step target each year of which counts: with a year missing only
 * a year that falls short of what is asked decides; "over" falls short at it. */
static enum verdict_kind
kind_of_each(const struct telling *t, i128 value)
{
	bool short_of_it = strict(t) && value == t->v->path;

	return t->v->year_missing && !short_of_it ? VERDICT_UNDECIDED
	                                          : VERDICT_ON_TRACK;
}

/* At most over the programme without a path: only too many decide early. */
static bool
only_exceeded(const struct telling *t)
{
	return t->version->kind == TARGET_COUNT && t->version->per_programme &&
	       t->version->path == PATH_NONE;
}

static enum verdict_kind
kind_at(const struct telling *t, i128 value)
{
	const struct verdict *v = t->v;

	if (whole_met(t, value))
		return VERDICT_ACHIEVED;
	if (v->has_base && worse_by_margin(v, value, verdict_fine(v->base)))
		return VERDICT_REVERSING;
	if (worse_by_margin(v, value, v->path))
		return turned_at(t, value) ? VERDICT_REVERSING : VERDICT_BEHIND;
	if (was_met(t) && worse_by_margin(v, value, v->target_level))
		return VERDICT_REVERSING;
	if (ahead(v, value, v->path) < 0)
		return VERDICT_AT_RISK;
	if (only_exceeded(t))
		return VERDICT_UNDECIDED;
	if (steps_each(t))
		return kind_of_each(t, value);
	return slow_at(v, value) ? VERDICT_AT_RISK : VERDICT_ON_TRACK;
}

/* --- the sentences -------------------------------------------------------- */

static void
say_text(const struct telling *t, enum text id)
{
	buf_put_str(t->out, text_of(id, t->lang));
}

/* What the figure itself must be for what is judged to come to this value. */
static i128
figure_for(const struct verdict *v, i128 value)
{
	return value - (measured(v) - verdict_fine(v->value));
}

/* A sum that is not known, or that this figure alone cannot bring there. */
static bool
out_of_reach(const struct verdict *v, i128 value)
{
	return v->has_total &&
	       (v->total_bound != BOUND_EQ || figure_for(v, value) < 0);
}

static void
say(const struct telling *t, enum text id, i128 value, enum verdict_kind kind)
{
	char period[PERIOD_TEXT_MAX];
	struct number n = number_fine(t, figure_for(t->v, value));
	const char *args[3] = {n.text, period_format(t->v->judged, period),
	                       t->lang == LANG_VI ? verdict_word(kind, t->lang)
	                                          : verdict_kind_name(kind)};

	if (out_of_reach(t->v, value))
		say_text(t, TEXT_CHANGE_YEARS);
	else
		put_filled(t->out, text_of(id, t->lang), args, 3);
}

static void
say_reach(const struct telling *t, i128 value, enum verdict_kind kind)
{
	say(t, t->v->up ? TEXT_CHANGE_AT_LEAST : TEXT_CHANGE_AT_MOST, value,
	    kind);
}

/* Anything worse than this value. */
static void
say_worse(const struct telling *t, i128 value, enum verdict_kind kind)
{
	say(t, t->v->up ? TEXT_CHANGE_LESS : TEXT_CHANGE_MORE, value, kind);
}

static void
say_step(const struct telling *t)
{
	char period[PERIOD_TEXT_MAX];
	struct number was = number_of(t, t->v->other);
	struct number step = number_of(t, t->v->target_value);
	const char *args[3] = {period_format(t->v->other_period, period),
	                       was.text, step.text};

	enum text id = TEXT_CHANGE_STEP;

	if (counts_each(t))
		id = t->v->up ? TEXT_CHANGE_YEAR_LEAST : TEXT_CHANGE_YEAR_MOST;
	put_filled(t->out, text_of(id, t->lang), args, 3);
}

static void
change_due(const struct telling *t)
{
	const struct verdict *v = t->v;
	i128 goal;

	if (steps_each(t) && v->has_other) {
		say_step(t);
		return;
	}
	goal = reach_goal(t, v->path);
	if (v->kind == VERDICT_ACHIEVED)
		say_worse(t, goal, VERDICT_MISSED);
	else
		say_reach(t, goal,
		          v->year_missing ? VERDICT_UNDECIDED
		                          : VERDICT_ACHIEVED);
}

static void
change_met_early(const struct telling *t)
{
	i128 goal = reach_goal(t, t->v->target_level);
	struct number n = number_fine(t, figure_for(t->v, goal));
	char period[PERIOD_TEXT_MAX];
	const char *args[2] = {n.text, period_format(t->v->judged, period)};

	if (out_of_reach(t->v, goal))
		say_text(t, TEXT_CHANGE_YEARS);
	else
		put_filled(t->out,
		           text_of(t->v->up ? TEXT_CHANGE_ENDS_UP
		                            : TEXT_CHANGE_ENDS_DOWN,
		                   t->lang),
		           args, 2);
}

/* The least good value with which the last step is the required pace. */
static i128
pace_goal(const struct verdict *v)
{
	int since = months_between(v->previous_period, v->judged);
	int left = months_between(v->judged, v->due);
	i128 sum = verdict_fine(v->previous) * left + v->target_level * since;
	i128 value = reach(v, fine_quotient(sum, since + left));

	return slow_at(v, value) ? value + unit(v) : value;
}

/* The least good value that is on track. */
static i128
track_goal(const struct telling *t)
{
	const struct verdict *v = t->v;
	i128 path = reach(v, v->path);
	i128 pace = path;

	if (v->has_pace && v->has_target_level && !steps_each(t))
		pace = pace_goal(v);
	return ahead(v, pace, path) > 0 ? pace : path;
}

static void
change_to_track(const struct telling *t)
{
	i128 value = track_goal(t);

	if (steps_each(t) && t->v->has_other)
		say_step(t);
	else
		say_reach(t, value, kind_at(t, value));
}

static void
change_off_path(const struct telling *t)
{
	const struct verdict *v = t->v;
	i128 margin = verdict_fine(v->up ? -v->margin : v->margin);
	i128 value = reach(v, v->path + margin);

	if (steps_each(t) && v->has_other)
		say_step(t);
	else
		say_reach(t, value, kind_at(t, value));
}

/* The least good value with which what was met is not lost. */
static i128
keep_goal(const struct verdict *v)
{
	i128 margin = verdict_fine(v->up ? -v->margin : v->margin);

	return reach(v, v->target_level + margin);
}

static void
change_lost(const struct telling *t)
{
	i128 value = keep_goal(t->v);

	say_reach(t, value, kind_at(t, value));
}

static void
change_on_path(const struct telling *t)
{
	const struct verdict *v = t->v;
	i128 value = track_goal(t);

	if (was_met(t) && ahead(v, keep_goal(v), value) > 0)
		value = keep_goal(v);
	say_worse(t, value, kind_at(t, value - unit(v)));
}

static void
change_ratio(const struct telling *t)
{
	say_reach(t, reach_goal(t, t->v->target_level), VERDICT_ACHIEVED);
}

static void
change_stays(const struct telling *t)
{
	say_text(t, TEXT_CHANGE_STAYS);
}

static void
change_undecided(const struct telling *t)
{
	char due[PERIOD_TEXT_MAX];
	const char *const at[] = {period_format(due_judged(t), due)};

	if (t->gaps != NULL && t->gaps->n > 0)
		say_text(t, TEXT_CHANGE_GAPS);
	else if (t->v->reason == REASON_NO_PATH && !early(t))
		put_filled(t->out, text_of(TEXT_CHANGE_AT_DUE, t->lang), at, 1);
	else
		buf_put_str(t->out, remedy_text(t->v->reason, t->lang));
}

static void (*const changes[VERDICT_RULES])(const struct telling *) = {
    [RULE_STAYS] = change_stays,     [RULE_UNDECIDED] = change_undecided,
    [RULE_DUE] = change_due,         [RULE_MET_EARLY] = change_met_early,
    [RULE_LOST] = change_lost,       [RULE_UNDER_BASE] = change_off_path,
    [RULE_TURNED] = change_off_path, [RULE_OFF_PATH] = change_off_path,
    [RULE_STEP_FAILED] = say_step,   [RULE_NEAR_PATH] = change_to_track,
    [RULE_SLOW] = change_to_track,   [RULE_ON_PATH] = change_on_path,
    [RULE_RATIO] = change_ratio,
};

void
tell_change(const struct telling *t)
{
	enum verdict_rule rule = t->v->rule;
	bool whole = rule == RULE_DUE || rule == RULE_MET_EARLY;

	if (whole && counts_parts(t))
		say_text(t, t->version->kind == TARGET_ZERO
		                ? TEXT_CHANGE_COUNT_ZERO
		                : TEXT_CHANGE_COUNT_ALL);
	else
		changes[rule](t);
}
