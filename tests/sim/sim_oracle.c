/*
 * Aggregate and alert against the naive oracle, as of any commit.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "services/aggregate/agg_state.h"

/* Records of a node's journal, commit by commit. */
typedef bool (*record_seen)(struct sim *s, void *ctx, uint64_t commit,
                            struct span record);

static bool
journal_each(struct sim *s, struct node *n, uint64_t to, record_seen seen,
             void *ctx)
{
	struct kv *journal = store_kv(n->store, STORE_JOURNAL);

	for (uint64_t i = 1; i <= to; i++) {
		struct commit commit;

		if (journal_commit(journal, i, &commit) != ERR_OK)
			return sim_fail(s, "commit %llu of %s can't be read",
			                (unsigned long long)i,
			                service_names[n->service]);
		for (uint32_t r = 0; r < commit.n_records; r++) {
			struct span record;

			if (journal_record(journal, i, r, &record) != ERR_OK ||
			    !seen(s, ctx, i, record))
				return sim_fail(s, "a record lacks");
		}
	}
	return true;
}

static bool
naive_feed(struct sim *s, struct naive *naive, uint64_t to)
{
	struct node *n = &s->nodes[INGEST];
	struct kv *journal = store_kv(n->store, STORE_JOURNAL);
	struct record_list records;
	struct buf packed;
	enum err err = ERR_OK;

	record_list_init(&records);
	buf_init(&packed, COMMIT_BYTES_MAX);
	for (uint64_t i = 1; i <= to && err == ERR_OK; i++) {
		struct commit commit;

		buf_reset(&packed);
		err = commit_pack(journal, i, &packed);
		if (err == ERR_OK)
			err =
			    commit_unpack(buf_span(&packed), &commit, &records);
		if (err == ERR_OK)
			err = naive_take(naive, &commit, &records);
	}
	buf_fini(&packed);
	record_list_fini(&records);
	return err == ERR_OK ||
	       sim_fail(s, "the oracle can't read: %s", err_name(err));
}

/* What aggregate's journal says as of a commit. */
struct told {
	struct digest digest;
	const struct naive *naive;
	uint32_t n_receipts;
};

static const struct naive_block *
receipt_block(const struct naive *naive, uint64_t commit,
              const struct receipt *r)
{
	for (uint32_t i = 0; i < naive->n_blocks; i++) {
		const struct naive_block *b = &naive->blocks[i];

		if (b->commit == commit && b->sequence == r->id.sequence &&
		    b->producer == hash_bytes(r->id.producer, r->id.epoch))
			return b;
	}
	return NULL;
}

static bool
aggregate_seen(struct sim *s, void *ctx, uint64_t commit, struct span record)
{
	struct told *told = ctx;
	const struct naive_block *b;
	struct receipt receipt;

	if (record_type(record) == RECORD_DIGEST)
		return digest_read(record, &told->digest) == ERR_OK;
	if (record_type(record) != RECORD_RECEIPT)
		return true;
	if (receipt_read(record, &receipt) != ERR_OK)
		return false;
	told->n_receipts++;
	b = receipt_block(told->naive, commit, &receipt);
	return (b != NULL && b->n_stale == receipt.n_stale &&
	        b->n_unchanged == receipt.n_unchanged) ||
	       sim_fail(s,
	                "receipt in commit %llu: %u stale, %u unchanged; "
	                "oracle %u and %u",
	                (unsigned long long)commit, receipt.n_stale,
	                receipt.n_unchanged, b != NULL ? b->n_stale : 0,
	                b != NULL ? b->n_unchanged : 0);
}

static bool
told_compare(struct sim *s, struct told *told, const struct naive_state *state)
{
	const struct digest *a = &told->digest;
	const struct digest *b = &state->digest;
	uint32_t receipts = 0;

	if (a->n_figures != b->n_figures || a->figures != b->figures)
		return sim_fail(s, "figures in force: %llu, oracle %llu%s",
		                (unsigned long long)a->n_figures,
		                (unsigned long long)b->n_figures,
		                a->n_figures == b->n_figures ? "; other ones"
		                                             : "");
	if (a->n_rollups != b->n_rollups || a->rollups != b->rollups)
		return sim_fail(s, "roll-ups: %llu, oracle %llu%s",
		                (unsigned long long)a->n_rollups,
		                (unsigned long long)b->n_rollups,
		                a->n_rollups == b->n_rollups ? "; other ones"
		                                             : "");
	for (uint32_t i = 0; i < told->naive->n_blocks; i++)
		receipts += told->naive->blocks[i].n_stale > 0 ||
		            told->naive->blocks[i].n_unchanged > 0;
	return receipts == told->n_receipts ||
	       sim_fail(s, "%u receipts, oracle %u", told->n_receipts,
	                receipts);
}

/* The rows themselves: a digest kept right beside wrong rows is no use. */
static bool
rows_compare(struct sim *s, const struct naive_state *state)
{
	struct kv *kv = store_kv(s->nodes[AGGREGATE].store, STORE_STATE);

	for (uint32_t i = 0; i < state->n_figures; i++) {
		const struct figure *want = &state->figures[i];
		struct figure is;
		bool found = false;

		if (agg_figure_get(
		        kv,
		        (struct agg_at){.definition = want->definition,
		                        .unit = want->unit,
		                        .period = want->period},
		        &is, &found) != ERR_OK ||
		    !found)
			return sim_fail(s, "a figure in force is not kept");
		is.flags &= (uint8_t)~AGG_HISTORY;
		if (figure_hash(&is) != figure_hash(want))
			return sim_fail(s, "another figure is kept");
	}
	for (uint32_t i = 0; i < state->n_rollups; i++) {
		const struct rollup *want = &state->rollups[i];
		struct rollup is;
		bool found = false;

		if (agg_rollup_get(
		        kv,
		        (struct agg_at){.map = want->map,
		                        .definition = want->definition,
		                        .unit = want->unit,
		                        .period = want->period},
		        &is, &found) != ERR_OK ||
		    !found || rollup_hash(&is) != rollup_hash(want))
			return sim_fail(s, "another roll-up is kept");
	}
	return true;
}

static bool
state_compare(struct sim *s, struct naive *naive, uint64_t commit)
{
	struct node *n = &s->nodes[AGGREGATE];
	struct told told = {.naive = naive};
	struct naive_state state;
	bool ok;

	if (naive_state(naive, &state) != ERR_OK)
		return sim_fail(s, "the oracle has no answer");
	ok = journal_each(s, n, commit, aggregate_seen, &told) &&
	     told_compare(s, &told, &state);
	if (ok && commit == n->turn.head.number)
		ok = rows_compare(s, &state);
	if (ok)
		ok = past_compare(s, naive, &state, commit);
	if (ok && commit == n->turn.head.number)
		ok = order_compare(s, naive);
	if (ok)
		ok = verdicts_compare(s, naive, &state, commit);
	naive_state_fini(&state);
	return ok;
}

static bool
stores_read(struct sim *s, bool begin)
{
	enum err err = ERR_OK;

	for (int i = 0; i < SERVICES; i++) {
		if (!begin)
			store_read_end(s->nodes[i].store);
		else if (err == ERR_OK)
			err = store_read(s->nodes[i].store);
	}
	return err == ERR_OK || sim_fail(s, "can't read: %s", err_name(err));
}

bool
oracle_compare(struct sim *s, uint64_t commit)
{
	struct naive naive;
	bool ok;

	naive_init(&naive);
	naive.all_rolled = true;
	ok = stores_read(s, true) && naive_feed(s, &naive, commit) &&
	     state_compare(s, &naive, commit);
	s->campaign->fired[FAULT_GROWN] += naive.n_rescaled > 0;
	(void)stores_read(s, false);
	naive_fini(&naive);
	return ok;
}
