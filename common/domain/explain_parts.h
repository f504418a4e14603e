/*
 * explain_parts - what the files of explain share, and notices. Callers take
 * explain.h.
 */
#ifndef COMMON_DOMAIN_EXPLAIN_PARTS_H
#define COMMON_DOMAIN_EXPLAIN_PARTS_H

#include "common/domain/explain.h"

/* Sentences by language; {0}, {1}... are replaced. */
enum text {
	TEXT_TITLE,
	TEXT_TITLE_PLAIN,
	TEXT_FINAL,
	TEXT_TARGET,
	TEXT_TARGET_DOCUMENT,
	TEXT_TARGET_FIRST,
	TEXT_FIGURE,
	TEXT_FIGURE_ROLLED,
	TEXT_FIGURE_BOUND,
	TEXT_FIGURE_PARTS,
	TEXT_FIGURE_DOCUMENT,
	TEXT_NO_FIGURE,
	TEXT_BASE,
	TEXT_BASE_DOCUMENT,
	TEXT_MILESTONE,
	TEXT_MEASURE,
	TEXT_ACHIEVED_SINCE,
	TEXT_NO_PATH_CHANGE,
	TEXT_GAPS,
	TEXT_GAPS_MORE,
	TEXT_CONTESTED,
	TEXT_ARITHMETIC,
	TEXT_DECIDED,
	TEXT_CHANGE,
	TEXT_CHANGE_AT_MOST,
	TEXT_CHANGE_AT_LEAST,
	TEXT_CHANGE_MORE,
	TEXT_CHANGE_LESS,
	TEXT_CHANGE_ENDS_DOWN,
	TEXT_CHANGE_ENDS_UP,
	TEXT_CHANGE_STEP,
	TEXT_CHANGE_YEAR_LEAST,
	TEXT_CHANGE_YEAR_MOST,
	TEXT_CHANGE_YEARS,
	TEXT_CHANGE_COUNT_ZERO,
	TEXT_CHANGE_COUNT_ALL,
	TEXT_CHANGE_STAYS,
	TEXT_CHANGE_GAPS,
	TEXT_CHANGE_AT_DUE,
	TEXT_TIMELY,
	TEXT_EXPECTED,
	TEXT_LAST,
	TEXT_REPRODUCE,
	TEXT_SUMMARY,
	TEXT_SUMMARY_REVISED,
	TEXT_SUMMARY_WITHDRAWN,
	TEXT_SUMMARY_GONE,
	TEXTS
};
const char *text_of(enum text id, enum lang lang);
const char *rule_text(enum verdict_rule rule, enum lang lang);
const char *reason_text(enum verdict_reason reason, enum lang lang);
const char *remedy_text(enum verdict_reason reason, enum lang lang);
const char *timeliness_text(enum timeliness t, enum lang lang);
const char *alert_reason_text(enum alert_reason reason, enum lang lang);

/* Puts a sentence with its places filled from args. */
void put_filled(struct buf *out, const char *sentence, const char *const *args,
                unsigned n);

#define EXPR_MAX 320

struct telling {
	const struct catalogue *c;
	const struct verdict *v;
	const struct verdict_gaps *gaps; /* or NULL */
	const struct cat_target_version *version;
	const struct cat_definition *d;
	enum lang lang;
	struct buf *out;
};

struct number {
	char text[DECIMAL_TEXT_MAX];
};
/* With the decimal sign of the language: a comma in Vietnamese. */
struct number number_of(const struct telling *t, int64_t mantissa);
struct number number_fine(const struct telling *t, i128 fine);
struct number number_at(const struct telling *t, int64_t mantissa,
                        uint8_t places);
i128 verdict_fine(int64_t mantissa);

/* The version an alert's period is judged by, else the last; NULL: there is none. */
const struct cat_target_version *alert_version(const struct catalogue *c,
                                               const struct alert *a);
#define MEASURED_MAX 128 /* a longer unit of measure is cut */
struct measured_number {
	char text[DECIMAL_TEXT_MAX + MEASURED_MAX];
};
/* A figure of the alert with the unit its indicator declares: "61.00 %". */
struct measured_number alert_number(const struct catalogue *c,
                                    const struct alert *a, int64_t mantissa,
                                    enum lang lang);
/* In the language where such a name is declared. */
void put_unit_name(const struct catalogue *c, uint32_t unit, enum lang lang,
                   struct buf *out);

/* What of the target decides how its arithmetic reads. */
bool names_change(const struct telling *t);
bool steps_level(const struct telling *t); /* a step that names the level */
bool steps_each(const struct telling *t);  /* or a count of each year */
bool counts_each(const struct telling *t);
/* What was judged: the value, or the sum up to it. */
i128 measured(const struct verdict *v);
/* The whole target can be met before it is due. */
bool early(const struct telling *t);
bool counts_parts(const struct telling *t);
bool at_due(const struct telling *t);
bool strict(const struct telling *t);
/* Moved to the natural bound (T3). */
bool level_clipped(const struct telling *t);
/* In an earlier period, by the verdict's `other` figure. */
bool was_met(const struct telling *t);
/* What the year before had, of steps: each. */
int64_t step_before(const struct verdict *v);
/* The period that is judged when the target is due. */
struct period due_judged(const struct telling *t);
int months_between(struct period from, struct period to);

struct expr {
	char text[EXPR_MAX];
};
void put_sum(const struct telling *t, const char *name, const struct expr *e,
             i128 result);
/* The formulas of the kinds that have a factor, a sum or a ratio. */
void sum_total(const struct telling *t);
void sum_formed(const struct telling *t);
void sum_path_zero(const struct telling *t);
void sum_ratio(const struct telling *t);

/* The formulas, one a line; and what would make it another verdict. */
void tell_sums(const struct telling *t);
void tell_change(const struct telling *t);

#endif
