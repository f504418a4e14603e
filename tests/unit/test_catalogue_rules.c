/* links: tests/lib/cat_lines.c */
/* links: common/domain/catalogue_rows.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_take.c common/domain/catalogue_units.c common/domain/catalogue_check.c common/domain/catalogue_indicators.c common/domain/catalogue_sources.c common/domain/catalogue_targets.c common/domain/catalogue_kinds.c common/domain/catalogue_rules.c common/domain/catalogue_lookup.c common/domain/catalogue_duty.c common/domain/verdict_names.c common/domain/arena.c common/domain/text.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/cat_lines.h"

/* What roll-ups rest on: shares, accumulation, and the hash that tells whether
 * anything of it has changed. */

static const struct cat_line base[] = {
    {CAT_UNIT, "land||Land|||nation||"},
    {CAT_UNIT, "north|02|North|||province||"},
    {CAT_UNIT, "commune-00700|00700|Suoi|||commune||"},
    {CAT_MAP, "2021|Borders||land|territory||2025-06-30"},
    {CAT_MAP, "2025|Borders||land|territory|2025-07-01|"},
    {CAT_MEMBER, "2021|north|land|||"},
    {CAT_MEMBER, "2021|commune-00700|north|||"},
    {CAT_INDICATOR, "water||Water|||1||up"},
    {CAT_SOURCE, "office|Office|||*|A||1|yes"},
};
enum {
	N_BASE = sizeof(base) / sizeof(base[0]),
};

struct built {
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c;
};

static enum err
build_with(struct built *b, const struct cat_line *more, size_t n)
{
	b->c = NULL;
	cat_rows_init(&b->rows);
	cat_errors_init(&b->errors);
	cat_lines_rows(&b->rows, base, N_BASE);
	cat_lines_rows(&b->rows, more, n);
	return catalogue_build(&b->c, &b->rows, NULL, &b->errors);
}

static void
built_fini(struct built *b)
{
	catalogue_free(&b->c);
	cat_rows_fini(&b->rows);
	cat_errors_fini(&b->errors);
}

/* --- what is refused --- */

#define SHARE "i||I|||1|100||all|commune|||||share|||A||||||"

struct wrong {
	const char *text;
	enum err code;
	const char *field;
	const char *part; /* of what is said */
};

static const struct wrong wrong_indicators[] = {
    {"i||I|||0|||||||||sum|sum|year|Q", ERR_BAD_VALUE, "time", "over the year"},
    {"i||I|||0|||||||||sum|mean|programme|Q", ERR_BAD_VALUE, "time",
     "over the programme"},
    {"i||I|||0|||||||||share|none|", ERR_MISSING_FIELD, "counted", "the level"},
    {"i||I|||0|||all|villages|||||share", ERR_UNKNOWN_REFERENCE, "counted",
     "villages"},
    {SHARE "15", ERR_BAD_VALUE, "criterion", "as >=15"},
    {SHARE ">= 15", ERR_BAD_NUMBER, "criterion", ">= 15"},
    {SHARE ">=1.55", ERR_TOO_PRECISE, "criterion", "1 decimals"},
    {SHARE ">", ERR_BAD_NUMBER, "criterion", "criterion"},
};

static void
wrong_rules_are_placed(void **state)
{
	(void)state;
	for (size_t i = 0;
	     i < sizeof(wrong_indicators) / sizeof(wrong_indicators[0]); i++) {
		const struct wrong *w = &wrong_indicators[i];
		const struct cat_line line = {CAT_INDICATOR, w->text};
		struct built b;
		const struct cat_error *e;

		assert_int_equal(build_with(&b, &line, 1), ERR_REFUSED);
		e = b.errors.list;
		assert_int_equal(e->code, w->code);
		assert_string_equal(cat_kinds[e->kind].fields[e->field],
		                    w->field);
		assert_non_null(strstr(e->text, w->part));
		built_fini(&b);
	}
}

static void
what_accumulates_is_taken_at_its_last_period(void **state)
{
	static const struct cat_line right[] = {
	    {CAT_INDICATOR, "i||I|||0|||||||||sum|last|year|Q"},
	    {CAT_INDICATOR, "j||I|||0|||||||||sum|none|programme|Q"},
	    {CAT_INDICATOR, "k||I|||0|||||||||sum|mean|none|Q"},
	};
	struct built b;

	(void)state;
	assert_int_equal(build_with(&b, right, 3), ERR_OK);
	built_fini(&b);
}

/* --- shares and the hash --- */

static struct cat_criterion
criterion_of(const char *text)
{
	char fields[128];
	const struct cat_line line = {CAT_INDICATOR, fields};
	struct cat_criterion meets;
	struct built b;

	(void)snprintf(fields, sizeof(fields), SHARE "%s", text);
	assert_int_equal(build_with(&b, &line, 1), ERR_OK);
	meets =
	    b.c->definitions[catalogue_definition(b.c, span_str("i"))].meets;
	built_fini(&b);
	return meets;
}

static void
a_criterion_is_a_sign_and_a_number(void **state)
{
	static const struct {
		const char *text;
		enum criterion_sense sense;
		int64_t value;
	} cases[] = {
	    {">=15", CRITERION_AT_LEAST, 150}, {">15.5", CRITERION_ABOVE, 155},
	    {"<=0.5", CRITERION_AT_MOST, 5},   {"<-3", CRITERION_BELOW, -30},
	    {"=2", CRITERION_EQUAL, 20},       {"", CRITERION_AT_LEAST, 10}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cat_criterion meets = criterion_of(cases[i].text);

		assert_int_equal(meets.sense, cases[i].sense);
		assert_int_equal(meets.value, cases[i].value);
	}
}

static uint64_t
place_hash_with(const char *indicator)
{
	const struct cat_line line = {CAT_INDICATOR, indicator};
	struct built b;
	uint64_t hash;

	assert_int_equal(build_with(&b, &line, 1), ERR_OK);
	hash = b.c->place_hash;
	built_fini(&b);
	return hash;
}

static void
the_place_hash_sees_what_a_share_counts(void **state)
{
	uint64_t hash = place_hash_with(SHARE ">=15");

	(void)state;
	assert_true(hash == place_hash_with(SHARE ">=15.0"));
	assert_true(hash != place_hash_with(SHARE ">15"));
	assert_true(hash != place_hash_with(SHARE ">=16"));
	assert_true(hash !=
	            place_hash_with(
	                "i||I|||1|100||all|province|||||share|||A||||||>=15"));
}

static uint64_t
place_hash_of(const struct cat_line *lines, size_t n)
{
	struct built b;
	uint64_t hash;

	assert_int_equal(build_with(&b, lines, n), ERR_OK);
	hash = b.c->place_hash;
	built_fini(&b);
	return hash;
}

/* Who is expected is in the hash, when it is due is not. */
static void
the_place_hash_sees_who_is_expected_but_not_when(void **state)
{
	static const struct cat_line rows[] = {
	    {CAT_REPORTING, "water|province|2021|30|15|0.5"},
	    {CAT_REPORTING, "water|province|2021|45|10|0.5"},
	    {CAT_REPORTING, "water|province|2021|30|15|0.6"},
	    {CAT_REPORTING, "water|commune|2021|30|15|0.5"},
	    {CAT_REPORTING, "water|north|2021|30|15|0.5"},
	    {CAT_REPORTING, "water|province|2025|30|15|0.5"},
	    {CAT_REPORTING, "water|province|2021|30|15|0.5|2020-01-01"},
	};
	uint64_t hash = place_hash_of(rows, 1);

	(void)state;
	assert_true(hash == place_hash_of(rows + 1, 1));
	for (size_t i = 2; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(hash != place_hash_of(rows + i, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_rules_are_placed),
	    cmocka_unit_test(what_accumulates_is_taken_at_its_last_period),
	    cmocka_unit_test(a_criterion_is_a_sign_and_a_number),
	    cmocka_unit_test(the_place_hash_sees_what_a_share_counts),
	    cmocka_unit_test(the_place_hash_sees_who_is_expected_but_not_when),
	};

	return cmocka_run_group_tests_name("catalogue_rules", tests, NULL,
	                                   NULL);
}
