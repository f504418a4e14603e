/*
 * sink_case - sinks over a kv in memory, a clock that is moved by hand, and notices that
 * say what they are: for tests of sinks.
 *
 * Alert a of programme p has the labels programme "p<p>" and target "t<a>"; its
 * annotation mark reads "a<a> c<commit> f" (firing) or "... r" (resolved). The knowledge
 * time of commit c is CASE_START_MS + c seconds.
 */
#ifndef TESTS_LIB_SINK_CASE_H
#define TESTS_LIB_SINK_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "services/alert/outbox.h"
#include "services/alert/sink.h"

#define CASE_START_MS INT64_C(1767225600000) /* 2026-01-01 */
#define CASE_DAY_MS   INT64_C(86400000)

struct sink_case {
	struct kv_mem *mem;
	struct kv *kv;
	struct sink_settings settings;
	struct sink_conf confs[SINKS_MAX];
	uint32_t n;
	struct sinks *s;
	struct sink_now now;
	struct sink_post post;
	char *body;   /* of the last post, with NUL; */
	json_t *json; /* and read */
	struct sink_counts counts;
};

/* Kinds by letters: 'w' is a webhook named "w<i>", 'a' an Alertmanager "a<i>". */
void case_init(struct sink_case *c, const char *kinds);
void case_fini(struct sink_case *c);
/* Opens and loads: with what is saved, as after a crash. */
void case_load(struct sink_case *c);
void case_open(struct sink_case *c, const char *kinds); /* init, load, save */

struct notice case_notice(struct buf *bytes, uint32_t programme, uint32_t alert,
                          uint64_t commit, bool firing);
/* An outbox row of alerts first ... first + n - 1 that fire, or end; with LIVE and
 * RESOLVING. Wakes. */
void case_fire(struct sink_case *c, uint32_t programme, uint64_t commit,
               uint32_t first, uint32_t n);
void case_end(struct sink_case *c, uint32_t programme, uint64_t commit,
              uint32_t first, uint32_t n);
/* LIVE or RESOLVING alone. */
void case_state(struct sink_case *c, uint32_t programme, uint32_t alert,
                uint64_t commit, bool firing);

void case_pass(struct sink_case *c, int64_t ms);
/* One post, or none. */
bool case_next(struct sink_case *c);
void case_answer(struct sink_case *c, uint64_t ticket, unsigned status);
void case_fail(struct sink_case *c, uint64_t ticket, enum err err);
/* A post must be there; answered with status. */
void case_deliver(struct sink_case *c, unsigned status);
/* Posts answered with status until there is none; how many. */
uint32_t case_drain(struct sink_case *c, unsigned status);
void case_save(struct sink_case *c);

json_t *case_alerts(const struct sink_case *c);
/* A text of its i-th alert: "status", or "labels" and a name. */
const char *case_text(const struct sink_case *c, uint32_t i, const char *member,
                      const char *name);
/* "a<alert> c<commit> <f|r>", read. */
struct case_mark {
	uint32_t alert;
	uint32_t commit;
	bool firing;
};
struct case_mark case_mark(const char *mark);
bool case_has(const struct sink_case *c, const char *text); /* the last body */
uint32_t case_mentions(const struct sink_case *c, const char *text);
const char *case_delivery(const struct sink_case *c); /* its id */
const struct sink_counts *case_counts(struct sink_case *c, uint32_t sink);
uint32_t case_rows(struct sink_case *c, enum alert_table table);

#endif
