/*
 * cat_lines - a catalogue from lines of text: "unit|code|name|...", the fields of a
 * kind in their order, missing ones empty; and the figures of a verdict from
 * others.
 */
#ifndef TESTS_LIB_CAT_LINES_H
#define TESTS_LIB_CAT_LINES_H

#include <stddef.h>

#include "common/domain/catalogue.h"
#include "common/domain/verdict.h"

struct cat_line {
	enum cat_kind kind;
	const char *text;
};

/* Built; the test fails with the first error. Freed with catalogue_free. */
struct catalogue *cat_lines_build(const struct cat_line *lines, size_t n);

/* The same as rows, added to rows. */
void cat_lines_rows(struct cat_rows *rows, const struct cat_line *lines,
                    size_t n);

/* One figure as reported; sorted by period. */
struct said {
	const char *definition; /* "pov@a" */
	const char *period;
	const char *value; /* or NULL: by parts */
	int numerator, denominator;
	enum obs_status status;
};

#define SERIES_MAX 40
struct series {
	struct verdict_point points[SERIES_MAX];
	struct verdict_input in;
};

/* What of these figures concerns this target (for example "prog/fall") and unit;
 * status A is released, 41 days after its period. */
void series_take(struct series *s, const struct catalogue *c,
                 const char *target, const char *unit);
void series_add(struct series *s, const struct said *said, size_t n);

#endif
