#include "services/alert/alert_stream.h"

#include <stdio.h>
#include <string.h>

#include "common/base/journal.h"
#include "services/alert/alert_past.h"
#include "services/alert/alert_query.h"
#include "services/alert/alert_tell.h"

#define TOPIC_MAX (12 + 2 * CATALOGUE_ID_MAX)
#define GROUPS_ID "_" /* no target has this character in its id */

static const char *const snapshot_args[] = {"stream", NULL};
static const char *const names_args[] = {"prefix", NULL};

enum stream_kind { STREAM_VERDICTS, STREAM_ALERTS, STREAM_GROUPS };

static void
topic_write(char out[static TOPIC_MAX], const struct catalogue *c,
            enum stream_kind kind, uint32_t number)
{
	if (kind == STREAM_GROUPS)
		(void)snprintf(out, TOPIC_MAX, "alert/%s/" GROUPS_ID "/",
		               c->programmes[number].id);
	else
		(void)snprintf(out, TOPIC_MAX, "%s/%s/",
		               kind == STREAM_ALERTS ? "alert" : "verdict",
		               c->targets[number].id);
}

/* --- rows: of a record, as journaled ----------------------------------------------- */

/* One record, for an update or a snapshot. */
struct said_row {
	enum stream_kind kind;
	uint32_t number; /* of the target, or the programme */
	bool gone;
	struct verdict verdict;
	struct alert alert;
	struct notice_group group;
};

static void
field_gone(struct query *q)
{
	wire_answer_field(&q->rows, "gone", wire_bool(true));
}

static void
fields_verdict(struct query *q, const struct catalogue *c,
               const struct said_row *row)
{
	const struct verdict *v = &row->verdict;

	alert_field_target(q, &c->targets[v->target]);
	query_text(q, "unit", c->units[v->unit].id);
	if (row->gone)
		field_gone(q);
	else
		alert_fields_said(q, c, v);
}

static void
fields_numbers(struct query *q, const struct alert *a)
{
	i128 gap = a->gap;
	uint8_t places = (uint8_t)(a->places + DECIMAL_EXTRA);

	if (a->period.code == 0)
		return;
	alert_field_period(q, "period", a->period);
	wire_answer_decimal(&q->rows, "value", a->value, a->places);
	for (; places > a->places && gap % 10 == 0; places--)
		gap /= 10;
	if (a->has_gap && gap >= -DECIMAL_MANTISSA_MAX &&
	    gap <= DECIMAL_MANTISSA_MAX)
		wire_answer_decimal(&q->rows, "gap", (int64_t)gap, places);
}

static void
fields_state(struct query *q, enum alert_state state, enum alert_reason reason)
{
	query_text(q, "state", alert_state_name(state));
	if (reason != ALERT_REASON_NONE)
		query_text(q, "reason", alert_reason_name(reason));
}

static void
fields_alert(struct query *q, const struct catalogue *c,
             const struct said_row *row)
{
	const struct alert *a = &row->alert;
	char text[ALERT_FINGERPRINT_TEXT];

	alert_field_target(q, &c->targets[a->target]);
	query_text(q, "unit", c->units[a->unit].id);
	query_text(q, "severity", alert_severity_name(a->severity));
	if (row->gone) {
		field_gone(q);
		return;
	}
	query_text(q, "fingerprint",
	           alert_fingerprint_text(a->fingerprint, text));
	query_text(q, "alertname", ALERT_NAME);
	fields_state(q, alert_ended(a) ? ALERT_RESOLVED : a->state, a->reason);
	query_text(q, "verdict", verdict_kind_name(a->kind));
	fields_numbers(q, a);
	alert_fields_revised(q, a);
	alert_field_period(q, "since", a->since);
	alert_field_period(q, "ended", a->ended);
	wire_answer_int(&q->rows, "commit", (int64_t)a->commit);
}

static enum err
fields_group(struct alert_service *a, struct query *q,
             const struct notice_group *group)
{
	const struct catalogue *c = a->catalogue;
	char text[ALERT_FINGERPRINT_TEXT];

	buf_reset(&a->scratch);
	notice_group_labels(c, group, a->demo, &a->scratch);
	if (buf_err(&a->scratch) != ERR_OK)
		return buf_err(&a->scratch);
	query_text(q, "programme", c->programmes[group->programme].id);
	query_text(q, "alertname", notice_group_name(group->kind));
	query_text(q, "indicator", c->indicators[group->family].id);
	query_text(q, "fingerprint",
	           alert_fingerprint_text(
	               notice_fingerprint(buf_span(&a->scratch)), text));
	query_text(q, "severity", NOTICE_GROUP_SEVERITY);
	query_text(q, "audience", NOTICE_GROUP_AUDIENCE);
	fields_state(q, group->firing ? ALERT_FIRING : ALERT_RESOLVED,
	             group->firing ? ALERT_REASON_NONE : ALERT_RECOVERED);
	wire_answer_int(&q->rows, "commit", (int64_t)group->commit);
	wire_answer_int(&q->rows, "units", group->n_units);
	return ERR_OK;
}

static enum err
row_write(struct alert_service *a, struct query *q, const struct said_row *row)
{
	enum err err = ERR_OK;

	wire_answer_row(&q->rows);
	if (row->kind == STREAM_VERDICTS)
		fields_verdict(q, a->catalogue, row);
	else if (row->kind == STREAM_ALERTS)
		fields_alert(q, a->catalogue, row);
	else
		err = fields_group(a, q, &row->group);
	return err == ERR_OK ? wire_answer_row_end(&q->rows) : err;
}

static bool
verdict_take(const struct catalogue *c, struct span record,
             struct said_row *row)
{
	const struct verdict *v = &row->verdict;

	if (verdict_record_read(record, &row->verdict, &row->gone) != ERR_OK)
		return false;
	row->number = v->target;
	return row->gone ? v->target < c->n_targets && v->unit < c->n_units
	                 : alert_verdict_known(c, v);
}

static bool
alert_take(const struct catalogue *c, struct span record, struct said_row *row)
{
	const struct alert *a = &row->alert;

	if (alert_record_read(record, &row->alert) != ERR_OK)
		return false;
	row->number = a->target;
	row->gone = a->state == ALERT_INACTIVE && !alert_ended(a);
	return a->target < c->n_targets && a->unit < c->n_units;
}

static bool
group_take(const struct catalogue *c, struct span record, struct said_row *row)
{
	const struct notice_group *g = &row->group;

	if (notice_group_read(record, &row->group) != ERR_OK)
		return false;
	row->number = g->programme;
	return g->programme < c->n_programmes && g->family < c->n_indicators;
}

/* ERR_CORRUPT; ERR_NOT_FOUND: a record of no stream. */
static enum err
row_take(const struct catalogue *c, struct span record, struct said_row *row)
{
	bool known;

	row->gone = false;
	switch ((int)record_type(record)) {
	case RECORD_VERDICT:
		row->kind = STREAM_VERDICTS;
		known = verdict_take(c, record, row);
		break;
	case RECORD_ALERT:
		row->kind = STREAM_ALERTS;
		known = alert_take(c, record, row);
		break;
	case RECORD_GROUP:
		row->kind = STREAM_GROUPS;
		known = group_take(c, record, row);
		break;
	default: return ERR_NOT_FOUND;
	}
	return known ? ERR_OK : ERR_CORRUPT;
}

/* --- what a commit changed --------------------------------------------------------- */

static enum err
tell_record(struct alert_service *a, struct query *q, struct span record,
            const struct alert_stream_sink *sink)
{
	char topic[TOPIC_MAX];
	struct wire_list rows, pairs;
	struct said_row row;
	enum err err = row_take(a->catalogue, record, &row);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	topic_write(topic, a->catalogue, row.kind, row.number);
	if (!sink->wants(sink->self, topic))
		return ERR_OK;
	wire_answer_reset(&q->rows);
	err = row_write(a, q, &row);
	rows = wire_answer_list(&q->rows);
	if (err == ERR_OK && wire_answer_next(&rows, &pairs))
		sink->row(sink->self, topic, pairs);
	return err;
}

enum err
alert_stream_commit(struct alert_service *a, struct kv *journal,
                    uint64_t number, const struct alert_stream_sink *sink)
{
	struct commit commit;
	struct query q;
	enum err err = journal_commit(journal, number, &commit);

	if (err != ERR_OK || a->catalogue == NULL)
		return err;
	query_init(&q);
	for (uint32_t i = 0; i < commit.n_records && err == ERR_OK; i++) {
		struct span record;

		err = journal_record(journal, number, i, &record);
		if (err == ERR_OK)
			err = tell_record(a, &q, record, sink);
	}
	query_fini(&q);
	return err;
}

/* --- what stands ------------------------------------------------------------------- */

struct snapshot {
	const struct alert_ask *ask;
	enum stream_kind kind;
	uint32_t number;
	struct alert_key key;   /* the place among verdicts */
	struct alert_past past; /* among alerts or groups */
};

/* The next key of the stream, and what was said of it last; record empty: nothing. */
static enum err
snapshot_next(struct snapshot *s, struct span *record, bool *more)
{
	struct alert_key prefix =
	    alert_key_of(ALERT_TABLE_VERDICTS, &s->number, 1);
	struct alert_said said;
	enum err err;

	if (s->kind == STREAM_VERDICTS)
		return alert_prefix_next(s->ask->state, &prefix, &s->key,
		                         record, more);
	err = alert_past_next(s->ask->state, &s->past, &said, more);
	*more = *more && alert_key_number(&s->past.key, 0) == s->number;
	*record = said.record;
	return err;
}

static enum err
snapshot_row(const struct snapshot *s, struct span record)
{
	struct alert_service *a = s->ask->a;
	struct said_row row;
	enum err err;

	if (record.len == 0)
		return ERR_OK;
	err = row_take(a->catalogue, record, &row);
	if (err != ERR_OK || row.kind != s->kind || row.number != s->number)
		return ERR_CORRUPT;
	return row.gone ? ERR_OK : row_write(a, s->ask->q, &row);
}

/* The token: the last key that is done. */
static enum err
snapshot_token(const struct snapshot *s)
{
	const struct alert_key *key =
	    s->kind == STREAM_VERDICTS ? &s->key : &s->past.key;

	buf_put(&s->ask->q->next, key->bytes, key->len);
	return buf_err(&s->ask->q->next);
}

static enum err
snapshot_walk(struct snapshot *s)
{
	enum err err = ERR_OK;

	for (uint32_t looks = 0; err == ERR_OK; looks++) {
		struct snapshot before = *s;
		struct span record;
		bool more;

		err = snapshot_next(s, &record, &more);
		if (err != ERR_OK || !more)
			return err;
		err = looks < ALERT_STREAM_LOOKS ? snapshot_row(s, record)
		                                 : ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && looks > 0)
			return snapshot_token(&before);
	}
	return err;
}

/* From the stream's first key, or behind that of a token; one that is none: from the
 * first. */
static void
snapshot_resume(struct snapshot *s)
{
	struct span token = s->ask->q->after;
	struct alert_key first;

	s->past.by = UINT64_MAX;
	s->past.table = s->kind == STREAM_GROUPS ? ALERT_TABLE_PAST_GROUPS
	                                         : ALERT_TABLE_PAST_ALERTS;
	first = alert_key_of(s->kind == STREAM_VERDICTS ? ALERT_TABLE_VERDICTS
	                                                : s->past.table,
	                     &s->number, 1);
	if (token.len < first.len ||
	    memcmp(token.ptr, first.bytes, first.len) != 0)
		token.len = 0;
	if (s->kind == STREAM_VERDICTS && token.len == first.len + 4) {
		memcpy(s->key.bytes, token.ptr, token.len);
		s->key.len = token.len;
	}
	if (s->kind == STREAM_VERDICTS)
		return;
	alert_past_resume(&s->past, token);
	if (s->past.key.len == 0)
		alert_past_begin(&s->past, s->number);
}

/* --- names ------------------------------------------------------------------------- */

static bool
name_begins(struct span name, const char *with)
{
	return name.len >= strlen(with) &&
	       memcmp(name.ptr, with, strlen(with)) == 0;
}

static bool
topic_is(const struct catalogue *c, enum stream_kind kind, uint32_t number,
         struct span name)
{
	char topic[TOPIC_MAX];

	topic_write(topic, c, kind, number);
	return span_equal(span_str(topic), name);
}

/* Also of a target or programme that is no longer declared: its alerts have ended. */
static enum err
snapshot_open(struct snapshot *s)
{
	const struct catalogue *c = s->ask->a->catalogue;
	struct span name = query_arg(s->ask->q, "stream");

	s->ask->q->field = "stream";
	if (name.len == 0)
		return ERR_MISSING_FIELD;
	s->kind = name_begins(name, "alert/") ? STREAM_ALERTS : STREAM_VERDICTS;
	for (s->number = 0; s->number < c->n_targets; s->number++) {
		if (topic_is(c, s->kind, s->number, name))
			return ERR_OK;
	}
	s->kind = STREAM_GROUPS;
	for (s->number = 0; s->number < c->n_programmes; s->number++) {
		if (topic_is(c, s->kind, s->number, name))
			return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

enum err
alert_stream_snapshot(const struct alert_ask *ask)
{
	struct snapshot s = {.ask = ask};
	enum err err = query_args_known(ask->q, snapshot_args);

	if (err == ERR_OK)
		err = snapshot_open(&s);
	if (err != ERR_OK)
		return err;
	snapshot_resume(&s);
	return snapshot_walk(&s);
}

/* The n-th stream: groups of each programme, then verdicts and alerts of each target.
 * False: nobody declares it. */
static bool
name_of(const struct catalogue *c, uint32_t n, char topic[static TOPIC_MAX])
{
	enum stream_kind kind = STREAM_GROUPS;
	uint32_t number = n;

	if (n >= c->n_programmes) {
		number = (n - c->n_programmes) / 2;
		kind = (n - c->n_programmes) % 2 == 0 ? STREAM_VERDICTS
		                                      : STREAM_ALERTS;
	}
	topic_write(topic, c, kind, number);
	return kind == STREAM_GROUPS ? c->programmes[number].declared
	                             : c->targets[number].declared;
}

static enum err
name_write(struct query *q, const char *topic)
{
	struct span prefix = query_arg(q, "prefix");

	if (strlen(topic) < prefix.len ||
	    (prefix.len > 0 && memcmp(topic, prefix.ptr, prefix.len) != 0))
		return ERR_OK;
	wire_answer_row(&q->rows);
	query_text(q, "stream", topic);
	return wire_answer_row_end(&q->rows);
}

enum err
alert_stream_names(const struct alert_ask *ask)
{
	const struct catalogue *c = ask->a->catalogue;
	uint32_t n = c->n_programmes + 2 * c->n_targets;
	uint32_t at, tried = 0;
	enum err err = query_args_known(ask->q, names_args);

	query_after_get(ask->q, &at, 1);
	for (; at < n && err == ERR_OK; at++) {
		char topic[TOPIC_MAX];

		if (!name_of(c, at, topic))
			continue;
		err = tried++ < ALERT_STREAM_NAMES ? name_write(ask->q, topic)
		                                   : ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && tried > 1) {
			query_next_put(ask->q, &at, 1);
			return buf_err(&ask->q->next);
		}
	}
	return err;
}
