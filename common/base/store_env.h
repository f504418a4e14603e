/*
 * store_env - the inside of store: LMDB's environment and our words around it.
 *
 * The sum in front of every value, errors, and what a file says it is. Only
 * store.c and store_check.c use it. Where the type is int, the code is LMDB's.
 */
#ifndef COMMON_BASE_STORE_ENV_H
#define COMMON_BASE_STORE_ENV_H

#include <lmdb.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/store.h"

enum {
	STORE_META = STORE_TABLES, /* one entry: kind and format */
	STORE_DBIS,
	STORE_SUM_BYTES = 8, /* XXH3-64, little-endian, before every value */
};

extern const char *const store_dbi_names[STORE_DBIS];

MDB_val store_val(struct span bytes);
struct span store_span(MDB_val val);

/* The key is in the sum: a value under another key is noticed. */
void store_sum_put(uint8_t *out, struct span key, struct span value);
/* What is stored, less its sum; ERR_CORRUPT if the sum is another. */
NODISCARD enum err store_sum_check(struct span key, struct span stored,
                                   struct span *value);

/* Our word for an LMDB code. dir_fd: tells a full disk from a broken one. */
enum err store_error(int dir_fd, int code);
/* Bytes free to us on the file system of dir_fd; ERR_IO. */
NODISCARD enum err store_disk_free(int dir_fd, uint64_t *bytes);

/* Fills why; returns code. */
enum err store_refuse(struct store_refusal *why, enum err code,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum err store_refuse_code(struct store_refusal *why,
                           const struct store_conf *conf, int code);

/* Opens with the map and tables of conf; nothing to close after a failure. */
NODISCARD int store_env_open(MDB_env **env_p, const char *path,
                             const struct store_conf *conf, unsigned flags);
/* Makes the tables and writes kind and format, in one transaction. */
NODISCARD int store_env_fill(MDB_env *env, const struct store_conf *conf);
/*
 * A read transaction in which tables are open and kind and format are right;
 * handles last when it is committed. ERR_CORRUPT, ERR_VERSION, ERR_IO.
 */
NODISCARD enum err store_env_attach(MDB_env *env, const struct store_conf *conf,
                                    MDB_dbi dbis[static STORE_DBIS],
                                    MDB_txn **txn_p, struct store_refusal *why);

#endif
