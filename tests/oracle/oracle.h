/*
 * oracle - a random workload through Tiendo's own code, and what it makes of it,
 * written as plain rows for PostgreSQL to work out again.
 *
 * One number, the seed, makes a country with a reform, what it measures, and five
 * years of reports, revisions, deletions, repetitions, forecasts, completion
 * records and changed catalogues. All of it goes as messages into ingest's step
 * and on into aggregate's, over real stores. Written for COPY are the rows as they
 * were sent and the catalogues as they were applied, and beside them Tiendo's
 * answers. rules.sql makes the same answers from the rows alone; see oracle.sh.
 */
#ifndef TESTS_ORACLE_ORACLE_H
#define TESTS_ORACLE_ORACLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/store.h"
#include "common/base/turn.h"
#include "common/domain/catalogue.h"
#include "proto/wire.h"
#include "services/aggregate/aggregate.h"
#include "services/ingest/ingest.h"

#define ORACLE_LOG        77
#define ORACLE_DAYS       1830 /* that the workload lasts */
#define ORACLE_BATCH_ROWS 200
#define ORACLE_HISTORY    4096 /* rows kept to be repeated or revised */
#define ORACLE_SHOTS_MAX  8    /* moments that are compared */
#define ORACLE_PUBLISHED  2    /* of them by a date of publication */

/* --- oracle_country.c: the catalogue ----------------------------------------- */

/* What may be changed by another catalogue, each on its own. */
enum aspect {
	ASPECT_SHAPE, /* never changed: which communes there are */
	ASPECT_FLOOR,
	ASPECT_DUTY,  /* who has to report what */
	ASPECT_RANK,  /* of sources */
	ASPECT_GROUP, /* the grouping */
	ASPECT_SPLIT, /* weights */
	ASPECT_MOVE,  /* a commune under another district from a date on */
	ASPECT_HEIR,  /* the old map after the reform */
	ASPECT_DOCUMENT,
	ASPECT_DEFINITION, /* from when to when it is valid */
	ASPECT_NAME,
	ASPECT_DECIMALS, /* of some definitions; they only grow */
	ASPECTS
};

struct country {
	uint64_t seed;
	uint32_t versions[ASPECTS];
	bool reform; /* the new map is known */
};

/* One of n, by seed, aspect and its version, and i. */
uint32_t country_draw(const struct country *c, enum aspect aspect, uint32_t i,
                      uint32_t n);
/* The day on which the new map begins. */
struct day country_reform(const struct country *c);
/* All rows of the catalogue. Ends the program if there is no memory. */
void country_rows(const struct country *c, struct cat_rows *rows);
/* "kind|field|field...": one row; fields left out at the end are empty. */
void country_line(struct cat_rows *rows, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- oracle_measures.c: indicators, duties, sources, documents ----------------- */

#define ORACLE_DOCUMENTS 4
#define ORACLE_SOURCES   3
struct measure {
	const char *id;
	const char *letter; /* frequency as in indicators.csv */
	const char *place;
	const char *time;
	const char *accumulation;
	const char *more;  /* counted|criterion */
	const char *level; /* that reports it before the reform; NULL: nobody */
	const char *from;  /* validity */
	const char *to;
	uint32_t decimals;
	uint32_t factor;
	uint32_t highest; /* mantissa of a common value */
};
extern const struct measure measures[];
extern const uint32_t n_measures;
extern const char *const oracle_sources[ORACLE_SOURCES];
extern const uint8_t oracle_best[ORACLE_SOURCES]; /* status of a source */
extern const char *const oracle_documents[ORACLE_DOCUMENTS];
void measure_rows(const struct country *c, struct cat_rows *rows);

/* --- oracle_rows.c: what is reported -------------------------------------------- */

/* One row as it is sent. */
struct said {
	uint32_t definition; /* of the catalogue */
	uint32_t unit;
	struct period period;
	uint8_t source;
	uint8_t document; /* ORACLE_DOCUMENTS: none */
	uint8_t status;   /* enum obs_status or WIRE_UNSET */
	uint8_t bound;
	uint8_t action;
	bool has_value, has_parts;
	int64_t value, numerator, denominator;
	struct day released; /* DAY_NONE: not said */
};

struct rows {
	uint64_t random;
	struct said list[ORACLE_BATCH_ROWS];
	uint32_t n;
	bool again;
	struct said history[ORACLE_HISTORY];
	uint64_t n_history; /* ever */
};

/* One batch of at most max rows; today: the last tick. */
void rows_make(struct rows *r, const struct catalogue *c, struct day today,
               uint32_t max);
/* The definition's row in the list of measures. */
const struct measure *measure_of(const struct cat_definition *d);

/* --- oracle_node.c: the services --------------------------------------------------- */

struct nodes {
	const char *dir; /* scratch */
	struct store *stores[2];
	struct turn turns[2];
	struct ingest ingest;
	struct aggregate aggregate;
	int64_t now_ms;
	uint64_t id; /* of the last request */
	uint64_t sequence;
	struct buf frame;
};

/* All of these end the program when something is wrong with the services. */
void nodes_open(struct nodes *n, const char *dir);
void nodes_close(struct nodes *n);
/* One turn of ingest with this message (empty: time has passed alone), and all that
 * it gave through aggregate. The answer must be of type; a view until the next
 * call. */
void nodes_send(struct nodes *n, const struct wire_message *m,
                enum wire_type type, struct wire_message *answer);
void nodes_frame(struct nodes *n, struct span frame, enum wire_type type,
                 struct wire_message *answer);
void nodes_apply(struct nodes *n, const struct cat_rows *rows);
/* False: refused. */
bool nodes_declare(struct nodes *n, const char *kind, const char *const *names,
                   const struct span *values);
uint64_t nodes_head(const struct nodes *n);

/* --- oracle_dump.c: rows for COPY ---------------------------------------------------- */

/* One file each, in the directory of the run. */
enum table {
	TABLE_COMMITS,
	TABLE_ROWS,
	TABLE_TAKEN,
	TABLE_COMPLETIONS,
	TABLE_RECEIPTS,
	TABLE_SHOTS,
	TABLE_FIGURES,
	TABLE_ROLLUPS,
	TABLE_SERIES,
	TABLE_ASKED,
	TABLE_ANSWERS,
	TABLES
};

/* A moment of knowledge. */
struct shot {
	uint32_t id;
	uint64_t commit;
	struct day published; /* DAY_LAST: all that was known */
	bool dumped; /* its whole state was written when it was the present */
};

struct dump {
	FILE *tables[TABLES];
	FILE *catalogue[CAT_KINDS]; /* rows as applied, with their commit */
	uint64_t batch;             /* of the last one written */
	uint64_t rows;              /* of all batches */
	struct shot shots[ORACLE_SHOTS_MAX];
	uint32_t n_shots;
};

void dump_open(struct dump *d, const char *dir);
void dump_close(struct dump *d);
/* A batch, before it is sent to ingest as it is. */
void dump_batch(struct dump *d, const struct nodes *n, const struct rows *rows);
void dump_catalogue(struct dump *d, uint64_t commit,
                    const struct cat_rows *rows);
/* What a commit of ingest's journal says: time, rows taken, completions; and what
 * aggregate said of its blocks. */
void dump_commit(struct dump *d, struct nodes *n, uint64_t commit);
void dump_text(FILE *file, const char *text); /* "": NULL; then a tab */
struct shot *shot_new(struct dump *d, uint64_t commit);

/* --- oracle_answers.c: what Tiendo says ----------------------------------------------- */

/* All figures in force, roll-ups and series at the head: a moment. */
void dump_shot(struct dump *d, struct nodes *n);

/* --- oracle_ask.c: the query series --------------------------------------------------- */

/* Some series as of each moment, and as published on some days. */
void dump_asked(struct dump *d, struct nodes *n, uint64_t *random);

/* --- main.c ------------------------------------------------------------------------------ */

/* Prints and ends the program. */
void oracle_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
