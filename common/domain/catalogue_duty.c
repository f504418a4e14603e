#include "common/domain/catalogue.h"

#include <string.h>

#include "common/domain/catalogue_make.h"

/* Look-ups across kinds: who may report, who owes, whom a target binds. */

/* "pov-hh pov-* *": ids, prefixes, everything. */
static bool
pattern_holds(const char *pattern, const char *indicator)
{
	struct span id = span_str(indicator);

	for (struct span word = next_word(&pattern); word.len > 0;
	     word = next_word(&pattern)) {
		if (word.ptr[word.len - 1] == '*') {
			if (id.len >= word.len - 1 &&
			    memcmp(id.ptr, word.ptr, word.len - 1) == 0)
				return true;
		} else if (span_equal(word, id)) {
			return true;
		}
	}
	return false;
}

bool
grant_names(const struct cat_grant *grant, const struct cat_definition *d)
{
	return pattern_holds(grant->indicators, d->indicator);
}

static bool
grant_reaches(const struct catalogue *c, const struct cat_grant *g,
              uint32_t unit, struct day day)
{
	if (g->under == NUMBER_NONE)
		return true;
	if (g->map == NUMBER_NONE)
		return unit_beneath_any(c, unit, g->under, day);
	return unit_beneath(c, g->map, unit, g->under, day);
}

const struct cat_grant *
source_grant(const struct catalogue *c, uint32_t source, uint32_t definition,
             uint32_t unit, struct period period)
{
	const char *indicator = c->definitions[definition].indicator;
	const struct cat_source *s = &c->sources[source];
	const struct cat_grant *best = NULL;
	struct day day = period_last_day(period);

	for (uint32_t i = 0; i < s->n_grants; i++) {
		const struct cat_grant *g = &s->grants[i];

		if ((!best || g->max_status < best->max_status) &&
		    pattern_holds(g->indicators, indicator) &&
		    grant_reaches(c, g, unit, day))
			best = g;
	}
	return best;
}

const struct cat_target_version *
target_version(const struct cat_target *t, struct period period)
{
	const struct cat_target_version *found = NULL;
	struct day day = period_last_day(period);

	for (uint32_t i = 0; i < t->n_versions; i++)
		if (period_first_day(t->versions[i].in_force_from).n <= day.n)
			found = &t->versions[i];
	return found;
}

uint32_t
target_successor(const struct cat_target *t, uint32_t unit)
{
	for (uint32_t i = 0; i < t->n_successors; i++)
		if (t->successors[i].unit == unit)
			return t->successors[i].target;
	return NUMBER_NONE;
}

enum frequency
target_frequency(const struct catalogue *c, const struct cat_target_version *v)
{
	enum frequency f = c->definitions[v->definition].frequency;

	return v->kind == TARGET_COUNT && f != FREQ_SPAN ? FREQ_ANNUAL : f;
}

/* A unit stands in a map on a day as a member or as its root. */
static bool
stands_in(const struct catalogue *c, uint32_t map, uint32_t unit,
          struct day day)
{
	const struct cat_member *found[MEMBERS_MAX];

	return c->maps[map].root == unit ||
	       members_of(c, map, unit, day, found) > 0;
}

static bool
has_level(const struct cat_unit *unit, const char *level, struct day day)
{
	return validity_holds(unit->validity, day) &&
	       strcmp(unit_name_on(unit, day)->level, level) == 0;
}

/* Does a unit have the level, and the membership, on some day of the range? */
static bool
level_within(const struct catalogue *c, const struct cat_member *m,
             const char *level, struct validity days)
{
	const struct cat_unit *unit = &c->units[m->unit];

	if (!validities_overlap(m->validity, days))
		return false;
	for (uint32_t i = 0; i < unit->n_names; i++)
		if (strcmp(unit->names[i].level, level) == 0 &&
		    validities_overlap(unit->names[i].validity, days) &&
		    validities_overlap(unit->names[i].validity, m->validity))
			return true;
	return false;
}

/* T1: membership is that of the base date, unless it is declared current; then
 * every unit that had the level between the version's first day and its last. */
static struct validity
bound_days(const struct cat_target_version *v)
{
	struct validity days;

	if (v->members_current) {
		days.from = period_first_day(v->in_force_from);
		days.to = period_last_day(v->due);
		return days;
	}
	days.from = v->base_period.code != 0
	                ? period_last_day(v->base_period)
	                : period_first_day(v->in_force_from);
	days.to = days.from;
	return days;
}

static bool
root_bound(const struct catalogue *c, const struct cat_target_version *v,
           struct validity days)
{
	uint32_t root = c->maps[v->map].root;
	const struct cat_member whole = {.unit = root, .validity = days};

	return level_within(c, &whole, v->level, days);
}

static uint32_t
level_units(const struct catalogue *c, const struct cat_target_version *v,
            uint32_t *out, uint32_t max)
{
	struct validity days = bound_days(v);
	uint32_t root = c->maps[v->map].root;
	bool root_waits = root_bound(c, v, days);
	uint32_t first = members_range(c, v->map, 0).first;
	uint32_t n = 0;

	for (uint32_t i = first; i < c->n_members && n < max; i++) {
		const struct cat_member *m = &c->members[i];

		if (m->map != v->map)
			break;
		if (root_waits && root < m->unit) {
			out[n++] = root;
			root_waits = false;
		}
		if (n < max && (n == 0 || out[n - 1] != m->unit) &&
		    level_within(c, m, v->level, days))
			out[n++] = m->unit;
	}
	if (root_waits && n < max)
		out[n++] = root;
	return n;
}

uint32_t
target_units(const struct catalogue *c, const struct cat_target_version *v,
             uint32_t *out, uint32_t max)
{
	uint32_t n = v->n_units < max ? v->n_units : max;

	if (v->level)
		return level_units(c, v, out, max);
	if (n > 0)
		memcpy(out, v->units, n * sizeof(*out));
	return n;
}

static bool
duty_names(const struct catalogue *c, const struct cat_reporting *r,
           uint32_t definition)
{
	for (uint32_t i = 0; i < r->n_definitions; i++)
		if (c->reporting_definitions[r->definition_first + i] ==
		    definition)
			return true;
	return false;
}

static const struct cat_reporting *
duty_of(const struct catalogue *c, uint32_t definition, uint32_t unit,
        struct day day)
{
	for (uint32_t i = 0; i < c->n_reporting; i++) {
		const struct cat_reporting *r = &c->reporting[i];

		if (!validity_holds(r->validity, day) ||
		    !duty_names(c, r, definition))
			continue;
		if (r->level ? has_level(&c->units[unit], r->level, day) &&
		                   stands_in(c, r->map, unit, day)
		             : r->unit == unit)
			return r;
	}
	return NULL;
}

/* J3: somebody with reports: yes may report it. */
static bool
somebody_owes(const struct catalogue *c, uint32_t definition, uint32_t unit,
              struct day day)
{
	const char *indicator = c->definitions[definition].indicator;

	for (uint32_t i = 0; i < c->n_sources; i++)
		for (uint32_t j = 0; j < c->sources[i].n_grants; j++) {
			const struct cat_grant *g = &c->sources[i].grants[j];

			if (g->reports &&
			    pattern_holds(g->indicators, indicator) &&
			    grant_reaches(c, g, unit, day))
				return true;
		}
	return false;
}

static const struct cat_calendar *
exception_of(const struct catalogue *c, const struct cat_definition *d,
             struct period period)
{
	for (uint32_t i = 0; i < c->n_calendar; i++)
		if (c->calendar[i].period.code == period.code &&
		    (strcmp(c->calendar[i].indicator, d->indicator) == 0 ||
		     strcmp(c->calendar[i].indicator, d->id) == 0))
			return &c->calendar[i];
	return NULL;
}

/* The figure that is reported last: the period itself, or the last shorter one in
 * it, where a time rule makes the longer one. Code 0: there is none. */
static struct period
last_reported(const struct cat_definition *d, struct period period)
{
	enum frequency f = period_frequency(period);

	if (f == d->frequency)
		return period;
	if (d->time == TIME_NONE || f == FREQ_SPAN ||
	    d->frequency == FREQ_SPAN || f > d->frequency)
		return (struct period){0};
	return period_last_ended(d->frequency, period_last_day(period));
}

/* Valid there and then: the unit and the definition. */
static bool
figure_possible(const struct catalogue *c, const struct cat_definition *d,
                uint32_t unit, struct period period)
{
	struct day day = period_last_day(period);

	return validity_holds(d->validity, day) && c->units[unit].declared &&
	       validity_holds(c->units[unit].validity, day) &&
	       (d->units == NUMBER_NONE ||
	        unit_beneath_any(c, unit, d->units, day));
}

bool
figure_expected(const struct catalogue *c, uint32_t definition, uint32_t unit,
                struct period period, struct expected *out)
{
	const struct cat_definition *d = &c->definitions[definition];
	struct period last = last_reported(d, period);
	struct day day = period_last_day(period);
	const struct cat_reporting *duty;
	const struct cat_calendar *exception;
	uint32_t grace;

	if (last.code == 0 || !figure_possible(c, d, unit, last))
		return false;
	duty = duty_of(c, definition, unit, day);
	if (!duty || !somebody_owes(c, definition, unit, day))
		return false;
	exception = exception_of(c, d, last);
	grace = duty->grace_days;
	if (exception && exception->grace_days != NUMBER_NONE)
		grace = exception->grace_days;
	out->by.n = exception ? exception->expected_by.n
	                      : day.n + (int32_t)duty->due_days;
	out->late.n = out->by.n + (int32_t)grace;
	return true;
}
