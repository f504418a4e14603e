/*
 * post_case - posts against receivers that answer as they are told (receiver.py), with
 * certificates made for the test and a resolver of the test's own: names are those of
 * a table, and nothing asks the network.
 *
 * A group starts the receivers; a case has a loop and, at its first post, a post_io.
 * The waits are those of the timeouts that are tested.
 */
#ifndef TESTS_LIB_POST_CASE_H
#define TESTS_LIB_POST_CASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "services/alert/post_io.h"
#include "tests/lib/tmpdir.h"

enum { TIMEOUT_MS = 400, WAIT_MS_MAX = 5000, ANSWERS_MAX = 64 };

enum who { PLAIN, GOOD, EXPIRED, STRANGER, RECEIVERS };

struct receiver {
	const char *cert; /* NULL: without TLS */
	pid_t pid;
	int input; /* it ends when this is closed */
	char port[8];
};

struct post_group {
	struct tmpdir dir;
	char ca[128];
	char log[128];
	struct receiver receivers[RECEIVERS];
};

struct post_case {
	struct post_group *group;
	struct clock clock;
	struct loop *loop;
	struct post *post;
	struct post_conf conf;
	struct buf why;
	unsigned n;
	struct sink_answer answers[ANSWERS_MAX];
	uint64_t tickets[ANSWERS_MAX];
	char text[64]; /* of the last */
	bool sending;  /* within post_send */
};

/* Of cmocka; *state: the group, within a case the case. */
int post_group_setup(void **state);
int post_group_teardown(void **state);
int post_case_setup(void **state);
int post_case_teardown(void **state);

/* A post of "{}" to https://host:port of the receiver and path; signed with "key". */
enum err post_case_send(struct post_case *f, const char *host, enum who who,
                        const char *path);
/* Until there are n answers; milliseconds it took. */
int64_t post_case_wait(struct post_case *f, unsigned n);
/* Both. */
const struct sink_answer *post_case_ask(struct post_case *f, const char *host,
                                        enum who who, const char *path);
/* The plain receiver on 127.0.0.1 ends with this error, or ERR_OK, and text. */
void post_case_expect(struct post_case *f, const char *path, enum err err,
                      const char *text);
/* The first line that the receivers wrote down of path; "" if there is none. */
void post_case_logged(struct post_case *f, const char *path, char *out,
                      size_t out_bytes);

#endif
