#include "tests/oracle/oracle.h"

#include <stdarg.h>
#include <string.h>

#include "tests/lib/random.h"

/*
 * Provinces p0 and p1 become q0, p3 becomes q3, p2 stays; districts go. In each
 * district communes 0 and 1 may be merged, and commune 2 divided. Who goes is valid
 * until the day before the reform, who comes from then on. What stands where is
 * kept within what the catalogue's check allows: no unit beside one that contains
 * it elsewhere.
 */
enum { PROVINCES = 4, DISTRICTS = 2, LINE_MAX_BYTES = 512 };

struct places { /* of one catalogue, while its rows are made */
	const struct country *c;
	struct cat_rows *rows;
	char before[DAY_TEXT_MAX]; /* the last day of the old order, or "" */
	char after[DAY_TEXT_MAX];  /* the first one of the new, or "" */
};

uint32_t
country_draw(const struct country *c, enum aspect aspect, uint32_t i,
             uint32_t n)
{
	uint64_t state = c->seed * UINT64_C(0x100000001b3) +
	                 (uint64_t)aspect * 1000003 +
	                 (uint64_t)c->versions[aspect] * 7919;

	(void)next_random(&state);
	state += (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(next_random(&state) % n);
}

struct day
country_reform(const struct country *c)
{
	static const struct {
		int year, month;
	} days[] = {{2020, 7}, {2020, 1}, {2020, 10}, {2020, 5}};
	uint32_t i = country_draw(c, ASPECT_SHAPE, 1, 4);

	return day_of_civil(days[i].year, days[i].month, 1);
}

static void
line_add(struct cat_rows *rows, const char *line)
{
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};
	size_t len = strcspn(line, "|");
	int kind = 0;

	while (kind < CAT_KINDS &&
	       (strlen(cat_kinds[kind].name) != len ||
	        memcmp(cat_kinds[kind].name, line, len) != 0))
		kind++;
	if (kind == CAT_KINDS)
		oracle_fail("no kind of row: %s", line);
	for (uint8_t i = 0; line[len] == '|'; i++) {
		line += len + 1;
		len = strcspn(line, "|");
		if (i == cat_kinds[kind].n_fields)
			oracle_fail("too many fields: %s", line);
		fields[i] = span_of(line, len);
	}
	if (cat_rows_add(rows, (enum cat_kind)kind, fields, NULL) != ERR_OK)
		oracle_fail("row not added: %s", line);
}

void
country_line(struct cat_rows *rows, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(line))
		oracle_fail("line too long: %s", line);
	line_add(rows, line);
}

struct district { /* d13: the fourth of province 1 */
	uint32_t province;
	uint32_t at;
	uint32_t key;      /* of draws */
	uint32_t n;        /* communes */
	bool merged;       /* communes 0 and 1 become m13 */
	bool divided;      /* commune 2 goes to two new ones */
	uint32_t other[2]; /* district whose new commune has the other part */
	bool moves;        /* the last commune goes to the next district */
};

static struct district
district_at(const struct country *c, uint32_t province, uint32_t at)
{
	struct district d = {.province = province, .at = at};

	d.key = province * DISTRICTS + at;
	d.n = 3 + country_draw(c, ASPECT_SHAPE, 100 + d.key, 3);
	d.merged = country_draw(c, ASPECT_SHAPE, 200 + d.key, 3) > 0;
	d.other[0] = province;
	d.other[1] = 1 - at;
	if (province != 2 && country_draw(c, ASPECT_SHAPE, 300 + d.key, 2) > 0)
		d.other[0] = province == 0 ? 3 : 0;
	d.moves = d.n > 3 && country_draw(c, ASPECT_MOVE, d.key, 3) == 0;
	return d;
}

/* The other part needs a new commune there. */
static bool
divided(const struct country *c, const struct district *d)
{
	struct district other = district_at(c, d->other[0], d->other[1]);

	return d->merged && other.merged &&
	       country_draw(c, ASPECT_SHAPE, 400 + d->key, 2) > 0;
}

/* What becomes of commune i of a district. */
enum fate { FATE_STAYS, FATE_MERGED, FATE_DIVIDED };

static enum fate
fate_of(const struct places *p, const struct district *d, uint32_t i)
{
	if (!p->c->reform)
		return FATE_STAYS;
	if (i < 2)
		return d->merged ? FATE_MERGED : FATE_STAYS;
	return i == 2 && divided(p->c, d) ? FATE_DIVIDED : FATE_STAYS;
}

static void
unit_row(const struct places *p, const char *id, const char *level,
         const char *validity)
{
	country_line(p->rows, "units|%s||Unit %s|Unit %s|%s|%s|%s", id, id, id,
	             level, level, validity);
}

static void
district_units(const struct places *p, const struct district *d)
{
	char id[16], old[32], new[32];

	(void)snprintf(old, sizeof(old), "|%s", p->before);
	(void)snprintf(new, sizeof(new), "%s|", p->after);
	(void)snprintf(id, sizeof(id), "d%u%u", d->province, d->at);
	unit_row(p, id, "district", old);
	for (uint32_t i = 0; i < d->n; i++) {
		(void)snprintf(id, sizeof(id), "c%u%u%u", d->province, d->at,
		               i);
		unit_row(p, id, "commune",
		         fate_of(p, d, i) == FATE_STAYS ? "" : old);
	}
	(void)snprintf(id, sizeof(id), "m%u%u", d->province, d->at);
	if (p->c->reform && d->merged)
		unit_row(p, id, "commune", new);
}

static void
unit_rows(const struct places *p)
{
	/* not in order of ids (R1f) */
	static const char *const top[] = {
	    "n|nation", "r0|region", "r1|region", "gg|group",
	    "k2|group", "k1|region", "k0|region", "p2|province"};
	char old[32], new[32];

	(void)snprintf(old, sizeof(old), "|%s", p->before);
	(void)snprintf(new, sizeof(new), "%s|", p->after);
	for (size_t i = 0; i < sizeof(top) / sizeof(*top); i++) {
		char id[8] = {0};

		memcpy(id, top[i], 2);
		id[strcspn(id, "|")] = '\0';
		unit_row(p, id, strchr(top[i], '|') + 1, "");
	}
	unit_row(p, "p0", "province", old);
	unit_row(p, "p1", "province", old);
	unit_row(p, "p3", "province", old);
	if (p->c->reform) {
		unit_row(p, "q0", "province", new);
		unit_row(p, "q3", "province", new);
	}
	for (uint32_t k = 0; k < PROVINCES * DISTRICTS; k++) {
		struct district d =
		    district_at(p->c, k / DISTRICTS, k % DISTRICTS);

		district_units(p, &d);
	}
}

/* from, to: "" open. weight "": all of it. */
static void
member_row(const struct places *p, const char *map, const char *unit,
           const char *rest)
{
	country_line(p->rows, "membership|%s|%s|%s", map, unit, rest);
}

static void __attribute__((format(printf, 4, 5)))
member(const struct places *p, const char *map, const char *unit,
       const char *format, ...)
{
	char rest[96];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(rest, sizeof(rest), format, args);
	va_end(args);
	member_row(p, map, unit, rest);
}

/* The day on which the last commune of a district moves to the next one. */
static const char *
move_day(const struct places *p, const struct district *d, bool last)
{
	static const char *const days[][2] = {{"2018-01-01", "2017-12-31"},
	                                      {"2019-01-01", "2018-12-31"},
	                                      {"2018-08-01", "2018-07-31"},
	                                      {"2019-04-01", "2019-03-31"}};

	return days[country_draw(p->c, ASPECT_MOVE, 50 + d->key, 4)][last];
}

/* In a map with districts, until to; a move on its date. */
static void
commune_in_district(const struct places *p, const char *map,
                    const struct district *d, uint32_t i, const char *to)
{
	char unit[16];

	(void)snprintf(unit, sizeof(unit), "c%u%u%u", d->province, d->at, i);
	if (!d->moves || i + 1 != d->n) {
		member(p, map, unit, "d%u%u|||%s", d->province, d->at, to);
		return;
	}
	member(p, map, unit, "d%u%u|||%s", d->province, d->at,
	       move_day(p, d, true));
	member(p, map, unit, "d%u%u||%s|%s", d->province, 1 - d->at,
	       move_day(p, d, false), to);
}

/* The old map after the reform: some new communes have a place, whole or divided,
 * some have none; some old ones keep theirs. */
static void
heir_in_old_map(const struct places *p, const struct district *d)
{
	uint32_t how = country_draw(p->c, ASPECT_HEIR, d->key, 4);
	uint32_t weight = 1 + country_draw(p->c, ASPECT_SPLIT, d->key, 999999);
	uint32_t other = 1 - d->province;
	char unit[16];

	if (how == 0 || !p->c->reform || !d->merged)
		return;
	(void)snprintf(unit, sizeof(unit), "m%u%u", d->province, d->at);
	if (how > 1 || d->province > 1) {
		member(p, "m1", unit, "d%u%u||%s|", d->province, d->at,
		       p->after);
		return;
	}
	member(p, "m1", unit, "d%u%u|%u|%s|", d->province, d->at, weight,
	       p->after);
	member(p, "m1", unit, "d%u%u|%u|%s|", other, d->at, 1000000 - weight,
	       p->after);
}

static void
old_map(const struct places *p)
{
	member(p, "m1", "r0", "n");
	member(p, "m1", "r1", "n");
	member(p, "m1", "p0", "r0");
	member(p, "m1", "p1", "r0");
	member(p, "m1", "p2", "r1");
	member(p, "m1", "p3", "n");
	for (uint32_t k = 0; k < PROVINCES * DISTRICTS; k++) {
		struct district d =
		    district_at(p->c, k / DISTRICTS, k % DISTRICTS);
		char unit[16];

		(void)snprintf(unit, sizeof(unit), "d%u%u", d.province, d.at);
		member(p, "m1", unit, "p%u", d.province);
		for (uint32_t i = 0; i < d.n; i++) {
			bool ends = fate_of(p, &d, i) != FATE_STAYS &&
			            country_draw(p->c, ASPECT_HEIR,
			                         50 + 10 * d.key + i, 2) == 0;

			commune_in_district(p, "m1", &d, i,
			                    ends ? p->before : "");
		}
		heir_in_old_map(p, &d);
	}
}

/* Straight beneath the new province, or in a new commune, also before there was
 * one: so the new map is filled for earlier years. */
static void
commune_in_new_map(const struct places *p, const struct district *d, uint32_t i)
{
	const char *province = d->province == 3 ? "q3" : "q0";
	uint32_t weight =
	    1 + country_draw(p->c, ASPECT_SPLIT, 50 + d->key, 999999);
	char unit[16];

	(void)snprintf(unit, sizeof(unit), "c%u%u%u", d->province, d->at, i);
	switch (fate_of(p, d, i)) {
	case FATE_STAYS: member(p, "m2", unit, "%s", province); return;
	case FATE_MERGED:
		member(p, "m2", unit, "m%u%u", d->province, d->at);
		return;
	case FATE_DIVIDED:
	default: break;
	}
	member(p, "m2", unit, "m%u%u|%u", d->province, d->at, weight);
	member(p, "m2", unit, "m%u%u|%u", d->other[0], d->other[1],
	       1000000 - weight);
}

/* Province 2 keeps its districts in the new map until they go. */
static void
commune_in_kept_province(const struct places *p, const struct district *d,
                         uint32_t i)
{
	char unit[16];

	(void)snprintf(unit, sizeof(unit), "c%u%u%u", d->province, d->at, i);
	commune_in_district(p, "m2", d, i, p->before);
	if (fate_of(p, d, i) == FATE_STAYS)
		member(p, "m2", unit, "p2||%s|", p->after);
}

static void
new_district(const struct places *p, const struct district *d)
{
	char unit[16];

	(void)snprintf(unit, sizeof(unit), "d%u%u", d->province, d->at);
	if (d->province == 2)
		member(p, "m2", unit, "p2|||%s", p->before);
	(void)snprintf(unit, sizeof(unit), "m%u%u", d->province, d->at);
	if (d->merged && d->province == 2)
		member(p, "m2", unit, "p2||%s|", p->after);
	else if (d->merged)
		member(p, "m2", unit, "%s", d->province == 3 ? "q3" : "q0");
	for (uint32_t i = 0; i < d->n; i++) {
		if (d->province == 2)
			commune_in_kept_province(p, d, i);
		else
			commune_in_new_map(p, d, i);
	}
}

static void
new_map(const struct places *p)
{
	member(p, "m2", "r0", "n");
	member(p, "m2", "r1", "n");
	member(p, "m2", "q0", "r0");
	member(p, "m2", "p2", "r1");
	member(p, "m2", "q3", "n");
	for (uint32_t k = 0; k < PROVINCES * DISTRICTS; k++) {
		struct district d =
		    district_at(p->c, k / DISTRICTS, k % DISTRICTS);

		new_district(p, &d);
	}
}

static void
group_district(const struct places *p, const struct district *d)
{
	char unit[16];

	for (uint32_t i = 0; i < d->n; i++) {
		uint32_t key = d->key * 10 + i;
		uint32_t to = country_draw(p->c, ASPECT_GROUP, key, 3);
		uint32_t weight =
		    1 + country_draw(p->c, ASPECT_GROUP, 500 + key, 999999);

		(void)snprintf(unit, sizeof(unit), "c%u%u%u", d->province,
		               d->at, i);
		if (country_draw(p->c, ASPECT_GROUP, 1000 + key, 6) > 0) {
			member(p, "g", unit, "k%u", to);
			continue;
		}
		member(p, "g", unit, "k%u|%u", to, weight);
		member(p, "g", unit, "k%u|%u", (to + 1) % 3, 1000000 - weight);
	}
	(void)snprintf(unit, sizeof(unit), "m%u%u", d->province, d->at);
	if (p->c->reform && d->merged &&
	    country_draw(p->c, ASPECT_GROUP, 2000 + d->key, 4) > 0)
		member(p, "g", unit, "k%u||%s|",
		       country_draw(p->c, ASPECT_GROUP, 3000 + d->key, 3),
		       p->after);
}

static void
grouping(const struct places *p)
{
	member(p, "g", "k0", "gg");
	member(p, "g", "k1", "gg");
	member(p, "g", "k2", "gg");
	member(p, "g", "p3", "k2|||%s", p->before);
	if (p->c->reform)
		member(p, "g", "q3", "k2||%s|", p->after);
	for (uint32_t k = 0; k < (PROVINCES - 1) * DISTRICTS; k++) {
		struct district d =
		    district_at(p->c, k / DISTRICTS, k % DISTRICTS);

		group_district(p, &d);
	}
}

void
country_rows(const struct country *c, struct cat_rows *rows)
{
	struct places p = {.c = c, .rows = rows};
	struct day day = country_reform(c);

	if (c->reform) {
		(void)day_format(day, p.after);
		day.n--;
		(void)day_format(day, p.before);
	}
	unit_rows(&p);
	country_line(rows, "maps|m1|Old|Old|n|territory||%s", p.before);
	if (c->reform)
		country_line(rows, "maps|m2|New|New|n|territory|%s|", p.after);
	country_line(rows, "maps|g|Groups|Groups|gg|grouping|%s|",
	             country_draw(c, ASPECT_GROUP, 5000, 2) > 0 ? "2018-04-01"
	                                                        : "");
	old_map(&p);
	if (c->reform)
		new_map(&p);
	grouping(&p);
	measure_rows(c, rows);
}
