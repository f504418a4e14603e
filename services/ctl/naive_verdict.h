/*
 * naive_verdict - J2 and L1 a second time, for one target and unit, from a state
 * of naive.h.
 *
 * The words for verdicts and reasons are those of verdict.h; nothing else of it is
 * used.
 */
#ifndef SERVICES_CTL_NAIVE_VERDICT_H
#define SERVICES_CTL_NAIVE_VERDICT_H

#include "common/domain/verdict.h"
#include "services/ctl/naive.h"

/* The figures that targets can look at, in order of definition, unit, period. */
struct naive_series {
	const struct naive *n;
	const struct catalogue *c;
	const struct naive_state *state;
	struct day today;
	struct day first; /* no figure, no completion is of a time before */
	const struct figure **list;
	uint32_t n_list, n_list_cap;
};

NODISCARD enum err naive_series_open(const struct naive *n,
                                     const struct naive_state *state,
                                     struct naive_series *series);
void naive_series_close(struct naive_series *series);

struct naive_verdict {
	bool row; /* false: the target is not in force here */
	enum verdict_kind kind;
	enum verdict_reason reason; /* REASON_NONE unless undecided */
	struct period judged;
	struct period due; /* of the same length */
	bool any_reason;   /* which one, is not settled: a year of several */
	bool has_value;
	int64_t value;
	bool has_total; /* counted over the programme */
	i128 total;     /* with four more digits */
	bool released;  /* the judged period's own figure (R5) */
	struct day released_on;
};

/* For the judged period (asked: code 0), or the one asked for. */
struct naive_verdict naive_judge(const struct naive_series *series,
                                 const struct cat_target *target, uint32_t unit,
                                 struct period asked);

/* The due period, in the frequency in which the target is judged. */
struct period naive_due(const struct naive_series *series,
                        const struct cat_target_version *v);

/* Is the alert of this severity firing? */
bool naive_fires(const struct naive_series *series,
                 const struct cat_target *target, uint32_t unit,
                 const char *severity);

/* The figure in force, or NULL; one that says "missing" is none. */
const struct figure *naive_figure(const struct naive_series *series,
                                  uint32_t definition, uint32_t unit,
                                  struct period period);

/* Every unit that some version of a target binds, ascending, without repeats;
 * units has room for TARGET_UNITS_MAX. */
uint32_t naive_bound(const struct catalogue *c, const struct cat_target *target,
                     uint32_t *units);

#endif
