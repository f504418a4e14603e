/*
 * Figures folded again after a change of definitions (K4).
 *
 * They are carried up as they lie in the table, page after page, as if they arrived
 * just now: what lies behind the page reached is not there yet. So a turn may end
 * behind any page, and needs no more memory than its own figures.
 */
#include <string.h>

#include "common/domain/version.h"
#include "services/aggregate/aggregate.h"

enum {
	DELETE_COST = 4, /* a page deleted, in figures folded */
	DECIMALS = 10,
	/* No page is begun behind so many roll-ups that may change. */
	REFOLD_CELLS = COMMIT_CELLS_MAX / 2
};

/* Each of the figures of a page is in a month, a quarter, a half and a year. */
_Static_assert(REFOLD_CELLS + PAGE_DEFINITIONS * 4 * REACH_UNIT_MAX <=
                   FOLD_DELTAS_MAX,
               "there is room for one page more");

/* --- the job in state ------------------------------------------------------ */

enum err
agg_job_load(struct kv *state, struct agg_job *job)
{
	struct agg_key key = agg_key_single(AGG_JOB);
	struct agg_job got = {.commit = 0};
	struct span value, cursor;
	struct cursor c;
	uint8_t bits;
	enum err err = kv_get(state, agg_key_span(&key), &value);

	if (err == ERR_NOT_FOUND)
		*job = got;
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	c = cursor_of(value);
	got.commit = cursor_be64(&c);
	bits = cursor_u8(&c);
	got.cleared = bits & 1u;
	got.rewrite = bits >> 1 & 1u;
	got.gens.figures = bits >> 2 & 1u;
	got.gens.rollups = bits >> 3 & 1u;
	got.digest.n_figures = cursor_be64(&c);
	got.digest.figures = cursor_be64(&c);
	got.digest.n_rollups = cursor_be64(&c);
	got.digest.rollups = cursor_be64(&c);
	cursor = cursor_text(&c);
	if (c.err != ERR_OK || cursor_left(&c) > 0 || got.commit == 0 ||
	    cursor.len >= sizeof(got.cursor.bytes))
		return ERR_CORRUPT;
	if (cursor.len > 0)
		memcpy(got.cursor.bytes, cursor.ptr, cursor.len);
	got.cursor.len = cursor.len;
	*job = got;
	return ERR_OK;
}

static void
job_store(struct kv *state, const struct agg_job *job)
{
	struct agg_key key = agg_key_single(AGG_JOB);
	struct buf value;

	buf_init(&value, 128);
	buf_put_be64(&value, job->commit);
	buf_put_u8(&value,
	           (uint8_t)(job->cleared | job->rewrite << 1 |
	                     job->gens.figures << 2 | job->gens.rollups << 3));
	buf_put_be64(&value, job->digest.n_figures);
	buf_put_be64(&value, job->digest.figures);
	buf_put_be64(&value, job->digest.n_rollups);
	buf_put_be64(&value, job->digest.rollups);
	buf_put_text(&value, agg_key_span(&job->cursor));
	if (buf_err(&value) != ERR_OK)
		state->err = buf_err(&value);
	else
		kv_put(state, agg_key_span(&key), buf_span(&value));
	buf_fini(&value);
}

/* --- what has to be done --------------------------------------------------- */

static bool
ranks_differ(const struct catalogue *was, const struct catalogue *is)
{
	for (uint32_t i = 0; i < was->n_sources; i++) {
		const struct cat_source *a = &was->sources[i];

		if (i >= is->n_sources ||
		    a->declared != is->sources[i].declared ||
		    a->rank != is->sources[i].rank)
			return true;
	}
	return false;
}

/* By how many decimals numbers of a definition grow. One that has figures stays
 * declared in every catalogue. */
static int
decimals_grown(const struct aggregate *a, uint32_t definition)
{
	const struct catalogue *was = a->catalogue;
	const struct catalogue *is = a->next.catalogue;

	if (definition >= was->n_definitions ||
	    definition >= is->n_definitions ||
	    !was->definitions[definition].declared ||
	    !is->definitions[definition].declared)
		return 0;
	return is->definitions[definition].decimals -
	       was->definitions[definition].decimals;
}

static bool
decimals_differ(const struct aggregate *a)
{
	for (uint32_t i = 0; i < a->catalogue->n_definitions; i++) {
		if (decimals_grown(a, i) != 0)
			return true;
	}
	return false;
}

static void
job_begin(struct aggregate *a)
{
	struct agg_gens used = a->generations.used;
	bool rewrite =
	    ranks_differ(a->catalogue, a->next.catalogue) || decimals_differ(a);

	a->job = (struct agg_job){.commit = a->next.commit,
	                          .rewrite = rewrite,
	                          .gens.figures =
	                              rewrite ? !used.figures : used.figures,
	                          .gens.rollups = !used.rollups};
}

/* --- deleting -------------------------------------------------------------- */

/* Deletes as many entries as *left allows; *empty: there are no more. */
static enum err
table_clear(struct kv *state, uint8_t table, uint32_t *left, bool *empty)
{
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK && more && *left > 0) {
		struct agg_key key = {.len = 0};

		err = agg_state_next(state, table, &key, &more);
		if (err != ERR_OK || !more)
			break;
		kv_del(state, agg_key_span(&key));
		--*left;
	}
	*empty = !more;
	return err;
}

static enum err
figures_clear(struct kv *state, uint8_t generation, uint32_t *left, bool *empty)
{
	enum err err = table_clear(state, agg_table_at(AGG_FIGURES, generation),
	                           left, empty);

	if (err == ERR_OK && *empty)
		err = table_clear(state, agg_table_at(AGG_VERSIONS, generation),
		                  left, empty);
	return err;
}

static enum err
job_clear(struct aggregate *a, struct kv *state, uint32_t *left)
{
	struct agg_job *job = &a->job;
	uint32_t pages = *left / DELETE_COST + 1;
	uint32_t before = pages;
	uint32_t cost;
	bool empty;
	enum err err =
	    table_clear(state, agg_table_at(AGG_ROLLUPS, job->gens.rollups),
	                &pages, &empty);

	if (err == ERR_OK && empty && job->rewrite)
		err = figures_clear(state, job->gens.figures, &pages, &empty);
	if (err != ERR_OK)
		return err;
	job->cleared = empty;
	cost = (before - pages) * DELETE_COST;
	*left -= cost < *left ? cost : *left;
	return ERR_OK;
}

enum err
aggregate_waste(struct aggregate *a, struct kv *state)
{
	struct agg_generations *g = &a->generations;
	uint32_t left = WASTE_PAGES;
	bool empty;
	enum err err = ERR_OK;

	if (!g->waste_rollups && !g->waste_figures)
		return ERR_OK;
	if (g->waste_rollups) {
		err = table_clear(state,
		                  agg_table_at(AGG_ROLLUPS, !g->used.rollups),
		                  &left, &empty);
		g->waste_rollups = err != ERR_OK || !empty;
	}
	if (err == ERR_OK && g->waste_figures) {
		err = figures_clear(state, !g->used.figures, &left, &empty);
		g->waste_figures = err != ERR_OK || !empty;
	}
	agg_generations_store(state, g);
	return err;
}

/* --- folding --------------------------------------------------------------- */

static void
decimals_grow(struct figure *row, int grown)
{
	for (int i = 0; i < grown; i++)
		row->value *= DECIMALS;
}

/* The same key in the new generation, under the new catalogue. */
static enum err
row_rewrite(struct aggregate *a, struct kv *state, struct figure *row)
{
	struct version_list *list = &a->fold.versions;
	int grown = decimals_grown(a, row->definition);
	uint32_t in_force;
	enum err err;

	if ((row->flags & AGG_HISTORY) == 0) {
		decimals_grow(row, grown);
		return ERR_OK;
	}
	err = version_list_load(state, a->generations.used, row, list);
	if (err != ERR_OK)
		return err;
	for (uint32_t i = 0; i < list->n; i++)
		decimals_grow(&list->rows[i], grown);
	version_list_store(state, a->job.gens, list, &a->fold.scratch);
	in_force = version_in_force(a->next.catalogue, list->rows, list->n);
	if (in_force == VERSION_NONE)
		return ERR_OK;
	*row = list->rows[in_force];
	row->flags |= AGG_HISTORY;
	return ERR_OK;
}

static enum err
row_refold(struct aggregate *a, struct kv *state, struct figure *row)
{
	struct figure absent;
	enum err err = a->job.rewrite ? row_rewrite(a, state, row) : ERR_OK;

	if (err != ERR_OK || !figure_present(row))
		return err;
	a->job.digest.n_figures++;
	a->job.digest.figures += fold_figure_hash(row);
	absent = *row;
	absent.action = ACTION_DELETE;
	return fold_change_add(&a->fold, &absent, row);
}

/* key: of the generation in use. */
static enum err
page_refold(struct aggregate *a, struct kv *state, const struct agg_key *key)
{
	struct figure_page page;
	struct agg_key to = *key;
	enum err err = figure_page_load(state, key, &page);

	for (uint32_t i = 0; i < page.n && err == ERR_OK; i++)
		err = row_refold(a, state, &page.rows[i]);
	if (err != ERR_OK || !a->job.rewrite)
		return err;
	to.bytes[0] = agg_table_at(AGG_FIGURES, a->job.gens.figures);
	figure_page_store(state, &to, &page, &a->fold.scratch);
	return ERR_OK;
}

/* What the changes from *known on may change above them. */
static uint64_t
cells_since(const struct aggregate *a, uint32_t *known)
{
	const struct fold *fold = &a->fold;
	uint64_t cells = 0;

	for (; *known < fold->n_changes; (*known)++)
		cells += reach_rows(&a->next.place.reach,
		                    &fold->changes[*known].after, 1);
	return cells;
}

static enum err
job_fold(struct aggregate *a, struct kv *state, uint32_t rows, bool *done)
{
	struct agg_job *job = &a->job;
	uint8_t table = agg_table_at(AGG_FIGURES, a->generations.used.figures);
	uint64_t cells = 0;
	uint32_t known = 0;
	bool more = true;
	enum err err = ERR_OK;

	fold_begin(&a->fold, &a->next.place, job->gens);
	while (err == ERR_OK && a->fold.n_changes < rows &&
	       cells < REFOLD_CELLS) {
		struct agg_key key = job->cursor;

		err = agg_state_next(state, table, &key, &more);
		if (err != ERR_OK || !more)
			break;
		err = page_refold(a, state, &key);
		job->cursor = key;
		cells += cells_since(a, &known);
	}
	/* figures that are written anew end where the turn does */
	if (!job->rewrite)
		a->fold.horizon = job->cursor;
	if (err == ERR_OK)
		err = fold_rollups(&a->fold, state, &job->digest);
	*done = !more;
	fold_begin(&a->fold, &a->place, a->generations.used);
	return err;
}

enum err
aggregate_refold(struct aggregate *a, struct kv *state, bool *done)
{
	uint32_t left = a->slice_rows;
	enum err err = ERR_OK;

	*done = false;
	if (a->job.commit != a->next.commit)
		job_begin(a);
	if (!a->job.cleared)
		err = job_clear(a, state, &left);
	if (err == ERR_OK && a->job.cleared && left > 0)
		err = job_fold(a, state, left, done);
	if (err == ERR_OK && !*done)
		job_store(state, &a->job);
	return err;
}

void
aggregate_switch(struct aggregate *a, struct kv *state)
{
	struct agg_generations *g = &a->generations;
	struct agg_key key = agg_key_single(AGG_JOB);

	kv_del(state, agg_key_span(&key));
	a->digest = a->job.digest;
	g->used = a->job.gens;
	g->waste_rollups = true;
	g->waste_figures = g->waste_figures || a->job.rewrite;
	agg_generations_store(state, g);
	a->job = (struct agg_job){.commit = 0};
}
