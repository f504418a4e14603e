#include "common/base/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/base/lockdir.h"
#include "common/base/store_check.h"
#include "common/base/store_env.h"

static const char new_name[] = "new.mdb";

struct table {
	struct kv kv; /* first: the ops cast back */
	struct store *store;
	MDB_dbi dbi;
	unsigned put_flags;
	MDB_cursor *cursor; /* for next; opened when first asked */
};

enum open_txn { TXN_NONE, TXN_WRITE, TXN_READ };

struct store {
	MDB_env *env;
	MDB_txn *txn; /* the open one, of the kind below */
	enum open_txn open;
	struct lockdir lock;
	struct table tables[STORE_TABLES];
};

static struct table *
table_of(struct kv *kv)
{
	return (struct table *)kv;
}

static enum err
table_error(const struct table *t, int code)
{
	return store_error(t->store->lock.dir_fd, code);
}

static enum err
table_get(struct kv *kv, struct span key, struct span *value)
{
	struct table *t = table_of(kv);
	MDB_val k = store_val(key);
	MDB_val stored;
	int code = mdb_get(t->store->txn, t->dbi, &k, &stored);

	if (code != MDB_SUCCESS)
		return table_error(t, code);
	return store_sum_check(key, store_span(stored), value);
}

static enum err
table_put(struct kv *kv, struct span key, struct span value)
{
	struct table *t = table_of(kv);
	MDB_val k = store_val(key);
	MDB_val room = {.mv_size = value.len + STORE_SUM_BYTES};
	int code = mdb_put(t->store->txn, t->dbi, &k, &room,
	                   MDB_RESERVE | t->put_flags);

	if (code != MDB_SUCCESS)
		return table_error(t, code);
	store_sum_put(room.mv_data, key, value);
	if (value.len > 0)
		memcpy((uint8_t *)room.mv_data + STORE_SUM_BYTES, value.ptr,
		       value.len);
	return ERR_OK;
}

static enum err
table_del(struct kv *kv, struct span key)
{
	struct table *t = table_of(kv);
	MDB_val k = store_val(key);
	int code = mdb_del(t->store->txn, t->dbi, &k, NULL);

	return code == MDB_NOTFOUND ? ERR_OK : table_error(t, code);
}

static enum err
table_next(struct kv *kv, struct span from, struct span *key,
           struct span *value)
{
	struct table *t = table_of(kv);
	MDB_val k = store_val(from);
	MDB_val stored;
	struct span payload;
	enum err err;
	int code = MDB_SUCCESS;

	if (!t->cursor)
		code = mdb_cursor_open(t->store->txn, t->dbi, &t->cursor);
	if (code == MDB_SUCCESS)
		code = mdb_cursor_get(t->cursor, &k, &stored,
		                      from.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	if (code != MDB_SUCCESS)
		return table_error(t, code);
	err = store_sum_check(store_span(k), store_span(stored), &payload);
	if (err != ERR_OK)
		return err;
	*key = store_span(k);
	*value = payload;
	return ERR_OK;
}

static enum err
table_count(struct kv *kv, uint64_t *n)
{
	struct table *t = table_of(kv);
	MDB_stat stat;
	int code = mdb_stat(t->store->txn, t->dbi, &stat);

	if (code != MDB_SUCCESS)
		return table_error(t, code);
	*n = stat.ms_entries;
	return ERR_OK;
}

static const struct kv_ops table_ops = {
    .get = table_get,
    .put = table_put,
    .del = table_del,
    .next = table_next,
    .count = table_count,
};

static void
tables_init(struct store *s, const MDB_dbi dbis[static STORE_DBIS])
{
	for (int i = 0; i < STORE_TABLES; i++) {
		s->tables[i].kv.ops = &table_ops;
		s->tables[i].store = s;
		s->tables[i].dbi = dbis[i];
	}
	s->tables[STORE_JOURNAL].put_flags = MDB_APPEND;
}

static enum err
tables_err(const struct store *s)
{
	for (int i = 0; i < STORE_TABLES; i++) {
		if (s->tables[i].kv.err != ERR_OK)
			return s->tables[i].kv.err;
	}
	return ERR_OK;
}

static void
tables_end(struct store *s)
{
	for (int i = 0; i < STORE_TABLES; i++) {
		if (s->tables[i].cursor)
			mdb_cursor_close(s->tables[i].cursor);
		s->tables[i].cursor = NULL;
		s->tables[i].kv.err = ERR_OK;
	}
}

/* Made beside and renamed: a crash half-way leaves no half file behind. */
static enum err
file_make(int dir_fd, const struct store_conf *conf, struct store_refusal *why)
{
	unsigned flags = MDB_NOSUBDIR | MDB_NOLOCK;
	char path[PATH_MAX];
	MDB_env *env = NULL;
	int code;

	if (snprintf(path, sizeof(path), "%s/%s", conf->dir, new_name) >=
	    (int)sizeof(path))
		return store_refuse(why, ERR_IO, "%s: name too long",
		                    conf->dir);
	if (unlinkat(dir_fd, new_name, 0) != 0 && errno != ENOENT)
		return store_refuse_code(why, conf, errno);
	code = store_env_open(&env, path, conf,
	                      flags | (conf->sync ? 0 : MDB_NOSYNC));
	if (code == MDB_SUCCESS)
		code = store_env_fill(env, conf);
	if (env)
		mdb_env_close(env);
	if (code == MDB_SUCCESS &&
	    renameat(dir_fd, new_name, dir_fd, "data.mdb") != 0)
		code = errno;
	if (code == MDB_SUCCESS && conf->sync && fsync(dir_fd) != 0)
		code = errno;
	return code == MDB_SUCCESS ? ERR_OK
	                           : store_refuse_code(why, conf, code);
}

/* Makes the file if there is none; refuses what surely isn't ours. */
static enum err
file_prepare(int dir_fd, const struct store_conf *conf,
             struct store_refusal *why)
{
	const char *fault;
	int fd = openat(dir_fd, "data.mdb", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? file_make(dir_fd, conf, why)
		                       : store_refuse_code(why, conf, errno);
	fault = store_check_head(fd, conf->map_bytes);
	close(fd);
	if (!fault)
		return ERR_OK;
	return store_refuse(why, ERR_CORRUPT, "%s/data.mdb: %s", conf->dir,
	                    fault);
}

/* Handles opened in a read transaction last when it is committed. */
static enum err
env_use(struct store *s, const struct store_conf *conf,
        struct store_refusal *why)
{
	MDB_dbi dbis[STORE_DBIS];
	MDB_txn *txn;
	int dead;
	int code;
	enum err err = store_env_attach(s->env, conf, dbis, &txn, why);

	if (err != ERR_OK)
		return err;
	code = mdb_txn_commit(txn);
	if (code == MDB_SUCCESS)
		code = mdb_reader_check(s->env, &dead);
	if (code != MDB_SUCCESS)
		return store_refuse_code(why, conf, code);
	tables_init(s, dbis);
	return ERR_OK;
}

static enum err
store_start(struct store *s, const struct store_conf *conf,
            struct store_refusal *why)
{
	int code;
	enum err err = file_prepare(s->lock.dir_fd, conf, why);

	if (err == ERR_OK && conf->check)
		err = store_check_walk(conf, why);
	if (err != ERR_OK)
		return err;
	code = store_env_open(&s->env, conf->dir, conf,
	                      conf->sync ? 0 : MDB_NOSYNC);
	if (code != MDB_SUCCESS)
		return store_refuse_code(why, conf, code);
	return env_use(s, conf, why);
}

static enum err
store_lock(struct store *s, const struct store_conf *conf,
           struct store_refusal *why)
{
	pid_t holder = 0;
	enum err err = lockdir_open(&s->lock, conf->dir, conf->sync, &holder);

	if (err == ERR_IN_USE)
		return store_refuse(why, err, "%s is in use by process %ld",
		                    conf->dir, (long)holder);
	if (err != ERR_OK)
		return store_refuse(why, err, "%s: %s", conf->dir,
		                    mdb_strerror(errno));
	return ERR_OK;
}

enum err
store_open(struct store **store_p, const struct store_conf *conf,
           struct store_refusal *why)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err err;

	if (!s)
		return store_refuse(why, ERR_NOMEM, "%s: out of memory",
		                    conf->dir);
	s->lock = (struct lockdir){.dir_fd = -1, .lock_fd = -1};
	err = store_lock(s, conf, why);
	if (err == ERR_OK)
		err = store_start(s, conf, why);
	if (err == ERR_OK)
		*store_p = s;
	else
		store_close(&s);
	return err;
}

static void
txn_abort(struct store *s)
{
	tables_end(s);
	mdb_txn_abort(s->txn);
	s->txn = NULL;
	s->open = TXN_NONE;
}

void
store_close(struct store **store_p)
{
	struct store *s = *store_p;

	if (!s)
		return;
	*store_p = NULL;
	if (s->open != TXN_NONE)
		txn_abort(s);
	if (s->env)
		mdb_env_close(s->env);
	lockdir_close(&s->lock);
	free(s);
}

static enum err
txn_begin(struct store *s, unsigned flags, enum open_txn kind)
{
	int code;

	assert(s->open == TXN_NONE);
	code = mdb_txn_begin(s->env, NULL, flags, &s->txn);
	if (code != MDB_SUCCESS) {
		s->txn = NULL;
		return store_error(s->lock.dir_fd, code);
	}
	s->open = kind;
	return ERR_OK;
}

enum err
store_begin(struct store *store)
{
	return txn_begin(store, 0, TXN_WRITE);
}

/* A failed put may have left half a change: that must never become durable. */
enum err
store_commit(struct store *store)
{
	enum err err = tables_err(store);
	int code;

	assert(store->open == TXN_WRITE);
	if (err != ERR_OK) {
		txn_abort(store);
		return err;
	}
	tables_end(store);
	code = mdb_txn_commit(store->txn);
	store->txn = NULL;
	store->open = TXN_NONE;
	return store_error(store->lock.dir_fd, code);
}

void
store_abort(struct store *store)
{
	if (store->open == TXN_WRITE)
		txn_abort(store);
}

enum err
store_read(struct store *store)
{
	return txn_begin(store, MDB_RDONLY, TXN_READ);
}

void
store_read_end(struct store *store)
{
	if (store->open == TXN_READ)
		txn_abort(store);
}

struct kv *
store_kv(struct store *store, enum store_table table)
{
	assert(store->open != TXN_NONE);
	return &store->tables[table].kv;
}

enum err
store_usage(struct store *store, struct store_usage *usage)
{
	struct store_usage got;
	MDB_envinfo info;
	MDB_stat stat;
	int code = mdb_env_info(store->env, &info);

	if (code == MDB_SUCCESS)
		code = mdb_env_stat(store->env, &stat);
	if (code != MDB_SUCCESS)
		return store_error(store->lock.dir_fd, code);
	got.file_bytes = (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
	got.map_bytes = info.me_mapsize;
	if (store_disk_free(store->lock.dir_fd, &got.disk_free_bytes) != ERR_OK)
		return ERR_IO;
	*usage = got;
	return ERR_OK;
}
