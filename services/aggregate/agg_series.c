#include "services/aggregate/agg_series.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/catalogue_record.h"

static const char *const series_args[] = {"indicator",    "unit",     "map",
                                          "from",         "to",       "as_of",
                                          "as_published", "versions", NULL};

/* Pages read for one page of the answer: where little is known of many units, that
 * must not hold up the turns either. */
#define SERIES_LOOKS_MAX 2000

static enum err
find_definitions(struct series *s, struct span name)
{
	const struct catalogue *c = s->past.c;
	uint32_t definition = catalogue_definition(c, name);
	uint32_t indicator = catalogue_indicator(c, name);

	s->q->field = "indicator";
	if (definition != NUMBER_NONE) {
		s->definitions[s->n_definitions++] = definition;
		return ERR_OK;
	}
	if (indicator == NUMBER_NONE)
		return ERR_UNKNOWN_INDICATOR;
	for (uint32_t i = 0; i < c->indicators[indicator].n_definitions &&
	                     s->n_definitions < SERIES_DEFINITIONS_MAX;
	     i++)
		s->definitions[s->n_definitions++] =
		    c->indicators[indicator].definitions[i];
	return ERR_OK;
}

static uint32_t
default_map(const struct series *s)
{
	const struct catalogue *c = s->past.c;
	const struct place *place = s->past.place;
	struct day day = c->units[s->unit].validity.to;

	if (day.n > s->past.today.n)
		day = s->past.today;
	for (uint32_t map = 0; map < c->n_maps; map++) {
		if (c->maps[map].declared &&
		    c->maps[map].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[map].validity, day) &&
		    place_depth(place, map, s->unit) != PLACE_NOWHERE)
			return map;
	}
	for (uint32_t map = 0; map < c->n_maps; map++) {
		if (c->maps[map].declared &&
		    place_depth(place, map, s->unit) != PLACE_NOWHERE)
			return map;
	}
	return NUMBER_NONE;
}

static enum err
arg_period(struct series *s, const char *name, struct period *period)
{
	struct span text = query_arg(s->q, name);

	s->q->field = name;
	return text.len == 0 ? ERR_OK : period_parse(text, period);
}

/* The month in which a period begins sorts before all that end in it or later. */
static enum err
arg_from(struct series *s)
{
	char text[PERIOD_TEXT_MAX];
	int year, month, day;
	enum err err = arg_period(s, "from", &s->from);

	if (err != ERR_OK || s->from.code == 0)
		return err;
	day_to_civil(period_first_day(s->from), &year, &month, &day);
	(void)snprintf(text, sizeof(text), "%04d-%02d", year, month);
	return period_parse(span_str(text), &s->from);
}

/* K5: what was known at a commit, by the definitions of then; of one that isn't
 * there yet nothing is known. */
static enum err
arg_as_of(struct series *s)
{
	struct commit head;
	uint64_t commit;
	enum err err;

	s->as_of = UINT64_MAX;
	if (query_arg(s->q, "as_of").len == 0)
		return ERR_OK;
	err = query_arg_number(s->q, "as_of", &commit);
	if (err == ERR_OK && commit > 0)
		err = journal_commit(s->journal, commit, &head);
	if (err == ERR_NOT_FOUND)
		return ERR_UNKNOWN_POSITION;
	/* another's definitions of then are in use */
	if (err == ERR_OK && s->q->slice == 0 && beneath_busy(s->a))
		err = ERR_AGAIN;
	s->as_of = commit;
	return err == ERR_OK ? past_set_commit(&s->past, commit) : err;
}

static enum err
arg_as_published(struct series *s)
{
	struct span text = query_arg(s->q, "as_published");

	s->q->field = "as_published";
	return text.len == 0 ? ERR_OK
	                     : day_parse(text, true, &s->past.published);
}

static enum err
series_unit(struct series *s)
{
	const struct catalogue *c = s->past.c;
	struct span map = query_arg(s->q, "map");

	s->q->field = "unit";
	s->unit = catalogue_unit(c, query_arg(s->q, "unit"));
	if (s->unit == NUMBER_NONE)
		return ERR_UNKNOWN_UNIT;
	s->map = map.len > 0 ? catalogue_map(c, map) : default_map(s);
	s->q->field = "map";
	if (map.len > 0 && s->map == NUMBER_NONE)
		return ERR_UNKNOWN_REFERENCE;
	buf_reset(&s->text);
	unit_display_name(c, s->unit, &s->text);
	if (buf_cstr(&s->text) != NULL)
		(void)snprintf(s->name, sizeof(s->name), "%s",
		               (const char *)s->text.ptr);
	return ERR_OK;
}

static enum err
series_open(struct series *s)
{
	enum err err = query_args_known(s->q, series_args);

	if (err == ERR_OK)
		err = arg_as_of(s);
	if (err == ERR_OK)
		err = arg_as_published(s);
	if (err == ERR_OK)
		err = find_definitions(s, query_arg(s->q, "indicator"));
	if (err == ERR_OK)
		err = series_unit(s);
	s->versions = query_arg(s->q, "versions").len > 0;
	s->filtered = past_filtered(&s->past);
	s->to.code = UINT32_MAX;
	if (err == ERR_OK)
		err = arg_from(s);
	return err == ERR_OK ? arg_period(s, "to", &s->to) : err;
}

/* Is there a stored period within p that is shorter than it? */
static enum err
has_shorter(struct series *s, struct period p, bool *yes)
{
	struct day first = period_first_day(p);
	int months = period_months(p);
	struct period from = {p.code - ((uint32_t)(months - 1) << 11)};

	from.code &= ~UINT32_C(0x7ff); /* the month in which p begins */
	*yes = false;
	for (;;) {
		struct period stored;
		enum err err = agg_period_next(s->state, from, &stored);

		if (err != ERR_OK || stored.code == 0 || stored.code >= p.code)
			return err;
		*yes = period_months(stored) < months &&
		       period_first_day(stored).n >= first.n;
		if (*yes)
			return ERR_OK;
		from.code = stored.code + 1;
	}
}

/* The periods of one year that are longer than a month, by code. */
static const char *const longer[] = {"Q1", "Q2", "S1", "Q3",
                                     "Q4", "S2", "",   NULL};

/* The first longer period of a year, at or behind from, that something stored
 * lies in; code 0: none. */
static enum err
longer_next(struct series *s, int year, uint32_t from, struct period *out)
{
	out->code = 0;
	for (int i = 0; longer[i] != NULL; i++) {
		char text[PERIOD_TEXT_MAX];
		struct period p;
		bool yes = false;
		enum err err;

		(void)snprintf(text, sizeof(text), "%04d%s%s", year,
		               longer[i][0] != 0 ? "-" : "", longer[i]);
		err = period_parse(span_str(text), &p);
		if (err == ERR_OK && p.code >= from)
			err = has_shorter(s, p, &yes);
		if (err != ERR_OK)
			return err;
		if (yes) {
			*out = p;
			return ERR_OK;
		}
	}
	return ERR_OK;
}

/* Stored periods, and those that time rules may form of them, by code. */
static enum err
period_next(struct series *s, uint32_t from, struct period *out)
{
	struct period stored, formed = {0};
	int year = (int)(from >> 11) / 12; /* in which a code lies, or would */
	enum err err =
	    agg_period_next(s->state, (struct period){from}, &stored);

	if (err == ERR_OK && year >= PERIOD_YEAR_MIN)
		err = longer_next(s, year, from, &formed);
	if (err == ERR_OK && formed.code == 0 && stored.code != 0)
		err = longer_next(s, period_year(stored), from, &formed);
	if (err != ERR_OK)
		return err;
	*out = stored;
	if (formed.code != 0 && (stored.code == 0 || formed.code < stored.code))
		*out = formed;
	return ERR_OK;
}

/* Before a period of which not all definitions may go onto the page. */
static bool
series_page_full(const struct series *s)
{
	uint32_t n = s->q->rows.n_rows;

	return s->past.looks > SERIES_LOOKS_MAX ||
	       (n > 0 && n + s->n_definitions > s->max_rows);
}

/* All definitions of one period, or as many as go onto the page. */
static enum err
series_period(struct series *s, struct period period)
{
	enum err err = ERR_OK;

	for (; s->at_definition < s->n_definitions; s->at_definition++) {
		err = series_rows(s, s->definitions[s->at_definition], period);
		if (err != ERR_OK || s->full)
			return err;
	}
	s->at_definition = 0;
	return ERR_OK;
}

static enum err
series_token(struct series *s, struct period period)
{
	const uint32_t token[] = {period.code, s->at_definition, s->at_version};

	query_next_put(s->q, token, 3);
	return buf_err(&s->q->next);
}

static enum err
series_walk(struct series *s)
{
	uint32_t after[3] = {0};
	uint32_t from = s->from.code;

	query_after_get(s->q, after, 3);
	if (after[0] > from)
		from = after[0];
	s->at_definition = after[1];
	s->at_version = after[2];
	for (;;) {
		struct period period;
		enum err err = period_next(s, from, &period);

		if (err != ERR_OK || period.code == 0 ||
		    period.code > s->to.code)
			return err;
		if (series_page_full(s))
			return series_token(s, period);
		err = series_period(s, period);
		if (err != ERR_OK)
			return err;
		if (s->full)
			return series_token(s, period);
		from = period.code + 1;
	}
}

enum err
series_query(struct aggregate *a, struct kv *state, struct kv *journal,
             struct query *q)
{
	struct series s = {.a = a, .state = state, .journal = journal, .q = q};
	enum err err;

	s.sheet = &s.loaded;
	buf_init(&s.text, (size_t)4 * WIRE_TEXT_MAX);
	past_init(&s.past, state, a);
	err = series_open(&s);
	s.max_rows = q->rows.max_rows;
	q->rows.max_rows = QUERY_ROWS_MAX;
	if (err == ERR_OK)
		err = series_walk(&s);
	past_fini(&s.past);
	buf_fini(&s.text);
	return err;
}
