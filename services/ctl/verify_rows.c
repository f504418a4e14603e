#include "services/ctl/verify_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 50000000

void
verify_rows_init(struct verify_rows *rows)
{
	*rows = (struct verify_rows){.texts = NULL};
	map_init(&rows->names, ROWS_MAX);
}

void
verify_rows_fini(struct verify_rows *rows)
{
	for (size_t i = 0; i < rows->names.n; i++)
		free(rows->texts[i]);
	free(rows->texts);
	map_fini(&rows->names);
	verify_rows_init(rows);
}

enum err
verify_rows_add(struct verify_rows *rows, struct span name, struct span text)
{
	uint32_t before = (uint32_t)rows->names.n;
	uint32_t at = before;
	enum err err =
	    naive_room(&rows->texts, at, &rows->n_cap, sizeof(*rows->texts));
	char *copy = err == ERR_OK ? malloc(text.len + 1) : NULL;

	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	err = map_intern(&rows->names, name, &at);
	if (err != ERR_OK || rows->names.n == before) {
		free(copy);
		return err != ERR_OK ? err : ERR_DUPLICATE_ID;
	}
	rows->texts[at] = copy;
	return ERR_OK;
}

char *
verify_rows_take(struct verify_rows *rows, struct span name)
{
	uint32_t at = map_get(&rows->names, name);
	char *text;

	if (at == MAP_NONE)
		return NULL;
	text = rows->texts[at];
	rows->texts[at] = NULL;
	return text;
}

/* --- as answered ----------------------------------------------------------- */

static void
put_value(struct buf *out, const struct wire_value *value)
{
	char text[DECIMAL_TEXT_MAX];

	switch ((int)value->kind) {
	case WIRE_VALUE_TEXT:
		buf_put(out, value->text.ptr, value->text.len);
		return;
	case WIRE_VALUE_INT: buf_printf(out, "%" PRId64, value->number); return;
	case WIRE_VALUE_DECIMAL:
		buf_put_str(out,
		            decimal_format(value->number, value->places, text));
		return;
	default: buf_put_str(out, "-"); return;
	}
}

/* Fields by name, a blank before each but the first; "-" if it has none. */
static void
put_fields(struct wire_list pairs, const char *const *names, struct buf *out)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		struct wire_value value = {.kind = WIRE_VALUE_NIL};

		if (i > 0)
			buf_put_u8(out, ' ');
		(void)wire_answer_get(pairs, names[i], &value);
		put_value(out, &value);
	}
}

static const char *const figure_name[] = {"definition", "unit", "period", NULL};
static const char *const figure_text[] = {"value",  "numerator", "denominator",
                                          "bound",  "status",    "source",
                                          "commit", "row",       NULL};
static const char *const rollup_name[] = {"definition", "unit", "period", "map",
                                          NULL};
static const char *const rollup_text[] = {"sum", "weight",    "n_a", "n_p",
                                          "n_e", "n_derived", NULL};
static const char *const status_name[] = {"programme", "target", "unit", NULL};
static const char *const status_text[] = {"verdict", "reason", "period",
                                          "value", NULL};

static const char *const alert_name[] = {"programme", "target", "unit",
                                         "severity", NULL};
static const char *const alert_text[] = {"state", NULL};

void
verify_figure_row(struct wire_list pairs, struct named *out)
{
	put_fields(pairs, figure_name, &out->name);
	put_fields(pairs, figure_text, &out->text);
}

void
verify_rollup_row(struct wire_list pairs, struct named *out)
{
	put_fields(pairs, rollup_name, &out->name);
	put_fields(pairs, rollup_text, &out->text);
}

void
verify_status_row(struct wire_list pairs, struct named *out)
{
	put_fields(pairs, status_name, &out->name);
	put_fields(pairs, status_text, &out->text);
}

void
verify_alert_row(struct wire_list pairs, struct named *out)
{
	struct wire_value name;

	/* a group has no target; the oracle doesn't judge who is late */
	if (!wire_answer_get(pairs, "target", &name))
		return;
	put_fields(pairs, alert_name, &out->name);
	put_fields(pairs, alert_text, &out->text);
}

/* --- of the oracle ---------------------------------------------------------- */

static void
put_key(const struct catalogue *c, uint32_t definition, uint32_t unit,
        struct period period, struct buf *name)
{
	char text[PERIOD_TEXT_MAX];

	buf_printf(name, "%s %s %s", c->definitions[definition].id,
	           c->units[unit].id, period_format(period, text));
}

static void
put_decimal(struct buf *out, bool given, i128 mantissa, uint8_t places)
{
	char text[DECIMAL_TEXT_MAX];

	buf_put_str(out, given ? decimal_format(mantissa, places, text) : "-");
}

void
verify_figure_own(const struct catalogue *c, const struct figure *f,
                  struct named *out)
{
	bool parts = (f->has & FIGURE_PARTS) != 0;

	put_key(c, f->definition, f->unit, f->period, &out->name);
	put_decimal(&out->text, (f->has & FIGURE_VALUE) != 0, f->value,
	            c->definitions[f->definition].decimals);
	buf_put_u8(&out->text, ' ');
	put_decimal(&out->text, parts, f->numerator, 0);
	buf_put_u8(&out->text, ' ');
	put_decimal(&out->text, parts, f->denominator, 0);
	buf_printf(&out->text, " %s %c %s %" PRIu64 " %u",
	           bound_text((enum bound)f->bound),
	           status_letter((enum obs_status)f->status),
	           c->sources[f->source].id, f->commit, f->row);
}

void
verify_rollup_own(const struct catalogue *c, const struct rollup *r,
                  struct named *out)
{
	put_key(c, r->definition, r->unit, r->period, &out->name);
	buf_printf(&out->name, " %s", c->maps[r->map].id);
	put_decimal(&out->text, true, r->sum, 6);
	buf_put_u8(&out->text, ' ');
	put_decimal(&out->text, true, r->sum_weight, 6);
	buf_printf(&out->text, " %u %u %u %u", r->n_by_status[STATUS_A],
	           r->n_by_status[STATUS_P], r->n_by_status[STATUS_E],
	           r->n_derived);
}

void
verify_verdict_own(const struct catalogue *c, uint32_t target, uint32_t unit,
                   const struct naive_verdict *v, struct named *out)
{
	const struct cat_target *t = &c->targets[target];
	const struct cat_target_version *version =
	    v->row ? target_version(t, v->judged) : NULL;
	char period[PERIOD_TEXT_MAX];

	buf_printf(&out->name, "%s %s %s", c->programmes[t->programme].id,
	           t->name, c->units[unit].id);
	if (version == NULL)
		return;
	buf_printf(&out->text, "%s %s %s ", verdict_kind_name(v->kind),
	           v->reason == REASON_NONE ? "-"
	                                    : verdict_reason_name(v->reason),
	           period_format(v->judged, period));
	put_decimal(&out->text, v->has_value, v->value,
	            c->definitions[version->definition].decimals);
}

void
verify_alert_own(const struct catalogue *c, uint32_t target, uint32_t unit,
                 const char *severity, struct named *out)
{
	const struct cat_target *t = &c->targets[target];

	buf_printf(&out->name, "%s %s %s %s", c->programmes[t->programme].id,
	           t->name, c->units[unit].id, severity);
	buf_put_str(&out->text, "firing");
}
