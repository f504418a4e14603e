/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/alert_fold.c common/domain/explain.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_change.c common/domain/explain_texts.c tests/lib/cat_lines.c tests/lib/formula.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/alert_fold.h"
#include "common/domain/explain.h"
#include "tests/data/exercise.h"
#include "tests/lib/cat_lines.h"
#include "tests/lib/formula.h"

#define N_UNITS (sizeof exercise_units / sizeof *exercise_units)

static const struct cat_line lines[] = {
    {CAT_UNIT, "ex||Exercise|||nation||"},
    {CAT_UNIT, "ex.bang||Bang|||province||"},
    {CAT_UNIT, "ex.cau||Cau|||province||"},
    {CAT_UNIT, "ex.dua||Dua|||province||"},
    {CAT_UNIT, "ex.gao||Gao|||province||"},
    {CAT_UNIT, "ex.hoe||Hoe|||province||"},
    {CAT_UNIT, "ex.lim||Lim|||province||"},
    {CAT_UNIT, "ex.mit||Mit|||province||"},
    {CAT_UNIT, "ex.phuong||Phuong|||province||"},
    {CAT_MAP, "ex|Exercise||ex|territory||"},
    {CAT_MEMBER, "ex|ex.bang|ex|||"},
    {CAT_MEMBER, "ex|ex.cau|ex|||"},
    {CAT_MEMBER, "ex|ex.dua|ex|||"},
    {CAT_MEMBER, "ex|ex.gao|ex|||"},
    {CAT_MEMBER, "ex|ex.hoe|ex|||"},
    {CAT_MEMBER, "ex|ex.lim|ex|||"},
    {CAT_MEMBER, "ex|ex.mit|ex|||"},
    {CAT_MEMBER, "ex|ex.phuong|ex|||"},
    {CAT_INDICATOR, "ex-pov|l2015|Rate||%|2||down|||||||none|last||A|0|100"},
    {CAT_INDICATOR, "ex-pov|l2022|Rate||%|2||down|||||||none|last||A|0|100"},
    {CAT_SOURCE, "office|Office|ex|ex|ex-*|A|A|1|yes"},
    {CAT_REPORTING, "ex-pov@l2015|province|ex|60|15"},
    {CAT_DOCUMENT, "plan||2016"},
    {CAT_PROGRAMME, "ex|Bài tập|Exercise|2016|2026"},
    {CAT_TARGET, "ex|to-2026|at most 10.00|plan|2016|ex-pov@l2015|ex.bang "
                 "ex.cau ex.dua ex.hoe ex.lim ex.mit ex.phuong||||level|10.00||"
                 "at_most||2016|series||2026|line||0.50"},
    {CAT_TARGET, "ex|to-2025|at most 12.00|plan|2016|ex-pov@l2015|ex.gao||||"
                 "level|12.00||at_most||2016|series||2025|line||0.50"},
    {CAT_RULE, "ex|to-2026|2016|behind reversing missed|warning|programme|1|1"},
    {CAT_RULE, "ex|to-2025|2016|behind reversing missed|warning|programme|1|1"},
};

static int
build(void **state)
{
	*state = cat_lines_build(lines, sizeof lines / sizeof *lines);
	return 0;
}

static int
release(void **state)
{
	struct catalogue *c = *state;

	catalogue_free(&c);
	return 0;
}

static void
add_year(struct series *s, const char *definition, int year, const char *value)
{
	char period[PERIOD_TEXT_MAX];
	struct said said = {definition, period, value, 0, 0, STATUS_A};

	period_format(period_of_year(year), period);
	series_add(s, &said, 1);
}

static void
take(struct series *s, const struct catalogue *c,
     const struct exercise_unit *unit)
{
	bool other = strcmp(unit->unit, EXERCISE_OTHER_UNIT) == 0;

	series_take(s, c, unit->target, unit->unit);
	assert_int_equal(
	    day_parse(span_str(EXERCISE_TODAY), false, &s->in.today), ERR_OK);
	for (int i = 0; i < EXERCISE_YEARS; i++) {
		int year = EXERCISE_FIRST + i;
		int n = year - EXERCISE_OTHER_FIRST;

		if (unit->figures[i] != NULL)
			add_year(s, "ex-pov@l2015", year, unit->figures[i]);
		if (other && n >= 0)
			add_year(s, "ex-pov@l2022", year,
			         exercise_other_line[n]);
	}
}

static void
take_named(struct series *s, const struct catalogue *c, const char *name)
{
	for (size_t i = 0; i < N_UNITS; i++)
		if (strcmp(exercise_units[i].unit, name) == 0)
			take(s, c, &exercise_units[i]);
}

static char
letter_of(enum verdict_kind kind)
{
	static const char letters[] = {
	    [VERDICT_UNDECIDED] = 'u', [VERDICT_ACHIEVED] = 'A',
	    [VERDICT_MISSED] = 'M',    [VERDICT_ON_TRACK] = 'o',
	    [VERDICT_AT_RISK] = 'a',   [VERDICT_BEHIND] = 'b',
	    [VERDICT_REVERSING] = 'r'};

	return letters[kind];
}

static void
every_year_of_every_unit_has_its_verdict(void **state)
{
	for (size_t i = 0; i < N_UNITS; i++) {
		const struct exercise_unit *unit = &exercise_units[i];
		struct series s;
		char found[EXERCISE_YEARS] = "";

		take(&s, *state, unit);
		for (int y = 1; y < EXERCISE_YEARS; y++) {
			struct verdict v;

			s.in.asked = period_of_year(EXERCISE_FIRST + y);
			assert_true(verdict_judge(&s.in, &v));
			found[y - 1] = letter_of(v.kind);
		}
		assert_string_equal(found, unit->verdicts);
	}
}

/* The same by the clock: the day after the figures came, they are judged. */
static void
every_year_is_judged_as_it_comes(void **state)
{
	for (size_t i = 0; i < N_UNITS; i++) {
		const struct exercise_unit *unit = &exercise_units[i];
		struct series s;
		uint32_t all;

		take(&s, *state, unit);
		all = s.in.n;
		for (int y = 1; y < EXERCISE_YEARS; y++) {
			struct period year = period_of_year(EXERCISE_FIRST + y);
			struct verdict v;

			s.in.n = 0;
			while (s.in.n < all &&
			       s.points[s.in.n].period.code <= year.code)
				s.in.n++;
			s.in.today.n = period_last_day(year).n + 76;
			assert_true(verdict_judge(&s.in, &v));
			assert_int_equal(v.judged.code, year.code);
			assert_int_equal(letter_of(v.kind),
			                 unit->verdicts[y - 1]);
		}
	}
}

struct answer {
	const char *unit;
	const char *judged;
	enum verdict_kind kind;
	enum verdict_rule rule;
	enum timeliness timeliness;
	const char *path, *gap, *pace, *required;
};

static const struct answer answers[] = {
    {"ex.bang", "2025", VERDICT_BEHIND, RULE_OFF_PATH, TIMELINESS_CURRENT,
     "12.00", "-4.50", "1.50", "6.50"},
    {"ex.cau", "2025", VERDICT_REVERSING, RULE_TURNED, TIMELINESS_CURRENT,
     "11.80", "-3.10", "-1.30", "4.90"},
    {"ex.dua", "2025", VERDICT_AT_RISK, RULE_NEAR_PATH, TIMELINESS_CURRENT,
     "11.50", "-0.30", "1.20", "1.80"},
    {"ex.gao", "2025", VERDICT_MISSED, RULE_DUE, TIMELINESS_CURRENT, "12.00",
     "-1.40", "1.30", NULL},
    {"ex.hoe", "2025", VERDICT_ACHIEVED, RULE_MET_EARLY, TIMELINESS_CURRENT,
     "11.00", "2.00", "0.40", NULL},
    {"ex.lim", "2025", VERDICT_UNDECIDED, RULE_UNDECIDED, TIMELINESS_LATE,
     "11.60", NULL, NULL, NULL},
    {"ex.mit", "2025", VERDICT_ON_TRACK, RULE_ON_PATH, TIMELINESS_CURRENT,
     "12.20", "0.80", "2.50", "1.40"},
    {"ex.phuong", "2025", VERDICT_UNDECIDED, RULE_UNDECIDED, TIMELINESS_LATE,
     "11.70", NULL, NULL, NULL},
};

static void
assert_number(bool has, i128 fine, const char *text)
{
	char number[DECIMAL_TEXT_MAX];

	assert_int_equal(has, text != NULL);
	if (text != NULL)
		assert_string_equal(verdict_number(fine, 2, number), text);
}

static void
the_answers_of_today_come_with_their_arithmetic(void **state)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct answer *a = &answers[i];
		struct series s;
		struct verdict v;
		char period[PERIOD_TEXT_MAX];

		take_named(&s, *state, a->unit);
		assert_true(verdict_judge(&s.in, &v));
		assert_int_equal(v.kind, a->kind);
		assert_int_equal(v.rule, a->rule);
		assert_int_equal(v.timeliness, a->timeliness);
		assert_string_equal(period_format(v.judged, period), a->judged);
		assert_number(v.has_path, v.path, a->path);
		assert_number(v.has_gap, v.gap, a->gap);
		assert_number(v.has_pace, v.pace, a->pace);
		assert_number(v.has_required_pace, v.required_pace,
		              a->required);
	}
}

static struct verdict
answer_of(void **state, const char *unit)
{
	struct series s;
	struct verdict v;

	take_named(&s, *state, unit);
	assert_true(verdict_judge(&s.in, &v));
	return v;
}

static void
what_is_special_to_a_unit_is_said(void **state)
{
	struct verdict v = answer_of(state, "ex.gao");

	assert_true(v.final);
	v = answer_of(state, "ex.hoe");
	assert_int_equal(v.achieved_period.code, period_of_year(2023).code);
	assert_false(v.final);
	v = answer_of(state, "ex.lim");
	assert_int_equal(v.reason, REASON_NO_FIGURE);
	assert_int_equal(v.last_kind, VERDICT_ON_TRACK);
	assert_int_equal(v.last_period.code, period_of_year(2024).code);
	v = answer_of(state, "ex.phuong");
	assert_int_equal(v.reason, REASON_OTHER_DEFINITION);
	assert_int_equal(v.last_kind, VERDICT_ON_TRACK);
	assert_int_equal(v.last_period.code, period_of_year(2021).code);
}

/* ex.lim a year before: 2024 is ahead by 0.80, its step over what is needed. */
static void
the_last_decided_verdict_has_its_arithmetic_too(void **state)
{
	struct series s;
	struct verdict v;

	take_named(&s, *state, "ex.lim");
	s.in.asked = period_of_year(2024);
	assert_true(verdict_judge(&s.in, &v));
	assert_number(true, v.path, "13.20");
	assert_number(true, v.gap, "0.80");
	assert_number(true, v.pace, "1.80");
	assert_number(true, v.required_pace, "1.20");
}

static void
until_the_sixteenth_of_march_the_year_before_is_judged(void **state)
{
	struct series s;
	struct verdict v;

	take_named(&s, *state, "ex.lim");
	assert_int_equal(day_parse(span_str("2026-03-16"), false, &s.in.today),
	                 ERR_OK);
	assert_true(verdict_judge(&s.in, &v));
	assert_int_equal(v.judged.code, period_of_year(2024).code);
	assert_int_equal(v.kind, VERDICT_ON_TRACK);
	s.in.today.n++;
	assert_true(verdict_judge(&s.in, &v));
	assert_int_equal(v.judged.code, period_of_year(2025).code);
	assert_int_equal(v.timeliness, TIMELINESS_LATE);
}

static void
alerts_fire_since_the_year_in_which_they_began(void **state)
{
	static const struct {
		const char *unit;
		enum alert_state state;
		int since;
		enum alert_reason reason;
	} rows[] = {
	    {"ex.bang", ALERT_FIRING, 2018, ALERT_REASON_NONE},
	    {"ex.cau", ALERT_FIRING, 2025, ALERT_REASON_NONE},
	    {"ex.dua", ALERT_INACTIVE, 0, ALERT_REASON_NONE},
	    {"ex.gao", ALERT_RESOLVED, 2019, ALERT_CLOSED},
	    {"ex.hoe", ALERT_INACTIVE, 0, ALERT_REASON_NONE},
	    {"ex.lim", ALERT_INACTIVE, 0, ALERT_REASON_NONE},
	    {"ex.mit", ALERT_INACTIVE, 0, ALERT_REASON_NONE},
	    {"ex.phuong", ALERT_INACTIVE, 0, ALERT_REASON_NONE},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct series s;
		struct alert a;

		take_named(&s, *state, rows[i].unit);
		assert_int_equal(
		    alert_fold(&s.in, s.in.target->versions[0].rules, true, &a),
		    ERR_OK);
		assert_int_equal(a.state, rows[i].state);
		assert_int_equal(a.reason, rows[i].reason);
		if (rows[i].since != 0)
			assert_int_equal(a.since.code,
			                 period_of_year(rows[i].since).code);
	}
}

static void
every_formula_of_the_answers_holds(void **state)
{
	int n = 0;

	for (size_t i = 0; i < N_UNITS; i++) {
		struct verdict v = answer_of(state, exercise_units[i].unit);
		struct buf b;
		const char *why;

		buf_init(&b, 8192);
		explain_write(*state, &v, NULL, LANG_EN, &b);
		assert_non_null(buf_cstr(&b));
		for (const char *at = buf_cstr(&b); *at != '\0';) {
			char line[256];
			size_t len = strcspn(at, "\n");

			assert_in_range(len, 0, sizeof line - 1);
			memcpy(line, at, len);
			line[len] = '\0';
			at += len + (at[len] == '\n');
			if (!formula_is_one(line))
				continue;
			n++;
			assert_true(formula_holds(line, &why));
		}
		buf_fini(&b);
	}
	assert_in_range(n, 20, 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_year_of_every_unit_has_its_verdict),
	    cmocka_unit_test(every_year_is_judged_as_it_comes),
	    cmocka_unit_test(the_answers_of_today_come_with_their_arithmetic),
	    cmocka_unit_test(what_is_special_to_a_unit_is_said),
	    cmocka_unit_test(the_last_decided_verdict_has_its_arithmetic_too),
	    cmocka_unit_test(
	        until_the_sixteenth_of_march_the_year_before_is_judged),
	    cmocka_unit_test(alerts_fire_since_the_year_in_which_they_began),
	    cmocka_unit_test(every_formula_of_the_answers_holds),
	};

	return cmocka_run_group_tests(tests, build, release);
}
