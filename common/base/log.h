/*
 * log - one line on standard error for each event: logfmt, or JSON.
 *
 *   log_event(log, &(struct log_event){LOG_WARN, "batch_refused",
 *             {log_err("code", err), log_str("peer", peer)}});
 *
 *   ts=2026-01-05T08:00:00.000Z level=warn svc=ingest event=batch_refused
 *   code=too_large peer="a b"                                   (one line)
 *
 * An event is a stable token of the source, never text from outside; what comes
 * from outside is a field, and every field is escaped. Events of one token that
 * follow each other within the fold interval are counted, not written; the next
 * line of that token says repeated=N, the number left out before it. No line
 * per row; no figure's value at info or above: that is the caller's duty.
 *
 * There is no global log: whoever may write one is given it. A NULL log writes
 * nothing.
 */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define LOG_FIELDS_MAX  12    /* of one event; one more does not compile */
#define LOG_VALUE_MAX   512   /* bytes of a text; what follows is cut off */
#define LOG_LINE_MAX    65536 /* bytes; twelve texts at their worst fit */
#define LOG_TOKENS_MAX  64    /* tokens whose repeats are counted at once */
#define LOG_FOLD_MS     10000 /* a good interval for a daemon */
#define LOG_APART_MAX   64 /* bytes of a text by which events are kept apart */
#define LOG_APART_TEXTS 16 /* of one token at a time */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL_COUNT };

enum log_kind {
	LOG_KIND_TEXT,
	LOG_KIND_INT,
	LOG_KIND_UINT,
	LOG_KIND_BOOL,
};

/* Made by the functions below; key NULL means: no field. */
struct log_field {
	const char *key; /* a constant: [a-z0-9_]+ */
	enum log_kind kind;
	uint64_t number;  /* an int64_t's bits for LOG_KIND_INT */
	struct span text; /* borrowed until log_event returns */
};

static inline struct log_field
log_span(const char *key, struct span text)
{
	return (struct log_field){.key = key, .text = text};
}

/* text NULL shows as an empty text. */
static inline struct log_field
log_str(const char *key, const char *text)
{
	return log_span(key, span_str(text ? text : ""));
}

/* The code's stable name. */
static inline struct log_field
log_err(const char *key, enum err err)
{
	return log_str(key, err_name(err));
}

static inline struct log_field
log_int(const char *key, int64_t number)
{
	return (struct log_field){
	    .key = key, .kind = LOG_KIND_INT, .number = (uint64_t)number};
}

static inline struct log_field
log_uint(const char *key, uint64_t number)
{
	return (struct log_field){
	    .key = key, .kind = LOG_KIND_UINT, .number = number};
}

static inline struct log_field
log_bool(const char *key, bool value)
{
	return (struct log_field){
	    .key = key, .kind = LOG_KIND_BOOL, .number = value};
}

struct log_event {
	enum log_level level;
	const char
	    *token; /* a constant: [a-z0-9_]+; lives as long as the log */
	struct log_field fields[LOG_FIELDS_MAX]; /* up to the first empty one */
};

struct log_conf {
	const char *service;       /* svc=; a constant */
	const struct clock *clock; /* outlives the log */
	int fd;                    /* where lines go: 2, or a pipe in tests */
	enum log_level level;      /* what is below is not written */
	bool json;
	bool journal; /* JOURNAL_STREAM is set: lines start with <3> .. <7> */
	int64_t fold_ms; /* 0: nothing is folded */
};

struct log_slot {
	const char *token;
	enum log_level level;
	struct mono since; /* when the last line of this token was written */
	uint64_t repeated; /* events left out since */
	const char *key; /* of the field that keeps it apart; NULL: none does */
	uint8_t text[LOG_APART_MAX];
	size_t text_len;
};

struct log {
	struct log_conf conf;
	struct buf line;
	struct log_slot slots[LOG_TOKENS_MAX];
	size_t n_slots;
	uint64_t n_lost; /* lines that could not be written */
};

void log_init(struct log *log, const struct log_conf *conf);
/* Writes what is still counted, frees. */
void log_fini(struct log *log);
/* At run time, after a reload. */
void log_set(struct log *log, enum log_level level, bool json);

/* Cost: one write(2) for a line; a scan of at most LOG_TOKENS_MAX pointers for
 * one that is folded. Never fails: what cannot be written counts in n_lost. */
void log_event(struct log *log, const struct log_event *event);
/* The same, but only those fold whose first field, a text, is the same too in its first
 * LOG_APART_MAX bytes: the batches refused of one producer. Where the interval has seen
 * LOG_APART_TEXTS others of the token, the rest fold together: who makes up names makes
 * no lines. */
void log_apart(struct log *log, const struct log_event *event);
/* The same but never folded: start and stop, each of a short list. */
void log_each(struct log *log, const struct log_event *event);

/* Writes one line (event, repeated=N, no fields but what keeps it apart) for each token
 * that has been silent for the interval and has repeats. Call it from a timer. */
void log_flush(struct log *log);

const char *log_level_name(enum log_level level); /* "warn" */
/* returns  ERR_OK, ERR_BAD_VALUE: none of debug info warn error */
NODISCARD enum err log_level_parse(const char *name, enum log_level *level);

#endif
