/* links: common/formats/csv.c common/formats/catalogue_csv.c common/formats/catalogue_tree.c common/formats/catalogue_yaml.c common/domain/catalogue_rows.c common/domain/arena.c common/domain/text.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/formats/catalogue_csv.h"
#include "common/formats/catalogue_yaml.h"

struct files {
	struct cat_rows rows;
	struct cat_errors errors;
};

static void
files_init(struct files *f)
{
	cat_rows_init(&f->rows);
	cat_errors_init(&f->errors);
}

static void
files_fini(struct files *f)
{
	cat_rows_fini(&f->rows);
	cat_errors_fini(&f->errors);
}

static enum err
read_csv(struct files *f, enum cat_kind kind, const char *text)
{
	files_init(f);
	return catalogue_csv_read(cat_kinds[kind].file, span_str(text), kind,
	                          &f->rows, &f->errors);
}

static enum err
read_yaml(struct files *f, const char *text)
{
	files_init(f);
	return catalogue_yaml_read("p.yaml", span_str(text), &f->rows,
	                           &f->errors);
}

struct wrong {
	const char *text;
	enum err code;
	uint32_t line;
	uint32_t column;
	const char *hint;
};

static void
check_first(struct files *f, enum err err, const struct wrong *w)
{
	const struct cat_error *e = f->errors.list;

	if (err != ERR_REFUSED || e->code != w->code ||
	    e->place.line != w->line || e->place.column != w->column ||
	    (w->hint && strcmp(e->hint, w->hint) != 0))
		fail_msg("%s\n%s at %u:%u: %s (%s)", w->text,
		         err_name(err == ERR_REFUSED ? e->code : err),
		         err == ERR_REFUSED ? e->place.line : 0,
		         err == ERR_REFUSED ? e->place.column : 0,
		         err == ERR_REFUSED ? e->text : "",
		         err == ERR_REFUSED ? e->hint : "");
	assert_int_equal(e->row, UINT32_MAX);
	files_fini(f);
}

static void
columns_may_stand_in_any_order(void **state)
{
	struct files f;

	(void)state;
	assert_int_equal(read_csv(&f, CAT_MAP,
	                          "kind;root;name;map\r\n"
	                          "territory;land;\"Địa; giới\";2021\r\n"),
	                 ERR_OK);
	assert_int_equal(f.rows.n, 1);
	assert_string_equal(f.rows.rows[0].fields[0], "2021");
	assert_string_equal(f.rows.rows[0].fields[1], "Địa; giới");
	assert_string_equal(f.rows.rows[0].fields[2], "");
	assert_int_equal(f.rows.rows[0].places[1].column, 16);
	assert_int_equal(f.rows.rows[0].places[2].column, 0);
	assert_int_equal(f.rows.rows[0].places[2].line, 2);
	assert_string_equal(f.rows.rows[0].file, "maps.csv");
	files_fini(&f);
}

static void
wrong_tables_are_placed(void **state)
{
	static const struct wrong cases[] = {
	    {"map,unit,parnet\n", ERR_UNKNOWN_COLUMN, 1, 10, "parent?"},
	    {"map,unit,parent,map\n", ERR_DUPLICATE_FIELD, 1, 17, ""},
	    {"map,unit\n", ERR_MISSING_FIELD, 1, 1, ""},
	    {"", ERR_MISSING_FIELD, 1, 1, ""},
	    {"map,unit,parent\na,b,c\n\na,b\n", ERR_BAD_CSV, 4, 1, ""},
	    {"map,unit,parent\na,b,c,d\n", ERR_BAD_CSV, 2, 1, ""},
	    {"map,unit,parent\na,b,\"c\n", ERR_BAD_CSV, 2, 5, ""},
	    {"map,unit,parent\na,\xff,c\n", ERR_BAD_TEXT, 2, 3, ""},
	};
	struct files f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_first(&f, read_csv(&f, CAT_MEMBER, cases[i].text),
		            &cases[i]);
}

static void
every_kind_with_a_file_can_be_read(void **state)
{
	(void)state;
	for (int kind = 0; kind < CAT_KINDS; kind++) {
		struct files f;
		struct buf text;

		if (!cat_kinds[kind].file)
			continue;
		buf_init(&text, 1000);
		for (size_t i = 0; i < cat_kinds[kind].n_fields; i++)
			buf_printf(&text, "%s%s", i > 0 ? "," : "",
			           cat_kinds[kind].fields[i]);
		assert_int_equal(
		    read_csv(&f, (enum cat_kind)kind, buf_cstr(&text)), ERR_OK);
		buf_fini(&text);
		files_fini(&f);
	}
}

#define HEAD "programme: p\n"

static void
a_programme_becomes_rows(void **state)
{
	struct files f;
	const struct cat_row *r;

	(void)state;
	assert_int_equal(read_yaml(&f, HEAD
	                           "name: {vi: \"Tên\", en: Name}\n"
	                           "period: {from: 2016, to: 2020}\n"
	                           "targets:\n"
	                           "- target: t\n"
	                           "  text: \"một\"\n"
	                           "  in_force_from: 2016\n"
	                           "  units: [a, b]\n"
	                           "  above: \"3.0\"\n"
	                           "  base: {period: 2015, value: series}\n"
	                           "  path: {milestones: {2018: \"1.5\"}}\n"
	                           "  reference: true\n"
	                           "  alerts:\n"
	                           "  - {when: [behind, missed], after: 2}\n"
	                           "- {target: u, base: series, range: "
	                           "[\"3\", '4']}\n"),
	                 ERR_OK);
	assert_int_equal(f.rows.n, 4);
	r = f.rows.rows;
	assert_int_equal(r[0].kind, CAT_PROGRAMME);
	assert_string_equal(r[0].fields[1], "Tên");
	assert_string_equal(r[0].fields[4], "2020");
	assert_int_equal(r[1].kind, CAT_TARGET);
	assert_string_equal(r[1].fields[0], "p");
	assert_string_equal(r[1].fields[6], "a b");
	assert_string_equal(r[1].fields[11], "3.0");
	assert_string_equal(r[1].fields[13], "above");
	assert_string_equal(r[1].fields[15], "2015");
	assert_string_equal(r[1].fields[16], "series");
	assert_string_equal(r[1].fields[20], "2018=1.5");
	assert_string_equal(r[1].fields[23], "yes");
	assert_int_equal(r[1].line, 5);
	assert_int_equal(r[1].places[11].line, 9);
	assert_int_equal(r[1].places[11].column, 10);
	assert_int_equal(r[2].kind, CAT_RULE);
	assert_string_equal(r[2].fields[1], "t");
	assert_string_equal(r[2].fields[2], "2016");
	assert_string_equal(r[2].fields[3], "behind missed");
	assert_string_equal(r[2].fields[6], "2");
	assert_string_equal(r[3].fields[12], "4");
	assert_string_equal(r[3].fields[16], "series");
	files_fini(&f);
}

static void
keys_of_some_kinds_become_fields(void **state)
{
	static const struct {
		const char *text;
		struct {
			uint8_t field;
			const char *text;
		} is[3];
	} rows[] = {
	    {"at_most: [\"3\", \"4\"]",
	     {{11, "3"}, {12, "4"}, {13, "at_most"}}},
	    {"factor: \"1.5\"", {{24, "1.5"}, {25, ""}}},
	    {"factor: [\"2.5\", \"3\"]", {{24, "2.5"}, {25, "3"}}},
	    {"per: programme", {{26, "programme"}}},
	    {"relative_to: {indicator: x@d, unit: vn}",
	     {{27, "x@d"}, {28, "vn"}}},
	    {"relative_to: {unit: vn}", {{27, ""}, {28, "vn"}}},
	    {"plan: {2024: \"9000\", 2025: \"9500\"}",
	     {{29, "2024=9000 2025=9500"}}},
	    {"successor_of: p/t", {{30, "p/t"}, {31, ""}}},
	    {"successor_of: {target: p/t, units: [a, b]}",
	     {{30, "p/t"}, {31, "a b"}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct files f;
		char text[200];

		(void)snprintf(text, sizeof(text), HEAD "targets:\n- %s\n",
		               rows[i].text);
		assert_int_equal(read_yaml(&f, text), ERR_OK);
		for (int k = 0; k < 3 && rows[i].is[k].text; k++)
			assert_string_equal(
			    f.rows.rows[1].fields[rows[i].is[k].field],
			    rows[i].is[k].text);
		files_fini(&f);
	}
}

static void
columns_count_bytes_not_letters(void **state)
{
	static const struct wrong w = {"name: {vi: Tên, ne: Name}\n",
	                               ERR_UNKNOWN_KEY, 1, 18, ""};
	struct files f;

	(void)state;
	check_first(&f, read_yaml(&f, w.text), &w);
}

static void
wrong_programmes_are_placed(void **state)
{
	static const struct wrong cases[] = {
	    {"", ERR_MISSING_FIELD, 1, 1, ""},
	    {"a: [\n", ERR_BAD_YAML, 2, 1, ""},
	    {HEAD "programmes: q\n", ERR_UNKNOWN_KEY, 2, 1, "programme?"},
	    {HEAD "programme: q\n", ERR_DUPLICATE_FIELD, 2, 1, ""},
	    {HEAD "targets:\n- targte: t\n", ERR_UNKNOWN_KEY, 3, 3, "target?"},
	    {HEAD "targets: t\n", ERR_BAD_TYPE, 2, 10, ""},
	    {HEAD "targets: [t]\n", ERR_BAD_TYPE, 2, 11, ""},
	    {HEAD "period: 2016\n", ERR_BAD_TYPE, 2, 9, ""},
	    {HEAD "targets:\n- text: [a]\n", ERR_BAD_TYPE, 3, 9, ""},
	    {HEAD "targets:\n- at_least: 3.0\n", ERR_BAD_TYPE, 3, 13, ""},
	    {HEAD "targets:\n- margin: 1\n", ERR_BAD_TYPE, 3, 11, ""},
	    {HEAD "targets:\n- range: [\"1\"]\n", ERR_BAD_TYPE, 3, 10, ""},
	    {HEAD "targets:\n- range: [\"1\", 2]\n", ERR_BAD_TYPE, 3, 16, ""},
	    {HEAD "targets:\n- factor: 1.5\n", ERR_BAD_TYPE, 3, 11, ""},
	    {HEAD "targets:\n- at_least: [\"1\"]\n", ERR_BAD_TYPE, 3, 13, ""},
	    {HEAD "targets:\n- relative_to: vn\n", ERR_BAD_TYPE, 3, 16, ""},
	    {HEAD "targets:\n- relative_to: {units: vn}\n", ERR_UNKNOWN_KEY, 3,
	     17, "unit?"},
	    {HEAD "targets:\n- plan: {2018: 1}\n", ERR_BAD_TYPE, 3, 16, ""},
	    {HEAD "targets:\n- plan: \"9\"\n", ERR_BAD_TYPE, 3, 9, ""},
	    {HEAD "targets:\n- successor_of: {targte: p/t}\n", ERR_UNKNOWN_KEY,
	     3, 18, "target?"},
	    {HEAD "targets:\n- factor: \"2\"\n  facter: \"2\"\n",
	     ERR_UNKNOWN_KEY, 4, 3, "factor?"},
	    {HEAD "targets:\n- at_least: \"1\"\n  below: \"2\"\n",
	     ERR_DUPLICATE_FIELD, 4, 10, ""},
	    {HEAD "targets:\n- base: {period: 2015, value: 27.81}\n",
	     ERR_BAD_TYPE, 3, 31, ""},
	    {HEAD "targets:\n- base: 2015\n", ERR_BAD_VALUE, 3, 9, ""},
	    {HEAD "targets:\n- milestones: {2018: 1}\n", ERR_BAD_TYPE, 3, 22,
	     ""},
	    {HEAD "targets:\n- units: [\"a b\"]\n", ERR_BAD_VALUE, 3, 11, ""},
	    {HEAD "targets:\n- alerts:\n  - {whn: [behind]}\n", ERR_UNKNOWN_KEY,
	     4, 6, "when?"},
	    {HEAD "name: &n x\n", ERR_BAD_YAML, 2, 7, ""},
	    {HEAD "name: *n\n", ERR_BAD_YAML, 2, 7, ""},
	    {HEAD "name: !!str x\n", ERR_BAD_YAML, 2, 7, ""},
	    {HEAD "---\nprogramme: q\n", ERR_BAD_YAML, 2, 1, ""},
	    {HEAD "name: [[[[[[[[]]]]]]]]\n", ERR_TOO_DEEP, 2, 14, ""},
	};
	struct files f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_first(&f, read_yaml(&f, cases[i].text), &cases[i]);
}

static enum err
read_long(size_t bytes, enum err *code)
{
	struct files f;
	struct buf text;
	enum err err;

	files_init(&f);
	buf_init(&text, 4 * CATALOGUE_YAML_BYTES);
	buf_put_str(&text, HEAD "#");
	while (text.len < bytes)
		buf_put_u8(&text, 'x');
	err =
	    catalogue_yaml_read("p.yaml", buf_span(&text), &f.rows, &f.errors);
	*code = err == ERR_REFUSED ? f.errors.list[0].code : ERR_OK;
	buf_fini(&text);
	files_fini(&f);
	return err;
}

static void
a_programme_file_has_its_limit(void **state)
{
	enum err code;

	(void)state;
	assert_int_equal(read_long(CATALOGUE_YAML_BYTES, &code), ERR_OK);
	assert_int_equal(read_long(CATALOGUE_YAML_BYTES + 1, &code),
	                 ERR_REFUSED);
	assert_int_equal(code, ERR_TOO_LARGE);
}

static void
changed_bytes_never_harm(void **state)
{
	static const char text[] =
	    HEAD "name: {vi: \"Tên\"}\ntargets:\n- {target: t, units: [a], "
	         "base: {period: 2015, value: series}}\n- target: u\n  "
	         "milestones: {2018: \"1\"}\n  alerts: [{when: behind}]\n";
	static const char letters[] = "{}[]:,-\"'&*!|># \n\t\xe1x";
	uint64_t seed = 11;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 20000; round++) {
		char changed[sizeof(text)];
		struct files f;

		memcpy(changed, text, sizeof(text));
		for (int i = 0; i < 3; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			changed[(seed >> 33) % (sizeof(text) - 1)] =
			    letters[(seed >> 50) % (sizeof(letters) - 1)];
		}
		assert_int_not_equal(read_yaml(&f, changed), ERR_NOMEM);
		files_fini(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_may_stand_in_any_order),
	    cmocka_unit_test(wrong_tables_are_placed),
	    cmocka_unit_test(every_kind_with_a_file_can_be_read),
	    cmocka_unit_test(a_programme_becomes_rows),
	    cmocka_unit_test(keys_of_some_kinds_become_fields),
	    cmocka_unit_test(columns_count_bytes_not_letters),
	    cmocka_unit_test(wrong_programmes_are_placed),
	    cmocka_unit_test(a_programme_file_has_its_limit),
	    cmocka_unit_test(changed_bytes_never_harm),
	};

	return cmocka_run_group_tests_name("catalogue_files", tests, NULL,
	                                   NULL);
}
