#include "services/alert/gauges_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/stat.h"
#include "common/domain/notice.h"

#define LABELS_MAX 8192 /* of one sample; ids are short */
#define TAIL_BYTES 512  /* room for what is said of those left out */

static const struct stat_row alerts_row = {
    .name = "tiendo_alerts",
    .kind = STAT_GAUGE,
    .help = "Open alerts.",
};

static const struct stat_row left_out_row = {
    .name = "tiendo_target_left_out",
    .kind = STAT_GAUGE,
    .help = "Verdicts that found no room in this answer.",
};

enum family { FAMILY_VERDICT, FAMILY_GAP, FAMILY_VALUE, FAMILY_PATH, FAMILIES };

static const struct stat_row families[FAMILIES] = {
    [FAMILY_VERDICT] = {.name = "tiendo_target_verdict",
                        .kind = STAT_GAUGE,
                        .help = "1 for the present verdict of a target."},
    [FAMILY_GAP] = {.name = "tiendo_target_gap",
                    .kind = STAT_GAUGE,
                    .help = "Figure against path; above zero is ahead."},
    [FAMILY_VALUE] = {.name = "tiendo_target_value",
                      .kind = STAT_GAUGE,
                      .help = "The figure judged, in its own unit."},
    [FAMILY_PATH] = {.name = "tiendo_target_path",
                     .kind = STAT_GAUGE,
                     .help = "What is due in the period judged."},
};

static const char *const levels[] = {"nation", "region", "province"};

/* Text of each family, while verdicts are read. */
struct page {
	struct buf of[FAMILIES];
	struct buf labels;
	size_t max_bytes; /* of all families together */
	int64_t n_left_out;
};

static const char *
level_of(const struct alert_service *a, uint32_t unit)
{
	const struct cat_unit *u = &a->catalogue->units[unit];
	const char *level;

	if (u->n_names == 0)
		return NULL;
	level = unit_name_on(u, a->tick.date)->level;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (strcmp(level, levels[i]) == 0)
			return levels[i];
	return NULL;
}

/* ERR_NOT_FOUND: the binding has no verdict. */
static enum err
verdict_read(struct kv *state, const struct binding *b, struct verdict *v)
{
	const uint32_t numbers[] = {b->target, b->unit};
	struct alert_key key = alert_key_of(ALERT_TABLE_VERDICTS, numbers, 2);
	struct span value;
	bool gone;
	enum err err = kv_get(state, alert_key_span(&key), &value);

	if (err != ERR_OK)
		return err;
	if (verdict_record_read(value, v, &gone) != ERR_OK)
		return ERR_CORRUPT;
	return gone ? ERR_NOT_FOUND : ERR_OK;
}

static void
put_label(struct buf *out, const char *key, const char *value)
{
	if (value != NULL)
		stat_put_label(out, key, span_str(value));
}

static enum err
labels_make(const struct alert_service *a, const struct verdict *v,
            const char *level, struct buf *out)
{
	const struct catalogue *c = a->catalogue;
	const struct cat_target *t = &c->targets[v->target];
	const struct cat_target_version *version;

	if (v->version >= t->n_versions || v->definition >= c->n_definitions)
		return ERR_CORRUPT;
	version = &t->versions[v->version];
	buf_reset(out);
	put_label(out, "programme", c->programmes[t->programme].id);
	put_label(out, "target", t->name);
	put_label(out, "indicator", c->definitions[v->definition].indicator);
	put_label(out, "unit", c->units[v->unit].id);
	put_label(out, "level", level);
	put_label(out, "map",
	          version->map == NUMBER_NONE ? NULL
	                                      : c->maps[version->map].id);
	return buf_err(out);
}

static void
put_line(struct page *s, enum family family, const char *more,
         const char *number)
{
	buf_printf(&s->of[family], "%s{%s%s} %s\n", families[family].name,
	           buf_cstr(&s->labels), more, number);
}

static void
put_verdict(struct page *s, const struct verdict *v)
{
	char kind[64];
	char text[DECIMAL_TEXT_MAX];

	(void)snprintf(kind, sizeof(kind), ",verdict=\"%s\"",
	               verdict_kind_name(v->kind));
	put_line(s, FAMILY_VERDICT, kind, "1");
	if (v->has_gap)
		put_line(s, FAMILY_GAP, "",
		         verdict_number(v->gap, v->places, text));
	if (v->has_value)
		put_line(s, FAMILY_VALUE, "",
		         decimal_format(v->value, v->places, text));
	if (v->has_path)
		put_line(s, FAMILY_PATH, "",
		         verdict_number(v->path, v->places, text));
}

/* A verdict stands in all its families or in none. */
static void
page_add(struct page *s, const struct verdict *v)
{
	size_t before[FAMILIES];
	size_t bytes = 0;

	if (s->n_left_out > 0) {
		s->n_left_out++;
		return;
	}
	for (int i = 0; i < FAMILIES; i++)
		before[i] = s->of[i].len;
	put_verdict(s, v);
	for (int i = 0; i < FAMILIES; i++)
		bytes += s->of[i].len;
	if (bytes <= s->max_bytes)
		return;
	for (int i = 0; i < FAMILIES; i++)
		buf_truncate(&s->of[i], before[i]);
	s->n_left_out = 1;
}

static enum err
binding_show(struct page *s, const struct alert_service *a, struct kv *state,
             const struct binding *b, const char *level)
{
	struct verdict v;
	enum err err = verdict_read(state, b, &v);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = labels_make(a, &v, level, &s->labels);
	if (err == ERR_OK)
		page_add(s, &v);
	return err;
}

static enum err
page_fill(struct page *s, const struct alert_service *a, struct kv *state)
{
	const uint32_t n_units = a->catalogue->n_units;
	const char **shown = calloc(n_units + 1u, sizeof(*shown));
	enum err err = shown == NULL ? ERR_NOMEM : ERR_OK;

	for (uint32_t i = 0; err == ERR_OK && i < n_units; i++)
		shown[i] = level_of(a, i);
	for (uint32_t i = 0; err == ERR_OK && i < a->n_bindings; i++) {
		const struct binding *b = &a->bindings[i];

		if (shown[b->unit] != NULL)
			err = binding_show(s, a, state, b, shown[b->unit]);
	}
	free(shown);
	return err;
}

static size_t
heads_bytes(void)
{
	struct buf heads;
	size_t bytes;

	buf_init(&heads, LABELS_MAX);
	for (int i = 0; i < FAMILIES; i++)
		stat_put_head(&heads, &families[i]);
	bytes = heads.len;
	buf_fini(&heads);
	return bytes + TAIL_BYTES;
}

static enum err
page_print(struct page *s, struct buf *out)
{
	for (int i = 0; i < FAMILIES; i++) {
		enum err err = buf_err(&s->of[i]);

		if (err != ERR_OK)
			return err;
		stat_put_head(out, &families[i]);
		buf_put(out, s->of[i].ptr, s->of[i].len);
	}
	if (s->n_left_out > 0)
		buf_put_str(out, "# There is no room for all verdicts here; "
		                 "ask: tiendo status\n");
	stat_put_head(out, &left_out_row);
	stat_put_sample(out, &left_out_row, NULL, s->n_left_out);
	return buf_err(out);
}

enum err
gauges_targets(const struct alert_service *a, struct kv *state,
               size_t max_bytes, struct buf *out)
{
	size_t heads = heads_bytes();
	struct page s = {.max_bytes = max_bytes - heads};
	enum err err = ERR_OK;

	if (max_bytes < heads)
		return ERR_TOO_LARGE;
	buf_init(&s.labels, LABELS_MAX);
	for (int i = 0; i < FAMILIES; i++)
		buf_init(&s.of[i], max_bytes + LABELS_MAX);
	if (state != NULL && a->catalogue != NULL)
		err = page_fill(&s, a, state);
	if (err == ERR_OK)
		err = page_print(&s, out);
	for (int i = 0; i < FAMILIES; i++)
		buf_fini(&s.of[i]);
	buf_fini(&s.labels);
	return err;
}

/* --- open alerts ------------------------------------------------------------ */

static const enum alert_state open_states[GAUGES_STATES] = {
    [GAUGES_PENDING] = ALERT_PENDING, [GAUGES_FIRING] = ALERT_FIRING};

static enum err
alert_count(struct span value, struct gauges_alerts *out)
{
	struct alert alert;

	if (alert_record_read(value, &alert) != ERR_OK)
		return ERR_CORRUPT;
	for (int i = 0; i < GAUGES_STATES; i++)
		out->n[i][alert.severity] += alert.state == open_states[i];
	return ERR_OK;
}

static enum err
group_count(struct span value, struct gauges_alerts *out)
{
	struct notice_group group;

	if (notice_group_read(value, &group) != ERR_OK)
		return ERR_CORRUPT;
	out->n[GAUGES_FIRING][SEVERITY_WARNING] += group.firing;
	return ERR_OK;
}

static enum err
table_count(struct kv *state, enum alert_table table,
            enum err (*count)(struct span, struct gauges_alerts *),
            struct gauges_alerts *out)
{
	struct alert_key key = {.len = 0};
	struct span value;
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		err = alert_table_next(state, table, &key, &value, &more);
		if (err != ERR_OK || !more)
			break;
		err = count(value, out);
	}
	return err;
}

enum err
gauges_alerts_count(struct kv *state, struct gauges_alerts *out)
{
	struct gauges_alerts counted = {.n = {{0}}};
	enum err err =
	    table_count(state, ALERT_TABLE_ALERTS, alert_count, &counted);

	if (err == ERR_OK)
		err = table_count(state, ALERT_TABLE_GROUPS, group_count,
		                  &counted);
	if (err == ERR_OK)
		*out = counted;
	return err;
}

void
gauges_alerts_put(const struct gauges_alerts *alerts, struct buf *out)
{
	char labels[64];

	stat_put_head(out, &alerts_row);
	for (int i = 0; i < GAUGES_STATES; i++)
		for (int s = 0; s < SEVERITIES; s++) {
			(void)snprintf(
			    labels, sizeof(labels),
			    "state=\"%s\",severity=\"%s\"",
			    alert_state_name(open_states[i]),
			    alert_severity_name((enum alert_severity)s));
			stat_put_sample(out, &alerts_row, labels,
			                (int64_t)alerts->n[i][s]);
		}
}
