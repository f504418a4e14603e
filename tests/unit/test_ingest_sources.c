/* links: services/ingest/ingest.c services/ingest/ingest_state.c services/ingest/ingest_batch.c services/ingest/ingest_strict.c services/ingest/ingest_said.c services/ingest/ingest_apply.c services/ingest/ingest_fit.c services/ingest/ingest_known.c common/domain/reach.c common/domain/target_series.c services/ingest/ingest_declare.c services/ingest/ingest_clock.c services/ingest/ingest_largest.c services/ingest/ingest_sources.c common/domain/silence.c services/ingest/ingest_latest.c services/ingest/ingest_backfill.c services/ingest/ingest_query.c tests/lib/ingest_case.c tests/lib/cat_lines.c tests/lib/tmpdir.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/domain/admission.c common/domain/admission_conflict.c common/domain/admission_row.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rows.c common/domain/text.c common/domain/verdict_names.c common/base/clock.c services/ingest/ingest_metrics_io.c common/base/stat.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ingest/ingest_metrics_io.h"
#include "tests/lib/ingest_case.h"

#define ACCEPTED(n) n, 0, 0
#define REJECTED(n) 0, 0, n

static struct sent_batch
batch_of(const struct sent *rows, uint32_t n_rows, uint64_t sequence)
{
	return (struct sent_batch){.producer = "p",
	                           .epoch = 1,
	                           .sequence = sequence,
	                           .rows = rows,
	                           .n_rows = n_rows};
}

static struct source *
source_of(struct ingest_case *f, const char *id)
{
	uint32_t number = catalogue_source(f->ingest.catalogue, span_str(id));

	assert_true(number < f->ingest.sources.n);
	return &f->ingest.sources.of[number];
}

static void
rows_are(const uint64_t rows[ROWS_OUTCOMES], uint64_t accepted,
         uint64_t duplicate, uint64_t rejected)
{
	assert_int_equal(rows[ROWS_ACCEPTED], accepted);
	assert_int_equal(rows[ROWS_DUPLICATE], duplicate);
	assert_int_equal(rows[ROWS_REJECTED], rejected);
}

static bool
page_has(struct ingest_case *f, const char *line)
{
	struct buf out;
	bool has;

	buf_init(&out, 1u << 20);
	sources_metrics(&f->ingest.sources, f->ingest.catalogue, &out);
	has = strstr(buf_cstr(&out), line) != NULL;
	buf_fini(&out);
	return has;
}

static void
rows_are_counted_by_source_once_they_are_durable(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1), sent_bad(), sent_bad()};
	struct sent_batch b = batch_of(rows, 3, 1);

	(void)ingest_case_taken(f, &b, 1, 0, 2);
	rows_are(source_of(f, "s1")->rows, ACCEPTED(0));
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, 1, 0, 2);
	rows_are(source_of(f, "s2")->rows, ACCEPTED(0));
	assert_int_equal(f->ingest.sources.codes[ERR_UNKNOWN_UNIT], 2);
	sources_keep(&f->ingest.sources); /* once */
	rows_are(source_of(f, "s1")->rows, 1, 0, 2);
	(void)ingest_case_taken(f, &b, 0, 1, 2);
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, 1, 1, 4);
	assert_int_equal(f->ingest.sources.codes[ERR_UNKNOWN_UNIT], 2);
}

static void
a_turn_that_is_not_kept_counts_nothing(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	(void)ingest_case_taken(f, &b, 1, 0, 0); /* as if it had failed */
	b.sequence = 2;
	b.source = "s2";
	(void)ingest_case_taken(f, &b, 1, 0, 0);
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, ACCEPTED(0));
	rows_are(source_of(f, "s2")->rows, ACCEPTED(1));
}

static void
sources_of_one_turn_are_told_apart(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1),
	                            {"cnt", "b", "2020", 3, NULL},
	                            {"cnt", "b", "2019", 3, NULL}};
	struct sent_batch b = batch_of(rows, 3, 1);
	struct sent_batch other = batch_of(rows, 2, 2);

	other.source = "s2";
	ingest_case_batch(f, &b);
	ingest_case_batch(f, &other);
	b.sequence = 3;
	ingest_case_batch(f, &b);
	ingest_case_turn_ok(f, 3);
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, ACCEPTED(6));
	rows_are(source_of(f, "s2")->rows, ACCEPTED(2));
	assert_int_equal(source_of(f, "s1")->last_ms, f->turn.head.time_ms);
	assert_int_equal(source_of(f, "s2")->last_ms, f->turn.head.time_ms);
}

static void
a_batch_of_an_unknown_source_is_nobodys(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	b.source = "nobody"; /* refused whole: no row was judged */
	(void)ingest_case_refused(f, &b, ERR_UNKNOWN_SOURCE);
	sources_keep(&f->ingest.sources);
	rows_are(f->ingest.sources.others, REJECTED(0));
	assert_true(page_has(f, "{source=\"\",outcome=\"rejected\"} 0\n"));
}

static void
a_dry_run_counts_nothing(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1), sent_bad()};
	struct sent_batch b = batch_of(rows, 2, 1);

	b.flags = WIRE_FLAG_DRY_RUN;
	(void)ingest_case_taken(f, &b, 1, 0, 1);
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, ACCEPTED(0));
	assert_int_equal(f->ingest.sources.codes[ERR_UNKNOWN_UNIT], 0);
}

static void
a_strict_submission_counts_as_it_is_answered(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1), sent_bad()};
	struct sent_batch b = batch_of(rows, 1, 1);

	b.flags = WIRE_FLAG_STRICT | WIRE_FLAG_MORE;
	(void)ingest_case_taken(f, &b, 0, 0, 0);
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, ACCEPTED(0));
	b = batch_of(rows, 2, 2);
	b.flags = WIRE_FLAG_STRICT;
	(void)ingest_case_taken(f, &b, 0, 0, 3);
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, REJECTED(3));
	assert_int_equal(f->ingest.sources.codes[ERR_UNKNOWN_UNIT], 1);
	b = batch_of(rows, 1, 1);
	b.flags = WIRE_FLAG_STRICT;
	(void)ingest_case_taken(f, &b, 1, 0, 0);
	sources_keep(&f->ingest.sources);
	rows_are(source_of(f, "s1")->rows, 1, 0, 3);
}

static void
what_is_taken_back_leaves_the_rows_before(void **state)
{
	struct sources s = {.n = 0};

	(void)state;
	sources_begin(&s);
	sources_count(&s, 7, ROWS_ACCEPTED, 2);
	sources_mark(&s);
	sources_count(&s, 7, ROWS_ACCEPTED, 3);
	sources_count(&s, 7, ROWS_ACCEPTED, 3);
	sources_count(&s, 8, ROWS_REJECTED, 3);
	assert_int_equal(s.n_runs, 3);
	sources_cut(&s);
	sources_count(&s, 7, ROWS_ACCEPTED, 0);
	assert_int_equal(s.err, ERR_OK);
	sources_keep(&s);
	rows_are(s.others, ACCEPTED(2));
	sources_fini(&s);
}

static void
the_time_of_accepted_rows_survives_a_restart(void **state)
{
	struct ingest_case *f = *state;
	const struct sent good = sent_good(1), bad = sent_bad();
	struct sent_batch b = batch_of(&good, 1, 1);
	int64_t at, later;

	(void)ingest_case_taken(f, &b, 1, 0, 0);
	at = f->turn.head.time_ms;
	f->now_ms += 5000;
	b = batch_of(&bad, 1, 2); /* refused: said nothing */
	(void)ingest_case_taken(f, &b, 0, 0, 1);
	b = batch_of(&good, 1, 3); /* of another one */
	b.source = "s2";
	(void)ingest_case_taken(f, &b, 1, 0, 0);
	later = f->turn.head.time_ms;
	assert_true(later > at);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(source_of(f, "s1")->last_ms, at);
		assert_int_equal(source_of(f, "s2")->last_ms, later);
		ingest_case_restart(f);
	}
	assert_true(page_has(f, "tiendo_source_last_accepted_timestamp_seconds"
	                        "{source=\"s1\"} 1750000000.00"));
}

/* The catalogue with a duty of s1, as a further version. */
static void
apply_duty(struct ingest_case *f, const char *duty, uint64_t version)
{
	struct cat_line lines[32];
	size_t n = ingest_case_n_lines;

	assert_true(n + 1 < sizeof(lines) / sizeof(lines[0]));
	memcpy(lines, ingest_case_lines, n * sizeof(lines[0]));
	lines[n] = (struct cat_line){CAT_REPORTING, duty};
	ingest_case_apply(f, lines, n + 1, version, false);
	(void)ingest_case_ask(f, WIRE_APPLIED);
}

static void
who_never_sent_owes_since_the_catalogue_says_so(void **state)
{
	struct ingest_case *f = *state;
	int64_t at;

	assert_int_equal(source_of(f, "s1")->last_ms, -1);
	assert_false(page_has(f, "silence_limit_seconds{"));
	apply_duty(f, "cnt|province|m|30|5|", 1);
	at = f->turn.head.time_ms;
	f->now_ms += 5000;
	apply_duty(f, "cnt|province|m|30|6|", 2); /* not since this one */
	ingest_case_restart(f);
	assert_int_equal(source_of(f, "s1")->last_ms, at);
	assert_int_equal(source_of(f, "s2")->last_ms, -1);
	assert_int_equal(source_of(f, "s1")->limit_seconds,
	                 (366 + 30 + 6) * 86400);
	assert_int_equal(source_of(f, "s2")->limit_seconds, 0);
	assert_true(
	    page_has(f, "silence_limit_seconds{source=\"s1\"} 34732800\n"));
	assert_false(page_has(f, "seconds{source=\"s2\"}"));
}

static void
a_duty_begins_with_its_date(void **state)
{
	struct ingest_case *f = *state;

	apply_duty(f, "cnt|province|m|30|5||2025-06-17|", 1);
	assert_int_equal(source_of(f, "s1")->limit_seconds, 0);
	assert_int_equal(source_of(f, "s1")->last_ms, -1);
	f->now_ms = INGEST_CASE_FIRST + 2 * INGEST_CASE_DAY;
	ingest_case_turn_ok(f, 0); /* 2025-06-17 */
	assert_int_equal(source_of(f, "s1")->limit_seconds,
	                 (366 + 30 + 5) * 86400);
	assert_int_equal(source_of(f, "s1")->last_ms, f->now_ms);
}

/* --- the bound ------------------------------------------------------------------- */

struct many {
	struct cat_source declared[SOURCES_SHOWN + 2];
	struct source of[SOURCES_SHOWN + 2];
	char ids[SOURCES_SHOWN + 2][16];
};

/* The page of n declared sources with one accepted row each, the first undeclared
 * again. */
static const char *
page_of(struct many *m, uint32_t n, struct buf *out)
{
	struct catalogue c = {.sources = m->declared, .n_sources = n + 1};
	struct sources s = {.of = m->of, .n = n + 1};

	for (uint32_t i = 0; i <= n; i++) {
		(void)snprintf(m->ids[i], sizeof(m->ids[i]), "source-%u", i);
		m->declared[i].id = m->ids[i];
		m->declared[i].declared = i > 0;
		m->of[i] = (struct source){
		    .rows = {1}, .last_ms = 1500, .limit_seconds = 86400};
	}
	buf_reset(out);
	sources_metrics(&s, &c, out);
	return buf_cstr(out);
}

static void
a_thousand_sources_are_shown_and_the_rest_is_summed(void **state)
{
	struct many *m = calloc(1, sizeof(*m));
	const char *page;
	struct buf out;

	(void)state;
	assert_non_null(m);
	buf_init(&out, 4u << 20);
	page = page_of(m, SOURCES_SHOWN, &out);
	assert_non_null(strstr(page, "rows_total{source=\"source-1000\","
	                             "outcome=\"accepted\"} 1\n"));
	assert_non_null(strstr(page, "rows_total{source=\"\","
	                             "outcome=\"accepted\"} 1\n"));
	assert_non_null(strstr(page, "timestamp_seconds{source=\"source-1000\"}"
	                             " 1.500\n"));
	assert_null(strstr(page, "\"source-0\"")); /* no more declared */
	page = page_of(m, SOURCES_SHOWN + 1, &out);
	assert_non_null(strstr(page, "\"source-1000\""));
	assert_null(strstr(page, "\"source-1001\""));
	assert_non_null(strstr(page, "rows_total{source=\"\","
	                             "outcome=\"accepted\"} 2\n"));
	buf_fini(&out);
	free(m);
}

static void
without_a_catalogue_no_source_has_samples(void **state)
{
	struct ingest_case *f = *state;

	assert_null(f->ingest.catalogue);
	assert_true(page_has(f, "{source=\"\",outcome=\"accepted\"} 0\n"));
	assert_true(page_has(
	    f, "tiendo_ingest_rejects_total{code=\"not_entitled\"} 0\n"));
	assert_false(page_has(f, "code=\"catalogue_changed\""));
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(rows_are_counted_by_source_once_they_are_durable),
	    CASE(a_turn_that_is_not_kept_counts_nothing),
	    CASE(sources_of_one_turn_are_told_apart),
	    CASE(a_batch_of_an_unknown_source_is_nobodys),
	    CASE(a_dry_run_counts_nothing),
	    CASE(a_strict_submission_counts_as_it_is_answered),
	    cmocka_unit_test(what_is_taken_back_leaves_the_rows_before),
	    CASE(the_time_of_accepted_rows_survives_a_restart),
	    CASE(who_never_sent_owes_since_the_catalogue_says_so),
	    CASE(a_duty_begins_with_its_date),
	    cmocka_unit_test(
	        a_thousand_sources_are_shown_and_the_rest_is_summed),
	    cmocka_unit_test_setup_teardown(
	        without_a_catalogue_no_source_has_samples, ingest_case_setup,
	        ingest_case_teardown),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
