#include "common/domain/catalogue_make.h"

#include <stdlib.h>
#include <string.h>

/*
 * Who may report what, who owes it, and when: sources.csv, reporting.csv,
 * calendar.csv.
 */

enum {
	RANK_MAX = 1000,
	DAYS_MAX = 3660, /* ten years: due, grace */
	FLOOR_PLACES = 6,
	DUTIES_MAX = 100000,
	CALENDAR_MAX = 2000, /* exceptions are looked through */
};

static const char *const yes_no[] = {"no", "yes"};

static const struct range days_range = {0, DAYS_MAX};

struct granted { /* a row of sources.csv before rows are grouped by source */
	struct cat_grant grant;
	uint32_t row;
};

static int
granted_order(const void *left, const void *right)
{
	const struct granted *a = left;
	const struct granted *b = right;

	if (a->grant.source != b->grant.source)
		return a->grant.source < b->grant.source ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* Best first, without M: nobody reports under a ceiling of "missing". */
static enum obs_status
take_status(struct build *b, struct spot at, enum obs_status if_empty)
{
	static const char *const letters[] = {"A", "P", "E", "F"};

	return (enum obs_status)take_word(
	    b, at, WORDS(letters),
	    if_empty == STATUS_COUNT ? NO_DEFAULT : (uint32_t)if_empty);
}

static bool
prefix_known(const struct build *b, struct span prefix)
{
	for (uint32_t i = 0; i < b->c->n_indicators; i++) {
		struct span id = span_str(b->c->indicators[i].id);

		if (b->c->indicators[i].n_definitions > 0 &&
		    id.len >= prefix.len &&
		    memcmp(id.ptr, prefix.ptr, prefix.len) == 0)
			return true;
	}
	return false;
}

static void
indicators_check(struct build *b, struct spot at)
{
	const char *next = take_raw(b, at);
	struct span word = next_word(&next);

	if (word.len == 0)
		build_error(b, at, ERR_MISSING_FIELD,
		            "indicators is mandatory: ids, pov-* or *");
	for (; word.len > 0; word = next_word(&next)) {
		struct span prefix = {word.ptr, word.len - 1};

		if (word.ptr[prefix.len] != '*')
			(void)ref_of(b, at, REGISTRY_INDICATOR, word);
		else if (prefix.len > 0 && !prefix_known(b, prefix))
			build_error(b, at, ERR_UNKNOWN_REFERENCE,
			            "no indicator begins with %.*s",
			            (int)prefix.len, (const char *)prefix.ptr);
	}
}

static void
take_grant(struct build *b, uint32_t row, struct granted *out)
{
	static const struct range ranks = {1, RANK_MAX};
	struct spot at_default = SPOT(row, SOURCE_DEFAULT);
	struct cat_grant *g = &out->grant;

	out->row = row;
	g->source = row_number(b, row);
	g->under = take_ref(b, SPOT(row, SOURCE_UNDER), REGISTRY_UNIT, false);
	g->map = take_ref(b, SPOT(row, SOURCE_MAP), REGISTRY_MAP, false);
	g->indicators = take_text(b, SPOT(row, SOURCE_INDICATORS), false);
	indicators_check(b, SPOT(row, SOURCE_INDICATORS));
	g->max_status = take_status(b, SPOT(row, SOURCE_MAX), STATUS_COUNT);
	g->default_status = take_status(
	    b, at_default, g->max_status > STATUS_P ? g->max_status : STATUS_P);
	if (g->default_status < g->max_status)
		build_error(b, at_default, ERR_STATUS_TOO_HIGH,
		            "default_status %s is above max_status %s",
		            take_raw(b, at_default),
		            take_raw(b, SPOT(row, SOURCE_MAX)));
	if (!take_given(b, SPOT(row, SOURCE_RANK)))
		build_error(b, SPOT(row, SOURCE_RANK), ERR_MISSING_FIELD,
		            "rank is mandatory");
	g->rank = (uint32_t)take_whole(b, SPOT(row, SOURCE_RANK), ranks, 1);
	g->reports =
	    take_word(b, SPOT(row, SOURCE_REPORTS), WORDS(yes_no), 0) == 1;
}

/* Several rows add up: the name stands in one of them. */
static const char *
take_source_name(struct build *b, const struct granted *rows, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (take_given(b, SPOT(rows[i].row, SOURCE_NAME)))
			return take_text(b, SPOT(rows[i].row, SOURCE_NAME),
			                 true);
	return take_text(b, SPOT(rows[0].row, SOURCE_NAME), true);
}

static void
source_fill(struct build *b, const struct granted *rows, uint32_t n)
{
	struct cat_source *s = &b->c->sources[rows[0].grant.source];
	struct cat_grant *grants = make_array(b, n, sizeof(*grants));

	s->declared = true;
	s->name = take_source_name(b, rows, n);
	s->rank = rows[0].grant.rank;
	s->grants = grants;
	s->n_grants = n;
	for (uint32_t i = 0; grants && i < n; i++) {
		grants[i] = rows[i].grant;
		if (rows[i].grant.rank != s->rank)
			build_error(
			    b, SPOT(rows[i].row, SOURCE_RANK), ERR_BAD_VALUE,
			    "rank %u is not the %u of the source's first row",
			    rows[i].grant.rank, s->rank);
	}
}

void
make_sources(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_SOURCE];
	struct granted *rows = calloc(list->n + 1u, sizeof(*rows));
	struct catalogue *c = b->c;
	uint32_t n = 0;

	c->n_sources = b->n_ids[REGISTRY_SOURCE];
	c->sources = make_array(b, c->n_sources, sizeof(*c->sources));
	if (!rows || !c->sources) {
		free(rows);
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < c->n_sources; i++)
		c->sources[i].id = make_id(b, REGISTRY_SOURCE, i);
	for (uint32_t i = 0; i < list->n; i++) {
		take_grant(b, list->rows[i], &rows[n]);
		n += rows[n].grant.source != NUMBER_NONE;
	}
	qsort(rows, n, sizeof(*rows), granted_order);
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i + 1;
		     end < n && rows[end].grant.source == rows[i].grant.source;)
			end++;
		source_fill(b, rows + i, end - i);
	}
	free(rows);
}

/* A row names an indicator, with all its definitions, or one definition. */
static void
take_definitions(struct build *b, uint32_t row, struct cat_reporting *r)
{
	struct spot at = SPOT(row, REPORTING_INDICATOR);
	struct span id = span_str(take_raw(b, at));
	uint32_t one = build_find(b, REGISTRY_DEFINITION, id);
	const struct cat_indicator *all;
	uint32_t indicator;

	r->definition_first = b->c->n_reporting_definitions;
	if (one != NUMBER_NONE) {
		r->n_definitions = 1;
		b->c->reporting_definitions[r->definition_first] = one;
		b->c->n_reporting_definitions++;
		return;
	}
	indicator = take_ref(b, at, REGISTRY_INDICATOR, true);
	if (indicator == NUMBER_NONE)
		return;
	all = &b->c->indicators[indicator];
	r->n_definitions = all->n_definitions;
	b->c->n_reporting_definitions += all->n_definitions;
	memcpy(b->c->reporting_definitions + r->definition_first,
	       all->definitions, all->n_definitions * sizeof(uint32_t));
}

static void
take_who(struct build *b, uint32_t row, struct cat_reporting *r)
{
	struct spot at = SPOT(row, REPORTING_LEVEL_OR_UNIT);
	const char *text = take_raw(b, at);

	r->unit = NUMBER_NONE;
	if (text[0] != '\0' && map_get(&b->levels, span_str(text)) != MAP_NONE)
		r->level = take_text(b, at, true);
	else
		r->unit = take_ref(b, at, REGISTRY_UNIT, true);
}

static uint32_t
take_floor(struct build *b, struct spot at)
{
	int64_t floor = WEIGHT_ONE;

	if (!take_decimal(b, at, FLOOR_PLACES, &floor))
		return WEIGHT_ONE;
	if (floor >= 0 && floor <= WEIGHT_ONE)
		return (uint32_t)floor;
	build_error(b, at, ERR_BAD_VALUE,
	            "coverage_floor %s: a fraction from 0 to 1 is expected",
	            take_raw(b, at));
	return WEIGHT_ONE;
}

static void
take_reporting(struct build *b, uint32_t row, struct cat_reporting *r)
{
	take_definitions(b, row, r);
	take_who(b, row, r);
	r->map = take_ref(b, SPOT(row, REPORTING_MAP), REGISTRY_MAP, true);
	if (!take_given(b, SPOT(row, REPORTING_DUE)))
		build_error(b, SPOT(row, REPORTING_DUE), ERR_MISSING_FIELD,
		            "due_days is mandatory");
	r->due_days =
	    (uint32_t)take_whole(b, SPOT(row, REPORTING_DUE), days_range, 0);
	r->grace_days =
	    (uint32_t)take_whole(b, SPOT(row, REPORTING_GRACE), days_range, 0);
	r->floor_millionths = take_floor(b, SPOT(row, REPORTING_FLOOR));
	r->validity = take_validity(b, SPOT(row, REPORTING_FROM));
}

struct duty {
	uint32_t definition;
	uint32_t reporting; /* its row is the list's of the same rank */
	uint32_t map;
	struct validity validity;
};

static int
duty_order(const void *left, const void *right)
{
	const struct duty *a = left;
	const struct duty *b = right;

	if (a->definition != b->definition)
		return a->definition < b->definition ? -1 : 1;
	if (a->map != b->map)
		return a->map < b->map ? -1 : 1;
	if (a->validity.from.n != b->validity.from.n)
		return a->validity.from.n < b->validity.from.n ? -1 : 1;
	return (a->reporting > b->reporting) - (a->reporting < b->reporting);
}

/* R4: one row per indicator, map and date. */
static void
duties_check(struct build *b, struct duty *duties, uint32_t n)
{
	const uint32_t *rows = b->kinds[CAT_REPORTING].rows;

	qsort(duties, n, sizeof(*duties), duty_order);
	for (uint32_t i = 1; i < n; i++) {
		const struct duty *d = &duties[i - 1];

		if (d->definition != duties[i].definition ||
		    d->map != duties[i].map ||
		    !validities_overlap(d->validity, duties[i].validity))
			continue;
		build_error(
		    b, SPOT(rows[duties[i].reporting], REPORTING_FROM),
		    ERR_OVERLAP,
		    "two rows for %s in map %s on one day (line %u): one is "
		    "allowed",
		    b->c->definitions[d->definition].id, b->c->maps[d->map].id,
		    b->rows->rows[rows[d->reporting]].line);
	}
}

static void
reporting_check(struct build *b)
{
	const struct catalogue *c = b->c;
	struct duty *duties =
	    calloc(c->n_reporting_definitions + 1u, sizeof(*duties));
	uint32_t n = 0;

	if (!duties) {
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < c->n_reporting; i++) {
		const struct cat_reporting *r = &c->reporting[i];

		for (uint32_t j = 0; j < r->n_definitions; j++)
			duties[n++] = (struct duty){
			    .reporting = i,
			    .map = r->map,
			    .validity = r->validity,
			    .definition =
			        c->reporting_definitions[r->definition_first +
			                                 j]};
		if (r->map == NUMBER_NONE)
			n -= r->n_definitions;
	}
	duties_check(b, duties, n);
	free(duties);
}

/* Room for every definition that the rows name. */
static uint32_t
definitions_named(const struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_REPORTING];
	uint64_t n = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		uint32_t indicator = build_find(
		    b, REGISTRY_INDICATOR,
		    span_str(
		        take_raw(b, SPOT(list->rows[i], REPORTING_INDICATOR))));

		n += 1;
		if (indicator != NUMBER_NONE)
			n += b->c->indicators[indicator].n_definitions;
	}
	return n <= DUTIES_MAX ? (uint32_t)n : NUMBER_NONE;
}

void
make_reporting(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_REPORTING];
	struct catalogue *c = b->c;
	uint32_t named = definitions_named(b);

	if (named == NUMBER_NONE) {
		build_error(b, SPOT(list->rows[0], SPOT_ROW), ERR_TOO_LARGE,
		            "the rows name more than %d definitions",
		            DUTIES_MAX);
		return;
	}
	c->reporting = make_array(b, list->n, sizeof(*c->reporting));
	c->reporting_definitions =
	    make_array(b, named, sizeof(*c->reporting_definitions));
	if (!c->reporting || !c->reporting_definitions)
		return;
	for (uint32_t i = 0; i < list->n; i++)
		take_reporting(b, list->rows[i], &c->reporting[i]);
	c->n_reporting = list->n;
	reporting_check(b);
}

static void
take_calendar(struct build *b, uint32_t row, struct cat_calendar *out)
{
	static const struct day none = {DAY_NONE};
	struct spot indicator = SPOT(row, CALENDAR_INDICATOR);
	struct spot expected = SPOT(row, CALENDAR_EXPECTED);
	const char *id = take_raw(b, indicator);

	if (build_find(b, REGISTRY_DEFINITION, span_str(id)) == NUMBER_NONE)
		(void)take_ref(b, indicator, REGISTRY_INDICATOR, true);
	out->indicator = make_text(b, id);
	(void)take_period(b, SPOT(row, CALENDAR_PERIOD), true, &out->period);
	if (!take_given(b, expected))
		build_error(b, expected, ERR_MISSING_FIELD,
		            "expected_by is mandatory");
	out->expected_by = take_day(b, expected, false, none);
	out->grace_days = (uint32_t)take_whole(b, SPOT(row, CALENDAR_GRACE),
	                                       days_range, NUMBER_NONE);
}

static void
calendar_check(struct build *b, uint32_t at)
{
	const struct cat_calendar *all = b->c->calendar;
	const uint32_t *rows = b->kinds[CAT_CALENDAR].rows;

	for (uint32_t i = 0; i < at; i++) {
		if (all[i].period.code != all[at].period.code ||
		    strcmp(all[i].indicator, all[at].indicator) != 0)
			continue;
		build_error(b, SPOT(rows[at], CALENDAR_PERIOD),
		            ERR_DUPLICATE_ID,
		            "%s of %s stands in line %u already",
		            take_raw(b, SPOT(rows[at], CALENDAR_PERIOD)),
		            all[at].indicator, b->rows->rows[rows[i]].line);
		return;
	}
}

void
make_calendar(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_CALENDAR];
	struct catalogue *c = b->c;

	if (list->n > CALENDAR_MAX) {
		build_error(b, SPOT(list->rows[0], SPOT_ROW), ERR_TOO_LARGE,
		            "more than %d exceptions", CALENDAR_MAX);
		return;
	}
	c->calendar = make_array(b, list->n, sizeof(*c->calendar));
	if (!c->calendar)
		return;
	for (uint32_t i = 0; i < list->n; i++) {
		take_calendar(b, list->rows[i], &c->calendar[i]);
		calendar_check(b, i);
	}
	c->n_calendar = list->n;
}
