#include "services/ctl/states.h"

#include <string.h>

static void
state_keep(struct service_state *s, const struct wire_state *state)
{
	size_t len = state->reason.len < WIRE_TEXT_MAX ? state->reason.len
	                                               : WIRE_TEXT_MAX;

	s->ready = state->ready;
	if (len > 0)
		memcpy(s->reason, state->reason.ptr, len);
	s->reason[len] = '\0';
	s->commit = state->commit;
	s->time_ms = state->time_ms;
	buf_put(&s->details, state->details.bytes.ptr,
	        state->details.bytes.len);
	s->n_details = state->details.n;
	s->err = buf_err(&s->details);
}

static void
state_ask(const struct ctl *ctl, enum ctl_service service, int64_t timeout_ms,
          struct service_state *s)
{
	struct client *client = NULL;
	struct wire_state state;

	buf_init(&s->details, WIRE_MESSAGE_MAX);
	s->err = ctl_connect(ctl, service, &client);
	if (s->err != ERR_OK)
		return;
	client_timeout(client, timeout_ms);
	s->err = client_health(client, &state);
	if (s->err == ERR_OK)
		state_keep(s, &state);
	client_free(&client);
}

void
states_ask(const struct ctl *ctl, int64_t timeout_ms, struct states *states)
{
	*states = (struct states){0};
	for (int i = 0; i < CTL_SERVICES; i++)
		state_ask(ctl, (enum ctl_service)i, timeout_ms, &states->of[i]);
}

void
states_again(const struct ctl *ctl, int64_t timeout_ms,
             const struct states *before, struct states *states)
{
	*states = (struct states){0};
	for (int i = 0; i < CTL_SERVICES; i++) {
		buf_init(&states->of[i].details, WIRE_MESSAGE_MAX);
		states->of[i].err = before->of[i].err;
		if (before->of[i].err == ERR_OK)
			state_ask(ctl, (enum ctl_service)i, timeout_ms,
			          &states->of[i]);
	}
}

void
states_fini(struct states *states)
{
	for (int i = 0; i < CTL_SERVICES; i++)
		buf_fini(&states->of[i].details);
}

struct wire_list
states_details(const struct service_state *state)
{
	return (struct wire_list){buf_span(&state->details), state->n_details};
}

bool
states_ready(const struct states *states)
{
	for (int i = 0; i < CTL_SERVICES; i++)
		if (states->of[i].err != ERR_OK || !states->of[i].ready)
			return false;
	return true;
}

uint64_t
states_lag(const struct states *states, enum ctl_service service)
{
	const struct service_state *ingest = &states->of[CTL_INGEST];
	const struct service_state *s = &states->of[service];

	if (ingest->err != ERR_OK || s->err != ERR_OK ||
	    ingest->commit < s->commit)
		return 0;
	return ingest->commit - s->commit;
}
