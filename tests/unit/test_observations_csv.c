/* links: common/formats/observations_csv.c common/domain/decimal.c common/domain/figure.c common/domain/text.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/figure.h"
#include "common/formats/observations_csv.h"

#define FIELDS_MAX 16

/* "a,b,c" to spans; nothing is quoted here. */
static size_t
split(const char *line, struct span *fields)
{
	size_t n = 0;

	for (;;) {
		size_t len = strcspn(line, ",");

		assert_true(n < FIELDS_MAX);
		fields[n++] = span_of(line, len);
		if (line[len] == '\0')
			return n;
		line += len + 1;
	}
}

static enum err
header(const char *line, struct observation_columns *columns,
       struct observation_fault *fault)
{
	struct span fields[FIELDS_MAX];
	size_t n = split(line, fields);

	return observation_header(fields, n, columns, fault);
}

static enum err
row_of(const char *names, const char *line, bool comma,
       struct wire_row_text *row, struct observation_fault *fault)
{
	struct observation_columns columns;
	struct span fields[FIELDS_MAX];
	size_t n = split(line, fields);

	assert_int_equal(header(names, &columns, fault), ERR_OK);
	columns.comma = comma;
	return observation_row(&columns, fields, n, row, fault);
}

#define ALL                                                               \
	"indicator,unit,period,value,numerator,denominator,bound,status," \
	"source,document,released,note,action"

static void
a_whole_line_becomes_a_row(void **arg)
{
	struct observation_fault fault;
	struct wire_row_text row;

	(void)arg;
	assert_int_equal(row_of(ALL,
	                        "pov-hh@c2022,dien-bien,2024,21.30,213,1000,~,"
	                        "A,office,doc-1,2025-01-02,a note,merge",
	                        false, &row, &fault),
	                 ERR_OK);
	assert_true(span_equal(row.indicator, span_str("pov-hh@c2022")));
	assert_true(span_equal(row.unit, span_str("dien-bien")));
	assert_true(span_equal(row.period, span_str("2024")));
	assert_int_equal(row.value.mantissa, 2130);
	assert_int_equal(row.value.places, 2);
	assert_true(row.value.given);
	assert_int_equal(row.numerator.mantissa, 213);
	assert_int_equal(row.denominator.mantissa, 1000);
	assert_int_equal(row.bound, BOUND_ABOUT);
	assert_int_equal(row.status, STATUS_A);
	assert_true(span_equal(row.source, span_str("office")));
	assert_true(span_equal(row.document, span_str("doc-1")));
	assert_true(span_equal(row.released, span_str("2025-01-02")));
	assert_true(span_equal(row.note, span_str("a note")));
	assert_int_equal(row.action, ACTION_MERGE);
}

static void
empty_fields_are_absent_not_zero(void **arg)
{
	struct observation_fault fault;
	struct wire_row_text row;

	(void)arg;
	assert_int_equal(
	    row_of(ALL, "i,u,2024,,,,,,,,,,delete", false, &row, &fault),
	    ERR_OK);
	assert_false(row.value.given);
	assert_false(row.numerator.given);
	assert_int_equal(row.status, WIRE_UNSET);
	assert_int_equal(row.bound, BOUND_EQ);
	assert_null(row.source.ptr);
	assert_null(row.note.ptr);
	assert_int_equal(row.action, ACTION_DELETE);
}

static void
names_of_sdmx_and_of_vietnamese_forms_are_known(void **arg)
{
	static const struct {
		const char *name;
		enum observation_field field;
	} rows[] = {
	    {"INDICATOR", OBSERVATION_INDICATOR},
	    {"Ref_Area", OBSERVATION_UNIT},
	    {"TIME_PERIOD", OBSERVATION_PERIOD},
	    {"OBS_VALUE", OBSERVATION_VALUE},
	    {"OBS_STATUS", OBSERVATION_STATUS},
	    {"đơn vị", OBSERVATION_UNIT},
	    {"mau_so", OBSERVATION_DENOMINATOR},
	    {"units", OBSERVATION_FIELDS},
	    {"", OBSERVATION_FIELDS},
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(observation_field_of(span_str(rows[i].name)),
		                 rows[i].field);
	for (unsigned f = 0; f < OBSERVATION_FIELDS; f++)
		assert_int_equal(
		    observation_field_of(span_str(
		        observation_field_name((enum observation_field)f))),
		    f);
}

static void
a_header_is_refused_at_the_column_that_is_wrong(void **arg)
{
	static const struct {
		const char *line;
		enum err err;
		size_t column;
		const char *field;
	} rows[] = {
	    {"indicator,unit,period,vale", ERR_UNKNOWN_COLUMN, 3, ""},
	    {"indicator,unit,REF_AREA,period,value", ERR_DUPLICATE_FIELD, 2,
	     ""},
	    {"unit,period,value", ERR_MISSING_FIELD, 3, "indicator"},
	    {"indicator,unit,value", ERR_MISSING_FIELD, 3, "period"},
	    {"indicator,unit,period", ERR_MISSING_FIELD, 3, "value"},
	    {"indicator,unit,period,numerator", ERR_MISSING_FIELD, 4, "value"},
	};
	struct observation_columns columns = {.n = 77};
	struct observation_fault fault;

	(void)arg;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(header(rows[i].line, &columns, &fault),
		                 rows[i].err);
		assert_int_equal(fault.code, rows[i].err);
		assert_int_equal(fault.column, rows[i].column);
		assert_string_equal(fault.field, rows[i].field);
	}
	assert_int_equal(columns.n, 77);
}

static void
parts_or_an_action_do_instead_of_a_value(void **arg)
{
	struct observation_columns columns;
	struct observation_fault fault;

	(void)arg;
	assert_int_equal(header("indicator,unit,period,numerator,denominator",
	                        &columns, &fault),
	                 ERR_OK);
	assert_int_equal(
	    header("action,indicator,unit,period", &columns, &fault), ERR_OK);
}

static void
what_cannot_be_sent_is_named_with_its_column(void **arg)
{
	static const struct {
		const char *line;
		enum err err;
		size_t column;
	} rows[] = {
	    {"i,u,2024,12x,", ERR_BAD_NUMBER, 3},
	    {"i,u,2024,1e3,", ERR_BAD_NUMBER, 3},
	    {"i,u,2024,1 000,", ERR_BAD_NUMBER, 3},
	    {"i,u,2024,\"1,5\",", ERR_BAD_CSV, 6},
	    {"i,u,2024,9007199254740992,", ERR_OUT_OF_RANGE, 3},
	    {",u,2024,1,", ERR_MISSING_FIELD, 0},
	    {"i,,2024,1,", ERR_MISSING_FIELD, 1},
	    {"i,u,,1,", ERR_MISSING_FIELD, 2},
	    {"i,u,2024,1,X", ERR_BAD_STATUS, 4},
	    {"i,u,2024,1,a", ERR_BAD_STATUS, 4},
	    {"i,u,2024,1", ERR_BAD_CSV, 4},
	    {"i,u\xff,2024,1,", ERR_BAD_TEXT, 1},
	};
	struct observation_fault fault;
	struct wire_row_text row;

	(void)arg;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(row_of("indicator,unit,period,value,status",
		                        rows[i].line, false, &row, &fault),
		                 rows[i].err);
		assert_int_equal(fault.column, rows[i].column);
	}
	assert_int_equal(row_of("indicator,unit,period,value,bound",
	                        "i,u,2024,1,<>", false, &row, &fault),
	                 ERR_BAD_BOUND);
	assert_int_equal(row_of("indicator,unit,period,action", "i,u,2024,drop",
	                        false, &row, &fault),
	                 ERR_BAD_ACTION);
	assert_string_equal(fault.field, "action");
	assert_true(span_equal(fault.value, span_str("drop")));
}

static void
numbers_are_exact_at_their_own_places(void **arg)
{
	static const struct {
		const char *text;
		int64_t mantissa;
		int places;
	} rows[] = {
	    {"0", 0, 0},
	    {"-0.5", -5, 1},
	    {"9007199254740991", 9007199254740991, 0},
	    {"-9007199254740991", -9007199254740991, 0},
	    {"34.90", 3490, 2},
	};
	struct observation_fault fault;
	struct wire_row_text row;
	char line[64];

	(void)arg;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(line, sizeof(line), "i,u,2024,%s", rows[i].text);
		assert_int_equal(row_of("indicator,unit,period,value", line,
		                        false, &row, &fault),
		                 ERR_OK);
		assert_int_equal(row.value.mantissa, rows[i].mantissa);
		assert_int_equal(row.value.places, rows[i].places);
	}
}

static void
a_comma_is_a_decimal_sign_only_if_declared(void **arg)
{
	struct observation_columns columns;
	struct observation_fault fault;
	struct wire_row_text row;
	struct span fields[] = {span_str("i"), span_str("u"), span_str("2024"),
	                        span_str("16,50")};

	(void)arg;
	assert_int_equal(
	    header("indicator,unit,period,value", &columns, &fault), ERR_OK);
	columns.comma = true;
	assert_int_equal(observation_row(&columns, fields, 4, &row, &fault),
	                 ERR_OK);
	assert_int_equal(row.value.mantissa, 1650);
	fields[3] = span_str("16.50");
	assert_int_equal(observation_row(&columns, fields, 4, &row, &fault),
	                 ERR_BAD_NUMBER);
	columns.comma = false;
	fields[3] = span_str("16,50");
	assert_int_equal(observation_row(&columns, fields, 4, &row, &fault),
	                 ERR_BAD_NUMBER);
}

static void
a_text_may_have_as_many_bytes_as_the_wire_takes(void **arg)
{
	struct observation_columns columns;
	struct observation_fault fault;
	struct wire_row_text row;
	char note[WIRE_TEXT_MAX + 1];
	struct span fields[] = {span_str("i"), span_str("u"), span_str("2024"),
	                        span_str("1"), span_of(note, WIRE_TEXT_MAX)};

	(void)arg;
	memset(note, 'n', sizeof(note));
	assert_int_equal(
	    header("indicator,unit,period,value,note", &columns, &fault),
	    ERR_OK);
	assert_int_equal(observation_row(&columns, fields, 5, &row, &fault),
	                 ERR_OK);
	fields[4].len = WIRE_TEXT_MAX + 1;
	assert_int_equal(observation_row(&columns, fields, 5, &row, &fault),
	                 ERR_TOO_LARGE);
	assert_int_equal(fault.column, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_whole_line_becomes_a_row),
	    cmocka_unit_test(empty_fields_are_absent_not_zero),
	    cmocka_unit_test(names_of_sdmx_and_of_vietnamese_forms_are_known),
	    cmocka_unit_test(a_header_is_refused_at_the_column_that_is_wrong),
	    cmocka_unit_test(parts_or_an_action_do_instead_of_a_value),
	    cmocka_unit_test(what_cannot_be_sent_is_named_with_its_column),
	    cmocka_unit_test(numbers_are_exact_at_their_own_places),
	    cmocka_unit_test(a_comma_is_a_decimal_sign_only_if_declared),
	    cmocka_unit_test(a_text_may_have_as_many_bytes_as_the_wire_takes),
	};

	return cmocka_run_group_tests_name("observations_csv", tests, NULL,
	                                   NULL);
}
