#include "common/base/store_env.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	FORMAT_BYTES = 4,
	KIND_MAX = 64,            /* bytes of store_conf.kind */
	FULL_BELOW_BYTES = 65536, /* see store_error */
};

const char *const store_dbi_names[STORE_DBIS] = {
    [STORE_STATE] = "state",
    [STORE_JOURNAL] = "journal",
    [STORE_META] = "meta",
};

static const char meta_key[] = "store";

static uint64_t
value_sum(struct span key, struct span value)
{
	return hash_bytes(value, hash_bytes(key, 0));
}

void
store_sum_put(uint8_t *out, struct span key, struct span value)
{
	uint64_t sum = value_sum(key, value);

	for (unsigned i = 0; i < STORE_SUM_BYTES; i++)
		out[i] = (uint8_t)(sum >> (8 * i));
}

enum err
store_sum_check(struct span key, struct span stored, struct span *value)
{
	struct span payload;
	uint64_t sum = 0;

	if (stored.len < STORE_SUM_BYTES)
		return ERR_CORRUPT;
	for (unsigned i = 0; i < STORE_SUM_BYTES; i++)
		sum |= (uint64_t)stored.ptr[i] << (8 * i);
	payload =
	    span_of(stored.ptr + STORE_SUM_BYTES, stored.len - STORE_SUM_BYTES);
	if (sum != value_sum(key, payload))
		return ERR_CORRUPT;
	*value = payload;
	return ERR_OK;
}

enum err
store_disk_free(int dir_fd, uint64_t *bytes)
{
	struct statvfs fs;

	if (fstatvfs(dir_fd, &fs) != 0)
		return ERR_IO;
	*bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	return ERR_OK;
}

MDB_val
store_val(struct span bytes)
{
	/* LMDB only reads it, but its type has no const. */
	union {
		const void *in;
		void *out;
	} ptr = {.in = bytes.ptr};

	return (MDB_val){.mv_size = bytes.len, .mv_data = ptr.out};
}

struct span
store_span(MDB_val val)
{
	return span_of(val.mv_data, val.mv_size);
}

static const struct {
	int code;
	enum err err;
} error_map[] = {
    {MDB_SUCCESS, ERR_OK},
    {MDB_NOTFOUND, ERR_NOT_FOUND},
    {MDB_KEYEXIST, ERR_BAD_VALUE},
    {MDB_PAGE_NOTFOUND, ERR_CORRUPT},
    {MDB_CORRUPTED, ERR_CORRUPT},
    {MDB_CURSOR_FULL, ERR_CORRUPT},
    {MDB_PAGE_FULL, ERR_CORRUPT},
    {MDB_VERSION_MISMATCH, ERR_CORRUPT},
    {MDB_INVALID, ERR_CORRUPT},
    {MDB_INCOMPATIBLE, ERR_CORRUPT},
    {MDB_MAP_FULL, ERR_STORAGE_FULL},
    {MDB_TXN_FULL, ERR_TOO_LARGE},
    {MDB_BAD_VALSIZE, ERR_TOO_LARGE},
    {ENOMEM, ERR_NOMEM},
    {ENOSPC, ERR_STORAGE_FULL},
    {EDQUOT, ERR_STORAGE_FULL},
    {EFBIG, ERR_STORAGE_FULL},
};

enum err
store_error(int dir_fd, int code)
{
	uint64_t left;

	/* LMDB calls a write that came out short EIO: a full disk, mostly. */
	if (code == EIO && store_disk_free(dir_fd, &left) == ERR_OK &&
	    left < FULL_BELOW_BYTES)
		return ERR_STORAGE_FULL;
	for (size_t i = 0; i < sizeof(error_map) / sizeof(*error_map); i++) {
		if (error_map[i].code == code)
			return error_map[i].err;
	}
	return ERR_IO;
}

enum err
store_refuse(struct store_refusal *why, enum err code, const char *format, ...)
{
	va_list args;

	why->code = code;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return code;
}

enum err
store_refuse_code(struct store_refusal *why, const struct store_conf *conf,
                  int code)
{
	int dir_fd = open(conf->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = store_error(dir_fd, code);

	if (dir_fd >= 0)
		close(dir_fd);
	return store_refuse(why, err, "%s/data.mdb: %s", conf->dir,
	                    mdb_strerror(code));
}

int
store_env_open(MDB_env **env_p, const char *path, const struct store_conf *conf,
               unsigned flags)
{
	MDB_env *env;
	int code = mdb_env_create(&env);

	if (code != MDB_SUCCESS)
		return code;
	code = mdb_env_set_maxdbs(env, STORE_DBIS);
	if (code == MDB_SUCCESS)
		code = mdb_env_set_mapsize(env, conf->map_bytes);
	if (code == MDB_SUCCESS)
		code = mdb_env_open(env, path, flags | MDB_NOTLS, 0600);
	if (code != MDB_SUCCESS) {
		mdb_env_close(env);
		return code;
	}
	*env_p = env;
	return MDB_SUCCESS;
}

static int
dbis_open(MDB_txn *txn, unsigned flags, MDB_dbi dbis[static STORE_DBIS])
{
	int code = MDB_SUCCESS;

	for (int i = 0; i < STORE_DBIS && code == MDB_SUCCESS; i++)
		code = mdb_dbi_open(txn, store_dbi_names[i], flags, &dbis[i]);
	return code;
}

/* The one entry of the meta table: format as big-endian, then the kind. */
static int
meta_put(MDB_txn *txn, MDB_dbi dbi, const struct store_conf *conf)
{
	uint8_t bytes[STORE_SUM_BYTES + FORMAT_BYTES + KIND_MAX];
	size_t kind_len = strlen(conf->kind);
	struct span key = span_str(meta_key);
	struct span value =
	    span_of(bytes + STORE_SUM_BYTES, FORMAT_BYTES + kind_len);
	MDB_val k = store_val(key);
	MDB_val stored = {.mv_size = STORE_SUM_BYTES + value.len,
	                  .mv_data = bytes};

	assert(kind_len > 0 && kind_len <= KIND_MAX);
	for (unsigned i = 0; i < FORMAT_BYTES; i++)
		bytes[STORE_SUM_BYTES + i] =
		    (uint8_t)(conf->format >> (24 - 8 * i));
	memcpy(bytes + STORE_SUM_BYTES + FORMAT_BYTES, conf->kind, kind_len);
	store_sum_put(bytes, key, value);
	return mdb_put(txn, dbi, &k, &stored, 0);
}

static enum err
meta_check(MDB_txn *txn, MDB_dbi dbi, const struct store_conf *conf,
           struct store_refusal *why)
{
	struct span key = span_str(meta_key);
	struct span value;
	MDB_val k = store_val(key);
	MDB_val stored;
	struct cursor c;
	uint32_t format;
	int code = mdb_get(txn, dbi, &k, &stored);

	if (code != MDB_SUCCESS)
		return store_refuse_code(
		    why, conf, code == MDB_NOTFOUND ? MDB_INVALID : code);
	if (store_sum_check(key, store_span(stored), &value) != ERR_OK)
		return store_refuse(
		    why, ERR_CORRUPT,
		    "%s/data.mdb: the record of its kind is damaged",
		    conf->dir);
	c = cursor_of(value);
	format = cursor_be32(&c);
	value = cursor_bytes(&c, cursor_left(&c));
	if (!span_equal(value, span_str(conf->kind)))
		return store_refuse(why, ERR_CORRUPT,
		                    "%s/data.mdb belongs to %.*s, not to %s",
		                    conf->dir, (int)value.len,
		                    (const char *)value.ptr, conf->kind);
	if (format > conf->format)
		return store_refuse(why, ERR_VERSION,
		                    "%s/data.mdb has format %" PRIu32
		                    "; this program knows %" PRIu32
		                    " and older",
		                    conf->dir, format, conf->format);
	return ERR_OK;
}

enum err
store_env_attach(MDB_env *env, const struct store_conf *conf,
                 MDB_dbi dbis[static STORE_DBIS], MDB_txn **txn_p,
                 struct store_refusal *why)
{
	MDB_txn *txn;
	enum err err;
	int code = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (code != MDB_SUCCESS)
		return store_refuse_code(why, conf, code);
	code = dbis_open(txn, 0, dbis);
	if (code != MDB_SUCCESS)
		err = store_refuse_code(
		    why, conf, code == MDB_NOTFOUND ? MDB_INVALID : code);
	else
		err = meta_check(txn, dbis[STORE_META], conf, why);
	if (err == ERR_OK)
		*txn_p = txn;
	else
		mdb_txn_abort(txn);
	return err;
}

int
store_env_fill(MDB_env *env, const struct store_conf *conf)
{
	MDB_dbi dbis[STORE_DBIS];
	MDB_txn *txn;
	int code = mdb_txn_begin(env, NULL, 0, &txn);

	if (code != MDB_SUCCESS)
		return code;
	code = dbis_open(txn, MDB_CREATE, dbis);
	if (code == MDB_SUCCESS)
		code = meta_put(txn, dbis[STORE_META], conf);
	if (code == MDB_SUCCESS)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return code;
}
