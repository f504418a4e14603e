/*
 * tell_case - what a commit told, read from alert's tables. Include cmocka.h first.
 */
#ifndef TESTS_LIB_TELL_CASE_H
#define TESTS_LIB_TELL_CASE_H

#include "common/domain/notice.h"
#include "services/alert/alert_tell.h"
#include "tests/lib/alert_case.h"

#define TOLD_MAX 2048

struct told_list {
	struct notice list[TOLD_MAX]; /* views until the next commit */
	unsigned n;
	unsigned rows; /* of OUTBOX that they stand in */
	unsigned in_row[8];
};

/* What the last commit told of a programme. */
void told_now(const struct alert_case *k, const char *programme,
              struct told_list *told);
/* How many notices that is. */
unsigned told_count(const struct alert_case *k, const char *programme);
/* The only one; another number fails the case. */
struct notice told_one(const struct alert_case *k, const char *programme);
/* A label or annotation; "" if there is none. */
struct span told_text(struct span pairs, const char *name);
/* Else it is printed. */
bool told_is(struct span pairs, const char *name, const char *value);
bool told_begins(struct span pairs, const char *name, const char *with);
unsigned table_of(const struct alert_case *k, enum alert_table table);

#endif
