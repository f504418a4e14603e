/*
 * journal - a durable ordered log of commits.
 *
 * A commit is a header and records; it is the unit of knowledge (SEMANTICS K1):
 * numbers are dense from 1. It lives in the JOURNAL table of a store, so that it
 * becomes durable in the same transaction as the state made from it. Keys are
 * big-endian commit number and record index; index 0 is the header.
 *
 * The functions take the open table, not the store: the same code reads and
 * writes in a turn, in a query and in the simulator. A derived journal (of
 * aggregate, of alert) has exactly one commit for each commit of its input, with
 * the same number and time: so its head is also the position in the input, and
 * the two cannot come apart.
 */
#ifndef COMMON_BASE_JOURNAL_H
#define COMMON_BASE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/kv.h"

/* What of one commit may come, so that each can be folded (SEMANTICS K1b): ingest
 * journals none that gives more. They are held while it is folded. */
#define COMMIT_RECORDS_MAX        (8u << 20)
#define COMMIT_BYTES_MAX          (1024u << 20) /* of its records together */
#define COMMIT_FLAG_CLOCK_SUSPECT 1u            /* SEMANTICS K3 */
#define COMMIT_FLAG_BACKFILL      2u /* L3: all rows are of such submissions */
#define COMMIT_FLAG_BACKFILL_END  4u /* behind it none of them is open */

struct commit {
	uint64_t number; /* dense, from 1 */
	int64_t
	    time_ms; /* knowledge time, UTC ms since 1970; never decreasing */
	uint32_t flags; /* COMMIT_FLAG_... */
	uint32_t n_records;
	uint64_t prev;   /* link of the commit before; 0 for the first */
	uint64_t digest; /* XXH3-64 of each record, seeded by the one before */
	uint64_t link;   /* XXH3-64 over the fields above: the chain */
};

/* Records being gathered for one commit: bytes back to back, and their ends. */
struct record_list {
	struct buf bytes;
	uint32_t *ends; /* ends[i]: offset behind record i */
	size_t n;
	size_t n_cap;
	enum err err; /* first failure, sticky: ERR_TOO_LARGE, ERR_NOMEM */
};

void record_list_init(struct record_list *list);
void record_list_fini(struct record_list *list);
void record_list_reset(struct record_list *list); /* empties, keeps memory */
void record_list_add(struct record_list *list, struct span record);
/* For records made in place: write into list->bytes, then close it here. */
void record_list_close_record(struct record_list *list);
struct span record_list_at(const struct record_list *list, size_t i);

/* Who this journal is (DESIGN: log id and generation). Kept in the STATE table. */
struct journal_id {
	uint64_t log;        /* random, below 2^53, never 0 */
	uint64_t generation; /* 1, then +1 at every restore */
};

/* Reads the identity; absent and log != 0: writes {log, 1} and returns it.
 * Absent and log == 0: ERR_NOT_FOUND. Its key begins with a zero byte: those are
 * kept for common/base, services begin theirs with another. */
NODISCARD enum err journal_identity(struct kv *state, uint64_t log,
                                    struct journal_id *id);

/* The last commit, checked against the one before. An empty journal: ERR_OK and
 * head->number == 0. Cost: about 2 log2 of the commits kept, in gets. */
NODISCARD enum err journal_head(struct kv *journal, struct commit *head);
/* The first commit still kept; 0 if none. */
NODISCARD enum err journal_floor(struct kv *journal, uint64_t *number);

/*
 * journal_append - one commit behind head.
 *
 * head     in: the last commit (as journal_head gave it); out: the new one
 * time_ms  not below 0 nor head->time_ms: ERR_BAD_VALUE
 * returns  ERR_OK, records->err, or what the table's put failed with (also sticky
 *          there); head is unchanged then
 */
NODISCARD enum err journal_append(struct kv *journal, struct commit *head,
                                  int64_t time_ms, uint32_t flags,
                                  const struct record_list *records);

/* Header of one commit; ERR_NOT_FOUND outside [floor, head]. */
NODISCARD enum err journal_commit(struct kv *journal, uint64_t number,
                                  struct commit *commit);
/* Record i (0-based); a view until the table is written or closed. */
NODISCARD enum err journal_record(struct kv *journal, uint64_t number,
                                  uint32_t i, struct span *record);

/*
 * A commit as it travels (FETCH) and as a backup keeps it: number, time, flags
 * and count as uvarints, the three sums as big-endian, then each record with its
 * length. Decoding verifies digest and
 * link, and the caller compares prev with its own head.
 */
NODISCARD enum err commit_pack(struct kv *journal, uint64_t number,
                               struct buf *out);
/* The header alone, to know n_records; ERR_CORRUPT. */
NODISCARD enum err commit_peek(struct span bytes, struct commit *commit);
/* records: room for commit_peek's n_records; filled with views into bytes.
 * ERR_CORRUPT: cut short, bytes left over, or sums differ. */
NODISCARD enum err commit_view(struct span bytes, struct commit *commit,
                               struct span *records);
/* records: emptied, then filled with copies. ERR_CORRUPT: cut short, bytes left
 * over, or sums differ; ERR_TOO_LARGE, ERR_NOMEM from records. */
NODISCARD enum err commit_unpack(struct span bytes, struct commit *commit,
                                 struct record_list *records);

#endif
