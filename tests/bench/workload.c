#include "tests/bench/workload.h"

#include <stdio.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/lib/random.h"

#define FIRST_YEAR 2021

static void
commune_id(uint32_t i, char out[8])
{
	(void)snprintf(out, 8, "c%04u", i % 10000);
}

static void
indicator_id(uint32_t i, char out[4])
{
	(void)snprintf(out, 4, "i%02u", i % 100);
}

void
workload_init(struct workload *w)
{
	for (uint32_t i = 0; i < WORKLOAD_COMMUNES; i++)
		commune_id(i, w->communes[i]);
	for (uint32_t i = 0; i < WORKLOAD_INDICATORS; i++)
		indicator_id(i, w->indicators[i]);
	for (uint32_t i = 0; i < WORKLOAD_MONTHS; i++)
		(void)snprintf(w->months[i], 8, "%04u-%02u",
		               (FIRST_YEAR + i / 12) % 10000, i % 12 + 1);
}

/* "field|field|..."; fields left out at the end are empty. */
static void
line_add(struct cat_rows *rows, enum cat_kind kind, const char *line)
{
	struct span fields[CATALOGUE_FIELDS_MAX];

	for (uint8_t i = 0; i < cat_kinds[kind].n_fields; i++) {
		size_t len = strcspn(line, "|");

		fields[i] = span_of(line, len);
		line += len + (line[len] == '|');
	}
	bench_ok(cat_rows_add(rows, kind, fields, NULL), "catalogue row");
}

static void
places_add(struct cat_rows *rows, uint32_t shift)
{
	char line[96];

	line_add(rows, CAT_UNIT, "n||Nước|Nation|nation|nation");
	line_add(rows, CAT_MAP, "m|Bản đồ|Map|n|territory");
	for (unsigned i = 0; i < WORKLOAD_PROVINCES; i++) {
		(void)snprintf(line, sizeof(line),
		               "p%02u||Tỉnh %u|Province %u|province|province",
		               i, i, i);
		line_add(rows, CAT_UNIT, line);
		(void)snprintf(line, sizeof(line), "m|p%02u|n", i);
		line_add(rows, CAT_MEMBER, line);
	}
	for (unsigned i = 0; i < WORKLOAD_COMMUNES; i++) {
		char id[8];

		commune_id(i, id);
		(void)snprintf(line, sizeof(line),
		               "%s||Xã %u|Commune %u|commune|commune", id, i,
		               i);
		line_add(rows, CAT_UNIT, line);
		(void)snprintf(line, sizeof(line), "m|%s|p%02u", id,
		               (i + shift) % WORKLOAD_PROVINCES);
		line_add(rows, CAT_MEMBER, line);
	}
}

static void
indicators_add(struct cat_rows *rows)
{
	char line[128];

	for (uint32_t i = 0; i < WORKLOAD_INDICATORS; i++) {
		char id[4];

		indicator_id(i, id);
		(void)snprintf(line, sizeof(line),
		               "%s|a|Tỷ lệ %u|Rate %u|%%|2|100|down|all|"
		               "households|||||ratio|last|none|M|0|100",
		               id, i, i);
		line_add(rows, CAT_INDICATOR, line);
	}
	line_add(rows, CAT_SOURCE, "s|Office|||*|A|A|1|yes");
}

static void
targets_add(struct cat_rows *rows)
{
	static const char *const targets[] = {
	    "pr|one|at most 20|d|2021|i00@a||province|m|current|level|20||"
	    "at_most||2021-01|series||2025-12|line||1.00",
	    "pr|two|at most 30|d|2021|i01@a||province|m|current|level|30||"
	    "at_most|||||2025-12|none"};

	line_add(rows, CAT_DOCUMENT, "d||2021-01-01");
	line_add(rows, CAT_PROGRAMME, "pr|Chương trình|Programme|2021|2025");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		line_add(rows, CAT_TARGET, targets[i]);
	line_add(rows, CAT_RULE, "pr|one|2021|behind missed|warning||1|1");
}

static void
watched_add(struct cat_rows *rows)
{
	line_add(rows, CAT_INDICATOR,
	         "watch||Theo dõi|Watched|%|6|100|down|all||||||none|last|none|"
	         "M|0|100");
	line_add(rows, CAT_PROGRAMME, "al|Cảnh báo|Alerts|2021|2035");
	line_add(rows, CAT_TARGET,
	         "al|watch|at most 20|d|2021|watch|p00||||level|20||at_most||"
	         "2021-01|20|d|2035-12|line||1.00");
	line_add(rows, CAT_RULE,
	         "al|watch|2021|behind reversing missed|"
	         "warning||1|1");
}

static struct catalogue *
catalogue_make(struct cat_rows *rows, uint32_t shift)
{
	struct catalogue *c = NULL;
	struct cat_errors errors;
	enum err err;

	cat_errors_init(&errors);
	places_add(rows, shift);
	indicators_add(rows);
	targets_add(rows);
	err = catalogue_build(&c, rows, NULL, &errors);
	for (size_t i = 0; i < errors.n; i++)
		fprintf(stderr, "bench: %s: %s\n",
		        cat_kinds[errors.list[i].kind].name,
		        errors.list[i].text);
	bench_ok(err, "catalogue");
	cat_errors_fini(&errors);
	return c;
}

struct catalogue *
workload_catalogue(void)
{
	struct cat_rows rows;
	struct catalogue *c;

	cat_rows_init(&rows);
	c = catalogue_make(&rows, 0);
	cat_rows_fini(&rows);
	return c;
}

static void
pack(struct cat_rows *rows, uint32_t shift, struct buf *out)
{
	struct catalogue *c = catalogue_make(rows, shift);

	bench_ok(catalogue_pack(&c->registry, rows, out), "pack");
	catalogue_free(&c);
}

void
workload_pack(uint32_t shift, struct buf *out)
{
	struct cat_rows rows;

	cat_rows_init(&rows);
	pack(&rows, shift, out);
	cat_rows_fini(&rows);
}

void
workload_pack_watched(struct buf *out)
{
	struct cat_rows rows;

	cat_rows_init(&rows);
	watched_add(&rows);
	pack(&rows, 0, out);
	cat_rows_fini(&rows);
}

static FILE *
file_make(const char *dir, const char *name)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "we");
	bench_must(file != NULL, path);
	return file;
}

/* No field of these rows wants quotes. */
static void
kind_write(const char *dir, const struct cat_rows *rows, enum cat_kind kind)
{
	const struct cat_kind_info *info = &cat_kinds[kind];
	FILE *file = file_make(dir, info->file);

	for (uint8_t f = 0; f < info->n_fields; f++)
		fprintf(file, "%s%s", f == 0 ? "" : ",", info->fields[f]);
	for (size_t i = 0; i < rows->n; i++) {
		if (rows->rows[i].kind != kind)
			continue;
		for (uint8_t f = 0; f < info->n_fields; f++)
			fprintf(file, "%s%s", f == 0 ? "\n" : ",",
			        rows->rows[i].fields[f]);
	}
	bench_must(fprintf(file, "\n") > 0 && fclose(file) == 0, info->file);
}

void
workload_write(const char *dir, uint32_t shift)
{
	static const char targets[] =
	    "programme: pr\n"
	    "name: {vi: \"Chương trình\", en: Programme}\n"
	    "period: {from: 2021, to: 2025}\n"
	    "targets:\n"
	    "- {target: one, text: at most 25, document: d,\n"
	    "   in_force_from: 2021, indicator: i00@a, level: province,\n"
	    "   map: m, members: current, kind: level, at_most: \"25\",\n"
	    "   base: {period: 2021-01, value: series}, due: 2025-12,\n"
	    "   path: line, margin: \"1.00\", alerts: [{when: [behind,\n"
	    "   missed], severity: warning, after: 1, clear: 1}]}\n"
	    "- {target: two, text: at most 30, document: d,\n"
	    "   in_force_from: 2021, indicator: i01@a, level: province,\n"
	    "   map: m, members: current, kind: level, at_most: \"30\",\n"
	    "   due: 2025-12, path: none}\n";
	struct cat_rows rows;
	struct catalogue *c;
	FILE *file;

	cat_rows_init(&rows);
	c = catalogue_make(&rows, shift);
	for (enum cat_kind kind = 0; kind < CAT_KINDS; kind++) {
		if (cat_kinds[kind].file != NULL)
			kind_write(dir, &rows, kind);
	}
	file = file_make(dir, "programmes/pr.yaml");
	bench_must(fputs(targets, file) >= 0 && fclose(file) == 0, "targets");
	catalogue_free(&c);
	cat_rows_fini(&rows);
}

struct place_in {
	uint32_t month;
	uint32_t commune;
	uint32_t indicator;
	int64_t numerator;
	int64_t denominator;
};

/* Households of a commune stay the same; who of them is counted does not. */
static struct place_in
observation(uint64_t i, uint32_t revision)
{
	struct place_in at;
	uint64_t form = i / WORKLOAD_INDICATORS;
	uint64_t seed = i * 8 + revision;
	uint64_t commune;

	at.indicator = (uint32_t)(i % WORKLOAD_INDICATORS);
	at.commune = (uint32_t)(form % WORKLOAD_COMMUNES);
	at.month = (uint32_t)(form / WORKLOAD_COMMUNES % WORKLOAD_MONTHS);
	commune = at.commune;
	at.denominator = 400 + (int64_t)below(&commune, 4000);
	at.numerator = (int64_t)below(&seed, (uint64_t)at.denominator / 2);
	return at;
}

static struct wire_decimal
whole(int64_t number)
{
	return (struct wire_decimal){.mantissa = number, .given = true};
}

void
workload_row(const struct workload *w, uint64_t i, uint32_t revision,
             struct wire_row_text *row)
{
	struct place_in at = observation(i, revision);

	*row = (struct wire_row_text){.indicator =
	                                  span_str(w->indicators[at.indicator]),
	                              .unit = span_str(w->communes[at.commune]),
	                              .period = span_str(w->months[at.month]),
	                              .numerator = whole(at.numerator),
	                              .denominator = whole(at.denominator),
	                              .status = WIRE_UNSET};
}

void
workload_figure(const struct catalogue *c, uint64_t i, struct figure *figure)
{
	struct place_in at = observation(i, 0);
	/* numbered in order of rows: the nation, 34 provinces, communes */
	uint32_t unit = 1 + WORKLOAD_PROVINCES + at.commune;
	struct period first =
	    period_last_ended(FREQ_MONTH, day_of_civil(FIRST_YEAR, 1, 31));

	bench_must(unit < c->n_units && at.indicator < c->n_definitions,
	           "numbers of the catalogue");
	*figure = (struct figure){.definition = at.indicator,
	                          .unit = unit,
	                          .period = period_shift(first, (int)at.month),
	                          .has = FIGURE_PARTS,
	                          .numerator = at.numerator,
	                          .denominator = at.denominator,
	                          .source = 0,
	                          .document = NUMBER_NONE,
	                          .released = day_of_civil(2026, 1, 1)};
}
