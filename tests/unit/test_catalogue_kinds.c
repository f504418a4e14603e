/* links: common/domain/catalogue_rows.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_take.c common/domain/catalogue_units.c common/domain/catalogue_check.c common/domain/catalogue_indicators.c common/domain/catalogue_sources.c common/domain/catalogue_targets.c common/domain/catalogue_kinds.c common/domain/catalogue_rules.c common/domain/catalogue_lookup.c common/domain/catalogue_duty.c common/domain/verdict_names.c common/domain/arena.c common/domain/text.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/base/map.c common/base/buf.c common/base/err.c tests/lib/cat_lines.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/catalogue.h"
#include "tests/lib/cat_lines.h"

/* Kinds of targets: which keys each takes and needs, and what becomes of them. */

static const struct cat_line base[] = {
    {CAT_UNIT, "vn||Viet Nam|||nation||"},
    {CAT_UNIT, "north|02|North|||province||2025-06-30"},
    {CAT_UNIT, "south|08|South|||province||2025-06-30"},
    {CAT_UNIT, "coast|09|Coast|||province||"},
    {CAT_UNIT, "whole|10|Whole|||province|2025-07-01|"},
    {CAT_MAP, "2021|Borders||vn|territory||2025-06-30"},
    {CAT_MAP, "2025|Borders||vn|territory|2025-07-01|"},
    {CAT_MEMBER, "2025|whole|vn|||"},
    {CAT_MEMBER, "2025|coast|vn|||"},
    {CAT_MEMBER, "2021|north|vn|||"},
    {CAT_MEMBER, "2021|south|vn|||"},
    {CAT_MEMBER, "2021|coast|vn|||"},
    {CAT_INDICATOR, "poor||Poor||%|2|100|down|||||||ratio|last||A|0|100"},
    {CAT_INDICATOR, "water||Water|||1||up|||||||sum|last"},
    {CAT_INDICATOR, "any||Any|||1||none"},
    {CAT_INDICATOR, "km||Km|||0||up|||||||sum|sum|none|Q"},
    {CAT_INDICATOR, "kmq||Km|||0||up|||||||sum|none|none|Q"},
    {CAT_INDICATOR, "met||Met||%|1|100|up||province|||||share|last"},
    {CAT_DOCUMENT, "doc||2015"},
    {CAT_PROGRAMME, "prog|Tên|Name|2016|2030"},
    {CAT_TARGET, "prog|old|text|doc|2021|poor||province|2021||level|5|||||||"
                 "2030"},
};
enum {
	N_BASE = sizeof(base) / sizeof(base[0]),
};

struct built {
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c;
	enum err err;
};

static void
built_fini(struct built *b)
{
	cat_rows_fini(&b->rows);
	cat_errors_fini(&b->errors);
	catalogue_free(&b->c);
}

static size_t
field_of(struct span name)
{
	const struct cat_kind_info *info = &cat_kinds[CAT_TARGET];

	for (size_t i = 0; i < info->n_fields; i++)
		if (span_equal(span_str(info->fields[i]), name))
			return i;
	fail_msg("no field %.*s", (int)name.len, (const char *)name.ptr);
	return 0;
}

/* "kind=level; units=north coast; due=2020": what is not given is as in target t of
 * prog, in force from 2016, of doc, due in 2020 and of unit north. */
static void
add_target(struct cat_rows *rows, const char *text)
{
	static const char *const usual[] = {"prog", "t", "text", "doc", "2016"};
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};

	for (size_t i = 0; i < 5; i++)
		fields[i] = span_str(usual[i]);
	fields[field_of(span_str("due"))] = span_str("2020");
	if (strstr(text, "level=") == NULL)
		fields[field_of(span_str("units"))] = span_str("coast");
	while (*text != '\0') {
		size_t name = strcspn(text, "=");
		size_t value = strcspn(text + name + 1, ";");

		fields[field_of(span_of(text, name))] =
		    span_of(text + name + 1, value);
		text += name + 1 + value;
		text += strspn(text, "; ");
	}
	assert_int_equal(cat_rows_add(rows, CAT_TARGET, fields, NULL), ERR_OK);
}

static void
build(struct built *b, const char *one, const char *two)
{
	b->c = NULL;
	cat_rows_init(&b->rows);
	cat_errors_init(&b->errors);
	cat_lines_rows(&b->rows, base, N_BASE);
	add_target(&b->rows, one);
	if (two != NULL)
		add_target(&b->rows, two);
	b->err = catalogue_build(&b->c, &b->rows, NULL, &b->errors);
}

static const struct cat_target_version *
build_version(struct built *b, const char *text)
{
	build(b, text, NULL);
	if (b->err != ERR_OK)
		fail_msg("%s: %s", text, b->errors.list[0].text);
	return b->c->targets[catalogue_target(b->c, span_str("prog/t"))]
	    .versions;
}

/* --- what is refused ------------------------------------------------------ */

static const struct wrong {
	const char *target;
	enum err code;
	const char *field;
	const char *text;
	const char *hint; /* NULL: any */
} wrong[] = {
    {"kind=multiple; indicator=water; base_period=2015; base_value=2",
     ERR_MISSING_FIELD, "factor", "kind multiple needs factor", NULL},
    {"kind=multiple; indicator=water; factor=1.5", ERR_MISSING_FIELD,
     "base_period", "needs base", NULL},
    {"kind=multiple; indicator=water; base_period=2015; base_value=2; factor=0",
     ERR_BAD_VALUE, "factor", "greater than 0", NULL},
    {"kind=multiple; indicator=water; base_period=2015; base_value=2; "
     "factor=1000.1",
     ERR_BAD_VALUE, "factor", "at most 1000", NULL},
    {"kind=multiple; indicator=water; base_period=2015; base_value=2; "
     "factor=1.50001",
     ERR_TOO_PRECISE, "factor", "", NULL},
    {"kind=multiple; indicator=water; base_period=2015; base_value=2; "
     "factor=1.0",
     ERR_BAD_VALUE, "factor", "asks for nothing", "kind maintain?"},
    {"kind=multiple; indicator=any; base_period=2015; base_value=2; "
     "factor=0.9; factor_far=1.1",
     ERR_BAD_VALUE, "factor", "the other for less", NULL},
    {"kind=multiple; indicator=water; base_period=2015; base_value=2; "
     "factor=0.5",
     ERR_BAD_VALUE, "factor", "contradicts", NULL},
    {"kind=multiple; indicator=poor; base_period=2015; base_value=2; factor=2",
     ERR_BAD_VALUE, "factor", "contradicts", NULL},
    {"kind=multiple; indicator=poor; base_period=2015; base_value=2; "
     "factor=0.5; value=3",
     ERR_BAD_VALUE, "value", "a number does not belong to kind multiple", NULL},
    {"kind=halving; indicator=water; base_period=2015; base_value=2",
     ERR_BAD_VALUE, "kind", "contradicts", NULL},
    {"kind=halving; indicator=poor", ERR_MISSING_FIELD, "base_period",
     "needs base", NULL},
    {"kind=halving; indicator=poor; base_period=2015; base_value=2; factor=0.5",
     ERR_BAD_VALUE, "factor", "does not belong", "kind multiple"},
    {"kind=share; indicator=water; value=80", ERR_BAD_VALUE, "indicator",
     "place rule share", "kind level?"},
    {"kind=share; indicator=met; value=80; sense=at_most", ERR_BAD_VALUE,
     "sense", "contradicts", NULL},
    {"kind=count; indicator=water; value=5; base_period=2015; base_value=1",
     ERR_BAD_VALUE, "base_period", "base does not belong to kind count", NULL},
    {"kind=count; indicator=water; value=-5", ERR_BAD_VALUE, "value",
     "not negative", NULL},
    {"kind=count; indicator=water; value=5; per=month", ERR_BAD_VALUE, "per",
     "month", NULL},
    {"kind=count; indicator=water; value=5; path=line", ERR_BAD_VALUE, "path",
     "path line does not belong to kind count", NULL},
    {"kind=count; indicator=water; value=5; milestones=2018=5", ERR_BAD_VALUE,
     "path", "path milestones", NULL},
    {"kind=count; indicator=water; value=5; per=programme; path=steps",
     ERR_BAD_VALUE, "path", "path steps", NULL},
    {"kind=count; indicator=kmq; value=5", ERR_BAD_FREQUENCY, "indicator",
     "judged by years", NULL},
    {"kind=count; indicator=km; value=5; due=2020-Q4", ERR_BAD_FREQUENCY, "due",
     "not a year", NULL},
    {"kind=level; indicator=water; value=5; due=2016/2020", ERR_BAD_FREQUENCY,
     "due", "2016/2020", NULL},
    {"kind=relative; indicator=water; value=1.5", ERR_MISSING_FIELD,
     "relative_indicator", "needs relative_to", NULL},
    {"kind=relative; indicator=water; relative_unit=coast", ERR_BAD_VALUE,
     "relative_unit", "against itself", NULL},
    {"kind=relative; indicator=water; relative_indicator=watr",
     ERR_UNKNOWN_REFERENCE, "relative_indicator", "watr", "water?"},
    {"kind=relative; indicator=water; relative_indicator=km", ERR_BAD_FREQUENCY,
     "relative_indicator", "frequency of water", NULL},
    {"kind=relative; indicator=water; relative_unit=vn; path=line",
     ERR_BAD_VALUE, "path", "path line does not belong", NULL},
    {"kind=relative; indicator=any; relative_unit=vn; value=1",
     ERR_MISSING_FIELD, "sense", "no direction", NULL},
    {"kind=level; indicator=water; value=5; relative_unit=vn", ERR_BAD_VALUE,
     "relative_unit", "relative_to does not belong to kind level",
     "kind relative"},
    {"kind=maintain; indicator=water", ERR_MISSING_FIELD, "value",
     "a number or a base", NULL},
    {"kind=maintain; indicator=water; value=5; path=line", ERR_BAD_VALUE,
     "path", "path does not belong to kind maintain", NULL},
    {"kind=plan; indicator=water; value=0", ERR_BAD_VALUE, "value",
     "greater than 0", NULL},
    {"kind=plan; indicator=water; plan=2018=9; value=90.555", ERR_TOO_PRECISE,
     "value", "", NULL},
    {"kind=plan; indicator=water; plan=2018=9; value=100000.01", ERR_BAD_VALUE,
     "value", "100000 per cent", NULL},
    {"kind=plan; indicator=water; value=90; sense=at_most", ERR_BAD_VALUE,
     "sense", "contradicts", NULL},
    {"kind=plan; indicator=poor; value=90", ERR_BAD_VALUE, "sense",
     "contradicts", NULL},
    {"kind=plan; indicator=water; plan=2018=9 2018=8", ERR_DUPLICATE_ID, "plan",
     "two numbers", NULL},
    {"kind=plan; indicator=water; plan=2018-Q1=9", ERR_BAD_VALUE, "plan",
     "2018-Q1", NULL},
    {"kind=level; indicator=water; value=5; plan=2018=9", ERR_BAD_VALUE, "plan",
     "plan does not belong", "kind plan"},
    {"kind=zero; indicator=poor; value=1", ERR_BAD_VALUE, "value",
     "a number does not belong to kind zero",
     "kind level, step, share, count, relative, maintain, plan"},
    {"kind=level; indicator=water; value=5; base_period=2015; base_value=1; "
     "method=required-rate",
     ERR_BAD_VALUE, "method", "required-rate", NULL},
    {"kind=level; indicator=water; value=5; method=eurostat", ERR_MISSING_FIELD,
     "method", "needs a base", NULL},
    {"kind=count; indicator=water; value=5; method=opensdg", ERR_BAD_VALUE,
     "method", "only a path", "method: path"},
    {"kind=step; indicator=poor; value=1; steps=each; base_period=2015; "
     "base_value=9; method=eurostat",
     ERR_BAD_VALUE, "method", "only a path", NULL},
    {"kind=level; indicator=poor; value=5; in_force_from=2026; due=2030; "
     "successor_of=prog/odl",
     ERR_UNKNOWN_REFERENCE, "successor_of", "prog/odl", "prog/old?"},
    {"kind=level; indicator=poor; value=5; in_force_from=2026; due=2030; "
     "successor_of=prog/t",
     ERR_BAD_VALUE, "successor_of", "itself", NULL},
    {"kind=level; indicator=poor; value=5; in_force_from=2024; due=2030; "
     "successor_of=prog/old",
     ERR_BAD_VALUE, "successor_of", "no unit that is abolished", NULL},
    {"kind=level; indicator=poor; value=5; in_force_from=2026; due=2030; "
     "successor_of=prog/old; successor_units=north coast",
     ERR_BAD_VALUE, "successor_units", "coast is not abolished", NULL},
    {"kind=level; indicator=poor; value=5; in_force_from=2026; due=2030; "
     "successor_of=prog/old; successor_units=vn",
     ERR_BAD_VALUE, "successor_units", "vn is not bound by", NULL},
    {"kind=level; indicator=poor; value=5; in_force_from=2026; due=2030; "
     "successor_units=north",
     ERR_MISSING_FIELD, "successor_of", "belong to a target", NULL},
};

static void
each_kind_takes_its_own_keys_and_needs_some(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const struct wrong *w = &wrong[i];
		struct built b;
		const struct cat_error *e;

		build(&b, w->target, NULL);
		e = b.errors.list;
		if (b.err != ERR_REFUSED || e->code != w->code ||
		    e->field == UINT8_MAX ||
		    strcmp(cat_kinds[e->kind].fields[e->field], w->field) !=
		        0 ||
		    !strstr(e->text, w->text) ||
		    (w->hint && strcmp(e->hint, w->hint) != 0))
			fail_msg(
			    "%s: %s, %s (%s)", w->target,
			    err_name(b.err == ERR_REFUSED ? e->code : b.err),
			    b.err == ERR_REFUSED ? e->text : "",
			    b.err == ERR_REFUSED ? e->hint : "");
		built_fini(&b);
	}
}

/* --- what is made of them ------------------------------------------------- */

static void
a_range_of_factors_is_met_at_its_milder_end(void **state)
{
	static const struct {
		const char *text;
		int64_t factor, far;
		enum target_sense sense;
	} rows[] = {
	    {"kind=multiple; indicator=water; base_period=2015; base_value=2; "
	     "factor=3; factor_far=2.5",
	     25000, 30000, SENSE_AT_LEAST},
	    {"kind=multiple; indicator=poor; base_period=2015; base_value=2; "
	     "factor=0.5; factor_far=0.75",
	     7500, 5000, SENSE_AT_MOST},
	    {"kind=multiple; indicator=any; base_period=2015; "
	     "base_value=series; factor=1000",
	     10000000, 0, SENSE_AT_LEAST},
	    {"kind=halving; indicator=poor; base_period=2015; base_value=2",
	     5000, 0, SENSE_AT_MOST},
	    {"kind=relative; indicator=poor; relative_unit=vn; value=1.5",
	     15000, 0, SENSE_AT_MOST},
	    {"kind=relative; indicator=poor; relative_unit=vn; value=1.5; "
	     "value_far=2; sense=below",
	     20000, 15000, SENSE_BELOW},
	    {"kind=relative; indicator=water; relative_unit=vn", 10000, 0,
	     SENSE_AT_LEAST},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct built b;
		const struct cat_target_version *v =
		    build_version(&b, rows[i].text);

		assert_int_equal(v->factor, rows[i].factor);
		assert_int_equal(v->factor_far, rows[i].far);
		assert_int_equal(v->sense, rows[i].sense);
		assert_false(v->has_value);
		built_fini(&b);
	}
}

static void
each_kind_has_its_default_path(void **state)
{
	static const struct {
		const char *text;
		enum target_path path;
	} rows[] = {
	    {"kind=share; indicator=met; value=80", PATH_LINE},
	    {"kind=halving; indicator=poor; base_period=2015; base_value=2",
	     PATH_LINE},
	    {"kind=count; indicator=km; value=80", PATH_STEPS},
	    {"kind=count; indicator=km; value=80; path=none", PATH_NONE},
	    {"kind=count; indicator=km; value=80; per=programme", PATH_NONE},
	    {"kind=count; indicator=km; value=80; per=programme; path=line",
	     PATH_LINE},
	    {"kind=count; indicator=km; value=80; per=programme; "
	     "milestones=2018=40",
	     PATH_MILESTONES},
	    {"kind=relative; indicator=water; relative_unit=vn", PATH_NONE},
	    {"kind=maintain; indicator=water; value=80", PATH_STEPS},
	    {"kind=plan; indicator=water", PATH_STEPS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct built b;

		assert_int_equal(build_version(&b, rows[i].text)->path,
		                 rows[i].path);
		built_fini(&b);
	}
}

static void
a_degree_of_fulfilment_is_a_percentage_of_the_plan_or_the_indicator(
    void **state)
{
	struct built b;
	const struct cat_target_version *v =
	    build_version(&b, "kind=plan; indicator=water; value=95.5; "
	                      "plan=2018=9.5 2017=9");

	(void)state;
	assert_false(v->has_value);
	assert_int_equal(v->factor, 9550);
	assert_int_equal(v->n_plan, 2);
	assert_int_equal(v->plan[0].value, 90);
	assert_int_equal(v->plan[1].value, 95);
	built_fini(&b);
	v = build_version(&b, "kind=plan; indicator=water");
	assert_true(v->has_value);
	assert_int_equal(v->value, 1000);
	assert_int_equal(v->sense, SENSE_AT_LEAST);
	assert_int_equal(v->factor, 0);
	built_fini(&b);
}

static void
a_due_period_may_be_longer_than_the_indicators(void **state)
{
	struct built b;
	const struct cat_target_version *v =
	    build_version(&b, "kind=level; indicator=km; value=80; due=2020");

	(void)state;
	assert_int_equal(target_frequency(b.c, v), FREQ_QUARTER);
	built_fini(&b);
	v = build_version(&b, "kind=count; indicator=km; value=80; due=2020");
	assert_int_equal(target_frequency(b.c, v), FREQ_ANNUAL);
	built_fini(&b);
	v = build_version(&b, "kind=relative; indicator=water; value=0.5; "
	                      "relative_indicator=any");
	assert_int_equal(v->relative_definition,
	                 catalogue_definition(b.c, span_str("any")));
	assert_int_equal(v->relative_unit, NUMBER_NONE);
	built_fini(&b);
	build(&b,
	      "kind=level; indicator=km; value=80; base_period=2020-Q4; "
	      "base_value=3; due=2020",
	      NULL);
	assert_int_equal(b.err, ERR_REFUSED);
	assert_non_null(strstr(b.errors.list[0].text, "before due"));
	built_fini(&b);
}

static void
a_successor_takes_over_what_is_abolished(void **state)
{
	static const char all[] = "kind=level; indicator=poor; value=5; "
	                          "in_force_from=2025; due=2030; units=whole; "
	                          "successor_of=prog/old";
	static const char some[] = "kind=level; indicator=poor; value=5; "
	                           "in_force_from=2025; due=2030; units=whole; "
	                           "successor_of=prog/old; "
	                           "successor_units=south";
	static const char again[] = "target=u; kind=level; indicator=poor; "
	                            "value=5; in_force_from=2025; due=2030; "
	                            "units=whole; successor_of=prog/old";
	const struct cat_target *old;
	uint32_t north, south, coast;
	struct built b;

	(void)state;
	build(&b, all, NULL);
	assert_int_equal(b.err, ERR_OK);
	old = &b.c->targets[catalogue_target(b.c, span_str("prog/old"))];
	north = catalogue_unit(b.c, span_str("north"));
	south = catalogue_unit(b.c, span_str("south"));
	coast = catalogue_unit(b.c, span_str("coast"));
	assert_int_equal(target_successor(old, north),
	                 catalogue_target(b.c, span_str("prog/t")));
	assert_int_not_equal(target_successor(old, south), NUMBER_NONE);
	assert_int_equal(target_successor(old, coast), NUMBER_NONE);
	built_fini(&b);
	build(&b, some, NULL);
	assert_int_equal(b.err, ERR_OK);
	old = &b.c->targets[catalogue_target(b.c, span_str("prog/old"))];
	assert_int_equal(target_successor(old, north), NUMBER_NONE);
	assert_int_not_equal(target_successor(old, south), NUMBER_NONE);
	built_fini(&b);
	build(&b, some, again);
	assert_int_equal(b.err, ERR_REFUSED);
	assert_int_equal(b.errors.list[0].code, ERR_DUPLICATE_ID);
	assert_non_null(strstr(b.errors.list[0].text, "unit south"));
	built_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_takes_its_own_keys_and_needs_some),
	    cmocka_unit_test(a_range_of_factors_is_met_at_its_milder_end),
	    cmocka_unit_test(each_kind_has_its_default_path),
	    cmocka_unit_test(
	        a_degree_of_fulfilment_is_a_percentage_of_the_plan_or_the_indicator),
	    cmocka_unit_test(a_due_period_may_be_longer_than_the_indicators),
	    cmocka_unit_test(a_successor_takes_over_what_is_abolished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
