/* links: tests/lib/admission_case.c common/domain/admission.c common/domain/admission_row.c */
/* links: common/domain/admission_conflict.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c */
/* links: common/domain/catalogue_check.c common/domain/catalogue_duty.c */
/* links: common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c */
/* links: common/domain/catalogue_lookup.c common/domain/catalogue_rows.c */
/* links: common/domain/catalogue_rules.c common/domain/catalogue_sources.c */
/* links: common/domain/catalogue_take.c common/domain/catalogue_targets.c */
/* links: common/domain/catalogue_units.c common/domain/arena.c */
/* links: common/domain/text.c common/domain/figure.c common/domain/period.c */
/* links: common/domain/decimal.c common/base/map.c common/base/buf.c */
/* links: common/base/err.c common/domain/verdict_names.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/admission_case.h"
#include "tests/lib/random.h"

/* --- who, what, when --- */

static void
a_plain_row_becomes_a_figure(void **state)
{
	struct admission_case *f = *state;
	struct figure out;

	f->batch.flags = FIGURE_FLAG_BACKFILL;
	admission_case_begin(f);
	out = accepted(f, draft_value(275, 1));
	assert_string_equal(definition_of(f, &out), "pov@c16");
	assert_int_equal(out.unit, catalogue_unit(f->c, span_str("tq")));
	assert_int_equal(out.period.code, period_of_year(2018).code);
	assert_int_equal(out.has, FIGURE_VALUE);
	assert_int_equal(out.value, 2750);
	assert_int_equal(out.status, STATUS_P); /* the source's default */
	assert_int_equal(out.bound, BOUND_EQ);
	assert_int_equal(out.source, f->gso);
	assert_int_equal(out.document, NUMBER_NONE);
	assert_int_equal(out.released.n, f->batch.received.n);
	assert_int_equal(out.flags, FIGURE_FLAG_BACKFILL);
	assert_int_equal(out.row, 5);
	assert_int_equal(out.commit, 0);
}

static void
a_definition_is_found_only_if_exactly_one_is_valid(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);
	struct figure out;

	row.period = T_2024;
	out = accepted(f, row);
	assert_string_equal(definition_of(f, &out), "pov@c22");
	row.period = T_2021; /* both national ones end and begin there */
	refused(f, row, ERR_AMBIGUOUS_DEFINITION, "indicator");
	row.indicator = T_C16;
	out = accepted(f, row);
	assert_string_equal(definition_of(f, &out), "pov@c16");
	row.period = T_2024;
	refused(f, row, ERR_NO_DEFINITION, "indicator");
}

static void
a_province_s_own_definition_is_valid_beneath_it_only(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);
	struct figure out;

	row.period = T_2019;
	refused(f, row, ERR_AMBIGUOUS_DEFINITION, "indicator");
	row.unit = T_X1;
	refused(f, row, ERR_AMBIGUOUS_DEFINITION, "indicator");
	row.unit = T_HG;
	out = accepted(f, row);
	assert_string_equal(definition_of(f, &out), "pov@c16");
}

static void
what_is_not_declared_is_not_guessed(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	row.indicator = T_WRONG;
	refused(f, row, ERR_UNKNOWN_INDICATOR, "indicator");
	row.indicator = T_WRONG_DEFINITION;
	refused(f, row, ERR_UNKNOWN_DEFINITION, "indicator");
	row = draft_value(1, 0);
	row.unit = T_WRONG;
	refused(f, row, ERR_UNKNOWN_UNIT, "unit");
	row.unit = T_CODE_TQ; /* a code, but codes were not announced */
	refused(f, row, ERR_UNKNOWN_UNIT, "unit");
	row = draft_value(1, 0);
	row.period = T_WRONG;
	refused(f, row, ERR_BAD_PERIOD, "period");
	row = draft_value(1, 0);
	row.document = T_WRONG;
	refused(f, row, ERR_UNKNOWN_DOCUMENT, "document");
	row.document = T_EMPTY;
	accepted(f, row);
	row.released = T_WRONG;
	refused(f, row, ERR_BAD_DATE, "released");
	row.released = T_EMPTY;
	row.source = T_WRONG;
	refused(f, row, ERR_UNKNOWN_SOURCE, "source");
	row.source = DRAFT_NONE;
	row.unit = DRAFT_NONE;
	refused(f, row, ERR_MISSING_FIELD, "unit");
	row.unit = TEXTS;
	refused(f, row, ERR_BAD_VALUE, "unit");
}

static void
a_code_means_the_one_unit_that_had_it_on_that_day(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	row.unit = T_CODE_TQ;
	f->batch.units_as_of = day_of_civil(2025, 6, 30);
	admission_case_begin(f);
	assert_int_equal(accepted(f, row).unit,
	                 catalogue_unit(f->c, span_str("tq")));
	f->batch.units_as_of = day_of_civil(2025, 7, 1);
	admission_case_begin(f);
	refused(f, row, ERR_UNIT_NOT_VALID, "unit"); /* tq25 in 2018 */
	row.unit = T_CODE_SHARED;
	refused(f, row, ERR_UNKNOWN_UNIT, "unit");
	row.unit = T_TQ; /* an id, where codes were announced */
	refused(f, row, ERR_UNKNOWN_UNIT, "unit");
}

static void
a_unit_reports_what_ends_while_it_is_valid(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	f->batch.today = day_of_civil(2027, 1, 1);
	admission_case_begin(f);
	row.period = T_2026;
	refused(f, row, ERR_UNIT_NOT_VALID, "unit");
}

static void
the_period_is_of_the_indicator_s_frequency(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	row.period = T_Q1;
	refused(f, row, ERR_BAD_FREQUENCY, "period");
	row.indicator = T_KM;
	accepted(f, row);
}

/* F1a: km is quarterly and has a time rule, m is monthly without one. */
static void
a_longer_period_up_to_the_year_needs_a_time_rule(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	row.indicator = T_KM;
	row.period = T_2018;
	accepted(f, row);
	row.period = T_S1;
	accepted(f, row);
	row.period = T_SPAN;
	refused(f, row, ERR_BAD_FREQUENCY, "period");
	row.period = T_MONTH;
	refused(f, row, ERR_BAD_FREQUENCY, "period");
	row.indicator = T_M;
	accepted(f, row);
	row.period = T_Q1;
	refused(f, row, ERR_BAD_FREQUENCY, "period");
	row.indicator = T_POV;
	row.period = T_SPAN;
	refused(f, row, ERR_BAD_FREQUENCY, "period");
}

static void
a_source_reports_what_it_was_granted(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);
	struct figure out;

	row.source = T_TQS;
	out = accepted(f, row);
	assert_int_equal(out.source, f->tqs);
	row.unit = T_X1; /* beneath */
	accepted(f, row);
	row.unit = T_HG;
	refused(f, row, ERR_NOT_ENTITLED, "source");
	row = draft_value(1, 0);
	row.source = T_TQS;
	row.indicator = T_INC;
	refused(f, row, ERR_NOT_ENTITLED, "source");
	f->batch.source = NUMBER_NONE;
	admission_case_begin(f);
	row = draft_value(1, 0);
	refused(f, row, ERR_MISSING_FIELD, "source");
}

/* --- status, release, kinds --- */

static void
a_status_above_what_the_source_may_claim_is_refused(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	row.status = STATUS_A;
	assert_int_equal(accepted(f, row).status, STATUS_A);
	row.source = T_TQS;
	refused(f, row, ERR_STATUS_TOO_HIGH, "status");
	row.status = STATUS_P;
	accepted(f, row);
	row.status = STATUS_E;
	accepted(f, row);
	row.status = DRAFT_UNSET_STATUS;
	assert_int_equal(accepted(f, row).status, STATUS_P);
	row.status = STATUS_COUNT;
	refused(f, row, ERR_BAD_STATUS, "status");
	row.status = STATUS_P;
	row.bound = BOUND_COUNT;
	refused(f, row, ERR_BAD_BOUND, "bound");
	row.bound = BOUND_ABOUT;
	assert_int_equal(accepted(f, row).bound, BOUND_ABOUT);
	row.action = ACTION_COUNT;
	refused(f, row, ERR_BAD_ACTION, "action");
}

static void
only_a_forecast_looks_into_the_future(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	row.period = T_2024;
	f->batch.today = day_of_civil(2024, 12, 30);
	admission_case_begin(f);
	refused(f, row, ERR_FUTURE_PERIOD, "period");
	row.status = STATUS_F;
	accepted(f, row);
	row.status = STATUS_E;
	refused(f, row, ERR_FUTURE_PERIOD, "period");
	f->batch.today = day_of_civil(2024, 12, 31);
	admission_case_begin(f);
	accepted(f, row);
}

static void
the_release_date_is_the_row_s_then_the_document_s_then_today(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	row.document = T_D16;
	assert_int_equal(accepted(f, row).released.n,
	                 day_of_civil(2016, 5, 31).n);
	row.document = T_D20; /* released later than it is dated */
	assert_int_equal(accepted(f, row).released.n,
	                 day_of_civil(2020, 2, 3).n);
	row.document = T_UNDATED;
	assert_int_equal(accepted(f, row).released.n, DAY_FIRST);
	row.released = T_DATE;
	assert_int_equal(accepted(f, row).released.n,
	                 day_of_civil(2018, 3, 4).n);
	f->batch.flags = FIGURE_FLAG_AGAIN;
	admission_case_begin(f);
	assert_int_equal(accepted(f, row).released.n, f->batch.received.n);
}

static void
a_delete_carries_no_value(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(99999999, 9);
	struct figure out;

	row.action = ACTION_DELETE;
	out = accepted(f, row);
	assert_int_equal(out.action, ACTION_DELETE);
	assert_int_equal(out.has, 0);
	assert_false(out.status_named);
	row.status = STATUS_A;
	row.source = T_TQS; /* may not claim it, may withdraw it */
	out = accepted(f, row);
	assert_true(out.status_named);
	assert_int_equal(out.status, STATUS_A);
}

static void
what_is_missing_has_no_number(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft();

	row.status = STATUS_M;
	assert_int_equal(accepted(f, row).has, 0);
	row.value = number(0, 0);
	refused(f, row, ERR_MISSING_WITH_NUMBER, "value");
	row = draft_parts(0, 0);
	row.status = STATUS_M;
	refused(f, row, ERR_MISSING_WITH_NUMBER, "numerator");
	row.numerator.given = false;
	refused(f, row, ERR_MISSING_WITH_NUMBER, "denominator");
}

/* --- the batch --- */

static void
the_wrong_text_is_quoted(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(-125, 2);
	struct span got;

	row.status = STATUS_E;
	got = admission_text(&f->a, &row, "unit");
	assert_true(span_equal(got, span_str("tq")));
	got = admission_text(&f->a, &row, "value");
	assert_true(span_equal(got, span_str("-1.25")));
	got = admission_text(&f->a, &row, "status");
	assert_true(span_equal(got, span_str("E")));
	row.value.value.places = 255;
	assert_int_equal(admission_text(&f->a, &row, "value").len, 0);
	assert_int_equal(admission_text(&f->a, &row, "numerator").len, 0);
	assert_int_equal(admission_text(&f->a, &row, "document").len, 0);
	assert_int_equal(admission_text(&f->a, &row, "else").len, 0);
}

static void
a_dictionary_has_at_most_65536_texts(void **state)
{
	struct admission_case *f = *state;
	uint32_t n = ADMISSION_DICTIONARY_MAX;
	struct span *many = calloc(n + 1, sizeof(*many));
	struct draft_row row = draft_value(1, 0);

	assert_int_equal(admission_begin(&f->a, f->c, &f->batch, many, n + 1),
	                 ERR_TOO_LARGE);
	memcpy(many, f->dictionary, sizeof(f->dictionary));
	many[n - 1] = span_str("hg");
	assert_int_equal(admission_begin(&f->a, f->c, &f->batch, many, n),
	                 ERR_OK);
	row.unit = n - 1;
	accepted(f, row);
	free(many);
}

static void
a_new_batch_forgets_what_a_text_was(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(1, 0);

	accepted(f, row);
	f->dictionary[T_TQ] = span_str("nowhere");
	admission_case_begin(f);
	refused(f, row, ERR_UNKNOWN_UNIT, "unit");
	f->a.stamp = UINT32_MAX; /* the count of batches begins anew */
	f->dictionary[T_TQ] = span_str("tq");
	admission_case_begin(f);
	accepted(f, row);
}

/* The grant that the catalogue finds; of pov only for the periods of 2018. */
static const struct cat_grant *
grant_named(struct admission_case *f, const struct draft_row *row)
{
	static const char *const ids[TEXTS] = {[T_POV] = "pov@c16",
	                                       [T_C16] = "pov@c16",
	                                       [T_KM] = "km@v1",
	                                       [T_INC] = "inc@v1"};
	struct period period;

	assert_int_equal(period_parse(f->dictionary[row->period], &period),
	                 ERR_OK);
	return source_grant(
	    f->c, row->source == T_TQS ? f->tqs : f->gso,
	    catalogue_definition(f->c, span_str(ids[row->indicator])),
	    catalogue_unit(f->c, f->dictionary[row->unit]), period);
}

/* What is remembered of grants is what the catalogue says of each. */
static void
remembered_grants_are_those_of_the_catalogue(void **state)
{
	static const uint32_t units[] = {T_TQ, T_HG, T_X1};
	static const uint32_t periods[] = {T_2018, T_2024, T_Q1};
	static const uint32_t indicators[] = {T_C16, T_KM, T_INC, T_POV};
	int n_accepted = 0;
	int n_refused = 0;
	struct admission_case *f = *state;
	uint64_t seed = 41;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 5000; i++) {
		struct draft_row row = draft_value(1, 0);
		struct figure out = {0};
		const char *field = "";
		enum err err;

		row.unit = units[below(&seed, 3)];
		row.period = periods[below(&seed, 3)];
		row.indicator = indicators[below(&seed, 4)];
		row.source = below(&seed, 2) ? T_TQS : DRAFT_NONE;
		err = admission_row(&f->a, &row, &out, &field);
		if (err == ERR_OK) {
			assert_non_null(source_grant(f->c, out.source,
			                             out.definition, out.unit,
			                             out.period));
			n_accepted++;
		} else if (err == ERR_NOT_ENTITLED) {
			assert_null(grant_named(f, &row));
			n_refused++;
		}
	}
	assert_true(n_accepted > 500 && n_refused > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name)                                                  \
	cmocka_unit_test_setup_teardown(name, admission_case_setup, \
	                                admission_case_teardown)
	    CASE(a_plain_row_becomes_a_figure),
	    CASE(a_definition_is_found_only_if_exactly_one_is_valid),
	    CASE(a_province_s_own_definition_is_valid_beneath_it_only),
	    CASE(what_is_not_declared_is_not_guessed),
	    CASE(a_code_means_the_one_unit_that_had_it_on_that_day),
	    CASE(a_unit_reports_what_ends_while_it_is_valid),
	    CASE(the_period_is_of_the_indicator_s_frequency),
	    CASE(a_longer_period_up_to_the_year_needs_a_time_rule),
	    CASE(a_source_reports_what_it_was_granted),
	    CASE(a_status_above_what_the_source_may_claim_is_refused),
	    CASE(only_a_forecast_looks_into_the_future),
	    CASE(the_release_date_is_the_row_s_then_the_document_s_then_today),
	    CASE(a_delete_carries_no_value),
	    CASE(what_is_missing_has_no_number),
	    CASE(the_wrong_text_is_quoted),
	    CASE(a_dictionary_has_at_most_65536_texts),
	    CASE(a_new_batch_forgets_what_a_text_was),
	    CASE(remembered_grants_are_those_of_the_catalogue),
#undef CASE
	};

	return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
