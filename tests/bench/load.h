/*
 * load - producers that send batches made beforehand and count the answers.
 *
 * What is measured is the services: batches are packed before the clock starts,
 * each producer then keeps as many unanswered as ingest grants. Every batch must
 * be taken whole; anything else ends the run.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/loop.h"
#include "common/base/sock.h"
#include "proto/wire.h"

#define LOAD_PRODUCERS_MAX 8

struct producer {
	struct load *load;
	char name[8];
	struct buf bytes; /* of all batches, back to back */
	size_t *ends;     /* of each */
	double *sent_at;  /* of each; then what its answer took */
	size_t n, n_cap;
	size_t n_sent;
	size_t n_answered;
	uint64_t credit;
	struct sock *sock;
	struct loop_id source;
};

struct load {
	struct producer producers[LOAD_PRODUCERS_MAX];
	size_t n_producers;
	struct wire_batch_writer writer;
	struct clock clock;
	struct loop *loop;
	struct sock_ctx *ctx;
	struct sock_message message;
	uint64_t n_rows;
	uint64_t accepted;
	uint64_t last_commit;
	size_t n_open; /* producers that have not got all answers */
};

/* name: first letter of the producers' names; each load needs its own. */
void load_open(struct load *load, char name, size_t n_producers);
void load_close(struct load *load);

/* Rows go into the open batch; load_cut hands it to a producer. */
void load_row(struct load *load, const struct wire_row_text *row);
void load_cut(struct load *load, size_t producer);
uint32_t load_rows_open(const struct load *load);

/* Sends all; returns the seconds until the last answer. */
double load_run(struct load *load, const char *endpoint);

/* Seconds from sending to its answer; `share` of the batches took less. */
double load_latency(struct load *load, double share);

#endif
