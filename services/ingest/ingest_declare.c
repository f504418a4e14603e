/*
 * DECLARE: what is neither figure nor catalogue. One row of the table below for
 * each kind. What was declared before is answered with its first commit, so that
 * a declaration may be repeated without harm.
 */
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "services/ingest/ingest_parts.h"

enum { ARGS_MAX = 4 };

struct declaration {
	struct span args[ARGS_MAX]; /* as kind->args names them */
	const char *field;          /* of the argument that is wrong */
	uint32_t numbers[3];        /* what it is about */
	uint32_t document;          /* of a note */
	uint64_t said;              /* as struct declared has it */
};

/* R3: valid on that day, or a member counts under it then. */
static bool
unit_has_figures(const struct catalogue *c, uint32_t unit, struct day day)
{
	if (validity_holds(c->units[unit].validity, day))
		return true;
	for (uint32_t map = 0; map < c->n_maps; map++) {
		struct children_range range = children_of(c, map, unit);

		for (uint32_t i = range.first; i < range.end; i++)
			if (validity_holds(c->members[c->children[i]].validity,
			                   day))
				return true;
	}
	return false;
}

static bool
definition_valid(const struct catalogue *c, uint32_t definition, uint32_t unit,
                 struct day day)
{
	const struct cat_definition *d = &c->definitions[definition];

	return d->declared && validity_holds(d->validity, day) &&
	       (d->units == NUMBER_NONE ||
	        unit_beneath_any(c, unit, d->units, day));
}

/* F1: the definition named, or the only one that is valid there and then. */
static enum err
definition_of(const struct catalogue *c, struct span text, uint32_t unit,
              struct day day, uint32_t *definition)
{
	bool named = memchr(text.ptr, '@', text.len) != NULL;
	uint32_t number = named ? catalogue_definition(c, text)
	                        : catalogue_indicator(c, text);
	uint32_t found = 0;

	if (number == NUMBER_NONE)
		return named ? ERR_UNKNOWN_DEFINITION : ERR_UNKNOWN_INDICATOR;
	*definition = number;
	if (named)
		return definition_valid(c, number, unit, day)
		           ? ERR_OK
		           : ERR_NO_DEFINITION;
	for (uint32_t i = 0; i < c->indicators[number].n_definitions; i++) {
		uint32_t one = c->indicators[number].definitions[i];

		if (!definition_valid(c, one, unit, day))
			continue;
		*definition = one;
		found++;
	}
	if (found > 1)
		return ERR_AMBIGUOUS_DEFINITION;
	return found == 1 ? ERR_OK : ERR_NO_DEFINITION;
}

/* F1a: of its frequency; with a time rule also longer, up to the year. */
static bool
period_fits(const struct cat_definition *d, struct period p)
{
	enum frequency f = period_frequency(p);

	if (f == d->frequency)
		return true;
	return d->time != TIME_NONE && f != FREQ_SPAN &&
	       d->frequency != FREQ_SPAN && f < d->frequency;
}

/* R5: "all reports of this figure are in". */
static enum err
completion_check(struct ingest *ingest, const struct request *r,
                 struct declaration *d)
{
	const struct catalogue *c = ingest->catalogue;
	struct period period;
	struct day day;
	enum err err = period_parse(d->args[2], &period);

	(void)r;
	d->field = "period";
	if (err != ERR_OK)
		return err;
	day = period_last_day(period);
	d->field = "unit";
	d->numbers[1] = catalogue_unit(c, d->args[1]);
	if (d->numbers[1] == NUMBER_NONE)
		return ERR_UNKNOWN_UNIT;
	if (!unit_has_figures(c, d->numbers[1], day))
		return ERR_UNIT_NOT_VALID;
	d->field = "indicator";
	err = definition_of(c, d->args[0], d->numbers[1], day, &d->numbers[0]);
	if (err != ERR_OK)
		return err;
	d->field = "period";
	if (!period_fits(&c->definitions[d->numbers[0]], period))
		return ERR_BAD_FREQUENCY;
	if (day.n > ingest->tick.date.n)
		return ERR_FUTURE_PERIOD;
	d->numbers[2] = period.code;
	d->said = 1;
	return ERR_OK;
}

static void
completion_record(struct ingest *ingest, const struct request *r,
                  const struct declaration *d)
{
	struct completion c = {.definition = d->numbers[0],
	                       .unit = d->numbers[1],
	                       .period = {d->numbers[2]}};

	completion_write(&ingest->scratch, &c);
	used_set(&ingest->used, r->state, USED_DEFINITION, c.definition);
	used_set(&ingest->used, r->state, USED_UNIT, c.unit);
}

/* L3: whether a programme's alerts are delivered. */
static enum err
programme_check(struct ingest *ingest, const struct request *r,
                struct declaration *d)
{
	(void)r;
	d->field = "programme";
	d->numbers[0] = catalogue_programme(ingest->catalogue, d->args[0]);
	if (d->numbers[0] == NUMBER_NONE)
		return ERR_UNKNOWN_REFERENCE;
	d->field = "enabled";
	d->said = span_equal(d->args[1], span_str("true"));
	if (d->said == 0 && !span_equal(d->args[1], span_str("false")))
		return ERR_BAD_VALUE;
	return ERR_OK;
}

static void
programme_record(struct ingest *ingest, const struct request *r,
                 const struct declaration *d)
{
	struct programme_switch p = {.programme = d->numbers[0],
	                             .enabled = d->said == 1};

	(void)r;
	programme_write(&ingest->scratch, &p);
}

/* "programme/target", or what stands behind the slash if only one has it. */
static enum err
target_of(const struct catalogue *c, struct span name, uint32_t *target)
{
	uint32_t found = 0;

	*target = catalogue_target(c, name);
	if (*target != NUMBER_NONE)
		return ERR_OK;
	for (uint32_t i = 0; i < c->n_targets; i++) {
		if (!c->targets[i].declared ||
		    !span_equal(span_str(c->targets[i].name), name))
			continue;
		*target = i;
		found++;
	}
	return found == 1 ? ERR_OK : ERR_UNKNOWN_REFERENCE;
}

/* By any version: a note may be about what was asked before. */
static enum err
target_binds(const struct catalogue *c, uint32_t target, uint32_t unit)
{
	const struct cat_target *t = &c->targets[target];
	uint32_t *units = malloc(TARGET_UNITS_MAX * sizeof(*units));
	bool bound = false;

	if (units == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->n_versions && !bound; i++) {
		uint32_t n =
		    target_units(c, &t->versions[i], units, TARGET_UNITS_MAX);

		for (uint32_t k = 0; k < n && !bound; k++)
			bound = units[k] == unit;
	}
	free(units);
	return bound ? ERR_OK : ERR_UNKNOWN_REFERENCE;
}

/* One line of text; the wire let UTF-8 through, and no more than a text holds. */
static bool
text_is_line(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < ' ')
			return false;
	return text.len <= NOTE_TEXT_MAX && text_valid(text);
}

static enum err
note_check(struct ingest *ingest, const struct request *r,
           struct declaration *d)
{
	const struct catalogue *c = ingest->catalogue;
	enum err err = target_of(c, d->args[0], &d->numbers[0]);

	(void)r;
	d->field = "target";
	if (err != ERR_OK)
		return err;
	d->field = "unit";
	d->numbers[1] = catalogue_unit(c, d->args[1]);
	if (d->numbers[1] == NUMBER_NONE)
		return ERR_UNKNOWN_UNIT;
	err = target_binds(c, d->numbers[0], d->numbers[1]);
	if (err != ERR_OK)
		return err;
	d->field = "text";
	if (!text_is_line(d->args[2]))
		return ERR_BAD_VALUE;
	d->field = "document";
	d->document = NUMBER_NONE;
	if (d->args[3].len > 0)
		d->document = catalogue_document(c, d->args[3]);
	if (d->args[3].len > 0 && d->document == NUMBER_NONE)
		return ERR_UNKNOWN_DOCUMENT;
	d->said = hash_bytes(d->args[2], (uint64_t)d->document + 1);
	return ERR_OK;
}

static void
note_record(struct ingest *ingest, const struct request *r,
            const struct declaration *d)
{
	struct note n = {.target = d->numbers[0],
	                 .unit = d->numbers[1],
	                 .document = d->document,
	                 .text = d->args[2]};

	note_write(&ingest->scratch, &n);
	used_set(&ingest->used, r->state, USED_UNIT, n.unit);
	used_set(&ingest->used, r->state, USED_DOCUMENT, n.document);
}

/* K3: the operator believes the wall clock. While it is fine there is nothing to
 * accept, but what was accepted last. */
static enum err
clock_check(struct ingest *ingest, const struct request *r,
            struct declaration *d)
{
	struct ingest_key key = declared_key(DECLARED_CLOCK, d->numbers);
	struct declared last = {.said = 0};
	enum err err = ERR_OK;

	if (ingest_clock_judge(&ingest->clock, r->wall_ms) == CLOCK_FINE)
		err = declared_get(r->state, &key, &last);
	else
		last.said = request_commit(r);
	d->said = last.said;
	return err;
}

static void
clock_record(struct ingest *ingest, const struct request *r,
             const struct declaration *d)
{
	int64_t wall_ms = r->wall_ms > 0 ? r->wall_ms : 0;

	(void)d;
	clock_accept_write(&ingest->scratch, (struct clock_accept){wall_ms});
	ingest_clock_believe(&ingest->clock, wall_ms);
}

struct declare_kind {
	const char *name;
	const char *args[ARGS_MAX + 1];
	int n_required;   /* of args, the first ones */
	bool definitions; /* needs a catalogue */
	enum err (*check)(struct ingest *ingest, const struct request *r,
	                  struct declaration *d);
	void (*record)(struct ingest *ingest, const struct request *r,
	               const struct declaration *d);
};

static const struct declare_kind kinds[] = {
    [DECLARED_COMPLETION] = {"completion",
                             {"indicator", "unit", "period", NULL},
                             3,
                             true,
                             completion_check,
                             completion_record},
    [DECLARED_PROGRAMME] = {"programme",
                            {"programme", "enabled", NULL},
                            2,
                            true,
                            programme_check,
                            programme_record},
    [DECLARED_NOTE] = {"note",
                       {"target", "unit", "text", "document", NULL},
                       3,
                       true,
                       note_check,
                       note_record},
    [DECLARED_CLOCK] = {"clock", {NULL}, 0, false, clock_check, clock_record},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static int
kind_of(struct span name)
{
	for (int i = 0; i < KINDS; i++) {
		if (span_equal(span_str(kinds[i].name), name))
			return i;
	}
	return KINDS;
}

static const char *
arg_known(const struct declare_kind *kind, struct span name)
{
	for (int i = 0; kind->args[i] != NULL; i++) {
		if (span_equal(span_str(kind->args[i]), name))
			return kind->args[i];
	}
	return NULL;
}

/* All arguments of the kind, and no others. */
static enum err
args_read(const struct declare_kind *kind, struct wire_list args,
          struct declaration *d)
{
	struct wire_list left = args;
	struct span name, value;

	d->field = "args";
	while (wire_args_next(&left, &name, &value)) {
		if (arg_known(kind, name) == NULL)
			return ERR_UNKNOWN_KEY;
	}
	for (int i = 0; kind->args[i] != NULL; i++) {
		d->field = kind->args[i];
		d->args[i] = wire_args_get(args, kind->args[i]);
		if (i < kind->n_required && d->args[i].len == 0)
			return ERR_MISSING_FIELD;
	}
	return ERR_OK;
}

static enum err
declare_check(struct ingest *ingest, const struct request *r, int kind,
              struct declaration *d)
{
	enum err err;

	d->field = "kind";
	if (kind == KINDS)
		return ERR_BAD_VALUE;
	err = args_read(&kinds[kind], r->m.as.declare.args, d);
	if (err != ERR_OK)
		return err;
	d->field = "kind";
	if (ingest->catalogue == NULL && kinds[kind].definitions)
		return ERR_NO_CATALOGUE;
	return kinds[kind].check(ingest, r, d);
}

static void
declare_answer(struct ingest *ingest, const struct request *r, uint64_t commit)
{
	struct wire_message m = {.type = WIRE_DECLARED, .id = r->m.id};

	m.as.declared.commit = commit;
	reply_send(ingest, r, &m);
}

/* The same as it stands is not journaled again. */
static enum err
declare_journal(struct ingest *ingest, const struct request *r, int kind,
                const struct declaration *d)
{
	struct ingest_key key =
	    declared_key((enum declared_kind)kind, d->numbers);
	struct declared declared = {.said = 0};
	enum err err = declared_get(r->state, &key, &declared);

	if (err == ERR_OK && declared.said == d->said) {
		declare_answer(ingest, r, declared.commit);
		return ERR_OK;
	}
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	buf_reset(&ingest->scratch);
	kinds[kind].record(ingest, r, d);
	record_list_add(&r->out->records, buf_span(&ingest->scratch));
	declared.said = d->said;
	declared.commit = request_commit(r);
	declared_put(r->state, &key, &declared);
	declare_answer(ingest, r, declared.commit);
	return buf_err(&ingest->scratch);
}

enum err
declare_take(struct ingest *ingest, struct request *r)
{
	struct declaration d = {.field = "kind"};
	int kind = kind_of(r->m.as.declare.kind);
	struct fault fault;
	enum err err = declare_check(ingest, r, kind, &d);

	if (err == ERR_NOMEM)
		return err;
	if (err == ERR_OK)
		return declare_journal(ingest, r, kind, &d);
	fault = (struct fault){.code = err, .field = d.field};
	reply_error(ingest, r, &fault);
	return ERR_OK;
}
