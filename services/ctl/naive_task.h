/*
 * naive_task - what the two files of the naive verdict share.
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
	bool up;
	bool inexact; /* met one on the way */
};

/* A figure that can be judged by, or why there is none. */
struct found {
	const struct figure *f; /* NULL: none */
	i128 fine;
	int64_t value;
	enum verdict_reason reason;
};

/* Usable at p (J2), else why not. */
struct found naive_find(struct task *t, struct period p);
/* Distance in the good direction. */
i128 naive_better(const struct task *t, i128 a, i128 than);
/* The natural bound in the good direction: as declared, or of a ratio its factor
 * and 0; false: there is none. */
bool naive_limit(const struct task *t, i128 *fine);
/* The number of the base: the document's, or the series'; false: none. */
bool naive_base(struct task *t, i128 *fine);
bool naive_each(const struct task *t); /* steps, each year */
bool naive_mean(const struct task *t); /* steps, on average */
/* Is the whole target met by this figure? */
bool naive_meets(struct task *t, const struct found *found);
/* The usable figure before p, at or after the base; of the latest period. */
struct found naive_before(struct task *t, struct period p,
                          struct period *where);
/* The path at t->p, or why there is none. */
enum verdict_reason naive_path(struct task *t, i128 *path);
/* Does p lie behind the base, or without one, where the target is in force? */
bool naive_in_force(const struct task *t, struct period p);
/* The last rules of the table. */
enum verdict_kind naive_against_path(struct task *t, const struct found *now,
                                     i128 path);

#endif
