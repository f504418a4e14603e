#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/random.h"

#define HELD_STEPS 60

bool
list_room(void *array_p, uint32_t n, uint32_t *n_cap, size_t size)
{
	void *array;
	uint32_t cap = *n_cap == 0 ? 32 : *n_cap * 2;

	if (n < *n_cap)
		return true;
	memcpy(&array, array_p, sizeof(array));
	array = realloc(array, cap * size);
	if (array == NULL)
		return false;
	memcpy(array_p, &array, sizeof(array));
	*n_cap = cap;
	return true;
}

void
message_free(struct message *m)
{
	free(m->bytes);
	m->bytes = NULL;
}

void
net_send(struct sim *s, int from, int to, struct span bytes)
{
	struct message *m;

	if (!list_room(&s->bag, s->n_bag, &s->n_bag_cap, sizeof(*s->bag)))
		abort();
	m = &s->bag[s->n_bag++];
	*m = (struct message){.bytes = malloc(bytes.len + 1),
	                      .len = bytes.len,
	                      .from = from,
	                      .to = to};
	if (m->bytes == NULL)
		abort();
	memcpy(m->bytes, bytes.ptr, bytes.len);
	if (fault(s, FAULT_DELAY))
		m->due = s->step + 1 + below(&s->random, HELD_STEPS);
}

/* The oldest that is due; one behind it if they overtake each other. */
static uint32_t
net_pick(struct sim *s)
{
	uint32_t first = s->n_bag;

	for (uint32_t i = 0; i < s->n_bag && first == s->n_bag; i++) {
		if (s->bag[i].due <= s->step)
			first = i;
	}
	if (first + 1 < s->n_bag && fault(s, FAULT_REORDER))
		return first + 1 +
		       (uint32_t)below(&s->random, s->n_bag - first - 1);
	return first;
}

static bool
hand_over(struct sim *s, struct message *m)
{
	bool ok;

	if (m->to >= SIM_NODE)
		return node_receive(s, &s->nodes[m->to - SIM_NODE], m);
	ok = client_receive(s, (uint32_t)m->to, span_of(m->bytes, m->len));
	message_free(m);
	return ok;
}

bool
net_deliver(struct sim *s)
{
	uint32_t at = net_pick(s);
	struct message m;

	if (at == s->n_bag)
		return true;
	m = s->bag[at];
	memmove(&s->bag[at], &s->bag[at + 1],
	        (s->n_bag - at - 1) * sizeof(*s->bag));
	s->n_bag--;
	s->campaign->messages++;
	if (fault(s, FAULT_DROP)) {
		message_free(&m);
		return true;
	}
	if (fault(s, FAULT_DUPLICATE))
		net_send(s, m.from, m.to, span_of(m.bytes, m.len));
	return hand_over(s, &m);
}
