#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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
