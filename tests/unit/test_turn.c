/* links: common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c tests/lib/tmpdir.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/turn.h"
#include "tests/lib/tmpdir.h"

/*
 * A service that counts: each item adds its length to a sum, kept in memory and
 * in the table; a record and a reply tell it. Items name what goes wrong.
 */
struct counter {
	uint64_t sum;
	unsigned loads;
	unsigned drops;
	unsigned steps;
	unsigned parts; /* of every item "long", each a turn of its own */
	bool even_empty;
	enum err load_err;
};

struct fixture {
	struct tmpdir tmp;
	char dir[128];
	struct store_conf conf;
	struct store *store;
	struct counter counter;
	struct turn turn;
};

static enum err
counter_load(void *self, struct kv *state, struct kv *journal,
             const struct commit *head)
{
	struct counter *c = self;
	struct span value;
	struct cursor in;
	uint64_t n = 0;
	enum err err = kv_get(state, span_str("sum"), &value);

	c->loads++;
	c->sum = 0;
	if (err == ERR_OK) {
		in = cursor_of(value);
		c->sum = cursor_be64(&in);
	}
	if (kv_count(journal, &n) != ERR_OK || n < head->number)
		return ERR_CORRUPT;
	return c->load_err;
}

static enum err
trouble(struct kv *state, const char *what, struct turn_output *out)
{
	static const uint8_t large[2000000];
	char key[8];

	if (strcmp(what, "fail") == 0)
		return ERR_OVERLOADED;
	if (strcmp(what, "huge") == 0)
		kv_put(state, span_str("k"),
		       span_of(large, KV_VALUE_MAX + (size_t)1));
	if (strcmp(what, "record") == 0)
		out->records.err = ERR_TOO_LARGE;
	if (strcmp(what, "reply") == 0)
		out->replies.err = ERR_NOMEM;
	if (strcmp(what, "full") != 0)
		return ERR_OK;
	for (unsigned i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "f%u", i);
		kv_put(state, span_str(key), span_of(large, sizeof(large)));
	}
	return ERR_OK;
}

/* One part of "long": how many are done stands in the table. */
static bool
part_left(const struct counter *c, struct kv *state)
{
	struct span value;
	uint8_t done = 0;

	if (kv_get(state, span_str("parts"), &value) == ERR_OK)
		done = value.ptr[0];
	if (done + 1u < c->parts) {
		done++;
		kv_put(state, span_str("parts"), span_of(&done, 1));
		return true;
	}
	kv_del(state, span_str("parts"));
	return false;
}

static enum err
counter_step(void *self, struct kv *state, const struct turn_input *in,
             struct turn_output *out)
{
	struct counter *c = self;
	uint8_t bytes[8];
	char text[64];
	enum err err = ERR_OK;

	c->steps++;
	if (c->even_empty)
		out->even_empty = true;
	if (span_equal(in->items[0], span_str("long")) && part_left(c, state)) {
		out->more = true;
		return ERR_OK;
	}
	for (size_t i = 0; i < in->n_items && err == ERR_OK; i++) {
		snprintf(text, sizeof(text), "%.*s", (int)in->items[i].len,
		         (const char *)in->items[i].ptr);
		c->sum += in->items[i].len;
		err = trouble(state, text, out);
		if (strcmp(text, "quiet") == 0)
			continue;
		snprintf(text, sizeof(text), "%u=%u", (unsigned)out->number,
		         (unsigned)c->sum);
		record_list_add(&out->records, span_str(text));
		if (in->peers)
			turn_reply(out, in->peers[i], span_str(text));
	}
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(c->sum >> (56 - 8 * i));
	kv_put(state, span_str("sum"), span_of(bytes, sizeof(bytes)));
	return err;
}

static void
counter_drop(void *self)
{
	struct counter *c = self;

	c->drops++;
	c->sum = 0xdead;
}

static const struct turn_ops counter_ops = {
    .load = counter_load,
    .step = counter_step,
    .drop = counter_drop,
};

static void
start(struct fixture *f)
{
	struct store_refusal why;

	f->counter = (struct counter){.sum = 0};
	assert_int_equal(store_open(&f->store, &f->conf, &why), ERR_OK);
	turn_init(&f->turn, f->store, &counter_ops, &f->counter);
}

static void
stop(struct fixture *f)
{
	turn_fini(&f->turn);
	store_close(&f->store);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	tmpdir_open(&f->tmp);
	tmpdir_path(&f->tmp, "x", f->dir, sizeof(f->dir));
	f->conf = (struct store_conf){
	    .dir = f->dir,
	    .kind = "counter",
	    .format = 1,
	    .map_bytes = 8u << 20,
	    .check = true,
	    .sync = true,
	};
	start(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	stop(f);
	tmpdir_close(&f->tmp);
	free(f);
	return 0;
}

static enum err
arrive(struct fixture *f, const char *a, const char *b)
{
	const struct span items[] = {span_str(a), span_str(b ? b : "")};
	const uint64_t peers[] = {11, 22};
	const struct turn_input in = {
	    .time_ms = 5000,
	    .items = items,
	    .peers = peers,
	    .n_items = b ? 2 : 1,
	};

	return turn_run(&f->turn, &in, 1);
}

/* What is committed, and nothing else, after a restart. */
static void
stands_at(struct fixture *f, uint64_t number, uint64_t sum)
{
	struct commit head = {0};

	assert_int_equal(turn_load(&f->turn), ERR_OK);
	assert_int_equal(f->turn.head.number, number);
	assert_int_equal(f->counter.sum, sum);
	stop(f);
	start(f);
	assert_int_equal(turn_load(&f->turn), ERR_OK);
	assert_int_equal(f->turn.head.number, number);
	assert_int_equal(f->counter.sum, sum);
	assert_int_equal(store_read(f->store), ERR_OK);
	assert_int_equal(journal_head(store_kv(f->store, STORE_JOURNAL), &head),
	                 ERR_OK);
	assert_memory_equal(&head, &f->turn.head, sizeof(head));
	store_read_end(f->store);
}

static void
arrivals_become_one_commit_and_replies(void **state)
{
	struct fixture *f = *state;
	struct span record;

	assert_int_equal(arrive(f, "abc", "de"), ERR_OK);
	assert_int_equal(f->turn.out.replies.n, 2);
	assert_int_equal(f->turn.out.reply_peers[0], 11);
	assert_int_equal(f->turn.out.reply_peers[1], 22);
	assert_true(span_equal(record_list_at(&f->turn.out.replies, 1),
	                       span_str("1=5")));
	assert_int_equal(f->turn.head.n_records, 2);
	assert_int_equal(f->turn.head.time_ms, 5000);
	assert_int_equal(store_read(f->store), ERR_OK);
	assert_int_equal(
	    journal_record(store_kv(f->store, STORE_JOURNAL), 1, 0, &record),
	    ERR_OK);
	assert_true(span_equal(record, span_str("1=3")));
	store_read_end(f->store);
	stands_at(f, 1, 5);
}

static void
arrivals_without_records_write_no_commit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(arrive(f, "quiet", NULL), ERR_OK);
	assert_int_equal(f->turn.out.replies.n, 0);
	assert_int_equal(f->turn.out.n_taken, 1);
	stands_at(f, 0, 5);
}

static void
arrivals_without_records_may_ask_for_a_commit(void **state)
{
	struct fixture *f = *state;

	f->counter.even_empty = true;
	assert_int_equal(arrive(f, "quiet", NULL), ERR_OK);
	stands_at(f, 1, 5);
	assert_int_equal(f->turn.head.n_records, 0);
	f->counter.even_empty = false;
	assert_int_equal(arrive(f, "quiet", NULL), ERR_OK);
	stands_at(f, 1, 10);
}

static void
state_is_loaded_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(arrive(f, "a", NULL), ERR_OK);
	assert_int_equal(arrive(f, "b", NULL), ERR_OK);
	assert_int_equal(f->counter.loads, 1);
	assert_int_equal(f->counter.drops, 0);
	assert_int_equal(turn_run(&f->turn, NULL, 0), ERR_OK);
	assert_int_equal(f->turn.out.replies.n, 0);
}

static void
failed_turn_keeps_and_sends_nothing(void **state)
{
	static const struct {
		const char *item;
		enum err err;
	} rows[] = {
	    {"fail", ERR_OVERLOADED}, {"full", ERR_STORAGE_FULL},
	    {"huge", ERR_TOO_LARGE},  {"record", ERR_TOO_LARGE},
	    {"reply", ERR_NOMEM},
	};
	struct fixture *f = *state;

	assert_int_equal(arrive(f, "good", NULL), ERR_OK);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned drops = f->counter.drops;

		assert_int_equal(arrive(f, "good", rows[i].item), rows[i].err);
		assert_int_equal(f->turn.out.replies.n, 0);
		assert_int_equal(f->counter.drops, drops + 1);
		assert_int_equal(f->counter.sum, 0xdead);
		stands_at(f, 1, 4);
	}
	assert_int_equal(arrive(f, "good", NULL), ERR_OK);
	stands_at(f, 2, 8);
}

static void
failed_load_is_an_error_and_tried_again(void **state)
{
	struct fixture *f = *state;

	f->counter.load_err = ERR_NOMEM;
	assert_int_equal(arrive(f, "a", NULL), ERR_NOMEM);
	assert_int_equal(f->counter.steps, 0);
	assert_int_equal(f->counter.drops, 1);
	f->counter.load_err = ERR_OK;
	assert_int_equal(arrive(f, "a", NULL), ERR_OK);
	stands_at(f, 1, 1);
}

static enum err
derive(struct fixture *f, uint64_t first, size_t n, const char *last_item)
{
	struct turn_input in[8];
	const struct span items[] = {span_str("abc"), span_str("d")};
	const struct span last = span_str(last_item);

	assert_true(n > 0 && n <= 8);
	for (size_t i = 0; i < n; i++) {
		in[i] = (struct turn_input){
		    .number = first + i,
		    .time_ms = (int64_t)(first + i) * 100,
		    .flags = first + i == 2 ? COMMIT_FLAG_CLOCK_SUSPECT : 0,
		    .items = items,
		    .n_items = 2,
		};
	}
	in[n - 1].items = &last;
	in[n - 1].n_items = 1;
	return turn_run(&f->turn, in, n);
}

static void
each_upstream_commit_gives_one_of_the_same_number_and_time(void **state)
{
	struct fixture *f = *state;
	struct commit c;
	uint64_t prev = 0;

	assert_int_equal(derive(f, 1, 3, "quiet"), ERR_OK);
	assert_int_equal(store_read(f->store), ERR_OK);
	for (uint64_t n = 1; n <= 3; n++) {
		assert_int_equal(
		    journal_commit(store_kv(f->store, STORE_JOURNAL), n, &c),
		    ERR_OK);
		assert_int_equal(c.time_ms, n * 100);
		assert_int_equal(c.n_records, n == 3 ? 0 : 2);
		assert_int_equal(c.flags,
		                 n == 2 ? COMMIT_FLAG_CLOCK_SUSPECT : 0);
		assert_int_equal(c.prev, prev);
		prev = c.link;
	}
	store_read_end(f->store);
	stands_at(f, 3, 13);
}

static void
cutting_turns_differently_gives_the_same_journal(void **state)
{
	struct fixture *f = *state;
	struct commit whole;

	for (uint64_t n = 1; n <= 6; n++)
		assert_int_equal(derive(f, n, 1, n % 3 ? "xy" : "quiet"),
		                 ERR_OK);
	whole = f->turn.head;
	stop(f);
	tmpdir_close(&f->tmp);
	tmpdir_open(&f->tmp);
	tmpdir_path(&f->tmp, "x", f->dir, sizeof(f->dir));
	start(f);
	{
		const struct span loud = span_str("xy");
		const struct span quiet = span_str("quiet");
		struct turn_input in[6];

		for (uint64_t n = 1; n <= 6; n++)
			in[n - 1] = (struct turn_input){
			    .number = n,
			    .time_ms = (int64_t)n * 100,
			    .flags = n == 2 ? COMMIT_FLAG_CLOCK_SUSPECT : 0,
			    .items = n % 3 ? &loud : &quiet,
			    .n_items = 1,
			};
		assert_int_equal(turn_run(&f->turn, in, 4), ERR_OK);
		assert_int_equal(turn_run(&f->turn, in + 4, 2), ERR_OK);
	}
	assert_memory_equal(&f->turn.head, &whole, sizeof(whole));
}

static void
failure_in_the_last_commit_of_a_turn_drops_all_of_it(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(derive(f, 1, 2, "a"), ERR_OK);
	assert_int_equal(derive(f, 3, 4, "full"), ERR_STORAGE_FULL);
	stands_at(f, 2, 5);
	assert_int_equal(derive(f, 3, 4, "a"), ERR_OK);
	stands_at(f, 6, 18);
}

static void
gap_and_repetition_upstream_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(derive(f, 2, 1, "a"), ERR_UNKNOWN_POSITION);
	assert_int_equal(derive(f, 1, 2, "a"), ERR_OK);
	assert_int_equal(derive(f, 2, 2, "a"), ERR_UNKNOWN_POSITION);
	assert_int_equal(derive(f, 4, 1, "a"), ERR_UNKNOWN_POSITION);
	stands_at(f, 2, 5);
}

/* Commits 1 and 2 are plain, 3 is long, 4 plain. */
static enum err
derive_long(struct fixture *f, uint64_t first)
{
	const struct span plain = span_str("abc");
	const struct span large = span_str("long");
	struct turn_input in[4];
	size_t n = 0;

	for (uint64_t i = first; i <= 4; i++)
		in[n++] = (struct turn_input){.number = i,
		                              .time_ms = (int64_t)i * 100,
		                              .items = i == 3 ? &large : &plain,
		                              .n_items = 1};
	return turn_run(&f->turn, in, n);
}

static void
commit_that_needs_more_turns_gives_one_commit_at_their_end(void **state)
{
	struct fixture *f = *state;

	f->counter.parts = 3;
	assert_int_equal(derive_long(f, 1), ERR_OK);
	assert_true(f->turn.more);
	assert_int_equal(f->turn.head.number, 2);
	assert_int_equal(f->counter.steps, 3); /* the one behind waits */
	assert_int_equal(derive_long(f, 4), ERR_UNKNOWN_POSITION);
	assert_false(f->turn.more);
	assert_int_equal(derive_long(f, 3), ERR_OK);
	assert_true(f->turn.more);
	assert_int_equal(f->turn.head.number, 2);
	assert_int_equal(derive_long(f, 3), ERR_OK);
	assert_false(f->turn.more);
	assert_int_equal(f->turn.head.n_records, 1);
	stands_at(f, 4, 13);
}

static void
crash_between_two_turns_of_a_commit_loses_none_of_them(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++) {
		f->counter.parts = 3;
		assert_int_equal(derive_long(f, i == 0 ? 1 : 3), ERR_OK);
		assert_int_equal(f->turn.more, i < 2);
		stands_at(f, i < 2 ? 2 : 4, i < 2 ? 6 : 13);
	}
}

/* What the commits before it wrote is kept with the first part. */
static void
failure_in_a_part_keeps_the_parts_before(void **state)
{
	struct fixture *f = *state;
	struct turn_input in = {.number = 3, .time_ms = 300};
	const struct span both[] = {span_str("long"), span_str("full")};

	f->counter.parts = 2;
	assert_int_equal(derive_long(f, 1), ERR_OK);
	in.items = both;
	in.n_items = 2;
	assert_int_equal(turn_run(&f->turn, &in, 1), ERR_STORAGE_FULL);
	assert_false(f->turn.more);
	in.n_items = 1;
	assert_int_equal(turn_run(&f->turn, &in, 1), ERR_OK);
	assert_false(f->turn.more);
	stands_at(f, 3, 10);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(arrivals_become_one_commit_and_replies),
	    CASE(arrivals_without_records_write_no_commit),
	    CASE(arrivals_without_records_may_ask_for_a_commit),
	    CASE(state_is_loaded_once),
	    CASE(failed_turn_keeps_and_sends_nothing),
	    CASE(failed_load_is_an_error_and_tried_again),
	    CASE(each_upstream_commit_gives_one_of_the_same_number_and_time),
	    CASE(cutting_turns_differently_gives_the_same_journal),
	    CASE(failure_in_the_last_commit_of_a_turn_drops_all_of_it),
	    CASE(commit_that_needs_more_turns_gives_one_commit_at_their_end),
	    CASE(crash_between_two_turns_of_a_commit_loses_none_of_them),
	    CASE(failure_in_a_part_keeps_the_parts_before),
	    CASE(gap_and_repetition_upstream_are_refused),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
