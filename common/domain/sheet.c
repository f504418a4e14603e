#include "common/domain/sheet.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum {
	SLOT_MONTHS = 0,
	SLOT_QUARTERS = 12,
	SLOT_HALVES = 16,
	SLOT_YEAR = 18,
	YEAR_MONTHS = 12,
};

_Static_assert(SLOT_YEAR + 1 == SHEET_SLOTS, "the year comes last");

static const uint8_t first_slots[FREQ_SPAN] = {
    [FREQ_ANNUAL] = SLOT_YEAR,
    [FREQ_HALF] = SLOT_HALVES,
    [FREQ_QUARTER] = SLOT_QUARTERS,
    [FREQ_MONTH] = SLOT_MONTHS,
};

/* The next shorter periods of a slot, in order. */
static const struct subs {
	uint8_t first;
	uint8_t n;
} subs_of[SHEET_SLOTS] = {
    [SLOT_QUARTERS] = {SLOT_MONTHS, 3},
    [SLOT_QUARTERS + 1] = {SLOT_MONTHS + 3, 3},
    [SLOT_QUARTERS + 2] = {SLOT_MONTHS + 6, 3},
    [SLOT_QUARTERS + 3] = {SLOT_MONTHS + 9, 3},
    [SLOT_HALVES] = {SLOT_QUARTERS, 2},
    [SLOT_HALVES + 1] = {SLOT_QUARTERS + 2, 2},
    [SLOT_YEAR] = {SLOT_HALVES, 2},
};

void
sheet_begin(struct sheet *sheet, const struct cat_definition *d,
            struct period p)
{
	struct day day;

	*sheet = (struct sheet){.d = d};
	if (d->time == TIME_NONE || period_frequency(p) == FREQ_SPAN) {
		sheet->slots[0].period = p;
		return;
	}
	day = period_last_day(period_of_year(period_year(p)));
	for (int f = FREQ_ANNUAL; f <= (int)d->frequency && f < FREQ_SPAN;
	     f++) {
		struct period at = period_last_ended((enum frequency)f, day);
		int n = YEAR_MONTHS / period_months(at);

		for (int i = n - 1; i >= 0; i--) {
			sheet->slots[first_slots[f] + i].period = at;
			at = period_shift(at, -1);
		}
	}
}

int
sheet_slot(const struct sheet *sheet, struct period p)
{
	for (int i = 0; i < SHEET_SLOTS; i++)
		if (sheet->slots[i].period.code == p.code && p.code != 0)
			return i;
	return -1;
}

/* --- the time rule --- */

/* What a slot gives to the longer one that holds it. */
struct given {
	struct contribution c; /* over mean: times periods, not divided yet */
	uint32_t periods; /* of the definition's frequency, that it is of */
	bool reported;    /* by the unit itself, here or where the rule looks */
	bool complete;    /* nobody who is expected is missing */
};

struct fold {
	const struct sheet *sheet;
	int base_months; /* of the definition's frequency */
	struct given given[SHEET_SLOTS];
};

/* By sum and mean all periods count, else the last. */
static bool
every_period(const struct cat_definition *d)
{
	return d->time == TIME_SUM || d->time == TIME_MEAN;
}

static void
add(struct given *to, const struct given *from)
{
	const struct contribution *c = &from->c;

	if (!c->present)
		return;
	if (!to->c.present || c->status > to->c.status)
		to->c.status = c->status;
	to->c.present = true;
	to->c.derived |= c->derived;
	to->c.sum += c->sum;
	to->c.weight += c->weight;
	to->periods += from->periods;
}

/* R1d: half away from zero, a value to a whole mantissa; parts to millionths, so
 * that what is rare isn't lost. */
static i128
divide(const struct cat_definition *d, i128 sum, uint32_t n)
{
	i128 unit = d->place == PLACE_SUM ? WEIGHT_ONE : 1;
	i128 by = unit * n;
	i128 size = sum < 0 ? -sum : sum;
	i128 quotient = size / by;

	if (size % by * 2 >= by)
		quotient++;
	return (sum < 0 ? -quotient : quotient) * unit;
}

/* A unit that reported shorter periods itself is complete if each of them is; else
 * it is never, whatever the sum (R4c). */
static uint64_t
covered_over_time(const struct given *time, uint64_t covered, uint64_t within)
{
	uint64_t most = within > 0 ? within - 1 : 0;

	if (time->complete)
		return within;
	return covered < most ? covered : most;
}

static struct given
over_every_period(const struct fold *fold, int slot,
                  const struct sheet_result *results)
{
	const struct sheet_slot *slots = fold->sheet->slots;
	struct subs subs = subs_of[slot];
	struct given time = {.complete = true};
	uint64_t covered = 0;

	for (int i = subs.first; i < subs.first + subs.n; i++) {
		const struct given *sub = &fold->given[i];

		add(&time, sub);
		time.reported |= sub->reported;
		time.complete = time.complete && sub->complete;
		covered += results[i].contribution.reporting;
	}
	time.c.reporting =
	    covered_over_time(&time, covered, slots[slot].expected.within);
	return time;
}

static struct given
over_last_period(const struct fold *fold, int slot)
{
	struct subs subs = subs_of[slot];
	struct given time = {0};

	if (subs.n > 0)
		time = fold->given[subs.first + subs.n - 1];
	time.c.from_own = false;
	return time;
}

/* What the unit's own shorter periods say; reported is false if there are none. */
static struct given
over_time(const struct fold *fold, int slot, const struct sheet_result *results)
{
	enum time_rule rule = fold->sheet->d->time;

	if (rule == TIME_NONE)
		return (struct given){0};
	return every_period(fold->sheet->d)
	           ? over_every_period(fold, slot, results)
	           : over_last_period(fold, slot);
}

/* --- a slot --- */

/* R4d */
static void
judge_coverage(const struct fold *fold, const struct sheet_slot *slot,
               struct sheet_rolled *rolled)
{
	bool longer = period_months(slot->period) > fold->base_months;
	bool missing = rolled->reporting < rolled->expected;
	i128 floor = (i128)slot->expected.floor_millionths * rolled->expected;

	rolled->partial = rolled->expected == 0 || slot->expected.open ||
	                  (longer && missing && every_period(fold->sheet->d));
	rolled->under_floor =
	    !rolled->partial && (i128)rolled->reporting * WEIGHT_ONE < floor;
}

static struct sheet_rolled
roll(const struct fold *fold, const struct sheet_slot *slot,
     const struct given *time)
{
	static const struct contributor nobody = {0};
	const struct cat_definition *d = fold->sheet->d;
	struct sheet_rolled rolled = {.over_time = time->reported};

	if (time->reported) {
		rolled.sum = time->c;
		rolled.expected = slot->expected.within;
		if (d->time == TIME_MEAN) {
			rolled.sum.sum = divide(d, time->c.sum, time->periods);
			rolled.sum.weight =
			    divide(d, time->c.weight, time->periods);
		}
	} else {
		rolled.sum = contribution_of(d, &nobody, slot->place);
		rolled.expected = slot->expected.beneath;
	}
	rolled.reporting = rolled.sum.reporting;
	judge_coverage(fold, slot, &rolled);
	return rolled;
}

/* What the slot stands for in a longer one: over mean a figure counts once for
 * each period that it is of, and the shorter ones go up undivided (R1d). */
static void
give(struct fold *fold, int i, const struct contribution *c,
     const struct given *time)
{
	const struct sheet_slot *slot = &fold->sheet->slots[i];
	struct given *given = &fold->given[i];
	bool through = !c->from_own && time->reported;

	given->c = *c;
	given->reported = c->from_own || time->reported;
	given->complete = c->from_own || slot->expected.within == 0 ||
	                  (through ? time->complete
	                           : c->reporting == slot->expected.within &&
	                                 !slot->expected.open);
	if (!c->present || fold->sheet->d->time != TIME_MEAN)
		return;
	given->periods =
	    (uint32_t)(period_months(slot->period) / fold->base_months);
	if (through) {
		given->c = time->c;
		given->periods = time->periods;
	} else {
		given->c.sum *= given->periods;
		given->c.weight *= given->periods;
	}
}

static void
fold_slot(struct fold *fold, int i, struct sheet_result *results)
{
	const struct sheet_slot *slot = &fold->sheet->slots[i];
	const struct contributor who = {.own = slot->own,
	                                .within = slot->expected.within,
	                                .counted = slot->counted};
	struct contribution own = contribution_of(fold->sheet->d, &who, NULL);
	struct given time = over_time(fold, i, results);
	struct sheet_result *result = &results[i];

	result->rolled = roll(fold, slot, &time);
	result->contribution = own.present ? own : result->rolled.sum;
	give(fold, i, &result->contribution, &time);
}

/* Shorter periods stand before the longer ones that hold them. */
void
sheet_fold(const struct sheet *sheet, struct sheet_result out[SHEET_SLOTS])
{
	struct fold fold = {.sheet = sheet};

	/* at once: most sheets have few periods */
	memset(out, 0, SHEET_SLOTS * sizeof(*out));
	for (int i = 0; i < SHEET_SLOTS; i++) {
		struct period p = sheet->slots[i].period;

		if (p.code == 0)
			continue;
		if (fold.base_months == 0)
			fold.base_months = period_months(p);
		fold_slot(&fold, i, out);
	}
}

/* --- release --- */

const char *
release_name(enum release release)
{
	static const char *const names[] = {"open", "provisional", "released"};

	assert(release <= RELEASE_RELEASED);
	return names[release];
}

enum release
figure_release(const struct figure *own, bool completed)
{
	if (!own || own->action != ACTION_MERGE ||
	    !status_observed((enum obs_status)own->status))
		return RELEASE_OPEN;
	return completed || own->status == STATUS_A ? RELEASE_RELEASED
	                                            : RELEASE_PROVISIONAL;
}

enum release
rolled_release(const struct sheet_rolled *rolled, bool completed)
{
	bool all = rolled->reporting >= rolled->expected;

	if (!rolled->sum.present || rolled->partial || rolled->under_floor)
		return RELEASE_OPEN;
	if (completed || (all && rolled->sum.status == STATUS_A))
		return RELEASE_RELEASED;
	return RELEASE_PROVISIONAL;
}

struct rollup
rolled_row(const struct rollup *like, const struct sheet_rolled *rolled)
{
	struct rollup row = {.map = like->map,
	                     .definition = like->definition,
	                     .unit = like->unit,
	                     .period = like->period};

	if (!rolled->sum.present)
		return row;
	row.sum = rolled->sum.sum;
	row.sum_weight = rolled->sum.weight;
	row.n_by_status[rolled->sum.status] = 1;
	row.n_derived = rolled->sum.derived;
	row.reporting = rolled->reporting;
	return row;
}
