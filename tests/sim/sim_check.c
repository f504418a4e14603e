/*
 * At rest: what clients were told, against what is on disk.
 */
#include "tests/sim/sim.h"

#include <string.h>

#include "tests/lib/random.h"

/* Who sent this block; NULL: nobody. */
static struct sending *
block_sender(struct sim *s, const struct block *block)
{
	for (uint32_t i = 0; i < s->n_sendings; i++) {
		struct sending *sending = &s->sendings[i];
		struct span name = span_str(s->clients[sending->client].name);

		if (!sending->hello && !sending->forged &&
		    sending->epoch == block->id.epoch &&
		    sending->sequence == block->id.sequence &&
		    span_equal(name, block->id.producer))
			return sending;
	}
	return NULL;
}

/* The rows of a block are those that were sent and not refused, in order. */
static bool
rows_check(struct sim *s, struct block *block, const struct batch *b)
{
	const struct catalogue *c = s->nodes[INGEST].ingest.catalogue;

	for (uint32_t i = 0; i < b->n_rows; i++) {
		struct figure row;

		if (b->rows[i].refused)
			continue;
		if (block_next(block, &row) != ERR_OK)
			return sim_fail(s, "a row that was accepted lacks");
		if (row.row != i || !row_is(c, &b->rows[i], &row))
			return sim_fail(s, "row %u is not what was sent", i);
	}
	return block->left == 0 || sim_fail(s, "a row that nobody sent");
}

/* A block must be where its answers said, and nowhere else. */
static bool
mark_found(struct sim *s, const struct sending *first, uint64_t commit)
{
	for (uint32_t i = 0; i < s->n_sendings; i++) {
		struct sending *other = &s->sendings[i];

		if (other->hello || other->forged ||
		    other->client != first->client ||
		    other->epoch != first->epoch ||
		    other->sequence != first->sequence)
			continue;
		if (other->found)
			return sim_fail(s, "a batch stands twice in the "
			                   "journal");
		if (other->accepted && other->commit != commit)
			return sim_fail(s, "a batch is not in the commit that "
			                   "its answer named");
		other->found = true;
	}
	return true;
}

static bool
block_check(struct sim *s, struct span record, uint64_t commit)
{
	struct block block;
	struct sending *sending;

	if (block_open(record, &block) != ERR_OK)
		return sim_fail(s, "a block that is none");
	sending = block_sender(s, &block);
	if (sending == NULL)
		return sim_fail(s, "a block that nobody sent");
	return rows_check(
	           s, &block,
	           &s->clients[sending->client].batches[sending->batch]) &&
	       mark_found(s, sending, commit);
}

/* L3: a commit of backfill blocks has nothing else and says so; a date that begins
 * ends what was under way. */
static bool
backfill_check(struct sim *s, struct span record, const struct commit *commit,
               const struct commit *before)
{
	bool marked = commit->flags & COMMIT_FLAG_BACKFILL;
	bool ends = commit->flags & COMMIT_FLAG_BACKFILL_END;
	bool open = before->flags & COMMIT_FLAG_BACKFILL &&
	            !(before->flags & COMMIT_FLAG_BACKFILL_END);
	enum record_type type = record_type(record);
	struct block block = {.flags = 0};

	if (type == RECORD_BLOCK && block_open(record, &block) != ERR_OK)
		return sim_fail(s, "a block that is none");
	if (marked !=
	    (type == RECORD_BLOCK && (block.flags & FIGURE_FLAG_BACKFILL) != 0))
		return sim_fail(s, "commit %llu mixes a backfill and others",
		                (unsigned long long)commit->number);
	if (type == RECORD_TICK && open && !ends)
		return sim_fail(s, "commit %llu begins a date in a backfill",
		                (unsigned long long)commit->number);
	return true;
}

/* Dense, chained, and every block of a client. */
static bool
ingest_commit_check(struct sim *s, struct kv *journal, uint64_t number,
                    struct commit *before)
{
	struct commit commit;
	enum err err = journal_commit(journal, number, &commit);

	if (err != ERR_OK || commit.prev != before->link ||
	    commit.time_ms < before->time_ms)
		return sim_fail(s, "ingest's commit %llu: %s",
		                (unsigned long long)number,
		                err != ERR_OK ? err_name(err)
		                              : "not chained to the former");
	for (uint32_t i = 0; i < commit.n_records; i++) {
		struct span record;

		if (journal_record(journal, number, i, &record) != ERR_OK)
			return sim_fail(s, "a record lacks");
		if (!backfill_check(s, record, &commit, before))
			return false;
		if (record_type(record) == RECORD_BLOCK &&
		    !block_check(s, record, number))
			return false;
	}
	*before = commit;
	return true;
}

static bool
ingest_check(struct sim *s)
{
	struct node *n = &s->nodes[INGEST];
	struct commit before = {.number = 0};
	bool ok = store_read(n->store) == ERR_OK;

	for (uint64_t i = 1; i <= n->turn.head.number && ok; i++)
		ok = ingest_commit_check(s, store_kv(n->store, STORE_JOURNAL),
		                         i, &before);
	store_read_end(n->store);
	for (uint32_t i = 0; i < s->n_sendings && ok; i++) {
		if (s->sendings[i].accepted && !s->sendings[i].found)
			ok = sim_fail(s, "a batch that was acknowledged is "
			                 "not in the journal");
	}
	return ok;
}

/* A derived journal has the numbers, times and flags of its input (K2). */
static bool
derived_check(struct sim *s, struct node *n)
{
	struct node *from = &s->nodes[n->service - 1];
	struct commit own, input, before = {.number = 0};
	bool ok =
	    store_read(n->store) == ERR_OK && store_read(from->store) == ERR_OK;

	for (uint64_t i = 1; i <= n->turn.head.number && ok; i++) {
		ok = journal_commit(store_kv(n->store, STORE_JOURNAL), i,
		                    &own) == ERR_OK &&
		     journal_commit(store_kv(from->store, STORE_JOURNAL), i,
		                    &input) == ERR_OK &&
		     own.time_ms == input.time_ms && own.flags == input.flags &&
		     own.prev == before.link;
		before = own;
	}
	store_read_end(n->store);
	store_read_end(from->store);
	return ok || sim_fail(s, "%s's journal does not follow its input",
	                      service_names[n->service]);
}

bool
check_all(struct sim *s)
{
	uint64_t head = s->nodes[INGEST].turn.head.number;

	/* what a failed turn has dropped is read again */
	if (turn_load(&s->nodes[INGEST].turn) != ERR_OK ||
	    turn_load(&s->nodes[AGGREGATE].turn) != ERR_OK ||
	    turn_load(&s->nodes[ALERT].turn) != ERR_OK)
		return sim_fail(s, "a service can't be loaded");
	if (!told_keep(s) || !deliver_rest(s) || !ingest_check(s) ||
	    !told_check(s) || !told_journal_check(s) ||
	    !derived_check(s, &s->nodes[AGGREGATE]) ||
	    !derived_check(s, &s->nodes[ALERT]) || !oracle_compare(s, head) ||
	    !oracle_compare(s, 1 + below(&s->random, head)))
		return false;
	return nodes_replay(s);
}
