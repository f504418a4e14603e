/*
 * publish_case - a service that tells what a script says, and followers of it: for the
 * suites of publish.
 *
 * Time stands still but for serve_case_pass. What goes wrong in a helper fails the case.
 */
#ifndef TESTS_LIB_PUBLISH_CASE_H
#define TESTS_LIB_PUBLISH_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/serve/publish.h"
#include "tests/lib/serve_case.h"

#define PUBLISH_CASE_HEAD   10   /* where it begins */
#define PUBLISH_CASE_ROUNDS 2000 /* of some ms, until a message is given up */

/* What a commit changes: n rows of so many bytes in a topic. */
struct publish_change {
	uint64_t commit;
	const char *topic;
	unsigned n_rows;
	size_t row_bytes;   /* 0: a small row that holds its number */
	unsigned n_streams; /* 0: one; else topic0/, topic1/, .. */
	bool cut_all;
	enum err err;
};

struct publish_case {
	struct serve_case c;
	struct publish *p;
	const struct publish_change *script;
	size_t n_script;
	struct sock *sub; /* the first follower, and another */
	struct sock *other;
	struct sock_message got;
	struct wire_message m;
	uint64_t head;
};

#define CHANGE(at, name, n)                                    \
	{                                                      \
		.commit = (at), .topic = (name), .n_rows = (n) \
	}

#define COMMITS(f, head, ...)                                      \
	publish_case_commits(                                      \
	    f, (const struct publish_change[]){__VA_ARGS__},       \
	    sizeof((const struct publish_change[]){__VA_ARGS__}) / \
	        sizeof(struct publish_change),                     \
	    head)

/* Open and begun at PUBLISH_CASE_HEAD; nobody follows. */
int publish_case_setup(void **state);
int publish_case_teardown(void **state);
/* The commits up to head, which change what the script says; COMMITS is shorter. */
void publish_case_commits(struct publish_case *f,
                          const struct publish_change *script, size_t n,
                          uint64_t head);
void publish_case_start(struct publish_case *f);
void publish_case_open(struct publish_case *f);
/* One wake of the loop. */
void publish_case_round(struct publish_case *f);
/* Until so many topics are subscribed to; until so many were not served. */
void publish_case_subscriptions(struct publish_case *f, uint32_t n);
void publish_case_unserved(struct publish_case *f, uint64_t n);
void follower_open(struct publish_case *f, struct sock **sub, int queue_max);
/* Subscribes, and waits until the service knows n topics. */
void follower_subscribe(struct publish_case *f, struct sock **sub,
                        const char *topic, uint32_t n);
void follower_unsubscribe(struct publish_case *f, struct sock *sub,
                          const char *topic, uint32_t n);
/* The next message of a follower, decoded into f->m; ERR_AGAIN: none came. */
enum err follower_await(struct publish_case *f, struct sock *sub, int rounds);
const struct wire_message *follower_next(struct publish_case *f,
                                         struct sock *sub);
const struct wire_update *follower_update(struct publish_case *f,
                                          struct sock *sub, const char *stream,
                                          uint64_t from, uint64_t to);
/* The commit of a topic in a list of a beat; UINT64_MAX: not there. */
uint64_t beat_mark(struct wire_list list, const char *topic);
const struct wire_beat *follower_beat(struct publish_case *f, struct sock *sub);
/* Beats are subscribed to behind what is waited for, so that they are known too. */
void follower_beats(struct publish_case *f, struct sock **sub);

#endif
