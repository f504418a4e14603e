#include "services/ctl/refold.h"

#include <inttypes.h>

#include "services/ctl/rehearsal.h"
#include "services/ctl/scratch.h"
#include "services/ctl/walk.h"

enum {
	COMMIT_WORK = 131072, /* rows between two commits of the store */
	TURN_WORK = 64,       /* what a turn costs without rows, in rows */
	SHOW_MS = 500
};

struct refolding {
	struct ctl *ctl;
	struct whatif *w;
	struct store *store;
	struct rehearsal *rehearsal;
	bool open; /* a transaction of the store */
	uint64_t turns;
	uint64_t committed; /* work, at the last commit of the store */
	struct mono began, shown;
	bool is_shown;
};

/* --- how far it is ---------------------------------------------------------- */

static void
progress(struct refolding *f)
{
	static const struct words words = {"rows folded again, to foretell",
	                                   "dòng đã tính lại, để biết trước"};
	struct mono now;

	if (!f->ctl->terminal)
		return;
	now = clock_mono_now(&f->ctl->clock);
	if (clock_ms_between(f->shown, now) < SHOW_MS)
		return;
	f->shown = now;
	f->is_shown = true;
	fprintf(f->ctl->err, "\rtiendo: %" PRIu64 " %s (%" PRId64 " s)",
	        rehearsal_rows(f->rehearsal), ctl_words(f->ctl, words),
	        clock_ms_between(f->began, now) / 1000);
	(void)fflush(f->ctl->err);
}

static void
progress_end(struct refolding *f)
{
	if (f->is_shown)
		fprintf(f->ctl->err, "\r\033[K");
	f->is_shown = false;
}

/* --- folding ----------------------------------------------------------------- */

static uint64_t
work(const struct refolding *f)
{
	return rehearsal_rows(f->rehearsal) + f->turns * TURN_WORK;
}

static enum err
txn_begin(struct refolding *f)
{
	enum err err = f->open ? ERR_OK : store_begin(f->store);

	f->open = err == ERR_OK;
	return err;
}

/* Pages that were written wait in memory: not too many. */
static enum err
txn_commit(struct refolding *f)
{
	enum err err;

	if (work(f) - f->committed < COMMIT_WORK)
		return ERR_OK;
	f->open = false;
	f->committed = work(f);
	err = store_commit(f->store);
	return err == ERR_OK ? scratch_room(f->store) : err;
}

static enum err
input_fold(struct refolding *f, const struct turn_input *in)
{
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK && more) {
		err = txn_begin(f);
		if (err == ERR_OK)
			err = rehearsal_turn(f->rehearsal,
			                     store_kv(f->store, STORE_STATE),
			                     in, &more);
		f->turns++;
		if (err == ERR_OK)
			err = txn_commit(f);
		progress(f);
	}
	return err;
}

static enum err
commit_fold(void *self, const struct commit *commit, const struct span *records)
{
	struct turn_input in = {.number = commit->number,
	                        .time_ms = commit->time_ms,
	                        .flags = commit->flags,
	                        .items = records,
	                        .n_items = commit->n_records};

	return input_fold(self, &in);
}

/* As if it were applied now. */
static enum err
changed_fold(struct refolding *f, uint64_t number, struct span changed)
{
	struct turn_input in = {
	    .number = number, .items = &changed, .n_items = 1};
	enum err err = input_fold(f, &in);
	const struct record_list *said = rehearsal_said(f->rehearsal);

	for (size_t i = 0; err == ERR_OK && i < said->n; i++)
		err = whatif_take_anew(f->w, record_list_at(said, i));
	return err;
}

/* --- all of it --------------------------------------------------------------- */

static enum err
refolding_open(struct refolding *f)
{
	const char *temporary = env_get(f->ctl->envp, "TMPDIR");
	struct path run;
	enum err err = path_run(&f->ctl->data, &run);

	if (err == ERR_OK)
		err = scratch_open(run.text, &f->store);
	if (err == ERR_IO)
		err = scratch_open(temporary != NULL ? temporary : "/tmp",
		                   &f->store);
	if (err == ERR_OK)
		err = rehearsal_new(&f->rehearsal);
	f->began = f->shown = clock_mono_now(&f->ctl->clock);
	return err;
}

static void
refolding_close(struct refolding *f)
{
	progress_end(f);
	if (f->open)
		store_abort(f->store);
	rehearsal_free(&f->rehearsal);
	store_close(&f->store);
}

/* Ingest's commits up to the last one: 0, or the exit code. */
static int
journal_fold(struct refolding *f, uint64_t last)
{
	struct walk walk = {.end = last, .each = commit_fold, .self = f};
	struct client *ingest = NULL;
	enum err err = ctl_connect(f->ctl, CTL_INGEST, &ingest);
	int code = 0;

	if (err == ERR_OK)
		err = walk_journal(ingest, &walk);
	if (err != ERR_OK) {
		progress_end(f);
		code = walk.refused
		           ? ctl_fail(f->ctl, err, f->ctl->command->name)
		           : ctl_fail_service(f->ctl, CTL_INGEST, ingest, err);
	}
	client_free(&ingest);
	return code;
}

int
refold(struct ctl *ctl, uint64_t last, struct span changed, struct whatif *w)
{
	struct refolding f = {.ctl = ctl, .w = w};
	enum err err = refolding_open(&f);
	int code = 0;

	if (err == ERR_OK && last > 0)
		code = journal_fold(&f, last);
	if (err == ERR_OK && code == 0)
		err = changed_fold(&f, last + 1, changed);
	refolding_close(&f);
	return err == ERR_OK ? code : ctl_fail(ctl, err, ctl->command->name);
}
