/* links: services/ingest/ingest.c services/ingest/ingest_state.c services/ingest/ingest_batch.c services/ingest/ingest_strict.c services/ingest/ingest_said.c services/ingest/ingest_apply.c services/ingest/ingest_fit.c services/ingest/ingest_known.c common/domain/reach.c common/domain/target_series.c services/ingest/ingest_declare.c services/ingest/ingest_clock.c services/ingest/ingest_largest.c services/ingest/ingest_sources.c common/domain/silence.c services/ingest/ingest_latest.c services/ingest/ingest_backfill.c services/ingest/ingest_query.c tests/lib/ingest_case.c tests/lib/cat_lines.c tests/lib/tmpdir.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/domain/admission.c common/domain/admission_conflict.c common/domain/admission_row.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rows.c common/domain/text.c common/domain/verdict_names.c common/base/clock.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/ingest_case.h"

/* The case's catalogue without the line that holds `without`, and with `instead`
 * in its place if there is one. */
static void
apply_edited(struct ingest_case *f, uint64_t version, const char *without,
             const char *instead)
{
	struct cat_line lines[32];
	size_t at = ingest_case_line(without);
	size_t n = 0;

	for (size_t i = 0; i < ingest_case_n_lines; i++) {
		lines[n] = ingest_case_lines[i];
		if (i == at && instead == NULL)
			continue;
		if (i == at)
			lines[n].text = instead;
		n++;
	}
	ingest_case_apply(f, lines, n, version, false);
}

static void
apply_all(struct ingest_case *f, uint64_t version, bool dry_run)
{
	ingest_case_apply(f, ingest_case_lines, ingest_case_n_lines, version,
	                  dry_run);
}

static void
applied(struct ingest_case *f, uint64_t version, uint64_t commit, bool changed)
{
	const struct wire_applied *a =
	    &ingest_case_ask(f, WIRE_APPLIED)->as.applied;

	assert_int_equal(a->version, version);
	assert_int_equal(a->commit, commit);
	assert_int_equal(a->changed, changed);
}

static void
refused(struct ingest_case *f, enum err code, const char *field)
{
	uint64_t head = ingest_case_head(f);

	ingest_case_turn_ok(f, 1);
	ingest_case_error(f, 0, code, field);
	assert_int_equal(ingest_case_head(f), head);
}

static void
take_row(struct ingest_case *f, const struct sent *row, uint64_t sequence)
{
	struct sent_batch b = {.producer = "p",
	                       .epoch = 1,
	                       .sequence = sequence,
	                       .rows = row,
	                       .n_rows = 1};

	(void)ingest_case_taken(f, &b, 1, 0, 0);
}

static void
the_first_is_version_1(void **state)
{
	struct ingest_case *f = *state;
	struct span packed;
	struct buf record;
	uint64_t version = 0;

	apply_all(f, 0, false);
	applied(f, 1, 1, true);
	buf_init(&record, WIRE_MESSAGE_MAX);
	ingest_case_record(f, 1, 1, &record); /* behind the tick */
	assert_int_equal(
	    catalogue_record_read(buf_span(&record), &version, &packed),
	    ERR_OK);
	assert_int_equal(version, 1);
	buf_fini(&record);
}

static void
one_made_against_another_version_is_refused(void **state)
{
	struct ingest_case *f = *state;

	apply_all(f, 0, false);
	refused(f, ERR_CATALOGUE_CHANGED, "version");
	apply_all(f, 2, false);
	refused(f, ERR_CATALOGUE_CHANGED, "version");
	apply_edited(f, 1, "d2|", NULL);
	applied(f, 2, 2, true);
	apply_edited(f, 1, "d2|", NULL);
	refused(f, ERR_CATALOGUE_CHANGED, "version");
}

static void
the_same_again_changes_nothing(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	uint64_t at = ingest_case_head(f);

	take_row(f, &row, 1);
	apply_all(f, 1, false);
	applied(f, 1, at, false); /* the commit that holds it, not the last */
	ingest_case_restart(f);
	apply_all(f, 1, false);
	applied(f, 1, at, false);
	assert_int_equal(ingest_case_head(f), at + 1);
}

static void
a_dry_run_says_what_would_be(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);

	ingest_case_apply(f, ingest_case_lines, ingest_case_n_lines - 1, 1,
	                  true);
	applied(f, 2, 0, true);
	apply_all(f, 1, true);
	applied(f, 1, 0, false);
	assert_int_equal(ingest_case_head(f), head);
	assert_int_equal(f->ingest.catalogue_version, 1);
}

static void
what_does_not_build_is_refused_with_its_first_error(void **state)
{
	struct ingest_case *f = *state;
	struct wire_message m = {.type = WIRE_APPLY};

	apply_edited(f, 1, "m|a|n", "m|a|nowhere|||");
	refused(f, ERR_UNKNOWN_REFERENCE, "packed");
	m.as.apply.version = 1;
	m.as.apply.packed = span_str("\x01\x02\x03");
	ingest_case_message(f, &m);
	ingest_case_turn_ok(f, 1);
	(void)ingest_case_answer(f, 0, WIRE_ERROR);
	assert_int_equal(f->ingest.catalogue_version, 1);
	apply_edited(f, 1, "d2|", NULL);
	applied(f, 2, 2, true);
}

static void
what_no_figure_names_may_go(void **state)
{
	struct ingest_case *f = *state;

	apply_edited(f, 1, "rate|b", NULL);
	applied(f, 2, 2, true);
	apply_edited(f, 2, "cnt|a",
	             "cnt|a|Số|Count|household|3||up|all|households||||"
	             "|sum|last|none|A|0|||||||");
	applied(f, 3, 3, true);
}

static void
what_figures_name_stays(void **state)
{
	static const char *const lines[][2] = {{"cnt|a", "indicators[cnt@a]"},
	                                       {"s2|", "sources[s2]"},
	                                       {"d1|", "documents[d1]"}};
	struct ingest_case *f = *state;
	struct sent row = {"cnt", "old", "2019", 5, "d1"};
	struct sent_batch b = {.producer = "p",
	                       .epoch = 1,
	                       .sequence = 1,
	                       .rows = &row,
	                       .n_rows = 1,
	                       .source = "s2"};

	(void)ingest_case_taken(f, &b, 1, 0, 0);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < 3; i++) {
			apply_edited(f, 1, lines[i][0], NULL);
			refused(f, ERR_IN_FORCE, lines[i][1]);
		}
		ingest_case_restart(f);
	}
	apply_edited(f, 1, "d2|", NULL);
	applied(f, 2, 3, true);
}

/* A unit has two lines: its own, and where it belongs. */
static void
a_unit_that_has_figures_stays(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = {"cnt", "old", "2019", 5, NULL};
	struct cat_line lines[32];
	size_t n = 0;

	for (size_t i = 0; i < ingest_case_n_lines; i++) {
		const char *text = ingest_case_lines[i].text;

		if (strncmp(text, "old|", 4) != 0 &&
		    strncmp(text, "m|old|", 6) != 0)
			lines[n++] = ingest_case_lines[i];
	}
	assert_int_equal(n, ingest_case_n_lines - 2);
	ingest_case_apply(f, lines, n, 1, true);
	applied(f, 2, 0, true);
	take_row(f, &row, 1);
	ingest_case_apply(f, lines, n, 1, false);
	refused(f, ERR_IN_FORCE, "units[old]");
}

static void
a_unit_closed_before_its_figures_is_told(void **state)
{
	static const char *const days[] = {"2018-12-31", "2019-12-31"};
	struct ingest_case *f = *state;
	struct sent row = {"cnt", "old", "2019", 5, NULL};
	uint64_t version = 1;

	take_row(f, &row, 1);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < 2; i++) {
			const struct wire_applied *a;
			struct wire_row_error w;
			struct wire_list warnings;
			char line[80];

			(void)snprintf(line, sizeof(line),
			               "old||Old|||province||%s", days[i]);
			apply_edited(f, version, "old|", line);
			a = &ingest_case_ask(f, WIRE_APPLIED)->as.applied;
			version = a->version;
			warnings = a->warnings;
			assert_int_equal(warnings.n, i == 0);
			if (i > 0)
				continue;
			assert_true(wire_errors_next(&warnings, &w));
			assert_true(
			    span_equal(w.value, span_str("2019-12-31")));
			assert_true(span_equal(
			    w.field, span_str("units[old].valid_to")));
		}
		ingest_case_restart(f);
	}
}

static void
what_a_definition_with_figures_measures_stays(void **state)
{
	static const char *const other[] = {
	    "cnt|a|Số|Count|household|0||down|all|households||||"
	    "|sum|last|none|A|0|||||||",
	    "cnt|a|Số|Count|household|0||up|rural|households||||"
	    "|sum|last|none|A|0|||||||",
	    "cnt|a|Số|Count|household|0||up|all|people||||"
	    "|sum|last|none|A|0|||||||",
	    "cnt|a|Số|Count|household|0||up|all|households||||"
	    "|none|last|none|A|0|||||||",
	    "cnt|a|Số|Count|household|0||up|all|households||||"
	    "|sum|sum|none|A|0|||||||",
	    "cnt|a|Số|Count|household|0||up|all|households||||"
	    "|sum|last|none|Q|0|||||||",
	};
	static const char *const columns[] = {
	    "direction", "scope", "counted", "place", "time", "frequency"};
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	char field[80];

	take_row(f, &row, 1);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		apply_edited(f, 1, "cnt|a", other[i]);
		(void)snprintf(field, sizeof(field), "indicators[cnt@a].%s",
		               columns[i]);
		refused(f, ERR_IN_FORCE, field);
	}
	/* a name, a bound and a closing date may change */
	apply_edited(f, 1, "cnt|a",
	             "cnt|a|Số hộ|Households|household|0||up|all|households||||"
	             "|sum|last|none|A|0|1000||||||2030-12-31");
	applied(f, 2, 3, true);
}

/* The definition cnt@a with this many decimals. */
static void
apply_decimals(struct ingest_case *f, uint64_t version, int decimals)
{
	char line[200];

	(void)snprintf(line, sizeof(line),
	               "cnt|a|Số|Count|household|%d||up|all|households||||"
	               "|sum|last|none|A|0|||||||",
	               decimals);
	apply_edited(f, version, "cnt|a", line);
}

static void
decimals_grow_while_all_figures_can_be_written(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(0);
	struct sent smaller = sent_good(3);

	/* 2^53 - 1 is 9007199254740991: three decimals more, not four */
	row.value = INT64_C(9007199254740);
	take_row(f, &row, 1);
	smaller.period = "2019";
	take_row(f, &smaller, 2);
	apply_decimals(f, 1, 4);
	refused(f, ERR_OUT_OF_RANGE, "indicators[cnt@a].decimals");
	ingest_case_restart(f);
	apply_decimals(f, 1, 4);
	refused(f, ERR_OUT_OF_RANGE, "indicators[cnt@a].decimals");
	apply_decimals(f, 1, 3);
	applied(f, 2, ingest_case_head(f) + 1, true);
	/* the size has grown with them, and they never shrink again */
	apply_decimals(f, 2, 4);
	refused(f, ERR_OUT_OF_RANGE, "indicators[cnt@a].decimals");
	ingest_case_restart(f);
	apply_decimals(f, 2, 4);
	refused(f, ERR_OUT_OF_RANGE, "indicators[cnt@a].decimals");
	apply_decimals(f, 2, 2);
	refused(f, ERR_IN_FORCE, "indicators[cnt@a].decimals");
}

static void
the_largest_figure_that_fits_lets_them_grow(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(0);

	row.value = INT64_C(900719925474099); /* x 10 is 2^53 - 2 */
	take_row(f, &row, 1);
	apply_decimals(f, 1, 1);
	applied(f, 2, ingest_case_head(f) + 1, true);
}

static void
one_more_and_they_stay(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(0);

	row.value = INT64_C(900719925474100); /* x 10 is past it */
	take_row(f, &row, 1);
	apply_decimals(f, 1, 1);
	refused(f, ERR_OUT_OF_RANGE, "indicators[cnt@a].decimals");
}

static void
a_new_catalogue_holds_for_the_next_rows(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = {"cnt", "c", "2020", 5, NULL};
	struct sent_batch b = {.producer = "p",
	                       .epoch = 1,
	                       .sequence = 1,
	                       .rows = &row,
	                       .n_rows = 1};
	struct cat_line lines[32];
	size_t n = ingest_case_n_lines;

	(void)ingest_case_taken(f, &b, 0, 0, 1);
	memcpy(lines, ingest_case_lines, n * sizeof(lines[0]));
	lines[n++] =
	    (struct cat_line){CAT_UNIT, "c|05|C|C|province|province||"};
	lines[n++] = (struct cat_line){CAT_MEMBER, "m|c|n|||"};
	ingest_case_apply(f, lines, n, 1, false);
	applied(f, 2, 2, true);
	b.sequence = 2;
	(void)ingest_case_taken(f, &b, 1, 0, 0);
	ingest_case_restart(f);
	assert_int_equal(f->ingest.catalogue_version, 2);
	b.sequence = 3;
	(void)ingest_case_taken(f, &b, 1, 0, 0);
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test_setup_teardown(the_first_is_version_1,
	                                    ingest_case_setup,
	                                    ingest_case_teardown),
	    CASE(one_made_against_another_version_is_refused),
	    CASE(the_same_again_changes_nothing),
	    CASE(a_dry_run_says_what_would_be),
	    CASE(what_does_not_build_is_refused_with_its_first_error),
	    CASE(what_no_figure_names_may_go),
	    CASE(what_figures_name_stays),
	    CASE(a_unit_that_has_figures_stays),
	    CASE(a_unit_closed_before_its_figures_is_told),
	    CASE(what_a_definition_with_figures_measures_stays),
	    CASE(decimals_grow_while_all_figures_can_be_written),
	    CASE(the_largest_figure_that_fits_lets_them_grow),
	    CASE(one_more_and_they_stay),
	    CASE(a_new_catalogue_holds_for_the_next_rows),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
