/* links: services/ctl/output.c services/ctl/table.c proto/answer.c proto/cursor.c proto/kind.c proto/list.c proto/scan.c proto/schema.c proto/codec.c common/domain/decimal.c common/base/buf.c common/base/clock.c common/base/err.c common/base/escape.c common/base/map.c */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ctl/output.h"
#include "services/ctl/table.h"

struct rig {
	struct wire_writer pairs;
	struct buf out;
};

static int
rig_open(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	wire_writer_init(&rig->pairs, WIRE_MESSAGE_MAX);
	buf_init(&rig->out, 1u << 20);
	*state = rig;
	return 0;
}

static int
rig_close(void **state)
{
	struct rig *rig = *state;

	wire_writer_fini(&rig->pairs);
	buf_fini(&rig->out);
	free(rig);
	return 0;
}

static void
is(struct rig *rig, const char *text)
{
	assert_string_equal(buf_cstr(&rig->out), text);
	buf_reset(&rig->out);
}

static void
sample(struct rig *rig)
{
	struct wire_writer *w = &rig->pairs;

	wire_pairs_add(w, "unit", wire_text(span_str("Điện \"Biên\",\n1")));
	wire_pairs_add(w, "value", wire_decimal(-50, 2));
	wire_pairs_add(w, "gap", wire_nil());
	wire_pairs_add(w, "final", wire_bool(true));
	wire_pairs_add(w, "commit", wire_int(12));
}

static void
json_keeps_declared_decimals_null_and_escapes(void **state)
{
	struct rig *rig = *state;

	sample(rig);
	output_json(&rig->out, wire_writer_list(&rig->pairs));
	is(rig, "{\"unit\":\"Điện \\\"Biên\\\",\\n1\",\"value\":-0.50,"
	        "\"gap\":null,\"final\":true,\"commit\":12}\n");
}

static void
json_nests_names_with_points(void **state)
{
	struct rig *rig = *state;
	static const char *const names[] = {
	    "a",     "m.x.value", "m.x.verdict", "m.xy.value", "m.xy.z.w",
	    "m.low", "b",         "c.low",       "cc.d.high",  "cc.e"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		wire_pairs_add(&rig->pairs, names[i], wire_int((int64_t)i));
	output_json(&rig->out, wire_writer_list(&rig->pairs));
	is(rig, "{\"a\":0,\"m\":{\"x\":{\"value\":1,\"verdict\":2},"
	        "\"xy\":{\"value\":3,\"z\":{\"w\":4}},\"low\":5},\"b\":6,"
	        "\"c\":{\"low\":7},\"cc\":{\"d\":{\"high\":8},"
	        "\"e\":9}}\n");
	wire_writer_reset(&rig->pairs);
	wire_pairs_add(&rig->pairs, "m.x.value", wire_nil());
	output_json(&rig->out, wire_writer_list(&rig->pairs));
	is(rig, "{\"m\":{\"x\":{\"value\":null}}}\n");
}

static void
json_of_no_fields_is_an_empty_object(void **state)
{
	struct rig *rig = *state;

	output_json(&rig->out, wire_writer_list(&rig->pairs));
	is(rig, "{}\n");
}

static void
json_nests_names_with_a_point(void **state)
{
	struct rig *rig = *state;

	wire_pairs_add(&rig->pairs, "coverage.reporting", wire_int(3));
	wire_pairs_add(&rig->pairs, "coverage.expected", wire_int(4));
	wire_pairs_add(&rig->pairs, "map", wire_text(span_str("2021")));
	wire_pairs_add(&rig->pairs, "other.a", wire_int(1));
	output_json(&rig->out, wire_writer_list(&rig->pairs));
	is(rig, "{\"coverage\":{\"reporting\":3,\"expected\":4},"
	        "\"map\":\"2021\",\"other\":{\"a\":1}}\n");
}

static void
milliseconds_are_shown_as_a_time_under_its_own_name(void **state)
{
	static const char *const names[] = {"received", NULL};
	struct rig *rig = *state;
	struct wire_list list;

	wire_pairs_add(&rig->pairs, "received_ms", wire_int(1500));
	list = wire_writer_list(&rig->pairs);
	output_json(&rig->out, list);
	is(rig, "{\"received\":\"1970-01-01T00:00:01.500Z\"}\n");
	output_csv(&rig->out, names, list);
	is(rig, "1970-01-01T00:00:01.500Z\n");
}

static void
csv_has_all_columns_quotes_what_it_must_and_leaves_absent_empty(void **state)
{
	static const char *const names[] = {"value", "absent", "unit",
	                                    "gap",   "final",  NULL};
	struct rig *rig = *state;

	sample(rig);
	output_csv_names(&rig->out, names);
	output_csv(&rig->out, names, wire_writer_list(&rig->pairs));
	is(rig, "value,absent,unit,gap,final\n"
	        "-0.50,,\"Điện \"\"Biên\"\",\n1\",,true\n");
}

static void
a_cell_has_a_decimal_comma_only_where_asked(void **state)
{
	struct rig *rig = *state;
	struct wire_value decimal = wire_decimal(1650, 2);
	struct wire_value text = wire_text(span_str("a.b"));
	struct wire_value nil = wire_nil();

	output_cell(&rig->out, &decimal, true);
	is(rig, "16,50");
	output_cell(&rig->out, &decimal, false);
	is(rig, "16.50");
	output_cell(&rig->out, &text, true);
	is(rig, "a.b");
	output_cell(&rig->out, &nil, true);
	is(rig, "-");
}

static void
width_counts_columns_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(table_width(span_str("Hà Giang")), 8);
	/* The same with marks that stand on their letters. */
	assert_int_equal(table_width(span_str("Ha\xcc\x80 Giang")), 8);
	assert_int_equal(table_width(span_str("")), 0);
	assert_int_equal(table_width(span_str("\xe4\xb8\xad")), 2);
}

static void
columns_are_aligned_and_lines_end_without_spaces(void **state)
{
	static const char *const cells[] = {"unit",     "value",  "reason",
	                                    "Hà Giang", "9.00",   "",
	                                    "X",        "-10.50", "late"};
	struct rig *rig = *state;
	struct table t;

	table_init(&t, 3);
	table_right(&t, 1);
	for (size_t i = 0; i < 9; i++)
		table_cell(&t, span_str(cells[i]));
	assert_int_equal(table_print(&t, &rig->out), ERR_OK);
	is(rig, "unit       value  reason\n"
	        "Hà Giang    9.00\n"
	        "X         -10.50  late\n");
	table_fini(&t);
}

static void
columns_that_say_nothing_and_titles_that_are_empty_are_left_out(void **state)
{
	static const char *const cells[] = {"a", "b", "c", "1", "", "3"};
	struct rig *rig = *state;
	struct table t;

	table_init(&t, 3);
	for (size_t i = 0; i < 6; i++)
		table_cell(&t, span_str(cells[i]));
	assert_int_equal(table_print(&t, &rig->out), ERR_OK);
	is(rig, "a  c\n1  3\n");
	table_fini(&t);

	table_init(&t, 1);
	table_cell(&t, span_str(""));
	table_cell(&t, span_str("  a line"));
	table_cell(&t, span_str(""));
	table_cell(&t, span_str("another"));
	assert_int_equal(table_print(&t, &rig->out), ERR_OK);
	is(rig, "  a line\n\nanother\n");
	table_fini(&t);
}

static void
nothing_from_outside_can_command_the_terminal(void **state)
{
	struct rig *rig = *state;
	struct table t;

	table_init(&t, 1);
	table_cell(&t, span_str("x"));
	table_cell(&t, span_str("\x1b[31m\xff\n"));
	assert_int_equal(table_print(&t, &rig->out), ERR_OK);
	is(rig, "x\n?[31m??\n");
	table_fini(&t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(json_keeps_declared_decimals_null_and_escapes),
	    CASE(json_of_no_fields_is_an_empty_object),
	    CASE(json_nests_names_with_a_point),
	    CASE(json_nests_names_with_points),
	    CASE(milliseconds_are_shown_as_a_time_under_its_own_name),
	    CASE(
	        csv_has_all_columns_quotes_what_it_must_and_leaves_absent_empty),
	    CASE(a_cell_has_a_decimal_comma_only_where_asked),
	    CASE(width_counts_columns_not_bytes),
	    CASE(columns_are_aligned_and_lines_end_without_spaces),
	    CASE(
	        columns_that_say_nothing_and_titles_that_are_empty_are_left_out),
	    CASE(nothing_from_outside_can_command_the_terminal),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
