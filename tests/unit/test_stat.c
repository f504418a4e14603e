/* links: common/base/stat.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/stat.h"

enum { ROWS_TAKEN, ROWS_REFUSED, LAG, BYTES, TURN, N_ROWS };

static const struct stat_row rows[N_ROWS] = {
    [ROWS_TAKEN] = {"tiendo_rows_total", STAT_COUNTER, NULL, "Rows by outcome.",
                    "outcome=\"taken\"", 0},
    [ROWS_REFUSED] = {"tiendo_rows_total", STAT_COUNTER, NULL,
                      "Rows by outcome.", "outcome=\"refused\"", 0},
    [LAG] = {"tiendo_lag_seconds", STAT_GAUGE, "seconds", "How far behind.",
             NULL, 3},
    [BYTES] = {"tiendo_bytes_total", STAT_COUNTER, "bytes", "Bytes read.", NULL,
               0},
    [TURN] = {"tiendo_turn_seconds", STAT_HISTOGRAM, "seconds",
              "Time of a turn.", NULL, 0},
};

struct fixture {
	struct stats stat;
	struct buf out;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	buf_init(&f->out, 100000);
	*state = f;
	return stat_open(&f->stat, rows, N_ROWS) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	stat_close(&f->stat);
	stat_close(&f->stat);
	stat_close(NULL);
	buf_fini(&f->out);
	test_free(f);
	return 0;
}

static const char *
rendered(struct fixture *f)
{
	buf_reset(&f->out);
	stat_render(&f->stat, &f->out);
	return buf_cstr(&f->out);
}

static void
a_family_has_one_head_and_a_line_for_each_label(void **state)
{
	struct fixture *f = *state;
	const char *expected = "# HELP tiendo_rows_total Rows by outcome.\n"
	                       "# TYPE tiendo_rows_total counter\n"
	                       "tiendo_rows_total{outcome=\"taken\"} 7\n"
	                       "tiendo_rows_total{outcome=\"refused\"} 0\n"
	                       "# HELP tiendo_lag_seconds How far behind.\n"
	                       "# TYPE tiendo_lag_seconds gauge\n"
	                       "tiendo_lag_seconds 1.500\n";

	stat_add(&f->stat, ROWS_TAKEN, 3);
	stat_add(&f->stat, ROWS_TAKEN, 4);
	stat_set(&f->stat, LAG, 1500);
	assert_memory_equal(rendered(f), expected, strlen(expected));
	assert_int_equal(stat_get(&f->stat, ROWS_TAKEN), 7);
	assert_int_equal(stat_get(&f->stat, LAG), 1500);
}

static void
numbers_are_shown_exactly(void **state)
{
	static const struct {
		int64_t value;
		const char *line;
	} cases[] = {
	    {0, "tiendo_lag_seconds 0\n"},
	    {1, "tiendo_lag_seconds 0.001\n"},
	    {-1, "tiendo_lag_seconds -0.001\n"},
	    {-2000, "tiendo_lag_seconds -2\n"},
	    {1000, "tiendo_lag_seconds 1\n"},
	    {INT64_MAX, "tiendo_lag_seconds 9223372036854775.807\n"},
	    {INT64_MIN, "tiendo_lag_seconds -9223372036854775.808\n"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stat_set(&f->stat, LAG, cases[i].value);
		assert_non_null(strstr(rendered(f), cases[i].line));
	}
}

static void
a_histogram_counts_up_to_each_bound_and_at_it(void **state)
{
	struct fixture *f = *state;
	const char *text;

	stat_observe_ns(&f->stat, TURN, -5);
	stat_observe_ns(&f->stat, TURN, 100000);
	stat_observe_ns(&f->stat, TURN, 100001);
	stat_observe_ns(&f->stat, TURN, 100000000000);
	stat_observe_ns(&f->stat, TURN, 100000000001);
	text = rendered(f);
	assert_non_null(strstr(text, "# TYPE tiendo_turn_seconds histogram\n"));
	assert_non_null(
	    strstr(text, "tiendo_turn_seconds_bucket{le=\"0.0001\"} 2\n"));
	assert_non_null(
	    strstr(text, "tiendo_turn_seconds_bucket{le=\"0.0002\"} 3\n"));
	assert_non_null(
	    strstr(text, "tiendo_turn_seconds_bucket{le=\"50\"} 3\n"));
	assert_non_null(
	    strstr(text, "tiendo_turn_seconds_bucket{le=\"100\"} 4\n"));
	assert_non_null(
	    strstr(text, "tiendo_turn_seconds_bucket{le=\"+Inf\"} 5\n"));
	assert_non_null(
	    strstr(text, "tiendo_turn_seconds_sum 200.000200002\n"));
	assert_non_null(strstr(text, "tiendo_turn_seconds_count 5\n"));
	assert_int_equal(stat_get(&f->stat, TURN), 5);
}

static void
bucket_texts_rise_as_their_bounds_do(void **state)
{
	struct fixture *f = *state;
	const char *at;
	double before = 0;
	size_t n = 0;

	stat_observe_ns(&f->stat, TURN, 1);
	at = rendered(f);
	while ((at = strstr(at, "{le=\"")) != NULL) {
		double bound;

		at += strlen("{le=\"");
		if (strncmp(at, "+Inf", 4) == 0)
			break;
		bound = strtod(at, NULL);
		assert_true(bound > before);
		before = bound;
		n++;
	}
	assert_int_equal(n, STAT_BOUNDS);
}

static void
a_labelled_histogram_keeps_its_labels_before_the_bound(void **state)
{
	static const struct stat_row row = {
	    "x_seconds", STAT_HISTOGRAM, "seconds", "X.", "a=\"b\"", 0};
	struct fixture *f = *state;
	struct stats stat;

	assert_int_equal(stat_open(&stat, &row, 1), ERR_OK);
	stat_render(&stat, &f->out);
	assert_non_null(strstr(buf_cstr(&f->out),
	                       "x_seconds_bucket{a=\"b\",le=\"+Inf\"} 0\n"
	                       "x_seconds_sum{a=\"b\"} 0\n"
	                       "x_seconds_count{a=\"b\"} 0\n"));
	stat_close(&stat);
}

static void
labels_of_run_time_are_escaped(void **state)
{
	struct fixture *f = *state;
	struct buf labels;

	buf_init(&labels, 1000);
	stat_put_label(&labels, "source", span_str("a\"b\\c\nd"));
	stat_put_label(&labels, "x", span_str(""));
	stat_put_sample(&f->out, &rows[BYTES], buf_cstr(&labels), 5);
	assert_string_equal(
	    buf_cstr(&f->out),
	    "tiendo_bytes_total{source=\"a\\\"b\\\\c\\nd\",x=\"\"} 5\n");
	buf_fini(&labels);
}

static void
every_wrong_row_is_found(void **state)
{
	static const struct stat_row wrong[] = {
	    {"", STAT_GAUGE, NULL, "X.", NULL, 0},
	    {"Big", STAT_GAUGE, NULL, "X.", NULL, 0},
	    {"9x", STAT_GAUGE, NULL, "X.", NULL, 0},
	    {"x-y", STAT_GAUGE, NULL, "X.", NULL, 0},
	    {"x", STAT_COUNTER, NULL, "X.", NULL, 0},
	    {"x_total", STAT_GAUGE, NULL, "X.", NULL, 0},
	    {"x_count", STAT_GAUGE, NULL, "X.", NULL, 0},
	    {"x_bucket", STAT_GAUGE, NULL, "X.", NULL, 0},
	    {"x_sum_total", STAT_COUNTER, NULL, "X.", NULL, 0},
	    {"x_ms", STAT_GAUGE, "seconds", "X.", NULL, 0},
	    {"x_total", STAT_COUNTER, "bytes", "X.", NULL, 0},
	    {"x", STAT_GAUGE, NULL, "", NULL, 0},
	    {"x", STAT_GAUGE, NULL, NULL, NULL, 0},
	    {"x", STAT_GAUGE, NULL, "a\nb", NULL, 0},
	    {"x", STAT_GAUGE, NULL, "X.", "", 0},
	    {"x", STAT_GAUGE, NULL, "X.", "{a=\"b\"}", 0},
	    {"x", STAT_GAUGE, NULL, "X.", NULL, 10},
	    {"x", STAT_HISTOGRAM, NULL, "X.", NULL, 0},
	    {"x_bytes", STAT_HISTOGRAM, "bytes", "X.", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(stat_wrong_row(&wrong[i], 1), 0);
	assert_int_equal(stat_wrong_row(rows, N_ROWS), N_ROWS);
}

static void
a_family_torn_apart_or_doubled_is_wrong(void **state)
{
	static const struct stat_row torn[] = {
	    {"x", STAT_GAUGE, NULL, "X.", "a=\"1\"", 0},
	    {"y", STAT_GAUGE, NULL, "Y.", NULL, 0},
	    {"x", STAT_GAUGE, NULL, "X.", "a=\"2\"", 0},
	};
	static const struct stat_row twice[] = {
	    {"x", STAT_GAUGE, NULL, "X.", "a=\"1\"", 0},
	    {"x", STAT_GAUGE, NULL, "X.", "a=\"2\"", 0},
	    {"x", STAT_GAUGE, NULL, "X.", "a=\"1\"", 0},
	};

	(void)state;
	assert_int_equal(stat_wrong_row(torn, 2), 2);
	assert_int_equal(stat_wrong_row(torn, 3), 2);
	assert_int_equal(stat_wrong_row(twice, 2), 2);
	assert_int_equal(stat_wrong_row(twice, 3), 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_family_has_one_head_and_a_line_for_each_label),
	    CASE(numbers_are_shown_exactly),
	    CASE(a_histogram_counts_up_to_each_bound_and_at_it),
	    CASE(bucket_texts_rise_as_their_bounds_do),
	    CASE(a_labelled_histogram_keeps_its_labels_before_the_bound),
	    CASE(labels_of_run_time_are_escaped),
	    CASE(every_wrong_row_is_found),
	    CASE(a_family_torn_apart_or_doubled_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
