#include "services/alert/alert_query.h"

#include <string.h>

#include "common/domain/explain.h"
#include "services/alert/alert_eval.h"
#include "services/alert/alert_filter.h"

/* Verdicts judged, alerts read, for one page: a filter that few pass must not hold
 * up the turns. A page may then be empty and still have a next one. */
#define STATUS_LOOKS_MAX QUERY_ROWS_MAX
#define ALERTS_LOOKS_MAX (10 * QUERY_ROWS_MAX)

static const char *const status_args[] = {"programme", "target", "indicator",
                                          "unit",      "level",  "map",
                                          "at",        "today",  NULL};
static const char *const alerts_args[] = {"programme", "target", "unit", "all",
                                          NULL};
static const char *const explain_args[] = {"target", "unit", "at", "lang",
                                           NULL};

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

static void
field_period(struct query *q, const char *name, struct period period)
{
	char text[PERIOD_TEXT_MAX];

	if (period.code != 0)
		query_text(q, name, period_format(period, text));
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
	const struct cat_target *t = &c->targets[v->target];

	query_text(q, "programme", c->programmes[t->programme].id);
	query_text(q, "target", t->name);
	query_text(q, "indicator", c->definitions[v->definition].id);
	query_text(q, "unit", c->units[v->unit].id);
	buf_reset(&a->scratch);
	unit_display_name(c, v->unit, &a->scratch);
	query_text(q, "unit_name", buf_cstr(&a->scratch));
	if (v->map != NUMBER_NONE)
		query_text(q, "map", c->maps[v->map].id);
	field_period(q, "period", v->judged);
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
	field_period(q, "target_period", v->due);
	if (v->has_base) {
		wire_answer_decimal(&q->rows, "base", v->base, v->places);
		field_period(q, "base_period", v->base_period);
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
		field_period(q, "last_period", v->last_period);
	}
	field_period(q, "achieved_period", v->achieved_period);
	if (v->has_pace)
		field_fine(q, "pace", v->pace, v->places);
	if (v->has_required_pace)
		field_fine(q, "required_pace", v->required_pace, v->places);
}

static enum err
status_row(struct alert_service *a, struct query *q, const struct verdict *v)
{
	const struct catalogue *c = a->catalogue;
	const struct cat_target_version *version =
	    &c->targets[v->target].versions[v->version];

	wire_answer_row(&q->rows);
	fields_what(a, q, v);
	fields_figure(q, v);
	fields_target(q, v);
	fields_verdict(q, v);
	query_text(q, "method", version->method);
	field_document(q, c, "target_document", version->document);
	if (v->has_figure) {
		field_document(q, c, "value_document", v->figure.document);
		if (v->figure.source != NUMBER_NONE)
			query_text(q, "source",
			           c->sources[v->figure.source].id);
		if (v->figure.commit != 0)
			wire_answer_int(&q->rows, "commit",
			                (int64_t)v->figure.commit);
	}
	return wire_answer_row_end(&q->rows);
}

/* Bound in this map, or judged on a roll-up in it. */
static bool
target_in_map(const struct verdict_input *in, const struct verdict *v,
              uint32_t map)
{
	return in->target->versions[v->version].map == map || v->map == map;
}

static enum err
status_binding(struct alert_service *a, struct kv *state, struct query *q,
               const struct alert_filter *f, const struct binding *b)
{
	struct verdict_input in;
	struct verdict verdict;
	enum err err = alert_input(a, state, b, &in);

	if (err != ERR_OK)
		return err;
	in.asked = f->at;
	if (f->today.n != DAY_NONE)
		in.today = f->today;
	if (!verdict_judge(&in, &verdict) ||
	    (f->map != NUMBER_NONE && !target_in_map(&in, &verdict, f->map)))
		return ERR_OK;
	return status_row(a, q, &verdict);
}

static enum err
status_query(struct alert_service *a, struct kv *state, struct query *q)
{
	struct alert_filter filter;
	uint32_t looks = 0;
	uint32_t at = 0;
	enum err err = query_args_known(q, status_args);

	if (err == ERR_OK)
		err = alert_filter_open(a, q, &filter);
	query_after_get(q, &at, 1);
	for (; at < a->n_bindings && err == ERR_OK; at++) {
		if (!alert_filter_passes(a, &filter, &a->bindings[at]))
			continue;
		if (looks++ < STATUS_LOOKS_MAX)
			err = status_binding(a, state, q, &filter,
			                     &a->bindings[at]);
		else
			err = ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && (q->rows.n_rows > 0 || looks > 1)) {
			query_next_put(q, &at, 1);
			return buf_err(&q->next);
		}
	}
	return err;
}

static void
fields_alert(struct alert_service *a, struct query *q,
             const struct alert *alert)
{
	const struct catalogue *c = a->catalogue;
	const struct cat_target *t = &c->targets[alert->target];
	const struct cat_target_version *v = &t->versions[t->n_versions - 1];
	const struct cat_unit *u = &c->units[alert->unit];
	char text[ALERT_FINGERPRINT_TEXT];

	query_text(q, "fingerprint",
	           alert_fingerprint_text(alert->fingerprint, text));
	query_text(q, "programme", c->programmes[t->programme].id);
	query_text(q, "target", t->name);
	query_text(q, "indicator", c->definitions[v->definition].id);
	query_text(q, "unit", u->id);
	query_text(q, "level", unit_name_on(u, a->tick.date)->level);
	if (v->map != NUMBER_NONE)
		query_text(q, "map", c->maps[v->map].id);
	query_text(q, "severity", alert_severity_name(alert->severity));
	for (uint32_t i = 0; i < v->n_rules; i++) {
		if (alert_severity_parse(v->rules[i].severity) ==
		    alert->severity)
			query_text(q, "audience", v->rules[i].audience);
	}
}

/* It fired and does no longer; a revision may have unmade the whole episode. */
static bool
alert_ended(const struct alert *alert)
{
	return alert->state == ALERT_RESOLVED ||
	       (alert->state == ALERT_INACTIVE &&
	        alert->reason != ALERT_REASON_NONE);
}

static enum err
alert_row(struct alert_service *a, struct query *q, const struct alert *alert)
{
	wire_answer_row(&q->rows);
	fields_alert(a, q, alert);
	query_text(q, "state",
	           alert_state_name(alert_ended(alert) ? ALERT_RESOLVED
	                                               : alert->state));
	query_text(q, "verdict", verdict_kind_name(alert->kind));
	if (alert->reason != ALERT_REASON_NONE)
		query_text(q, "reason", alert_reason_name(alert->reason));
	field_period(q, "since", alert->since);
	wire_answer_int(&q->rows, "commit", (int64_t)alert->commit);
	buf_reset(&a->scratch);
	alert_summary_write(a->catalogue, alert, LANG_EN, &a->scratch);
	query_text(q, "summary", buf_cstr(&a->scratch));
	return wire_answer_row_end(&q->rows);
}

static bool
alert_shown(const struct alert_service *a, const struct alert_filter *f,
            bool all, const struct alert *alert)
{
	struct binding b = {.target = alert->target, .unit = alert->unit};

	if (alert->target >= a->catalogue->n_targets ||
	    !a->catalogue->targets[alert->target].declared)
		return false;
	if (alert->state != ALERT_FIRING && alert->state != ALERT_PENDING &&
	    (!all || !alert_ended(alert)))
		return false;
	return alert_filter_passes(a, f, &b);
}

static enum err
alerts_walk(struct alert_service *a, struct kv *state, struct query *q,
            const struct alert_filter *f)
{
	bool all = query_arg(q, "all").len > 0;
	struct alert_key key = {.len = 0};
	uint32_t looks = 0;
	enum err err = ERR_OK;

	if (q->after.len > 0 && q->after.len < sizeof(key.bytes)) {
		memcpy(key.bytes, q->after.ptr, q->after.len);
		key.len = q->after.len;
	}
	while (err == ERR_OK) {
		struct alert_key before = key;
		struct alert alert;
		struct span value;
		bool more;

		err = alert_table_next(state, ALERT_TABLE_ALERTS, &key, &value,
		                       &more);
		if (err != ERR_OK || !more)
			return err;
		if (alert_record_read(value, &alert) != ERR_OK)
			return ERR_CORRUPT;
		if (looks++ == ALERTS_LOOKS_MAX)
			err = ERR_TOO_LARGE;
		else if (alert_shown(a, f, all, &alert))
			err = alert_row(a, q, &alert);
		if (err == ERR_TOO_LARGE && looks > 1) {
			buf_put(&q->next, before.bytes, before.len);
			return buf_err(&q->next);
		}
	}
	return err;
}

static enum err
alerts_query(struct alert_service *a, struct kv *state, struct query *q)
{
	struct alert_filter filter;
	enum err err = query_args_known(q, alerts_args);

	if (err == ERR_OK)
		err = alert_filter_open(a, q, &filter);
	return err == ERR_OK ? alerts_walk(a, state, q, &filter) : err;
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

/* The one binding that target and unit name; a target's last part may name several,
 * then the programme is missing. */
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
		if (*found != NULL)
			return ERR_BAD_VALUE;
		*found = &a->bindings[i];
	}
	return *found == NULL ? ERR_UNKNOWN_REFERENCE : ERR_OK;
}

static enum err
explain_query(struct alert_service *a, struct kv *state, struct query *q)
{
	enum lang lang = lang_parse(query_arg(q, "lang"));
	const struct binding *binding;
	struct verdict_input in;
	struct verdict verdict;
	struct alert_filter filter;
	enum err err = query_args_known(q, explain_args);

	if (err == ERR_OK)
		err = alert_filter_open(a, q, &filter);
	if (err == ERR_OK)
		err = find_binding(a, q, &filter, &binding);
	if (err == ERR_OK)
		err = alert_input(a, state, binding, &in);
	if (err != ERR_OK)
		return err;
	in.asked = filter.at;
	q->field = "at";
	if (!verdict_judge(&in, &verdict))
		return ERR_NOT_FOUND;
	buf_reset(&a->scratch);
	explain_write(a->catalogue, &verdict, lang == LANGS ? LANG_EN : lang,
	              &a->scratch);
	if (buf_err(&a->scratch) != ERR_OK)
		return buf_err(&a->scratch);
	q->rows.max_rows = QUERY_ROWS_MAX; /* one answer, whatever was asked */
	return lines_answer(q, buf_span(&a->scratch));
}

static const struct {
	const char *what;
	enum err (*answer)(struct alert_service *a, struct kv *state,
	                   struct query *q);
} queries[] = {
    {"status", status_query},
    {"alerts", alerts_query},
    {"explain", explain_query},
};

enum err
alert_query(struct alert_service *a, struct kv *state, struct span what,
            struct query *q)
{
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		if (!span_equal(span_str(queries[i].what), what))
			continue;
		if (a->catalogue == NULL)
			return ERR_NO_CATALOGUE;
		return queries[i].answer(a, state, q);
	}
	q->field = "what";
	return ERR_NOT_FOUND;
}
