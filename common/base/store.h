/*
 * store - one LMDB environment, owned by one process: the only file that knows
 * LMDB.
 *
 * Two tables: STATE (put, get, delete in any order) and JOURNAL (keys only grow).
 * Default sync: when store_commit returns ERR_OK the data are on disk. Every value
 * carries XXH3-64 over its key and itself; a value that does not match is
 * ERR_CORRUPT and is never handed out. At open a child process walks the whole
 * file first (a damaged map can kill the reader; then only the child dies).
 *
 * It knows nothing of observations. Who calls it: turn.c, the serving side
 * between turns, the simulator. Not for two processes: the second is refused
 * (ERR_IN_USE, flock on <dir>/lock).
 */
#ifndef COMMON_BASE_STORE_H
#define COMMON_BASE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/kv.h"

enum store_table { STORE_STATE, STORE_JOURNAL, STORE_TABLES };

struct store_conf {
	const char *dir;    /* made with mode 0700 if missing, fsynced */
	const char *kind;   /* "ingest", ...; another kind's file is refused */
	uint32_t format;    /* format version this program writes */
	uint64_t map_bytes; /* address space, not disk; ceiling of the file */
	bool check;         /* walk the file in a child before trusting it */
	bool sync;          /* false only where just process death is tested */
};

/* Why an open was refused, in words for the operator. */
struct store_refusal {
	enum err code;
	char text[256]; /* names file, rule and value */
};

struct store_usage {
	uint64_t file_bytes; /* pages used so far, as bytes */
	uint64_t map_bytes;
	uint64_t disk_free_bytes; /* of the file system under dir */
};

struct store;

/*
 * store_open - open or make the environment in conf->dir.
 *
 * returns  ERR_OK
 *          ERR_IN_USE   another process holds it; text names its pid
 *          ERR_VERSION  a newer format; the file is untouched
 *          ERR_CORRUPT  truncated, a page or value damaged, or another kind
 *          ERR_IO, ERR_STORAGE_FULL, ERR_NOMEM
 * cost     with check: one walk over all pages (about 1 s a GB in cache)
 */
NODISCARD enum err store_open(struct store **store_p,
                              const struct store_conf *conf,
                              struct store_refusal *why);
void store_close(struct store **store_p);

/* One write transaction at a time. */
NODISCARD enum err store_begin(struct store *store);
/* On any error the transaction is gone and nothing of it is kept - except that
 * after ERR_IO the outcome on disk is unknown and the process must stop. */
NODISCARD enum err store_commit(struct store *store);
void store_abort(struct store *store); /* nothing open: no effect */

/* One short read transaction, for queries between turns; never held across a
 * wait. Not while a write transaction is open. */
NODISCARD enum err store_read(struct store *store);
void store_read_end(struct store *store);

/* The table of the open transaction; valid until it ends. A put into
 * STORE_JOURNAL must have a key greater than all there (ERR_BAD_VALUE). */
struct kv *store_kv(struct store *store, enum store_table table);

NODISCARD enum err store_usage(struct store *store, struct store_usage *usage);

#endif
