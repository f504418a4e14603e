/*
 * fold_case - the steps of aggregate and alert over tables in memory, and a small
 * country to fold in them.
 *
 * A commit is gathered record by record, then stepped; what came in and what came
 * out is kept, so that a test can fold the same commits again, cut differently. What
 * goes wrong in a helper fails the case. Include cmocka.h first.
 */
#ifndef TESTS_LIB_FOLD_CASE_H
#define TESTS_LIB_FOLD_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/turn.h"
#include "common/domain/record.h"
#include "tests/lib/cat_lines.h"

#define FOLD_COMMITS_MAX 512

/* The country: maps "old" (until 2020-12-31), "new" (from 2021) and "poor" (a
 * grouping); see fold_case.c. Definitions, alike in all of them: kind of unit. */
extern const struct cat_line fold_country[];
extern const size_t fold_country_n;

/* One service's step with its tables and journal. */
struct fold_node {
	const struct turn_ops *ops;
	void *self;
	struct kv_mem *state;
	struct kv_mem *journal;
	struct turn_output out;
	struct commit head;
	bool crashes;   /* between two turns of one commit */
	uint32_t flags; /* COMMIT_FLAG_... of the commits to come */
	unsigned turns; /* that the last commit took */
};
void fold_node_open(struct fold_node *n, const struct turn_ops *ops,
                    void *self);
void fold_node_close(struct fold_node *n);
struct kv *fold_node_state(const struct fold_node *n);
struct kv *fold_node_journal(const struct fold_node *n);
/* Forgets its memory and loads it again, as after a crash. */
void fold_node_restart(struct fold_node *n);
/* One commit, in as many turns as it needs; appends its output. What the step
 * returned. */
enum err fold_node_step(struct fold_node *n, const struct record_list *in);
/* Record i of type in the last commit; false: there are fewer. */
bool fold_node_record(const struct fold_node *n, enum record_type type,
                      unsigned i, struct span *record);

struct fold_ratio {
	int64_t numerator;
	int64_t denominator;
};

/* Commits being made, as ingest would. */
struct fold_input {
	struct catalogue *catalogue; /* the last one applied, or NULL */
	uint64_t version;
	struct record_list *commits; /* FOLD_COMMITS_MAX */
	unsigned n_commits;
	struct record_list *open; /* the commit being gathered */
	struct figure *rows;      /* of the block being gathered */
	uint32_t n_rows, n_rows_cap;
	struct batch_id id;
	uint8_t flags; /* FIGURE_FLAG_... of the blocks to come */
};
void fold_input_open(struct fold_input *in);
void fold_input_close(struct fold_input *in);

/* Records of the commit that is being gathered. */
void fold_catalogue(struct fold_input *in, const struct cat_line *lines,
                    size_t n);
void fold_tick(struct fold_input *in, const char *date);
/* Rows of one block: the pointer lives until the next one. Status A, source 0, no
 * document, released 45 days after the period. */
struct figure *fold_row(struct fold_input *in, const char *definition,
                        const char *unit, const char *period);
struct figure *fold_value(struct fold_input *in, const char *definition,
                          const char *unit, const char *period,
                          int64_t mantissa);
struct figure *fold_parts(struct fold_input *in, const char *definition,
                          const char *unit, const char *period,
                          struct fold_ratio parts);
struct figure *fold_delete(struct fold_input *in, const char *definition,
                           const char *unit, const char *period);
/* Ends the block, if rows were added to it. */
void fold_block_end(struct fold_input *in);
/* Ends the commit; to be stepped. */
const struct record_list *fold_commit(struct fold_input *in);

uint32_t fold_unit(const struct fold_input *in, const char *id);
uint32_t fold_definition(const struct fold_input *in, const char *id);
uint32_t fold_map(const struct fold_input *in, const char *id);
uint32_t fold_source(const struct fold_input *in, const char *id);
uint32_t fold_target(const struct fold_input *in, const char *id);
struct period fold_period(const char *text);

/* Two tables hold the same; else the case fails. */
void same_tables(struct kv *a, struct kv *b);
/* Entries of a table whose key begins with a byte. */
unsigned table_count(struct kv *kv, uint8_t table);

#endif
