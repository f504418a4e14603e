#include "services/ctl/rehearsal.h"

#include <stdlib.h>

#include "services/aggregate/aggregate.h"

struct rehearsal {
	struct aggregate aggregate;
	struct turn_output out;
	uint64_t n_refolded;
};

enum err
rehearsal_new(struct rehearsal **rehearsal_p)
{
	struct rehearsal *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	aggregate_init(&r->aggregate);
	record_list_init(&r->out.records);
	record_list_init(&r->out.replies);
	*rehearsal_p = r;
	return ERR_OK;
}

void
rehearsal_free(struct rehearsal **rehearsal_p)
{
	struct rehearsal *r = *rehearsal_p;

	if (r == NULL)
		return;
	record_list_fini(&r->out.records);
	record_list_fini(&r->out.replies);
	aggregate_fini(&r->aggregate);
	free(r);
	*rehearsal_p = NULL;
}

enum err
rehearsal_turn(struct rehearsal *r, struct kv *state,
               const struct turn_input *in, bool *more)
{
	struct turn_output *out = &r->out;
	enum err err;

	record_list_reset(&out->records);
	out->number = in->number;
	out->time_ms = in->time_ms;
	out->flags = in->flags;
	out->more = false;
	err = aggregate_turn_ops.step(&r->aggregate, state, in, out);
	if (err == ERR_OK)
		err = kv_err(state);
	if (err == ERR_OK)
		err = out->records.err;
	if (err != ERR_OK)
		return err;
	if (out->more)
		r->n_refolded += r->aggregate.slice_rows;
	*more = out->more;
	return ERR_OK;
}

const struct record_list *
rehearsal_said(const struct rehearsal *r)
{
	return &r->out.records;
}

uint64_t
rehearsal_rows(const struct rehearsal *r)
{
	return r->aggregate.rows_folded + r->n_refolded;
}
