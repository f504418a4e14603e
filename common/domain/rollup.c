#include "common/domain/rollup.h"

#include <assert.h>
#include <string.h>

/* What of a figure the place rule needs; 0: it doesn't do. */
static uint8_t
parts_needed(const struct cat_definition *d, const struct contributor *who)
{
	static const uint8_t needed[PLACE_RULES] = {
	    [PLACE_SUM] = FIGURE_VALUE,
	    [PLACE_RATIO] = FIGURE_PARTS,
	    [PLACE_WMEAN] = FIGURE_VALUE | FIGURE_PARTS,
	    [PLACE_SHARE] = FIGURE_PARTS,
	};

	if (d->place == PLACE_SHARE && !(who->own->has & FIGURE_PARTS) &&
	    who->counted && who->own->bound == BOUND_EQ)
		return FIGURE_VALUE;
	return needed[d->place];
}

static bool
has_parts(const struct cat_definition *d, const struct contributor *who)
{
	const struct figure *own = who->own;
	uint8_t needs;

	if (!own || own->action != ACTION_MERGE ||
	    !status_observed((enum obs_status)own->status))
		return false;
	needs = parts_needed(d, who);
	return needs != 0 && (own->has & needs) == needs;
}

static bool
criterion_met(const struct cat_criterion *c, int64_t value)
{
	int order = (value > c->value) - (value < c->value);
	static const struct {
		bool below, equal, above;
	} met[CRITERION_SENSES] = {
	    [CRITERION_AT_LEAST] = {.equal = true, .above = true},
	    [CRITERION_AT_MOST] = {.equal = true, .below = true},
	    [CRITERION_ABOVE] = {.above = true},
	    [CRITERION_BELOW] = {.below = true},
	    [CRITERION_EQUAL] = {.equal = true},
	};

	if (order == 0)
		return met[c->sense].equal;
	return order < 0 ? met[c->sense].below : met[c->sense].above;
}

/* The two sums of a figure that has the parts, in whole units. */
static void
own_sums(const struct cat_definition *d, const struct figure *own,
         struct contribution *c)
{
	bool parts = own->has & FIGURE_PARTS;

	switch (d->place) {
	case PLACE_WMEAN:
		c->sum = (i128)own->value * own->denominator;
		c->weight = own->denominator;
		return;
	case PLACE_RATIO:
	case PLACE_SHARE:
		c->sum = parts ? own->numerator
		               : criterion_met(&d->meets, own->value);
		c->weight = parts ? own->denominator : 1;
		return;
	case PLACE_NONE:
	case PLACE_SUM:
	case PLACE_RULES: c->sum = own->value;
	}
}

static struct contribution
own_contribution(const struct cat_definition *d, const struct contributor *who)
{
	struct contribution c = {
	    .present = true,
	    .from_own = true,
	    .status = (enum obs_status)who->own->status,
	    .reporting = who->within,
	};

	own_sums(d, who->own, &c);
	c.sum *= WEIGHT_ONE;
	c.weight *= WEIGHT_ONE;
	return c;
}

bool
unit_counted(const struct catalogue *c, const struct cat_definition *d,
             uint32_t unit, struct period period)
{
	struct day day;

	if (d->place != PLACE_SHARE || c->units[unit].n_names == 0)
		return false;
	day = period_last_day(period);
	return validity_holds(c->units[unit].validity, day) &&
	       strcmp(unit_name_on(&c->units[unit], day)->level, d->counted) ==
	           0;
}

bool
rolls_up(const struct catalogue *c, const struct cat_definition *d,
         uint32_t map, struct period period)
{
	if (d->place != PLACE_SHARE)
		return d->place != PLACE_NONE;
	return validity_holds(c->maps[map].validity, period_last_day(period));
}

enum obs_status
rollup_status(const struct rollup *r)
{
	for (int s = STATUS_E; s >= STATUS_A; s--) {
		if (r->n_by_status[s] > 0)
			return (enum obs_status)s;
	}
	return STATUS_M;
}

struct contribution
contribution_of(const struct cat_definition *d, const struct contributor *who,
                const struct rollup *rollup)
{
	struct contribution c = {0};

	if (has_parts(d, who))
		return own_contribution(d, who);
	if (!rollup || rollup_status(rollup) == STATUS_M)
		return c;
	c.present = true;
	c.derived = rollup->n_derived > 0;
	c.status = rollup_status(rollup);
	c.sum = rollup->sum;
	c.weight = rollup->sum_weight;
	c.reporting = rollup->reporting;
	return c;
}

/* floor(sum * upto / 10^6). Divided first: a sum may have no room for another 20
 * bits. */
static i128
part_upto(i128 sum, uint32_t upto)
{
	i128 whole = sum / WEIGHT_ONE;
	i128 rest = sum % WEIGHT_ONE;

	if (rest < 0) {
		rest += WEIGHT_ONE;
		whole--;
	}
	return whole * upto + rest * upto / WEIGHT_ONE;
}

static i128
part_of(i128 sum, struct cat_share share)
{
	return part_upto(sum, share.upto) - part_upto(sum, share.from);
}

struct contribution
contribution_part(struct contribution c, struct cat_share share)
{
	uint32_t weight = share.upto - share.from;

	assert(share.from <= share.upto && share.upto <= WEIGHT_ONE);
	if (!c.present || weight == WEIGHT_ONE)
		return c;
	c.sum = part_of(c.sum, share);
	c.weight = part_of(c.weight, share);
	c.reporting = (uint64_t)((i128)c.reporting * weight / WEIGHT_ONE);
	c.derived = true;
	return c;
}

bool
contribution_equal(const struct contribution *a, const struct contribution *b)
{
	if (!a->present || !b->present)
		return a->present == b->present;
	return a->derived == b->derived && a->status == b->status &&
	       a->sum == b->sum && a->weight == b->weight &&
	       a->reporting == b->reporting;
}

void
rollup_replace(struct rollup *r, const struct contribution *before,
               const struct contribution *after)
{
	if (before->present) {
		r->sum -= before->sum;
		r->sum_weight -= before->weight;
		r->n_by_status[before->status]--;
		r->n_derived -= before->derived;
		r->reporting -= before->reporting;
	}
	if (after->present) {
		r->sum += after->sum;
		r->sum_weight += after->weight;
		r->n_by_status[after->status]++;
		r->n_derived += after->derived;
		r->reporting += after->reporting;
	}
}

enum err
rollup_value(const struct cat_definition *d, const struct rollup *r,
             int64_t *mantissa)
{
	i128 value = 0;
	enum err err = ERR_OK;

	if (rollup_status(r) == STATUS_M)
		return ERR_NOT_FOUND;
	if (d->place == PLACE_SUM)
		value = decimal_round(r->sum, 6, 0);
	else if (d->place == PLACE_RATIO || d->place == PLACE_SHARE)
		err = decimal_quotient(r->sum, r->sum_weight, d->factor,
		                       d->decimals, &value);
	else if (d->place == PLACE_WMEAN)
		err = decimal_quotient(r->sum, r->sum_weight, 1, 0, &value);
	else
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return err;
	if (value > DECIMAL_MANTISSA_MAX || value < -DECIMAL_MANTISSA_MAX)
		return ERR_OUT_OF_RANGE;
	*mantissa = (int64_t)value;
	return ERR_OK;
}

bool
figure_value(const struct cat_definition *d, const struct figure *f,
             int64_t *mantissa)
{
	i128 quotient;

	if (f->has & FIGURE_VALUE) {
		*mantissa = f->value;
		return true;
	}
	if (!(f->has & FIGURE_PARTS) ||
	    decimal_quotient(f->numerator, f->denominator, d->factor,
	                     d->decimals, &quotient) != ERR_OK)
		return false;
	*mantissa = (int64_t)quotient;
	return true;
}

/* A sum of parts that may stand in a figure (A1). */
static bool
whole_part(i128 sum)
{
	const i128 most = (i128)DECIMAL_MANTISSA_MAX * WEIGHT_ONE;

	return sum % WEIGHT_ONE == 0 && sum <= most && sum >= -most;
}

struct figure
rollup_figure(const struct cat_definition *d, const struct rollup *r)
{
	struct figure f = {.definition = r->definition,
	                   .unit = r->unit,
	                   .period = r->period,
	                   .status = (uint8_t)rollup_status(r),
	                   .source = NUMBER_NONE,
	                   .document = NUMBER_NONE,
	                   .released = {DAY_NONE}};

	if (rollup_value(d, r, &f.value) == ERR_OK)
		f.has |= FIGURE_VALUE;
	if ((d->place == PLACE_RATIO || d->place == PLACE_SHARE) &&
	    whole_part(r->sum) && whole_part(r->sum_weight)) {
		f.numerator = (int64_t)(r->sum / WEIGHT_ONE);
		f.denominator = (int64_t)(r->sum_weight / WEIGHT_ONE);
		f.has |= FIGURE_PARTS;
	}
	return f;
}
