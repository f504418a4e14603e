/* links: services/ctl/terms.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/figure.c common/domain/method.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/base/buf.c common/base/err.c common/base/map.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/alert_fold.h"
#include "common/domain/method.h"
#include "common/domain/sheet.h"
#include "services/ctl/terms.h"

static void
assert_known(const char *code)
{
	const char *words;

	if (code[0] == '\0')
		return;
	words = term_of(span_str(code));
	if (words == NULL || words[0] == '\0' || strcmp(words, code) == 0) {
		print_message("no Vietnamese words for \"%s\"\n", code);
		fail();
	}
}

static void
every_error_has_a_vietnamese_text(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_COUNT; i++) {
		enum err err = (enum err)i;

		assert_string_equal(term_err(err, false), err_text(err));
		if (strcmp(term_err(err, true), err_text(err)) == 0) {
			print_message("%s has none\n", err_name(err));
			fail();
		}
		assert_null(strchr(term_err(err, true), '\n'));
	}
	assert_non_null(term_err(ERR_COUNT, true));
}

static void
every_code_of_a_verdict_has_vietnamese_words(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_KINDS; i++)
		assert_known(verdict_kind_name((enum verdict_kind)i));
	for (int i = 0; i < REASONS; i++)
		assert_known(verdict_reason_name((enum verdict_reason)i));
	for (int i = 0; i < TIMELINESSES; i++)
		assert_known(timeliness_name((enum timeliness)i));
	for (int i = 0; i <= RELEASE_RELEASED; i++)
		assert_known(release_name((enum release)i));
}

static void
every_code_of_an_alert_has_vietnamese_words(void **state)
{
	(void)state;
	for (int i = 0; i < ALERT_STATES; i++)
		assert_known(alert_state_name((enum alert_state)i));
	for (int i = 0; i < ALERT_REASONS; i++)
		assert_known(alert_reason_name((enum alert_reason)i));
	for (int i = 0; i < SEVERITIES; i++)
		assert_known(alert_severity_name((enum alert_severity)i));
}

static void
every_code_of_a_method_has_vietnamese_words(void **state)
{
	(void)state;
	for (int i = 0; i < METHOD_REFUSALS; i++)
		assert_known(method_refusal_name((enum method_refusal)i));
	for (int i = 0; i < METHODS; i++) {
		int n;
		const struct method_threshold *t =
		    method_thresholds((enum method)i, &n);

		for (int k = 0; k < n; k++)
			assert_known(t[k].category);
	}
	assert_known("target_achieved");
}

/* What the services write without a table of names. */
static void
every_other_code_has_vietnamese_words(void **state)
{
	static const char *const codes[] = {
	    "other_version",   "other_period", "not_released", "differs",
	    "ratio_mismatch",  "delete",       "partial",      "under_floor",
	    "nobody_expected", "no_place"};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_known(codes[i]);
	assert_null(term_of(span_str("poverty")));
}

static void
is(const char *column, const char *text, const char *words)
{
	struct buf out;

	buf_init(&out, 1024);
	assert_int_equal(term_put(&out, column, span_str(text)), words != NULL);
	if (words != NULL)
		assert_string_equal(buf_cstr(&out), words);
	buf_fini(&out);
}

static void
only_columns_of_codes_are_translated(void **state)
{
	(void)state;
	is("verdict", "behind", "chậm tiến độ");
	is("unit_name", "behind", NULL);
	is("verdict", "", NULL);
	is("unit_name", "", NULL);
	is("unit_name", "(to 2025-06)", NULL);
	is("unit_name", "Tuyên Quang (to 2025-06)",
	   "Tuyên Quang (đến 2025-06)");
	is("unit_name", "A (to B) (from 2025-07)", "A (to B) (từ 2025-07)");
	is("unit_name", "Bàng (bịa ra)", NULL);
	is("reason", "from_the_future", "from_the_future");
	is("flags", "ratio_mismatch differs", "tỷ số không khớp, lệch nhau");
	is("not_formed", "c1: no figure; c2: no value",
	   "c1: không có số liệu, c2: không có giá trị");
	is("not_formed", "c1: no figure; c2: no va",
	   "c1: không có số liệu, c2: no va");
}

static void
problem_is(const char *problem, const char *words)
{
	struct buf out;

	buf_init(&out, 1024);
	term_put_problem(&out, problem);
	assert_string_equal(buf_cstr(&out), words);
	buf_fini(&out);
}

static void
what_a_service_said_is_told_with_its_code_and_field(void **state)
{
	(void)state;
	problem_is("unknown_unit: unit not declared (unit)",
	           "unknown_unit: đơn vị chưa được khai báo (unit)");
	problem_is("unknown_unit (unit)",
	           "unknown_unit: đơn vị chưa được khai báo (unit)");
	problem_is("unknown_unit", "unknown_unit: đơn vị chưa được khai báo");
	problem_is("out_of_cheese: none left", "out_of_cheese: none left");
	problem_is("", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_has_a_vietnamese_text),
	    cmocka_unit_test(every_code_of_a_verdict_has_vietnamese_words),
	    cmocka_unit_test(every_code_of_an_alert_has_vietnamese_words),
	    cmocka_unit_test(every_code_of_a_method_has_vietnamese_words),
	    cmocka_unit_test(every_other_code_has_vietnamese_words),
	    cmocka_unit_test(only_columns_of_codes_are_translated),
	    cmocka_unit_test(
	        what_a_service_said_is_told_with_its_code_and_field),
	};

	return cmocka_run_group_tests_name("terms", tests, NULL, NULL);
}
