#include "common/domain/version.h"

static uint32_t
rank_of(const struct catalogue *c, uint32_t source)
{
	if (!c || source >= c->n_sources || !c->sources[source].declared)
		return UINT32_MAX;
	return c->sources[source].rank;
}

/* F3's order; statuses are numbered best first, observed before forecast. No
 * two are equal, since no two have the same commit and row. */
static bool
comes_before(const struct catalogue *c, const struct figure *a,
             const struct figure *b)
{
	if (a->status != b->status)
		return a->status < b->status;
	if (a->source != b->source) {
		uint32_t rank_a = rank_of(c, a->source);
		uint32_t rank_b = rank_of(c, b->source);

		if (rank_a != rank_b)
			return rank_a < rank_b;
	}
	if (a->released.n != b->released.n)
		return a->released.n > b->released.n;
	if (a->commit != b->commit)
		return a->commit > b->commit;
	return a->row > b->row;
}

static bool
withdraws(const struct figure *delete, const struct figure *version)
{
	return delete->action == ACTION_DELETE &&
	       delete->source == version->source &&
	       (!delete->status_named || delete->status == version->status);
}

bool
version_withdrawn(const struct figure *versions, uint32_t n, uint32_t i)
{
	for (uint32_t later = i + 1; later < n; later++) {
		if (withdraws(&versions[later], &versions[i]))
			return true;
	}
	return false;
}

uint32_t
version_in_force(const struct catalogue *c, const struct figure *versions,
                 uint32_t n)
{
	uint32_t best = VERSION_NONE;

	/* From the last one back: it mostly is the best, so that no other has to
	 * be looked for among the deletes behind it. */
	for (uint32_t i = n; i-- > 0;) {
		const struct figure *v = &versions[i];

		if (v->action == ACTION_DELETE)
			continue;
		if (best != VERSION_NONE &&
		    !comes_before(c, v, &versions[best]))
			continue;
		if (!version_withdrawn(versions, n, i))
			best = i;
	}
	return best;
}

/* The current version of the same source and status; its rank is its own. */
static const struct figure *
current_of(const struct figure *versions, uint32_t n,
           const struct figure *incoming)
{
	const struct figure *best = NULL;

	for (uint32_t i = n; i-- > 0;) {
		const struct figure *v = &versions[i];

		if (v->action == ACTION_DELETE ||
		    v->source != incoming->source ||
		    v->status != incoming->status)
			continue;
		if (best && !comes_before(NULL, v, best))
			continue;
		if (!version_withdrawn(versions, n, i))
			best = v;
	}
	return best;
}

static bool
said_before(const struct figure *versions, uint32_t n,
            const struct figure *incoming)
{
	for (uint32_t i = 0; i < n; i++) {
		if (figure_same_assertion(&versions[i], incoming))
			return true;
	}
	return false;
}

/* Nothing is in force that this delete would withdraw. */
static bool
nothing_left(const struct figure *versions, uint32_t n,
             const struct figure *delete)
{
	for (uint32_t i = 0; i < n; i++) {
		if (versions[i].action == ACTION_MERGE &&
		    withdraws(delete, &versions[i]) &&
		    !version_withdrawn(versions, n, i))
			return false;
	}
	return true;
}

enum version_verdict
version_judge(const struct figure *versions, uint32_t n,
              const struct figure *incoming)
{
	bool again = incoming->flags & FIGURE_FLAG_AGAIN;
	const struct figure *current;

	if (incoming->action == ACTION_DELETE) {
		if (!again && !said_before(versions, n, incoming))
			return VERSION_NEW;
		if (nothing_left(versions, n, incoming))
			return VERSION_UNCHANGED;
		return again ? VERSION_NEW : VERSION_STALE;
	}
	current = current_of(versions, n, incoming);
	if (current && figure_same_assertion(current, incoming))
		return VERSION_UNCHANGED;
	return !again && said_before(versions, n, incoming) ? VERSION_STALE
	                                                    : VERSION_NEW;
}
