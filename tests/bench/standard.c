#include "tests/bench/standard.h"

#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/lib/random.h"

#define BATCH_ROWS     10000
#define FORM_PRODUCERS 8
#define REVISION_EVERY 100 /* forms: 1 % */
#define FORMS_SEED     1

void
standard_bulk(struct load *load, const struct workload *w, uint32_t n_months)
{
	uint64_t n =
	    (uint64_t)n_months * WORKLOAD_COMMUNES * WORKLOAD_INDICATORS;
	struct wire_row_text row;

	load_open(load, 'b', 1);
	for (uint64_t i = 0; i < n; i++) {
		workload_row(w, i, 0, &row);
		load_row(load, &row);
		if (load_rows_open(load) == BATCH_ROWS)
			load_cut(load, 0);
	}
	load_cut(load, 0);
}

/* Forms in an order that nobody would choose. */
static uint32_t *
forms_shuffled(uint32_t n)
{
	uint32_t *forms = malloc((n + 1) * sizeof(*forms));
	uint64_t seed = FORMS_SEED;

	bench_must(forms != NULL, "memory");
	for (uint32_t i = 0; i < n; i++)
		forms[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		uint32_t other = (uint32_t)below(&seed, i);
		uint32_t form = forms[i - 1];

		forms[i - 1] = forms[other];
		forms[other] = form;
	}
	return forms;
}

static void
form_add(struct load *load, const struct workload *w, uint32_t form,
         uint32_t revision)
{
	struct wire_row_text row;

	for (uint32_t k = 0; k < WORKLOAD_INDICATORS; k++) {
		workload_row(w, (uint64_t)form * WORKLOAD_INDICATORS + k,
		             revision, &row);
		load_row(load, &row);
	}
}

void
standard_forms(struct load *load, const struct workload *w, uint32_t n_months)
{
	uint32_t n = n_months * WORKLOAD_COMMUNES;
	uint32_t *forms = forms_shuffled(n);

	load_open(load, 'b', FORM_PRODUCERS);
	for (uint32_t i = 0; i < n; i++) {
		form_add(load, w, forms[i], 0);
		load_cut(load, i % FORM_PRODUCERS);
		if (i % REVISION_EVERY != REVISION_EVERY - 1)
			continue;
		/* one that the same producer sent some forms ago */
		form_add(load, w, forms[i - 5 * FORM_PRODUCERS], 1);
		load_cut(load, i % FORM_PRODUCERS);
	}
	free(forms);
}
