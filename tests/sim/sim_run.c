/*
 * One seed: harm for a while, then rest, then the truth.
 */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/random.h"

#define DAY_MS     INT64_C(86400000)
#define START_MS   INT64_C(1551571200000) /* 2019-03-03 */
#define STEP_MS    500
#define DAYS_MAX   120
#define HARM_FIRST 60 /* steps with harm, at least */

bool
sim_fail(struct sim *s, const char *format, ...)
{
	va_list args;

	if (s->failed[0] != '\0')
		return false;
	va_start(args, format);
	(void)vsnprintf(s->failed, sizeof(s->failed), format, args);
	va_end(args);
	return false;
}

void
sim_trace(const struct sim *s, const char *format, ...)
{
	va_list args;

	if (!s->campaign->trace)
		return;
	printf("%6llu ", (unsigned long long)s->step);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
}

static bool
sim_open(struct sim *s)
{
	for (int i = 0; i < SERVICES; i++) {
		struct node *n = &s->nodes[i];

		n->service = (enum service)i;
		(void)snprintf(n->dir, sizeof(n->dir), "%s/%s",
		               s->campaign->dir, service_names[i]);
		store_remove(n->dir);
		if (!node_open(s, n))
			return false;
	}
	return true;
}

static void
sim_close(struct sim *s)
{
	for (int i = 0; i < SERVICES; i++) {
		node_close(&s->nodes[i]);
		free(s->nodes[i].inbox);
		free(s->links[i]);
	}
	for (uint32_t i = 0; i < s->n_bag; i++)
		message_free(&s->bag[i]);
	free(s->bag);
	free(s->sendings);
	deliver_free(s);
	told_free(s);
}

/* Days in which nothing comes; ingest runs and looks at its clock. */
static void
days_pass(struct sim *s)
{
	uint64_t days = 1 + below(&s->random, DAYS_MAX);

	while (days-- > 0) {
		s->now_ms += DAY_MS;
		ingest_clock_look(&s->nodes[INGEST].ingest.clock, s->now_ms);
	}
}

static void
clock_jump(struct sim *s)
{
	int64_t by = (int64_t)below(&s->random, 60 * (uint64_t)DAY_MS);

	s->now_ms += below(&s->random, 2) == 0 ? by : -by / 10;
}

static void
clock_act(struct sim *s)
{
	int64_t before_ms = s->now_ms;

	s->now_ms += (int64_t)below(&s->random, STEP_MS);
	if (fault(s, FAULT_DAY))
		days_pass(s);
	s->mono_ms += s->now_ms - before_ms;
	if (fault(s, FAULT_CLOCK_JUMP))
		clock_jump(s);
	if (fault(s, FAULT_CLOCK_BACK))
		s->now_ms -= (int64_t)below(&s->random, DAY_MS / 24);
}

static bool
nodes_harm(struct sim *s)
{
	struct node *any = &s->nodes[below(&s->random, SERVICES)];
	struct node *derived = &s->nodes[1 + below(&s->random, 2)];

	if (fault(s, FAULT_CRASH_IDLE) && !node_crash(s, any))
		return false;
	if (s->nodes[AGGREGATE].turn.more && fault(s, FAULT_SLICE_CRASH) &&
	    !node_crash(s, &s->nodes[AGGREGATE]))
		return false;
	return !fault(s, FAULT_REBUILD) || node_rebuild(s, derived);
}

static bool
step_any(struct sim *s)
{
	struct node *n = &s->nodes[below(&s->random, SERVICES)];

	switch (below(&s->random, 8)) {
	case 0:
	case 1:
		client_act(s, (uint32_t)below(&s->random, s->n_clients));
		return s->failed[0] == '\0';
	case 2: operator_act(s); return s->failed[0] == '\0';
	case 3:
	case 4:
		if (n->service != INGEST)
			node_fetch(s, n);
		return node_turn(s, n);
	default: return s->n_bag == 0 || net_deliver(s);
	}
}

static bool
nodes_rest(const struct sim *s)
{
	uint64_t head = s->nodes[INGEST].turn.head.number;

	for (int i = 0; i < SERVICES; i++) {
		const struct node *n = &s->nodes[i];

		if (n->turn.head.number != head ||
		    (i == INGEST && n->n_inbox > 0))
			return false;
	}
	return s->n_bag == 0;
}

static bool
at_rest(const struct sim *s)
{
	return !s->harm && clients_rest(s) && operator_rests(s) &&
	       nodes_rest(s);
}

static bool
sim_steps(struct sim *s)
{
	uint64_t harm = HARM_FIRST + below(&s->random, SIM_STEPS_HARM);

	while (!at_rest(s)) {
		if (++s->step > SIM_STEPS_MAX)
			return sim_fail(
			    s, "no rest: %u messages, heads %llu %llu %llu%s%s",
			    s->n_bag,
			    (unsigned long long)s->nodes[0].turn.head.number,
			    (unsigned long long)s->nodes[1].turn.head.number,
			    (unsigned long long)s->nodes[2].turn.head.number,
			    clients_rest(s) ? "" : ", a client waits",
			    operator_rests(s) ? "" : ", the operator waits");
		s->harm = s->step < harm;
		clock_act(s);
		if (!nodes_harm(s) || !step_any(s) || !deliver_act(s))
			return false;
	}
	return true;
}

static void
sim_init(struct sim *s, struct campaign *campaign, uint64_t seed)
{
	*s = (struct sim){.campaign = campaign,
	                  .seed = seed,
	                  .random = seed,
	                  .harm = true,
	                  .now_ms = START_MS,
	                  .applied = UINT32_MAX};
	(void)next_random(&s->random);
	faults_choose(s);
	s->variant = (uint32_t)below(&s->random, SIM_VARIANTS);
	s->pool[0] = 1 + (uint32_t)below(&s->random, SIM_INDICATORS);
	s->pool[1] = 1 + (uint32_t)below(&s->random, SIM_UNITS);
	s->pool[2] = 1 + (uint32_t)below(&s->random, 5);
}

bool
sim_run(struct campaign *campaign, uint64_t seed)
{
	struct sim *s = malloc(sizeof(*s));
	bool ok;

	if (s == NULL)
		abort();
	sim_init(s, campaign, seed);
	ok = sim_open(s);
	if (ok) {
		clients_make(s);
		deliver_make(s);
		ok = sim_steps(s) && check_all(s);
	}
	campaign->seeds++;
	campaign->commits += s->nodes[INGEST].turn.head.number;
	if (!ok)
		printf("seed %llu, step %llu: %s\n", (unsigned long long)seed,
		       (unsigned long long)s->step, s->failed);
	sim_close(s);
	free(s);
	return ok;
}
