/*
 * stream_case - copies of streams as a follower keeps them. Include cmocka.h first.
 */
#ifndef TESTS_LIB_STREAM_CASE_H
#define TESTS_LIB_STREAM_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire.h"
#include "tests/lib/ask_case.h"

#define STREAM_COPIES_MAX 128
#define STREAM_TOPIC_MAX  96
#define STREAM_KEY_MAX    160

struct stream_row {
	char key[STREAM_KEY_MAX];
	struct buf bytes; /* pairs */
};

struct stream_copy {
	char topic[STREAM_TOPIC_MAX];
	struct stream_row *rows;
	unsigned n, n_cap;
};

/* One service's streams. */
struct stream_case {
	struct stream_copy *copies; /* STREAM_COPIES_MAX */
	unsigned n;
	unsigned told; /* rows taken since the last look */
	unsigned gone; /* of them withdrawn */
	unsigned cuts;
};

void stream_open(struct stream_case *s);
void stream_close(struct stream_case *s);
/* The copy of a stream; made, empty, if it is absent. */
struct stream_copy *stream_copy(struct stream_case *s, const char *topic);
/* Applies one row, as an update has it. */
void stream_take(struct stream_case *s, const char *topic,
                 struct wire_list pairs);
/* Empties the copy and fills it from the service, max rows a page; of a stream that
 * isn't there it stays empty. */
void stream_load(struct stream_case *s, struct ask_case *ask, const char *topic,
                 uint64_t max);
/* One page into the copy, beside what is there; false: it was the last. */
bool stream_page(struct stream_case *s, struct ask_case *ask,
                 const char *topic);
/* Loads every stream that the service names. */
void stream_load_all(struct stream_case *s, struct ask_case *ask, uint64_t max);
/* Both hold the same streams and rows, to the byte; empty streams count for nothing. */
void stream_same(struct stream_case *a, struct stream_case *b);
/* The row as "name=value name=value"; "" if there is none. */
const char *stream_text(struct stream_case *s, const char *topic,
                        const char *key, struct buf *out);
unsigned stream_rows(const struct stream_case *s);

#endif
