/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/alert_fold.c common/domain/alert_record.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/alert_fold.h"
#include "tests/lib/random.h"
#include "tests/lib/verdict_case.h"

/* At most 10.00 by 2026 from 30.00 in 2016, margin 0.50: two a year. */
static void
assert_state(const struct alert *a, enum alert_state state,
             enum alert_reason reason)
{
	assert_string_equal(alert_state_name(a->state),
	                    alert_state_name(state));
	assert_string_equal(alert_reason_name(a->reason),
	                    alert_reason_name(reason));
}

static struct alert
fold(const struct verdict_case *k)
{
	struct alert a;

	assert_int_equal(alert_fold(&k->in, &k->rule, false, &a), ERR_OK);
	return a;
}

/* --- the fold ------------------------------------------------------------- */

static void
an_alert_fires_after_and_clears_after_so_many_reported_periods(void **state)
{
	/* b: behind, o: on the path */
	static const struct {
		const char *years; /* from 2017 */
		uint32_t after, clear;
		enum alert_state state;
		const char *since, *ended;
	} rows[] = {
	    {"", 1, 1, ALERT_INACTIVE, NULL, NULL},
	    {"o", 1, 1, ALERT_INACTIVE, NULL, NULL},
	    {"b", 1, 1, ALERT_FIRING, "2017", NULL},
	    {"b", 2, 1, ALERT_PENDING, NULL, NULL},
	    {"bo", 2, 1, ALERT_INACTIVE, NULL, NULL},
	    {"bob", 2, 1, ALERT_PENDING, NULL, NULL},
	    {"bb", 2, 1, ALERT_FIRING, "2018", NULL},
	    {"b b", 2, 1, ALERT_FIRING, "2019", NULL},
	    {"bo", 1, 1, ALERT_RESOLVED, "2017", "2018"},
	    {"bo", 1, 2, ALERT_FIRING, "2017", NULL},
	    {"bobo", 1, 2, ALERT_FIRING, "2017", NULL},
	    {"bo o", 1, 2, ALERT_RESOLVED, "2017", "2020"},
	    {"bbo", 2, 1, ALERT_RESOLVED, "2018", "2019"},
	    {"bbob", 2, 1, ALERT_PENDING, "2018", "2019"},
	    {"bbobo", 2, 1, ALERT_RESOLVED, "2018", "2019"},
	    {"bob", 1, 1, ALERT_FIRING, "2019", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_case k;
		struct alert a;

		case_init(&k);
		k.rule.after = rows[i].after;
		k.rule.clear = rows[i].clear;
		for (int y = 0; rows[i].years[y] != '\0'; y++) {
			char year[PERIOD_TEXT_MAX];
			char what = rows[i].years[y];
			struct verdict_point *pt;

			if (what == ' ')
				continue;
			period_format(period_of_year(2017 + y), year);
			pt = case_point(&k, POINT_OWN, year, NULL);
			pt->figure.has = FIGURE_VALUE;
			pt->figure.value =
			    2800 - 200 * y + (what == 'b' ? 90 : 0);
		}
		a = fold(&k);
		assert_string_equal(alert_state_name(a.state),
		                    alert_state_name(rows[i].state));
		assert_period(a.since, rows[i].since);
		assert_period(a.ended, rows[i].ended);
	}
}

static void
undecided_partial_and_unreleased_periods_neither_fire_nor_clear(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	(void)case_point(&k, POINT_ROLLUP, "2018", "10.00");
	(void)case_point(&k, POINT_OTHER_DEFINITION, "2019", "10.00");
	case_point(&k, POINT_OWN, "2020", "20.00")->released = false;
	case_point(&k, POINT_OWN, "2021", "20.00")->figure.status = STATUS_F;
	a = fold(&k);
	assert_state(&a, ALERT_FIRING, ALERT_REASON_NONE);
	assert_period(a.period, "2017");
	assert_int_equal(a.matching, 1);
	assert_int_equal(a.value, 2900);
	assert_true(a.has_gap);
	(void)case_point(&k, POINT_OWN, "2022", "17.50");
	a = fold(&k);
	assert_state(&a, ALERT_RESOLVED, ALERT_RECOVERED);
	assert_period(a.ended, "2022");
}

static void
what_stays_achieved_without_a_figure_counts_once(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	k.definitions[CASE_RATE].accumulation = ACCUMULATION_PROGRAMME;
	k.rule.clear = 2;
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	(void)case_point(&k, POINT_OWN, "2018", "10.00");
	(void)case_point(&k, POINT_OTHER_SCOPE, "2019", "10.00");
	a = fold(&k);
	assert_state(&a, ALERT_FIRING, ALERT_REASON_NONE);
	assert_int_equal(a.clearing, 1);
}

static void
an_achievement_is_the_reason_of_the_resolve(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	(void)case_point(&k, POINT_OWN, "2018", "9.00");
	a = fold(&k);
	assert_state(&a, ALERT_RESOLVED, ALERT_ACHIEVED);
}

static void
a_final_miss_is_closed_after_ninety_days(void **state)
{
	struct verdict_case k;
	struct alert a;
	struct day released;

	(void)state;
	case_init(&k);
	released = case_point(&k, POINT_OWN, "2026", "11.00")->figure.released;
	k.in.today.n = released.n + ALERT_CLOSE_DAYS;
	a = fold(&k);
	assert_state(&a, ALERT_FIRING, ALERT_REASON_NONE);
	k.in.today.n++;
	a = fold(&k);
	assert_state(&a, ALERT_RESOLVED, ALERT_CLOSED);
	assert_period(a.ended, "2026");
}

static void
an_abolished_unit_ends_its_alerts(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2024", "29.00");
	k.unit.validity.to = day_of("2026-06-30");
	a = fold(&k);
	assert_state(&a, ALERT_FIRING, ALERT_REASON_NONE);
	k.unit.validity.to = day_of("2026-06-29");
	a = fold(&k);
	assert_state(&a, ALERT_RESOLVED, ALERT_UNIT_ABOLISHED);
	k.rule.after = 2;
	a = fold(&k);
	assert_state(&a, ALERT_INACTIVE, ALERT_REASON_NONE);
}

static void
a_successor_ends_the_alerts_of_an_abolished_unit(void **state)
{
	static const struct cat_successor by = {0, 1};
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2024", "29.00");
	k.target.successors = &by;
	k.target.n_successors = 1;
	a = fold(&k);
	assert_state(&a, ALERT_FIRING, ALERT_REASON_NONE);
	k.unit.validity.to = day_of("2025-06-30");
	a = fold(&k);
	assert_state(&a, ALERT_RESOLVED, ALERT_SUCCESSOR);
}

static void
a_changed_factor_is_a_changed_target(void **state)
{
	struct verdict_case k;
	struct alert a, b;

	(void)state;
	case_init(&k);
	a = fold(&k);
	k.versions[0].factor = 9500;
	b = fold(&k);
	assert_true(a.target_hash != b.target_hash);
	assert_true(a.definition_hash == b.definition_hash);
}

static void
a_severity_that_is_none_is_refused(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	k.rule.severity = "urgent";
	assert_int_equal(alert_fold(&k.in, &k.rule, false, &a), ERR_BAD_VALUE);
	for (int i = 0; i < SEVERITIES; i++)
		assert_int_equal(alert_severity_parse(alert_severity_name(
		                     (enum alert_severity)i)),
		                 i);
}

/* --- transitions ---------------------------------------------------------- */

static struct alert
step(const struct verdict_case *k, const struct alert *former, uint64_t commit,
     bool transition)
{
	struct alert now = fold(k);

	assert_int_equal(alert_step(&k->in, former, &now, commit), transition);
	return now;
}

static void
a_transition_belongs_to_its_commit_and_stepping_again_changes_nothing(
    void **state)
{
	struct verdict_case k;
	struct alert a, again;

	(void)state;
	case_init(&k);
	a = step(&k, NULL, 1, false);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	a = step(&k, &a, 2, true);
	assert_int_equal(a.commit, 2);
	again = step(&k, &a, 3, false);
	assert_int_equal(again.commit, 2);
	assert_true(alert_equal(&a, &again));
	(void)case_point(&k, POINT_OWN, "2018", "28.00");
	again = step(&k, &a, 4, false);
	assert_int_equal(again.commit, 2);
	assert_period(again.since, "2017");
	assert_period(again.period, "2018");
	(void)case_point(&k, POINT_OWN, "2019", "20.00");
	a = step(&k, &again, 5, true);
	assert_state(&a, ALERT_RESOLVED, ALERT_RECOVERED);
	assert_int_equal(a.commit, 5);
	again = step(&k, &a, 6, false);
	assert_true(alert_equal(&a, &again));
}

static void
a_first_state_that_fires_is_a_transition(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	a = step(&k, NULL, 9, true);
	assert_int_equal(a.commit, 9);
}

static void
a_revision_names_the_old_and_the_new_value(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	(void)case_point(&k, POINT_OWN, "2018", "28.00");
	a = step(&k, NULL, 1, true);
	k.points[1].figure.value = 2600;
	a = step(&k, &a, 2, true);
	assert_state(&a, ALERT_RESOLVED, ALERT_REVISED);
	assert_period(a.revised, "2018");
	assert_int_equal(a.value_old, 2800);
	assert_int_equal(a.value_new, 2600);
	a = step(&k, &a, 3, false);
	assert_int_equal(a.value_new, 2600);
	k.points[1].figure.value = 2800;
	a = step(&k, &a, 4, true);
	assert_state(&a, ALERT_FIRING, ALERT_REASON_NONE);
	k.points[0].figure.value = 2600;
	k.points[1].figure.value = 2600;
	a = step(&k, &a, 5, true);
	assert_state(&a, ALERT_INACTIVE, ALERT_REVISED);
}

static void
a_withdrawn_figure_is_the_reason_of_its_own(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	a = step(&k, NULL, 1, true);
	k.points[0].figure.action = ACTION_DELETE;
	a = step(&k, &a, 2, true);
	assert_state(&a, ALERT_INACTIVE, ALERT_SOURCE_WITHDREW);
}

static void
a_late_figure_between_ends_what_two_in_a_row_had_fired(void **state)
{
	struct verdict_case k;
	struct alert a;

	(void)state;
	case_init(&k);
	k.rule.after = 2;
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	(void)case_point(&k, POINT_OWN, "2019", "27.00");
	a = step(&k, NULL, 1, true);
	assert_state(&a, ALERT_FIRING, ALERT_REASON_NONE);
	(void)case_point(&k, POINT_OWN, "2018", "26.00");
	a = step(&k, &a, 2, true);
	assert_state(&a, ALERT_PENDING, ALERT_REVISED);
	assert_period(a.revised, NULL);
}

static void
the_ground_may_change_under_an_alert(void **state)
{
	struct verdict_case k;
	struct alert first, a;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	first = step(&k, NULL, 1, true);
	k.versions[0].value = 2500;
	a = step(&k, &first, 2, true);
	assert_state(&a, ALERT_INACTIVE, ALERT_TARGET_CHANGED);
	k.versions[0].value = 1000;
	k.rule.after = 2;
	a = step(&k, &first, 2, true);
	assert_state(&a, ALERT_PENDING, ALERT_RULE_CHANGED);
	k.rule.after = 1;
	k.versions[0].definition = CASE_RATE_B;
	k.points[0].which = POINT_OTHER_DEFINITION;
	a = step(&k, &first, 2, true);
	assert_state(&a, ALERT_INACTIVE, ALERT_DEFINITION_CHANGED);
	a = first;
	assert_true(alert_end(&a, ALERT_RULE_CHANGED, 3));
	assert_state(&a, ALERT_RESOLVED, ALERT_RULE_CHANGED);
	assert_int_equal(a.commit, 3);
	assert_false(alert_end(&a, ALERT_RULE_CHANGED, 4));
	a.state = ALERT_PENDING;
	assert_true(alert_end(&a, ALERT_RULE_CHANGED, 4));
	assert_int_equal(a.state, ALERT_INACTIVE);
}

/* --- properties ----------------------------------------------------------- */

static void
shuffle(uint64_t *r, int *order, int n)
{
	for (int i = n - 1; i > 0; i--) {
		int j = (int)below(r, (uint64_t)i + 1);
		int swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
}

static void
arrive(struct verdict_case *k, int year, int value)
{
	char text[PERIOD_TEXT_MAX];
	struct verdict_point *pt;

	period_format(period_of_year(2017 + year), text);
	pt = case_point(k, POINT_OWN, text, NULL);
	pt->figure.has = FIGURE_VALUE;
	pt->figure.value = value;
	pt->released = value % 7 != 0;
}

static struct alert
in_order(const struct verdict_case *blank, const int *values, const int *order,
         int n)
{
	struct verdict_case k;
	struct alert a;

	case_init(&k);
	k.rule = blank->rule;
	a = step(&k, NULL, 1, false);
	for (int i = 0; i < n; i++) {
		struct alert now, again;

		arrive(&k, order[i], values[order[i]]);
		now = fold(&k);
		(void)alert_step(&k.in, &a, &now, (uint64_t)i + 2);
		again = now;
		assert_false(alert_step(&k.in, &now, &again, 99));
		assert_int_equal(again.commit, now.commit);
		assert_true(alert_equal(&now, &again));
		a = now;
	}
	return a;
}

/* What the past may leave is the reason of a resolve, nothing else. */
static void
forget_past(struct alert *a)
{
	a->reason = ALERT_REASON_NONE;
	a->revised.code = 0;
	a->value_old = 0;
	a->value_new = 0;
	a->revised_gone = false;
}

static void
the_end_state_does_not_depend_on_the_order_of_arrival(void **state)
{
	uint64_t seed = UINT64_C(0x11e7);

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)seed);
	for (int round = 0; round < 300; round++) {
		int values[10], order[10];
		struct verdict_case k;
		struct alert a, b;

		case_init(&k);
		k.rule.after = 1 + (uint32_t)below(&seed, 3);
		k.rule.clear = 1 + (uint32_t)below(&seed, 3);
		for (int i = 0; i < 10; i++) {
			values[i] =
			    2800 - 200 * i + (int)below(&seed, 300) - 100;
			order[i] = i;
		}
		a = in_order(&k, values, order, 10);
		shuffle(&seed, order, 10);
		b = in_order(&k, values, order, 10);
		forget_past(&a);
		forget_past(&b);
		assert_true(alert_equal(&a, &b));
	}
}

/* --- identity and records ------------------------------------------------- */

static void
labels_are_canonical_and_the_fingerprint_is_theirs(void **state)
{
	struct verdict_case k;
	struct alert a;
	struct buf b;
	char text[ALERT_FINGERPRINT_TEXT];

	(void)state;
	case_init(&k);
	buf_init(&b, 1024);
	alert_labels_write(&k.in, &k.rule, false, &b);
	assert_string_equal(buf_cstr(&b), "alertname=TiendoTarget\n"
	                                  "audience=programme\n"
	                                  "indicator=rate\n"
	                                  "level=province\n"
	                                  "programme=prog\n"
	                                  "severity=warning\n"
	                                  "target=rate\n"
	                                  "unit=bang\n");
	a = fold(&k);
	assert_true(a.fingerprint == hash_bytes(buf_span(&b), 0));
	buf_reset(&b);
	alert_labels_write(&k.in, &k.rule, true, &b);
	assert_non_null(strstr(buf_cstr(&b), "\ndemo=true\n"));
	buf_fini(&b);
	assert_string_equal(
	    alert_fingerprint_text(UINT64_C(0x0123456789abcdef), text),
	    "0123456789abcdef");
}

static void
an_alert_is_read_back_as_it_was_written(void **state)
{
	struct verdict_case k;
	struct alert a, back;
	struct buf b;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	a = step(&k, NULL, UINT64_MAX, true);
	a.value_new = -DECIMAL_MANTISSA_MAX;
	a.gap = -((i128)1 << 90);
	a.target = a.unit = NUMBER_NONE - 1;
	a.matching = a.clearing = UINT32_MAX;
	a.value = a.target_value = a.value_since = a.value_old = a.value_new;
	a.fingerprint = a.target_hash = UINT64_MAX;
	a.definition_hash = a.rule_hash = UINT64_MAX;
	a.since = a.ended = a.period = a.revised = period_of("2100/2199");
	buf_init(&b, ALERT_RECORD_MAX);
	alert_record_write(&b, &a);
	assert_int_equal(alert_record_read(buf_span(&b), &back), ERR_OK);
	assert_true(alert_equal(&a, &back));
	assert_true(a.commit == back.commit);
	for (size_t n = 0; n < b.len; n++)
		assert_int_not_equal(
		    alert_record_read(span_of(b.ptr, n), &back), ERR_OK);
	buf_put_u8(&b, 0);
	assert_int_equal(alert_record_read(buf_span(&b), &back),
	                 ERR_BAD_MESSAGE);
	for (size_t i = 0; i + 1 < b.len; i++) {
		uint8_t was = b.ptr[i];

		b.ptr[i] = 0xff;
		b.len--;
		if (alert_record_read(buf_span(&b), &back) == ERR_OK)
			assert_in_range(back.state, 0, ALERT_STATES - 1);
		b.len++;
		b.ptr[i] = was;
	}
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        an_alert_fires_after_and_clears_after_so_many_reported_periods),
	    cmocka_unit_test(
	        undecided_partial_and_unreleased_periods_neither_fire_nor_clear),
	    cmocka_unit_test(what_stays_achieved_without_a_figure_counts_once),
	    cmocka_unit_test(an_achievement_is_the_reason_of_the_resolve),
	    cmocka_unit_test(a_final_miss_is_closed_after_ninety_days),
	    cmocka_unit_test(an_abolished_unit_ends_its_alerts),
	    cmocka_unit_test(a_successor_ends_the_alerts_of_an_abolished_unit),
	    cmocka_unit_test(a_changed_factor_is_a_changed_target),
	    cmocka_unit_test(a_severity_that_is_none_is_refused),
	    cmocka_unit_test(
	        a_transition_belongs_to_its_commit_and_stepping_again_changes_nothing),
	    cmocka_unit_test(a_first_state_that_fires_is_a_transition),
	    cmocka_unit_test(a_revision_names_the_old_and_the_new_value),
	    cmocka_unit_test(a_withdrawn_figure_is_the_reason_of_its_own),
	    cmocka_unit_test(
	        a_late_figure_between_ends_what_two_in_a_row_had_fired),
	    cmocka_unit_test(the_ground_may_change_under_an_alert),
	    cmocka_unit_test(
	        the_end_state_does_not_depend_on_the_order_of_arrival),
	    cmocka_unit_test(
	        labels_are_canonical_and_the_fingerprint_is_theirs),
	    cmocka_unit_test(an_alert_is_read_back_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
