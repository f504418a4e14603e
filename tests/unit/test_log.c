/* links: common/base/log.c common/base/escape.c common/base/clock.c common/base/buf.c common/base/err.c */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/log.h"

enum { TEXT_BYTES = 131072 };

/* A log into a pipe, at a clock that stands at 2026-01-05T08:00:00Z. */
struct fixture {
	struct clock clock;
	struct log log;
	struct log_conf conf;
	int pipe[2];
	char *text;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || pipe2(f->pipe, O_NONBLOCK) != 0)
		return -1;
	f->text = malloc(TEXT_BYTES);
	f->clock = clock_manual((struct wall){1767600000000}, (struct mono){1});
	f->conf = (struct log_conf){
	    .service = "ingest",
	    .clock = &f->clock,
	    .fd = f->pipe[1],
	    .level = LOG_INFO,
	    .fold_ms = 1000,
	};
	log_init(&f->log, &f->conf);
	*state = f;
	return f->text ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	log_fini(&f->log);
	close(f->pipe[0]);
	close(f->pipe[1]);
	free(f->text);
	free(f);
	return 0;
}

/* What was written since the last call. */
static const char *
written(struct fixture *f)
{
	ssize_t n = read(f->pipe[0], f->text, TEXT_BYTES - 1);

	f->text[n > 0 ? n : 0] = '\0';
	return f->text;
}

static void
warn(struct fixture *f, const char *token)
{
	log_event(&f->log,
	          &(struct log_event){LOG_WARN, token, {log_int("n", 1)}});
}

#define HEAD "ts=2026-01-05T08:00:00.000Z level=warn svc=ingest "

static void
an_event_is_one_logfmt_line(void **state)
{
	struct fixture *f = *state;

	log_event(&f->log,
	          &(struct log_event){
	              LOG_WARN,
	              "batch_refused",
	              {log_err("code", ERR_TOO_LARGE), log_str("peer", "a b"),
	               log_uint("bytes", UINT64_MAX), log_int("gap", INT64_MIN),
	               log_bool("retry", true), log_str("none", NULL)}});
	assert_string_equal(written(f), HEAD
	                    "event=batch_refused code=too_large "
	                    "peer=\"a b\" bytes=18446744073709551615 "
	                    "gap=-9223372036854775808 retry=true none=\"\"\n");
}

static void
an_event_is_one_json_object(void **state)
{
	struct fixture *f = *state;

	log_set(&f->log, LOG_INFO, true);
	log_event(&f->log, &(struct log_event){LOG_WARN,
	                                       "x",
	                                       {log_str("peer", "a\"b"),
	                                        log_int("n", -1),
	                                        log_bool("b", false)}});
	assert_string_equal(written(f),
	                    "{\"ts\":\"2026-01-05T08:00:00.000Z\",\"level\":"
	                    "\"warn\",\"svc\":\"ingest\",\"event\":\"x\","
	                    "\"peer\":\"a\\\"b\",\"n\":-1,\"b\":false}\n");
}

static void
no_value_can_end_a_line_or_add_a_field(void **state)
{
	struct fixture *f = *state;

	log_event(&f->log, &(struct log_event){LOG_WARN,
	                                       "x",
	                                       {log_str("a", "1\nlevel=error"),
	                                        log_str("b", "c=d"),
	                                        log_str("e", "\xff")}});
	assert_string_equal(written(f),
	                    HEAD "event=x a=\"1\\nlevel=error\" b=\"c=d\" "
	                         "e=\"\\ufffd\"\n");
}

static void
what_is_below_the_level_is_not_written(void **state)
{
	struct fixture *f = *state;

	log_set(&f->log, LOG_ERROR, false);
	warn(f, "x");
	assert_string_equal(written(f), "");
	log_set(&f->log, LOG_WARN, false);
	warn(f, "x");
	assert_string_equal(written(f), HEAD "event=x n=1\n");
}

static void
equal_events_within_the_interval_are_counted(void **state)
{
	struct fixture *f = *state;

	warn(f, "x");
	assert_string_equal(written(f), HEAD "event=x n=1\n");
	clock_advance_ms(&f->clock, 999);
	warn(f, "x");
	warn(f, "x");
	assert_string_equal(written(f), "");
	clock_advance_ms(&f->clock, 1);
	warn(f, "x");
	assert_string_equal(written(f),
	                    "ts=2026-01-05T08:00:01.000Z level=warn svc=ingest "
	                    "event=x n=1 repeated=2\n");
	clock_advance_ms(&f->clock, 1000);
	warn(f, "x");
	assert_non_null(strstr(written(f), "event=x n=1\n"));
}

static void
another_token_is_not_held_back(void **state)
{
	struct fixture *f = *state;

	warn(f, "x");
	warn(f, "y");
	assert_string_equal(written(f),
	                    HEAD "event=x n=1\n" HEAD "event=y n=1\n");
}

static void
log_each_never_folds(void **state)
{
	struct fixture *f = *state;
	struct log_event event = {.level = LOG_WARN, .token = "listening"};

	log_each(&f->log, &event);
	log_each(&f->log, &event);
	assert_string_equal(written(f),
	                    HEAD "event=listening\n" HEAD "event=listening\n");
	log_set(&f->log, LOG_ERROR, false);
	log_each(&f->log, &event);
	assert_string_equal(written(f), "");
}

static void
flush_tells_repeats_once_the_interval_is_over(void **state)
{
	struct fixture *f = *state;

	warn(f, "x");
	warn(f, "x");
	warn(f, "y");
	written(f);
	clock_advance_ms(&f->clock, 999);
	log_flush(&f->log);
	assert_string_equal(written(f), "");
	clock_advance_ms(&f->clock, 1);
	log_flush(&f->log);
	assert_string_equal(written(f),
	                    "ts=2026-01-05T08:00:01.000Z level=warn svc=ingest "
	                    "event=x repeated=1\n");
	log_flush(&f->log);
	assert_string_equal(written(f), "");
}

static void
producer(struct fixture *f, const char *name)
{
	log_apart(&f->log, &(struct log_event){
	                       LOG_WARN,
	                       "batch_refused",
	                       {log_str("producer", name), log_int("n", 1)}});
}

static void
events_kept_apart_fold_each_by_its_first_field(void **state)
{
	char longest[LOG_APART_MAX + 1];
	char longer[LOG_APART_MAX + 2];
	struct fixture *f = *state;

	producer(f, "a");
	producer(f, "b c");
	producer(f, "a");
	producer(f, "");
	assert_string_equal(written(f), HEAD
	                    "event=batch_refused producer=a n=1\n" HEAD
	                    "event=batch_refused producer=\"b c\" n=1\n" HEAD
	                    "event=batch_refused producer=\"\" n=1\n");
	clock_advance_ms(&f->clock, 1000);
	log_flush(&f->log);
	assert_string_equal(written(f),
	                    "ts=2026-01-05T08:00:01.000Z level=warn svc=ingest "
	                    "event=batch_refused producer=a repeated=1\n");
	/* what lies behind the bound keeps nothing apart */
	memset(longest, 'x', LOG_APART_MAX);
	longest[LOG_APART_MAX] = '\0';
	memset(longer, 'x', LOG_APART_MAX + 1);
	longer[LOG_APART_MAX + 1] = '\0';
	producer(f, longest);
	producer(f, longer);
	assert_non_null(strstr(written(f), longest));
	clock_advance_ms(&f->clock, 1000);
	log_flush(&f->log);
	assert_non_null(strstr(written(f), " repeated=1"));
}

static void
names_made_up_without_end_are_a_few_lines(void **state)
{
	struct fixture *f = *state;
	unsigned lines = 0;
	char name[16];

	for (int i = 0; i < 10 * LOG_APART_TEXTS; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		producer(f, name);
	}
	for (const char *c = written(f); *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, LOG_APART_TEXTS + 1);
	/* who was there before folds by itself as before */
	producer(f, "p0");
	clock_advance_ms(&f->clock, 1000);
	log_flush(&f->log);
	written(f);
	assert_non_null(strstr(f->text, "producer=p0 repeated=1\n"));
	assert_non_null(strstr(f->text, "event=batch_refused repeated=143\n"));
	producer(f, "late");
	assert_non_null(strstr(written(f), "producer=late n=1\n"));
}

static void
closing_tells_what_is_still_counted(void **state)
{
	struct fixture *f = *state;

	warn(f, "x");
	warn(f, "x");
	written(f);
	log_fini(&f->log);
	assert_string_equal(written(f), HEAD "event=x repeated=1\n");
}

static void
one_token_past_the_table_gives_up_the_oldest(void **state)
{
	static char tokens[LOG_TOKENS_MAX + 1][8];
	struct fixture *f = *state;

	for (unsigned i = 0; i <= LOG_TOKENS_MAX; i++) {
		(void)snprintf(tokens[i], sizeof(tokens[i]), "t%u", i);
		if (i == LOG_TOKENS_MAX) {
			warn(f, tokens[0]);
			written(f);
		}
		warn(f, tokens[i]);
		clock_advance_ms(&f->clock, 1);
	}
	assert_non_null(strstr(written(f), "event=t0 repeated=1\n"));
	assert_int_equal(f->log.n_slots, LOG_TOKENS_MAX);
	/* t0 is new again, t2 is still known. */
	warn(f, tokens[0]);
	assert_non_null(strstr(written(f), "event=t0 n=1\n"));
	warn(f, tokens[2]);
	assert_string_equal(written(f), "");
}

static void
under_the_journal_a_line_starts_with_its_priority(void **state)
{
	static const struct {
		enum log_level level;
		const char *head;
	} rows[] = {{LOG_DEBUG, "<7>ts="},
	            {LOG_INFO, "<6>ts="},
	            {LOG_WARN, "<4>ts="},
	            {LOG_ERROR, "<3>ts="}};
	struct fixture *f = *state;

	f->log.conf.journal = true;
	log_set(&f->log, LOG_DEBUG, false);
	for (size_t i = 0; i < 4; i++) {
		struct log_event event = {.level = rows[i].level, .token = "x"};

		log_each(&f->log, &event);
		assert_memory_equal(written(f), rows[i].head, 6);
	}
}

static void
a_value_at_its_bound_is_whole_and_one_past_it_is_cut(void **state)
{
	struct fixture *f = *state;
	char value[LOG_VALUE_MAX + 2];
	const char *at;

	memset(value, 'v', sizeof(value));
	for (size_t len = LOG_VALUE_MAX; len <= LOG_VALUE_MAX + 1; len++) {
		struct log_event event = {
		    LOG_WARN, "x", {log_span("a", span_of(value, len))}};

		log_each(&f->log, &event);
		at = strstr(written(f), "a=v");
		assert_non_null(at);
		assert_int_equal(strspn(at + 2, "v"), LOG_VALUE_MAX);
	}
}

static void
a_cut_never_splits_a_character(void **state)
{
	struct fixture *f = *state;
	char value[LOG_VALUE_MAX + 2] = {0};
	struct log_event event = {
	    LOG_WARN, "x", {log_span("a", span_of(value, sizeof(value)))}};

	memset(value, 'v', sizeof(value));
	value[LOG_VALUE_MAX - 2] = '\xe1';
	value[LOG_VALUE_MAX - 1] = '\xbb';
	value[LOG_VALUE_MAX] = '\xa7';
	log_each(&f->log, &event);
	assert_null(strstr(written(f), "\\ufffd"));
	assert_null(strstr(f->text, "\xe1"));
}

static void
the_largest_possible_line_is_written(void **state)
{
	struct fixture *f = *state;
	char value[LOG_VALUE_MAX];
	struct log_event event = {.level = LOG_WARN, .token = "x"};

	memset(value, 1, sizeof(value));
	for (size_t i = 0; i < LOG_FIELDS_MAX; i++)
		event.fields[i] = log_span("a", span_of(value, sizeof(value)));
	log_each(&f->log, &event);
	assert_int_equal(f->log.n_lost, 0);
	assert_true(strlen(written(f)) >
	            (size_t)LOG_FIELDS_MAX * LOG_VALUE_MAX * 6);
}

static void
a_pipe_that_takes_nothing_loses_lines_and_stops_nobody(void **state)
{
	struct fixture *f = *state;
	struct log_event event = {.level = LOG_WARN, .token = "x"};

	for (int i = 0; i < 10000 && f->log.n_lost == 0; i++)
		log_each(&f->log, &event);
	assert_true(f->log.n_lost > 0);
	written(f);
	log_each(&f->log, &event);
	assert_true(strlen(written(f)) > 0);
}

static void
without_a_log_nothing_happens(void **state)
{
	(void)state;
	log_event(NULL, &(struct log_event){.token = "x"});
	log_each(NULL, &(struct log_event){.token = "x"});
}

static void
level_names_lead_back_to_their_levels(void **state)
{
	enum log_level level = LOG_WARN;

	(void)state;
	for (unsigned i = 0; i < LOG_LEVEL_COUNT; i++) {
		const char *name = log_level_name((enum log_level)i);

		assert_int_equal(log_level_parse(name, &level), ERR_OK);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_level_parse("loud", &level), ERR_BAD_VALUE);
	assert_int_equal(level, LOG_ERROR);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(an_event_is_one_logfmt_line),
	    CASE(an_event_is_one_json_object),
	    CASE(no_value_can_end_a_line_or_add_a_field),
	    CASE(what_is_below_the_level_is_not_written),
	    CASE(equal_events_within_the_interval_are_counted),
	    CASE(another_token_is_not_held_back),
	    CASE(log_each_never_folds),
	    CASE(flush_tells_repeats_once_the_interval_is_over),
	    CASE(events_kept_apart_fold_each_by_its_first_field),
	    CASE(names_made_up_without_end_are_a_few_lines),
	    CASE(closing_tells_what_is_still_counted),
	    CASE(one_token_past_the_table_gives_up_the_oldest),
	    CASE(under_the_journal_a_line_starts_with_its_priority),
	    CASE(a_value_at_its_bound_is_whole_and_one_past_it_is_cut),
	    CASE(a_cut_never_splits_a_character),
	    CASE(the_largest_possible_line_is_written),
	    CASE(a_pipe_that_takes_nothing_loses_lines_and_stops_nobody),
	    CASE(without_a_log_nothing_happens),
	    CASE(level_names_lead_back_to_their_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
