#include "tests/oracle/oracle.h"

#include <stdlib.h>
#include <string.h>

#define MAP_BYTES  (1024u << 20)
#define PEER       7
/* Changed definitions are folded again in many turns. */
#define SLICE_ROWS 700

static const char *const names[] = {"ingest", "aggregate"};

static void
must(enum err err, const char *what)
{
	if (err != ERR_OK)
		oracle_fail("%s: %s", what, err_name(err));
}

static void
store_make(struct nodes *n, int i)
{
	char dir[160];
	struct store_conf conf = {
	    .dir = dir, .kind = names[i], .format = 1, .map_bytes = MAP_BYTES};
	struct store_refusal why = {.code = ERR_OK};
	struct journal_id id;

	(void)snprintf(dir, sizeof(dir), "%s/%s", n->dir, names[i]);
	if (store_open(&n->stores[i], &conf, &why) != ERR_OK)
		oracle_fail("%s: %s", dir, why.text);
	must(store_begin(n->stores[i]), "begin");
	must(journal_identity(store_kv(n->stores[i], STORE_STATE), ORACLE_LOG,
	                      &id),
	     "identity");
	must(store_commit(n->stores[i]), "commit");
}

void
nodes_open(struct nodes *n, const char *dir)
{
	*n = (struct nodes){.dir = dir};
	buf_init(&n->frame, WIRE_MESSAGE_MAX);
	store_make(n, 0);
	store_make(n, 1);
	turn_init(&n->turns[0], n->stores[0], &ingest_turn_ops, &n->ingest);
	turn_init(&n->turns[1], n->stores[1], &aggregate_turn_ops,
	          &n->aggregate);
	must(ingest_init(&n->ingest), "ingest");
	aggregate_init(&n->aggregate);
	n->aggregate.slice_rows = SLICE_ROWS;
	must(turn_load(&n->turns[0]), "load");
	must(turn_load(&n->turns[1]), "load");
}

void
nodes_close(struct nodes *n)
{
	turn_fini(&n->turns[0]);
	turn_fini(&n->turns[1]);
	ingest_fini(&n->ingest);
	aggregate_fini(&n->aggregate);
	store_close(&n->stores[0]);
	store_close(&n->stores[1]);
	buf_fini(&n->frame);
}

uint64_t
nodes_head(const struct nodes *n)
{
	return n->turns[0].head.number;
}

static void
commit_read(struct nodes *n, uint64_t number, struct commit *commit,
            struct record_list *records)
{
	struct buf bytes;

	buf_init(&bytes, COMMIT_BYTES_MAX);
	must(store_read(n->stores[0]), "read");
	must(commit_pack(store_kv(n->stores[0], STORE_JOURNAL), number, &bytes),
	     "pack");
	store_read_end(n->stores[0]);
	must(commit_unpack(buf_span(&bytes), commit, records), "unpack");
	buf_fini(&bytes);
}

/* What ingest has journaled since goes through aggregate. */
static void
aggregate_follow(struct nodes *n)
{
	while (n->turns[1].head.number < nodes_head(n)) {
		uint64_t number = n->turns[1].head.number + 1;
		struct record_list records;
		struct commit commit;
		struct span *items;
		struct turn_input in;

		record_list_init(&records);
		commit_read(n, number, &commit, &records);
		items = calloc(records.n + 1, sizeof(*items));
		if (items == NULL)
			oracle_fail("out of memory");
		for (size_t i = 0; i < records.n; i++)
			items[i] = record_list_at(&records, i);
		in = (struct turn_input){.number = commit.number,
		                         .time_ms = commit.time_ms,
		                         .flags = commit.flags,
		                         .items = items,
		                         .n_items = records.n};
		must(turn_run(&n->turns[1], &in, 1), "aggregate");
		free(items);
		record_list_fini(&records);
	}
}

void
nodes_frame(struct nodes *n, struct span frame, enum wire_type type,
            struct wire_message *answer)
{
	uint64_t peer = PEER;
	struct turn_input in = {.time_ms = n->now_ms,
	                        .items = &frame,
	                        .peers = &peer,
	                        .n_items = frame.len > 0 ? 1 : 0};
	struct fault fault;

	must(turn_run(&n->turns[0], &in, 1), "ingest");
	aggregate_follow(n);
	if (frame.len == 0)
		return;
	if (n->turns[0].out.replies.n != 1)
		oracle_fail("%zu answers", n->turns[0].out.replies.n);
	must(wire_decode(record_list_at(&n->turns[0].out.replies, 0), answer,
	                 &fault),
	     "answer");
	if (answer->type != type && answer->type != WIRE_ERROR)
		oracle_fail("answered with %s", wire_type_name(answer->type));
}

void
nodes_send(struct nodes *n, const struct wire_message *m, enum wire_type type,
           struct wire_message *answer)
{
	buf_reset(&n->frame);
	must(wire_encode(m, &n->frame), "encode");
	nodes_frame(n, buf_span(&n->frame), type, answer);
}

void
nodes_apply(struct nodes *n, const struct cat_rows *rows)
{
	struct wire_message m = {.type = WIRE_APPLY, .id = ++n->id};
	struct wire_message answer;
	struct registry none;
	struct buf packed;

	registry_init(&none);
	buf_init(&packed, CATALOGUE_BYTES_MAX);
	must(catalogue_pack(&none, rows, &packed), "pack");
	m.as.apply.version = n->ingest.catalogue_version;
	m.as.apply.packed = buf_span(&packed);
	nodes_send(n, &m, WIRE_APPLIED, &answer);
	if (answer.type == WIRE_ERROR)
		oracle_fail("catalogue refused: %.*s %.*s",
		            (int)answer.as.error.code.len,
		            (const char *)answer.as.error.code.ptr,
		            (int)answer.as.error.field.len,
		            (const char *)answer.as.error.field.ptr);
	buf_fini(&packed);
	registry_fini(&none);
}

bool
nodes_declare(struct nodes *n, const char *kind, const char *const *names_of,
              const struct span *values)
{
	struct wire_message m = {.type = WIRE_DECLARE, .id = ++n->id};
	struct wire_message answer;
	struct wire_writer args;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	for (int i = 0; names_of[i] != NULL; i++)
		wire_args_add(&args, names_of[i], values[i]);
	m.as.declare.kind = span_str(kind);
	m.as.declare.args = wire_writer_list(&args);
	nodes_send(n, &m, WIRE_DECLARED, &answer);
	wire_writer_fini(&args);
	return answer.type == WIRE_DECLARED;
}
