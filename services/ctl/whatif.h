/*
 * whatif - verdicts and alerts under a changed catalogue, and under the present one.
 *
 * Both are judged here, by the very code that alert runs; nothing is sent or kept. What
 * is said now comes from the figures and roll-ups of aggregate's journal, and mostly
 * what would be said too. Only targets that read differently in the two catalogues are
 * judged. A change of places, rules of rolling up, ranks or decimals changes figures:
 * then they have to be folded again (rehearsal.h), and whoever asks takes here what
 * came of it; so too where aggregate's journal lacks what a new target would read.
 *
 * Pure: who calls it fetches the journal. Called by `tiendo whatif` and `catalogue apply
 * --dry-run`.
 */
#ifndef SERVICES_CTL_WHATIF_H
#define SERVICES_CTL_WHATIF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/alert_fold.h"
#include "common/domain/verdict.h"
#include "services/ctl/changes.h"

/* What is said of one target and unit under one catalogue. */
struct whatif_side {
	const struct catalogue *c;
	bool row; /* there is a verdict */
	struct verdict verdict;
	bool fires[SEVERITIES];
};

struct whatif_pair {
	uint32_t target;
	uint32_t unit;
	struct whatif_side was, is;
	bool verdict_differs; /* in anything that would be journaled */
	bool alert_differs;
};

struct whatif_counts {
	uint64_t rows;     /* of the journal, looked at */
	uint64_t judged;   /* targets and units */
	uint64_t verdicts; /* that differ */
	uint64_t alerts;   /* that differ */
};

struct whatif;

/*
 * whatif_new - a question.
 *
 * present  the CATALOGUE record in force; empty before the first
 * changed  the same of the other one, its ids numbered like the present one's
 * returns  ERR_OK; ERR_CORRUPT: a record doesn't build; ERR_NOMEM
 */
NODISCARD enum err whatif_new(struct whatif **whatif_p, struct span present,
                              struct span changed);
void whatif_free(struct whatif **whatif_p);

const struct changes *whatif_changes(const struct whatif *w);
/* No target reads differently: there is nothing to fetch or to judge. */
bool whatif_is_idle(const struct whatif *w);

/* The next record of aggregate's journal, from its first commit on. Cost: 100 ns a
 * row, 300 ns one that is read. ERR_OK, ERR_CORRUPT, ERR_NOMEM, ERR_TOO_LARGE. */
NODISCARD enum err whatif_take(struct whatif *w, struct span record);

/*
 * whatif_taken - behind the last record of the journal.
 *
 * *refold  it doesn't tell what the changed catalogue's verdicts are judged on, and
 *          there are some: whatif_take_anew comes next
 * returns  ERR_OK; ERR_AGAIN: the journal's catalogue isn't the present one (yet)
 */
NODISCARD enum err whatif_taken(const struct whatif *w, bool *refold);

/* The next record of what aggregate says at the changed catalogue; from the first on
 * all figures that are judged under it come from there. Errors as whatif_take. */
NODISCARD enum err whatif_take_anew(struct whatif *w, struct span record);

/*
 * whatif_judge - once, behind whatif_taken and what it asked for.
 *
 * each     of every pair that differs, by target and unit; the pair lives until it
 *          returns. Anything but ERR_OK ends it
 * returns  ERR_OK; ERR_AGAIN: the journal's catalogue isn't the present one (yet);
 *          ERR_CORRUPT, ERR_NOMEM, or what each gave
 * cost     two verdicts and their alerts for each target and unit
 */
NODISCARD enum err whatif_judge(
    struct whatif *w,
    enum err (*each)(void *self, const struct whatif_pair *pair), void *self,
    struct whatif_counts *counts);

#endif
