/* links: common/client/client.c tests/lib/script_link.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/clock.c common/base/err.c common/base/map.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/client/client.h"
#include "tests/lib/script_link.h"

struct rig {
	struct script script;
	struct client *client;
};

static void
rig_open(struct rig *rig,
         void (*hear)(struct script *, const struct wire_message *))
{
	struct client_link link;

	script_init(&rig->script, hear);
	link = script_link(&rig->script);
	assert_int_equal(client_new(&rig->client, &link), ERR_OK);
}

static void
rig_close(struct rig *rig)
{
	client_free(&rig->client);
	assert_null(rig->client);
	assert_true(rig->script.closed);
	script_fini(&rig->script);
}

static struct wire_message
state_of(uint64_t id, uint64_t commit)
{
	struct wire_message m = {.type = WIRE_STATE, .id = id};

	m.as.state = (struct wire_state){.service = span_str("ingest"),
	                                 .ready = true,
	                                 .reason = span_str(""),
	                                 .commit = commit,
	                                 .log = 7,
	                                 .generation = 1};
	return m;
}

static void
hear_health(struct script *script, const struct wire_message *m)
{
	struct wire_message late = state_of(m->id + 1000, 1);
	struct wire_message answer = state_of(m->id, 42);

	assert_int_equal(m->type, WIRE_HEALTH);
	script_say(script, &late, NULL);
	script_say_bytes(script, "\xc1\xc1", 2);
	script_say(script, &answer, NULL);
}

static void
answers_of_other_requests_and_garbage_are_passed_over(void **arg)
{
	struct rig rig;
	struct wire_state state;

	(void)arg;
	rig_open(&rig, hear_health);
	assert_int_equal(client_health(rig.client, &state), ERR_OK);
	assert_int_equal(state.commit, 42);
	rig_close(&rig);
}

static void
silence_is_unavailable_after_the_timeout(void **arg)
{
	struct rig rig;
	struct wire_state state;

	(void)arg;
	rig_open(&rig, NULL);
	client_timeout(rig.client, 1234);
	assert_int_equal(client_health(rig.client, &state), ERR_UNAVAILABLE);
	assert_int_equal(rig.script.clock.mono.ns, 1234 * CLOCK_NS_PER_MS);
	rig_close(&rig);
}

static void
nobody_there_is_unavailable_after_the_connect_timeout(void **arg)
{
	struct rig rig;
	struct wire_state state;

	(void)arg;
	rig_open(&rig, hear_health);
	client_connect_timeout(rig.client, 55);
	rig.script.refuse_sends = 1;
	assert_int_equal(client_health(rig.client, &state), ERR_UNAVAILABLE);
	assert_int_equal(rig.script.clock.mono.ns, 55 * CLOCK_NS_PER_MS);
	rig_close(&rig);
}

static void
hear_refusing(struct script *script, const struct wire_message *m)
{
	struct fault fault = {ERR_CATALOGUE_CHANGED, "version", 0};
	struct wire_message answer = wire_error_of(m->id, &fault);

	script_say(script, &answer, NULL);
}

static void
an_error_is_its_code_and_says_its_field(void **arg)
{
	struct wire_apply apply = {.packed = span_str("x")};
	struct wire_applied applied;
	struct rig rig;

	(void)arg;
	rig_open(&rig, hear_refusing);
	assert_int_equal(client_apply(rig.client, &apply, &applied),
	                 ERR_CATALOGUE_CHANGED);
	assert_string_equal(client_problem(rig.client),
	                    "catalogue_changed: the catalogue changed since "
	                    "you read it (version)");
	rig_close(&rig);
}

static void
hear_unknown_code(struct script *script, const struct wire_message *m)
{
	struct wire_message answer = {.type = WIRE_ERROR, .id = m->id};

	answer.as.error.code = span_str("from_the_future");
	answer.as.error.text = span_str("?");
	script_say(script, &answer, NULL);
}

static void
an_error_unknown_here_is_a_bad_message_with_its_name(void **arg)
{
	struct wire_state state;
	struct rig rig;

	(void)arg;
	rig_open(&rig, hear_unknown_code);
	assert_int_equal(client_health(rig.client, &state), ERR_BAD_MESSAGE);
	assert_string_equal(client_problem(rig.client), "from_the_future");
	rig_close(&rig);
}

static void
hear_applied(struct script *script, const struct wire_message *m)
{
	struct wire_message answer = {.type = WIRE_APPLIED, .id = m->id};

	script_say(script, &answer, NULL);
}

static void
an_answer_of_another_type_is_refused(void **arg)
{
	struct wire_state state;
	struct rig rig;

	(void)arg;
	rig_open(&rig, hear_applied);
	assert_int_equal(client_health(rig.client, &state), ERR_UNKNOWN_TYPE);
	rig_close(&rig);
}

/* Rows 0..6 in pages of three, one of them empty; the token is a digit. */
static void
hear_pages(struct script *script, const struct wire_message *m)
{
	struct wire_message answer = {.type = WIRE_ANSWER, .id = m->id};
	struct wire_answer_writer rows;
	int page =
	    m->as.query.after.len > 0 ? m->as.query.after.ptr[0] - '0' : 0;
	char next = (char)('1' + page);

	assert_int_equal(m->type, WIRE_QUERY);
	assert_true(span_equal(m->as.query.what, span_str("figures")));
	wire_answer_init(&rows, 10, 4096);
	for (int i = 0; page != 1 && i < 3; i++) {
		wire_answer_row(&rows);
		wire_answer_int(&rows, "n", (page > 1 ? 3 : 0) + i);
		assert_int_equal(wire_answer_row_end(&rows), ERR_OK);
	}
	answer.as.answer.rows = wire_answer_list(&rows);
	answer.as.answer.catalogue = 9;
	if (page < 2)
		answer.as.answer.next = span_of(&next, 1);
	script_say(script, &answer, NULL);
	wire_answer_fini(&rows);
}

static void
rows_come_page_after_page_also_behind_an_empty_one(void **arg)
{
	struct client_query query = {.what = "figures"};
	struct client_rows rows;
	struct wire_list pairs;
	struct wire_value n;
	struct rig rig;

	(void)arg;
	rig_open(&rig, hear_pages);
	assert_int_equal(client_query(rig.client, &query, &rows), ERR_OK);
	assert_int_equal(rows.page.catalogue, 9);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(client_rows_next(&rows, &pairs), ERR_OK);
		assert_true(wire_answer_get(pairs, "n", &n));
		assert_int_equal(n.number, i);
	}
	assert_int_equal(client_rows_next(&rows, &pairs), ERR_NOT_FOUND);
	assert_int_equal(rig.script.n_sent, 3);
	rig_close(&rig);
}

/* Commits up to 2, one an answer; then none. */
static void
hear_fetch(struct script *script, const struct wire_message *m)
{
	struct wire_message answer = {.type = WIRE_COMMITS, .id = m->id};
	uint64_t from = m->as.fetch.from;

	assert_int_equal(m->type, WIRE_FETCH);
	assert_int_equal(m->as.fetch.log, from > 1 ? 7 : 0);
	answer.as.commits = (struct wire_commits){.log = 7,
	                                          .generation = 1,
	                                          .head = 2,
	                                          .from = from,
	                                          .n = from <= 2 ? 1 : 0};
	script_say(script, &answer,
	           from == 1   ? "first"
	           : from == 2 ? "second"
	                       : NULL);
}

static void
commits_are_fetched_in_order_until_there_are_no_more(void **arg)
{
	struct client_commits commits;
	struct span packed;
	struct rig rig;

	(void)arg;
	rig_open(&rig, hear_fetch);
	client_commits_open(rig.client, 1, &commits);
	assert_int_equal(client_commits_next(&commits, 0, &packed), ERR_OK);
	assert_true(span_equal(packed, span_str("first")));
	assert_int_equal(client_commits_next(&commits, 0, &packed), ERR_OK);
	assert_true(span_equal(packed, span_str("second")));
	assert_int_equal(client_commits_next(&commits, 0, &packed),
	                 ERR_NOT_FOUND);
	assert_int_equal(commits.head, 2);
	assert_int_equal(commits.next, 3);
	rig_close(&rig);
}

static void
hear_fetch_short(struct script *script, const struct wire_message *m)
{
	struct wire_message answer = {.type = WIRE_COMMITS, .id = m->id};

	answer.as.commits = (struct wire_commits){
	    .log = 7, .generation = 1, .head = 9, .from = 1, .n = 2};
	script_say(script, &answer, "only one");
}

static void
fewer_commits_than_announced_are_refused(void **arg)
{
	struct client_commits commits;
	struct span packed;
	struct rig rig;

	(void)arg;
	rig_open(&rig, hear_fetch_short);
	client_commits_open(rig.client, 1, &commits);
	assert_int_equal(client_commits_next(&commits, 0, &packed),
	                 ERR_BAD_MESSAGE);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        answers_of_other_requests_and_garbage_are_passed_over),
	    cmocka_unit_test(silence_is_unavailable_after_the_timeout),
	    cmocka_unit_test(
	        nobody_there_is_unavailable_after_the_connect_timeout),
	    cmocka_unit_test(an_error_is_its_code_and_says_its_field),
	    cmocka_unit_test(
	        an_error_unknown_here_is_a_bad_message_with_its_name),
	    cmocka_unit_test(an_answer_of_another_type_is_refused),
	    cmocka_unit_test(
	        rows_come_page_after_page_also_behind_an_empty_one),
	    cmocka_unit_test(
	        commits_are_fetched_in_order_until_there_are_no_more),
	    cmocka_unit_test(fewer_commits_than_announced_are_refused),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
