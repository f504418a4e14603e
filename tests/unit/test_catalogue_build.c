/* links: common/formats/csv.c common/formats/catalogue_csv.c common/formats/catalogue_tree.c common/formats/catalogue_yaml.c common/domain/catalogue_rows.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_take.c common/domain/catalogue_units.c common/domain/catalogue_check.c common/domain/catalogue_indicators.c common/domain/catalogue_sources.c common/domain/catalogue_targets.c common/domain/catalogue_kinds.c common/domain/catalogue_rules.c common/domain/catalogue_lookup.c common/domain/catalogue_duty.c common/domain/verdict_names.c common/domain/arena.c common/domain/text.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/catalogue.h"

/* A row as text: "unit|code|name|..."; missing fields are empty. */
struct line {
	enum cat_kind kind;
	const char *text;
};

static const struct line base[] = {
    {CAT_UNIT, "land||Land|||nation||"},
    {CAT_UNIT, "north|02|North|||province||"},
    {CAT_UNIT, "south|08|South|||province||"},
    {CAT_UNIT, "commune-00700|00700|Suoi|||commune||"},
    {CAT_UNIT, "list||List|||group||"},
    {CAT_MAP, "2021|Borders||land|territory||2025-06-30"},
    {CAT_MAP, "2025|Borders||land|territory|2025-07-01|"},
    {CAT_MEMBER, "2021|north|land|||"},
    {CAT_MEMBER, "2021|south|land|||"},
    {CAT_MEMBER, "2021|commune-00700|north|||"},
    {CAT_INDICATOR, "pov|c2016|Poor||percent|2|100|down|||||||ratio|last||A"
                    "|0|100|||||2015-12-31|"},
    {CAT_INDICATOR, "water||Water|||1||up"},
    {CAT_SOURCE, "office|Office|||*|A||1|yes"},
    {CAT_REPORTING, "pov|province|2021|30|||"},
    {CAT_DOCUMENT, "doc||2015"},
    {CAT_PROGRAMME, "prog|Tên|Name|2016|2020"},
    {CAT_TARGET, "prog|fall|text|doc|2016|pov@c2016|north||||step|3.0||||2015"
                 "|27.81|doc|2020"},
    {CAT_RULE, "prog|fall|2016|behind missed|warning"},
};
enum {
	N_BASE = sizeof(base) / sizeof(base[0]),
};

static void
add_line(struct cat_rows *rows, const struct line *line)
{
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};
	const char *at = line->text;

	for (size_t i = 0; *at != '\0'; i++) {
		size_t len = strcspn(at, "|");

		assert_true(i < cat_kinds[line->kind].n_fields);
		fields[i] = span_of(at, len);
		at += len;
		at += *at == '|';
	}
	assert_int_equal(cat_rows_add(rows, line->kind, fields, NULL), ERR_OK);
}

struct built {
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c;
};

static enum err
build_with(struct built *b, const struct line *more, size_t n)
{
	b->c = NULL;
	cat_rows_init(&b->rows);
	cat_errors_init(&b->errors);
	for (size_t i = 0; i < N_BASE; i++)
		add_line(&b->rows, &base[i]);
	for (size_t i = 0; i < n && more[i].text; i++)
		add_line(&b->rows, &more[i]);
	return catalogue_build(&b->c, &b->rows, NULL, &b->errors);
}

static void
built_fini(struct built *b)
{
	catalogue_free(&b->c);
	cat_rows_fini(&b->rows);
	cat_errors_fini(&b->errors);
}

enum {
	MORE_MAX = 4,
};

struct wrong {
	struct line more[MORE_MAX]; /* added to the base */
	enum err code;              /* of the first error */
	const char *field;          /* in which field; NULL: any */
	const char *text;           /* part of the text */
	const char *hint;           /* whole hint, NULL: any */
};

#define ONE(kind, text)                \
	{                              \
		{                      \
			(kind), (text) \
		}                      \
	}

static const struct wrong wrong_units[] = {
    {ONE(CAT_UNIT, "Big|||||commune"), ERR_BAD_VALUE, "unit", "id Big", NULL},
    {ONE(CAT_UNIT, "|1|Name|||commune"), ERR_MISSING_FIELD, "unit", "id", NULL},
    {ONE(CAT_UNIT, "x||X|||"), ERR_MISSING_FIELD, "level", "level", NULL},
    {ONE(CAT_UNIT, "x||X|||commune|2025-02-30"), ERR_BAD_DATE, "valid_from",
     "2025-02-30", NULL},
    {ONE(CAT_UNIT, "x||X|||commune|2025-02-03|2025-02-02"), ERR_BAD_DATE,
     "valid_to", "before", NULL},
    {ONE(CAT_UNIT, "north|02|North|||province|2020-01-01|"), ERR_OVERLAP,
     "valid_from", "north", NULL},
    {{{CAT_UNIT, "x||X|||commune||2019-12-30"},
      {CAT_UNIT, "x||X|||commune|2020-01-01|"}},
     ERR_BAD_DATE,
     "valid_from",
     "gap",
     NULL},
    {ONE(CAT_UNIT, "province||X|||commune"), ERR_DUPLICATE_ID, "unit",
     "also a level", NULL},
    {ONE(CAT_MAP, "2021|Again||land|grouping"), ERR_DUPLICATE_ID, "map", "2021",
     NULL},
    {ONE(CAT_MAP, "2030|X||land|territory|2025-06-30|2025-06-30"), ERR_OVERLAP,
     NULL, "exactly one", NULL},
    {ONE(CAT_MAP, "g|X||land|grouping"), ERR_BAD_VALUE, "root", "grouping",
     NULL},
    {ONE(CAT_MAP, "g|X||lnad|grouping"), ERR_UNKNOWN_REFERENCE, "root",
     "unit lnad unknown", "land?"},
    {ONE(CAT_MAP, "g|X||list|groping"), ERR_BAD_VALUE, "kind",
     "none of territory grouping", "grouping?"},
    {ONE(CAT_DOCUMENT, "doc"), ERR_DUPLICATE_ID, "document", "doc", NULL},
    {ONE(CAT_DOCUMENT, "d2||2015-13"), ERR_BAD_DATE, "date", "2015-13", NULL},
};

static const struct wrong wrong_members[] = {
    {ONE(CAT_MEMBER, "2021|commune-700|north"), ERR_UNKNOWN_REFERENCE, "unit",
     "unit commune-700 unknown", "commune-00700 exists: leading zero lost?"},
    {ONE(CAT_MEMBER, "2021|2|north"), ERR_UNKNOWN_REFERENCE, "unit",
     "unit 2 unknown", "02 exists: leading zero lost?"},
    {ONE(CAT_MEMBER, "2021|02|north"), ERR_UNKNOWN_REFERENCE, "unit",
     "unit 02 unknown", "02 is the code of unit north"},
    {ONE(CAT_MEMBER, "2012|north|land"), ERR_UNKNOWN_REFERENCE, "map", "2012",
     "2021?"},
    {ONE(CAT_MEMBER, "2025|north|land|999999"), ERR_BAD_WEIGHTS, "weight",
     "999999", NULL},
    {ONE(CAT_MEMBER, "2025|north|land|0"), ERR_BAD_VALUE, "weight", "0", NULL},
    {ONE(CAT_MEMBER, "2021|commune-00700|south"), ERR_BAD_WEIGHTS, "weight",
     "2 parents of commune-00700", NULL},
    {{{CAT_MEMBER, "2025|north|land|500000"},
      {CAT_MEMBER, "2025|north|land|500000"}},
     ERR_OVERLAP,
     "parent",
     "north",
     NULL},
    {ONE(CAT_MEMBER, "2021|land|north"), ERR_CYCLE, NULL, NULL, NULL},
    {ONE(CAT_MEMBER, "2025|north|south"), ERR_NO_ROOT_PATH, "parent",
     "parent south", NULL},
    {{{CAT_MEMBER, "2025|north|south||2020-01-01"},
      {CAT_MEMBER, "2025|south|land||2020-01-02"}},
     ERR_NO_ROOT_PATH,
     "parent",
     "2020-01-01",
     NULL},
    {{{CAT_MEMBER, "2025|north|south"}, {CAT_MEMBER, "2025|south|north"}},
     ERR_CYCLE,
     "parent",
     "beneath itself",
     NULL},
    {{{CAT_MEMBER, "2025|north|north"}},
     ERR_CYCLE,
     "parent",
     "beneath itself",
     NULL},
    {{{CAT_MEMBER, "2025|commune-00700|list"},
      {CAT_MEMBER, "2025|list|land"},
      {CAT_MEMBER, "2025|north|land"}},
     ERR_NO_ROOT_PATH,
     "parent",
     "counted beside north",
     NULL},
};

static const struct wrong wrong_indicators[] = {
    {ONE(CAT_INDICATOR, "pov|c2016|Again"), ERR_DUPLICATE_ID, "indicator",
     "pov@c2016", NULL},
    {ONE(CAT_INDICATOR, "i||I|||10"), ERR_BAD_VALUE, "decimals", "0 to 9",
     NULL},
    {ONE(CAT_INDICATOR, "i||I|||0|1000001"), ERR_BAD_VALUE, "factor", NULL,
     NULL},
    {ONE(CAT_INDICATOR, "i||I|||0||upp"), ERR_BAD_VALUE, "direction", "upp",
     "up?"},
    {ONE(CAT_INDICATOR, "i||I|||0|||||povv"), ERR_UNKNOWN_REFERENCE, "of",
     "indicator povv", "pov?"},
    {ONE(CAT_INDICATOR, "i||I|||0|||||i"), ERR_CYCLE, "of", "scope of itself",
     NULL},
    {ONE(CAT_INDICATOR, "i||I|||0||||||pov"), ERR_MISSING_FIELD, "change",
     "come together", NULL},
    {ONE(CAT_INDICATOR, "i||I|||0||down||||pov|step"), ERR_BAD_VALUE,
     "direction", "good direction", NULL},
    {ONE(CAT_INDICATOR, "i||I|||0|||||||||sum|sum||span"), ERR_BAD_VALUE,
     "time", "spans", NULL},
    {ONE(CAT_INDICATOR, "i||I|||0||||||||||||A|2|1"), ERR_BAD_VALUE, "max",
     "below min", NULL},
    {ONE(CAT_INDICATOR, "i||I|||1||||||||||||A|2.55"), ERR_TOO_PRECISE, "min",
     "1 decimals", NULL},
    {ONE(CAT_INDICATOR, "i||I|||1||||||||||||A|2,5"), ERR_BAD_NUMBER, "min",
     "2,5", "the decimal sign is a point"},
    {ONE(CAT_INDICATOR, "pov|c2022|P|||0|||||water"), ERR_BAD_VALUE, "of",
     "not alike", NULL},
};

static const struct wrong wrong_sources[] = {
    {ONE(CAT_SOURCE, "s|S|||pov-* |A||1"), ERR_UNKNOWN_REFERENCE, "indicators",
     "begins with pov-", NULL},
    {ONE(CAT_SOURCE, "s|S|||watr|A||1"), ERR_UNKNOWN_REFERENCE, "indicators",
     "watr", "water?"},
    {ONE(CAT_SOURCE, "s|S||||A||1"), ERR_MISSING_FIELD, "indicators", NULL,
     NULL},
    {ONE(CAT_SOURCE, "s|S|||*|||1"), ERR_MISSING_FIELD, "max_status", NULL,
     NULL},
    {ONE(CAT_SOURCE, "s|S|||*|E|P|1"), ERR_STATUS_TOO_HIGH, "default_status",
     NULL, NULL},
    {ONE(CAT_SOURCE, "s|S|||*|A||"), ERR_MISSING_FIELD, "rank", NULL, NULL},
    {ONE(CAT_SOURCE, "office||||pov|A||2"), ERR_BAD_VALUE, "rank", "rank 2",
     NULL},
    {ONE(CAT_SOURCE, "s||||*|A||1"), ERR_MISSING_FIELD, "name", NULL, NULL},
    {ONE(CAT_REPORTING, "pov|province|2021|30||||"), ERR_OVERLAP, NULL,
     "one is allowed", NULL},
    {ONE(CAT_REPORTING, "water|provnce|2021|30"), ERR_UNKNOWN_REFERENCE,
     "level_or_unit", "provnce", NULL},
    {ONE(CAT_REPORTING, "water|land|2021|30||1.1"), ERR_BAD_VALUE,
     "coverage_floor", "fraction", NULL},
    {ONE(CAT_REPORTING, "water|land|2021|"), ERR_MISSING_FIELD, "due_days",
     NULL, NULL},
    {ONE(CAT_CALENDAR, "water|2020|soon"), ERR_BAD_DATE, "expected_by", "soon",
     NULL},
    {{{CAT_CALENDAR, "water|2020|2021-01-01"},
      {CAT_CALENDAR, "water|2020|2021-01-02"}},
     ERR_DUPLICATE_ID,
     "period",
     "2020 of water",
     NULL},
};

#define TARGET "prog|t|text|doc|2016|"
static const struct wrong wrong_targets[] = {
    {ONE(CAT_TARGET, "prog|fall|again|doc|2016|water|north||||level|5||||||"
                     "|2020"),
     ERR_DUPLICATE_ID, "in_force_from", "2016", NULL},
    {ONE(CAT_TARGET, "prgo|t|text|doc|2016|water|north||||level|5|||||||2020"),
     ERR_UNKNOWN_REFERENCE, "programme", "prgo", NULL},
    {ONE(CAT_TARGET, TARGET "pov|north||||level|5|||||||2020"),
     ERR_UNKNOWN_REFERENCE, "indicator", "definition pov",
     "name the definition: pov@c2016"},
    {ONE(CAT_TARGET, TARGET "water|||||level|5|||||||2020"), ERR_MISSING_FIELD,
     "units", "units or level", NULL},
    {ONE(CAT_TARGET, TARGET "water|north|province|2021||level|5|||||||2020"),
     ERR_MISSING_FIELD, "units", "not both", NULL},
    {ONE(CAT_TARGET, TARGET "water||district|2021||level|5|||||||2020"),
     ERR_UNKNOWN_REFERENCE, "level", "district", NULL},
    {ONE(CAT_TARGET, TARGET "water||province|||level|5|||||||2020"),
     ERR_MISSING_FIELD, "map", NULL, NULL},
    {ONE(CAT_TARGET, TARGET "water|north north||||level|5|||||||2020"),
     ERR_DUPLICATE_ID, "units", "north", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||levl|5|||||||2020"), ERR_BAD_VALUE,
     "kind", "levl", "level?"},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5.55|||||||2020"),
     ERR_TOO_PRECISE, "value", NULL, NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5||at_most|||||2020"),
     ERR_BAD_VALUE, "sense", "contradicts", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level||5||||||2020"),
     ERR_MISSING_FIELD, "value", "two ends", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||step|-1|||||||2020"), ERR_BAD_VALUE,
     "value", "not negative", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||zero|1|||||||2020"), ERR_BAD_VALUE,
     "value", "a number does not belong to kind zero",
     "kind level, step, share, count, relative, maintain, plan"},
    {ONE(CAT_TARGET, TARGET "water|north||||all||||||||2020"),
     ERR_MISSING_FIELD, "indicator", "needs a max", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||each||||2020"),
     ERR_BAD_VALUE, "steps", NULL, NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5||||2015|||2020"),
     ERR_MISSING_FIELD, "base_value", NULL, NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5||||2020|1||2020"),
     ERR_BAD_PERIOD, "base_period", "before due", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2020-Q4"),
     ERR_BAD_FREQUENCY, "due", "2020-Q4", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2015"),
     ERR_BAD_PERIOD, "due", "before in_force_from", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||"), ERR_MISSING_FIELD,
     "due", NULL, NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2020|steps"),
     ERR_BAD_VALUE, "path", "path steps does not belong to kind level", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2020|milestones"),
     ERR_MISSING_FIELD, "milestones", NULL, NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2020||2018=1 2018=2"),
     ERR_DUPLICATE_ID, "milestones", NULL, NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2020||2021=1"),
     ERR_BAD_PERIOD, "milestones", "behind the due", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2020||2019"),
     ERR_BAD_VALUE, "milestones", "2019", NULL},
    {ONE(CAT_TARGET, TARGET "water|north||||level|5|||||||2020|||-0.1"),
     ERR_BAD_VALUE, "margin", NULL, NULL},
    {ONE(CAT_RULE, "prog|fall|2017|behind|info"), ERR_UNKNOWN_REFERENCE,
     "in_force_from", "2017", NULL},
    {ONE(CAT_RULE, "prog|fal|2016|behind|info"), ERR_UNKNOWN_REFERENCE,
     "target", "prog/fal", "prog/fall?"},
    {ONE(CAT_RULE, "prog|fall|2016|behnd|info"), ERR_BAD_VALUE, "when", "behnd",
     NULL},
    {ONE(CAT_RULE, "prog|fall|2016|undecided|info"), ERR_BAD_VALUE, "when",
     NULL, NULL},
    {ONE(CAT_RULE, "prog|fall|2016||info"), ERR_MISSING_FIELD, "when", NULL,
     NULL},
    {ONE(CAT_RULE, "prog|fall|2016|behind|warning"), ERR_DUPLICATE_ID,
     "severity", "warning", NULL},
    {ONE(CAT_RULE, "prog|fall|2016|behind|critical"), ERR_BAD_VALUE, "severity",
     "operations", NULL},
    {ONE(CAT_RULE, "prog|fall|2016|behind|info||0"), ERR_BAD_VALUE, "after",
     NULL, NULL},
};

static void
check_wrong(const struct wrong *w)
{
	struct built b;
	enum err err = build_with(&b, w->more, MORE_MAX);
	const struct cat_error *e = b.errors.list;

	if (err != ERR_REFUSED || e->code != w->code ||
	    (w->field &&
	     (e->field == UINT8_MAX ||
	      strcmp(cat_kinds[e->kind].fields[e->field], w->field) != 0)) ||
	    (w->text && !strstr(e->text, w->text)) ||
	    (w->hint && strcmp(e->hint, w->hint) != 0))
		fail_msg("%s: %s, field %d, %s (%s)", w->more[0].text,
		         err_name(err == ERR_REFUSED ? e->code : err),
		         err == ERR_REFUSED ? e->field : -1,
		         err == ERR_REFUSED ? e->text : "",
		         err == ERR_REFUSED ? e->hint : "");
	built_fini(&b);
}

#define CHECK_ALL(list)                                               \
	for (size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++) \
	check_wrong(&(list)[i])

static void
wrong_units_maps_and_documents_are_placed(void **state)
{
	(void)state;
	CHECK_ALL(wrong_units);
}

static void
wrong_memberships_are_placed(void **state)
{
	(void)state;
	CHECK_ALL(wrong_members);
}

static void
wrong_indicators_are_placed(void **state)
{
	(void)state;
	CHECK_ALL(wrong_indicators);
}

static void
wrong_sources_and_duties_are_placed(void **state)
{
	(void)state;
	CHECK_ALL(wrong_sources);
}

static void
wrong_targets_and_rules_are_placed(void **state)
{
	(void)state;
	CHECK_ALL(wrong_targets);
}

static void
the_base_of_these_tests_is_right(void **state)
{
	struct built b;

	(void)state;
	assert_int_equal(build_with(&b, NULL, 0), ERR_OK);
	assert_int_equal(b.errors.total, 0);
	built_fini(&b);
}

static void
two_divisions_on_one_way_are_refused(void **state)
{
	static const struct line once[] = {
	    {CAT_MEMBER, "2025|north|land"},
	    {CAT_MEMBER, "2025|south|land"},
	    {CAT_MEMBER, "2025|commune-00700|north|400000||2025-06-30"},
	    {CAT_MEMBER, "2025|commune-00700|south|600000||2025-06-30"},
	};
	static const struct line twice[] = {
	    {CAT_MEMBER, "2025|north|land|999999"},
	    {CAT_MEMBER, "2025|north|south|1"},
	    {CAT_MEMBER, "2025|south|land"},
	    {CAT_MEMBER, "2025|commune-00700|north|400000||2025-06-30"},
	    {CAT_MEMBER, "2025|commune-00700|south|600000||2025-06-30"},
	};
	struct built b;

	(void)state;
	assert_int_equal(build_with(&b, once, 4), ERR_OK);
	built_fini(&b);
	assert_int_equal(build_with(&b, twice, 5), ERR_REFUSED);
	assert_int_equal(b.errors.list[0].code, ERR_BAD_WEIGHTS);
	assert_non_null(strstr(b.errors.list[0].text, "divided twice"));
	built_fini(&b);
}

static void
levels_have_a_default_side_path_and_margin(void **state)
{
	static const struct line more[] = {
	    {CAT_TARGET, TARGET "pov@c2016|north||||level|5.00|4.00||||||2020"},
	    {CAT_INDICATOR, "km||K|||0||up|||||||sum|sum|none|Q"},
	    {CAT_TARGET, "prog|k|t|doc|2016|km|north||||level|||||||"
	                 "|2020-Q4"},
	};
	struct built b;
	const struct cat_target_version *v;

	(void)state;
	assert_int_equal(build_with(&b, more, 3), ERR_OK);
	v = b.c->targets[catalogue_target(b.c, span_str("prog/t"))].versions;
	assert_int_equal(v->sense, SENSE_AT_MOST);
	assert_int_equal(v->value, 500);
	assert_int_equal(v->value_far, 400);
	assert_int_equal(v->path, PATH_LINE);
	assert_int_equal(v->margin, 1);
	v = b.c->targets[catalogue_target(b.c, span_str("prog/k"))].versions;
	assert_int_equal(v->sense, SENSE_AT_LEAST);
	assert_false(v->has_value);
	assert_int_equal(v->path, PATH_NONE);
	built_fini(&b);
}

static void
errors_past_the_limit_are_counted(void **state)
{
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c = NULL;
	const struct line line = {CAT_MEMBER, "no|such|unit"};

	(void)state;
	cat_rows_init(&rows);
	cat_errors_init(&errors);
	for (int i = 0; i < 100; i++)
		add_line(&rows, &line);
	assert_int_equal(catalogue_build(&c, &rows, NULL, &errors),
	                 ERR_REFUSED);
	assert_null(c);
	assert_int_equal(errors.n, CATALOGUE_ERRORS_MAX);
	assert_int_equal(errors.total, 300);
	cat_rows_fini(&rows);
	cat_errors_fini(&errors);
}

/* rows of one unit in one map: `n` years, one after another */
static enum err
build_years(int n, struct built *b)
{
	struct line lines[70];
	char texts[70][64];

	for (int i = 0; i < n; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]),
		               "2025|north|land||%d-01-01|%d-12-31", 1950 + i,
		               1950 + i);
		lines[i] = (struct line){CAT_MEMBER, texts[i]};
	}
	return build_with(b, lines, (size_t)n);
}

static void
a_unit_has_sixty_four_rows_in_a_map_and_no_more(void **state)
{
	struct built b;

	(void)state;
	assert_int_equal(build_years(64, &b), ERR_OK);
	built_fini(&b);
	assert_int_equal(build_years(65, &b), ERR_REFUSED);
	assert_int_equal(b.errors.list[0].code, ERR_TOO_LARGE);
	built_fini(&b);
}

static void
an_undeclared_id_keeps_its_number(void **state)
{
	static const struct line extra = {CAT_UNIT, "gone||Gone|||group"};
	static const struct line later = {CAT_UNIT, "late||Late|||group"};
	struct built first, second;
	uint32_t gone;

	(void)state;
	assert_int_equal(build_with(&first, &extra, 1), ERR_OK);
	gone = catalogue_unit(first.c, span_str("gone"));
	assert_int_equal(gone, 5);
	assert_int_equal(build_with(&second, &later, 1), ERR_OK);
	catalogue_free(&second.c);
	assert_int_equal(catalogue_build(&second.c, &second.rows,
	                                 &first.c->registry, &second.errors),
	                 ERR_OK);
	assert_int_equal(catalogue_unit(second.c, span_str("gone")),
	                 NUMBER_NONE);
	assert_false(second.c->units[gone].declared);
	assert_string_equal(second.c->units[gone].id, "gone");
	assert_int_equal(catalogue_unit(second.c, span_str("late")), 6);
	built_fini(&first);
	built_fini(&second);
}

static void
the_place_hash_changes_with_places_only(void **state)
{
	static const struct line place = {CAT_MEMBER, "2025|north|land"};
	static const struct line text = {CAT_DOCUMENT, "d2||2016"};
	struct built b;
	uint64_t before;

	(void)state;
	assert_int_equal(build_with(&b, NULL, 0), ERR_OK);
	before = b.c->place_hash;
	built_fini(&b);
	assert_int_equal(build_with(&b, &text, 1), ERR_OK);
	assert_int_equal(b.c->place_hash, before);
	built_fini(&b);
	assert_int_equal(build_with(&b, &place, 1), ERR_OK);
	assert_int_not_equal(b.c->place_hash, before);
	built_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_base_of_these_tests_is_right),
	    cmocka_unit_test(wrong_units_maps_and_documents_are_placed),
	    cmocka_unit_test(wrong_memberships_are_placed),
	    cmocka_unit_test(wrong_indicators_are_placed),
	    cmocka_unit_test(wrong_sources_and_duties_are_placed),
	    cmocka_unit_test(wrong_targets_and_rules_are_placed),
	    cmocka_unit_test(two_divisions_on_one_way_are_refused),
	    cmocka_unit_test(levels_have_a_default_side_path_and_margin),
	    cmocka_unit_test(errors_past_the_limit_are_counted),
	    cmocka_unit_test(a_unit_has_sixty_four_rows_in_a_map_and_no_more),
	    cmocka_unit_test(an_undeclared_id_keeps_its_number),
	    cmocka_unit_test(the_place_hash_changes_with_places_only),
	};

	return cmocka_run_group_tests_name("catalogue_build", tests, NULL,
	                                   NULL);
}
