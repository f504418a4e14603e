#include "common/domain/catalogue_make.h"

#include <stdio.h>
#include <string.h>

/*
 * Kinds of targets (T3): which numbers each demands and what they default to.
 */

enum {
	FACTOR_PLACES = 4,
	FACTOR_MAX = 1000, /* so that no level leaves what the judge can add */
	PERCENT_PLACES = 2,
};
_Static_assert(FACTOR_ONE == 10000, "FACTOR_PLACES says how many digits");

static const char *const kinds[] = {"level",    "step",     "zero",     "all",
                                    "complete", "multiple", "halving",  "share",
                                    "count",    "relative", "maintain", "plan"};
static const char *const senses[] = {"at_least", "at_most", "above", "below"};
static const char *const pers[] = {"year", "programme"};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == TARGET_KINDS,
               "a kind has no word");
_Static_assert(sizeof(senses) / sizeof(senses[0]) == SENSE_NONE,
               "a sense has no word");

#define BIT(i) (UINT64_C(1) << (i))
#define NUMBER (BIT(TARGET_VALUE) | BIT(TARGET_SENSE))
#define RANGE  BIT(TARGET_VALUE_FAR)
#define BASE                                                \
	(BIT(TARGET_BASE_PERIOD) | BIT(TARGET_BASE_VALUE) | \
	 BIT(TARGET_BASE_DOCUMENT))
#define PATH     (BIT(TARGET_PATH) | BIT(TARGET_MILESTONES))
#define FACTOR   (BIT(TARGET_FACTOR) | BIT(TARGET_FACTOR_FAR))
#define RELATIVE (BIT(TARGET_RELATIVE_INDICATOR) | BIT(TARGET_RELATIVE_UNIT))
#define LINE     (BIT(PATH_LINE) | BIT(PATH_MILESTONES) | BIT(PATH_NONE))

static void kind_number(struct build *, uint32_t, struct cat_target_version *);
static void kind_zero(struct build *, uint32_t, struct cat_target_version *);
static void kind_all(struct build *, uint32_t, struct cat_target_version *);
static void kind_multiple(struct build *, uint32_t,
                          struct cat_target_version *);
static void kind_halving(struct build *, uint32_t, struct cat_target_version *);
static void kind_share(struct build *, uint32_t, struct cat_target_version *);
static void kind_count(struct build *, uint32_t, struct cat_target_version *);
static void kind_relative(struct build *, uint32_t,
                          struct cat_target_version *);
static void kind_maintain(struct build *, uint32_t,
                          struct cat_target_version *);
static void kind_plan(struct build *, uint32_t, struct cat_target_version *);

/* Which keys each kind takes beside those of every target, which of them it
 * needs, and which paths may be declared for it (bits). */
static const struct kind {
	void (*take)(struct build *, uint32_t, struct cat_target_version *);
	uint64_t keys;
	uint64_t needs;
	uint32_t paths;
	bool ratio; /* has a base and one level due: a ratio method can judge */
} table[TARGET_KINDS] = {
    [TARGET_LEVEL] = {kind_number, NUMBER | RANGE | BASE | PATH, 0, LINE, true},
    [TARGET_STEP] = {kind_number,
                     NUMBER | RANGE | BASE | PATH | BIT(TARGET_STEPS), 0,
                     LINE | BIT(PATH_STEPS), true},
    [TARGET_ZERO] = {kind_zero, BASE | PATH, 0, LINE, false},
    [TARGET_ALL] = {kind_all, BASE | PATH, 0, LINE, true},
    [TARGET_COMPLETE] = {kind_all, BASE | PATH, 0, LINE, true},
    [TARGET_MULTIPLE] = {kind_multiple, FACTOR | BASE | PATH,
                         BIT(TARGET_FACTOR) | BIT(TARGET_BASE_PERIOD), LINE,
                         true},
    [TARGET_HALVING] = {kind_halving, BASE | PATH, BIT(TARGET_BASE_PERIOD),
                        LINE, true},
    [TARGET_SHARE] = {kind_share, NUMBER | RANGE | BASE | PATH, 0, LINE, true},
    [TARGET_COUNT] = {kind_count, NUMBER | RANGE | PATH | BIT(TARGET_PER), 0,
                      LINE, false},
    [TARGET_RELATIVE] = {kind_relative, NUMBER | RANGE | PATH | RELATIVE, 0,
                         BIT(PATH_MILESTONES) | BIT(PATH_NONE), false},
    [TARGET_MAINTAIN] = {kind_maintain, NUMBER | RANGE | BASE, 0, 0, false},
    [TARGET_PLAN] = {kind_plan, NUMBER | BIT(TARGET_PLAN_NUMBERS), 0, 0, false},
};

/* Keys as they stand in a file, by field. */
static const struct key {
	uint8_t field;
	const char *name;
} keys[] = {
    {TARGET_VALUE, "a number"},
    {TARGET_VALUE_FAR, "range"},
    {TARGET_SENSE, "at_least, at_most, above or below"},
    {TARGET_STEPS, "steps"},
    {TARGET_BASE_PERIOD, "base"},
    {TARGET_BASE_VALUE, "base"},
    {TARGET_BASE_DOCUMENT, "document of a base"},
    {TARGET_PATH, "path"},
    {TARGET_MILESTONES, "milestones"},
    {TARGET_FACTOR, "factor"},
    {TARGET_FACTOR_FAR, "factor"},
    {TARGET_PER, "per"},
    {TARGET_RELATIVE_INDICATOR, "relative_to"},
    {TARGET_RELATIVE_UNIT, "relative_to"},
    {TARGET_PLAN_NUMBERS, "plan"},
};

static bool
upward(enum target_sense sense)
{
	return sense == SENSE_AT_LEAST || sense == SENSE_ABOVE;
}

/* A share of units that meet, a degree of fulfilment. */
static bool
always_upward(enum target_kind kind)
{
	return kind == TARGET_SHARE || kind == TARGET_PLAN;
}

/* T3: what the document's word must agree with. A step is at least, in the good
 * direction; a level has the side that the direction calls good. */
static bool
sense_fits(const struct cat_definition *d, const struct cat_target_version *v)
{
	if (v->kind == TARGET_STEP)
		return upward(v->sense);
	if (always_upward(v->kind))
		return upward(v->sense) && d->direction != DIRECTION_DOWN;
	return d->direction == DIRECTION_NONE ||
	       upward(v->sense) == (d->direction == DIRECTION_UP);
}

static enum target_sense
sense_default(const struct cat_definition *d,
              const struct cat_target_version *v)
{
	if (v->kind == TARGET_STEP || always_upward(v->kind) ||
	    d->direction == DIRECTION_UP)
		return SENSE_AT_LEAST;
	return d->direction == DIRECTION_DOWN ? SENSE_AT_MOST : SENSE_NONE;
}

static void
take_sense(struct build *b, struct spot at, struct cat_target_version *v)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];

	if (v->kind == TARGET_STEP && d->direction == DIRECTION_NONE)
		build_error(b, at, ERR_BAD_VALUE,
		            "a step needs an indicator with a direction");
	v->sense = (enum target_sense)take_word(b, at, WORDS(senses),
	                                        sense_default(d, v));
	if (v->sense == SENSE_NONE)
		build_error(
		    b, at, ERR_MISSING_FIELD,
		    "%s has no direction: at_least, at_most, above or below "
		    "is mandatory",
		    d->id);
	else if (!sense_fits(d, v))
		build_error(b, at, ERR_BAD_VALUE,
		            "%s contradicts the good direction of %s",
		            senses[v->sense], d->id);
}

/* A range is met at its milder end (T3). */
static void
take_range(struct build *b, uint32_t row, struct cat_target_version *v)
{
	uint8_t decimals = b->c->definitions[v->definition].decimals;
	struct spot far = SPOT(row, TARGET_VALUE_FAR);
	int64_t value = v->value;

	v->has_value_far = take_decimal(b, far, decimals, &v->value_far);
	if (v->has_value_far && !v->has_value) {
		build_error(b, SPOT(row, TARGET_VALUE), ERR_MISSING_FIELD,
		            "a range has two ends");
		return;
	}
	if (!v->has_value_far || (v->value <= v->value_far) == upward(v->sense))
		return;
	v->value = v->value_far;
	v->value_far = value;
}

static void
kind_number(struct build *b, uint32_t row, struct cat_target_version *v)
{
	uint8_t decimals = b->c->definitions[v->definition].decimals;

	take_sense(b, SPOT(row, TARGET_SENSE), v);
	v->has_value =
	    take_decimal(b, SPOT(row, TARGET_VALUE), decimals, &v->value);
	take_range(b, row, v);
	if (v->kind == TARGET_STEP && v->has_value && v->value < 0)
		build_error(
		    b, SPOT(row, TARGET_VALUE), ERR_BAD_VALUE,
		    "a step counts in the good direction: not negative");
}

static void
kind_zero(struct build *b, uint32_t row, struct cat_target_version *v)
{
	(void)b;
	(void)row;
	v->sense = SENSE_AT_MOST;
	v->has_value = true;
	v->value = 0;
}

static bool
percent(const struct cat_definition *d)
{
	return strcmp(d->unit_measure, "%") == 0 ||
	       strcmp(d->unit_measure, "percent") == 0;
}

/* The natural bound: the declared maximum, or 100 of a share. */
static bool
natural_bound(const struct cat_definition *d, int64_t *bound)
{
	if (d->has_max) {
		*bound = d->max;
		return true;
	}
	if (!percent(d))
		return false;
	*bound = 100;
	for (uint8_t i = 0; i < d->decimals; i++)
		*bound *= 10;
	return true;
}

static void
kind_all(struct build *b, uint32_t row, struct cat_target_version *v)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];

	v->sense = SENSE_AT_LEAST;
	v->has_value = natural_bound(d, &v->value);
	/* Complete may also be met by a completion record. */
	if (!v->has_value && v->kind == TARGET_ALL)
		build_error(b, SPOT(row, TARGET_INDICATOR), ERR_MISSING_FIELD,
		            "kind all needs a max of %s, or percent as its "
		            "unit_measure",
		            d->id);
}

/* --- factors -------------------------------------------------------------- */

static int64_t
take_factor(struct build *b, struct spot at, int64_t if_empty)
{
	int64_t factor = if_empty;

	if (take_decimal(b, at, FACTOR_PLACES, &factor) &&
	    (factor <= 0 || factor > (int64_t)FACTOR_MAX * FACTOR_ONE))
		build_error(b, at, ERR_BAD_VALUE,
		            "a factor is greater than 0 and at most %d",
		            FACTOR_MAX);
	return factor;
}

/* Of a range the milder end. */
static void
order_factors(struct cat_target_version *v)
{
	int64_t factor = v->factor;

	if (v->factor_far == 0 ||
	    (v->factor <= v->factor_far) == upward(v->sense))
		return;
	v->factor = v->factor_far;
	v->factor_far = factor;
}

static void
kind_multiple(struct build *b, uint32_t row, struct cat_target_version *v)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];
	struct spot at = SPOT(row, TARGET_FACTOR);

	v->factor = take_factor(b, at, 0);
	v->factor_far = take_factor(b, SPOT(row, TARGET_FACTOR_FAR), 0);
	v->sense = v->factor > FACTOR_ONE ? SENSE_AT_LEAST : SENSE_AT_MOST;
	if (v->factor == FACTOR_ONE || v->factor_far == FACTOR_ONE)
		build_error_hint(b, at, ERR_BAD_VALUE,
		                 "a factor of 1 asks for nothing",
		                 "kind maintain?");
	else if (v->factor_far != 0 &&
	         (v->factor > FACTOR_ONE) != (v->factor_far > FACTOR_ONE))
		build_error(b, at, ERR_BAD_VALUE,
		            "one end asks for more, the other for less");
	else if (v->factor != 0 && !sense_fits(d, v))
		build_error(b, at, ERR_BAD_VALUE,
		            "the factor contradicts the good direction of %s",
		            d->id);
	order_factors(v);
}

static void
kind_halving(struct build *b, uint32_t row, struct cat_target_version *v)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];

	v->sense = SENSE_AT_MOST;
	v->factor = FACTOR_ONE / 2;
	if (!sense_fits(d, v))
		build_error(b, SPOT(row, TARGET_KIND), ERR_BAD_VALUE,
		            "halving contradicts the good direction of %s",
		            d->id);
}

/* The number of its sense is the factor: "at most 1.5 times that of the nation". */
static void
take_relation(struct build *b, uint32_t row, struct cat_target_version *v)
{
	take_sense(b, SPOT(row, TARGET_SENSE), v);
	v->factor = take_factor(b, SPOT(row, TARGET_VALUE), FACTOR_ONE);
	v->factor_far = take_factor(b, SPOT(row, TARGET_VALUE_FAR), 0);
	order_factors(v);
}

static void
kind_relative(struct build *b, uint32_t row, struct cat_target_version *v)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];
	struct spot indicator = SPOT(row, TARGET_RELATIVE_INDICATOR);
	struct spot unit = SPOT(row, TARGET_RELATIVE_UNIT);

	take_relation(b, row, v);
	v->relative_definition =
	    take_ref(b, indicator, REGISTRY_DEFINITION, false);
	v->relative_unit = take_ref(b, unit, REGISTRY_UNIT, false);
	if (!take_given(b, indicator) && !take_given(b, unit))
		build_error(b, indicator, ERR_MISSING_FIELD,
		            "kind relative needs relative_to: an indicator, a "
		            "unit or both");
	if (v->relative_definition != NUMBER_NONE &&
	    b->c->definitions[v->relative_definition].frequency != d->frequency)
		build_error(b, indicator, ERR_BAD_FREQUENCY,
		            "%s does not have the frequency of %s",
		            take_raw(b, indicator), d->id);
	if (v->n_units == 1 && v->relative_unit == v->units[0] &&
	    (v->relative_definition == NUMBER_NONE ||
	     v->relative_definition == v->definition))
		build_error(b, unit, ERR_BAD_VALUE, "%s is held against itself",
		            take_raw(b, unit));
}

/* --- the other kinds with a number ---------------------------------------- */

static void
kind_share(struct build *b, uint32_t row, struct cat_target_version *v)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];

	kind_number(b, row, v);
	if (d->place != PLACE_SHARE)
		build_error_hint(
		    b, SPOT(row, TARGET_INDICATOR), ERR_BAD_VALUE,
		    "kind share needs an indicator with place rule "
		    "share",
		    "kind level?");
}

static void
kind_count(struct build *b, uint32_t row, struct cat_target_version *v)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];

	kind_number(b, row, v);
	v->per_programme =
	    take_word(b, SPOT(row, TARGET_PER), WORDS(pers), 0) == 1;
	if (d->frequency == FREQ_SPAN ||
	    (d->frequency != FREQ_ANNUAL && d->time == TIME_NONE))
		build_error(b, SPOT(row, TARGET_INDICATOR), ERR_BAD_FREQUENCY,
		            "a count is judged by years: %s has no rule that "
		            "makes years of its periods",
		            d->id);
	if (v->has_value && v->value < 0)
		build_error(b, SPOT(row, TARGET_VALUE), ERR_BAD_VALUE,
		            "a count is not negative");
	if (d->accumulation == ACCUMULATION_PROGRAMME && !v->per_programme)
		build_error_hint(b, SPOT(row, TARGET_PER), ERR_BAD_VALUE,
		                 "the indicator adds up over the programme",
		                 "per: programme");
}

static void
kind_maintain(struct build *b, uint32_t row, struct cat_target_version *v)
{
	kind_number(b, row, v);
	if (!v->has_value && !take_given(b, SPOT(row, TARGET_VALUE)) &&
	    !take_given(b, SPOT(row, TARGET_BASE_VALUE)))
		build_error(b, SPOT(row, TARGET_VALUE), ERR_MISSING_FIELD,
		            "kind maintain needs a number or a base");
}

/* Of a plan with numbers the degree is a percentage; else the indicator is. */
static void
take_degree(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot at = SPOT(row, TARGET_VALUE);
	const struct cat_definition *d = &b->c->definitions[v->definition];
	uint8_t places = v->n_plan > 0 ? PERCENT_PLACES : d->decimals;
	int64_t degree = 100;

	for (uint8_t i = 0; i < places; i++)
		degree *= 10;
	if (take_decimal(b, at, places, &degree) && degree <= 0)
		build_error(b, at, ERR_BAD_VALUE,
		            "a degree of fulfilment is greater than 0");
	v->has_value = v->n_plan == 0;
	*(v->has_value ? &v->value : &v->factor) = degree;
	if (v->factor > (int64_t)FACTOR_MAX * FACTOR_ONE)
		build_error(b, at, ERR_BAD_VALUE, "more than %d per cent",
		            FACTOR_MAX * 100);
}

static void
kind_plan(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot plan = SPOT(row, TARGET_PLAN_NUMBERS);
	struct numbers numbers = take_by_period(b, plan, v);

	take_sense(b, SPOT(row, TARGET_SENSE), v);
	v->plan = numbers.list;
	v->n_plan = numbers.n;
	take_degree(b, row, v);
}

/* --- keys and paths ------------------------------------------------------- */

static void
key_misplaced(struct build *b, struct spot at, const struct key *key,
              enum target_kind kind)
{
	char text[200];
	char hint[120];
	size_t n = 0;

	(void)snprintf(text, sizeof(text), "%s does not belong to kind %s",
	               key->name, kinds[kind]);
	for (size_t k = 0; k < TARGET_KINDS && n < sizeof(hint); k++)
		if (table[k].keys & BIT(key->field))
			n +=
			    (size_t)snprintf(hint + n, sizeof(hint) - n, "%s%s",
			                     n > 0 ? ", " : "kind ", kinds[k]);
	build_error_hint(b, at, ERR_BAD_VALUE, text, hint);
}

static void
check_keys(struct build *b, uint32_t row, const struct cat_target_version *v)
{
	const struct kind *kind = &table[v->kind];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct spot at = SPOT(row, keys[i].field);
		bool given = take_given(b, at);

		if (given && !(kind->keys & BIT(keys[i].field)))
			key_misplaced(b, at, &keys[i], v->kind);
		if (!given && (kind->needs & BIT(keys[i].field)))
			build_error(b, at, ERR_MISSING_FIELD,
			            "kind %s needs %s", kinds[v->kind],
			            keys[i].name);
	}
}

/* A ratio needs two figures and the level between which they are measured. */
static void
check_method(struct build *b, uint32_t row, const struct cat_target_version *v)
{
	struct spot at = SPOT(row, TARGET_METHOD);
	bool each = strcmp(take_raw(b, SPOT(row, TARGET_STEPS)), "each") == 0;

	if (!take_given(b, at) || strcmp(take_raw(b, at), "path") == 0)
		return;
	if (!table[v->kind].ratio || each ||
	    b->c->definitions[v->definition].change != CHANGE_NONE)
		build_error_hint(b, at, ERR_BAD_VALUE,
		                 "only a path can judge this kind of target",
		                 "method: path");
	else if (!take_given(b, SPOT(row, TARGET_BASE_PERIOD)))
		build_error(b, at, ERR_MISSING_FIELD, "method %s needs a base",
		            take_raw(b, at));
}

bool
kind_has_path(const struct cat_target_version *v, enum target_path path)
{
	/* The number of a year is its path; only whether it is asked before the
	 * due period can be said. */
	if (v->kind == TARGET_COUNT && !v->per_programme)
		return path == PATH_NONE;
	return table[v->kind].paths & BIT(path);
}

/* T4: a line by default for annual stocks only. What asks the same in every year
 * goes by steps. */
enum target_path
kind_path(const struct cat_definition *d, const struct cat_target_version *v)
{
	bool stock = d->frequency == FREQ_ANNUAL &&
	             d->accumulation == ACCUMULATION_NONE &&
	             d->change == CHANGE_NONE &&
	             (d->time == TIME_NONE || d->time == TIME_LAST);

	if (v->n_milestones > 0)
		return PATH_MILESTONES;
	if (v->kind == TARGET_MAINTAIN || v->kind == TARGET_PLAN ||
	    (v->kind == TARGET_COUNT && !v->per_programme))
		return PATH_STEPS;
	if (v->kind == TARGET_COUNT || v->kind == TARGET_RELATIVE)
		return PATH_NONE;
	return stock ? PATH_LINE : PATH_NONE;
}

void
take_kind(struct build *b, uint32_t row, struct cat_target_version *v)
{
	v->kind = (enum target_kind)take_word(b, SPOT(row, TARGET_KIND),
	                                      WORDS(kinds), NO_DEFAULT);
	check_keys(b, row, v);
	check_method(b, row, v);
	table[v->kind].take(b, row, v);
}
