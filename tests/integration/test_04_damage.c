/*
 * Damage on disk, found by the daemons themselves: they stay up, say which file
 * and why, serve nothing, and leave it as it is. A bit flipped anywhere is
 * refused, or changes no answer.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/store.h"
#include "common/serve/node.h"
#include "tests/lib/port.h"
#include "tests/lib/random.h"

enum {
	PAGE = 4096,
	FILE_MAX = 256 << 20,
	FLIPS = 100, /* of each of the two services */
	BATCHES = 40,
	ROWS = 400,
	EXIT_IN_USE = 75,
};

struct fixture {
	struct rig rig;
	struct buf file[RIG_SERVICES];   /* data.mdb as it was written */
	struct buf answer[RIG_SERVICES]; /* what it said of that */
};

static void
read_file(const char *path, struct buf *out)
{
	uint8_t chunk[1 << 13];
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	buf_reset(out);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(out, chunk, n);
	fclose(f);
	assert_int_equal(buf_err(out), ERR_OK);
}

static void
write_file(const char *path, struct span bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
	close(fd);
}

static uint64_t
file_hash(const char *path)
{
	struct buf bytes;
	uint64_t hash;

	buf_init(&bytes, FILE_MAX);
	read_file(path, &bytes);
	hash = hash_bytes(buf_span(&bytes), 0);
	buf_fini(&bytes);
	return hash;
}

/* All a service knows: its journal, and its tables where they are asked for. */
static void
answer_of(struct fixture *f, enum rig_service s, struct buf *out)
{
	buf_reset(out);
	rig_journal(&f->rig, s, out);
	if (s == RIG_AGGREGATE) {
		rig_query(&f->rig, s, "figures", out);
		rig_query(&f->rig, s, "rollups", out);
		rig_query(&f->rig, s, "digest", out);
	}
	assert_int_equal(buf_err(out), ERR_OK);
}

static void
fill(struct fixture *f)
{
	struct load_batch b = {.producer = "filler", .n_rows = ROWS};
	struct port port;

	port_open(&port, &f->rig, RIG_INGEST);
	b.epoch = port_hello(&port, b.producer, 0);
	for (b.sequence = 1; b.sequence <= BATCHES; b.sequence++) {
		struct port_answer a = port_batch(&port, &b);

		port_acked(&port, &a, ROWS, 0, 0);
	}
	port_close(&port);
	rig_await_level(&f->rig);
}

static int
setup(void **state)
{
	static struct fixture f;
	char path[160];

	rig_open(&f.rig);
	rig_start_all(&f.rig);
	rig_apply(&f.rig, RIG_CATALOGUE);
	fill(&f);
	for (int i = 0; i < RIG_SERVICES; i++) {
		enum rig_service s = (enum rig_service)i;

		buf_init(&f.file[i], FILE_MAX);
		buf_init(&f.answer[i], FILE_MAX);
		answer_of(&f, s, &f.answer[i]);
	}
	for (int i = 0; i < RIG_SERVICES; i++) {
		enum rig_service s = (enum rig_service)i;

		assert_int_equal(rig_stop(&f.rig, s), 0);
		read_file(rig_path(&f.rig, s, "data.mdb", path), &f.file[i]);
	}
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < RIG_SERVICES; i++) {
		buf_fini(&f->file[i]);
		buf_fini(&f->answer[i]);
	}
	rig_close(&f->rig);
	return 0;
}

/* Every case begins with good files and nothing running. */
static int
restore(void **state)
{
	struct fixture *f = *state;
	char path[160];

	for (int i = 0; i < RIG_SERVICES; i++) {
		enum rig_service s = (enum rig_service)i;

		rig_kill(&f->rig, s);
		write_file(rig_path(&f->rig, s, "data.mdb", path),
		           buf_span(&f->file[i]));
	}
	return 0;
}

/* --- what a refused service does -------------------------------------------- */

static void
ask_refused(struct fixture *f, enum rig_service s, struct wire_message *m,
            enum err code)
{
	struct port port;
	struct port_answer a;

	port_open(&port, &f->rig, s);
	buf_reset(&port.out);
	m->id = 5;
	assert_int_equal(wire_encode(m, &port.out), ERR_OK);
	a = port_ask(&port, buf_span(&port.out));
	port_refused(&port, &a, code);
	assert_int_equal(a.id, m->id);
	port_close(&port);
}

static void
serves_nothing(struct fixture *f, enum rig_service s, enum err code)
{
	struct wire_message fetch = {.type = WIRE_FETCH};
	struct wire_message query = {.type = WIRE_QUERY};
	struct wire_message hello = {.type = WIRE_HELLO};

	fetch.as.fetch.from = 1;
	fetch.as.fetch.max_bytes = 1 << 20;
	ask_refused(f, s, &fetch, code);
	query.as.query.what = span_str("digest");
	query.as.query.max = 1;
	ask_refused(f, s, &query, code);
	hello.as.hello.producer = span_str("p");
	ask_refused(f, s, &hello, code);
}

static void
refused(struct fixture *f, enum rig_service s, enum err code)
{
	struct rig_state state;
	char path[160];
	uint64_t before = file_hash(rig_path(&f->rig, s, "data.mdb", path));

	rig_start(&f->rig, s);
	rig_await_not_ready(&f->rig, s, &state);
	if (strstr(state.reason, "data.mdb") == NULL)
		rig_fail(&f->rig, "the reason names no file: %s", state.reason);
	serves_nothing(f, s, code);
	assert_true(rig_runs(&f->rig, s));
	assert_int_equal(rig_stop(&f->rig, s), 0);
	assert_true(file_hash(path) == before);
}

static void
refused_with(struct fixture *f, enum rig_service s, struct span bytes,
             enum err code)
{
	char path[160];

	write_file(rig_path(&f->rig, s, "data.mdb", path), bytes);
	refused(f, s, code);
}

static void
copy_of(struct fixture *f, enum rig_service s, struct buf *copy)
{
	buf_init(copy, FILE_MAX);
	buf_put(copy, f->file[s].ptr, f->file[s].len);
}

/* Pages that hold a known text: copies that are free by now, and the used one. */
static int
zero_pages(struct buf *file, const char *text)
{
	uint8_t *at;
	int n = 0;

	while ((at = memmem(file->ptr, file->len, text, strlen(text))) !=
	       NULL) {
		memset(file->ptr + (at - file->ptr) / PAGE * PAGE, 0, PAGE);
		n++;
	}
	return n;
}

static void
a_zeroed_page_is_refused(void **state)
{
	struct fixture *f = *state;
	struct buf copy;

	for (int i = 0; i < RIG_SERVICES; i++) {
		copy_of(f, (enum rig_service)i, &copy);
		/* the producer; the programme's name where there is none */
		if (zero_pages(&copy, "filler") == 0)
			assert_true(zero_pages(&copy, "water") > 0);
		refused_with(f, (enum rig_service)i, buf_span(&copy),
		             ERR_CORRUPT);
		buf_fini(&copy);
	}
}

static void
a_truncated_file_is_refused(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < RIG_SERVICES; i++) {
		struct span whole = buf_span(&f->file[i]);
		const size_t cuts[] = {whole.len / 2, 3 * PAGE, PAGE, 100, 0};

		for (size_t c = 0; c < sizeof(cuts) / sizeof(cuts[0]); c++)
			refused_with(f, (enum rig_service)i,
			             span_of(whole.ptr, cuts[c]), ERR_CORRUPT);
	}
}

/* A file as the next version of this program may write it. */
static void
a_newer_format_is_refused_and_untouched(void **state)
{
	struct fixture *f = *state;
	char dir[160], path[160];
	struct store_conf conf = {.kind = "ingest",
	                          .format = NODE_FORMAT + 1,
	                          .map_bytes = 64 << 20,
	                          .sync = true};
	struct store_refusal why;
	struct store *store = NULL;

	conf.dir = rig_path(&f->rig, RIG_INGEST, "", dir);
	unlink(rig_path(&f->rig, RIG_INGEST, "data.mdb", path));
	assert_int_equal(store_open(&store, &conf, &why), ERR_OK);
	store_close(&store);
	refused(f, RIG_INGEST, ERR_VERSION);
}

static void
the_file_of_another_service_is_refused(void **state)
{
	struct fixture *f = *state;

	refused_with(f, RIG_INGEST, buf_span(&f->file[RIG_AGGREGATE]),
	             ERR_CORRUPT);
	refused_with(f, RIG_ALERT, buf_span(&f->file[RIG_INGEST]), ERR_CORRUPT);
}

static void
services_behind_a_refused_one_say_that_it_does_not_answer(void **state)
{
	struct fixture *f = *state;
	struct rig_state s;
	char path[160];

	write_file(rig_path(&f->rig, RIG_INGEST, "data.mdb", path),
	           span_of(f->file[RIG_INGEST].ptr, PAGE * 3));
	for (int i = 0; i < RIG_SERVICES; i++)
		rig_start(&f->rig, (enum rig_service)i);
	rig_await_not_ready(&f->rig, RIG_INGEST, &s);
	rig_await_not_ready(&f->rig, RIG_AGGREGATE, &s);
	assert_non_null(strstr(s.reason, "does not answer"));
	for (int i = 0; i < RIG_SERVICES; i++)
		assert_int_equal(rig_stop(&f->rig, (enum rig_service)i), 0);
}

static void
a_second_process_in_the_same_directory_exits(void **state)
{
	struct fixture *f = *state;

	rig_start(&f->rig, RIG_INGEST);
	rig_await_ready(&f->rig, RIG_INGEST);
	for (int i = 0; i < 3; i++) {
		struct rig second = f->rig;

		second.pid[RIG_INGEST] = 0;
		rig_start(&second, RIG_INGEST);
		assert_int_equal(rig_await_exit(&second, RIG_INGEST),
		                 EXIT_IN_USE);
	}
	/* and the first one never noticed */
	rig_await_ready(&f->rig, RIG_INGEST);
	assert_int_equal(rig_stop(&f->rig, RIG_INGEST), 0);
}

/* --- single bits ------------------------------------------------------------ */

/* Until it is ready, or says why it will not be; true: ready. */
static bool
settled(struct fixture *f, enum rig_service s, struct rig_state *state)
{
	int64_t deadline = rig_now_ms() + RIG_READY_MS;

	do {
		if (!rig_runs(&f->rig, s))
			rig_fail(&f->rig, "%s has ended", rig_name(s));
		if (rig_now_ms() > deadline)
			rig_fail(&f->rig, "%s does not settle", rig_name(s));
	} while (!rig_health(&f->rig, s, 500, state) ||
	         strcmp(state->reason, "starting") == 0 ||
	         strstr(state->reason, "does not answer") != NULL);
	return state->ready;
}

/* One flipped bit; true: it was refused. */
static bool
flip_refused(struct fixture *f, enum rig_service s, uint64_t *seed)
{
	size_t at = (size_t)below(seed, f->file[s].len);
	unsigned bit = (unsigned)below(seed, 8);
	struct rig_state state;
	struct buf copy, answer;
	char path[160];
	bool ready;

	copy_of(f, s, &copy);
	copy.ptr[at] ^= (uint8_t)(1u << bit);
	write_file(rig_path(&f->rig, s, "data.mdb", path), buf_span(&copy));
	rig_start(&f->rig, s);
	ready = settled(f, s, &state);
	buf_init(&answer, FILE_MAX);
	if (ready)
		answer_of(f, s, &answer);
	if (ready && !span_equal(buf_span(&answer), buf_span(&f->answer[s])))
		rig_fail(&f->rig, "%s: bit %u of byte %zu: a wrong answer",
		         rig_name(s), bit, at);
	assert_int_equal(rig_stop(&f->rig, s), 0);
	buf_fini(&answer);
	buf_fini(&copy);
	return !ready;
}

static void
flips(struct fixture *f, enum rig_service s)
{
	uint64_t seed = (uint64_t)rig_now_ms();
	int n_refused = 0;

	printf("%s: seed %" PRIu64 "\n", rig_name(s), seed);
	for (int i = 0; i < FLIPS; i++)
		n_refused += flip_refused(f, s, &seed);
	printf("%s: %d flips, %d refused, %d harmless\n", rig_name(s), FLIPS,
	       n_refused, FLIPS - n_refused);
	assert_true(n_refused > 0);
}

static void
a_flipped_bit_in_ingest_is_refused_or_harmless(void **state)
{
	flips(*state, RIG_INGEST);
}

static void
a_flipped_bit_in_aggregate_is_refused_or_harmless(void **state)
{
	struct fixture *f = *state;

	rig_start(&f->rig, RIG_INGEST);
	rig_await_ready(&f->rig, RIG_INGEST);
	flips(f, RIG_AGGREGATE);
}

#define CASE(name) cmocka_unit_test_setup(name, restore)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_zeroed_page_is_refused),
	    CASE(a_truncated_file_is_refused),
	    CASE(a_newer_format_is_refused_and_untouched),
	    CASE(the_file_of_another_service_is_refused),
	    CASE(services_behind_a_refused_one_say_that_it_does_not_answer),
	    CASE(a_second_process_in_the_same_directory_exits),
	    CASE(a_flipped_bit_in_ingest_is_refused_or_harmless),
	    CASE(a_flipped_bit_in_aggregate_is_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
