/* links: common/formats/catalogue_dir.c common/formats/catalogue_csv.c common/formats/catalogue_yaml.c common/formats/catalogue_tree.c common/formats/csv.c common/domain/catalogue_rows.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_take.c common/domain/catalogue_units.c common/domain/catalogue_check.c common/domain/catalogue_indicators.c common/domain/catalogue_sources.c common/domain/catalogue_targets.c common/domain/catalogue_kinds.c common/domain/catalogue_rules.c common/domain/catalogue_lookup.c common/domain/catalogue_duty.c common/domain/verdict_names.c common/domain/arena.c common/domain/text.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/domain/catalogue.h"
#include "common/formats/catalogue_dir.h"

#define SMALL "tests/data/catalogue-small"

enum {
	SOME = 64,
};

struct loaded {
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c;
};

static void
print_errors(const struct cat_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		print_message(
		    "%s:%u:%u: %s %s (%s)\n", errors->list[i].place.file,
		    errors->list[i].place.line, errors->list[i].place.column,
		    err_name(errors->list[i].code), errors->list[i].text,
		    errors->list[i].hint);
}

static int
load(void **state)
{
	struct loaded *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	cat_rows_init(&l->rows);
	cat_errors_init(&l->errors);
	if (catalogue_dir_read(SMALL, &l->rows, &l->errors) != ERR_OK ||
	    catalogue_build(&l->c, &l->rows, NULL, &l->errors) != ERR_OK) {
		print_errors(&l->errors);
		return -1;
	}
	*state = l;
	return 0;
}

static int
unload(void **state)
{
	struct loaded *l = *state;

	catalogue_free(&l->c);
	cat_rows_fini(&l->rows);
	cat_errors_fini(&l->errors);
	free(l);
	return 0;
}

static uint32_t
unit_of(const struct loaded *l, const char *id)
{
	return catalogue_unit(l->c, span_str(id));
}

static struct day
on(int year, int month, int day)
{
	return day_of_civil(year, month, day);
}

static struct period
period_of(const char *text)
{
	struct period p = {0};

	assert_int_equal(period_parse(span_str(text), &p), ERR_OK);
	return p;
}

static const struct cat_target_version *
version_of(const struct loaded *l, const char *target, const char *period)
{
	uint32_t t = catalogue_target(l->c, span_str(target));

	assert_int_not_equal(t, NUMBER_NONE);
	return target_version(&l->c->targets[t], period_of(period));
}

static void
the_small_catalogue_builds(void **state)
{
	const struct loaded *l = *state;

	assert_int_equal(l->errors.total, 0);
	assert_int_equal(l->c->n_units, 14);
	assert_int_equal(l->c->n_maps, 3);
	assert_int_equal(l->c->n_members, 21);
	assert_int_equal(l->c->n_definitions, 7);
	assert_int_equal(l->c->n_indicators, 6);
	assert_int_equal(l->c->n_targets, 7);
	assert_int_equal(unit_of(l, "ha-son"), 3);
	assert_int_equal(unit_of(l, "nobody"), NUMBER_NONE);
}

static void
rows_know_their_file_line_and_column(void **state)
{
	const struct loaded *l = *state;
	const struct cat_row *row = &l->rows.rows[3];

	assert_string_equal(row->file, SMALL "/units.csv");
	assert_int_equal(row->line, 5);
	assert_string_equal(row->fields[0], "ha-son");
	assert_int_equal(row->places[1].column, 8);
	for (size_t i = 0; i < l->rows.n; i++)
		if (l->rows.rows[i].kind == CAT_TARGET &&
		    strcmp(l->rows.rows[i].fields[1], "roads") == 0)
			row = &l->rows.rows[i];
	assert_string_equal(row->file, SMALL "/programmes/water.yaml");
	assert_int_equal(row->line, 25);
	/* The place of `due`: 2025-Q4 */
	assert_int_equal(row->places[18].line, 34);
	assert_int_equal(row->places[18].column, 8);
}

static void
a_unit_that_was_renamed_has_the_name_of_the_day(void **state)
{
	const struct loaded *l = *state;
	const struct cat_unit *u = &l->c->units[unit_of(l, "commune-00701")];

	assert_string_equal(unit_name_on(u, on(2022, 12, 31))->type,
	                    "thị trấn");
	assert_string_equal(unit_name_on(u, on(2023, 1, 1))->type, "phường");
	assert_string_equal(unit_name_on(u, on(1990, 1, 1))->type, "thị trấn");
	assert_int_equal(u->validity.from.n, DAY_FIRST);
	assert_int_equal(u->validity.to.n, DAY_LAST);
}

static void
names_held_twice_carry_their_validity(void **state)
{
	static const char *const cases[][2] = {
	    {"tuyen-lam", "Tuyên Lâm (to 2025-06)"},
	    {"tuyen-lam-2025", "Tuyên Lâm (from 2025-07)"},
	    {"ha-son", "Hà Sơn"},
	    {"commune-00701", "Đồi Thông"},
	};
	const struct loaded *l = *state;
	struct buf text;

	buf_init(&text, 200);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&text);
		unit_display_name(l->c, unit_of(l, cases[i][0]), &text);
		assert_string_equal(buf_cstr(&text), cases[i][1]);
	}
	buf_fini(&text);
}

static void
beneath_follows_the_map_and_the_day(void **state)
{
	const struct loaded *l = *state;
	uint32_t old = catalogue_map(l->c, span_str("2021"));
	uint32_t new = catalogue_map(l->c, span_str("2025"));
	uint32_t commune = unit_of(l, "commune-00701");
	uint32_t ha_son = unit_of(l, "ha-son");
	uint32_t tuyen_lam = unit_of(l, "tuyen-lam-2025");

	assert_true(unit_beneath(l->c, old, commune, ha_son, on(2024, 1, 1)));
	assert_true(unit_beneath(l->c, old, commune, unit_of(l, "land"),
	                         on(2024, 1, 1)));
	assert_true(unit_beneath(l->c, old, commune, commune, on(2024, 1, 1)));
	assert_false(unit_beneath(l->c, old, commune, ha_son, on(2025, 7, 1)));
	assert_false(unit_beneath(l->c, new, commune, ha_son, on(2024, 1, 1)));
	assert_true(
	    unit_beneath(l->c, new, commune, tuyen_lam, on(2025, 7, 1)));
	assert_true(unit_beneath_any(l->c, commune, ha_son, on(2025, 6, 30)));
	assert_false(unit_beneath_any(l->c, commune, ha_son, on(2025, 7, 1)));
	assert_true(unit_beneath_any(l->c, commune, tuyen_lam, on(2025, 7, 1)));
}

static void
a_divided_unit_has_two_memberships(void **state)
{
	const struct loaded *l = *state;
	uint32_t map = catalogue_map(l->c, span_str("2025"));
	uint32_t unit = unit_of(l, "commune-00900");
	const struct cat_member *out[MEMBERS_MAX];

	assert_int_equal(members_of(l->c, map, unit, on(2025, 6, 30), out), 2);
	assert_int_equal(out[0]->weight + out[1]->weight, WEIGHT_ONE);
	for (int i = 0; i < 2; i++) { /* R1f */
		const struct cat_member *m = out[i], *other = out[1 - i];
		bool first = strcmp(l->c->units[m->parent].id,
		                    l->c->units[other->parent].id) < 0;
		struct cat_share s = share_of(l->c, m, on(2025, 6, 30));

		assert_int_equal(s.from, first ? 0 : other->weight);
		assert_int_equal(s.upto, s.from + m->weight);
	}
	assert_int_equal(members_of(l->c, map, unit, on(2025, 7, 1), out), 1);
	assert_int_equal(out[0]->weight, WEIGHT_ONE);
	assert_int_equal(share_of(l->c, out[0], on(2025, 7, 1)).from, 0);
	assert_int_equal(share_of(l->c, out[0], on(2025, 7, 1)).upto,
	                 WEIGHT_ONE);
}

static void
children_are_found_by_parent(void **state)
{
	const struct loaded *l = *state;
	uint32_t map = catalogue_map(l->c, span_str("2021"));
	struct children_range r = children_of(l->c, map, unit_of(l, "ha-son"));

	assert_int_equal(r.end - r.first, 2);
	assert_int_equal(l->c->members[l->c->children[r.first]].unit,
	                 unit_of(l, "commune-00700"));
	r = children_of(l->c, map, unit_of(l, "commune-00700"));
	assert_int_equal(r.end - r.first, 0);
	r = children_of(l->c, map, unit_of(l, "poor-list"));
	assert_int_equal(r.end - r.first, 0);
}

static void
definitions_have_a_family(void **state)
{
	const struct loaded *l = *state;
	uint32_t em = catalogue_definition(l->c, span_str("pov-hh-em@c2022"));
	uint32_t hh = catalogue_definition(l->c, span_str("pov-hh@c2016"));
	uint32_t indicator = catalogue_indicator(l->c, span_str("pov-hh"));
	const struct cat_definition *d = &l->c->definitions[hh];

	assert_int_equal(l->c->definitions[em].family, indicator);
	assert_int_equal(d->family, indicator);
	assert_int_equal(l->c->indicators[indicator].n_definitions, 2);
	assert_int_equal(d->factor, 100);
	assert_int_equal(d->tolerance, 5);
	assert_int_equal(d->max, 10000);
	assert_int_equal(d->min_denominator, 50);
	assert_int_equal(d->direction, DIRECTION_DOWN);
	assert_int_equal(d->place, PLACE_RATIO);
	assert_int_equal(d->time, TIME_LAST);
	assert_int_equal(d->validity.to.n, on(2021, 12, 31).n);
	assert_int_not_equal(
	    catalogue_definition(l->c, span_str("clean-water")), NUMBER_NONE);
	d = &l->c->definitions[catalogue_definition(
	    l->c, span_str("pov-hh-step@c2016"))];
	assert_int_equal(d->direction, DIRECTION_UP);
	assert_int_equal(d->change, CHANGE_MEAN);
	assert_int_equal(d->frequency, FREQ_SPAN);
}

static void
a_grant_holds_beneath_its_unit_only(void **state)
{
	const struct loaded *l = *state;
	uint32_t dept = catalogue_source(l->c, span_str("ha-son-dept"));
	uint32_t office = catalogue_source(l->c, span_str("office"));
	uint32_t pov = catalogue_definition(l->c, span_str("pov-hh@c2016"));
	uint32_t water = catalogue_definition(l->c, span_str("clean-water"));
	uint32_t roads = catalogue_definition(l->c, span_str("roads"));
	uint32_t inside = unit_of(l, "commune-00700");
	uint32_t outside = unit_of(l, "commune-00900");
	struct period p = period_of("2020");

	assert_int_equal(source_grant(l->c, dept, pov, inside, p)->max_status,
	                 STATUS_P);
	assert_int_equal(source_grant(l->c, dept, water, inside, p)->max_status,
	                 STATUS_E);
	assert_int_equal(
	    source_grant(l->c, dept, water, inside, p)->default_status,
	    STATUS_E);
	assert_null(source_grant(l->c, dept, pov, outside, p));
	assert_null(source_grant(l->c, dept, roads, inside, p));
	assert_non_null(source_grant(l->c, office, roads, outside, p));
	assert_int_equal(l->c->sources[dept].rank, 5);
}

static void
versions_follow_each_other(void **state)
{
	const struct loaded *l = *state;
	const struct cat_target_version *v;

	assert_null(version_of(l, "water/all", "2015"));
	v = version_of(l, "water/all", "2020");
	assert_int_equal(v->kind, TARGET_ALL);
	assert_int_equal(v->value, 1000);
	v = version_of(l, "water/all", "2021");
	assert_int_equal(v->kind, TARGET_LEVEL);
	assert_int_equal(v->value, 950);
	assert_int_equal(v->sense, SENSE_AT_LEAST);
	assert_int_equal(v->margin, 5);
	assert_int_equal(v->path, PATH_MILESTONES);
	assert_int_equal(v->n_milestones, 2);
	assert_int_equal(v->milestones[0].period.code, period_of("2022").code);
	assert_int_equal(v->milestones[0].value, 855);
	assert_true(v->base_series);
}

static void
a_range_is_met_at_its_milder_end(void **state)
{
	const struct loaded *l = *state;
	const struct cat_target_version *v =
	    version_of(l, "pov-2016-2020/province-step", "2018");
	uint32_t units[SOME];

	assert_int_equal(v->value, 300);
	assert_int_equal(v->value_far, 400);
	assert_int_equal(v->steps, STEPS_EACH);
	assert_int_equal(v->path, PATH_LINE);
	assert_int_equal(v->margin, 1);
	assert_int_equal(target_units(l->c, v, units, SOME), 3);
	assert_int_equal(units[0], unit_of(l, "ha-son"));
	assert_int_equal(units[1], unit_of(l, "tuyen-lam"));
	assert_int_equal(units[2], unit_of(l, "nam-hai"));
	assert_int_equal(target_units(l->c, v, units, 2), 2);
}

static void
rules_belong_to_their_version(void **state)
{
	const struct loaded *l = *state;
	const struct cat_target_version *v =
	    version_of(l, "pov-2016-2020/ha-son-step", "2018");

	assert_int_equal(v->n_rules, 2);
	assert_string_equal(v->rules[0].severity, "warning");
	assert_string_equal(v->rules[0].audience, "programme");
	assert_int_not_equal(v->rules[0].when, v->rules[1].when);
	assert_string_equal(v->rules[1].audience, "data");
	assert_int_equal(v->rules[1].after, 1);
	assert_true(v->has_base);
	assert_int_equal(v->base_value, 2781);
	assert_int_equal(v->sense, SENSE_AT_LEAST);
}

static void
a_target_without_a_number_has_none(void **state)
{
	const struct loaded *l = *state;
	const struct cat_target_version *v =
	    version_of(l, "water/roads", "2016-Q1");
	uint32_t units[SOME];

	assert_false(v->has_value);
	assert_int_equal(v->path, PATH_NONE);
	/* Members current: whoever had the level on any day until it is due. */
	assert_int_equal(target_units(l->c, v, units, SOME), 4);
	v = version_of(l, "water/no-permits", "2016-03");
	assert_true(v->has_value);
	assert_int_equal(v->value, 0);
	v = version_of(l, "pov-2016-2020/mean-fall", "2018");
	assert_true(v->reference);
	assert_int_equal(v->path, PATH_NONE);
}

static void
a_figure_is_expected_where_somebody_owes_it(void **state)
{
	const struct loaded *l = *state;
	uint32_t pov = catalogue_definition(l->c, span_str("pov-hh@c2016"));
	uint32_t roads = catalogue_definition(l->c, span_str("roads"));
	uint32_t permits = catalogue_definition(l->c, span_str("permits"));
	uint32_t ha_son = unit_of(l, "ha-son");
	struct expected e = {0};

	assert_true(figure_expected(l->c, pov, ha_son, period_of("2019"), &e));
	assert_int_equal(e.by.n, on(2020, 1, 30).n);
	assert_int_equal(e.late.n, on(2020, 2, 14).n);
	assert_true(figure_expected(l->c, pov, ha_son, period_of("2020"), &e));
	assert_int_equal(e.by.n, on(2021, 3, 1).n);
	assert_int_equal(e.late.n, on(2021, 3, 6).n);
	/* out of its validity, of another frequency, of another level */
	assert_false(figure_expected(l->c, pov, ha_son, period_of("2022"), &e));
	assert_false(
	    figure_expected(l->c, pov, ha_son, period_of("2019-Q1"), &e));
	assert_false(figure_expected(l->c, pov, unit_of(l, "commune-00700"),
	                             period_of("2019"), &e));
	assert_false(
	    figure_expected(l->c, roads, ha_son, period_of("2019-Q1"), &e));
	assert_true(figure_expected(l->c, permits, unit_of(l, "nam-hai"),
	                            period_of("2024-02"), &e));
	assert_int_equal(e.late.n, on(2024, 3, 10).n);
}

static void
numbers_stay_when_rows_move(void **state)
{
	const struct loaded *l = *state;
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c = NULL;
	struct span fields[CATALOGUE_FIELDS_MAX];

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	for (size_t i = l->rows.n; i-- > 0;) {
		const struct cat_row *row = &l->rows.rows[i];

		for (size_t f = 0; f < cat_kinds[row->kind].n_fields; f++)
			fields[f] = span_str(row->fields[f]);
		assert_int_equal(cat_rows_add(&rows, row->kind, fields, NULL),
		                 ERR_OK);
	}
	assert_int_equal(catalogue_build(&c, &rows, &l->c->registry, &errors),
	                 ERR_OK);
	assert_int_equal(catalogue_unit(c, span_str("ha-son")),
	                 unit_of(l, "ha-son"));
	assert_int_equal(c->place_hash, l->c->place_hash);
	catalogue_free(&c);
	cat_rows_fini(&rows);
	cat_errors_fini(&errors);
}

static void
put_file(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

static void
drop_file(const char *dir, const char *name)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static void
a_misspelt_file_and_missing_units_are_errors(void **state)
{
	char dir[] = "/tmp/tiendo-test-XXXXXX";
	struct cat_rows rows;
	struct cat_errors errors;

	(void)state;
	assert_non_null(mkdtemp(dir));
	put_file(dir, "unit.csv", "unit,name,level\n");
	cat_rows_init(&rows);
	cat_errors_init(&errors);
	assert_int_equal(catalogue_dir_read(dir, &rows, &errors), ERR_REFUSED);
	assert_int_equal(errors.n, 2);
	assert_int_equal(errors.list[0].code, ERR_UNKNOWN_KEY);
	assert_string_equal(errors.list[0].hint, "units.csv?");
	assert_int_equal(errors.list[1].code, ERR_NOT_FOUND);
	drop_file(dir, "unit.csv");
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(catalogue_dir_read(dir, &rows, &errors),
	                 ERR_NOT_FOUND);
	cat_rows_fini(&rows);
	cat_errors_fini(&errors);
}

static void
a_programme_that_would_be_left_out_is_an_error(void **state)
{
	char dir[] = "/tmp/tiendo-test-XXXXXX";
	char sub[64];
	struct cat_rows rows;
	struct cat_errors errors;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(sub, sizeof(sub), "%s/programmes", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	put_file(dir, "units.csv", "unit,name,level\nu,U,nation\n");
	put_file(sub, "p.yml", "programme: p\n");
	put_file(sub, "notes.txt", "for people\n");
	cat_rows_init(&rows);
	cat_errors_init(&errors);
	assert_int_equal(catalogue_dir_read(dir, &rows, &errors), ERR_REFUSED);
	assert_int_equal(errors.n, 1);
	assert_int_equal(errors.list[0].code, ERR_UNKNOWN_KEY);
	assert_string_equal(errors.list[0].hint, "p.yaml?");
	drop_file(sub, "notes.txt");
	drop_file(sub, "p.yml");
	drop_file(dir, "units.csv");
	assert_int_equal(rmdir(sub), 0);
	assert_int_equal(rmdir(dir), 0);
	cat_rows_fini(&rows);
	cat_errors_fini(&errors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_small_catalogue_builds),
	    cmocka_unit_test(rows_know_their_file_line_and_column),
	    cmocka_unit_test(a_unit_that_was_renamed_has_the_name_of_the_day),
	    cmocka_unit_test(names_held_twice_carry_their_validity),
	    cmocka_unit_test(beneath_follows_the_map_and_the_day),
	    cmocka_unit_test(a_divided_unit_has_two_memberships),
	    cmocka_unit_test(children_are_found_by_parent),
	    cmocka_unit_test(definitions_have_a_family),
	    cmocka_unit_test(a_grant_holds_beneath_its_unit_only),
	    cmocka_unit_test(versions_follow_each_other),
	    cmocka_unit_test(a_range_is_met_at_its_milder_end),
	    cmocka_unit_test(rules_belong_to_their_version),
	    cmocka_unit_test(a_target_without_a_number_has_none),
	    cmocka_unit_test(a_figure_is_expected_where_somebody_owes_it),
	    cmocka_unit_test(numbers_stay_when_rows_move),
	    cmocka_unit_test(a_misspelt_file_and_missing_units_are_errors),
	    cmocka_unit_test(a_programme_that_would_be_left_out_is_an_error),
	};

	return cmocka_run_group_tests_name("catalogue_dir", tests, load,
	                                   unload);
}
