#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/aggregate/agg_query.h"
#include "tests/lib/ask_agg.h"

static enum err
answer(void *self, struct span what, struct query *q)
{
	struct ask_agg *f = self;

	return aggregate_query(&f->k->a, fold_node_state(&f->k->node),
	                       fold_node_journal(&f->k->node), what, q);
}

int
ask_agg_setup(void **state)
{
	struct ask_agg *f = calloc(1, sizeof(*f));
	void *k = NULL;

	assert_non_null(f);
	assert_int_equal(agg_case_setup(&k), 0);
	f->k = k;
	ask_open(&f->ask, answer, f);
	*state = f;
	return 0;
}

int
ask_agg_teardown(void **state)
{
	struct ask_agg *f = *state;
	void *k = f->k;

	ask_close(&f->ask);
	agg_case_teardown(&k);
	free(f);
	return 0;
}
