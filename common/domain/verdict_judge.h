/*
 * verdict_judge - what the files of the verdict share, and explain with them. Not
 * for anybody else: callers take verdict.h.
 *
 * verdict.c chooses the period, verdict_pick.c the figure, verdict_path.c says
 * what is asked of it, verdict_rules.c decides.
 */
#ifndef COMMON_DOMAIN_VERDICT_JUDGE_H
#define COMMON_DOMAIN_VERDICT_JUDGE_H

#include "common/domain/verdict.h"

#define FINE 10000 /* 10^DECIMAL_EXTRA (A2) */

/* One judgement: a target version, a unit and a period. */
struct judge {
	const struct verdict_input *in;
	const struct cat_target_version *v;
	const struct cat_definition *d;
	struct period p;
	struct period due; /* in the definition's frequency */
	bool up;
	bool names_change; /* the indicator is itself a change (F7) */
	bool other_first;  /* judge the figure that R2 puts second */
};

/* false: no row. */
bool judge_init(struct judge *j, const struct verdict_input *in,
                struct period p);
/* Each period of a plan is judged as if due. */
bool judge_at_due(const struct judge *j);
/* Count over the programme, of an indicator that does not add up itself. */
bool judge_sums(const struct judge *j);
/* The figure by which a relative target is measured in p. */
struct reading judge_reference(const struct judge *j, struct period p,
                               uint8_t *places);
int month_end(struct period p); /* months since year 0; ends compare by it */
/* The month after which periods are judged: the end of the base period, else
 * the one before the target came into force. */
int month_start(const struct judge *j);

/* What a figure can say: exact mantissas, or all that its bound allows (F5). */
struct reading {
	const struct verdict_point *point; /* NULL: no usable figure */
	enum verdict_reason reason;        /* then why */
	int64_t value;                     /* as published */
	bool has_parts;
	struct verdict_parts parts;
	i128 fine; /* what is judged: the value, or the sum up to it */
	enum bound bound;
	i128 worst; /* ends of what the bound allows, fine */
	i128 best;
	/* Of a sum that is not exact: why the first such year is not. */
	enum verdict_reason missing;
};
/* What a bound allows, around a stated value (F5). */
struct ends {
	i128 worst;
	i128 best;
};
struct ends bound_ends(enum bound bound, i128 fine, i128 margin, bool up);
/* The figure judged in a period (R2) and why there is none that is usable; of a
 * count over the programme the sum of its years. */
struct reading judge_read(const struct judge *j, struct period p);
/* Both a reported and a rolled-up figure are usable in j->p. */
bool judge_has_both(const struct judge *j);
/* The first figure of the target's own definition in p, usable or not. */
const struct verdict_point *judge_own_figure(const struct judge *j,
                                             struct period p);
/* An observed reported figure, or a complete roll-up, stands in p (J3). */
bool judge_has_figure(const struct judge *j, struct period p);
bool reading_exact(const struct reading *r);
/* Index of the first point that some reading may use; in->n: none may. Whatever
 * is decided is decided on a figure of its period or of an earlier one, so there
 * is nothing to look for before it. */
uint32_t judge_first_usable(const struct verdict_input *in);

/* What is asked of the value. */
struct demand {
	bool has_base;
	i128 base; /* fine */
	bool has_level;
	bool clipped; /* at the natural bound: reaching it is enough (T3) */
	i128 level;   /* what is due at the end, fine */
	bool has_reference; /* relative */
	int64_t reference;
	uint8_t reference_places;
	bool has_path;
	bool path_clipped;
	i128 path;
	struct period path_period;
	enum verdict_reason no_path; /* why there is none */
	struct reading previous;     /* point NULL: none */
	bool was_met;                /* in an earlier period */
	struct period met_period;    /* the last such */
	int64_t met_value;
	bool failed;    /* steps: each: the earlier year with the worst step */
	i128 failed_by; /* fine, positive */
	struct period failed_period;
	int64_t failed_value;
	int64_t failed_before;
	enum verdict_reason missing; /* steps: each: a year without a figure */
};
void judge_demand(const struct judge *j, struct demand *q);
/* Better than or as good as: the distance in the good direction. */
i128 ahead_by(const struct judge *j, i128 value, i128 than);
/* The best value there can be: the declared one, or that of a quotient (T3). */
bool natural_bound(const struct cat_definition *d, bool up, i128 *bound);
/* round_half_away(numerator / denominator), denominator > 0. */
i128 fine_quotient(i128 numerator, i128 denominator);
/* The whole target is met by this value; parts: count the numerator (A2). */
bool judge_meets(const struct judge *j, const struct demand *q, i128 value,
                 const struct verdict_parts *parts);
/* Met by all, or by none, of what the figure's bound allows. */
bool reading_meets(const struct judge *j, const struct demand *q,
                   const struct reading *r);
bool reading_fails(const struct judge *j, const struct demand *q,
                   const struct reading *r);
/* Parts that can be counted: both, and not a weighted mean's weight; they live as
 * long as r. */
const struct verdict_parts *countable_parts(const struct judge *j,
                                            const struct reading *r);
/* Judged year by year: steps: each, and a count of each year. */
/* A count of each year: each is held against the number. */
bool counts_years(const struct judge *j);
bool is_each(const struct judge *j);
/* The whole target can be met before it is due. */
bool meets_early(const struct judge *j);
/* Last step and required pace say something about the target. */
bool is_paced(const struct judge *j);
bool needs_base(const struct judge *j);
/* Distance in years, rounded to fine: months may be any but 0. */
i128 fine_a_year(i128 distance, int months);

/* The whole table of J2 for j. */
void judge_apply(const struct judge *j, struct verdict *out);

#endif
