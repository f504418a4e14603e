#include "services/ctl/whatif.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/catalogue_record.h"
#include "services/alert/alert_eval.h"
#include "services/ctl/pile.h"
#include "services/ctl/whatif_view.h"

struct whatif {
	struct whatif_view was, is;
	uint64_t version; /* of the present catalogue; 0: there is none */
	struct changes changes;
	bool *affected; /* by number of the target in the changed catalogue */
	uint32_t n_targets;
	/* Figures, roll-ups and completions, as alert keeps them: those of the
	 * journal, and those that were folded again. */
	struct pile *pile;
	struct pile *anew;
	bool is_anew; /* some were */
	struct buf scratch;
	/* The journal so far. */
	struct catalogue *scanned;
	uint64_t scanned_version;
	struct tick tick;
	uint64_t n_rows;
	bool refolded;
	struct whatif_view refold; /* catalogue of the last folding again */
};

/* --- what is affected ------------------------------------------------------- */

/* Kinds that no verdict looks at, or that are looked at target by target. */
static bool
kind_is_apart(enum cat_kind kind)
{
	return kind == CAT_DOCUMENT || kind == CAT_MAPPING ||
	       kind == CAT_PROGRAMME || kind == CAT_TARGET || kind == CAT_RULE;
}

static enum err
affected_find(struct whatif *w)
{
	const struct catalogue *c = w->is.alert.catalogue;
	bool all = false;

	w->n_targets = c->n_targets;
	w->affected = calloc(c->n_targets + 1u, sizeof(*w->affected));
	if (w->affected == NULL)
		return ERR_NOMEM;
	for (int kind = 0; kind < CAT_KINDS && !all; kind++)
		all = !kind_is_apart((enum cat_kind)kind) &&
		      changes_any(&w->changes, (enum cat_kind)kind);
	for (uint32_t i = 0; i < c->n_targets; i++) {
		const char *id = c->targets[i].id;

		w->affected[i] = all ||
		                 changes_of(&w->changes, CAT_TARGET, id) ||
		                 changes_of(&w->changes, CAT_RULE, id);
	}
	return ERR_OK;
}

static enum err
wanted_find(const struct whatif *w, struct whatif_view *v)
{
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < v->alert.n_bindings && err == ERR_OK; i++)
		if (w->affected[v->alert.bindings[i].target])
			err = whatif_view_want(v, &v->alert.bindings[i]);
	return err;
}

/* --- a question ------------------------------------------------------------- */

static enum err
rows_take(struct whatif *w, struct span record, bool was)
{
	struct registry registry;
	struct cat_rows rows;
	struct span packed;
	uint64_t version;
	enum err err = catalogue_record_read(record, &version, &packed);

	if (err != ERR_OK)
		return ERR_CORRUPT;
	registry_init(&registry);
	cat_rows_init(&rows);
	err = catalogue_unpack(packed, &registry, &rows);
	if (err == ERR_OK)
		err = changes_take(&w->changes, &rows, was);
	cat_rows_fini(&rows);
	registry_fini(&registry);
	return err;
}

static enum err
present_load(struct whatif *w, struct span present)
{
	enum err err;

	if (present.len == 0)
		return whatif_view_none(&w->was);
	err = whatif_view_load(&w->was, present);
	w->version = w->was.alert.catalogue_version;
	return err == ERR_OK ? rows_take(w, present, true) : err;
}

static enum err
whatif_open(struct whatif *w, struct span present, struct span changed)
{
	enum err err = pile_new(&w->pile);

	if (err == ERR_OK)
		err = pile_new(&w->anew);
	if (err == ERR_OK)
		err = present_load(w, present);
	if (err == ERR_OK)
		err = whatif_view_load(&w->is, changed);
	if (err == ERR_OK)
		err = rows_take(w, changed, false);
	if (err == ERR_OK)
		err = affected_find(w);
	if (err == ERR_OK)
		err = wanted_find(w, &w->was);
	if (err == ERR_OK)
		err = wanted_find(w, &w->is);
	return err;
}

enum err
whatif_new(struct whatif **whatif_p, struct span present, struct span changed)
{
	struct whatif *w = calloc(1, sizeof(*w));
	enum err err;

	if (w == NULL)
		return ERR_NOMEM;
	whatif_view_init(&w->was);
	whatif_view_init(&w->is);
	whatif_view_init(&w->refold);
	changes_init(&w->changes);
	buf_init(&w->scratch, KV_VALUE_MAX);
	w->tick.date.n = DAY_NONE;
	err = whatif_open(w, present, changed);
	if (err == ERR_OK)
		*whatif_p = w;
	else
		whatif_free(&w);
	return err;
}

void
whatif_free(struct whatif **whatif_p)
{
	struct whatif *w = *whatif_p;

	if (w == NULL)
		return;
	whatif_view_fini(&w->was);
	whatif_view_fini(&w->is);
	whatif_view_fini(&w->refold);
	changes_fini(&w->changes);
	buf_fini(&w->scratch);
	catalogue_free(&w->scanned);
	pile_free(&w->pile);
	pile_free(&w->anew);
	free(w->affected);
	free(w);
	*whatif_p = NULL;
}

const struct changes *
whatif_changes(const struct whatif *w)
{
	return &w->changes;
}

/* Decimals that grew are folded again too. */
static bool
folds_alike(const struct catalogue *a, const struct catalogue *b)
{
	if (a->place_hash != b->place_hash)
		return false;
	for (uint32_t i = 0; i < a->n_definitions && i < b->n_definitions; i++)
		if (a->definitions[i].declared && b->definitions[i].declared &&
		    a->definitions[i].decimals != b->definitions[i].decimals)
			return false;
	return true;
}

bool
whatif_is_idle(const struct whatif *w)
{
	return w->was.wanted.n + w->is.wanted.n == 0;
}

/* --- the journal ------------------------------------------------------------ */

static bool
series_wanted(const struct whatif *w, uint32_t definition, uint32_t unit)
{
	const struct catalogue *was = w->was.alert.catalogue;
	const struct catalogue *is = w->is.alert.catalogue;

	return (definition < was->n_definitions &&
	        whatif_series_has(&w->was.wanted,
	                          was->definitions[definition].family, unit)) ||
	       (definition < is->n_definitions &&
	        whatif_series_has(&w->is.wanted,
	                          is->definitions[definition].family, unit));
}

static enum err
take_figures(struct whatif *w, struct span record, struct pile *pile)
{
	struct figures_reader reader;
	struct figure row;

	if (figures_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0) {
		if (figures_next(&reader, &row) != ERR_OK)
			return ERR_CORRUPT;
		w->n_rows++;
		if (series_wanted(w, row.definition, row.unit))
			alert_figure_put(pile_kv(pile), &row, &w->scratch);
	}
	return ERR_OK;
}

static enum err
take_rollups(struct whatif *w, struct span record, struct pile *pile)
{
	struct rollups_reader reader;
	struct rollup row;

	if (rollups_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0) {
		if (rollups_next(&reader, &row) != ERR_OK)
			return ERR_CORRUPT;
		w->n_rows++;
		if (series_wanted(w, row.definition, row.unit))
			alert_rollup_put(pile_kv(pile), &row, &w->scratch);
	}
	return ERR_OK;
}

/* What was folded again is repeated for the targets of that catalogue alone: all
 * before it is out of date. */
static enum err
take_catalogue(struct whatif *w, struct span record)
{
	struct catalogue *next = NULL;
	uint64_t version = 0;
	enum err err = catalogue_record_build(record, &next, &version);

	if (err != ERR_OK)
		return err;
	if (w->scanned != NULL && w->n_rows > 0 &&
	    !folds_alike(w->scanned, next)) {
		pile_clear(w->pile, ALERT_TABLE_FIGURES);
		pile_clear(w->pile, ALERT_TABLE_ROLLUPS);
		err = whatif_view_load(&w->refold, record);
		w->refolded = true;
	}
	catalogue_free(&w->scanned);
	w->scanned = next;
	w->scanned_version = version;
	return err;
}

static enum err
take_completion(struct whatif *w, struct span record)
{
	struct completion c;

	if (completion_read(record, &c) != ERR_OK)
		return ERR_CORRUPT;
	if (series_wanted(w, c.definition, c.unit)) {
		alert_completion_put(pile_kv(w->pile), &c);
		alert_completion_put(pile_kv(w->anew), &c);
	}
	return ERR_OK;
}

enum err
whatif_take(struct whatif *w, struct span record)
{
	enum err err = ERR_OK;

	switch ((int)record_type(record)) {
	case RECORD_FIGURES: err = take_figures(w, record, w->pile); break;
	case RECORD_ROLLUPS: err = take_rollups(w, record, w->pile); break;
	case RECORD_CATALOGUE: err = take_catalogue(w, record); break;
	case RECORD_COMPLETION: err = take_completion(w, record); break;
	case RECORD_TICK:
		err = tick_read(record, &w->tick) == ERR_OK ? ERR_OK
		                                            : ERR_CORRUPT;
		break;
	case RECORD_TYPE_COUNT: return ERR_CORRUPT;
	default: break; /* what no verdict looks at */
	}
	if (err == ERR_OK)
		err = kv_err(pile_kv(w->pile));
	return err == ERR_OK ? kv_err(pile_kv(w->anew)) : err;
}

/* Can the journal tell the series? The present catalogue's are repeated with it. */
static bool
series_told(const struct whatif *w, const struct catalogue *c,
            uint32_t definition, uint32_t unit)
{
	const struct catalogue *old = w->refold.alert.catalogue;
	uint32_t family = c->definitions[definition].family;

	if (whatif_series_has(&w->was.alert.series, family, unit))
		return true;
	return definition < old->n_definitions &&
	       whatif_series_has(&w->refold.alert.series,
	                         old->definitions[definition].family, unit);
}

static bool
binding_told(const struct whatif *w, const struct binding *b)
{
	const struct catalogue *c = w->is.alert.catalogue;
	const struct cat_target *t = &c->targets[b->target];
	bool told = series_told(w, c, t->versions[t->n_versions - 1].definition,
	                        b->unit);

	for (uint32_t i = 0; i < t->n_versions && told; i++) {
		struct cat_reference r;

		if (target_reference(&t->versions[i], b->unit, &r))
			told = series_told(w, c, r.definition, r.unit);
	}
	return told;
}

enum err
whatif_taken(const struct whatif *w, bool *refold)
{
	const struct alert_service *is = &w->is.alert;
	bool told = folds_alike(w->was.alert.catalogue, is->catalogue);

	if (w->scanned_version != w->version)
		return ERR_AGAIN;
	for (uint32_t i = 0; w->refolded && i < is->n_bindings && told; i++)
		told = !w->affected[is->bindings[i].target] ||
		       binding_told(w, &is->bindings[i]);
	*refold = !told && !whatif_is_idle(w);
	return ERR_OK;
}

enum err
whatif_take_anew(struct whatif *w, struct span record)
{
	enum err err = ERR_OK;

	w->is_anew = true;
	if (record_type(record) == RECORD_FIGURES)
		err = take_figures(w, record, w->anew);
	else if (record_type(record) == RECORD_ROLLUPS)
		err = take_rollups(w, record, w->anew);
	return err == ERR_OK ? kv_err(pile_kv(w->anew)) : err;
}

/* --- judging ------------------------------------------------------------------ */

/* The rules that hold: of the version that judged, else of the last. */
static enum err
side_alerts(struct whatif_side *side, const struct verdict_input *in)
{
	const struct cat_target *t = in->target;
	const struct cat_target_version *v =
	    &t->versions[side->row ? side->verdict.version : t->n_versions - 1];
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < v->n_rules && err == ERR_OK; i++) {
		struct alert alert;

		err = alert_fold(in, &v->rules[i], false, &alert);
		if (err == ERR_OK)
			side->fires[alert.severity] =
			    alert.state == ALERT_FIRING;
	}
	return err;
}

/* binding NULL: the target doesn't bind the unit here. */
static enum err
side_judge(struct whatif_view *v, struct pile *pile,
           const struct binding *binding, struct whatif_side *side)
{
	struct verdict_input in;
	enum err err;

	*side = (struct whatif_side){.c = v->alert.catalogue};
	if (binding == NULL)
		return ERR_OK;
	err = alert_input(&v->alert, pile_kv(pile), binding, &in);
	if (err != ERR_OK)
		return err;
	side->row = verdict_judge(&in, &side->verdict);
	return side_alerts(side, &in);
}

static void
pair_compare(struct whatif_pair *pair)
{
	const struct whatif_side *was = &pair->was;
	const struct whatif_side *is = &pair->is;

	pair->verdict_differs =
	    was->row != is->row ||
	    (was->row && !verdict_equal(&was->verdict, &is->verdict));
	pair->alert_differs =
	    memcmp(was->fires, is->fires, sizeof(was->fires)) != 0;
}

struct judging {
	struct whatif *w;
	enum err (*each)(void *self, const struct whatif_pair *pair);
	void *self;
	struct whatif_counts *counts;
};

static enum err
pair_judge(struct judging *j, const struct binding *was,
           const struct binding *is)
{
	const struct binding *any = was != NULL ? was : is;
	struct whatif_pair pair = {.target = 0};
	struct whatif *w = j->w;
	enum err err;

	assert(any != NULL);
	pair.target = any->target;
	pair.unit = any->unit;
	if (!w->affected[any->target])
		return ERR_OK;
	err = side_judge(&w->was, w->pile, was, &pair.was);
	if (err == ERR_OK)
		err = side_judge(&w->is, w->is_anew ? w->anew : w->pile, is,
		                 &pair.is);
	if (err != ERR_OK)
		return err;
	pair_compare(&pair);
	j->counts->judged++;
	j->counts->verdicts += pair.verdict_differs;
	j->counts->alerts += pair.alert_differs;
	return pair.verdict_differs || pair.alert_differs
	           ? j->each(j->self, &pair)
	           : ERR_OK;
}

static int
binding_compare(const struct binding *a, const struct binding *b)
{
	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	return (a->unit > b->unit) - (a->unit < b->unit);
}

/* Both lists ascend by target and unit. */
static enum err
judge_all(struct judging *j)
{
	const struct alert_service *was = &j->w->was.alert;
	const struct alert_service *is = &j->w->is.alert;
	uint32_t a = 0, b = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK && (a < was->n_bindings || b < is->n_bindings)) {
		const struct binding *x =
		    a < was->n_bindings ? &was->bindings[a] : NULL;
		const struct binding *y =
		    b < is->n_bindings ? &is->bindings[b] : NULL;
		int order = x == NULL ? 1 : -1;

		if (x != NULL && y != NULL)
			order = binding_compare(x, y);
		err =
		    pair_judge(j, order <= 0 ? x : NULL, order >= 0 ? y : NULL);
		a += order <= 0;
		b += order >= 0;
	}
	return err;
}

enum err
whatif_judge(struct whatif *w,
             enum err (*each)(void *self, const struct whatif_pair *pair),
             void *self, struct whatif_counts *counts)
{
	struct judging j = {
	    .w = w, .each = each, .self = self, .counts = counts};
	enum err err;

	*counts = (struct whatif_counts){.rows = w->n_rows};
	if (w->scanned_version != w->version)
		return ERR_AGAIN;
	w->was.alert.tick = w->is.alert.tick = w->tick;
	err = pile_settle(w->pile);
	if (err == ERR_OK)
		err = pile_settle(w->anew);
	return err == ERR_OK ? judge_all(&j) : err;
}
