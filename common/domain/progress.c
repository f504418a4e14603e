#include "common/domain/progress.h"

#include <string.h>

#include "common/domain/verdict_judge.h"

/* Reasons for which a figure may still be there to be measured. */
static const uint32_t measurable = 1u << REASON_NONE | 1u << REASON_NO_PATH;

/* Kinds whose whole target is one level, due at the end. */
static const uint32_t attained = 1u << TARGET_LEVEL | 1u << TARGET_STEP |
                                 1u << TARGET_ZERO | 1u << TARGET_ALL |
                                 1u << TARGET_COMPLETE | 1u << TARGET_MULTIPLE |
                                 1u << TARGET_HALVING | 1u << TARGET_SHARE;

static const struct cat_target_version *
version_of(const struct verdict_input *in, const struct verdict *v)
{
	return &in->target->versions[v->version];
}

static enum method_refusal
why_not(const struct verdict *v)
{
	if (v->reason == REASON_NO_BASE)
		return METHOD_NO_BASE;
	if (v->reason == REASON_NO_PLAN_FIGURE)
		return METHOD_NO_TARGET;
	if (!(measurable & (1u << v->reason)) || !v->has_figure ||
	    !v->has_value || v->figure.bound != BOUND_EQ ||
	    v->figure.period.code != v->judged.code)
		return METHOD_NO_FIGURE;
	if (!v->has_base || v->base_period.code == 0)
		return METHOD_NO_BASE;
	return v->has_target_level ? METHOD_ACCEPTED : METHOD_NO_TARGET;
}

/* The step that a document prints; counted in the good direction. */
static i128
step_asked(const struct verdict_input *in, const struct verdict *v)
{
	if (version_of(in, v)->kind != TARGET_STEP || !v->has_target)
		return 0;
	return (i128)v->target_value * FINE;
}

void
progress_method(const struct verdict_input *in, const struct verdict *v,
                enum method method, struct method_result *out)
{
	struct method_input mi = {
	    .base = (i128)v->base * FINE,
	    .value = (i128)v->value * FINE,
	    .target = v->target_level,
	    .places = v->places,
	    .up = v->up,
	    .met = v->kind == VERDICT_ACHIEVED,
	    .step = step_asked(in, v),
	};
	enum method_refusal refused = why_not(v);

	if (refused != METHOD_ACCEPTED) {
		*out = (struct method_result){.refused = refused,
		                              .verdict = VERDICT_UNDECIDED};
		return;
	}
	mi.base_month = month_end(v->base_period);
	mi.month = month_end(v->judged);
	mi.target_month = month_end(v->due);
	method_apply(method, &mi, out);
}

/* The released figures up to the judged period; returns how many, the latest
 * PROJECTION_POINTS_MAX of them. */
static uint32_t
released_points(const struct judge *j,
                struct projection_point points[PROJECTION_POINTS_MAX])
{
	const struct verdict_input *in = j->in;
	uint32_t n = 0;

	for (uint32_t i = 0; i < in->n; i++) {
		struct period p = in->points[i].period;
		struct reading r;

		if (p.code > j->p.code)
			break;
		if (period_months(p) != period_months(j->p) ||
		    (i > 0 && in->points[i - 1].period.code == p.code))
			continue;
		r = judge_read(j, p);
		if (!reading_exact(&r) || !r.point->released)
			continue;
		if (n == PROJECTION_POINTS_MAX)
			memmove(points, points + 1, --n * sizeof(*points));
		points[n++] = (struct projection_point){p, r.value};
	}
	return n;
}

bool
progress_project(const struct verdict_input *in, const struct verdict *v,
                 struct projection *out)
{
	struct projection_point points[PROJECTION_POINTS_MAX];
	struct projection_input pi = {.points = points,
	                              .target = v->target_level,
	                              .up = v->up,
	                              .past = period_shift(v->judged, -1)};
	struct judge j;

	if (v->kind == VERDICT_ACHIEVED || !v->has_target_level ||
	    !(attained & (1u << version_of(in, v)->kind)) ||
	    !judge_init(&j, in, v->judged) || is_each(&j))
		return false;
	pi.n = released_points(&j, points);
	return projection_make(&pi, out);
}
