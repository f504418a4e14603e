/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/alert_case.h"

/* Communes of both maps report poverty, half of them are enough; and the
 * months of work are theirs too. */
static void
duties(struct alert_case *k)
{
	alert_case_add(k, CAT_REPORTING, "pov@a|commune|old|400|100|0.5");
	alert_case_add(k, CAT_REPORTING, "pov@a|commune|new|400|100|0.5");
	alert_case_add(k, CAT_REPORTING, "work|commune|old|400|100|1");
	alert_case_apply(k);
}

static struct figure *
parts(struct alert_case *k, const char *unit, const char *period,
      struct fold_ratio of)
{
	return fold_parts(&k->up->in, "pov@a", unit, period, of);
}

static struct points_of
points_of(const struct alert_case *k, const char *target, const char *unit)
{
	return (struct points_of){
	    &k->a.catalogue->targets[fold_target(&k->up->in, target)],
	    fold_unit(&k->up->in, unit)};
}

static void
points_read(struct alert_case *k, const char *target, const char *unit)
{
	assert_int_equal(alert_points_read(&k->a.points,
	                                   fold_node_state(&k->node),
	                                   points_of(k, target, unit)),
	                 ERR_OK);
}

/* The only roll-up among the points of prog/TARGET for the unit. */
static struct verdict_point
the_rollup(struct alert_case *k, const char *target, const char *unit)
{
	struct verdict_point found = {.map = 0};
	unsigned n = 0;

	points_read(k, target, unit);
	for (uint32_t i = 0; i < k->a.points.list.n; i++) {
		if (k->a.points.list.points[i].which != POINT_ROLLUP)
			continue;
		found = k->a.points.list.points[i];
		n++;
	}
	assert_int_equal(n, 1);
	return found;
}

/* West's of 2018, once c1 has reported it too. */
static struct verdict_point
west_of(struct alert_case *k, struct fold_ratio c1)
{
	parts(k, "c1", "2018", c1);
	alert_case_step(k);
	return the_rollup(k, "prog/fall", "west");
}

static void
a_rollup_of_everybody_is_complete_and_released(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;
	struct verdict v;

	duties(k);
	parts(k, "c2", "2018", (struct fold_ratio){2, 10});
	p = west_of(k, (struct fold_ratio){1, 10});
	assert_true(p.complete);
	assert_true(p.released);
	assert_int_equal(p.figure.value, 1500);
	assert_true(p.has_parts);
	assert_true(p.parts.numerator == (i128)3 * WEIGHT_ONE);
	assert_true(p.parts.denominator == (i128)20 * WEIGHT_ONE);
	assert_true(alert_case_judge(k, "prog/fall", "west", "2018", &v));
	assert_int_equal(v.kind, VERDICT_ON_TRACK);
	assert_int_equal(v.map, fold_map(&k->up->in, "old"));
	assert_true(v.released);
	assert_int_equal(v.timeliness, TIMELINESS_CURRENT);
}

/* R5: everybody, but not all of them official. */
static void
a_rollup_is_no_better_than_its_worst_figure(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;

	duties(k);
	parts(k, "c1", "2018", (struct fold_ratio){1, 10});
	parts(k, "c2", "2018", (struct fold_ratio){2, 10})->status = STATUS_E;
	alert_case_step(k);
	p = the_rollup(k, "prog/fall", "west");
	assert_true(p.complete);
	assert_false(p.released);
	assert_int_equal(p.figure.status, STATUS_E);
}

/* At the floor, and below it. */
static void
the_floor_is_enough_and_less_is_not(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;
	struct verdict v;

	duties(k);
	p = west_of(k, (struct fold_ratio){1, 10});
	assert_true(p.complete);
	assert_false(p.released);
	alert_case_line(k, "pov@a|commune|old|400|100|0.5",
	                "pov@a|commune|old|400|100|0.51");
	alert_case_apply(k);
	p = the_rollup(k, "prog/fall", "west");
	assert_false(p.complete);
	assert_true(p.under_floor);
	assert_true(alert_case_judge(k, "prog/fall", "west", "2018", &v));
	assert_int_equal(v.kind, VERDICT_UNDECIDED);
	assert_int_equal(v.reason, REASON_UNDER_FLOOR);
}

/* R4: nobody expected, nothing released. */
static void
where_nobody_is_expected_a_rollup_is_partial(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;

	parts(k, "c2", "2018", (struct fold_ratio){2, 10});
	p = west_of(k, (struct fold_ratio){1, 10});
	assert_false(p.complete);
	assert_false(p.under_floor);
	assert_false(p.released);
}

/* R5: and the alert that waited for it. */
static void
a_completion_record_releases_what_is_not_open(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;

	duties(k);
	parts(k, "c1", "2018", (struct fold_ratio){9, 10});
	alert_case_step(k);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1); /* c1's own */
	alert_case_complete(k, "pov@a", "west", "2018");
	p = the_rollup(k, "prog/fall", "west");
	assert_true(p.released);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(alert_case_alert(k, 0).unit,
	                 fold_unit(&k->up->in, "west"));
	assert_int_equal(alert_case_alert(k, 0).state, ALERT_FIRING);
	/* a restart forgets nothing */
	fold_node_restart(&k->node);
	p = the_rollup(k, "prog/fall", "west");
	assert_true(p.released);
}

static void
a_completion_record_does_not_open_what_is_partial(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;

	parts(k, "c1", "2018", (struct fold_ratio){9, 10});
	alert_case_step(k);
	alert_case_complete(k, "pov@a", "west", "2018");
	p = the_rollup(k, "prog/fall", "west");
	assert_false(p.released);
	assert_false(p.complete);
}

/* R5a: of the unit's own figure too, and before it came. */
static void
a_completed_figure_is_released_whatever_its_status(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;

	alert_case_complete(k, "pov@a", "c1", "2018");
	fold_value(&k->up->in, "pov@a", "c1", "2018", 2900)->status = STATUS_P;
	fold_value(&k->up->in, "pov@a", "c2", "2018", 2900)->status = STATUS_P;
	alert_case_step(k);
	assert_true(alert_case_judge(k, "prog/fall", "c1", "2018", &v));
	assert_true(v.released);
	assert_true(alert_case_judge(k, "prog/fall", "c2", "2018", &v));
	assert_false(v.released);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	/* another period, another definition: nothing */
	alert_case_complete(k, "pov@a", "c2", "2017");
	assert_int_equal(k->node.head.n_records, 0);
	alert_case_complete(k, "pov@b", "c2", "2018");
	assert_int_equal(k->node.head.n_records, 0);
	alert_case_complete(k, "pov@a", "c2", "2018");
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
}

static void
a_completion_of_numbers_that_nobody_knows_is_damage(void **state)
{
	struct alert_case *k = *state;
	struct completion done = {.definition = k->a.catalogue->n_definitions,
	                          .period = period_of_year(2018)};
	struct record_list in;

	for (int i = 0; i < 3; i++) {
		record_list_init(&in);
		done.definition = i == 0 ? k->a.catalogue->n_definitions : 0;
		done.unit = i == 1 ? k->a.catalogue->n_units : 0;
		completion_write(&in.bytes, &done);
		record_list_close_record(&in);
		assert_int_equal(fold_node_step(&k->node, &in),
		                 i == 2 ? ERR_OK : ERR_CORRUPT);
		fold_node_restart(&k->node);
		record_list_fini(&in);
	}
}

/* --- over time ------------------------------------------------------------------ */

static const char work_target[] =
    "prog|work|work|plan|2016|work|c1 west||||count|100||at_least||||"
    "|2018|";

static void
work_applied(struct alert_case *k)
{
	duties(k);
	alert_case_add(k, CAT_TARGET, work_target);
	alert_case_apply(k);
}

static void
months(struct alert_case *k, const char *unit, int n)
{
	for (int i = 0; i < n; i++) {
		struct figure *f =
		    fold_value(&k->up->in, "work", unit, "2018-01", 10);

		f->period = period_shift(f->period, i);
	}
	alert_case_step(k);
}

/* Of one period length among the points; n is how many there are. */
static struct verdict_point
rollup_of_length(const struct alert_case *k, int n_months, unsigned *n)
{
	struct verdict_point found = {.map = 0};

	*n = 0;
	for (uint32_t i = 0; i < k->a.points.list.n; i++) {
		const struct verdict_point *p = &k->a.points.list.points[i];

		if (p->which != POINT_ROLLUP ||
		    period_months(p->period) != n_months)
			continue;
		found = *p;
		(*n)++;
	}
	return found;
}

static void
the_year_of_a_unit_without_children_is_of_no_map(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;
	unsigned n;

	work_applied(k);
	months(k, "c1", 11);
	points_read(k, "prog/work", "c1");
	p = rollup_of_length(k, 12, &n);
	assert_int_equal(n, 1);
	assert_int_equal(p.map, NUMBER_NONE);
	assert_int_equal(p.figure.value, 110);
	assert_false(p.complete); /* a month is missing */
	p = rollup_of_length(k, 3, &n);
	assert_int_equal(n, 4);
	assert_false(p.complete); /* the last one */
	months(k, "c1", 12);
	points_read(k, "prog/work", "c1");
	p = rollup_of_length(k, 12, &n);
	assert_true(p.complete);
	assert_true(p.released);
	assert_int_equal(p.figure.value, 120);
	p = rollup_of_length(k, 1, &n);
	assert_int_equal(n, 0); /* its months are its own */
}

/* West has children: months are sums of its communes, its year in the map. */
static void
the_year_of_a_unit_with_children_is_of_the_map(void **state)
{
	struct alert_case *k = *state;
	struct verdict_point p;
	unsigned n;

	work_applied(k);
	months(k, "c1", 12);
	months(k, "c2", 12);
	points_read(k, "prog/work", "west");
	p = rollup_of_length(k, 12, &n);
	assert_int_equal(n, 1);
	assert_int_equal(p.map, fold_map(&k->up->in, "old"));
	assert_int_equal(p.figure.value, 240);
	assert_true(p.complete);
	(void)rollup_of_length(k, 1, &n);
	assert_int_equal(n, 12);
}

/* Two versions in two maps: what no map can change stands there once. */
static void
a_year_that_every_map_gives_stands_once(void **state)
{
	struct alert_case *k = *state;
	unsigned n;

	duties(k);
	alert_case_add(k, CAT_TARGET,
	               "prog|work|work|plan|2016|work||commune|poor||count|100"
	               "||at_least|||||2020|");
	alert_case_add(k, CAT_TARGET,
	               "prog|work|work|book|2018|work||commune|old||count|100"
	               "||at_least|||||2020|");
	alert_case_apply(k);
	months(k, "c1", 12);
	points_read(k, "prog/work", "c1");
	assert_true(rollup_of_length(k, 12, &n).complete);
	assert_int_equal(n, 1);
}

/* --- the measure of kind relative ------------------------------------------------- */

static void
the_measure_of_a_relative_target_is_read_and_watched(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;

	alert_case_add(k, CAT_TARGET,
	               "prog|near|near|plan|2016|pov@a|c1||||relative||||||||"
	               "2020||||||||||east");
	alert_case_apply(k);
	alert_case_value(k, "pov@a", "c1", "2018", 1000);
	assert_true(alert_case_judge(k, "prog/near", "c1", "2018", &v));
	assert_int_equal(v.kind, VERDICT_UNDECIDED);
	assert_int_equal(v.reason, REASON_NO_BASE);
	/* nobody is bound there, and yet it is looked at */
	alert_case_value(k, "pov@a", "east", "2018", 1100);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 1);
	assert_true(alert_case_judge(k, "prog/near", "c1", "2018", &v));
	assert_int_equal(v.kind, VERDICT_ACHIEVED);
	assert_int_equal(
	    alert_points_reference(&k->a.points, fold_node_state(&k->node),
	                           points_of(k, "prog/near", "c1")),
	    ERR_OK);
	assert_int_equal(k->a.points.reference.n, 1);
	assert_int_equal(k->a.points.reference.points[0].which, POINT_OWN);
	/* a catalogue says all of it again */
	alert_case_apply(k);
	assert_int_equal(k->node.head.n_records, 0);
	assert_true(alert_case_judge(k, "prog/near", "c1", "2018", &v));
	assert_int_equal(v.kind, VERDICT_ACHIEVED);
}

static void
coverage_is_told_of_the_rollup_that_is_judged(void **state)
{
	struct alert_case *k = *state;
	const struct point_coverage *c;
	uint32_t definition;
	struct verdict_point p;

	duties(k);
	p = west_of(k, (struct fold_ratio){1, 10});
	definition = fold_definition(&k->up->in, "pov@a");
	c = alert_points_coverage(&k->a.points, definition, p.map, p.period);
	assert_non_null(c);
	assert_int_equal(c->reporting, EXPECT_ONE);
	assert_int_equal(c->expected, 2 * EXPECT_ONE);
	assert_false(c->derived);
	assert_null(alert_points_coverage(&k->a.points, definition, p.map,
	                                  fold_period("2017")));
}

int
main(void)
{
#define T(name)                                                 \
	cmocka_unit_test_setup_teardown(name, alert_case_setup, \
	                                alert_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_rollup_of_everybody_is_complete_and_released),
	    T(a_rollup_is_no_better_than_its_worst_figure),
	    T(the_floor_is_enough_and_less_is_not),
	    T(where_nobody_is_expected_a_rollup_is_partial),
	    T(a_completion_record_releases_what_is_not_open),
	    T(a_completion_record_does_not_open_what_is_partial),
	    T(a_completed_figure_is_released_whatever_its_status),
	    T(a_completion_of_numbers_that_nobody_knows_is_damage),
	    T(the_year_of_a_unit_without_children_is_of_no_map),
	    T(the_year_of_a_unit_with_children_is_of_the_map),
	    T(a_year_that_every_map_gives_stands_once),
	    T(the_measure_of_a_relative_target_is_read_and_watched),
	    T(coverage_is_told_of_the_rollup_that_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
