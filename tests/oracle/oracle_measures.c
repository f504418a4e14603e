#include "tests/oracle/oracle.h"

#include <string.h>

#define A  "A"
#define P2 "p2" /* a province: definition loc@a holds there alone */

const struct measure measures[] = {
    {"cnt@a", A, "sum", "none", "none", "|", "commune", "", "", 0, 1, 900},
    {"rate@a", A, "ratio", "none", "none", "|", "commune", "", "2019-12-31", 2,
     100, 3500},
    {"rate@b", A, "ratio", "none", "none", "|", "commune", "2019-01-01", "", 2,
     100, 3500},
    {"inc@a", A, "wmean", "none", "none", "|", "district", "", "", 1, 1,
     5000000},
    {"part@a", A, "share", "none", "none", "commune|>=1.5", "commune", "", "",
     1, 100, 40},
    {"loc@a", A, "sum", "none", "none", "|", "commune", "", "", 3, 1, 9000},
    {"q@a", "Q", "sum", "sum", "none", "|", "commune", "", "", 1, 1, 5000},
    {"qr@a", "Q", "ratio", "sum", "none", "|", "district", "", "", 3, 1000,
     20000},
    {"ql@a", "Q", "sum", "last", "year", "|", "commune", "", "", 0, 1, 700},
    {"qm@a", "Q", "sum", "mean", "none", "|", "commune", "", "", 1, 1, 3333},
    {"qs@a", "Q", "share", "last", "none", "commune|", "commune", "", "", 0, 1,
     3},
    {"mm@a", "M", "wmean", "mean", "none", "|", "district", "", "", 2, 1,
     70000},
    {"ms@a", "M", "sum", "sum", "none", "|", "province", "", "", 0, 1, 100},
    {"hr@a", "S", "ratio", "mean", "none", "|", "commune", "", "", 1, 100, 900},
    {"mr@a", "M", "ratio", "mean", "none", "|", "commune", "", "", 3, 100, 900},
    {"fall@a", A, "none", "none", "none", "|", NULL, "", "", 2, 1, 400},
    {"sp@a", "span", "sum", "none", "none", "|", "district", "", "", 0, 1, 400},
};
const uint32_t n_measures = sizeof(measures) / sizeof(*measures);

const char *const oracle_sources[ORACLE_SOURCES] = {"s1", "s2", "s3"};
const uint8_t oracle_best[ORACLE_SOURCES] = {STATUS_A, STATUS_P, STATUS_A};
const char *const oracle_documents[ORACLE_DOCUMENTS] = {"d1", "d2", "d3", "d4"};

static const char *const floors[] = {"1",   "0.75", "0.8",     "0.5",
                                     "0.9", "0",    "0.666667"};
enum { FLOORS = sizeof(floors) / sizeof(*floors) };

const struct measure *
measure_of(const struct cat_definition *d)
{
	for (uint32_t i = 0; i < n_measures; i++) {
		if (strcmp(measures[i].id, d->id) == 0)
			return &measures[i];
	}
	oracle_fail("definition %s is none of ours", d->id);
}

/* A3: one more for every other definition, then for all; but the great numbers of
 * weighted means have no room for more (A1). */
static uint32_t
decimals_of(const struct country *c, uint32_t at)
{
	uint32_t grown = c->versions[ASPECT_DECIMALS];

	if (strcmp(measures[at].place, "wmean") == 0)
		return measures[at].decimals;
	return measures[at].decimals + (grown > 0 && at % 2 == 0) + (grown > 1);
}

static void
indicator_row(const struct country *c, struct cat_rows *rows, uint32_t at)
{
	const struct measure *m = &measures[at];
	const char *cut = strchr(m->id, '@');
	const char *bar = strchr(m->more, '|');
	int id = (int)(cut - m->id);
	int counted = (int)(bar - m->more);
	const char *to = m->to;

	if (to[0] != '\0' && country_draw(c, ASPECT_DEFINITION, at, 2) == 0)
		to = "2018-12-31";
	country_line(rows,
	             "indicators|%.*s|%s|%s|Name %u|x|%u|%u|up|all|%.*s|||"
	             "|%s|%s|%s|%s|%s||||||%s|%s|%s",
	             id, m->id, cut + 1, m->id,
	             country_draw(c, ASPECT_NAME, at, 9), decimals_of(c, at),
	             m->factor, counted, m->more,
	             strcmp(m->id, "loc@a") == 0 ? P2 : "", m->place, m->time,
	             m->accumulation, m->letter, bar + 1, m->from, to);
}

struct duty {
	const char *map;
	const char *who;
	const char *from;
	const char *to;
};

static void
duty_row(const struct country *c, struct cat_rows *rows, uint32_t at,
         const struct duty *duty)
{
	uint32_t i = at * 4 + (uint32_t)strlen(duty->map) +
	             (uint32_t)(duty->map[1] == '2');

	country_line(rows, "reporting|%s|%s|%s|45|30|%s|%s|%s", measures[at].id,
	             duty->who, duty->map,
	             floors[country_draw(c, ASPECT_FLOOR, i, FLOORS)],
	             duty->from, duty->to);
}

/* Before the reform, after it, and in the grouping; now and then nobody, or one
 * unit. */
static void
duty_rows(const struct country *c, struct cat_rows *rows, uint32_t at)
{
	const char *level = measures[at].level;
	const char *late = "commune";
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX];
	struct day day = country_reform(c);
	uint32_t odd = country_draw(c, ASPECT_DUTY, at, 10);

	if (level == NULL)
		return;
	(void)day_format(day, from);
	day.n--;
	(void)day_format(day, to);
	if (level[0] == 'p')
		late = level;
	if (odd == 0)
		level = late = P2;
	if (odd != 1)
		duty_row(c, rows, at,
		         &(struct duty){"m1", level,
		                        odd == 2 ? "2018-01-01" : "",
		                        c->reform ? to : ""});
	if (odd != 3 && c->reform)
		duty_row(c, rows, at, &(struct duty){"m2", late, from, ""});
	if (country_draw(c, ASPECT_DUTY, at + 100, 3) > 0)
		duty_row(c, rows, at, &(struct duty){"g", "commune", "", ""});
}

static void
source_rows(const struct country *c, struct cat_rows *rows)
{
	static const char *const rest[ORACLE_SOURCES] = {
	    "Office|||*|A|P", "Survey|||*|P|E", "Paper|||*|A|E"};

	for (uint32_t i = 0; i < ORACLE_SOURCES; i++)
		country_line(rows, "sources|%s|%s|%u|%s", oracle_sources[i],
		             rest[i], 1 + country_draw(c, ASPECT_RANK, i, 3),
		             i == 0 ? "yes" : "");
}

void
measure_rows(const struct country *c, struct cat_rows *rows)
{
	for (uint32_t i = 0; i < n_measures; i++)
		indicator_row(c, rows, i);
	for (uint32_t i = 0; i < n_measures; i++)
		duty_rows(c, rows, i);
	source_rows(c, rows);
	country_line(rows, "documents|d1||2018-05-04");
	country_line(rows, "documents|d2||20%u-02-01",
	             19 + country_draw(c, ASPECT_DOCUMENT, 0, 3));
	country_line(rows, "documents|d3");
	country_line(rows, "documents|d4||2020-01-01|20%u-06-15",
	             20 + country_draw(c, ASPECT_DOCUMENT, 1, 2));
}
