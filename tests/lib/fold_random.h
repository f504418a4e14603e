/*
 * fold_random - commits of any content for the country of fold_case.h, and their
 * roll-ups added up a second time, plainly.
 */
#ifndef TESTS_LIB_FOLD_RANDOM_H
#define TESTS_LIB_FOLD_RANDOM_H

#include <stdint.h>

#include "tests/lib/fold_case.h"

/* More definitions for the country, with time rules at several frequencies, and who is
 * expected to report them. */
extern const struct cat_line fold_timed[];
extern const size_t fold_timed_n;

/* One commit of up to 3 blocks of up to n rows: merges, corrections, old rows
 * again, deletes, gaps, forecasts, all sources. */
const struct record_list *fold_random(struct fold_input *in, uint64_t *seed,
                                      uint32_t n);
/* Withdraws all that every source has said, in one commit. */
const struct record_list *fold_withdraw(struct fold_input *in);

/*
 * Roll-ups and digest of an aggregate's state against the figures in force of that
 * very state, unit by unit, each year whole and without anything kept: fails the case
 * where they differ. state: its table.
 */
void same_as_added_up(const struct fold_input *in, struct kv *state);

#endif
