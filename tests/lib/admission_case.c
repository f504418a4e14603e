#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/admission_case.h"

static const struct {
	enum cat_kind kind;
	const char *fields; /* between bars */
} catalogue_text[] = {
    {CAT_UNIT, "vn|00|Việt Nam|||nation||"},
    {CAT_UNIT, "tq|08|Tuyên Quang|||province||2025-06-30"},
    {CAT_UNIT, "hg|02|Hà Giang|||province||2025-06-30"},
    {CAT_UNIT, "tq25|08|Tuyên Quang|||province|2025-07-01|"},
    {CAT_UNIT, "x1|777|X1|||district||"},
    {CAT_UNIT, "x2|777|X2|||district||"},
    {CAT_MAP, "old|Old||vn|territory||2025-06-30"},
    {CAT_MAP, "new|New||vn|territory|2025-07-01|"},
    {CAT_MEMBER, "old|tq|vn|||"},
    {CAT_MEMBER, "old|hg|vn|||"},
    {CAT_MEMBER, "old|x1|tq|||"},
    {CAT_MEMBER, "old|x2|hg|||"},
    {CAT_MEMBER, "new|tq25|vn|||"},
    {CAT_MEMBER, "new|x1|tq25|||"},
    {CAT_MEMBER, "new|x2|tq25|||"},
    {CAT_INDICATOR, "pov|c16|P||%|2|100|down|all|hh|||||ratio|last|none|A|0|"
                    "100|||||2015-12-31|2021-12-31"},
    {CAT_INDICATOR, "pov|c22|P||%|2|100|down|all|hh|||||ratio|last|none|A|0|"
                    "100|||||2021-12-31|"},
    {CAT_INDICATOR, "pov|tq|P||%|2|100|down|all|hh||||tq|ratio|last|none|A|0|"
                    "100|||||2019-12-31|2019-12-31"},
    {CAT_INDICATOR, "km|v1|K||km|1||up|all|road|||||sum|last|none|Q|||||||"
                    "2015-12-31|"},
    {CAT_INDICATOR, "inc|v1|I||VND|0||up|all|people|||||wmean|last|none|A|||"
                    "||||2015-12-31|"},
    {CAT_INDICATOR, "m|v1|M||n|1||up|all|things|||||sum|none|none|M|||||||"
                    "2015-12-31|"},
    {CAT_SOURCE, "gso|GSO|||*|A|P|1|yes"},
    {CAT_SOURCE, "tqs|TQ|tq||pov km|P||2|yes"},
    {CAT_SOURCE, "tqs|TQ|tq25||p*|E||2|yes"},
    {CAT_DOCUMENT, "d16||2016-05||I|T|||"},
    {CAT_DOCUMENT, "d20||2020-01-01|2020-02-03|I|T|||"},
    {CAT_DOCUMENT, "d-undated||||I|T|||"},
};

static const char *const texts[TEXTS] = {
    "pov",     "pov@c16", "km",        "inc",       "tq",         "hg",
    "x1",      "2018",    "2019",      "2021",      "2024",       "2026",
    "2024-Q1", "d16",     "d20",       "d-undated", "2018-03-04", "tqs",
    "",        "nothing", "pov@c99",   "08",        "777",        "m",
    "2024-03", "2024-S1", "2016/2020",
};

static void
add_row(struct cat_rows *rows, enum cat_kind kind, const char *text)
{
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};
	size_t n = 0;

	for (;; text++) {
		size_t len = strcspn(text, "|");

		assert_true(n < cat_kinds[kind].n_fields);
		fields[n++] = span_of(text, len);
		text += len;
		if (*text == '\0')
			break;
	}
	assert_int_equal(n, cat_kinds[kind].n_fields);
	assert_int_equal(cat_rows_add(rows, kind, fields, NULL), ERR_OK);
}

static struct catalogue *
build_catalogue(void)
{
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c = NULL;

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	for (size_t i = 0;
	     i < sizeof(catalogue_text) / sizeof(catalogue_text[0]); i++)
		add_row(&rows, catalogue_text[i].kind,
		        catalogue_text[i].fields);
	if (catalogue_build(&c, &rows, NULL, &errors) != ERR_OK) {
		for (size_t i = 0; i < errors.n; i++)
			print_message("row %u field %u: %s\n",
			              errors.list[i].row, errors.list[i].field,
			              errors.list[i].text);
		fail();
	}
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
	return c;
}

void
admission_case_begin(struct admission_case *f)
{
	assert_int_equal(
	    admission_begin(&f->a, f->c, &f->batch, f->dictionary, TEXTS),
	    ERR_OK);
}

int
admission_case_setup(void **state)
{
	struct admission_case *f = calloc(1, sizeof(*f));

	f->c = build_catalogue();
	f->gso = catalogue_source(f->c, span_str("gso"));
	f->tqs = catalogue_source(f->c, span_str("tqs"));
	for (size_t i = 0; i < TEXTS; i++)
		f->dictionary[i] = span_str(texts[i]);
	f->batch = (struct admission_batch){
	    .source = f->gso,
	    .received = day_of_civil(2025, 3, 1),
	    .today = day_of_civil(2025, 3, 1),
	    .units_as_of = {DAY_NONE},
	};
	assert_int_equal(admission_init(&f->a), ERR_OK);
	admission_case_begin(f);
	*state = f;
	return 0;
}

int
admission_case_teardown(void **state)
{
	struct admission_case *f = *state;

	admission_fini(&f->a);
	catalogue_free(&f->c);
	free(f);
	return 0;
}

struct draft_number
number(int64_t mantissa, uint8_t places)
{
	return (struct draft_number){{mantissa, places}, true};
}

/* pov of tq for 2018, nothing said yet. */
struct draft_row
draft(void)
{
	return (struct draft_row){
	    .row = 5,
	    .indicator = T_POV,
	    .unit = T_TQ,
	    .period = T_2018,
	    .document = DRAFT_NONE,
	    .released = DRAFT_NONE,
	    .source = DRAFT_NONE,
	    .status = DRAFT_UNSET_STATUS,
	};
}

struct draft_row
draft_value(int64_t mantissa, uint8_t places)
{
	struct draft_row row = draft();

	row.value = number(mantissa, places);
	return row;
}

struct draft_row
draft_parts(int64_t numerator, int64_t denominator)
{
	struct draft_row row = draft();

	row.numerator = number(numerator, 0);
	row.denominator = number(denominator, 0);
	return row;
}

struct figure
accepted(struct admission_case *f, struct draft_row row)
{
	struct figure out = {0};
	const char *field = "";
	enum err err = admission_row(&f->a, &row, &out, &field);

	if (err != ERR_OK)
		fail_msg("%s in %s", err_name(err), field);
	return out;
}

void
refused(struct admission_case *f, struct draft_row row, enum err err,
        const char *field)
{
	struct figure out = {.row = 4711};
	const char *got = "";

	assert_string_equal(err_name(admission_row(&f->a, &row, &out, &got)),
	                    err_name(err));
	assert_string_equal(got, field);
	assert_int_equal(out.row, 4711);
}

const char *
definition_of(struct admission_case *f, const struct figure *figure)
{
	return f->c->definitions[figure->definition].id;
}
