#include "services/alert/alert_query.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/explain.h"
#include "services/alert/alert_absent.h"
#include "services/alert/alert_eval.h"
#include "services/alert/alert_filter.h"
#include "services/alert/alert_note.h"
#include "services/alert/alert_past.h"
#include "services/alert/alert_stream.h"
#include "services/alert/alert_tell.h"

/* Alerts read for one page; see alert_status.c. */
#define ALERTS_LOOKS_MAX (10 * QUERY_ROWS_MAX)

static const char *const alerts_args[] = {"programme", "target", "unit", "all",
                                          "as_of",     "lang",   NULL};
static const char *const explain_args[] = {"target", "unit", "at", "lang",
                                           NULL};

/* What only a target that is still declared can tell. */
static void
fields_rule(struct query *q, const struct catalogue *c,
            const struct alert *alert)
{
	const struct cat_target *t = &c->targets[alert->target];
	const struct cat_target_version *v = &t->versions[t->n_versions - 1];

	query_text(q, "indicator", c->definitions[v->definition].id);
	if (v->map != NUMBER_NONE)
		query_text(q, "map", c->maps[v->map].id);
	for (uint32_t i = 0; i < v->n_rules; i++) {
		if (alert_severity_parse(v->rules[i].severity) ==
		    alert->severity)
			query_text(q, "audience", v->rules[i].audience);
	}
}

static void
fields_alert(struct alert_service *a, struct query *q,
             const struct alert *alert)
{
	const struct catalogue *c = a->catalogue;
	const struct cat_unit *u = &c->units[alert->unit];
	char text[ALERT_FINGERPRINT_TEXT];

	query_text(q, "fingerprint",
	           alert_fingerprint_text(alert->fingerprint, text));
	query_text(q, "alertname", ALERT_NAME);
	alert_field_target(q, &c->targets[alert->target]);
	if (c->targets[alert->target].n_versions > 0)
		fields_rule(q, c, alert);
	query_text(q, "unit", u->id);
	if (u->n_names > 0)
		query_text(q, "level", unit_name_on(u, a->tick.date)->level);
	query_text(q, "severity", alert_severity_name(alert->severity));
}

/* A revision may have unmade the whole episode. */
bool
alert_ended(const struct alert *alert)
{
	return alert->state == ALERT_RESOLVED ||
	       (alert->state == ALERT_INACTIVE &&
	        alert->reason != ALERT_REASON_NONE);
}

/* L2: the figure that fired, as it was and, if it still counts, as it is. */
void
alert_fields_revised(struct query *q, const struct alert *alert)
{
	if (alert->reason == ALERT_REASON_NONE || alert->revised.code == 0)
		return;
	alert_field_period(q, "revised_period", alert->revised);
	wire_answer_decimal(&q->rows, "value_old", alert->value_old,
	                    alert->places);
	if (!alert->revised_gone)
		wire_answer_decimal(&q->rows, "value_new", alert->value_new,
		                    alert->places);
}

/* Alerts of targets, then groups. */
struct alerts_walk {
	const struct alert_ask *ask;
	const struct alert_filter *filter;
	bool all;
	enum lang lang;
	bool groups;
	struct alert_key key;   /* place among those of now */
	struct alert_past past; /* place among those of then */
};

/* Do sinks know that it fires? As of a commit nobody can tell. */
static enum err
field_delivered(const struct alerts_walk *w, const struct tell_key *key)
{
	struct alert_key live = tell_live_key(ALERT_TABLE_LIVE, key);
	struct span value;
	enum err err;

	if (w->filter->past)
		return ERR_OK;
	err = kv_get(w->ask->state, alert_key_span(&live), &value);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	wire_answer_field(&w->ask->q->rows, "delivered",
	                  wire_bool(err == ERR_OK));
	return ERR_OK;
}

static enum err
alert_row(const struct alerts_walk *w, const struct alert *alert)
{
	struct alert_service *a = w->ask->a;
	struct query *q = w->ask->q;
	struct tell_key key = {
	    .programme = alert_programme_of(a->catalogue, alert->target),
	    .kind = TELL_TARGET,
	    .a = alert->target,
	    .b = alert->unit,
	    .severity = alert->severity};
	enum err err;

	wire_answer_row(&q->rows);
	fields_alert(a, q, alert);
	query_text(q, "state",
	           alert_state_name(alert_ended(alert) ? ALERT_RESOLVED
	                                               : alert->state));
	query_text(q, "verdict", verdict_kind_name(alert->kind));
	if (alert->reason != ALERT_REASON_NONE)
		query_text(q, "reason", alert_reason_name(alert->reason));
	alert_fields_revised(q, alert);
	alert_field_period(q, "since", alert->since);
	wire_answer_int(&q->rows, "commit", (int64_t)alert->commit);
	err = field_delivered(w, &key);
	if (err != ERR_OK)
		return err;
	buf_reset(&a->scratch);
	alert_summary_write(a->catalogue, alert, w->lang, &a->scratch);
	query_text(q, "summary", buf_cstr(&a->scratch));
	return wire_answer_row_end(&q->rows);
}

/* Late or doubtful figures: of no target and unit, so that whoever asks for one
 * isn't shown them. */
static bool
group_shown(const struct alerts_walk *w, const struct notice_group *group)
{
	const struct alert_filter *f = w->filter;

	return (group->firing || w->all) && f->target.len == 0 &&
	       f->unit == NUMBER_NONE &&
	       (f->programme == NUMBER_NONE ||
	        f->programme == group->programme);
}

static enum err
group_row(const struct alerts_walk *w, const struct notice_group *group)
{
	struct alert_service *a = w->ask->a;
	const struct catalogue *c = a->catalogue;
	struct query *q = w->ask->q;
	struct tell_key key = tell_group_key(group);
	char text[ALERT_FINGERPRINT_TEXT];
	enum err err;

	buf_reset(&a->scratch);
	notice_group_labels(c, group, a->demo, &a->scratch);
	wire_answer_row(&q->rows);
	query_text(q, "fingerprint",
	           alert_fingerprint_text(
	               notice_fingerprint(buf_span(&a->scratch)), text));
	query_text(q, "alertname", notice_group_name(group->kind));
	query_text(q, "programme", c->programmes[group->programme].id);
	query_text(q, "indicator", c->indicators[group->family].id);
	query_text(q, "severity", NOTICE_GROUP_SEVERITY);
	query_text(q, "audience", NOTICE_GROUP_AUDIENCE);
	query_text(
	    q, "state",
	    alert_state_name(group->firing ? ALERT_FIRING : ALERT_RESOLVED));
	if (!group->firing)
		query_text(q, "reason", alert_reason_name(ALERT_RECOVERED));
	wire_answer_int(&q->rows, "commit", (int64_t)group->commit);
	wire_answer_int(&q->rows, "units", group->n_units);
	err = field_delivered(w, &key);
	if (err != ERR_OK)
		return err;
	buf_reset(&a->scratch);
	notice_group_summary(c, group, w->lang, &a->scratch);
	query_text(q, "summary", buf_cstr(&a->scratch));
	return wire_answer_row_end(&q->rows);
}

static bool
alert_shown(const struct alert_service *a, const struct alert_filter *f,
            bool all, const struct alert *alert)
{
	if (alert->state != ALERT_FIRING && alert->state != ALERT_PENDING &&
	    (!all || !alert_ended(alert)))
		return false;
	return alert_filter_alert(a, f, alert);
}

/* English unless Vietnamese is asked for. */
static enum lang
asked_lang(struct query *q)
{
	enum lang lang = lang_parse(query_arg(q, "lang"));

	return lang == LANGS ? LANG_EN : lang;
}

/* The next one of the table that is walked, now or as of a commit; record empty:
 * nothing by then. */
static enum err
table_next(struct alerts_walk *w, struct span *record, bool *more)
{
	struct alert_said said;
	enum err err;

	if (!w->filter->past)
		return alert_table_next(w->ask->state,
		                        w->groups ? ALERT_TABLE_GROUPS
		                                  : ALERT_TABLE_ALERTS,
		                        &w->key, record, more);
	err = alert_past_next(w->ask->state, &w->past, &said, more);
	*record = said.record;
	return err;
}

static void
groups_begin(struct alerts_walk *w)
{
	w->groups = true;
	w->key.len = w->past.key.len = 0;
	w->past.table = ALERT_TABLE_PAST_GROUPS;
}

static enum err
alerts_next(struct alerts_walk *w, struct span *record, bool *more)
{
	enum err err = table_next(w, record, more);

	if (err != ERR_OK || *more || w->groups)
		return err;
	groups_begin(w);
	return table_next(w, record, more);
}

static enum err
group_tell(const struct alerts_walk *w, struct span record)
{
	const struct catalogue *c = w->ask->a->catalogue;
	struct notice_group group;

	if (notice_group_read(record, &group) != ERR_OK ||
	    group.programme >= c->n_programmes ||
	    group.family >= c->n_indicators)
		return ERR_CORRUPT;
	return group_shown(w, &group) ? group_row(w, &group) : ERR_OK;
}

static enum err
alerts_tell(const struct alerts_walk *w, struct span record)
{
	struct alert_service *a = w->ask->a;
	struct alert alert;

	if (record.len == 0)
		return ERR_OK;
	if (w->groups)
		return group_tell(w, record);
	if (alert_record_read(record, &alert) != ERR_OK ||
	    alert.target >= a->catalogue->n_targets ||
	    alert.unit >= a->catalogue->n_units)
		return ERR_CORRUPT;
	if (!alert_shown(a, w->filter, w->all, &alert))
		return ERR_OK;
	return alert_row(w, &alert);
}

static struct span
alerts_place(const struct alerts_walk *w)
{
	return alert_key_span(w->filter->past ? &w->past.key : &w->key);
}

static void
alerts_resume(struct alerts_walk *w, struct span token)
{
	if (token.len > 0 && (token.ptr[0] == ALERT_TABLE_GROUPS ||
	                      token.ptr[0] == ALERT_TABLE_PAST_GROUPS))
		groups_begin(w);
	alert_past_resume(&w->past, token);
	if (token.len > 0 && token.len < sizeof(w->key.bytes)) {
		memcpy(w->key.bytes, token.ptr, token.len);
		w->key.len = token.len;
	}
}

static enum err
alerts_page(struct alerts_walk *w)
{
	struct query *q = w->ask->q;
	enum err err = ERR_OK;

	for (uint32_t looks = 0; err == ERR_OK; looks++) {
		struct alerts_walk before = *w;
		struct span record;
		bool more;

		err = alerts_next(w, &record, &more);
		if (err != ERR_OK || !more)
			return err;
		err = looks < ALERTS_LOOKS_MAX ? alerts_tell(w, record)
		                               : ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && looks > 0) {
			struct span place = alerts_place(&before);

			buf_put(&q->next, place.ptr, place.len);
			return buf_err(&q->next);
		}
	}
	return err;
}

static enum err
alerts_query(const struct alert_ask *ask)
{
	struct alert_filter filter;
	struct alerts_walk w = {.ask = ask,
	                        .filter = &filter,
	                        .all = query_arg(ask->q, "all").len > 0,
	                        .lang = asked_lang(ask->q),
	                        .past = {.table = ALERT_TABLE_PAST_ALERTS}};
	int64_t time_ms;
	enum err err = query_args_known(ask->q, alerts_args);

	if (err == ERR_OK)
		err = alert_filter_open(ask->a, ask->q, &filter);
	if (err == ERR_OK && filter.past)
		err = alert_as_of_time(ask, filter.as_of, &time_ms);
	if (err != ERR_OK)
		return err;
	w.past.by = filter.as_of;
	alerts_resume(&w, ask->q->after);
	return alerts_page(&w);
}

/* Bytes of the first row of text: up to the end of the line, but no more than one
 * text holds, cut at a blank if there is one. */
static size_t
row_length(struct span text)
{
	const uint8_t *end = memchr(text.ptr, '\n', text.len);
	size_t len = end == NULL ? text.len : (size_t)(end - text.ptr);
	size_t cut = WIRE_TEXT_MAX;

	if (len <= WIRE_TEXT_MAX)
		return len;
	while (cut > 0 && text.ptr[cut] != ' ')
		cut--;
	if (cut > 0)
		return cut;
	for (cut = WIRE_TEXT_MAX; (text.ptr[cut] & 0xc0) == 0x80;)
		cut--;
	return cut;
}

static enum err
lines_answer(struct query *q, struct span text)
{
	enum err err = ERR_OK;

	while (text.len > 0 && err == ERR_OK) {
		size_t len = row_length(text);

		wire_answer_row(&q->rows);
		wire_answer_text(&q->rows, "line", span_of(text.ptr, len));
		err = wire_answer_row_end(&q->rows);
		if (len < text.len &&
		    (text.ptr[len] == '\n' || text.ptr[len] == ' '))
			len++;
		text = span_of(text.ptr + len, text.len - len);
	}
	return err;
}

/* The one binding that target and unit name, NULL: none; a target's last part may name
 * several, then the programme is missing. */
static enum err
find_binding(struct alert_service *a, struct query *q,
             const struct alert_filter *f, const struct binding **found)
{
	q->field = "target";
	*found = NULL;
	if (f->target.len == 0 || f->unit == NUMBER_NONE)
		return ERR_MISSING_FIELD;
	for (uint32_t i = 0; i < a->n_bindings; i++) {
		if (!alert_filter_passes(a, f, &a->bindings[i]))
			continue;
		if (*found != NULL) {
			(void)snprintf(
			    q->hint, sizeof(q->hint), "%s or %s?",
			    a->catalogue->targets[(*found)->target].id,
			    a->catalogue->targets[a->bindings[i].target].id);
			return ERR_BAD_VALUE;
		}
		*found = &a->bindings[i];
	}
	return ERR_OK;
}

/* Below the explanation, oldest first, each with the date of its commit. */
static enum err
explain_notes(const struct alert_ask *ask, const struct verdict *v,
              enum lang lang, struct buf *out)
{
	static const char *const words[LANGS] = {
	    [LANG_VI] = "Ghi chú", [LANG_EN] = "Note"};
	struct alert_notes_of of = {v->target, v->unit, UINT64_MAX};
	struct alert_notes notes;
	enum err err = alert_notes_read(ask->state, &of, &notes);

	for (uint32_t i = 0; i < notes.n && err == ERR_OK; i++) {
		const struct alert_note *note = &notes.list[i];
		char date[DAY_TEXT_MAX];
		struct commit at;

		err = journal_commit(ask->journal, note->commit, &at);
		if (err != ERR_OK)
			return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
		buf_printf(out, "%s, %s: ", words[lang],
		           day_format(day_of_ms(at.time_ms), date));
		alert_note_print(ask->a->catalogue, &note->note, SIZE_MAX, out);
		buf_put_str(out, "\n");
	}
	return err;
}

/* The verdict, or why there is none; into scratch. */
static enum err
explain_binding(const struct alert_ask *ask, const struct alert_filter *filter,
                const struct binding *binding, enum lang lang)
{
	struct alert_service *a = ask->a;
	struct verdict_input in;
	struct verdict verdict;
	struct verdict_gaps gaps;
	enum err err = alert_input(a, ask->state, binding, &in);

	if (err != ERR_OK)
		return err;
	in.asked = filter->at;
	if (!verdict_judge(&in, &verdict)) {
		alert_absent_tell(&in, lang, &a->scratch);
		return ERR_OK;
	}
	verdict_gaps_find(&in, &verdict, &gaps);
	explain_write(a->catalogue, &verdict, &gaps, lang, &a->scratch);
	return explain_notes(ask, &verdict, lang, &a->scratch);
}

static enum err
explain_query(const struct alert_ask *ask)
{
	struct alert_service *a = ask->a;
	struct query *q = ask->q;
	enum lang lang = asked_lang(q);
	const struct binding *binding = NULL;
	struct alert_filter filter;
	enum err err = query_args_known(q, explain_args);

	if (err == ERR_OK)
		err = alert_filter_open(a, q, &filter);
	if (err == ERR_OK)
		err = find_binding(a, q, &filter, &binding);
	if (err != ERR_OK)
		return err;
	buf_reset(&a->scratch);
	if (binding != NULL)
		err = explain_binding(ask, &filter, binding, lang);
	else
		alert_unbound_tell(a->catalogue,
		                   alert_filter_target(a, &filter), filter.unit,
		                   lang, &a->scratch);
	if (err == ERR_OK)
		err = buf_err(&a->scratch);
	if (err != ERR_OK)
		return err;
	q->rows.max_rows = QUERY_ROWS_MAX; /* one answer, whatever was asked */
	return lines_answer(q, buf_span(&a->scratch));
}

static const struct {
	const char *what;
	enum err (*answer)(const struct alert_ask *ask);
} queries[] = {
    {"status", alert_status_query},  {"alerts", alerts_query},
    {"explain", explain_query},      {"snapshot", alert_stream_snapshot},
    {"streams", alert_stream_names},
};

enum err
alert_query(const struct alert_ask *ask, struct span what)
{
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		if (!span_equal(span_str(queries[i].what), what))
			continue;
		if (ask->a->catalogue == NULL)
			return ERR_NO_CATALOGUE;
		return queries[i].answer(ask);
	}
	ask->q->field = "what";
	return ERR_NOT_FOUND;
}
