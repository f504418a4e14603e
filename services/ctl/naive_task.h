/*
 * naive_task - what the files of the naive verdict share.
 */
#ifndef SERVICES_CTL_NAIVE_TASK_H
#define SERVICES_CTL_NAIVE_TASK_H

#include "services/ctl/naive_verdict.h"

#define FINE_ONE 10000
#define YEAR     12 /* months */

/* What is judged. */
struct task {
	const struct naive_series *s;
	const struct cat_target *target;
	const struct cat_target_version *v;
	const struct cat_definition *d;
	uint32_t unit;
	struct period p;
	struct period due; /* of the length of p */
	bool up;
};

/* A figure that can be judged by, reported or rolled up, or why there is none. */
struct found {
	bool usable;
	bool rolled;
	bool exact; /* its bound is = */
	enum bound bound;
	bool parts;
	bool total;     /* fine is the sum of years, value that of the last */
	bool released;  /* R5 */
	struct day day; /* of its release; DAY_NONE of a roll-up */
	struct period p;
	int64_t value;
	i128 numerator; /* in millionths, as the denominator */
	i128 denominator;
	i128 fine;
	i128 worst; /* what its bound allows, in the good direction (F5) */
	i128 best;
	enum verdict_reason reason;
	enum verdict_reason lacks; /* of a sum: why it is not whole */
};

/* What is due at the end. */
struct level {
	bool given;
	bool enough; /* it is the natural bound: reaching it is enough (T3) */
	i128 fine;
	enum verdict_reason reason; /* why it is not given */
};

/* Usable at p (J2), else why not. */
struct found naive_find(const struct task *t, struct period p);
/* The figure itself, reported or rolled up, also where counts are added up. */
struct found naive_find_one(const struct task *t, struct period p);
/* Both, each by itself (R2). */
struct found naive_find_own(const struct task *t, struct period p);
struct found naive_find_rolled(const struct task *t, struct period p);
/* Counted over the programme: the sum of the years up to p. */
struct found naive_find_total(const struct task *t, struct period p);
/* The programme's first year. */
struct period naive_programme_start(const struct task *t);
/* A completion record of the very definition, unit and period. */
bool naive_completed(const struct task *t, struct period p);
/* Distance in the good direction. */
i128 naive_better(const struct task *t, i128 a, i128 than);
/* The natural bound in the good direction: as declared, or of a ratio its factor
 * and 0; false: there is none. */
bool naive_limit(const struct task *t, i128 *fine);
/* The number of the base: the document's, or the series'; false: none. */
bool naive_base(const struct task *t, i128 *fine);
bool naive_each(const struct task *t);   /* steps or counts, each year */
bool naive_mean(const struct task *t);   /* steps, on average */
bool naive_change(const struct task *t); /* steps that name a change */
/* Judged one period at a time, or together: never met before it is due. */
bool naive_never_early(const struct task *t);
/* The whole target, at p. */
struct level naive_level(const struct task *t, struct period p);
/* Is it met if the figure says this? */
bool naive_meets(const struct task *t, const struct found *f, i128 fine);
/* The exact usable figure before p, at or after the base; of the latest period. */
struct found naive_before(const struct task *t, struct period p);
/* The path at t->p, or why there is none. */
enum verdict_reason naive_path(const struct task *t, i128 *path);
/* Does p lie behind the base, or without one, where the target is in force? */
bool naive_in_force(const struct task *t, struct period p);
/* The last rules of the table, if the figure says `now`. */
enum verdict_kind naive_against_path(const struct task *t, i128 now, i128 path);
/* Judged by a published ratio in place of a path? */
bool naive_ratio(const struct task *t);
struct ratio {
	i128 base;
	i128 now;
	i128 level;
	int64_t millionths; /* the result */
};
/* false: it cannot be formed. */
bool naive_ratio_of(const struct task *t, struct ratio *r);
/* a / b, half away from zero; b positive. */
i128 naive_rounded(i128 a, i128 b);
void naive_ends(const struct task *t, struct found *f, enum bound bound);
/* Months from year 0 to its end. */
int naive_month(struct period p);

#endif
