#include "services/aggregate/agg_year.h"

enum {
	QUARTERS = 12,
	HALVES = 16,
	WHOLE = 18,
	MONTHS = 12,
	MONTHS_OF_QUARTER = 3,
	MONTHS_OF_HALF = 6
};

/* Slots of sheets of a frequency. */
static const uint32_t slots_of[FREQ_COUNT] = {
    [FREQ_ANNUAL] = 1u << WHOLE,
    [FREQ_HALF] = 7u << HALVES,
    [FREQ_QUARTER] = 0x7fu << QUARTERS,
    [FREQ_MONTH] = 0x7ffffu,
};

uint32_t
year_key(struct period p)
{
	if (period_frequency(p) == FREQ_SPAN)
		return p.code;
	return (uint32_t)period_year(p);
}

/* The month with which a slot ends, from 0. */
static int
last_month(int slot)
{
	if (slot < QUARTERS)
		return slot;
	if (slot < HALVES)
		return (slot - QUARTERS + 1) * MONTHS_OF_QUARTER - 1;
	if (slot < WHOLE)
		return (slot - HALVES + 1) * MONTHS_OF_HALF - 1;
	return MONTHS - 1;
}

int
year_slot(struct period p)
{
	/* the code begins with year * 12 + month */
	int month = (int)(p.code >> 11) % MONTHS;

	switch (period_months(p)) {
	case 1: return month;
	case MONTHS_OF_QUARTER: return QUARTERS + month / MONTHS_OF_QUARTER;
	case MONTHS_OF_HALF: return HALVES + month / MONTHS_OF_HALF;
	case MONTHS: return WHOLE;
	default: return YEAR_SPAN;
	}
}

void
year_periods(struct period p, struct period out[YEAR_SLOTS])
{
	static const struct {
		enum frequency frequency;
		int first, n;
	} kinds[] = {{FREQ_MONTH, 0, MONTHS},
	             {FREQ_QUARTER, QUARTERS, HALVES - QUARTERS},
	             {FREQ_HALF, HALVES, WHOLE - HALVES},
	             {FREQ_ANNUAL, WHOLE, 1}};
	struct day day;

	for (int i = 0; i < YEAR_SLOTS; i++)
		out[i].code = 0;
	out[YEAR_SPAN] = p;
	if (period_frequency(p) == FREQ_SPAN)
		return;
	day = period_last_day(period_of_year(period_year(p)));
	for (unsigned k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		struct period last = period_last_ended(kinds[k].frequency, day);

		for (int i = 0; i < kinds[k].n; i++)
			out[kinds[k].first + i] =
			    period_shift(last, i + 1 - kinds[k].n);
	}
}

/* The slot that contains month, of each length. */
static uint32_t
quarter_bit(int month)
{
	return slot_bit(QUARTERS + month / MONTHS_OF_QUARTER);
}

static uint32_t
half_bit(int month)
{
	return slot_bit(HALVES + month / MONTHS_OF_HALF);
}

static uint32_t
containing(int slot)
{
	int month = last_month(slot);
	uint32_t slots = slot_bit(slot);

	if (slot == YEAR_SPAN)
		return slots;
	slots |= slot_bit(WHOLE);
	if (slot < QUARTERS)
		slots |= quarter_bit(month);
	if (slot < HALVES)
		slots |= half_bit(month);
	return slots;
}

/* Longer slots that end with this one. */
static uint32_t
ending_with(int slot)
{
	int month = last_month(slot);
	uint32_t slots = slot_bit(slot);

	if (slot < QUARTERS && month % MONTHS_OF_QUARTER == 2)
		slots |= quarter_bit(month);
	if (slot < HALVES && month % MONTHS_OF_HALF == 5)
		slots |= half_bit(month);
	if (month == MONTHS - 1)
		slots |= slot_bit(WHOLE);
	return slots;
}

/* The last slot of each length within this one. */
static uint32_t
last_within(int slot)
{
	int month = last_month(slot);
	uint32_t slots = slot_bit(month) | slot_bit(slot);

	if (slot >= QUARTERS)
		slots |= quarter_bit(month);
	if (slot >= HALVES)
		slots |= half_bit(month);
	return slots;
}

static uint32_t
all_within(int slot)
{
	uint32_t slots = 0;

	for (int i = 0; i <= slot; i++) {
		if ((containing(i) & slot_bit(slot)) != 0)
			slots |= slot_bit(i);
	}
	return slots;
}

static uint32_t
each_of(uint32_t slots, uint32_t (*set)(int slot))
{
	uint32_t all = 0;

	for (; slots != 0; slots &= slots - 1)
		all |= set(slot_first(slots));
	return all;
}

/* The time rule doesn't come into it. */
static bool
stands_alone(const struct cat_definition *d, uint32_t slots)
{
	return d->time == TIME_NONE || (slots & ~slots_of[d->frequency]) != 0;
}

uint32_t
year_affected(const struct cat_definition *d, uint32_t changed)
{
	if (stands_alone(d, changed))
		return changed;
	return changed | each_of(changed, d->time == TIME_LAST ? ending_with
	                                                       : containing);
}

uint32_t
year_needed(const struct cat_definition *d, uint32_t affected)
{
	if (stands_alone(d, affected))
		return affected;
	return slots_of[d->frequency] &
	       each_of(affected,
	               d->time == TIME_LAST ? last_within : all_within);
}

uint32_t
year_containing(uint32_t slots)
{
	return each_of(slots, containing);
}
