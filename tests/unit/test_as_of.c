/* links: services/ctl/as_of.c common/domain/period.c common/base/clock.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ctl/as_of.h"

/* Ingest, as far as it is asked: commit 7 at whatever time, and what was asked. */
struct peer {
	char asked[32];
	struct wire_answer_writer row;
	enum err connect;
};
static struct peer *
peer(void)
{
	static struct peer p;

	return &p;
}

enum err
ctl_connect(const struct ctl *ctl, enum ctl_service service,
            struct client **client_p)
{
	(void)ctl;
	(void)client_p;
	assert_int_equal(service, CTL_INGEST);
	return peer()->connect;
}

int
ctl_fail_service(const struct ctl *ctl, enum ctl_service service,
                 const struct client *client, enum err err)
{
	(void)ctl;
	(void)service;
	(void)client;
	return err_exit_code(err);
}

const char *
ctl_words(const struct ctl *ctl, struct words words)
{
	return ctl->vi ? words.vi : words.en;
}

void
client_free(struct client **client_p)
{
	(void)client_p;
}

enum err
client_query(struct client *client, const struct client_query *query,
             struct client_rows *rows)
{
	struct wire_list args = query->args;
	struct span name, value;

	(void)client;
	(void)rows;
	assert_string_equal(query->what, "commit_at");
	assert_true(wire_args_next(&args, &name, &value));
	assert_true(span_equal(name, span_str("time_ms")));
	assert_true(value.len < sizeof(peer()->asked));
	memcpy(peer()->asked, value.ptr, value.len);
	peer()->asked[value.len] = '\0';
	return ERR_OK;
}

enum err
client_rows_next(struct client_rows *rows, struct wire_list *pairs)
{
	struct wire_list list;

	(void)rows;
	wire_answer_init(&peer()->row, 1, 1000);
	wire_answer_row(&peer()->row);
	wire_answer_int(&peer()->row, "commit", 7);
	assert_int_equal(wire_answer_row_end(&peer()->row), ERR_OK);
	list = wire_answer_list(&peer()->row);
	return wire_answer_next(&list, pairs) ? ERR_OK : ERR_NOT_FOUND;
}

static int
parse(const char *text, uint64_t *commit)
{
	char *said = NULL;
	size_t len = 0;
	struct ctl ctl = {.err = open_memstream(&said, &len)};
	int code;

	peer()->asked[0] = '\0';
	assert_non_null(ctl.err);
	code = as_of_parse(&ctl, text, commit);
	(void)fclose(ctl.err);
	assert_int_equal(len > 0, code == 64);
	free(said);
	if (peer()->asked[0] != '\0')
		wire_answer_fini(&peer()->row);
	return code;
}

static void
a_commit_is_itself_and_nobody_is_asked(void **state)
{
	uint64_t commit = 0;

	(void)state;
	assert_int_equal(parse("commit:12", &commit), -1);
	assert_int_equal(commit, 12);
	assert_string_equal(peer()->asked, "");
	assert_int_equal(parse("commit:9007199254740991", &commit), -1);
	assert_int_equal(commit, WIRE_UINT_MAX);
}

static void
a_date_is_the_end_of_that_day_in_viet_nam(void **state)
{
	uint64_t commit = 0;

	(void)state;
	assert_int_equal(parse("2025-06-30", &commit), -1);
	assert_int_equal(commit, 7);
	/* 2025-06-30T16:59:59.999Z */
	assert_string_equal(peer()->asked, "1751302799999");
}

static void
a_time_is_asked_for_as_it_is(void **state)
{
	uint64_t commit = 0;

	(void)state;
	assert_int_equal(parse("2025-06-30T23:59:59.999+07:00", &commit), -1);
	assert_string_equal(peer()->asked, "1751302799999");
	assert_int_equal(parse("1970-01-01T00:00:00Z", &commit), -1);
	assert_string_equal(peer()->asked, "0");
}

static void
anything_else_is_called_wrongly(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "now",
	    "2025",
	    "2025-06",
	    "2025-02-30",
	    "commit:",
	    "commit:0",
	    "commit:-1",
	    "commit:1x",
	    "commit:9007199254740992",
	    "commit:99999999999999999999999999",
	    "1969-12-31T23:59:59Z",
	    "1969-12-31",
	    "2025-06-30T25:00:00Z",
	};
	uint64_t commit = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(wrong[i], &commit), 64);
	assert_int_equal(commit, 5);
}

static void
without_ingest_a_time_is_no_commit(void **state)
{
	uint64_t commit = 5;

	(void)state;
	peer()->connect = ERR_UNAVAILABLE;
	assert_int_equal(parse("2025-06-30", &commit), 69);
	assert_int_equal(parse("commit:3", &commit), -1);
	peer()->connect = ERR_OK;
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test(a_commit_is_itself_and_nobody_is_asked),
	    cmocka_unit_test(a_date_is_the_end_of_that_day_in_viet_nam),
	    cmocka_unit_test(a_time_is_asked_for_as_it_is),
	    cmocka_unit_test(anything_else_is_called_wrongly),
	    cmocka_unit_test(without_ingest_a_time_is_no_commit),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
