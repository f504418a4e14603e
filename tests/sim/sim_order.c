/*
 * The end does not depend on the order in which things were said, nor on how they
 * were split into commits (SEMANTICS L1, F3).
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/aggregate/agg_state.h"
#include "services/alert/alert_state.h"
#include "tests/lib/random.h"

#define BLOCK_ROWS 24

/* What is said, apart from its order. */
struct saying {
	struct record_list first; /* catalogue, tick, completions */
	struct figure *rows;
	uint32_t n;
};

/* What came of it: sums over what must be alike. */
struct ending {
	struct digest digest;
	uint64_t figures;
	uint64_t verdicts;
	uint64_t alerts;
};

static bool
same_place(const struct figure *a, const struct figure *b)
{
	if (a->definition != b->definition || a->unit != b->unit ||
	    a->period.code != b->period.code || a->source != b->source)
		return false;
	return figure_same_assertion(a, b) ||
	       (a->status == b->status && a->released.n == b->released.n);
}

static void
rows_take(const struct naive *naive, struct saying *out)
{
	out->rows = calloc(naive->n_assertions + 1u, sizeof(*out->rows));
	if (out->rows == NULL)
		abort();
	for (uint32_t i = 0; i < naive->n_assertions; i++) {
		const struct figure *row = &naive->assertions[i];
		bool known = row->action == ACTION_DELETE;

		for (uint32_t j = 0; j < out->n && !known; j++)
			known = same_place(&out->rows[j], row);
		if (known)
			continue;
		out->rows[out->n] = *row;
		out->rows[out->n++].flags &= FIGURE_FLAG_RATIO_MISMATCH;
	}
}

/* The last record of a type; all of them. */
static bool
records_take(struct sim *s, enum record_type type, bool all,
             struct record_list *out)
{
	struct node *n = &s->nodes[INGEST];
	struct kv *journal = store_kv(n->store, STORE_JOURNAL);
	struct span record, last = span_of(NULL, 0);

	for (uint64_t i = 1; i <= n->turn.head.number; i++) {
		struct commit commit;

		if (journal_commit(journal, i, &commit) != ERR_OK)
			return sim_fail(s, "a commit lacks");
		for (uint32_t r = 0; r < commit.n_records; r++) {
			if (journal_record(journal, i, r, &record) != ERR_OK)
				return sim_fail(s, "a record lacks");
			if (record_type(record) != type)
				continue;
			last = record;
			if (all)
				record_list_add(out, record);
		}
	}
	if (!all && last.len > 0)
		record_list_add(out, last);
	return true;
}

static void
rows_shuffle(struct sim *s, struct saying *said)
{
	for (uint32_t i = said->n; i > 1; i--) {
		uint32_t j = (uint32_t)below(&s->random, i);
		struct figure row = said->rows[i - 1];

		said->rows[i - 1] = said->rows[j];
		said->rows[j] = row;
	}
}

static bool
commit_feed(struct sim *s, struct node *node, const struct record_list *records)
{
	uint64_t number = node->turn.head.number + 1;
	struct span *items = calloc(records->n + 1, sizeof(*items));
	struct turn_input input = {.number = number,
	                           .time_ms = s->now_ms + (int64_t)number,
	                           .items = items,
	                           .n_items = records->n};
	enum err err = ERR_OK;

	if (items == NULL)
		abort();
	for (size_t i = 0; i < records->n; i++)
		items[i] = record_list_at(records, i);
	while (err == ERR_OK && node->turn.head.number < number)
		err = turn_run(&node->turn, &input, 1);
	free(items);
	return err == ERR_OK ||
	       sim_fail(s, "rows in another order: %s", err_name(err));
}

static void
block_make(const struct figure *rows, uint32_t n, uint64_t sequence,
           struct record_list *out)
{
	struct block head = {.id = {.producer = span_str("order"),
	                            .epoch = 1,
	                            .sequence = sequence},
	                     .n_rows = n};
	struct block_writer w;

	record_list_reset(out);
	block_write_begin(&w, &out->bytes, &head);
	for (uint32_t i = 0; i < n; i++) {
		struct figure row = rows[i];

		row.row = i;
		block_write_row(&w, &row);
	}
	record_list_close_record(out);
}

static bool
rows_feed(struct sim *s, struct node *node, const struct saying *said)
{
	struct record_list records;
	bool ok = commit_feed(s, node, &said->first);
	uint32_t n;

	record_list_init(&records);
	for (uint32_t i = 0; i < said->n && ok; i += n) {
		n = 1 + (uint32_t)below(&s->random, BLOCK_ROWS);
		n = n < said->n - i ? n : said->n - i;
		block_make(said->rows + i, n, node->turn.head.number, &records);
		ok = commit_feed(s, node, &records);
	}
	record_list_fini(&records);
	return ok;
}

static uint64_t
figure_sum(struct kv *kv, const struct figure *row)
{
	struct agg_at at = {.definition = row->definition,
	                    .unit = row->unit,
	                    .period = row->period};
	struct figure f;
	bool found = false;

	if (agg_figure_get(kv, at, &f, &found) != ERR_OK || !found)
		return 0;
	f.commit = 0;
	f.row = 0;
	f.flags &= FIGURE_FLAG_RATIO_MISMATCH;
	return figure_hash(&f);
}

static uint64_t
verdict_sum(struct span record)
{
	struct verdict v;
	struct buf bytes;
	bool gone = false;
	uint64_t sum;

	if (verdict_record_read(record, &v, &gone) != ERR_OK || gone)
		return 0;
	v.figure.commit = 0;
	v.figure.row = 0;
	buf_init(&bytes, VERDICT_RECORD_MAX);
	verdict_record_write(&bytes, &v);
	sum = hash_bytes(buf_span(&bytes), 1);
	buf_fini(&bytes);
	return sum;
}

static uint64_t
alert_hash(const struct alert *a)
{
	const uint64_t parts[] = {
	    a->target,   a->unit,        a->severity,       a->fingerprint,
	    a->state,    a->since.code,  a->ended.code,     a->matching,
	    a->clearing, a->period.code, (uint64_t)a->value};

	return hash_bytes(span_of((const uint8_t *)parts, sizeof(parts)), 2);
}

/* The state; the last transition has a history. What never fired by the figures now
 * known may have been heard of, or not. */
static uint64_t
alert_sum(struct span record)
{
	struct alert a;

	if (alert_record_read(record, &a) != ERR_OK ||
	    a.state == ALERT_INACTIVE)
		return 0;
	return alert_hash(&a);
}

static bool
table_sum(struct kv *kv, enum alert_table table, uint64_t (*of)(struct span),
          uint64_t *sum)
{
	struct alert_key key = {.len = 0};
	struct span value;
	bool more = true;

	while (more) {
		if (alert_table_next(kv, table, &key, &value, &more) != ERR_OK)
			return false;
		*sum += more ? of(value) : 0;
	}
	return true;
}

static bool
ending_read(struct node *aggregate, struct node *alert,
            const struct saying *said, struct ending *end)
{
	struct kv *kv, *state;
	bool ok = store_read(aggregate->store) == ERR_OK &&
	          store_read(alert->store) == ERR_OK;

	if (!ok)
		return false;
	kv = store_kv(aggregate->store, STORE_STATE);
	state = store_kv(alert->store, STORE_STATE);
	*end = (struct ending){.digest = aggregate->aggregate.digest};
	end->digest.figures = 0; /* commits and rows are in it */
	for (uint32_t i = 0; i < said->n && ok; i++)
		end->figures += figure_sum(kv, &said->rows[i]);
	ok = ok &&
	     table_sum(state, ALERT_TABLE_VERDICTS, verdict_sum,
	               &end->verdicts) &&
	     table_sum(state, ALERT_TABLE_ALERTS, alert_sum, &end->alerts);
	store_read_end(alert->store);
	store_read_end(aggregate->store);
	return ok;
}

static bool
order_fold(struct sim *s, const struct saying *said, struct ending *end)
{
	struct node *nodes = calloc(2, sizeof(*nodes));
	bool ok = true;

	if (nodes == NULL)
		abort();
	for (int i = 0; i < 2 && ok; i++) {
		nodes[i].service = i == 0 ? AGGREGATE : ALERT;
		(void)snprintf(nodes[i].dir, sizeof(nodes[i].dir), "%s/order%d",
		               s->campaign->dir, i);
		store_remove(nodes[i].dir);
		ok = node_open(s, &nodes[i]);
	}
	ok = ok && rows_feed(s, &nodes[0], said) &&
	     node_follow(s, &nodes[0], &nodes[1]);
	ok = ok && (ending_read(&nodes[0], &nodes[1], said, end) ||
	            sim_fail(s, "the end can't be read"));
	for (int i = 0; i < 2; i++) {
		node_close(&nodes[i]);
		store_remove(nodes[i].dir);
		free(nodes[i].inbox);
	}
	free(nodes);
	return ok;
}

static bool
endings_equal(struct sim *s, const struct ending *a, const struct ending *b)
{
	if (a->digest.n_figures != b->digest.n_figures ||
	    a->figures != b->figures)
		return sim_fail(s, "another order ends in other figures");
	if (a->digest.n_rollups != b->digest.n_rollups ||
	    a->digest.rollups != b->digest.rollups)
		return sim_fail(s, "another order ends in other roll-ups");
	if (a->verdicts != b->verdicts)
		return sim_fail(s, "another order ends in other verdicts");
	return a->alerts == b->alerts ||
	       sim_fail(s, "another order ends in other alerts");
}

bool
order_compare(struct sim *s, const struct naive *naive)
{
	struct saying said = {.n = 0};
	struct ending ends[2];
	bool ok;

	if (naive->catalogue == NULL ||
	    below(&s->random, 1000) >= s->rates[FAULT_ORDER])
		return true;
	record_list_init(&said.first);
	rows_take(naive, &said);
	ok = records_take(s, RECORD_CATALOGUE, false, &said.first) &&
	     records_take(s, RECORD_TICK, false, &said.first) &&
	     records_take(s, RECORD_COMPLETION, true, &said.first);
	for (int i = 0; i < 2 && ok; i++) {
		rows_shuffle(s, &said);
		ok = order_fold(s, &said, &ends[i]);
	}
	ok = ok && endings_equal(s, &ends[0], &ends[1]);
	s->campaign->fired[FAULT_ORDER] += ok;
	free(said.rows);
	record_list_fini(&said.first);
	return ok;
}
