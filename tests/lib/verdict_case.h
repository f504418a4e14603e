/*
 * verdict_case - one target, one unit, some figures: the smallest world in which
 * a verdict can be tried. A literal catalogue, without rows and without checks, so
 * that a test can also say what a checked catalogue would refuse.
 */
#ifndef TESTS_LIB_VERDICT_CASE_H
#define TESTS_LIB_VERDICT_CASE_H

#include <stddef.h>

#include "common/domain/verdict.h"

/* Per cent, two decimals, annual, a ratio of households; down is good. */
#define CASE_RATE        0 /* "rate@a" */
#define CASE_RATE_B      1 /* "rate@b", another definition */
#define CASE_SCOPED      2 /* "rate-em@a", another scope */
#define CASE_CHANGE      3 /* "rate-change@a", the change of one year */
#define CASE_SPAN        4 /* "rate-mean@a", the mean change over a span */
#define CASE_DEFINITIONS 5
#define CASE_POINTS      56
#define CASE_REFERENCES  12
#define CASE_PLAN        11 /* 2016 to 2026 */

struct verdict_case {
	struct catalogue c;
	struct cat_unit unit;
	struct cat_unit_name name;
	struct cat_definition definitions[CASE_DEFINITIONS];
	struct cat_indicator indicators[CASE_DEFINITIONS];
	struct cat_programme programme;
	struct cat_source source;
	struct cat_grant grant;
	struct cat_document documents[3];
	struct cat_reporting reporting;
	uint32_t reported; /* definition */
	uint32_t unit_number;
	struct cat_target target;
	struct cat_target_version versions[2];
	struct cat_alert_rule rule;
	struct cat_milestone milestones[3];
	struct cat_milestone plan[CASE_PLAN];
	struct verdict_point points[CASE_POINTS];
	struct verdict_point reference[CASE_REFERENCES];
	struct verdict_input in;
};

/* At most 10.00 by 2026, base 30.00 at 2016 frozen, line, margin 0.50; today
 * 2026-06-30, asked nothing, owed until 75 days after the year. */
void case_init(struct verdict_case *k);
/* Sorted in, released, status A; returns it for changes. Text or NULL. */
struct verdict_point *case_point(struct verdict_case *k, enum point_which which,
                                 const char *period, const char *value);
/* The target's own figures of consecutive years, NULL: none. */
void case_years(struct verdict_case *k, int from, const char *const *values,
                int n);
struct verdict_point *case_parts(struct verdict_case *k, const char *period,
                                 int64_t numerator, int64_t denominator);
void case_base(struct verdict_case *k, const char *period, const char *value);
/* The same among the figures of the measure of a relative target: of definition
 * rate@a, or of rate@b once the version says so. */
struct verdict_point *case_reference(struct verdict_case *k, const char *period,
                                     const char *value);
/* Nobody owes anything. */
void case_not_owed(struct verdict_case *k);
/* Aborts the test if there is no row. */
struct verdict case_judge(const struct verdict_case *k, const char *asked);

/* One year's figure, the year before or NULL, and what they come to in 2021, half
 * way from 30.00 to 10.00: the path is 20.00. */
struct verdict case_half_way(const char *before, const char *value);

/* Greater is better, and at least is asked. */
void case_upward(struct verdict_case *k);

/* "12.00 - 9.50": figures of consecutive years, `-` for none. The last year is
 * judged and comes to kind, by the rule, or undecided for the reason `what`. */
struct case_row {
	const char *values;
	enum verdict_kind kind;
	int what;
};
/* Each on a copy of made; from: the first year. */
void case_rows(const struct verdict_case *made, int from,
               const struct case_row *rows, size_t n);
#define CASE_ROWS(k, from, rows) \
	case_rows(&(k), from, rows, sizeof(rows) / sizeof *(rows))

void assert_verdict(const struct verdict *v, enum verdict_kind kind,
                    enum verdict_rule rule);
void assert_undecided(const struct verdict *v, enum verdict_reason reason);
void assert_fine(i128 value, const char *text);
void assert_period(struct period p, const char *text); /* NULL: none */

struct period period_of(const char *text);
int64_t mantissa_of(const char *text, uint8_t places);
struct day day_of(const char *text);

#endif
