/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/verdict_case.h"

/* A roll-up of fractions: a unit beneath is divided. */
static struct verdict_point *
rolled(struct verdict_case *k, const char *value, struct verdict_parts parts)
{
	struct verdict_point *pt = case_point(k, POINT_ROLLUP, "2021", value);

	pt->complete = true;
	pt->has_parts = true;
	pt->parts = parts;
	return pt;
}

static struct verdict
judged(const char *value, struct verdict_parts parts, enum target_kind kind,
       enum place_rule place)
{
	struct verdict_case k;

	case_init(&k);
	if (kind != TARGET_LEVEL)
		k.versions[0].due = period_of("2021");
	k.versions[0].kind = kind;
	k.definitions[CASE_RATE].place = place;
	k.definitions[CASE_RATE].min_denominator = 30;
	(void)rolled(&k, value, parts);
	return case_judge(&k, "2021");
}

static void
too_few_are_too_few_in_fractions_and_of_weights_too(void **state)
{
	static const struct verdict_parts enough = {29000000, 30000000};
	static const struct verdict_parts few = {29000000, 29999999};
	static const enum place_rule places[] = {PLACE_RATIO, PLACE_SHARE,
	                                         PLACE_WMEAN};
	struct verdict v;

	(void)state;
	for (int i = 0; i < 3; i++) {
		v = judged("29.00", enough, TARGET_LEVEL, places[i]);
		assert_int_equal(v.kind, VERDICT_BEHIND);
		v = judged("29.00", few, TARGET_LEVEL, places[i]);
		assert_undecided(&v, REASON_TOO_FEW);
	}
}

/* 100.00 and 0.00 are what is printed (A2). */
static void
zero_and_all_look_at_fractions(void **state)
{
	static const struct {
		const char *value;
		struct verdict_parts parts;
		enum target_kind kind;
		enum verdict_kind verdict;
	} rows[] = {
	    {"100.00", {99999500000, 100000000000}, TARGET_ALL, VERDICT_MISSED},
	    {"100.00", {50500000, 50500000}, TARGET_ALL, VERDICT_ACHIEVED},
	    {"0.00", {500000, 100000000000}, TARGET_ZERO, VERDICT_MISSED},
	    {"0.00", {0, 50500000}, TARGET_ZERO, VERDICT_ACHIEVED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(judged(rows[i].value, rows[i].parts,
		                        rows[i].kind, PLACE_RATIO)
		                     .kind,
		                 rows[i].verdict);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        too_few_are_too_few_in_fractions_and_of_weights_too),
	    cmocka_unit_test(zero_and_all_look_at_fractions),
	};

	return cmocka_run_group_tests_name("verdict_parts", tests, NULL, NULL);
}
