#include "services/alert/alert_status.h"

#include <assert.h>
#include <string.h>

#include "services/alert/alert_eval.h"
#include "services/alert/alert_filter.h"
#include "services/alert/alert_methods.h"
#include "services/alert/alert_note.h"
#include "services/alert/alert_past.h"

/* Verdicts judged or looked up for one page: a filter that few pass must not hold
 * up the turns. A page may then be empty and still have a next one. */
#define STATUS_LOOKS_MAX QUERY_ROWS_MAX

/* A note begun in less room than this says nothing. */
#define NOTE_ROOM_MIN 64

static const char *const status_args[] = {
    "programme", "target", "indicator", "unit",    "level", "map",
    "at",        "today",  "as_of",     "methods", "ranks", NULL};

/* A fine number without the zeros that nobody declared. */
static void
field_fine(struct query *q, const char *name, i128 fine, uint8_t places)
{
	uint8_t left = (uint8_t)(places + DECIMAL_EXTRA);

	while (left > places && fine % 10 == 0) {
		fine /= 10;
		left--;
	}
	if (fine >= -DECIMAL_MANTISSA_MAX && fine <= DECIMAL_MANTISSA_MAX)
		wire_answer_decimal(&q->rows, name, (int64_t)fine, left);
}

void
alert_field_period(struct query *q, const char *name, struct period period)
{
	char text[PERIOD_TEXT_MAX];

	if (period.code != 0)
		query_text(q, name, period_format(period, text));
}

void
alert_field_target(struct query *q, const struct cat_target *t)
{
	wire_answer_text(&q->rows, "programme",
	                 span_of(t->id, (size_t)(t->name - t->id) - 1));
	query_text(q, "target", t->name);
}

static void
field_day(struct query *q, const char *name, struct day day)
{
	char text[DAY_TEXT_MAX];

	query_text(q, name, day_format(day, text));
}

static void
field_document(struct query *q, const struct catalogue *c, const char *name,
               uint32_t document)
{
	if (document != NUMBER_NONE)
		query_text(q, name, c->documents[document].id);
}

static void
fields_what(struct alert_service *a, struct query *q, const struct verdict *v)
{
	const struct catalogue *c = a->catalogue;

	alert_field_target(q, &c->targets[v->target]);
	query_text(q, "indicator", c->definitions[v->definition].id);
	query_text(q, "unit", c->units[v->unit].id);
	buf_reset(&a->scratch);
	unit_display_name(c, v->unit, &a->scratch);
	query_text(q, "unit_name", buf_cstr(&a->scratch));
	if (v->map != NUMBER_NONE)
		query_text(q, "map", c->maps[v->map].id);
	alert_field_period(q, "period", v->judged);
}

static void
fields_figure(struct query *q, const struct verdict *v)
{
	char status[] = {'-', 0};

	if (v->has_value)
		wire_answer_decimal(&q->rows, "value", v->value, v->places);
	else
		wire_answer_field(&q->rows, "value", wire_nil());
	if (v->has_figure) {
		status[0] = status_letter((enum obs_status)v->figure.status);
		query_text(q, "status", status);
		wire_answer_field(&q->rows, "released", wire_bool(v->released));
	}
	wire_answer_field(&q->rows, "expected", wire_bool(v->expected));
}

static void
fields_target(struct query *q, const struct verdict *v)
{
	if (v->has_target)
		wire_answer_decimal(&q->rows, "target_value", v->target_value,
		                    v->places);
	if (v->has_target_first)
		wire_answer_decimal(&q->rows, "target_first_value",
		                    v->target_first_value, v->places);
	alert_field_period(q, "target_period", v->due);
	if (v->has_base) {
		wire_answer_decimal(&q->rows, "base", v->base, v->places);
		alert_field_period(q, "base_period", v->base_period);
	}
	if (v->has_path) {
		field_fine(q, "path", v->path, v->places);
		wire_answer_decimal(&q->rows, "margin", v->margin, v->places);
		if (v->has_value)
			field_fine(q, "gap", v->gap, v->places);
	}
}

static void
fields_verdict(struct query *q, const struct verdict *v)
{
	query_text(q, "verdict", verdict_kind_name(v->kind));
	if (v->reason != REASON_NONE)
		query_text(q, "reason", verdict_reason_name(v->reason));
	wire_answer_field(&q->rows, "final", wire_bool(v->final));
	query_text(q, "timeliness", timeliness_name(v->timeliness));
	if (v->expected)
		field_day(q, "expected_by", v->expected_by);
	if (v->last_period.code != 0) {
		query_text(q, "last_verdict", verdict_kind_name(v->last_kind));
		alert_field_period(q, "last_period", v->last_period);
	}
	alert_field_period(q, "achieved_period", v->achieved_period);
	if (v->has_pace)
		field_fine(q, "pace", v->pace, v->places);
	if (v->has_required_pace)
		field_fine(q, "required_pace", v->required_pace, v->places);
}

/* The version that judged; NULL: the catalogue has it no more. */
static const struct cat_target_version *
version_of(const struct catalogue *c, const struct verdict *v)
{
	const struct cat_target *t = &c->targets[v->target];

	return v->version < t->n_versions ? &t->versions[v->version] : NULL;
}

static void
fields_version(struct query *q, const struct catalogue *c,
               const struct verdict *v)
{
	const struct cat_target_version *version = version_of(c, v);

	if (version == NULL)
		return;
	query_text(q, "method", version->method);
	field_document(q, c, "target_document", version->document);
}

static void
fields_sources(struct query *q, const struct catalogue *c,
               const struct verdict *v)
{
	if (!v->has_figure)
		return;
	field_document(q, c, "value_document", v->figure.document);
	if (v->figure.source != NUMBER_NONE)
		query_text(q, "source", c->sources[v->figure.source].id);
	if (v->figure.commit != 0)
		wire_answer_int(&q->rows, "commit", (int64_t)v->figure.commit);
}

/* Unit-periods as a number: whole ones without decimals. */
static void
field_millionths(struct query *q, const char *name, uint64_t n)
{
	uint8_t places = 6;

	for (; places > 0 && n % 10 == 0; places--)
		n /= 10;
	if (n <= WIRE_UINT_MAX)
		wire_answer_decimal(&q->rows, name, (int64_t)n, places);
}

static void
fields_coverage(const struct alert_ask *ask, const struct verdict *v)
{
	const struct point_coverage *covered = NULL;

	if (v->has_figure)
		covered = alert_points_coverage(&ask->a->points, v->definition,
		                                v->map, v->figure.period);
	if (covered == NULL || v->figure.source != NUMBER_NONE)
		return;
	field_millionths(ask->q, "coverage.reporting", covered->reporting);
	field_millionths(ask->q, "coverage.expected", covered->expected);
	wire_answer_field(&ask->q->rows, "derived",
	                  wire_bool(covered->derived));
}

/* What stands in the verdict, but who supplied its figure. */
static void
fields_judged(struct query *q, const struct verdict *v)
{
	fields_figure(q, v);
	fields_target(q, v);
	fields_verdict(q, v);
	wire_answer_field(&q->rows, "contested", wire_bool(v->contested));
}

void
alert_fields_said(struct query *q, const struct catalogue *c,
                  const struct verdict *v)
{
	query_text(q, "indicator", c->definitions[v->definition].id);
	if (v->map != NUMBER_NONE)
		query_text(q, "map", c->maps[v->map].id);
	alert_field_period(q, "period", v->judged);
	fields_judged(q, v);
	fields_sources(q, c, v);
}

/* Newest first, as many as a text holds, each with its document; explain tells them
 * whole. */
static enum err
field_notes(const struct alert_ask *ask, const struct alert_notes_of *of)
{
	struct buf *out = &ask->a->scratch;
	struct alert_notes notes;
	enum err err = alert_notes_read(ask->state, of, &notes);

	if (err != ERR_OK || notes.n == 0)
		return err;
	buf_reset(out);
	for (uint32_t i = notes.n; i-- > 0 && out->len < WIRE_TEXT_MAX;) {
		size_t left = WIRE_TEXT_MAX - out->len;

		if (out->len > 0 && left < NOTE_ROOM_MIN)
			break;
		if (out->len > 0)
			buf_put_str(out, "; ");
		alert_note_print(ask->a->catalogue, &notes.list[i].note,
		                 WIRE_TEXT_MAX - out->len, out);
	}
	query_text(ask->q, "notes", buf_cstr(out));
	return buf_err(out);
}

/* Of now alone: what was said tells only that it was contested. */
static void
field_weighed(struct query *q, const struct verdict_input *in,
              const struct verdict *v)
{
	uint32_t map;

	assert(in != NULL); /* rows of now have one */
	if (verdict_weighed_map(in, v, &map) && map != NUMBER_NONE)
		query_text(q, "contested_map", in->c->maps[map].id);
}

/* One row: of now, or as of a commit. */
struct status_row {
	const struct verdict *v;
	/* now */
	const struct verdict_input *in;
	const struct alert_beside *beside;
	uint32_t n; /* the place of its binding */
	/* as of */
	uint64_t as_of; /* commit; 0: now */
	int64_t as_of_ms;
	uint64_t said; /* the commit in which it was said */
};

static enum err
status_row(const struct alert_ask *ask, const struct status_row *row)
{
	const struct verdict *v = row->v;
	struct query *q = ask->q;
	struct alert_notes_of of = {v->target, v->unit, UINT64_MAX};
	enum err err;

	wire_answer_row(&q->rows);
	fields_what(ask->a, q, v);
	fields_judged(q, v);
	fields_version(q, ask->a->catalogue, v);
	fields_sources(q, ask->a->catalogue, v);
	if (row->as_of != 0) {
		of.by = row->as_of;
		wire_answer_int(&q->rows, "as_of_ms", row->as_of_ms);
		wire_answer_int(&q->rows, "said_commit", (int64_t)row->said);
	} else {
		field_weighed(q, row->in, v);
		fields_coverage(ask, v);
		alert_beside_fields(q, row->beside, row->n, row->in, v);
	}
	err = field_notes(ask, &of);
	return err == ERR_OK ? wire_answer_row_end(&q->rows) : err;
}

/* Bound in this map, or judged on a roll-up in it. */
static bool
verdict_in_map(const struct catalogue *c, const struct verdict *v, uint32_t map)
{
	const struct cat_target_version *version = version_of(c, v);

	return map == NUMBER_NONE || v->map == map ||
	       (version != NULL && version->map == map);
}

static enum err
status_binding(const struct alert_ask *ask, const struct alert_filter *f,
               const struct binding *b, const struct status_row *page)
{
	struct status_row row = *page;
	struct verdict_input in;
	struct verdict verdict;
	enum err err = alert_input(ask->a, ask->state, b, &in);

	if (err != ERR_OK)
		return err;
	in.asked = f->at;
	if (f->today.n != DAY_NONE)
		in.today = f->today;
	if (!verdict_judge(&in, &verdict) ||
	    !verdict_in_map(in.c, &verdict, f->map))
		return ERR_OK;
	row.v = &verdict;
	row.in = &in;
	return status_row(ask, &row);
}

static enum err
status_page(const struct alert_ask *ask, const struct alert_filter *f,
            const struct alert_beside *beside)
{
	struct alert_service *a = ask->a;
	struct status_row row = {.beside = beside};
	uint32_t looks = 0;
	uint32_t at;
	enum err err = ERR_OK;

	query_after_get(ask->q, &row.n, 1);
	for (; alert_beside_binding(a, beside, row.n, &at); row.n++) {
		if (!alert_filter_passes(a, f, &a->bindings[at]))
			continue;
		if (looks++ < STATUS_LOOKS_MAX)
			err = status_binding(ask, f, &a->bindings[at], &row);
		else
			err = ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && looks > 1) {
			query_next_put(ask->q, &row.n, 1);
			return buf_err(&ask->q->next);
		}
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err
status_now(const struct alert_ask *ask, const struct alert_filter *f)
{
	struct alert_beside beside;
	enum err err =
	    alert_beside_open(ask->a, ask->state, ask->q, f, &beside);

	if (err != ERR_OK)
		return err;
	err = status_page(ask, f, &beside);
	alert_beside_close(&beside);
	return err;
}

/* --- what was said ------------------------------------------------------------ */

enum err
alert_as_of_time(const struct alert_ask *ask, uint64_t commit, int64_t *time_ms)
{
	struct commit head = {.time_ms = 0};
	enum err err;

	*time_ms = 0;
	if (commit == 0)
		return ERR_OK;
	err = journal_commit(ask->journal, commit, &head);
	ask->q->field = "as_of";
	if (err == ERR_NOT_FOUND)
		return ERR_UNKNOWN_POSITION;
	if (err == ERR_OK)
		*time_ms = head.time_ms;
	return err;
}

bool
alert_verdict_known(const struct catalogue *c, const struct verdict *v)
{
	return v->target < c->n_targets && v->unit < c->n_units &&
	       v->definition < c->n_definitions &&
	       (v->map < c->n_maps || v->map == NUMBER_NONE) &&
	       (v->figure.source < c->n_sources ||
	        v->figure.source == NUMBER_NONE || !v->has_figure) &&
	       (v->figure.document < c->n_documents ||
	        v->figure.document == NUMBER_NONE || !v->has_figure);
}

static enum err
status_said(const struct alert_ask *ask, const struct alert_filter *f,
            const struct alert_said *said, const struct status_row *page)
{
	struct status_row row = *page;
	struct alert_service *a = ask->a;
	struct verdict v;
	bool gone;

	if (said->commit == 0)
		return ERR_OK;
	if (verdict_record_read(said->record, &v, &gone) != ERR_OK)
		return ERR_CORRUPT;
	if (gone)
		return ERR_OK;
	if (!alert_verdict_known(a->catalogue, &v))
		return ERR_CORRUPT;
	row.v = &v;
	row.said = said->commit;
	if (!alert_filter_said(a, f, &v) ||
	    !verdict_in_map(a->catalogue, &v, f->map))
		return ERR_OK;
	return status_row(ask, &row);
}

static enum err
status_past(const struct alert_ask *ask, const struct alert_filter *f)
{
	struct alert_past past = {.table = ALERT_TABLE_PAST_VERDICTS,
	                          .by = f->as_of};
	struct status_row row = {.as_of = f->as_of};
	enum err err = alert_as_of_time(ask, f->as_of, &row.as_of_ms);

	alert_past_resume(&past, ask->q->after);
	for (uint32_t looks = 0; err == ERR_OK; looks++) {
		struct alert_past before = past;
		struct alert_said said;
		bool more;

		err = alert_past_next(ask->state, &past, &said, &more);
		if (err != ERR_OK || !more)
			return err;
		err = looks < STATUS_LOOKS_MAX
		          ? status_said(ask, f, &said, &row)
		          : ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && looks > 0) {
			buf_put(&ask->q->next, before.key.bytes,
			        before.key.len);
			return buf_err(&ask->q->next);
		}
	}
	return err;
}

/* Verdicts of other periods or days were never said, nor anything beside them. */
static enum err
past_or_other(struct query *q, const struct alert_filter *f)
{
	static const char *const others[] = {"at", "today", "methods", "ranks"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!f->past || query_arg(q, others[i]).len == 0)
			continue;
		q->field = others[i];
		return ERR_BAD_VALUE;
	}
	return ERR_OK;
}

enum err
alert_status_query(const struct alert_ask *ask)
{
	struct alert_filter f;
	enum err err = query_args_known(ask->q, status_args);

	if (err == ERR_OK)
		err = alert_filter_open(ask->a, ask->q, &f);
	if (err == ERR_OK)
		err = past_or_other(ask->q, &f);
	if (err != ERR_OK)
		return err;
	return f.past ? status_past(ask, &f) : status_now(ask, &f);
}
