#include "common/domain/catalogue_make.h"

#include <stdlib.h>
#include <string.h>

/*
 * What must hold of memberships: weights of a unit add up, every way ends at the
 * root, nothing lies beneath itself, at most one division on a way, and no unit
 * is counted beside one that contains it (R3).
 */

enum {
	MEMBER_ROWS_MAX = 64, /* of one unit in one map */
	MAP_DATES_MAX = 100,  /* on which the memberships of a map change */
};

static struct spot
spot_of(const struct build *b, uint32_t member, enum member_field field)
{
	return SPOT(b->member_rows[member], field);
}

static bool
active(const struct build *b, uint32_t member, struct day day)
{
	return validity_holds(b->c->members[member].validity, day);
}

/* Weights of the rows of one unit in one map that hold on a day. */
static bool
weights_check(struct build *b, struct children_range own, struct day day)
{
	const struct cat_member *members = b->c->members;
	uint64_t sum = 0;
	uint32_t n = 0;
	uint32_t last = own.first;
	char text[DAY_TEXT_MAX];

	for (uint32_t i = own.first; i < own.end; i++) {
		if (!active(b, i, day))
			continue;
		sum += members[i].weight;
		n++;
		last = i;
	}
	if (n == 0 || (sum == WEIGHT_ONE && n <= MEMBERS_MAX))
		return true;
	build_error(
	    b, spot_of(b, last, MEMBER_WEIGHT), ERR_BAD_WEIGHTS,
	    "%u parents of %s in map %s hold on %s: weights add up to %llu, "
	    "not %d",
	    n, b->c->units[members[last].unit].id,
	    b->c->maps[members[last].map].id,
	    day.n == DAY_FIRST ? "all early days" : day_format(day, text),
	    (unsigned long long)sum, WEIGHT_ONE);
	return false;
}

/* Twice the same parent on one day. */
static void
parents_check(struct build *b, struct children_range own)
{
	const struct cat_member *members = b->c->members;

	for (uint32_t i = own.first; i < own.end; i++)
		for (uint32_t j = own.first; j < i; j++) {
			if (members[i].parent != members[j].parent ||
			    !validities_overlap(members[i].validity,
			                        members[j].validity))
				continue;
			build_error(
			    b, spot_of(b, i, MEMBER_PARENT), ERR_OVERLAP,
			    "%s stands under %s on the same days in line %u",
			    b->c->units[members[i].unit].id,
			    b->c->units[members[i].parent].id,
			    b->rows->rows[b->member_rows[j]].line);
			return;
		}
}

static void
own_check(struct build *b, struct children_range own)
{
	const struct cat_member *members = b->c->members;
	uint32_t map = members[own.first].map;

	if (own.end - own.first > MEMBER_ROWS_MAX) {
		build_error(b, spot_of(b, own.first, MEMBER_UNIT),
		            ERR_TOO_LARGE,
		            "more than %d rows of one unit in one map",
		            MEMBER_ROWS_MAX);
		return;
	}
	if (members[own.first].unit == b->c->maps[map].root)
		build_error(b, spot_of(b, own.first, MEMBER_UNIT), ERR_CYCLE,
		            "the root of a map has no parent in it");
	parents_check(b, own);
	for (uint32_t i = own.first; i < own.end; i++) {
		struct day to = members[i].validity.to;

		if (!weights_check(b, own, members[i].validity.from))
			return;
		if (to.n != DAY_LAST &&
		    !weights_check(b, own, (struct day){to.n + 1}))
			return;
	}
}

/* First day of the member's validity on which its parent has no parent itself;
 * false: there is none. */
static bool
orphan_day(const struct build *b, uint32_t member, struct day *day)
{
	const struct cat_member *m = &b->c->members[member];
	struct children_range above = members_range(b->c, m->map, m->parent);

	*day = m->validity.from;
	for (uint32_t i = above.first; i < above.end; i++) {
		struct validity v = b->c->members[i].validity;

		if (!validity_holds(v, *day))
			continue;
		if (v.to.n >= m->validity.to.n)
			return false;
		day->n = v.to.n + 1;
	}
	return true;
}

static void
parent_check(struct build *b, uint32_t member)
{
	const struct cat_member *m = &b->c->members[member];
	struct day day;
	char text[DAY_TEXT_MAX];

	if (m->parent == b->c->maps[m->map].root ||
	    !orphan_day(b, member, &day))
		return;
	if (day.n == DAY_FIRST)
		build_error(b, spot_of(b, member, MEMBER_PARENT),
		            ERR_NO_ROOT_PATH,
		            "parent %s has no place in map %s on the same days",
		            b->c->units[m->parent].id, b->c->maps[m->map].id);
	else
		build_error(b, spot_of(b, member, MEMBER_PARENT),
		            ERR_NO_ROOT_PATH,
		            "parent %s has no place in map %s on %s",
		            b->c->units[m->parent].id, b->c->maps[m->map].id,
		            day_format(day, text));
}

static int
day_order(const void *left, const void *right)
{
	const struct day *a = left;
	const struct day *b = right;

	return (a->n > b->n) - (a->n < b->n);
}

struct dates { /* on which memberships change, ascending */
	struct day list[2 * MAP_DATES_MAX];
	uint32_t n;
};

static bool
dates_add(struct dates *dates, struct day day)
{
	for (uint32_t i = 0; i < dates->n; i++)
		if (dates->list[i].n == day.n)
			return true;
	if (dates->n == 2 * MAP_DATES_MAX)
		return false;
	dates->list[dates->n++] = day;
	return true;
}

/* Days from which on memberships of a map hold, or hold no more. */
static bool
dates_of(const struct build *b, uint32_t map, struct dates *dates)
{
	const struct catalogue *c = b->c;

	for (uint32_t i = 0; i < c->n_members; i++) {
		struct validity v = c->members[i].validity;

		if (c->members[i].map != map)
			continue;
		if (!dates_add(dates, v.from) ||
		    (v.to.n != DAY_LAST &&
		     !dates_add(dates, (struct day){v.to.n + 1})))
			return false;
	}
	qsort(dates->list, dates->n, sizeof(dates->list[0]), day_order);
	return true;
}

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

struct frame {
	uint32_t unit;
	uint32_t next; /* member to look at */
	uint32_t end;
	uint32_t first;
};

struct walk { /* of one map on one day, depth first */
	uint32_t map;
	struct day day;
	uint8_t *visits;  /* enum visit by unit */
	uint8_t *divided; /* divisions on the ways from a unit to the root */
	struct frame *stack;
	uint32_t depth;
};

static void
walk_push(const struct build *b, struct walk *w, uint32_t unit)
{
	struct children_range own = members_range(b->c, w->map, unit);

	w->visits[unit] = VISIT_OPEN;
	w->stack[w->depth++] = (struct frame){.unit = unit,
	                                      .next = own.first,
	                                      .first = own.first,
	                                      .end = own.end};
}

/* Every parent of the frame's unit is done. */
static bool
walk_close(struct build *b, struct walk *w, const struct frame *f)
{
	uint8_t divided = 0;

	for (uint32_t i = f->first; i < f->end; i++) {
		const struct cat_member *m = &b->c->members[i];
		uint8_t here = w->divided[m->parent];

		if (!active(b, i, w->day))
			continue;
		here = (uint8_t)(here + (m->weight != WEIGHT_ONE));
		divided = here > divided ? here : divided;
	}
	w->visits[f->unit] = VISIT_DONE;
	w->divided[f->unit] = divided;
	w->depth--;
	if (divided <= 1)
		return true;
	build_error(
	    b, spot_of(b, f->first, MEMBER_WEIGHT), ERR_BAD_WEIGHTS,
	    "%s is divided twice on its way to the root of map %s: at most "
	    "one membership on a way has a weight",
	    b->c->units[f->unit].id, b->c->maps[w->map].id);
	return false;
}

/* One step of the frame on top; false: an error was reported. */
static bool
walk_step(struct build *b, struct walk *w)
{
	struct frame *f = &w->stack[w->depth - 1];
	uint32_t parent;

	while (f->next < f->end && !active(b, f->next, w->day))
		f->next++;
	if (f->next == f->end)
		return walk_close(b, w, f);
	parent = b->c->members[f->next].parent;
	if (w->visits[parent] == VISIT_OPEN) {
		build_error(b, spot_of(b, f->next, MEMBER_PARENT), ERR_CYCLE,
		            "%s lies beneath itself in map %s",
		            b->c->units[parent].id, b->c->maps[w->map].id);
		return false;
	}
	f->next++;
	if (w->visits[parent] == VISIT_NEW)
		walk_push(b, w, parent);
	return true;
}

static bool
walk_unit(struct build *b, struct walk *w, uint32_t unit)
{
	if (w->visits[unit] != VISIT_NEW)
		return true;
	walk_push(b, w, unit);
	while (w->depth > 0)
		if (!walk_step(b, w))
			return false;
	return true;
}

static bool
walk_day(struct build *b, struct walk *w)
{
	const struct catalogue *c = b->c;

	memset(w->visits, VISIT_NEW, c->n_units);
	memset(w->divided, 0, c->n_units);
	w->depth = 0;
	for (uint32_t i = 0; i < c->n_members; i++)
		if (c->members[i].map == w->map &&
		    !walk_unit(b, w, c->members[i].unit))
			return false;
	return true;
}

static void
map_walk(struct build *b, uint32_t map, const struct dates *dates)
{
	uint32_t n = b->c->n_units + 1;
	struct walk w = {.map = map,
	                 .visits = calloc(n, 1),
	                 .divided = calloc(n, 1),
	                 .stack = calloc(n, sizeof(*w.stack))};

	if (!w.visits || !w.divided || !w.stack)
		b->nomem = true;
	for (uint32_t i = 0; i < dates->n && !b->nomem; i++) {
		w.day = dates->list[i];
		if (!walk_day(b, &w))
			break;
	}
	free(w.visits);
	free(w.divided);
	free(w.stack);
}

static void
map_check(struct build *b, uint32_t map)
{
	struct dates dates = {.n = 0};

	if (b->c->maps[map].declared && !dates_of(b, map, &dates))
		build_error(
		    b, SPOT(b->declared[REGISTRY_MAP][map], MAP_ID),
		    ERR_TOO_LARGE,
		    "memberships of one map change on more than %d days",
		    2 * MAP_DATES_MAX);
	else if (b->c->maps[map].declared)
		map_walk(b, map, &dates);
}

/* R3: a unit and one that contains it elsewhere, side by side in a map. */
struct beside {
	uint32_t map;
	uint32_t other;       /* the territory map that contains */
	struct validity days; /* on which no membership of either changes */
};

static bool
both_hold(struct validity a, struct validity b, struct validity days)
{
	return validities_overlap(a, days) && validities_overlap(b, days) &&
	       validities_overlap(a, b);
}

/* True: an error was reported. */
static bool
beside_check(struct build *b, const struct beside *s, uint32_t member,
             uint32_t above)
{
	const struct catalogue *c = b->c;
	uint32_t unit = c->members[member].unit;
	const struct cat_member *found[MEMBERS_MAX];

	if (above == c->maps[s->map].root ||
	    !both_hold(c->units[unit].validity, c->units[above].validity,
	               s->days) ||
	    members_of(c, s->map, above, s->days.from, found) == 0 ||
	    unit_beneath(c, s->map, unit, above, s->days.from))
		return false;
	build_error(
	    b, spot_of(b, member, MEMBER_PARENT), ERR_NO_ROOT_PATH,
	    "%s is counted beside %s, which contains it in map %s: close one "
	    "of the two with a date",
	    c->units[unit].id, c->units[above].id, c->maps[s->other].id);
	return true;
}

static bool
beside_ancestors(struct build *b, const struct beside *s, uint32_t member)
{
	const struct cat_member *found[MEMBERS_MAX];
	uint32_t pending[2 * MEMBERS_MAX] = {b->c->members[member].unit};
	uint32_t n = 1;

	while (n > 0) {
		uint32_t unit = pending[--n];
		uint32_t n_found =
		    members_of(b->c, s->other, unit, s->days.from, found);

		for (uint32_t i = 0; i < n_found; i++) {
			if (beside_check(b, s, member, found[i]->parent))
				return true;
			pending[n++] = found[i]->parent;
		}
	}
	return false;
}

static bool
beside_days(struct build *b, const struct beside *s)
{
	const struct catalogue *c = b->c;

	for (uint32_t i = 0; i < c->n_members; i++)
		if (c->members[i].map == s->map && active(b, i, s->days.from) &&
		    beside_ancestors(b, s, i))
			return true;
	return false;
}

/* What contains what on a day, the map of that day says: so only the days of its
 * validity are looked at. */
static void
beside_maps(struct build *b, uint32_t map, uint32_t other)
{
	struct dates dates = {.n = 0};
	struct validity valid = b->c->maps[other].validity;
	struct beside s = {.map = map, .other = other};

	if (!dates_add(&dates, valid.from) || !dates_of(b, map, &dates) ||
	    !dates_of(b, other, &dates))
		return;
	for (uint32_t i = 0; i < dates.n; i++) {
		s.days.from = dates.list[i];
		s.days.to = valid.to;
		if (i + 1 < dates.n)
			s.days.to.n = dates.list[i + 1].n - 1;
		if (s.days.to.n > valid.to.n)
			s.days.to = valid.to;
		if (validity_holds(valid, s.days.from) && beside_days(b, &s))
			return;
	}
}

static void
members_check(struct build *b)
{
	const struct catalogue *c = b->c;

	for (uint32_t i = 0, end; i < c->n_members; i = end) {
		struct children_range own =
		    members_range(c, c->members[i].map, c->members[i].unit);

		end = own.end;
		own_check(b, own);
	}
	for (uint32_t i = 0; i < c->n_members; i++)
		parent_check(b, i);
}

void
check_members(struct build *b)
{
	const struct catalogue *c = b->c;
	size_t before = b->errors->total;

	members_check(b);
	for (uint32_t i = 0; i < c->n_maps; i++)
		map_check(b, i);
	/* Ways are followed below: they must end. */
	if (b->errors->total != before)
		return;
	for (uint32_t i = 0; i < c->n_maps * c->n_maps; i++) {
		uint32_t map = i / c->n_maps;
		uint32_t other = i % c->n_maps;

		if (map != other && c->maps[map].declared &&
		    c->maps[other].declared &&
		    c->maps[other].kind == MAP_TERRITORY)
			beside_maps(b, map, other);
	}
}
