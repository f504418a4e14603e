#include "services/alert/alert_methods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/progress.h"
#include "services/alert/alert_eval.h"

#define ALL_METHODS    ((1u << METHODS) - 1)
#define NAME_MAX_BYTES 48 /* "methods.required-rate.category" */

/* Takes what stands before the first comma off the list. */
static struct span
name_next(struct span *list)
{
	const uint8_t *comma = memchr(list->ptr, ',', list->len);
	size_t len = comma ? (size_t)(comma - list->ptr) : list->len;
	struct span name = span_of(list->ptr, len);
	size_t skip = comma ? len + 1 : len;

	*list = span_of(list->ptr + skip, list->len - skip);
	return name;
}

static enum err
methods_asked(struct query *q, uint32_t *methods)
{
	struct span list = query_arg(q, "methods");

	*methods = 0;
	if (list.len == 0)
		return ERR_OK;
	q->field = "methods";
	if (span_equal(list, span_str("all"))) {
		*methods = ALL_METHODS;
		return ERR_OK;
	}
	while (list.len > 0) {
		enum method m = method_parse(name_next(&list));

		if (m == METHODS)
			return ERR_BAD_VALUE;
		*methods |= 1u << m;
	}
	return ERR_OK;
}

/* --- ranks ------------------------------------------------------------------ */

/* What one unit brings into the ranks before period and version are known. */
struct candidate {
	struct period judged;
	uint32_t version;
	bool up;
};

struct ranking {
	struct alert_service *a;
	struct kv *state;
	const struct alert_filter *filter;
	struct alert_ranks *ranks;
	struct candidate *candidates;
};

static enum err
rank_binding(struct ranking *r, uint32_t binding)
{
	struct rank_entry *e = &r->ranks->entries[r->ranks->n];
	struct verdict_input in;
	struct verdict v;
	enum err err =
	    alert_input(r->a, r->state, &r->a->bindings[binding], &in);

	if (err != ERR_OK)
		return err;
	in.asked = r->filter->at;
	if (r->filter->today.n != DAY_NONE)
		in.today = r->filter->today;
	if (!verdict_judge(&in, &v))
		return ERR_OK;
	*e = (struct rank_entry){
	    .who = binding,
	    .value = v.has_value ? v.value : 0,
	    .why = rank_why(r->a->catalogue, &v, v.judged, v.version)};
	r->candidates[r->ranks->n++] =
	    (struct candidate){v.judged, v.version, v.up};
	return ERR_OK;
}

/* Ranked is the latest period that some unit is judged in; there the target has
 * one version for all of its units. */
static void
rank_all(struct ranking *r)
{
	struct alert_ranks *ranks = r->ranks;
	const struct candidate *last = r->candidates;

	for (uint32_t i = 1; i < ranks->n; i++)
		if (r->candidates[i].judged.code > last->judged.code)
			last = &r->candidates[i];
	for (uint32_t i = 0; i < ranks->n; i++) {
		const struct candidate *c = &r->candidates[i];

		if (c->judged.code != last->judged.code)
			ranks->entries[i].why = "other_period";
		else if (c->version != last->version)
			ranks->entries[i].why = "other_version";
	}
	ranks->n_ranked = rank_assign(ranks->entries, ranks->n, last->up);
}

/* The bindings of the one target that is asked for: [*from, *to). */
static enum err
ranked_target(struct alert_service *a, struct query *q,
              const struct alert_filter *f, uint32_t *from, uint32_t *to)
{
	struct alert_filter all = {.programme = f->programme,
	                           .unit = NUMBER_NONE,
	                           .map = NUMBER_NONE,
	                           .target = f->target};

	q->field = "target";
	*from = *to = 0;
	if (f->target.len == 0)
		return ERR_MISSING_FIELD;
	for (uint32_t i = 0; i < a->n_bindings; i++) {
		if (!alert_filter_passes(a, &all, &a->bindings[i]))
			continue;
		if (*to == 0)
			*from = i;
		if (a->bindings[i].target != a->bindings[*from].target)
			return ERR_BAD_VALUE;
		*to = i + 1;
	}
	return ERR_OK;
}

static enum err
ranks_make(struct ranking *r, uint32_t from, uint32_t to)
{
	size_t n = to - from;
	enum err err = ERR_OK;

	if (n == 0)
		return ERR_OK;
	r->ranks->entries = calloc(n, sizeof(*r->ranks->entries));
	r->candidates = calloc(n, sizeof(*r->candidates));
	if (r->ranks->entries == NULL || r->candidates == NULL)
		err = ERR_NOMEM;
	for (uint32_t i = from; i < to && err == ERR_OK; i++)
		err = rank_binding(r, i);
	if (err == ERR_OK && r->ranks->n > 0)
		rank_all(r);
	free(r->candidates);
	return err;
}

static enum err
ranks_asked(struct ranking *r, struct query *q, struct alert_beside *b)
{
	struct span asked = query_arg(q, "ranks");
	uint32_t from, to;
	enum err err;

	if (asked.len == 0)
		return ERR_OK;
	q->field = "ranks";
	if (!span_equal(asked, span_str("yes")))
		return ERR_BAD_VALUE;
	b->ranked = true;
	err = ranked_target(r->a, q, r->filter, &from, &to);
	return err == ERR_OK ? ranks_make(r, from, to) : err;
}

enum err
alert_beside_open(struct alert_service *a, struct kv *state, struct query *q,
                  const struct alert_filter *f, struct alert_beside *b)
{
	struct ranking r = {
	    .a = a, .state = state, .filter = f, .ranks = &b->ranks};
	enum err err;

	*b = (struct alert_beside){.methods = 0};
	err = methods_asked(q, &b->methods);
	if (err == ERR_OK)
		err = ranks_asked(&r, q, b);
	if (err != ERR_OK)
		alert_beside_close(b);
	return err;
}

void
alert_beside_close(struct alert_beside *b)
{
	free(b->ranks.entries);
	*b = (struct alert_beside){.methods = 0};
}

bool
alert_beside_binding(const struct alert_service *a,
                     const struct alert_beside *b, uint32_t n,
                     uint32_t *binding)
{
	if (n >= (b->ranked ? b->ranks.n : a->n_bindings))
		return false;
	*binding = b->ranked ? b->ranks.entries[n].who : n;
	return true;
}

/* --- fields ----------------------------------------------------------------- */

static void
field_period(struct query *q, const char *name, struct period p)
{
	char text[PERIOD_TEXT_MAX];

	if (p.code != 0)
		query_text(q, name, period_format(p, text));
}

/* Absent: never, or not to be said. */
static void
fields_projection(struct query *q, const struct alert_beside *b,
                  const struct verdict_input *in, const struct verdict *v)
{
	struct projection p;

	if (!progress_project(in, v, &p))
		return;
	field_period(q, "projected_period", p.theil_sen.reached);
	if (b->methods == 0)
		return;
	field_period(q, "projection.ols", p.ols.reached);
	field_period(q, "projection.theil_sen", p.theil_sen.reached);
	if (p.has_range) {
		field_period(q, "projection.low", p.low.reached);
		field_period(q, "projection.high", p.high.reached);
	}
}

static const char *
method_field(char out[NAME_MAX_BYTES], enum method m, const char *what)
{
	(void)snprintf(out, NAME_MAX_BYTES, "methods.%s.%s", method_name(m),
	               what);
	return out;
}

static void
fields_method(struct query *q, enum method m, const struct method_result *r)
{
	char name[NAME_MAX_BYTES];

	if (r->refused != METHOD_ACCEPTED) {
		query_text(q, method_field(name, m, "refused"),
		           method_refusal_name(r->refused));
		return;
	}
	if (r->has_value)
		wire_answer_decimal(&q->rows, method_field(name, m, "value"),
		                    r->value, r->value_places);
	query_text(q, method_field(name, m, "category"), r->category);
	query_text(q, method_field(name, m, "verdict"),
	           verdict_kind_name(r->verdict));
}

static void
fields_rank(struct query *q, const struct alert_beside *b, uint32_t n)
{
	const struct rank_entry *e = &b->ranks.entries[n];

	if (e->why != NULL) {
		query_text(q, "unranked", e->why);
		return;
	}
	wire_answer_int(&q->rows, "rank", e->rank);
	wire_answer_int(&q->rows, "rank_of", b->ranks.n_ranked);
}

void
alert_beside_fields(struct query *q, const struct alert_beside *b, uint32_t n,
                    const struct verdict_input *in, const struct verdict *v)
{
	fields_projection(q, b, in, v);
	for (int m = 0; m < METHODS; m++) {
		struct method_result r;

		if (!(b->methods & (1u << m)))
			continue;
		progress_method(in, v, (enum method)m, &r);
		fields_method(q, (enum method)m, &r);
	}
	if (b->ranked)
		fields_rank(q, b, n);
}
