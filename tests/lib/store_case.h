/*
 * store_case - a store in a directory of its own, for the suites of store.
 *
 * State of a cmocka case is a struct store_case; nothing is open at first. What
 * goes wrong in a helper fails the case.
 */
#ifndef TESTS_LIB_STORE_CASE_H
#define TESTS_LIB_STORE_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/store.h"
#include "tests/lib/tmpdir.h"

struct store_case {
	struct tmpdir tmp;
	char dir[128];
	struct store_conf conf;
	struct store_refusal why;
	struct store *store;
};

int store_case_setup(void **state);
int store_case_teardown(void **state);

/* Closes, and opens with f->conf. */
enum err store_case_reopen(struct store_case *f);
void store_case_open_ok(struct store_case *f);

void store_case_put_number(struct kv *kv, uint64_t number, struct span value);
/* Several levels of pages, small and large values, and free pages too. */
void store_case_fill(struct store_case *f, unsigned n);
/* All entries of both tables as one number. */
uint64_t store_case_contents(struct store_case *f);

/* data.mdb as bytes; what is read is to be freed. */
void store_case_write_file(struct store_case *f, const void *bytes, size_t len);
uint8_t *store_case_read_file(struct store_case *f, size_t *len);

#endif
