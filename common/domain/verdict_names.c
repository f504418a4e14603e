#include "common/domain/verdict.h"

static const char *const kind_names[VERDICT_KINDS] = {
    [VERDICT_UNDECIDED] = "undecided", [VERDICT_ACHIEVED] = "achieved",
    [VERDICT_MISSED] = "missed",       [VERDICT_ON_TRACK] = "on-track",
    [VERDICT_AT_RISK] = "at-risk",     [VERDICT_BEHIND] = "behind",
    [VERDICT_REVERSING] = "reversing",
};

static const char *const reason_names[REASONS] = {
    [REASON_NONE] = "",
    [REASON_NO_PLAN_FIGURE] = "no_plan_figure",
    [REASON_UNIT_ABOLISHED] = "unit_abolished",
    [REASON_OTHER_DEFINITION] = "other_definition",
    [REASON_OTHER_SCOPE] = "other_scope",
    [REASON_FORECAST_ONLY] = "forecast_only",
    [REASON_NO_FIGURE] = "no_figure",
    [REASON_PARTIAL] = "partial",
    [REASON_UNDER_FLOOR] = "under_floor",
    [REASON_TOO_FEW] = "too_few",
    [REASON_INEXACT] = "inexact",
    [REASON_NO_BASE] = "no_base",
    [REASON_NO_PATH] = "no_path",
};

static const char *const timeliness_names[TIMELINESSES] = {
    [TIMELINESS_CURRENT] = "current",
    [TIMELINESS_DUE] = "due",
    [TIMELINESS_LATE] = "late",
    [TIMELINESS_NOT_EXPECTED] = "not-expected",
};

static const char *
name_at(const char *const *names, unsigned n, unsigned i)
{
	return i < n ? names[i] : "?";
}

const char *
verdict_kind_name(enum verdict_kind kind)
{
	return name_at(kind_names, VERDICT_KINDS, kind);
}

const char *
verdict_reason_name(enum verdict_reason reason)
{
	return name_at(reason_names, REASONS, reason);
}

const char *
timeliness_name(enum timeliness timeliness)
{
	return name_at(timeliness_names, TIMELINESSES, timeliness);
}

enum verdict_kind
verdict_kind_parse(struct span text)
{
	unsigned i = 0;

	while (i < VERDICT_KINDS && !span_equal(text, span_str(kind_names[i])))
		i++;
	return (enum verdict_kind)i;
}
