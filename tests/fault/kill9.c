/*
 * kill9 ROUNDS [SEED] - kill -9 of a random service at a random moment, under
 * load, again and again; then every acknowledged batch must be in ingest's
 * journal exactly once with its rows, and the services behind level with it.
 *
 * A service must be ready READY_MS after it is started again. Producers know
 * nothing of the kills: they send again what was not answered.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/journal.h"
#include "tests/lib/port.h"
#include "tests/lib/random.h"

enum {
	PRODUCERS = 4,
	WINDOW = 4,
	PACE_MS = 8, /* between two new batches: the services behind keep up */
	SILENCE_MS = 400, /* then a producer begins again with HELLO */
	READY_MS = 2000,
	KILL_AFTER_MS = 5,
	KILL_WITHIN_MS = 496,
	DRAIN_MS = 30000,
	SLICE_MS = 1,
	ROWS_MAX = 60,
	BATCHES_MAX = 1 << 20,
	ROUNDS_MAX = 100000,
};

struct producer {
	struct port port;
	char name[16];
	uint64_t epoch;    /* 0: HELLO was not answered yet */
	uint64_t answered; /* sequence; all up to it are */
	uint64_t sent;
	uint64_t until; /* no batch behind this one is begun */
	int64_t heard_ms;
	int64_t next_ms; /* no batch is begun before */
	uint64_t resent;
	uint32_t *commits; /* by sequence, of what was acknowledged */
	uint8_t *seen;     /* times in the journal */
};

struct run {
	struct rig rig;
	struct producer producers[PRODUCERS];
	uint64_t seed;
	uint64_t kills[RIG_SERVICES];
	int64_t ready_max_ms[RIG_SERVICES];
	int64_t *ready_ms;
	size_t n_ready;
};

static struct load_batch
batch_of(const struct producer *p, uint64_t sequence)
{
	struct load_batch b = {.producer = p->name,
	                       .epoch = p->epoch,
	                       .sequence = sequence,
	                       .id = sequence};

	b.n_rows =
	    1 + (uint32_t)(hash_bytes(span_str(p->name), sequence) % ROWS_MAX);
	b.n_wrong = b.n_rows / 16;
	return b;
}

static void
try_send(struct producer *p)
{
	enum err err = p->port.link.ops->send(p->port.link.self, 0,
	                                      buf_span(&p->port.out));

	/* nobody there: silence will tell */
	assert_true(err == ERR_OK || err == ERR_AGAIN);
}

static void
say_hello(struct producer *p)
{
	buf_reset(&p->port.out);
	/* epoch 1 may be named by all, so it may be asked for twice */
	load_hello(p->name, 1, 1, &p->port.out);
	p->heard_ms = rig_now_ms();
	try_send(p);
}

static void
fill_window(struct producer *p)
{
	while (p->epoch != 0 && p->sent < p->until &&
	       p->sent < p->answered + WINDOW && rig_now_ms() >= p->next_ms) {
		struct load_batch b = batch_of(p, ++p->sent);

		buf_reset(&p->port.out);
		load_batch(&b, &p->port.out);
		try_send(p);
		p->next_ms = rig_now_ms() + PACE_MS;
	}
}

static void
take_ack(struct run *run, struct producer *p, const struct port_answer *a)
{
	struct load_batch b = batch_of(p, a->sequence);
	uint64_t taken = a->accepted + a->duplicate;

	if (a->sequence <= p->answered)
		return; /* of a batch sent twice */
	if (a->sequence != p->answered + 1 || a->commit == 0 ||
	    taken != b.n_rows - b.n_wrong || a->rejected != b.n_wrong)
		rig_fail(&run->rig,
		         "%s: ACK %" PRIu64 " behind %" PRIu64
		         ": commit %" PRIu64 ", %" PRIu64 " of %u rows",
		         p->name, a->sequence, p->answered, a->commit, taken,
		         (unsigned)b.n_rows);
	assert_true(a->sequence < BATCHES_MAX);
	p->answered++;
	p->commits[p->answered] = (uint32_t)a->commit;
}

/* What does not pass by itself ends the test; the rest is asked again. */
static void
take_refusal(struct run *run, const struct producer *p,
             const struct port_answer *a)
{
	static const char *const passing[] = {"sequence_gap", "overloaded",
	                                      "unavailable"};

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strcmp(a->code, passing[i]) == 0)
			return;
	rig_fail(&run->rig, "%s: %s %s", p->name, wire_type_name(a->type),
	         a->code);
}

static void
producer_step(struct run *run, struct producer *p)
{
	struct port_answer a;

	while ((a = port_receive(&p->port, SLICE_MS)).type != WIRE_TYPE_COUNT) {
		p->heard_ms = rig_now_ms();
		if (a.type == WIRE_READY) {
			assert_true(p->epoch == 0 || p->epoch == a.epoch);
			p->epoch = a.epoch;
		} else if (a.type == WIRE_ACK) {
			take_ack(run, p, &a);
		} else {
			take_refusal(run, p, &a);
		}
		fill_window(p);
	}
	if (p->answered < p->sent || p->epoch == 0) {
		if (rig_now_ms() - p->heard_ms < SILENCE_MS)
			return;
		p->resent += p->sent - p->answered;
		p->sent = p->answered;
		say_hello(p);
	}
	fill_window(p);
}

static void
load_until(struct run *run, int64_t deadline_ms)
{
	do {
		for (int i = 0; i < PRODUCERS; i++)
			producer_step(run, &run->producers[i]);
	} while (rig_now_ms() < deadline_ms);
}

/* One HEALTH at a time, until one is answered with ready; the load goes on. */
static int64_t
ready_after(struct run *run, enum rig_service s, int64_t from_ms)
{
	struct port port;
	struct port_answer a;
	int64_t took;

	port_open(&port, &run->rig, s);
	port_health(&port);
	do {
		load_until(run, 0);
		a = port_receive(&port, SLICE_MS);
		took = rig_now_ms() - from_ms;
		if (a.type == WIRE_STATE && !a.ready)
			port_health(&port);
	} while (!a.ready && took <= READY_MS);
	port_close(&port);
	if (!a.ready)
		rig_fail(&run->rig, "%s is not ready after %" PRId64 " ms",
		         rig_name(s), took);
	return took;
}

static void
start_and_time(struct run *run, enum rig_service s)
{
	int64_t from = rig_now_ms();
	int64_t took;

	rig_start(&run->rig, s);
	took = ready_after(run, s, from);
	if (took > run->ready_max_ms[s])
		run->ready_max_ms[s] = took;
	run->ready_ms[run->n_ready++] = took;
}

static void
round_once(struct run *run)
{
	enum rig_service s = (enum rig_service)below(&run->seed, RIG_SERVICES);
	int64_t after =
	    KILL_AFTER_MS + (int64_t)below(&run->seed, KILL_WITHIN_MS);

	load_until(run, rig_now_ms() + after);
	assert_true(rig_runs(&run->rig, s));
	rig_kill(&run->rig, s);
	run->kills[s]++;
	start_and_time(run, s);
}

/* Nothing new; what was sent is sent until it is answered. */
static void
drain(struct run *run)
{
	int64_t deadline = rig_now_ms() + DRAIN_MS;
	bool all;

	for (int i = 0; i < PRODUCERS; i++)
		run->producers[i].until = run->producers[i].sent;
	do {
		all = true;
		load_until(run, 0);
		for (int i = 0; i < PRODUCERS; i++)
			all = all && run->producers[i].answered ==
			                 run->producers[i].until;
		if (rig_now_ms() > deadline)
			rig_fail(&run->rig, "batches stay unanswered");
	} while (!all);
}

static struct producer *
producer_named(struct run *run, struct span name)
{
	for (int i = 0; i < PRODUCERS; i++)
		if (span_equal(name, span_str(run->producers[i].name)))
			return &run->producers[i];
	rig_fail(&run->rig, "a block of nobody");
}

static void
check_block(struct run *run, uint64_t commit, struct span record)
{
	struct block block;
	struct producer *p;
	struct load_batch b;

	assert_int_equal(block_open(record, &block), ERR_OK);
	p = producer_named(run, block.id.producer);
	b = batch_of(p, block.id.sequence);
	if (block.id.epoch != p->epoch || block.id.sequence > p->sent)
		rig_fail(&run->rig, "%s: a block never sent: %" PRIu64, p->name,
		         block.id.sequence);
	if (++p->seen[block.id.sequence] > 1)
		rig_fail(&run->rig, "%s %" PRIu64 " is there twice", p->name,
		         block.id.sequence);
	if (p->commits[block.id.sequence] != commit)
		rig_fail(&run->rig,
		         "%s %" PRIu64 " is in commit %" PRIu64
		         ", acknowledged as %u",
		         p->name, block.id.sequence, commit,
		         (unsigned)p->commits[block.id.sequence]);
	if (!load_matches(&b, &block))
		rig_fail(&run->rig, "%s %" PRIu64 ": other rows", p->name,
		         block.id.sequence);
}

static void
check_journal(struct run *run)
{
	struct client *client = rig_client(&run->rig, RIG_INGEST);
	struct client_commits commits;
	struct record_list records;
	struct commit head;
	struct span packed;
	uint64_t link = 0;

	record_list_init(&records);
	client_commits_open(client, 1, &commits);
	while (client_commits_next(&commits, 0, &packed) == ERR_OK) {
		assert_int_equal(commit_unpack(packed, &head, &records),
		                 ERR_OK);
		assert_int_equal(head.prev, link);
		link = head.link;
		for (size_t i = 0; i < records.n; i++)
			if (record_type(record_list_at(&records, i)) ==
			    RECORD_BLOCK)
				check_block(run, head.number,
				            record_list_at(&records, i));
	}
	assert_true(commits.next > commits.head);
	record_list_fini(&records);
	client_free(&client);
	for (int i = 0; i < PRODUCERS; i++)
		for (uint64_t s = 1; s <= run->producers[i].answered; s++)
			if (run->producers[i].seen[s] != 1)
				rig_fail(&run->rig,
				         "%s %" PRIu64
				         " was acknowledged and is lost",
				         run->producers[i].name, s);
}

static int
by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
report(struct run *run)
{
	uint64_t batches = 0, resent = 0;

	for (int i = 0; i < PRODUCERS; i++) {
		batches += run->producers[i].answered;
		resent += run->producers[i].resent;
	}
	qsort(run->ready_ms, run->n_ready, sizeof(*run->ready_ms), by_value);
	for (int i = 0; i < RIG_SERVICES; i++)
		printf("%s: %" PRIu64 " kills, ready after at most %" PRId64
		       " ms\n",
		       rig_name((enum rig_service)i), run->kills[i],
		       run->ready_max_ms[i]);
	printf("ready: p50 %" PRId64 " ms, max %" PRId64 " ms\n",
	       run->ready_ms[run->n_ready / 2],
	       run->ready_ms[run->n_ready - 1]);
	printf("%" PRIu64 " batches acknowledged, each once in the journal; "
	       "%" PRIu64 " sent again\n",
	       batches, resent);
	for (int i = 0; i < RIG_SERVICES; i++)
		if (run->kills[i] == 0)
			rig_fail(&run->rig, "%s was never killed",
			         rig_name((enum rig_service)i));
	assert_true(resent > 0);
}

static void
producers_open(struct run *run)
{
	for (int i = 0; i < PRODUCERS; i++) {
		struct producer *p = &run->producers[i];

		*p = (struct producer){.until = UINT64_MAX};
		snprintf(p->name, sizeof(p->name), "producer-%d", i);
		port_open(&p->port, &run->rig, RIG_INGEST);
		p->commits = calloc(BATCHES_MAX, sizeof(*p->commits));
		p->seen = calloc(BATCHES_MAX, sizeof(*p->seen));
		assert_true(p->commits != NULL && p->seen != NULL);
	}
}

static void
run_close(struct run *run)
{
	for (int i = 0; i < PRODUCERS; i++) {
		port_close(&run->producers[i].port);
		free(run->producers[i].commits);
		free(run->producers[i].seen);
	}
	free(run->ready_ms);
	rig_close(&run->rig);
}

static void
verify(struct run *run)
{
	const char *const args[] = {"verify", NULL};
	int code = rig_tiendo(&run->rig, args);

	if (code != 0)
		rig_fail(&run->rig, "tiendo verify: exit %d", code);
}

int
main(int argc, char **argv)
{
	static struct run run;
	uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 40;

	assert_true(rounds > 0 && rounds <= ROUNDS_MAX);
	run.seed = argc > 2 ? strtoull(argv[2], NULL, 10)
	                    : (uint64_t)(rig_now_ms() << 16 ^ getpid());
	printf("kill9: %" PRIu64 " rounds, seed %" PRIu64 "\n", rounds,
	       run.seed);
	run.ready_ms = calloc(rounds, sizeof(*run.ready_ms));
	assert_non_null(run.ready_ms);
	rig_open(&run.rig);
	rig_start_all(&run.rig);
	rig_apply(&run.rig, RIG_CATALOGUE);
	producers_open(&run);
	for (uint64_t i = 0; i < rounds; i++)
		round_once(&run);
	drain(&run);
	check_journal(&run);
	rig_await_level(&run.rig);
	report(&run);
	verify(&run);
	run_close(&run);
	return 0;
}
