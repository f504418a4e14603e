/*
 * verdict - what the figures say about one target for one unit.
 *
 * SEMANTICS T1-T5, J1-J3 and F5; the rules that page leaves open stand in
 * proto/SEMANTICS.md. Pure: the caller gives every figure in force that could
 * matter, the catalogue and the date of the last tick; nothing else is looked
 * at, so the same input gives the same verdict for ever. Called by alert for
 * every change, by the alert fold for every period, and by the command line.
 * Nothing here delivers, stores or ranks.
 *
 * Numbers: `value`, `target_value`, `base`, `previous`, `margin` are mantissas at
 * the definition's decimals. Paths, paces and gaps are *fine* mantissas: they
 * keep DECIMAL_EXTRA more digits (A2). Distances, paces and gaps count in the good
 * direction: positive is better, whatever the indicator's direction.
 */
#ifndef COMMON_DOMAIN_VERDICT_H
#define COMMON_DOMAIN_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/catalogue.h"
#include "common/domain/decimal.h"
#include "common/domain/figure.h"
#include "common/domain/period.h"

/* The numbers are the bits of cat_alert_rule.when and stand in journals. */
enum verdict_kind {
	VERDICT_UNDECIDED,
	VERDICT_ACHIEVED,
	VERDICT_MISSED,
	VERDICT_ON_TRACK,
	VERDICT_AT_RISK,
	VERDICT_BEHIND,
	VERDICT_REVERSING,
	VERDICT_KINDS
};

/* Why undecided, in the order in which J2 asks; they stand in journals. */
enum verdict_reason {
	REASON_NONE,
	REASON_NO_PLAN_FIGURE,
	REASON_UNIT_ABOLISHED,
	REASON_OTHER_DEFINITION,
	REASON_OTHER_SCOPE,
	REASON_FORECAST_ONLY,
	REASON_NO_FIGURE,
	REASON_PARTIAL,
	REASON_UNDER_FLOOR,
	REASON_TOO_FEW,
	REASON_INEXACT,
	REASON_NO_BASE,
	REASON_NO_PATH,
	REASONS
};

/* J3; they stand in journals. */
enum timeliness {
	TIMELINESS_CURRENT,      /* the judged period has its figure */
	TIMELINESS_DUE,          /* owed, expected-by + grace not passed */
	TIMELINESS_LATE,         /* owed, passed */
	TIMELINESS_NOT_EXPECTED, /* nobody owes it */
	TIMELINESSES
};

/* The row of J2's table that decided; they stand in journals. */
enum verdict_rule {
	RULE_STAYS, /* complete, or accumulated over a programme: once met */
	RULE_UNDECIDED,   /* one of the reasons */
	RULE_DUE,         /* the due period has a figure */
	RULE_MET_EARLY,   /* the whole target is met before it is due */
	RULE_LOST,        /* was achieved and no longer is */
	RULE_UNDER_BASE,  /* worse than the base */
	RULE_TURNED,      /* off the path and worse than the previous figure */
	RULE_OFF_PATH,    /* worse than the path by more than the margin */
	RULE_STEP_FAILED, /* steps: each, and an earlier year failed */
	RULE_NEAR_PATH,   /* worse than the path, within the margin */
	RULE_SLOW,    /* on the path, the last step under the required pace */
	RULE_ON_PATH, /* otherwise */
	RULE_RATIO,   /* a ratio method, in place of path and pace */
	VERDICT_RULES
};

/* Stable codes: "on-track", "other_definition", "not-expected"; "" for
 * REASON_NONE. A number outside the enum gives "?". */
const char *verdict_kind_name(enum verdict_kind kind);
const char *verdict_reason_name(enum verdict_reason reason);
const char *timeliness_name(enum timeliness timeliness);
/* VERDICT_KINDS if the text is none. */
enum verdict_kind verdict_kind_parse(struct span text);

enum point_which {
	POINT_OWN,    /* reported for the unit, the target's definition */
	POINT_ROLLUP, /* rolled up for the unit, the target's definition */
	POINT_OTHER_DEFINITION, /* same indicator, another definition */
	POINT_OTHER_SCOPE,      /* same family, another indicator */
	POINT_COMPLETION, /* no figure: a completion record of the definition (T3) */
	POINT_WHICHES
};
/* "The target's definition" is that of its last version, and only for the reader:
 * a period is judged by the version in force in it, which compares figure.definition
 * and map with its own. */

/* What a quotient was formed of, in millionths: a divided unit gives fractions. */
struct verdict_parts {
	i128 numerator; /* of a weighted mean value times weight */
	i128 denominator;
};

/* One figure in force of the unit. */
struct verdict_point {
	struct period period;
	enum point_which which;
	/* Of a roll-up; NUMBER_NONE of an own figure, and of a longer period
	 * formed from shorter ones that the unit itself reported. */
	uint32_t map;
	bool complete; /* of a roll-up: neither partial nor under the floor */
	bool under_floor; /* of a roll-up that is not complete */
	bool released;    /* R5 */
	/* Of a roll-up by ratio, share or weighted mean: exactly, whether or not
	 * its figure can hold them. Own figures have theirs. */
	bool has_parts;
	struct verdict_parts parts;
	struct figure figure;
};

/*
 * Everything a verdict depends on. Points ascend by period (in one period in any
 * order); at most one own figure and one roll-up per period are read. Figures
 * with action delete or status M are as good as absent.
 */
struct verdict_input {
	const struct catalogue *c;
	const struct cat_target *target;
	uint32_t unit;
	/* Bit i: version i of the target does not bind the unit (T1), so it has
	 * no row in the periods of that version. */
	uint64_t unbound;
	const struct verdict_point *points;
	uint32_t n;
	/* The same of the series that versions of kind relative are measured by,
	 * whatever version: own figures and roll-ups of relative_definition and
	 * relative_unit, `which` POINT_OWN or POINT_ROLLUP. */
	const struct verdict_point *reference;
	uint32_t n_reference;
	struct period asked; /* code 0: the judged period of J2 */
	struct day today;    /* date of the last tick; DAY_NONE: none yet */
};

struct verdict {
	uint32_t target;  /* number */
	uint32_t version; /* index into the target's versions */
	uint32_t unit;
	uint32_t definition;
	uint32_t map; /* of the figure, if it is a roll-up; else NUMBER_NONE */
	enum verdict_kind kind;
	enum verdict_reason reason; /* REASON_NONE unless undecided */
	enum verdict_rule rule;
	bool final; /* the due period, by a released figure */
	bool
	    contested; /* reported and rolled up give different verdicts (R2) */
	uint8_t places; /* decimals of the definition */
	bool up;        /* greater is better */
	struct period judged;

	enum timeliness timeliness;
	bool expected;                      /* somebody owes it */
	struct day expected_by, late_after; /* with expected */

	bool
	    has_figure; /* of the judged period, used or tried; also the figure by
	                  * which a kept achievement stays */
	bool released;
	struct figure figure; /* flags, action, status_named, row stay 0 */
	bool has_value;
	int64_t value; /* as published: the value, or the rounded quotient */

	/* The document's number: the level; of a step target the step a year; of
	 * multiple, halving, relative and plan what it comes to in the judged
	 * period, rounded to the declared decimals. */
	bool has_target;
	int64_t target_value;
	bool
	    has_target_level; /* what is due at the end, as a level; of a step it */
	i128 target_level;     /* comes from the base (fine) */
	bool has_target_first; /* the target was changed (T2) */
	int64_t target_first_value;
	struct period due;

	bool has_base;
	int64_t base;
	struct period base_period;
	bool has_path;
	i128 path; /* fine; at the due period what is due */
	bool has_gap;
	i128 gap;                  /* fine; value against path */
	struct period path_period; /* of the milestone, or of the failed step */
	int64_t margin;

	bool has_previous;
	int64_t previous;
	struct period previous_period;
	bool
	    has_pace; /* the last step; at the due period of steps: mean the mean */
	i128 pace; /* fine, a year */
	bool has_required_pace;
	i128 required_pace; /* fine, a year */

	struct period achieved_period; /* code 0: not achieved */
	/* If it was met in an earlier period and is not now: the last such period
	 * and its figure. steps: each: the earlier year that failed most, its
	 * figure, and the figure of the year before it. */
	bool has_other;
	int64_t other;
	int64_t other_before;
	struct period other_period;
	bool
	    year_missing; /* steps: each: a year has no figure, so that a judged
	                    * year that did not fall short would decide nothing */

	/* count over the programme: the sum of its years, this one included,
	 * and what is known of it (F5: a year without a figure is >= 0). */
	bool has_total;
	i128 total;          /* fine */
	uint8_t total_bound; /* enum bound */
	bool has_reference;  /* relative: the figure that is the measure */
	int64_t reference;
	uint8_t reference_places; /* decimals of its definition */
	bool has_ratio;           /* a ratio method: R, six decimals */
	int64_t ratio;

	enum verdict_kind last_kind; /* the last decided verdict, this one */
	struct period last_period;   /* included; code 0: none so far */
};

/*
 * verdict_judge - J2 in order, for the judged period.
 *
 * returns  false: no row (target not in force for this period, period at or
 *          before the base or after the due period, of another frequency, or
 *          nothing has ended yet); *out is then untouched
 * cost     O(n^2) for the last decided verdict, n = points; n is a series' length
 */
bool verdict_judge(const struct verdict_input *in, struct verdict *out);

/* The same for in->asked alone, which must be set, without the last decided
 * verdict (last_period code 0). Cost O(n). */
bool verdict_judge_period(const struct verdict_input *in, struct verdict *out);
/* False: no figure of the period of point `at`, or of one that ends with it, can
 * be used, so that no verdict is decided on one. Cheap, where verdicts aren't. */
bool verdict_may_count(const struct verdict_input *in, uint32_t at);

/* Why a verdict that looks at several years (steps: each, counts) is undecided. */
#define VERDICT_GAPS_MAX 16
struct verdict_gaps {
	struct verdict_gap {
		struct period period;
		enum verdict_reason reason;
	} list[VERDICT_GAPS_MAX]; /* the earliest ones, in order */
	uint32_t n;               /* of them all */
};
/*
 * verdict_gaps_find - the years, the judged one included, without an exact figure.
 *
 * v    as judged from the same input; of any other target, or decided, or undecided
 *      for a reason that no figure would mend: none
 * cost O(n) a year
 */
void verdict_gaps_find(const struct verdict_input *in, const struct verdict *v,
                       struct verdict_gaps *out);

/* R2: the map of the roll-up that was held against the report, NUMBER_NONE: of every
 * map. False: not both were usable in the judged period of v. */
bool verdict_weighed_map(const struct verdict_input *in,
                         const struct verdict *v, uint32_t *map);

/* Equal in what K5 journals on change: kind, reason, judged period, version of
 * the target, and every number. */
bool verdict_equal(const struct verdict *a, const struct verdict *b);

/* The value (fine) to which the rules were applied: the stated one, or the end of
 * an inexact figure's bound that decided (F5). Valid with has_value. */
i128 verdict_decided_on(const struct verdict *v);

/* A fine mantissa as text: trailing zeros go, the declared places stay: 12.00,
 * -4.50, 3.756. Returns out. */
char *verdict_number(i128 fine, uint8_t places, char out[DECIMAL_TEXT_MAX]);

/*
 * Journal records (RECORD_VERDICT), documented in proto/WIRE.md. Reading trusts
 * nothing: ERR_BAD_MESSAGE for another record or a number outside its range,
 * ERR_TRUNCATED for too few bytes. A verdict that no longer has
 * a row is written with verdict_gone_write and read with gone == true; then only
 * target and unit are set.
 */
void verdict_record_write(struct buf *out, const struct verdict *v);
void verdict_gone_write(struct buf *out, uint32_t target, uint32_t unit);
NODISCARD enum err verdict_record_read(struct span record, struct verdict *v,
                                       bool *gone);
#define VERDICT_RECORD_MAX 512 /* bytes at most */

#endif
