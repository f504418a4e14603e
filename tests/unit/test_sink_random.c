/* links: services/alert/sink.c services/alert/sink_alertmanager.c services/alert/sink_dead.c services/alert/sink_gather.c services/alert/sink_json.c services/alert/sink_lane.c services/alert/sink_load.c services/alert/sink_round.c services/alert/sink_save.c services/alert/sink_webhook.c services/alert/outbox.c services/alert/alert_state.c common/domain/notice.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/figure.c common/domain/decimal.c common/base/buf.c common/base/err.c common/base/escape.c common/base/kv.c common/base/kv_mem.c tests/lib/sink_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/random.h"
#include "tests/lib/sink_case.h"

/*
 * Two webhooks and an Alertmanager that answer at random, take what they then say they
 * didn't, hang, and come back empty; saves and crashes at random. What they must have
 * heard in the end stands in the rows as they were written.
 */
enum {
	SEEDS = 400,
	STEPS = 300,
	PROGRAMMES = 3,
	ALERTS = 6,
	SINKS = 3,
	MANAGER = 2, /* its index */
	COMMITS = 160,
	FLIGHTS = 16
};

struct told {
	uint32_t programme, alert;
	bool firing;
};

struct heard {
	uint64_t first_at[COMMITS]; /* when its notice was first heard; 0 */
	uint64_t last_commit;       /* that was heard last */
	bool firing;
};

struct flight {
	uint64_t ticket;
	uint32_t sink;
	json_t *json; /* what it says */
};

struct world {
	struct sink_case c;
	uint64_t seed;
	uint64_t commit, hours;
	struct told log[COMMITS]; /* by commit: one notice each */
	uint64_t last[PROGRAMMES][ALERTS];
	struct heard heard[SINKS][PROGRAMMES][ALERTS];
	struct flight flights[FLIGHTS];
	uint32_t n_flights;
	uint32_t crashes, lost, dead;
};

static void
hear(struct world *w, uint32_t sink, json_t *alert)
{
	json_t *labels = json_object_get(alert, "labels");
	const char *name =
	    json_string_value(json_object_get(labels, "alertname"));
	const char *mark = json_string_value(
	    json_object_get(json_object_get(alert, "annotations"), "mark"));
	const char *status =
	    json_string_value(json_object_get(alert, "status"));
	const char *programme =
	    json_string_value(json_object_get(labels, "programme"));
	struct case_mark m;
	struct heard *h;

	if (strcmp(name, "TiendoTarget") != 0)
		return;
	m = case_mark(mark);
	assert_int_equal(programme[0], 'p');
	h = &w->heard[sink][programme[1] - '0'][m.alert];
	if (h->first_at[m.commit] == 0)
		h->first_at[m.commit] = ++w->hours;
	h->last_commit = m.commit;
	h->firing = status ? strcmp(status, "firing") == 0 : m.firing;
}

static void
hear_all(struct world *w, const struct flight *f)
{
	json_t *alerts = json_is_array(f->json)
	                     ? f->json
	                     : json_object_get(f->json, "alerts");

	for (size_t i = 0; i < json_array_size(alerts); i++)
		hear(w, f->sink, json_array_get(alerts, i));
}

/* A commit of one notice: the alert changes, or its text does. */
static void
tell(struct world *w)
{
	uint32_t p = (uint32_t)below(&w->seed, PROGRAMMES);
	uint32_t a = (uint32_t)below(&w->seed, ALERTS);
	uint64_t was = w->last[p][a];
	bool firing =
	    was == 0 || !w->log[was].firing || below(&w->seed, 3) == 0;

	if (w->commit + 1 == COMMITS)
		return;
	w->commit++;
	w->log[w->commit] = (struct told){p, a, firing};
	w->last[p][a] = w->commit;
	(firing ? case_fire : case_end)(&w->c, p, w->commit, a, 1);
}

static void
post(struct world *w)
{
	if (w->n_flights == FLIGHTS || !case_next(&w->c))
		return;
	w->flights[w->n_flights++] = (struct flight){
	    .ticket = w->c.post.ticket,
	    .sink = w->c.post.sink,
	    .json = json_incref(w->c.json),
	};
}

static void
answer(struct world *w)
{
	static const unsigned statuses[] = {200, 200, 200, 200, 204, 503,
	                                    500, 429, 400, 404, 0,   0};
	uint32_t at;
	struct flight f;
	unsigned status;

	if (w->n_flights == 0)
		return;
	at = (uint32_t)below(&w->seed, w->n_flights);
	f = w->flights[at];
	w->flights[at] = w->flights[--w->n_flights];
	status = statuses[below(&w->seed, sizeof(statuses) / sizeof(unsigned))];
	if ((status >= 200 && status < 300) || below(&w->seed, 2) == 0)
		hear_all(w, &f); /* taken, whatever it says */
	w->lost += status == 0;
	if (status == 0)
		case_fail(&w->c, f.ticket, ERR_UNAVAILABLE);
	else
		case_answer(&w->c, f.ticket, status);
	json_decref(f.json);
}

static void
save(struct world *w)
{
	/* Or it isn't committed, and done again. */
	if (below(&w->seed, 4) == 0)
		assert_int_equal(sinks_save(w->c.s, w->c.kv, w->c.now), ERR_OK);
	case_save(&w->c);
}

static void
crash(struct world *w)
{
	while (w->n_flights > 0) {
		struct flight *f = &w->flights[--w->n_flights];

		if (below(&w->seed, 2) == 0)
			hear_all(w, f);
		json_decref(f->json);
	}
	w->crashes++;
	case_load(&w->c);
}

/* The Alertmanager has lost everything. */
static void
forget(struct world *w)
{
	memset(w->heard[MANAGER], 0, sizeof(w->heard[MANAGER]));
}

static void
step(struct world *w)
{
	uint64_t what = below(&w->seed, 100);

	if (what < 25)
		tell(w);
	else if (what < 60)
		post(w);
	else if (what < 85)
		answer(w);
	else if (what < 90)
		save(w);
	else if (what < 93)
		crash(w);
	else if (what < 94)
		forget(w);
	else
		case_pass(&w->c, (int64_t)any_bits(&w->seed, 25));
}

static bool
hear_some(struct world *w)
{
	bool some = false;

	for (; case_next(&w->c); some = true) {
		struct flight f = {.sink = w->c.post.sink, .json = w->c.json};

		hear_all(w, &f);
		case_answer(&w->c, w->c.post.ticket, 200);
	}
	return some;
}

/* All answer well, until nothing is left to say, and for an hour. */
static void
quiet(struct world *w)
{
	for (int minutes = 0; minutes < 60; minutes += 5) {
		while (hear_some(w))
			case_save(&w->c);
		case_save(&w->c);
		case_pass(&w->c, 300000);
	}
}

/* --- what must be so in the end -------------------------------------------------------- */

static bool
in_letters(struct world *w, uint32_t sink, uint64_t commit)
{
	struct sink_dead dead = {.number = 0};
	bool more = true;

	for (uint64_t from = 1; more; from = dead.number + 1) {
		assert_int_equal(sink_dead_next(w->c.kv, w->c.confs[sink].name,
		                                from, &dead, &more),
		                 ERR_OK);
		if (more && dead.commit == commit)
			return true;
	}
	return false;
}

/* Each notice heard or in a letter; first heard in the order they were said. */
static void
events_check(struct world *w, uint32_t sink)
{
	uint64_t before[PROGRAMMES][ALERTS] = {{0}};

	for (uint64_t commit = 1; commit <= w->commit; commit++) {
		const struct told *t = &w->log[commit];
		struct heard *h = &w->heard[sink][t->programme][t->alert];
		uint64_t *last = &before[t->programme][t->alert];
		uint64_t at = h->first_at[commit];

		if (at == 0 && !in_letters(w, sink, commit))
			fail_msg("sink %u never heard commit %llu", sink,
			         (unsigned long long)commit);
		if (at != 0 && at < *last)
			fail_msg("sink %u heard commit %llu too early", sink,
			         (unsigned long long)commit);
		if (at != 0)
			*last = at;
		if (w->last[t->programme][t->alert] == commit && at != 0 &&
		    !in_letters(w, sink, commit))
			assert_int_equal(h->last_commit, commit);
	}
}

static bool
fires(const struct world *w, uint32_t p, uint32_t a)
{
	return w->last[p][a] != 0 && w->log[w->last[p][a]].firing;
}

static void
state_check(const struct world *w, uint32_t sink)
{
	for (uint32_t p = 0; p < PROGRAMMES; p++)
		for (uint32_t a = 0; a < ALERTS; a++)
			if (w->heard[sink][p][a].firing != fires(w, p, a))
				fail_msg("sink %u is wrong about p%u a%u", sink,
				         p, a);
}

static void
letters_tell_again(struct world *w)
{
	for (uint32_t k = 0; k < MANAGER; k++) {
		struct sink_dead_asked asked = {.sink = w->c.confs[k].name};

		w->dead += (uint32_t)case_counts(&w->c, k)->dead;
		assert_int_equal(sink_dead_retry(w->c.s, w->c.kv, &asked),
		                 ERR_OK);
	}
	quiet(w);
	for (uint32_t k = 0; k < MANAGER; k++) {
		assert_int_equal(case_counts(&w->c, k)->dead, 0);
		state_check(w, k);
	}
}

static void
world_run(struct world *w, uint64_t seed)
{
	w->seed = seed;
	case_open(&w->c, "wwa");
	for (int i = 0; i < STEPS; i++)
		step(w);
	crash(w);
	quiet(w);
	for (uint32_t k = 0; k < MANAGER; k++) {
		events_check(w, k);
		assert_int_equal(case_counts(&w->c, k)->queued, 0);
	}
	state_check(w, MANAGER);
	assert_int_equal(case_rows(&w->c, ALERT_TABLE_OUTBOX), 0);
	letters_tell_again(w);
	assert_int_equal(case_rows(&w->c, ALERT_TABLE_RESOLVING), 0);
	case_fini(&w->c);
}

static int
setup(void **state)
{
	uint64_t *seed = calloc(1, sizeof(*seed));

	*state = seed;
	return seed ? 0 : -1;
}

static int
teardown(void **state)
{
	printf("the last seed was %llu\n",
	       (unsigned long long)*(uint64_t *)*state);
	free(*state);
	return 0;
}

static void
each_notice_is_heard_in_order_or_is_a_dead_letter(void **state)
{
	uint64_t *seed = *state;
	struct world *w = calloc(1, sizeof(*w));
	uint32_t crashes = 0, lost = 0, dead = 0;

	assert_non_null(w);
	for (*seed = 1; *seed <= SEEDS; ++*seed) {
		memset(w, 0, sizeof(*w));
		world_run(w, *seed);
		crashes += w->crashes;
		lost += w->lost;
		dead += w->dead;
	}
	printf("%u crashes, %u answers lost, %u dead letters\n", crashes, lost,
	       dead);
	assert_true(crashes > SEEDS && lost > SEEDS && dead > SEEDS);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        each_notice_is_heard_in_order_or_is_a_dead_letter, setup,
	        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
