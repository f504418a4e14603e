/* links: common/serve/serve.c common/serve/serve_query.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/serve/serve.h"
#include "tests/lib/serve_case.h"

/* A service, behind others that may be gone. */
struct fixture {
	struct serve_case c;
	struct copier service;
	struct serve *serve;
	struct mailbox box;
	struct serve_ops ops;
	bool source_gone;
};

static bool
on_source_ready(void *owner)
{
	const struct fixture *f = owner;

	return !f->source_gone;
}

static bool
says_unready(struct fixture *f)
{
	struct wire_message m = {.type = WIRE_FETCH};

	m.as.fetch.from = 1;
	m.as.fetch.max_bytes = 1;
	return mailbox_ask(&f->box, &m, WIRE_COMMITS)->as.commits.unready;
}

static void
commits_say_whether_all_before_are_ready(void **state)
{
	struct fixture f = {.source_gone = false};
	const struct serve_conf conf = {.service = "aggregate",
	                                .endpoint = f.c.endpoint,
	                                .ops = &f.ops,
	                                .source_ready = on_source_ready,
	                                .owner = &f};
	struct serve_conf opened = conf;
	struct sock_refusal why;

	(void)state;
	serve_case_open(&f.c);
	copier_open(&f.service, &f.c, "a", SERVE_CASE_LOG);
	opened.loop = f.c.loop;
	opened.ctx = f.c.ctx;
	assert_int_equal(serve_open(&f.serve, &opened, &why), ERR_OK);
	mailbox_open(&f.box, &f.c, SOCK_DEALER, f.c.endpoint);
	assert_int_equal(copier_take(&f.service, "item"), ERR_OK);
	serve_start(f.serve, &f.service.turn,
	            &(struct journal_id){SERVE_CASE_LOG, 1});
	serve_not_ready(f.serve, "");
	assert_false(says_unready(&f));
	f.source_gone = true;
	assert_true(says_unready(&f));
	assert_true(serve_is_ready(f.serve)); /* itself it is */
	f.source_gone = false;
	serve_not_ready(f.serve, "a full disk");
	assert_true(says_unready(&f));
	serve_not_ready(f.serve, "");
	assert_false(says_unready(&f));
	mailbox_close(&f.box);
	serve_close(&f.serve);
	copier_close(&f.service);
	serve_case_close(&f.c);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test(commits_say_whether_all_before_are_ready),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
