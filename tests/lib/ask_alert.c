#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/alert/alert_query.h"
#include "tests/lib/ask_alert.h"

static enum err
answer(void *self, struct span what, struct query *q)
{
	struct ask_alert *f = self;
	struct alert_ask ask = {.a = &f->k->a,
	                        .state = fold_node_state(&f->k->node),
	                        .journal = fold_node_journal(&f->k->node),
	                        .q = q};

	return alert_query(&ask, what);
}

int
ask_alert_setup(void **state)
{
	struct ask_alert *f = calloc(1, sizeof(*f));
	void *k = NULL;

	assert_non_null(f);
	assert_int_equal(alert_case_setup(&k), 0);
	f->k = k;
	ask_open(&f->ask, answer, f);
	*state = f;
	return 0;
}

int
ask_alert_teardown(void **state)
{
	struct ask_alert *f = *state;
	void *k = f->k;

	ask_close(&f->ask);
	alert_case_teardown(&k);
	free(f);
	return 0;
}
