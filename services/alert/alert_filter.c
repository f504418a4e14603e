#include "services/alert/alert_filter.h"

#include <string.h>

struct id_kind {
	const char *name; /* of the argument */
	enum registry_kind kind;
	uint32_t (*number)(const struct catalogue *c, struct span id);
};

static enum err
filter_number(const struct alert_service *a, struct query *q,
              const struct id_kind *of, uint32_t *number)
{
	struct span id = query_arg(q, of->name);

	*number = NUMBER_NONE;
	if (id.len == 0)
		return ERR_OK;
	*number = of->number(a->catalogue, id);
	if (*number != NUMBER_NONE)
		return ERR_OK;
	q->field = of->name;
	catalogue_near(a->catalogue, of->kind, id, q->hint, sizeof(q->hint));
	return ERR_UNKNOWN_REFERENCE;
}

static enum err
filter_times(struct query *q, struct alert_filter *f)
{
	struct span at = query_arg(q, "at");
	struct span today = query_arg(q, "today");
	enum err err = ERR_OK;

	f->at.code = 0;
	f->today.n = DAY_NONE;
	if (at.len > 0) {
		q->field = "at";
		err = period_parse(at, &f->at);
	}
	if (err == ERR_OK && today.len > 0) {
		q->field = "today";
		err = day_parse(today, false, &f->today);
	}
	return err;
}

static bool
target_named(const struct cat_target *t, struct span name)
{
	return name.len == 0 || span_equal(span_str(t->id), name) ||
	       span_equal(span_str(t->name), name);
}

static bool
definition_named(const struct cat_definition *d, struct span name)
{
	return name.len == 0 || span_equal(span_str(d->id), name) ||
	       (d->declared && span_equal(span_str(d->indicator), name));
}

uint32_t
alert_filter_target(const struct alert_service *a, const struct alert_filter *f)
{
	const struct catalogue *c = a->catalogue;

	for (uint32_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].declared &&
		    target_named(&c->targets[i], f->target))
			return i;
	return NUMBER_NONE;
}

static bool
has_indicator(const struct catalogue *c, struct span name)
{
	for (uint32_t i = 0; i < c->n_definitions; i++)
		if (c->definitions[i].declared &&
		    definition_named(&c->definitions[i], name))
			return true;
	return name.len == 0;
}

static bool
unit_had_level(const struct cat_unit *u, struct span level)
{
	for (uint32_t i = 0; i < u->n_names; i++)
		if (span_equal(span_str(u->names[i].level), level))
			return true;
	return false;
}

static bool
has_level(const struct catalogue *c, struct span level)
{
	for (uint32_t i = 0; i < c->n_units && level.len > 0; i++)
		if (c->units[i].declared && unit_had_level(&c->units[i], level))
			return true;
	return level.len == 0;
}

/* A commit's number; a time is turned into one by who asks. */
static enum err
filter_as_of(struct query *q, struct alert_filter *f)
{
	struct span text = query_arg(q, "as_of");
	uint64_t n = 0;

	f->past = text.len > 0;
	f->as_of = 0;
	q->field = "as_of";
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return ERR_BAD_VALUE;
		n = n * 10 + (uint64_t)(text.ptr[i] - '0');
		if (n > WIRE_UINT_MAX)
			return ERR_BAD_VALUE;
	}
	f->as_of = n;
	return ERR_OK;
}

/* A name that is nobody's is a slip of the pen; no rows would read as "all is
 * well". */
static enum err
filter_names(const struct alert_service *a, struct query *q,
             struct alert_filter *f)
{
	const struct catalogue *c = a->catalogue;
	struct span name = query_arg(q, "target");

	f->target = name;
	f->indicator = query_arg(q, "indicator");
	f->level = query_arg(q, "level");
	if (name.len > 0 && alert_filter_target(a, f) == NUMBER_NONE) {
		q->field = "target";
		catalogue_near(c, REGISTRY_TARGET, name, q->hint,
		               sizeof(q->hint));
	} else if (!has_indicator(c, f->indicator)) {
		q->field = "indicator";
		catalogue_near(c, REGISTRY_DEFINITION, f->indicator, q->hint,
		               sizeof(q->hint));
	} else if (!has_level(c, f->level)) {
		q->field = "level";
	} else {
		return ERR_OK;
	}
	return ERR_UNKNOWN_REFERENCE;
}

enum err
alert_filter_open(const struct alert_service *a, struct query *q,
                  struct alert_filter *f)
{
	static const struct id_kind kinds[] = {
	    {"programme", REGISTRY_PROGRAMME, catalogue_programme},
	    {"unit", REGISTRY_UNIT, catalogue_unit},
	    {"map", REGISTRY_MAP, catalogue_map}};
	uint32_t *const numbers[] = {&f->programme, &f->unit, &f->map};
	enum err err = ERR_OK;

	for (size_t i = 0; i < 3 && err == ERR_OK; i++)
		err = filter_number(a, q, &kinds[i], numbers[i]);
	if (err == ERR_OK)
		err = filter_names(a, q, f);
	if (err == ERR_OK)
		err = filter_times(q, f);
	return err == ERR_OK ? filter_as_of(q, f) : err;
}

/* What is filtered by, but the map. */
struct asked {
	const struct cat_target *target;
	const struct cat_definition *definition;
	uint32_t unit;
};

/* "programme/target", also of a target that is no longer declared. */
static bool
of_programme(const struct alert_service *a, const struct cat_target *t,
             uint32_t programme)
{
	const char *id;
	size_t len;

	if (programme == NUMBER_NONE)
		return true;
	id = a->catalogue->programmes[programme].id;
	len = strlen(id);
	return strncmp(t->id, id, len) == 0 && t->id[len] == '/';
}

static bool
has_level_now(const struct alert_service *a, uint32_t unit, struct span level)
{
	const struct cat_unit *u = &a->catalogue->units[unit];

	return level.len == 0 ||
	       (u->n_names > 0 &&
	        span_equal(span_str(unit_name_on(u, a->tick.date)->level),
	                   level));
}

bool
alert_filter_alert(const struct alert_service *a, const struct alert_filter *f,
                   const struct alert *alert)
{
	const struct cat_target *t = &a->catalogue->targets[alert->target];

	return (f->unit == NUMBER_NONE || alert->unit == f->unit) &&
	       of_programme(a, t, f->programme) && target_named(t, f->target);
}

static bool
filter_passes(const struct alert_service *a, const struct alert_filter *f,
              const struct asked *of)
{
	return (f->unit == NUMBER_NONE || of->unit == f->unit) &&
	       of_programme(a, of->target, f->programme) &&
	       target_named(of->target, f->target) &&
	       definition_named(of->definition, f->indicator) &&
	       has_level_now(a, of->unit, f->level);
}

bool
alert_filter_said(const struct alert_service *a, const struct alert_filter *f,
                  const struct verdict *v)
{
	struct asked of = {.target = &a->catalogue->targets[v->target],
	                   .definition =
	                       &a->catalogue->definitions[v->definition],
	                   .unit = v->unit};

	return filter_passes(a, f, &of);
}

bool
alert_filter_passes(const struct alert_service *a, const struct alert_filter *f,
                    const struct binding *b)
{
	const struct cat_target *t = &a->catalogue->targets[b->target];
	const struct cat_target_version *v = &t->versions[t->n_versions - 1];
	struct asked of = {.target = t,
	                   .definition =
	                       &a->catalogue->definitions[v->definition],
	                   .unit = b->unit};

	if (f->map != NUMBER_NONE && v->map != NUMBER_NONE && v->map != f->map)
		return false;
	return filter_passes(a, f, &of);
}
