#include "common/base/store_check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/store_env.h"

#define FILE_MAGIC 0xbeefc0deu /* MDB_MAGIC */

enum {
	FILE_VERSION = 1, /* MDB_DATA_VERSION of LMDB 0.9 */
	META_PAGES = 2,
	DBI_FREE = 0, /* LMDB's own table: pages to use again */
};
_Static_assert((int)ERR_COUNT <= 255, "the child answers by its exit status");

/* The beginning of a page that holds what LMDB calls a meta page, 64 bit. */
struct meta_page {
	uint64_t page[2];
	uint32_t magic;
	uint32_t version;
	uint64_t address;
	uint64_t map_bytes;
	uint32_t
	    page_bytes; /* of the free table's record: LMDB keeps it there */
	uint32_t free_table[11];
	uint32_t main_table[12];
	uint64_t last_page;
	uint64_t txn;
};
_Static_assert(sizeof(struct meta_page) == 152, "as LMDB 0.9 writes it");

/*
 * LMDB believes its two first pages. They are written in turns, so their
 * transaction numbers differ by one, even first; anything else would bring back
 * an older state, or let live pages be overwritten.
 */
const char *
store_check_head(int fd, uint64_t map_bytes)
{
	struct meta_page m[2];
	struct stat st;
	const struct meta_page *newer;

	if (fstat(fd, &st) != 0 ||
	    pread(fd, &m[0], sizeof(m[0]), 0) != sizeof(m[0]))
		return "shorter than its first page";
	if (m[0].magic != FILE_MAGIC || m[0].version != FILE_VERSION)
		return "not written by this program";
	if (pread(fd, &m[1], sizeof(m[1]), m[0].page_bytes) != sizeof(m[1]) ||
	    st.st_size < 2 * (off_t)m[0].page_bytes)
		return "shorter than its first two pages";
	if (m[1].magic != FILE_MAGIC || m[1].version != FILE_VERSION ||
	    m[1].page_bytes != m[0].page_bytes)
		return "its first two pages disagree";
	newer = m[0].txn > m[1].txn ? &m[0] : &m[1];
	if ((m[0].txn & 1) != 0 || m[0].txn + m[1].txn != 2 * newer->txn - 1)
		return "its first two pages are not neighbours in time";
	if (newer->last_page >=
	    ((uint64_t)st.st_size + map_bytes) / newer->page_bytes)
		return "shorter than the pages it claims";
	return NULL;
}

struct walk {
	const struct store_conf *conf;
	struct store_refusal *why;
	const char *table;
	MDB_cursor *at;    /* goes through all entries */
	MDB_cursor *probe; /* finds some of them from the root */
	uintptr_t page_mask;
	uint64_t n;
	uint8_t last[KV_KEY_MAX];
	size_t last_len;
	uintptr_t last_page;
};

static enum err
walk_refuse(const struct walk *w, const char *what)
{
	return store_refuse(w->why, ERR_CORRUPT,
	                    "%s/data.mdb: table %s, entry %" PRIu64 ": %s",
	                    w->conf->dir, w->table, w->n, what);
}

static bool
walk_finds(const struct walk *w, struct span key)
{
	MDB_val k = store_val(key);
	MDB_val stored;

	return mdb_cursor_get(w->probe, &k, &stored, MDB_SET) == MDB_SUCCESS;
}

/*
 * A walk follows the leaves only. That the pages above lead to them is proved by
 * looking up the last key of one leaf and the first of the next.
 */
static enum err
walk_entry(struct walk *w, struct span key, struct span stored)
{
	struct span last = span_of(w->last, w->last_len);
	struct span value;
	uintptr_t page;

	if (key.len == 0 || key.len > KV_KEY_MAX)
		return walk_refuse(w, "its key has no sound length");
	if (store_sum_check(key, stored, &value) != ERR_OK)
		return walk_refuse(w, "its checksum is wrong");
	if (w->n > 1 && span_compare(last, key) >= 0)
		return walk_refuse(w, "it is out of order");
	page = (uintptr_t)key.ptr & w->page_mask;
	if (page != w->last_page &&
	    !(walk_finds(w, key) && (w->n == 1 || walk_finds(w, last))))
		return walk_refuse(w, "it is not found from the root");
	w->last_page = page;
	memcpy(w->last, key.ptr, key.len);
	w->last_len = key.len;
	return ERR_OK;
}

static enum err
walk_entries(struct walk *w, uint64_t n_expected)
{
	MDB_val key;
	MDB_val stored;
	enum err err;
	int code;

	while ((code = mdb_cursor_get(w->at, &key, &stored, MDB_NEXT)) ==
	       MDB_SUCCESS) {
		if (++w->n > n_expected)
			return walk_refuse(w, "more entries than counted");
		err = walk_entry(w, store_span(key), store_span(stored));
		if (err != ERR_OK)
			return err;
	}
	if (code != MDB_NOTFOUND)
		return store_refuse_code(w->why, w->conf, code);
	if (w->n != n_expected)
		return walk_refuse(w, "fewer entries than counted");
	return ERR_OK;
}

static enum err
walk_table(MDB_txn *txn, MDB_dbi dbi, struct walk *w)
{
	MDB_stat stat;
	enum err err;
	int code = mdb_stat(txn, dbi, &stat);

	if (code == MDB_SUCCESS)
		code = mdb_cursor_open(txn, dbi, &w->at);
	if (code == MDB_SUCCESS)
		code = mdb_cursor_open(txn, dbi, &w->probe);
	if (code != MDB_SUCCESS)
		return store_refuse_code(w->why, w->conf, code);
	w->page_mask = ~((uintptr_t)stat.ms_psize - 1);
	err = walk_entries(w, stat.ms_entries);
	mdb_cursor_close(w->probe);
	mdb_cursor_close(w->at);
	return err;
}

/* One list of free pages: a count, then page numbers, falling. */
static bool
free_list_sound(struct span list, uint64_t end_page, uint64_t *n_free)
{
	uint64_t n = 0;
	uint64_t page = 0;
	uint64_t below = end_page;

	if (list.len < sizeof(n))
		return false;
	memcpy(&n, list.ptr, sizeof(n));
	if (n > list.len / sizeof(n) - 1)
		return false;
	for (uint64_t i = 1; i <= n; i++) {
		memcpy(&page, list.ptr + i * sizeof(page), sizeof(page));
		if (page < META_PAGES || page >= below)
			return false;
		below = page;
	}
	*n_free += n;
	return true;
}

/* LMDB's lists of free pages have no sums: they must at least be possible. */
static enum err
walk_free(MDB_txn *txn, uint64_t end_page, struct walk *w, uint64_t *n_free)
{
	MDB_val key;
	MDB_val list;
	int code = mdb_cursor_open(txn, DBI_FREE, &w->at);

	if (code != MDB_SUCCESS)
		return store_refuse_code(w->why, w->conf, code);
	while ((code = mdb_cursor_get(w->at, &key, &list, MDB_NEXT)) ==
	       MDB_SUCCESS) {
		w->n++;
		if (!free_list_sound(store_span(list), end_page, n_free) ||
		    *n_free > end_page)
			return walk_refuse(w, "impossible page numbers");
	}
	mdb_cursor_close(w->at);
	return code == MDB_NOTFOUND ? ERR_OK
	                            : store_refuse_code(w->why, w->conf, code);
}

static int
pages_add(MDB_txn *txn, MDB_dbi dbi, uint64_t *pages)
{
	MDB_stat stat;
	int code = mdb_stat(txn, dbi, &stat);

	if (code == MDB_SUCCESS)
		*pages += stat.ms_branch_pages + stat.ms_leaf_pages +
		          stat.ms_overflow_pages;
	return code;
}

static int
pages_count(MDB_txn *txn, const MDB_dbi dbis[static STORE_DBIS],
            uint64_t *pages)
{
	MDB_dbi main_dbi;
	int code = mdb_dbi_open(txn, NULL, 0, &main_dbi);

	*pages = META_PAGES;
	if (code == MDB_SUCCESS)
		code = pages_add(txn, DBI_FREE, pages);
	if (code == MDB_SUCCESS)
		code = pages_add(txn, main_dbi, pages);
	for (int i = 0; i < STORE_DBIS && code == MDB_SUCCESS; i++)
		code = pages_add(txn, dbis[i], pages);
	return code;
}

/* All pages, in use and free, find room in what the file says it has. */
static enum err
walk_pages(MDB_txn *txn, const MDB_dbi dbis[static STORE_DBIS],
           const struct store_conf *conf, struct store_refusal *why)
{
	struct walk w = {.conf = conf, .why = why, .table = "of free pages"};
	uint64_t pages;
	MDB_envinfo info;
	enum err err;
	int code = mdb_env_info(mdb_txn_env(txn), &info);

	if (code == MDB_SUCCESS)
		code = pages_count(txn, dbis, &pages);
	if (code != MDB_SUCCESS)
		return store_refuse_code(why, conf, code);
	err = walk_free(txn, info.me_last_pgno + 1, &w, &pages);
	if (err == ERR_OK && pages > info.me_last_pgno + 1)
		err = walk_refuse(&w, "more pages than the file has");
	return err;
}

/* What it leaves open after a failure ends with the child. */
static enum err
walk_file(const struct store_conf *conf, struct store_refusal *why)
{
	MDB_dbi dbis[STORE_DBIS];
	MDB_env *env;
	MDB_txn *txn;
	enum err err;
	int code =
	    store_env_open(&env, conf->dir, conf, MDB_RDONLY | MDB_NOLOCK);

	if (code != MDB_SUCCESS)
		return store_refuse_code(why, conf, code);
	err = store_env_attach(env, conf, dbis, &txn, why);
	for (int i = 0; i < STORE_DBIS && err == ERR_OK; i++) {
		struct walk w = {.conf = conf, .why = why};

		w.table = store_dbi_names[i];
		err = walk_table(txn, dbis[i], &w);
	}
	return err == ERR_OK ? walk_pages(txn, dbis, conf, why) : err;
}

/* The child dies where its parent would handle, and does not outlive it. */
static void
child_calm(void)
{
	const struct rlimit no_core = {0, 0};
	sigset_t none;

	for (int i = 1; i < SIGRTMIN; i++)
		signal(i, SIG_DFL);
	/* Ctrl-C reaches the whole group: it is the parent's to obey. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	sigprocmask(SIG_SETMASK, &none, NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

__attribute__((noreturn)) static void
child_run(const struct store_conf *conf, int out_fd)
{
	struct store_refusal why = {.code = ERR_OK};
	size_t len;
	enum err err;

	child_calm();
	err = walk_file(conf, &why);
	len = strlen(why.text);
	/* Without its text the exit status still tells. */
	if (len > 0 && write(out_fd, why.text, len) < 0)
		_exit((int)err);
	_exit((int)err);
}

static enum err
child_verdict(pid_t pid, int in_fd, const struct store_conf *conf,
              struct store_refusal *why)
{
	char text[sizeof(why->text)] = "";
	int status = 0;
	int sig;

	while (read(in_fd, text, sizeof(text) - 1) < 0 && errno == EINTR)
		continue;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return store_refuse_code(why, conf, errno);
	}
	sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (sig == SIGKILL)
		return store_refuse(why, ERR_IO,
		                    "%s/data.mdb: its check was killed",
		                    conf->dir);
	if (sig != 0 || WEXITSTATUS(status) >= (int)ERR_COUNT)
		return store_refuse(why, ERR_CORRUPT,
		                    "%s/data.mdb: truncated or damaged "
		                    "(signal %d while reading it)",
		                    conf->dir, sig);
	if (WEXITSTATUS(status) == (int)ERR_OK)
		return ERR_OK;
	return store_refuse(why, (enum err)WEXITSTATUS(status), "%s", text);
}

enum err
store_check_walk(const struct store_conf *conf, struct store_refusal *why)
{
	int ends[2];
	enum err err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return store_refuse_code(why, conf, errno);
	pid = fork();
	if (pid == 0)
		child_run(conf, ends[1]);
	err = pid < 0 ? store_refuse_code(why, conf, errno) : ERR_OK;
	close(ends[1]);
	if (pid > 0)
		err = child_verdict(pid, ends[0], conf, why);
	close(ends[0]);
	return err;
}
