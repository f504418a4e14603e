/*
 * alert_methods - what status says beside a verdict: when the trend reaches the
 * target, what published methods make of it, and its rank among the target's units.
 *
 *   methods=all, or names with commas between them: METHOD.value, METHOD.category,
 *           METHOD.verdict, or METHOD.refused, each under `methods.`; and
 *           projection.ols, .theil_sen, .low, .high: periods
 *   ranks=yes: rank and rank_of, or unranked with the reason (J5)
 *
 * Formulas and thresholds: common/domain/method.h, projection.h, rank.h. Nothing
 * here is journaled, and nothing changes a verdict.
 */
#ifndef SERVICES_ALERT_ALERT_METHODS_H
#define SERVICES_ALERT_ALERT_METHODS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/rank.h"
#include "proto/query.h"
#include "services/alert/alert_filter.h"

/* Ranks of one target: entries as rank_assign sorts them, who = binding. */
struct alert_ranks {
	struct rank_entry *entries;
	uint32_t n;
	uint32_t n_ranked;
};

/* What a status query asks for beside the verdicts. */
struct alert_beside {
	uint32_t methods; /* bits: 1u << enum method */
	bool ranked;
	struct alert_ranks ranks;
};

/*
 * alert_beside_open - reads the arguments and makes the ranks.
 *
 * returns  ERR_OK; ERR_BAD_VALUE: no such method, ranks is not yes, or the target's
 *          name is that of several; ERR_MISSING_FIELD: ranks without a target
 *          (q->field is set); ERR_NOMEM; or what reading state failed with
 * cost     with ranks, one verdict for each unit of the target, for each page
 */
NODISCARD enum err alert_beside_open(struct alert_service *a, struct kv *state,
                                     struct query *q,
                                     const struct alert_filter *f,
                                     struct alert_beside *b);
void alert_beside_close(struct alert_beside *b);

/* The n-th binding in the order of rows; false: there is none. */
bool alert_beside_binding(const struct alert_service *a,
                          const struct alert_beside *b, uint32_t n,
                          uint32_t *binding);

/* Fields of the open row, which is the n-th. in: what v was judged on. */
void alert_beside_fields(struct query *q, const struct alert_beside *b,
                         uint32_t n, const struct verdict_input *in,
                         const struct verdict *v);

#endif
