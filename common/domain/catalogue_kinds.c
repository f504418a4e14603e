#include "common/domain/catalogue_make.h"

#include <string.h>

/*
 * Kinds of targets (T3): which numbers each demands and what they default to.
 */

static const char *const kinds[] = {"level", "step", "zero", "all", "complete"};
static const char *const senses[] = {"at_least", "at_most", "above", "below"};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == TARGET_COMPLETE + 1,
               "a kind has no word");
_Static_assert(sizeof(senses) / sizeof(senses[0]) == SENSE_NONE,
               "a sense has no word");

static bool
upward(enum target_sense sense)
{
	return sense == SENSE_AT_LEAST || sense == SENSE_ABOVE;
}

/* T3: what the document's word must agree with. A step is at least, in the good
 * direction; a level has the side that the direction calls good. */
static bool
sense_fits(const struct cat_definition *d, const struct cat_target_version *v)
{
	if (v->kind == TARGET_STEP)
		return upward(v->sense);
	return d->direction == DIRECTION_NONE ||
	       upward(v->sense) == (d->direction == DIRECTION_UP);
}

static enum target_sense
sense_default(const struct cat_definition *d,
              const struct cat_target_version *v)
{
	if (v->kind == TARGET_STEP || d->direction == DIRECTION_UP)
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
no_number(struct build *b, uint32_t row)
{
	for (unsigned f = TARGET_VALUE; f <= TARGET_SENSE; f++)
		if (take_given(b, SPOT(row, f)))
			build_error(b, SPOT(row, f), ERR_BAD_VALUE,
			            "kind %s takes no number of its own",
			            take_raw(b, SPOT(row, TARGET_KIND)));
}

static void
kind_zero(struct build *b, uint32_t row, struct cat_target_version *v)
{
	no_number(b, row);
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

	no_number(b, row);
	v->sense = SENSE_AT_LEAST;
	v->has_value = natural_bound(d, &v->value);
	/* Complete may also be met by a completion record. */
	if (!v->has_value && v->kind == TARGET_ALL)
		build_error(b, SPOT(row, TARGET_INDICATOR), ERR_MISSING_FIELD,
		            "kind all needs a max of %s, or percent as its "
		            "unit_measure",
		            d->id);
}

void
take_kind(struct build *b, uint32_t row, struct cat_target_version *v)
{
	static void (*const by_kind[TARGET_KINDS])(
	    struct build *, uint32_t,
	    struct cat_target_version *) = {[TARGET_LEVEL] = kind_number,
	                                    [TARGET_STEP] = kind_number,
	                                    [TARGET_ZERO] = kind_zero,
	                                    [TARGET_ALL] = kind_all,
	                                    [TARGET_COMPLETE] = kind_all};

	v->kind = (enum target_kind)take_word(b, SPOT(row, TARGET_KIND),
	                                      WORDS(kinds), NO_DEFAULT);
	by_kind[v->kind](b, row, v);
}
