#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/agg_case.h"

void
agg_case_node_open(struct agg_case *k)
{
	aggregate_init(&k->a);
	fold_node_open(&k->node, &aggregate_turn_ops, &k->a);
}

void
agg_case_node_close(struct agg_case *k)
{
	fold_node_close(&k->node);
	aggregate_fini(&k->a);
}

int
agg_case_setup(void **state)
{
	struct agg_case *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	agg_case_node_open(k);
	fold_input_open(&k->in);
	agg_case_apply(k, fold_country, fold_country_n);
	*state = k;
	return 0;
}

int
agg_case_teardown(void **state)
{
	struct agg_case *k = *state;

	agg_case_node_close(k);
	fold_input_close(&k->in);
	free(k);
	return 0;
}

void
agg_case_step(struct agg_case *k)
{
	assert_int_equal(fold_node_step(&k->node, fold_commit(&k->in)), ERR_OK);
}

void
agg_case_apply(struct agg_case *k, const struct cat_line *lines, size_t n)
{
	fold_catalogue(&k->in, lines, n);
	agg_case_step(k);
}

bool
agg_case_figure(struct agg_case *k, const char *definition, const char *unit,
                const char *period, struct figure *out)
{
	bool found;

	assert_int_equal(
	    agg_figure_get(fold_node_state(&k->node),
	                   (struct agg_at){.definition = fold_definition(
	                                       &k->in, definition),
	                                   .unit = fold_unit(&k->in, unit),
	                                   .period = fold_period(period)},
	                   out, &found),
	    ERR_OK);
	return found;
}

bool
agg_case_rollup(struct agg_case *k, const char *definition,
                struct agg_place_of of, struct rollup *out)
{
	bool found;

	assert_int_equal(
	    agg_rollup_get(fold_node_state(&k->node),
	                   (struct agg_at){.map = fold_map(&k->in, of.map),
	                                   .definition = fold_definition(
	                                       &k->in, definition),
	                                   .unit = fold_unit(&k->in, of.unit),
	                                   .period = fold_period(of.period)},
	                   out, &found),
	    ERR_OK);
	return found;
}

/* The entry of a table behind key, its value as a view. */
static bool
entry_next(struct agg_case *k, uint8_t table, struct agg_key *key,
           struct span *value)
{
	struct kv *state = fold_node_state(&k->node);
	bool more;

	assert_int_equal(agg_state_next(state, table, key, &more), ERR_OK);
	if (more)
		assert_int_equal(kv_get(state, agg_key_span(key), value),
		                 ERR_OK);
	return more;
}

static void
table_same(struct agg_case *a, uint8_t table_a, struct agg_case *b,
           uint8_t table_b)
{
	struct agg_key key_a = {.len = 0};
	struct agg_key key_b = {.len = 0};
	struct span value_a, value_b;

	for (;;) {
		bool more = entry_next(a, table_a, &key_a, &value_a);

		assert_int_equal(entry_next(b, table_b, &key_b, &value_b),
		                 more);
		if (!more)
			return;
		assert_int_equal(key_a.len, key_b.len);
		assert_memory_equal(key_a.bytes + 1, key_b.bytes + 1,
		                    key_a.len - 1);
		assert_true(span_equal(value_a, value_b));
	}
}

void
agg_case_same(struct agg_case *a, struct agg_case *b)
{
	static const enum agg_table plain[] = {
	    AGG_DIGEST, AGG_COMPLETIONS, AGG_PERIODS, AGG_RECEIPTS, AGG_TICKS};
	const struct agg_gens *x = &a->a.generations.used;
	const struct agg_gens *y = &b->a.generations.used;

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		table_same(a, (uint8_t)plain[i], b, (uint8_t)plain[i]);
	table_same(a, agg_table_at(AGG_FIGURES, x->figures), b,
	           agg_table_at(AGG_FIGURES, y->figures));
	table_same(a, agg_table_at(AGG_VERSIONS, x->figures), b,
	           agg_table_at(AGG_VERSIONS, y->figures));
	table_same(a, agg_table_at(AGG_ROLLUPS, x->rollups), b,
	           agg_table_at(AGG_ROLLUPS, y->rollups));
}
