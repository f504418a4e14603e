/*
 * fold_reform - catalogues that follow the country of fold_case.h. Include cmocka.h
 * first.
 */
#ifndef TESTS_LIB_FOLD_REFORM_H
#define TESTS_LIB_FOLD_REFORM_H

#include <stddef.h>

#include "tests/lib/fold_case.h"

#define REFORM_LINES_MAX 160

struct reform {
	struct cat_line lines[REFORM_LINES_MAX];
	size_t n;
};

/* The country as it was. */
void reform_none(struct reform *r);
/* The country after a reform: c3 under gulf from the beginning, another division of
 * c5, other ranks, one more map, one more definition, one with another rule. */
void reform_all(struct reform *r);
/* Adds fold_timed: definitions of every time rule and frequency, and who owes them. */
void reform_timed(struct reform *r);
void reform_add(struct reform *r, enum cat_kind kind, const char *text);
/* The line must be there. */
void reform_replace(struct reform *r, const char *from, const char *to);

#endif
