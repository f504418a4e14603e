#include "tests/lib/verdict_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ALWAYS                   \
	{                        \
		{DAY_FIRST},     \
		{                \
			DAY_LAST \
		}                \
	}

struct period
period_of(const char *text)
{
	struct period p;

	assert_int_equal(period_parse(span_str(text), &p), ERR_OK);
	return p;
}

int64_t
mantissa_of(const char *text, uint8_t places)
{
	int64_t m;

	assert_int_equal(decimal_parse(span_str(text), places, false, &m),
	                 ERR_OK);
	return m;
}

struct day
day_of(const char *text)
{
	struct day d;

	assert_int_equal(day_parse(span_str(text), false, &d), ERR_OK);
	return d;
}

static struct cat_definition
rate(const char *id, const char *indicator, uint32_t family)
{
	return (struct cat_definition){
	    .id = id,
	    .indicator = indicator,
	    .definition = "a",
	    .declared = true,
	    .family = family,
	    .name = "Tỷ lệ",
	    .name_en = "Rate",
	    .unit_measure = "%",
	    .scope = "",
	    .counted = "households",
	    .criterion = "",
	    .decimals = 2,
	    .factor = 100,
	    .direction = DIRECTION_DOWN,
	    .units = NUMBER_NONE,
	    .place = PLACE_RATIO,
	    .frequency = FREQ_ANNUAL,
	    .has_min = true,
	    .has_max = true,
	    .max = 10000,
	    .validity = ALWAYS,
	};
}

static void
init_definitions(struct verdict_case *k)
{
	static const char *const indicators[] = {"rate", "rate-em",
	                                         "rate-change", "rate-mean"};
	struct cat_definition *d = k->definitions;

	d[CASE_RATE] = rate("rate@a", "rate", 0);
	d[CASE_RATE_B] = rate("rate@b", "rate", 0);
	d[CASE_SCOPED] = rate("rate-em@a", "rate-em", 0);
	d[CASE_CHANGE] = rate("rate-change@a", "rate-change", 2);
	d[CASE_SPAN] = rate("rate-mean@a", "rate-mean", 3);
	d[CASE_CHANGE].change = CHANGE_STEP;
	d[CASE_SPAN].change = CHANGE_MEAN;
	d[CASE_SPAN].frequency = FREQ_SPAN;
	for (int i = CASE_CHANGE; i <= CASE_SPAN; i++) {
		d[i].place = PLACE_NONE;
		d[i].direction = DIRECTION_UP;
		d[i].has_min = false;
		d[i].has_max = false;
	}
	for (int i = 0; i < 4; i++)
		k->indicators[i].id = indicators[i];
	k->c.definitions = k->definitions;
	k->c.n_definitions = CASE_DEFINITIONS;
	k->c.indicators = k->indicators;
	k->c.n_indicators = 4;
}

static void
init_unit(struct verdict_case *k)
{
	k->name = (struct cat_unit_name){.code = "01",
	                                 .name = "Bằng",
	                                 .name_en = "Bang",
	                                 .type = "tỉnh",
	                                 .level = "province",
	                                 .validity = ALWAYS};
	k->unit = (struct cat_unit){.id = "bang",
	                            .declared = true,
	                            .names = &k->name,
	                            .n_names = 1,
	                            .validity = ALWAYS};
	k->c.units = &k->unit;
	k->c.n_units = 1;
}

static void
init_owing(struct verdict_case *k)
{
	k->grant = (struct cat_grant){.under = NUMBER_NONE,
	                              .map = NUMBER_NONE,
	                              .indicators = "*",
	                              .rank = 1,
	                              .reports = true};
	k->source = (struct cat_source){.id = "gso",
	                                .declared = true,
	                                .name = "GSO",
	                                .grants = &k->grant,
	                                .n_grants = 1,
	                                .rank = 1};
	k->reporting = (struct cat_reporting){.n_definitions = 1,
	                                      .unit = 0,
	                                      .map = NUMBER_NONE,
	                                      .due_days = 60,
	                                      .grace_days = 15,
	                                      .floor_millionths = 1000000,
	                                      .validity = ALWAYS};
	k->c.sources = &k->source;
	k->c.n_sources = 1;
	k->c.reporting = &k->reporting;
	k->c.n_reporting = 1;
	k->c.reporting_definitions = &k->reported;
	k->c.n_reporting_definitions = 1;
}

static void
init_documents(struct verdict_case *k)
{
	static const char *const ids[] = {"doc-target", "doc-figure",
	                                  "doc-base"};

	for (int i = 0; i < 3; i++)
		k->documents[i] = (struct cat_document){.id = ids[i],
		                                        .declared = true,
		                                        .number = "",
		                                        .issuer = "",
		                                        .title = "",
		                                        .as_printed = "",
		                                        .cited_in = "",
		                                        .url = "",
		                                        .date = {DAY_NONE},
		                                        .released = {DAY_NONE}};
	k->c.documents = k->documents;
	k->c.n_documents = 3;
}

static void
init_target(struct verdict_case *k)
{
	k->programme = (struct cat_programme){.id = "prog",
	                                      .declared = true,
	                                      .name_vi = "Chương trình",
	                                      .name_en = "Programme",
	                                      .from = period_of("2016"),
	                                      .to = period_of("2026")};
	k->rule = (struct cat_alert_rule){.when = 1u << VERDICT_BEHIND |
	                                          1u << VERDICT_REVERSING |
	                                          1u << VERDICT_MISSED,
	                                  .severity = "warning",
	                                  .audience = "programme",
	                                  .after = 1,
	                                  .clear = 1};
	k->versions[0] = (struct cat_target_version){
	    .text = "dưới 10 %",
	    .in_force_from = period_of("2016"),
	    .units = &k->unit_number,
	    .n_units = 1,
	    .map = NUMBER_NONE,
	    .relative_definition = NUMBER_NONE,
	    .relative_unit = NUMBER_NONE,
	    .successor_of = NUMBER_NONE,
	    .sense = SENSE_AT_MOST,
	    .has_value = true,
	    .value = 1000,
	    .has_base = true,
	    .base_period = period_of("2016"),
	    .base_value = 3000,
	    .base_document = 2,
	    .due = period_of("2026"),
	    .path = PATH_LINE,
	    .margin = 50,
	    .method = "path",
	    .rules = &k->rule,
	    .n_rules = 1,
	};
	k->target = (struct cat_target){.id = "prog/rate",
	                                .name = "rate",
	                                .declared = true,
	                                .versions = k->versions,
	                                .n_versions = 1};
	k->c.targets = &k->target;
	k->c.n_targets = 1;
	k->c.programmes = &k->programme;
	k->c.n_programmes = 1;
}

void
case_init(struct verdict_case *k)
{
	memset(k, 0, sizeof *k);
	init_definitions(k);
	init_unit(k);
	init_owing(k);
	init_documents(k);
	init_target(k);
	k->in = (struct verdict_input){.c = &k->c,
	                               .target = &k->target,
	                               .points = k->points,
	                               .reference = k->reference,
	                               .today = day_of("2026-06-30")};
}

static uint32_t
definition_of(const struct verdict_case *k, enum point_which which)
{
	if (which == POINT_OTHER_DEFINITION)
		return CASE_RATE_B;
	if (which == POINT_OTHER_SCOPE)
		return CASE_SCOPED;
	return k->versions[0].definition;
}

static struct verdict_point *
put_point(struct verdict_point *list, uint32_t *n, struct period p)
{
	uint32_t at = *n;

	while (at > 0 && list[at - 1].period.code > p.code) {
		list[at] = list[at - 1];
		at--;
	}
	++*n;
	list[at] = (struct verdict_point){
	    .period = p, .map = NUMBER_NONE, .released = true};
	list[at].figure.period = p;
	list[at].figure.document = 1;
	list[at].figure.commit = 1;
	list[at].figure.released.n = period_last_day(p).n + 41;
	return &list[at];
}

static void
put_value(struct verdict_point *pt, const char *value)
{
	if (value == NULL)
		return;
	pt->figure.has = FIGURE_VALUE;
	pt->figure.value = mantissa_of(value, 2);
}

struct verdict_point *
case_point(struct verdict_case *k, enum point_which which, const char *period,
           const char *value)
{
	struct verdict_point *pt;

	assert_in_range(k->in.n, 0, CASE_POINTS - 1);
	pt = put_point(k->points, &k->in.n, period_of(period));
	pt->which = which;
	pt->figure.definition = definition_of(k, which);
	put_value(pt, value);
	return pt;
}

struct verdict_point *
case_reference(struct verdict_case *k, const char *period, const char *value)
{
	uint32_t definition = k->versions[0].relative_definition;
	struct verdict_point *pt;

	assert_in_range(k->in.n_reference, 0, CASE_REFERENCES - 1);
	pt = put_point(k->reference, &k->in.n_reference, period_of(period));
	pt->which = POINT_OWN;
	pt->figure.definition =
	    definition == NUMBER_NONE ? k->versions[0].definition : definition;
	put_value(pt, value);
	return pt;
}

void
case_years(struct verdict_case *k, int from, const char *const *values, int n)
{
	for (int i = 0; i < n; i++) {
		char text[PERIOD_TEXT_MAX];

		if (values[i] == NULL)
			continue;
		period_format(period_of_year(from + i), text);
		(void)case_point(k, POINT_OWN, text, values[i]);
	}
}

struct verdict_point *
case_parts(struct verdict_case *k, const char *period, int64_t numerator,
           int64_t denominator)
{
	struct verdict_point *pt = case_point(k, POINT_OWN, period, NULL);

	pt->figure.has = FIGURE_PARTS;
	pt->figure.numerator = numerator;
	pt->figure.denominator = denominator;
	return pt;
}

void
case_base(struct verdict_case *k, const char *period, const char *value)
{
	k->versions[0].has_base = period != NULL;
	k->versions[0].base_period =
	    period ? period_of(period) : (struct period){0};
	k->versions[0].base_value = value ? mantissa_of(value, 2) : 0;
}

void
case_not_owed(struct verdict_case *k)
{
	k->c.n_reporting = 0;
}

struct verdict
case_judge(const struct verdict_case *k, const char *asked)
{
	struct verdict_input in = k->in;
	struct verdict v;

	in.asked = asked ? period_of(asked) : (struct period){0};
	assert_true(verdict_judge(&in, &v));
	return v;
}

void
assert_verdict(const struct verdict *v, enum verdict_kind kind,
               enum verdict_rule rule)
{
	assert_string_equal(verdict_kind_name(v->kind),
	                    verdict_kind_name(kind));
	assert_int_equal(v->rule, rule);
	assert_int_equal(v->reason == REASON_NONE, kind != VERDICT_UNDECIDED);
}

void
assert_undecided(const struct verdict *v, enum verdict_reason reason)
{
	assert_string_equal(verdict_reason_name(v->reason),
	                    verdict_reason_name(reason));
	assert_int_equal(v->kind, VERDICT_UNDECIDED);
	assert_int_equal(v->rule, RULE_UNDECIDED);
	assert_false(v->final);
}

void
assert_fine(i128 value, const char *text)
{
	assert_true(value == mantissa_of(text, 2 + DECIMAL_EXTRA));
}

void
assert_period(struct period p, const char *text)
{
	assert_int_equal(p.code, text ? period_of(text).code : 0);
}

struct verdict
case_half_way(const char *before, const char *value)
{
	struct verdict_case k;

	case_init(&k);
	if (before != NULL)
		(void)case_point(&k, POINT_OWN, "2020", before);
	(void)case_point(&k, POINT_OWN, "2021", value);
	return case_judge(&k, "2021");
}

void
case_upward(struct verdict_case *k)
{
	k->definitions[CASE_RATE].direction = DIRECTION_UP;
	k->versions[0].sense = SENSE_AT_LEAST;
}

static void
copy_case(struct verdict_case *to, const struct verdict_case *from)
{
	*to = *from;
	to->c.definitions = to->definitions;
	to->c.indicators = to->indicators;
	to->c.units = &to->unit;
	to->c.sources = &to->source;
	to->c.reporting = &to->reporting;
	to->c.reporting_definitions = &to->reported;
	to->c.documents = to->documents;
	to->c.targets = &to->target;
	to->c.programmes = &to->programme;
	to->target.versions = to->versions;
	to->in.c = &to->c;
	to->in.target = &to->target;
	to->in.points = to->points;
	to->in.reference = to->reference;
}

/* Figures of consecutive years; returns the last of them. */
static int
put_years(struct verdict_case *k, int year, const char *values)
{
	for (;;) {
		char value[DECIMAL_TEXT_MAX] = {0};
		size_t n = strcspn(values, " ");
		const char *one = value;

		assert_in_range(n, 1, sizeof value - 1);
		memcpy(value, values, n);
		if (strcmp(value, "-") != 0)
			case_years(k, year, &one, 1);
		if (values[n] == '\0')
			return year;
		values += n + 1;
		year++;
	}
}

void
case_rows(const struct verdict_case *made, int from,
          const struct case_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct verdict_case k;
		char text[PERIOD_TEXT_MAX];
		struct verdict v;
		int what;

		copy_case(&k, made);
		period_format(
		    period_of_year(put_years(&k, from, rows[i].values)), text);
		v = case_judge(&k, text);
		what =
		    v.kind == VERDICT_UNDECIDED ? (int)v.reason : (int)v.rule;
		if (v.kind != rows[i].kind || what != rows[i].what)
			fail_msg("row %zu, %s: %s %s, rule %d", i,
			         rows[i].values, verdict_kind_name(v.kind),
			         verdict_reason_name(v.reason), (int)v.rule);
	}
}
