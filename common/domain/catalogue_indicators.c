#include "common/domain/catalogue_make.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	FACTOR_MAX = 1000000,
	SCOPES_MAX = 16, /* of scopes of scopes */
};

static const char *const directions[] = {"none", "up", "down"};
static const char *const changes[] = {"", "step", "mean", "total"};
static const char *const places[] = {"none", "sum", "ratio", "wmean", "share"};
static const char *const times[] = {"none", "sum", "last", "mean"};
static const char *const accumulations[] = {"none", "year", "programme"};
static const char *const frequencies[] = {"A", "S", "Q", "M", "span"};

#define COUNTS(list, n)                                                   \
	_Static_assert(sizeof(list) / sizeof((list)[0]) == (n), "a word " \
	                                                        "lacks")
COUNTS(directions, DIRECTIONS);
COUNTS(changes, CHANGE_KINDS);
COUNTS(places, PLACE_RULES);
COUNTS(times, TIME_RULES);
COUNTS(accumulations, ACCUMULATIONS);
COUNTS(frequencies, FREQ_COUNT);

static void
take_texts(struct build *b, uint32_t row, struct cat_definition *d)
{
	d->indicator = take_text(b, SPOT(row, INDICATOR_ID), false);
	d->definition = take_text(b, SPOT(row, INDICATOR_DEFINITION), false);
	d->name = take_text(b, SPOT(row, INDICATOR_NAME), true);
	d->name_en = take_text(b, SPOT(row, INDICATOR_NAME_EN), false);
	d->unit_measure =
	    take_text(b, SPOT(row, INDICATOR_UNIT_MEASURE), false);
	d->scope = take_text(b, SPOT(row, INDICATOR_SCOPE), false);
	d->counted = take_text(b, SPOT(row, INDICATOR_COUNTED), false);
	d->criterion = take_text(b, SPOT(row, INDICATOR_CRITERION), false);
}

static void
take_rules(struct build *b, uint32_t row, struct cat_definition *d)
{
	d->place = (enum place_rule)take_word(b, SPOT(row, INDICATOR_PLACE),
	                                      WORDS(places), PLACE_NONE);
	d->time = (enum time_rule)take_word(b, SPOT(row, INDICATOR_TIME),
	                                    WORDS(times), TIME_NONE);
	d->accumulation = (enum accumulation)take_word(
	    b, SPOT(row, INDICATOR_ACCUMULATION), WORDS(accumulations),
	    ACCUMULATION_NONE);
	d->frequency = (enum frequency)take_word(
	    b, SPOT(row, INDICATOR_FREQUENCY), WORDS(frequencies), FREQ_ANNUAL);
	if (d->accumulation != ACCUMULATION_NONE &&
	    (d->time == TIME_SUM || d->time == TIME_MEAN))
		build_error(b, SPOT(row, INDICATOR_TIME), ERR_BAD_VALUE,
		            "figures that accumulate over the %s hold what was "
		            "before: time last or none, not %s",
		            accumulations[d->accumulation], times[d->time]);
	if (d->frequency == FREQ_SPAN && d->time != TIME_NONE)
		build_error(
		    b, SPOT(row, INDICATOR_TIME), ERR_BAD_VALUE,
		    "spans of years are not rolled up over time: time %s",
		    times[d->time]);
}

static void
take_scales(struct build *b, uint32_t row, struct cat_definition *d)
{
	static const struct range decimals = {0, DECIMAL_PLACES_MAX};
	static const struct range factors = {1, FACTOR_MAX};
	static const struct range counts = {0, DECIMAL_MANTISSA_MAX};

	d->decimals =
	    (uint8_t)take_whole(b, SPOT(row, INDICATOR_DECIMALS), decimals, 0);
	d->factor = take_whole(b, SPOT(row, INDICATOR_FACTOR), factors, 1);
	d->min_denominator =
	    take_whole(b, SPOT(row, INDICATOR_MIN_DENOMINATOR), counts, 0);
	d->has_min =
	    take_decimal(b, SPOT(row, INDICATOR_MIN), d->decimals, &d->min);
	d->has_max =
	    take_decimal(b, SPOT(row, INDICATOR_MAX), d->decimals, &d->max);
	d->has_tolerance = take_decimal(b, SPOT(row, INDICATOR_TOLERANCE),
	                                d->decimals, &d->tolerance);
	d->has_jump =
	    take_decimal(b, SPOT(row, INDICATOR_JUMP), d->decimals, &d->jump);
}

/* ">=15": the longer sign first, since it begins with the shorter. */
static const char *
criterion_sense(const char *text, enum criterion_sense *sense)
{
	static const struct {
		const char *sign;
		enum criterion_sense sense;
	} signs[] = {{">=", CRITERION_AT_LEAST},
	             {"<=", CRITERION_AT_MOST},
	             {">", CRITERION_ABOVE},
	             {"<", CRITERION_BELOW},
	             {"=", CRITERION_EQUAL}};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i].sign);

		if (strncmp(text, signs[i].sign, len) == 0) {
			*sense = signs[i].sense;
			return text + len;
		}
	}
	return NULL;
}

/* R1e: without a criterion 1 and more meets it. */
static void
take_criterion(struct build *b, uint32_t row, struct cat_definition *d)
{
	struct spot at = SPOT(row, INDICATOR_CRITERION);
	const char *text = take_raw(b, at);
	const struct decimal one = {.mantissa = 1};
	const char *number;
	enum err err = ERR_BAD_VALUE;

	if (!take_given(b, at)) {
		d->meets.sense = CRITERION_AT_LEAST;
		err = decimal_rescale(one, d->decimals, &d->meets.value);
		assert(err == ERR_OK);
		return;
	}
	number = criterion_sense(text, &d->meets.sense);
	if (number)
		err = decimal_parse(span_str(number), d->decimals, false,
		                    &d->meets.value);
	if (err != ERR_OK)
		build_error(b, at, err,
		            "criterion %.40s: >=, <=, >, < or = and a number "
		            "of %u decimals are expected, as >=15",
		            text, (unsigned)d->decimals);
}

/* R1e: what a share counts is units of a level. */
static void
take_share(struct build *b, uint32_t row, struct cat_definition *d)
{
	struct spot at = SPOT(row, INDICATOR_COUNTED);

	if (d->place != PLACE_SHARE)
		return;
	take_criterion(b, row, d);
	if (!take_given(b, at))
		build_error(b, at, ERR_MISSING_FIELD,
		            "counted is mandatory with place share: the level "
		            "of units");
	else if (map_get(&b->levels, span_str(take_raw(b, at))) == MAP_NONE)
		build_error(
		    b, at, ERR_UNKNOWN_REFERENCE,
		    "counted %.40s: no unit has this level, which place "
		    "share would count",
		    take_raw(b, at));
}

static void
numbers_check(struct build *b, uint32_t row, const struct cat_definition *d)
{
	if (d->has_min && d->has_max && d->min > d->max)
		build_error(b, SPOT(row, INDICATOR_MAX), ERR_BAD_VALUE,
		            "max %s is below min %s",
		            take_raw(b, SPOT(row, INDICATOR_MAX)),
		            take_raw(b, SPOT(row, INDICATOR_MIN)));
	if (d->has_tolerance && d->tolerance < 0)
		build_error(b, SPOT(row, INDICATOR_TOLERANCE), ERR_BAD_VALUE,
		            "a tolerance is not negative");
	if (d->has_jump && d->jump < 0)
		build_error(b, SPOT(row, INDICATOR_JUMP), ERR_BAD_VALUE,
		            "a jump is not negative");
}

/* A field that names an indicator; NULL: none. */
static const char *
take_indicator(struct build *b, struct spot at)
{
	if (take_ref(b, at, REGISTRY_INDICATOR, false) == NUMBER_NONE)
		return NULL;
	return take_text(b, at, false);
}

/* F7: a change is counted in the good direction, so more is better. */
static void
take_change(struct build *b, uint32_t row, struct cat_definition *d)
{
	struct spot kind = SPOT(row, INDICATOR_CHANGE);
	struct spot of = SPOT(row, INDICATOR_CHANGE_OF);

	d->direction =
	    (enum direction)take_word(b, SPOT(row, INDICATOR_DIRECTION),
	                              WORDS(directions), DIRECTION_NONE);
	d->change =
	    (enum change_kind)take_word(b, kind, WORDS(changes), CHANGE_NONE);
	d->change_of = take_indicator(b, of);
	if (take_given(b, kind) != take_given(b, of))
		build_error(b, take_given(b, kind) ? of : kind,
		            ERR_MISSING_FIELD,
		            "change and change_of come together");
	if (d->change == CHANGE_NONE)
		return;
	if (d->direction == DIRECTION_DOWN)
		build_error(b, SPOT(row, INDICATOR_DIRECTION), ERR_BAD_VALUE,
		            "a change is counted in the good direction: up");
	d->direction = DIRECTION_UP;
}

static void
make_definition(struct build *b, uint32_t row)
{
	uint32_t number = row_number(b, row);
	struct cat_definition *d;

	if (number == NUMBER_NONE ||
	    !declared_once(b, SPOT(row, INDICATOR_ID), REGISTRY_DEFINITION,
	                   number))
		return;
	d = &b->c->definitions[number];
	d->declared = true;
	take_texts(b, row, d);
	take_rules(b, row, d);
	take_scales(b, row, d);
	numbers_check(b, row, d);
	take_share(b, row, d);
	take_change(b, row, d);
	d->of = take_indicator(b, SPOT(row, INDICATOR_OF));
	d->units =
	    take_ref(b, SPOT(row, INDICATOR_UNITS), REGISTRY_UNIT, false);
	d->validity = take_validity(b, SPOT(row, INDICATOR_FROM));
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The scope chain is the indicator's: alike in all its definitions. */
static void
indicator_check(struct build *b, const struct cat_indicator *indicator)
{
	const struct cat_definition *all = b->c->definitions;
	const uint32_t *list = indicator->definitions;

	for (uint32_t i = 1; i < indicator->n_definitions; i++)
		if (!same_text(all[list[i]].of, all[list[0]].of))
			build_error(
			    b,
			    SPOT(b->declared[REGISTRY_DEFINITION][list[i]],
			         INDICATOR_OF),
			    ERR_BAD_VALUE,
			    "of is not alike in all definitions of %s",
			    indicator->id);
}

static int
pair_order(const void *left, const void *right)
{
	const uint32_t *a = left;
	const uint32_t *b = right;

	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	return (a[1] > b[1]) - (a[1] < b[1]);
}

/* pairs: indicator and row of each definition. */
static void
indicators_fill(struct build *b, uint32_t (*pairs)[2], uint32_t n)
{
	struct catalogue *c = b->c;
	uint32_t *numbers = make_array(b, n, sizeof(*numbers));

	if (!numbers)
		return;
	qsort(pairs, n, sizeof(*pairs), pair_order);
	for (uint32_t i = 0; i < n; i++) {
		struct cat_indicator *to = &c->indicators[pairs[i][0]];

		numbers[i] = row_number(b, pairs[i][1]);
		if (to->n_definitions++ == 0)
			to->definitions = &numbers[i];
	}
	for (uint32_t i = 0; i < c->n_indicators; i++)
		indicator_check(b, &c->indicators[i]);
}

static void
make_families(struct build *b)
{
	struct catalogue *c = b->c;
	uint32_t(*pairs)[2] = calloc(c->n_definitions + 1u, sizeof(*pairs));
	uint32_t n = 0;

	if (!pairs) {
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < c->n_definitions; i++) {
		if (!c->definitions[i].declared)
			continue;
		pairs[n][0] = build_find(b, REGISTRY_INDICATOR,
		                         span_str(c->definitions[i].indicator));
		pairs[n++][1] = b->declared[REGISTRY_DEFINITION][i];
	}
	indicators_fill(b, pairs, n);
	free(pairs);
}

/* The indicator that this one is a scope of, or NUMBER_NONE. */
static uint32_t
scope_of(const struct build *b, uint32_t indicator)
{
	const struct cat_indicator *i = &b->c->indicators[indicator];
	const char *of = NULL;

	if (i->n_definitions > 0)
		of = b->c->definitions[i->definitions[0]].of;
	if (!of)
		return NUMBER_NONE;
	return build_find(b, REGISTRY_INDICATOR, span_str(of));
}

static void
take_family(struct build *b, uint32_t definition)
{
	struct cat_definition *d = &b->c->definitions[definition];
	uint32_t next =
	    build_find(b, REGISTRY_INDICATOR, span_str(d->indicator));

	for (int i = 0; i <= SCOPES_MAX && next != NUMBER_NONE; i++) {
		d->family = next;
		next = scope_of(b, next);
	}
	if (next != NUMBER_NONE)
		build_error(
		    b,
		    SPOT(b->declared[REGISTRY_DEFINITION][definition],
		         INDICATOR_OF),
		    ERR_CYCLE,
		    "%s is a scope of itself, or a scope of more than %d "
		    "others",
		    d->indicator, SCOPES_MAX);
}

void
make_indicators(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_INDICATOR];
	struct catalogue *c = b->c;

	c->n_definitions = b->n_ids[REGISTRY_DEFINITION];
	c->n_indicators = b->n_ids[REGISTRY_INDICATOR];
	c->definitions =
	    make_array(b, c->n_definitions, sizeof(*c->definitions));
	c->indicators = make_array(b, c->n_indicators, sizeof(*c->indicators));
	if (!c->definitions || !c->indicators)
		return;
	for (uint32_t i = 0; i < c->n_definitions; i++)
		c->definitions[i].id = make_id(b, REGISTRY_DEFINITION, i);
	for (uint32_t i = 0; i < c->n_indicators; i++)
		c->indicators[i].id = make_id(b, REGISTRY_INDICATOR, i);
	for (uint32_t i = 0; i < list->n; i++)
		make_definition(b, list->rows[i]);
	make_families(b);
	for (uint32_t i = 0; i < c->n_definitions; i++)
		if (c->definitions[i].declared)
			take_family(b, i);
}
