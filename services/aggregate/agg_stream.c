#include "services/aggregate/agg_stream.h"

#include <stdlib.h>

#include "common/base/journal.h"
#include "services/aggregate/agg_stream_parts.h"

enum wanted { WANTED_UNASKED, WANTED_NOT, WANTED };

struct telling {
	const struct place *place;
	const struct catalogue *c;
	const struct agg_stream_sink *sink;
	struct query q;  /* the row being written */
	uint8_t *wanted; /* enum wanted by map, the last one none; definition */
};

/* Tells the row to one stream; it is written when the first one wants it. */
static enum err
tell_to(struct telling *t, uint32_t map, const struct stream_row *row)
{
	const struct catalogue *c = t->c;
	uint32_t definition = row->figure != NULL ? row->figure->definition
	                                          : row->rollup->definition;
	uint32_t column = map == NUMBER_NONE ? c->n_maps : map;
	uint8_t *wanted =
	    &t->wanted[(size_t)column * c->n_definitions + definition];
	char topic[STREAM_TOPIC_MAX];
	struct wire_list rows, pairs;
	enum err err = ERR_OK;

	if (*wanted == WANTED_NOT || !c->definitions[definition].declared)
		return ERR_OK;
	stream_topic(topic, c, map, c->definitions[definition].indicator);
	if (*wanted == WANTED_UNASKED)
		*wanted =
		    t->sink->wants(t->sink->self, topic) ? WANTED : WANTED_NOT;
	if (*wanted == WANTED_NOT)
		return ERR_OK;
	if (t->q.rows.n_rows == 0)
		err = stream_row_write(&t->q, c, row);
	rows = wire_answer_list(&t->q.rows);
	if (err == ERR_OK && wire_answer_next(&rows, &pairs))
		t->sink->row(t->sink->self, topic, pairs);
	return err;
}

static enum err
tell_figure(struct telling *t, const struct figure *f)
{
	const struct stream_row row = {.figure = f};
	bool stands = false;
	enum err err = ERR_OK;

	wire_answer_reset(&t->q.rows);
	for (uint32_t map = 0; map < t->c->n_maps && err == ERR_OK; map++) {
		if (!stream_holds(t->place, map, f->unit))
			continue;
		stands = true;
		err = tell_to(t, map, &row);
	}
	return err != ERR_OK || stands ? err : tell_to(t, NUMBER_NONE, &row);
}

static enum err
tell_figures(struct telling *t, struct span record)
{
	struct figures_reader reader;
	struct figure f;
	enum err err = ERR_OK;

	if (figures_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0 && err == ERR_OK) {
		if (figures_next(&reader, &f) != ERR_OK ||
		    !stream_figure_known(t->c, &f))
			return ERR_CORRUPT;
		err = tell_figure(t, &f);
	}
	return err;
}

static enum err
tell_rollups(struct telling *t, struct span record)
{
	struct rollups_reader reader;
	struct rollup r;
	const struct stream_row row = {.rollup = &r};
	enum err err = ERR_OK;

	if (rollups_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0 && err == ERR_OK) {
		if (rollups_next(&reader, &r) != ERR_OK ||
		    !stream_rollup_known(t->c, &r))
			return ERR_CORRUPT;
		wire_answer_reset(&t->q.rows);
		err = tell_to(t, r.map, &row);
	}
	return err;
}

/* A catalogue stands before what it says again, and an apply is a commit (K4). */
static enum err
tell_records(struct telling *t, struct kv *journal, const struct commit *commit)
{
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < commit->n_records && err == ERR_OK; i++) {
		struct span record;

		err = journal_record(journal, commit->number, i, &record);
		if (err != ERR_OK)
			break;
		if (record_type(record) == RECORD_CATALOGUE)
			break;
		if (record_type(record) == RECORD_FIGURES)
			err = tell_figures(t, record);
		else if (record_type(record) == RECORD_ROLLUPS)
			err = tell_rollups(t, record);
	}
	return err;
}

enum err
agg_stream_commit(struct aggregate *a, struct kv *journal, uint64_t number,
                  const struct agg_stream_sink *sink)
{
	struct telling t = {
	    .place = &a->place, .c = a->catalogue, .sink = sink};
	struct commit commit;
	enum err err = journal_commit(journal, number, &commit);

	if (err != ERR_OK)
		return err;
	if (a->catalogue == NULL || number <= a->folded_again) {
		sink->cut(sink->self);
		return ERR_OK;
	}
	t.wanted =
	    calloc(((size_t)t.c->n_maps + 1) * (t.c->n_definitions + 1u), 1);
	if (t.wanted == NULL)
		return ERR_NOMEM;
	query_init(&t.q);
	err = tell_records(&t, journal, &commit);
	query_fini(&t.q);
	free(t.wanted);
	return err;
}
