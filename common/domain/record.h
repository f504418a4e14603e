/*
 * record - the records of the journals, as bytes and as structs.
 *
 * A journal's format changes only in a major release (DESIGN G10);
 * proto/WIRE.md section "Journal records" documents every byte. A record begins
 * with its type and a format number; integers are varints, rows are written as
 * differences to the row before. Decoding is bounded and never trusts a length:
 * these bytes have crossed a socket or a disk.
 */
#ifndef COMMON_DOMAIN_RECORD_H
#define COMMON_DOMAIN_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/decimal.h"
#include "common/domain/figure.h"

enum record_type {
	/* written by ingest */
	RECORD_BLOCK = 1,  /* admitted rows of one batch */
	RECORD_TICK,       /* a date has begun (K3) */
	RECORD_CATALOGUE,  /* one apply, whole: catalogue_pack bytes follow */
	RECORD_COMPLETION, /* R5 */
	RECORD_PROGRAMME,  /* enabled or disabled (L3) */
	/* written by aggregate; it also copies the five above but BLOCK, and NOTE */
	RECORD_FIGURES, /* figures in force that changed */
	RECORD_ROLLUPS, /* rolled-up figures that changed */
	RECORD_RECEIPT, /* unchanged and stale rows of one block (F4) */
	RECORD_DIGEST,  /* counts and digests of aggregate's tables */
	/* written by alert */
	RECORD_VERDICT,
	RECORD_ALERT,
	/* written by ingest */
	RECORD_NOTE,  /* what somebody said about a target and unit */
	RECORD_CLOCK, /* an operator accepted the wall clock (K3); not copied */
	/* written by alert */
	RECORD_GROUP, /* late or doubtful figures of a programme (notice.h) */
	RECORD_TYPE_COUNT
};

#define RECORD_FORMAT   1   /* of every type so far */
#define RECORD_TEXT_MAX 256 /* bytes of any text in a record but a catalogue */

/* Type of a record, RECORD_TYPE_COUNT if it is none or of an unknown format. */
enum record_type record_type(struct span record);

/* The two bytes before every record, and what stands behind them. For records
 * whose bodies are written elsewhere (verdicts, alerts). */
void record_begin(struct buf *out, enum record_type type);
/* ERR_BAD_MESSAGE if the record is of another type or format. */
NODISCARD enum err record_body(struct span record, enum record_type type,
                               struct cursor *body);
/* How reading a body ended: ERR_OK, ERR_TRUNCATED, or ERR_BAD_MESSAGE for a
 * wrong number and for bytes that are left. */
NODISCARD enum err record_end(const struct cursor *body);
/* A number of the catalogue, never NUMBER_NONE; a period. Else body->err. */
uint32_t record_number(struct cursor *body);
struct period record_period(struct cursor *body);
/* A text of at most RECORD_TEXT_MAX bytes; view. */
struct span record_text(struct cursor *body);

/* A batch is identified by who sent it and what it holds. */
struct batch_id {
	struct span producer; /* 1..RECORD_TEXT_MAX bytes; view */
	uint64_t epoch;
	uint64_t sequence;
	uint64_t hash[2]; /* of the batch as sent: XXH3-64 under two seeds */
};

/* producer: 1..RECORD_TEXT_MAX bytes (asserted; read: else body->err). */
void batch_id_write(struct buf *out, const struct batch_id *id);
struct batch_id batch_id_read(struct cursor *body);

struct block {
	struct batch_id id;
	uint32_t n_rows;
	uint32_t n_rejected;
	struct day received;
	uint8_t flags;      /* FIGURE_FLAG_AGAIN, _BACKFILL: of all rows */
	struct cursor rows; /* block_next reads on from here */
	struct figure last; /* state of the differences */
	uint32_t left;      /* rows not read yet */
	uint32_t next_row;  /* row number within the batch, as sent */
};

/* Writing: begin, row..., end. The encoder lives in the caller's memory; the
 * number of rows must be known at begin. figure.row is the row within the batch
 * as sent (rejected rows leave gaps) and must grow. */
struct block_writer {
	struct buf *out;
	struct figure last;
	uint32_t next_row;
};
void block_write_begin(struct block_writer *w, struct buf *out,
                       const struct block *head);
void block_write_row(struct block_writer *w, const struct figure *row);

/* Reading. block_open checks the head; block_next gives ERR_NOT_FOUND behind
 * the last row and ERR_BAD_MESSAGE / ERR_TRUNCATED on wrong bytes. commit is
 * left 0. */
NODISCARD enum err block_open(struct span record, struct block *block);
NODISCARD enum err block_next(struct block *block, struct figure *row);

struct tick {
	struct day date; /* the date that has begun, Asia/Ho_Chi_Minh */
};
void tick_write(struct buf *out, struct tick tick);
NODISCARD enum err tick_read(struct span record, struct tick *tick);

/* A catalogue record: type, format, version (1, 2, ...), then what
 * catalogue_pack wrote. */
void catalogue_record_write(struct buf *out, uint64_t version,
                            struct span packed);
NODISCARD enum err catalogue_record_read(struct span record, uint64_t *version,
                                         struct span *packed);

struct completion {
	uint32_t definition;
	uint32_t unit;
	struct period period;
};
void completion_write(struct buf *out, const struct completion *c);
NODISCARD enum err completion_read(struct span record, struct completion *c);

struct programme_switch {
	uint32_t programme;
	bool enabled;
};
void programme_write(struct buf *out, const struct programme_switch *p);
NODISCARD enum err programme_read(struct span record,
                                  struct programme_switch *p);

/* Shown beside the verdict; changes nothing. text: 1..NOTE_TEXT_MAX bytes (asserted;
 * read: else ERR_BAD_MESSAGE), as many as one text of the wire holds. */
#define NOTE_TEXT_MAX RECORD_TEXT_MAX
struct note {
	uint32_t target;
	uint32_t unit;
	uint32_t document; /* NUMBER_NONE: none named */
	struct span text;  /* view */
};
void note_write(struct buf *out, const struct note *n);
NODISCARD enum err note_read(struct span record, struct note *n);

/* Times go on from here, whatever the commit before says (K3). */
struct clock_accept {
	int64_t
	    wall_ms; /* the clock that was accepted; 0 or later (asserted) */
};
void clock_accept_write(struct buf *out, struct clock_accept accept);
NODISCARD enum err clock_accept_read(struct span record,
                                     struct clock_accept *accept);

/*
 * FIGURES: rows of struct figure with commit (of the version in force). A
 * figure that is no more in force (withdrawn) has action == ACTION_DELETE, and
 * no value or parts whatever `has` says. Sorted by (period, unit, definition).
 */
#define FIGURE_ROW_BYTES_MAX 73
struct figures_reader {
	struct cursor rows;
	struct figure last;
	uint32_t left;
};
struct figures_writer {
	struct buf *out;
	struct figure last;
};
void figures_write_begin(struct figures_writer *w, struct buf *out,
                         uint32_t n_rows);
void figures_write_row(struct figures_writer *w, const struct figure *row);
NODISCARD enum err figures_open(struct span record, struct figures_reader *r);
NODISCARD enum err figures_next(struct figures_reader *r, struct figure *row);

/*
 * A rolled-up figure of one unit in one map: sums of the contributions of its
 * children (R1), in millionths (A1), whether or not the unit reported itself.
 */
#define ROLLUP_SUM_BITS      DECIMAL_QUOTIENT_BITS
#define ROLLUP_REPORTING_MAX (UINT64_C(1) << 60)
#define ROLLUP_ROW_BYTES_MAX 88
struct rollup {
	uint32_t map;
	uint32_t definition;
	uint32_t unit;
	struct period period;
	/* In millionths: of values (sum), of numerators and denominators
	 * (ratio), or of values times weights and weights (weighted mean). */
	i128 sum;
	i128 sum_weight;                /* 0 with place rule sum */
	uint32_t n_by_status[STATUS_F]; /* children's contributions: A, P, E */
	uint32_t n_derived; /* children that hold only a part of a unit (R6) */
	uint64_t
	    reporting; /* R4c: beneath the unit, millionths of unit-periods */
};
struct rollups_reader {
	struct cursor rows;
	struct rollup last;
	uint32_t left;
};
struct rollups_writer {
	struct buf *out;
	struct rollup last;
};
/* Sorted by (map, period, unit, definition). All counts zero: no contribution
 * is left, the roll-up is gone. |sum|, sum_weight <= 2^ROLLUP_SUM_BITS, reporting <=
 * ROLLUP_REPORTING_MAX. */
void rollups_write_begin(struct rollups_writer *w, struct buf *out,
                         uint32_t n_rows);
void rollups_write_row(struct rollups_writer *w, const struct rollup *row);
NODISCARD enum err rollups_open(struct span record, struct rollups_reader *r);
NODISCARD enum err rollups_next(struct rollups_reader *r, struct rollup *row);

struct receipt {
	struct batch_id id;
	uint32_t n_unchanged;
	uint32_t n_stale;
};
void receipt_write(struct buf *out, const struct receipt *r);
NODISCARD enum err receipt_read(struct span record, struct receipt *r);

/* Order-free: each is the sum modulo 2^64 of figure_hash / rollup_hash over the
 * table's rows (DESIGN 4.2: derived tables keep a count and a digest). */
struct digest {
	uint64_t n_figures;
	uint64_t figures;
	uint64_t n_rollups;
	uint64_t rollups;
};
void digest_write(struct buf *out, const struct digest *d);
NODISCARD enum err digest_read(struct span record, struct digest *d);
/* XXH3-64 over a fixed layout of every field (WIRE.md gives the layout); what
 * `has` says is absent counts as 0. */
uint64_t figure_hash(const struct figure *f);
uint64_t rollup_hash(const struct rollup *r);

#endif
