/*
 * R1: one definition and year, added up in every map: over time where figures are
 * reported, over places above.
 */
#include <string.h>

#include "services/ctl/naive_year.h"

static i128
rounded(i128 a, i128 b)
{
	return a < 0 ? -((-2 * a + b) / (2 * b)) : (2 * a + b) / (2 * b);
}

/* A roll-up is as good as the worst that is in it (R2). */
static int
worst_status(const struct amount *a)
{
	for (int s = STATUS_F - 1; s >= 0; s--) {
		if (a->n[s] > 0)
			return s;
	}
	return -1;
}

/* --- what is of use ----------------------------------------------------------- */

static bool
is_counted(const struct catalogue *c, const struct cat_definition *d,
           const struct figure *f)
{
	const struct cat_unit *u = &c->units[f->unit];
	struct day day = period_last_day(f->period);

	return d->place == PLACE_SHARE && d->counted != NULL &&
	       (f->has & FIGURE_PARTS) == 0 && f->bound == BOUND_EQ &&
	       strcmp(unit_name_on(u, day)->level, d->counted) == 0;
}

/* R1: observed, with the parts that the rule needs. */
static bool
of_use(const struct catalogue *c, const struct cat_definition *d,
       const struct figure *f)
{
	bool value = (f->has & FIGURE_VALUE) != 0;
	bool parts = (f->has & FIGURE_PARTS) != 0;

	if (!status_observed((enum obs_status)f->status))
		return false;
	switch ((int)d->place) {
	case PLACE_SUM: return value;
	case PLACE_RATIO: return parts;
	case PLACE_WMEAN: return value && parts;
	case PLACE_SHARE: return parts || (value && is_counted(c, d, f));
	default: return false;
	}
}

/* R1e: ">=15", "<2.5"; none: at least 1. */
static bool
criterion_met(const struct cat_definition *d, int64_t value)
{
	static const char *const signs[] = {">=", "<=", ">", "<", "="};
	const char *text = d->criterion != NULL ? d->criterion : "";
	int64_t asked = 0;
	int sign = 0;

	if (text[0] == '\0')
		text = ">=1";
	while (sign < 5 && strncmp(text, signs[sign], strlen(signs[sign])) != 0)
		sign++;
	if (sign == 5 || decimal_parse(span_str(text + strlen(signs[sign])),
	                               d->decimals, false, &asked) != ERR_OK)
		return false;
	switch (sign) {
	case 0: return value >= asked;
	case 1: return value <= asked;
	case 2: return value > asked;
	case 3: return value < asked;
	default: return value == asked;
	}
}

/* What the figure itself gives, in millionths. */
static struct amount
own_amount(const struct year *y, const struct figure *f)
{
	const struct cat_definition *d = y->d;
	struct amount a = {.sum = f->value};

	a.n[f->status] = 1;
	if (d->place != PLACE_SUM)
		a.weight = f->denominator;
	if (d->place == PLACE_RATIO || d->place == PLACE_SHARE)
		a.sum = f->numerator;
	if (d->place == PLACE_WMEAN)
		a.sum *= f->denominator;
	if (is_counted(y->c, d, f)) {
		a.sum = criterion_met(d, f->value) ? 1 : 0;
		a.weight = 1;
	}
	a.sum *= WEIGHT_ONE;
	a.weight *= WEIGHT_ONE;
	return a;
}

/* --- over time ----------------------------------------------------------------- */

static void
amount_add(struct amount *to, const struct amount *a)
{
	to->sum += a->sum;
	to->weight += a->weight;
	for (int s = 0; s < STATUS_F; s++)
		to->n[s] += a->n[s];
	to->n_derived += a->n_derived;
}

/* Nobody who is expected within is missing. */
static bool
all_came(const struct year *y, const struct slot *s, uint32_t unit)
{
	if (s->own[unit] != NULL || s->within[unit] == 0)
		return true;
	return s->given[unit].reporting >= s->within[unit] &&
	       (s->reported[unit] || !naive_stays_open(y, s, unit));
}

/* R4c: complete if each is complete; else less than that. */
static uint64_t
time_reporting(const struct year *y, const struct slot *s, uint32_t unit)
{
	uint64_t sum = 0;
	bool all = true;

	if (y->d->time == TIME_LAST)
		return y->slots[s->subs[s->n_subs - 1]].given[unit].reporting;
	for (uint32_t i = 0; i < s->n_subs; i++) {
		const struct slot *sub = &y->slots[s->subs[i]];

		all = all && all_came(y, sub, unit);
		sum += sub->given[unit].reporting;
	}
	if (all)
		return s->within[unit];
	if (sum >= s->within[unit])
		sum = s->within[unit] > 0 ? s->within[unit] - 1 : 0;
	return sum;
}

/* The time rule over the unit's sub-periods. */
static struct amount
over_time(struct year *y, struct slot *s, uint32_t unit)
{
	struct finest *fine = &s->finest[unit];
	struct amount a = {0};

	for (uint32_t i = 0; i < s->n_subs; i++) {
		const struct slot *sub = &y->slots[s->subs[i]];

		if (y->d->time == TIME_LAST && i + 1 < s->n_subs)
			continue;
		amount_add(&a, &sub->given[unit]);
		fine->sum += sub->finest[unit].sum;
		fine->weight += sub->finest[unit].weight;
		fine->periods += sub->finest[unit].periods;
	}
	a.reporting = time_reporting(y, s, unit);
	if (y->d->time != TIME_MEAN || fine->periods == 0)
		return a;
	/* R1d: parts stay in millionths */
	a.sum = rounded(fine->sum, fine->periods);
	a.weight = rounded(fine->weight, fine->periods);
	if (y->d->place == PLACE_SUM)
		a.sum = rounded(fine->sum, (i128)fine->periods * WEIGHT_ONE) *
		        WEIGHT_ONE;
	return a;
}

static void
finest_set(struct slot *s, uint32_t unit)
{
	const struct amount *a = &s->given[unit];

	if (worst_status(a) >= 0)
		s->finest[unit] = (struct finest){
		    a->sum * s->n_base, a->weight * s->n_base, s->n_base};
}

/* --- one slot of one map --------------------------------------------------------- */

/* R1f: the first so many millionths of x, rounded down. */
static i128
first_part(i128 x, uint32_t millionths)
{
	i128 rest = (x % WEIGHT_ONE + WEIGHT_ONE) % WEIGHT_ONE;

	return (x - rest) / WEIGHT_ONE * millionths +
	       rest * millionths / WEIGHT_ONE;
}

/* Millionths of the unit that parents with smaller ids have. */
static uint32_t
before_it(const struct year *y, const struct slot *s,
          const struct cat_member *m)
{
	const struct cat_unit *units = y->c->units;
	const struct cat_member *other;
	uint32_t before = 0;
	uint32_t at = 0;

	if (m->weight == WEIGHT_ONE)
		return 0;
	while ((other = naive_member(y, m->unit, s->day, &at)) != NULL) {
		if (strcmp(units[other->parent].id, units[m->parent].id) < 0)
			before += other->weight;
	}
	return before;
}

/* The membership's part of c(u, p), added to the parent: one contribution. */
static void
contribute(const struct year *y, struct slot *s, const struct cat_member *m)
{
	const struct amount *own = &s->given[m->unit];
	struct amount *above = &s->children[m->parent];
	int status = worst_status(own);
	uint32_t from = before_it(y, s, m);
	uint32_t upto = from + m->weight;

	if (status < 0)
		return;
	above->sum += first_part(own->sum, upto) - first_part(own->sum, from);
	above->weight +=
	    first_part(own->weight, upto) - first_part(own->weight, from);
	above->reporting += own->reporting * m->weight / WEIGHT_ONE;
	above->n[status]++;
	above->n_derived += m->weight != WEIGHT_ONE || own->n_derived > 0;
}

/* Something is left of a place rule's sum only where a map may carry it. */
static bool
carries(const struct year *y, const struct slot *s)
{
	return y->d->place != PLACE_SHARE ||
	       validity_holds(y->c->maps[y->map].validity, s->day);
}

static enum err
row_keep(const struct year *y, const struct slot *s, uint32_t unit,
         struct naive_state *state)
{
	const struct amount *a = &s->children[unit];
	struct rollup r = {.map = y->map,
	                   .definition = y->definition,
	                   .unit = unit,
	                   .period = s->p,
	                   .sum = a->sum,
	                   .sum_weight = a->weight,
	                   .n_derived = a->n_derived,
	                   .reporting = a->reporting};
	enum err err;

	if (worst_status(a) < 0)
		return ERR_OK;
	memcpy(r.n_by_status, a->n, sizeof(r.n_by_status));
	err = naive_room(&state->rollups, state->n_rollups,
	                 &state->n_rollups_cap, sizeof(*state->rollups));
	if (err == ERR_OK)
		state->rollups[state->n_rollups++] = r;
	return err;
}

/* R4d of what stands for the unit beside its own figure of this period. */
static void
cover(const struct year *y, const struct slot *s, struct naive_rolled *r)
{
	bool sums = y->d->time == TIME_SUM || y->d->time == TIME_MEAN;

	r->expected = s->within[r->unit];
	if (!r->over_time)
		r->expected -= s->expected[r->unit];
	r->partial = r->expected == 0 ||
	             (sums && s->n_subs > 0 && r->reporting < r->expected) ||
	             naive_stays_open(y, s, r->unit);
	r->under_floor = !r->partial && (i128)r->reporting * WEIGHT_ONE <
	                                    (i128)r->expected * s->floor;
}

static enum err
rolled_keep(const struct year *y, const struct slot *s, const struct amount *a,
            struct naive_rolled r, struct naive_state *state)
{
	int status = worst_status(a);
	enum err err;

	if (status < 0)
		return ERR_OK;
	r.definition = y->definition;
	r.map = y->map;
	r.period = s->p;
	r.sum = a->sum;
	r.weight = a->weight;
	r.status = (enum obs_status)status;
	r.derived = a->n_derived > 0;
	r.reporting = a->reporting;
	cover(y, s, &r);
	err = naive_room(&state->rolled, state->n_rolled, &state->n_rolled_cap,
	                 sizeof(*state->rolled));
	if (err == ERR_OK)
		state->rolled[state->n_rolled++] = r;
	return err;
}

/* What the unit gives to those above it; beside it what is rolled up. */
static enum err
unit_settle(struct year *y, struct slot *s, uint32_t unit,
            struct naive_state *state)
{
	const struct figure *own = s->own[unit];
	bool time = s->reported[unit];
	struct amount rolled = time ? over_time(y, s, unit) : s->children[unit];
	enum err err = ERR_OK;

	s->given[unit] = rolled;
	if (own != NULL) {
		s->given[unit] = own_amount(y, own);
		s->given[unit].reporting = s->within[unit];
	}
	if (own != NULL || !time)
		finest_set(s, unit);
	if (state->wanted[y->definition])
		err = rolled_keep(
		    y, s, &rolled,
		    (struct naive_rolled){.unit = unit, .over_time = time},
		    state);
	return err;
}

static enum err
slot_add_up(struct year *y, struct slot *s, struct naive_state *state)
{
	size_t n = y->c->n_units;
	enum err err = ERR_OK;

	memset(s->children, 0, n * sizeof(*s->children));
	memset(s->given, 0, n * sizeof(*s->given));
	memset(s->finest, 0, n * sizeof(*s->finest));
	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		uint32_t unit = s->order[i];
		const struct cat_member *m;
		uint32_t at = 0;

		err = unit_settle(y, s, unit, state);
		while (carries(y, s) &&
		       (m = naive_member(y, unit, s->day, &at)) != NULL)
			contribute(y, s, m);
	}
	for (uint32_t u = 0; u < n && err == ERR_OK; u++)
		err = row_keep(y, s, u, state);
	return err;
}

/* --- the year ------------------------------------------------------------------ */

/* Units by height over those beneath them on the slot's day. */
static void
order_find(struct year *y, struct slot *s, uint32_t *height)
{
	uint32_t n = y->c->n_units;
	uint32_t placed = 0;
	bool grew = true;

	memset(height, 0, n * sizeof(*height));
	for (uint32_t round = 0; grew && round <= MAP_DEPTH_MAX; round++) {
		grew = false;
		for (uint32_t i = y->first[0]; i < y->first[n]; i++) {
			const struct cat_member *m = &y->c->members[i];

			if (!validity_holds(m->validity, s->day) ||
			    height[m->parent] > height[m->unit])
				continue;
			height[m->parent] = height[m->unit] + 1;
			grew = true;
		}
	}
	for (uint32_t h = 0; placed < n && h <= MAP_DEPTH_MAX + 1; h++) {
		for (uint32_t u = 0; u < n; u++) {
			if (height[u] == h)
				s->order[placed++] = u;
		}
	}
}

static bool
lies_within(const struct slot *sub, const struct slot *s)
{
	return period_first_day(sub->p).n >= period_first_day(s->p).n &&
	       sub->day.n <= s->day.n;
}

/* A year's sub-periods are halves, a half's quarters, a quarter's months. */
static int
months_of_sub(int months)
{
	return months == 12 ? 6 : months == 6 ? 3 : 1;
}

static void
slot_link(struct year *y, uint32_t at, int base)
{
	struct slot *s = &y->slots[at];
	int months = period_months(s->p);

	s->day = period_last_day(s->p);
	s->n_subs = 0;
	s->n_base = 0;
	if (months == base)
		s->bases[s->n_base++] = at;
	for (uint32_t i = 0; i < at && months != base; i++) {
		int sub = period_months(y->slots[i].p);

		if (!lies_within(&y->slots[i], s))
			continue;
		if (sub == months_of_sub(months))
			s->subs[s->n_subs++] = i;
		if (sub == base)
			s->bases[s->n_base++] = i;
	}
}

/* As struct period has it. */
static struct period
period_ending(int year, int last_month, int months)
{
	uint32_t end = (uint32_t)(year * 12 + last_month - 1);

	return (struct period){end << 11 | (uint32_t)(months - 1)};
}

/* All periods of the year from the definition's frequency up; without a time rule
 * only those of the frequency, and a span alone. */
static void
slots_list(struct year *y, struct period any)
{
	static const int lengths[] = {1, 3, 6, 12};
	static const int of_frequency[] = {12, 6, 3, 1, 0};
	int base = of_frequency[y->d->frequency];

	y->n_slots = 0;
	if (base == 0)
		y->slots[y->n_slots++].p = any;
	for (size_t i = 0; i < 4 && base != 0; i++) {
		int months = lengths[i];

		if (months < base || (months > base && y->d->time == TIME_NONE))
			continue;
		for (int last = months; last <= 12; last += months)
			y->slots[y->n_slots++].p =
			    period_ending(period_year(any), last, months);
	}
	for (uint32_t i = 0; i < y->n_slots; i++)
		slot_link(y, i, base != 0 ? base : period_months(any));
}

/* Is some shorter figure of the unit of use? (R1c: at any depth; of the last
 * sub-period only, if the rule looks at no other.) */
static void
reported_find(struct year *y, struct slot *s)
{
	size_t n = y->c->n_units;

	memset(s->reported, 0, n * sizeof(*s->reported));
	for (uint32_t i = 0; i < s->n_subs; i++) {
		const struct slot *sub = &y->slots[s->subs[i]];

		if (y->d->time == TIME_LAST && i + 1 < s->n_subs)
			continue;
		for (size_t u = 0; u < n; u++)
			s->reported[u] = s->reported[u] || sub->reported[u] ||
			                 sub->own[u] != NULL;
	}
}

static void
own_place(struct year *y, const struct figure *figures, uint32_t n)
{
	for (uint32_t i = 0; i < y->n_slots; i++)
		memset(y->slots[i].own, 0,
		       y->c->n_units * sizeof(const struct figure *));
	for (uint32_t i = 0; i < n; i++) {
		const struct figure *f = &figures[i];

		for (uint32_t s = 0; s < y->n_slots; s++) {
			if (y->slots[s].p.code == f->period.code &&
			    of_use(y->c, y->d, f))
				y->slots[s].own[f->unit] = f;
		}
	}
	for (uint32_t i = 0; i < y->n_slots; i++)
		reported_find(y, &y->slots[i]);
}

static enum err
map_add_up(struct naive_sums *sums, uint32_t map, struct naive_state *state)
{
	struct year *y = &sums->year;
	enum err err = ERR_OK;

	y->map = map;
	y->first = sums->first + (size_t)map * (y->c->n_units + (size_t)1);
	for (uint32_t i = 0; i < y->n_slots; i++)
		order_find(y, &y->slots[i], sums->height);
	naive_expect(y);
	for (uint32_t i = 0; i < y->n_slots && err == ERR_OK; i++)
		err = slot_add_up(y, &y->slots[i], state);
	return err;
}

enum err
naive_rollup(struct naive_sums *sums, struct naive_state *state, uint32_t from,
             uint32_t to)
{
	const struct figure *any = &state->figures[from];
	struct year *y = &sums->year;
	const struct catalogue *c = y->c;
	enum err err = ERR_OK;

	y->definition = any->definition;
	y->d = &c->definitions[any->definition];
	slots_list(y, any->period);
	own_place(y, any, to - from);
	for (uint32_t map = 0; map < c->n_maps && err == ERR_OK; map++) {
		if (c->maps[map].declared)
			err = map_add_up(sums, map, state);
	}
	return err;
}
