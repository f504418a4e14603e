/*
 * DECLARE: what is neither figure nor catalogue. One row of the table below for
 * each kind. What was declared before is answered with its first commit, so that
 * a declaration may be repeated without harm.
 */
#include "services/ingest/ingest_parts.h"

enum { ARGS_MAX = 3 };

struct declaration {
	struct span args[ARGS_MAX]; /* as kind->args names them */
	const char *field;          /* of the argument that is wrong */
	uint32_t numbers[3];
	uint8_t said;
};

/* R5: "all reports of this figure are in". */
static enum err
completion_check(struct ingest *ingest, const struct request *r,
                 struct declaration *d)
{
	struct admission_batch batch = {.source = NUMBER_NONE,
	                                .received = day_of_ms(r->now_ms),
	                                .today = ingest->tick.date,
	                                .units_as_of = {DAY_NONE}};
	struct draft_row row = {.indicator = 0, .unit = 1, .period = 2};
	struct figure f = {0};
	enum err err = admission_begin(&ingest->admission, ingest->catalogue,
	                               &batch, d->args, ARGS_MAX);

	if (err == ERR_OK)
		err = admission_key(&ingest->admission, &row, &f, &d->field);
	if (err != ERR_OK)
		return err;
	d->field = "period";
	if (period_last_day(f.period).n > batch.today.n)
		return ERR_FUTURE_PERIOD;
	d->numbers[0] = f.definition;
	d->numbers[1] = f.unit;
	d->numbers[2] = f.period.code;
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

struct declare_kind {
	const char *name;
	const char *args[ARGS_MAX + 1];
	enum err (*check)(struct ingest *ingest, const struct request *r,
	                  struct declaration *d);
	void (*record)(struct ingest *ingest, const struct request *r,
	               const struct declaration *d);
};

static const struct declare_kind kinds[] = {
    [DECLARED_COMPLETION] = {"completion",
                             {"indicator", "unit", "period", NULL},
                             completion_check,
                             completion_record},
    [DECLARED_PROGRAMME] = {"programme",
                            {"programme", "enabled", NULL},
                            programme_check,
                            programme_record},
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
		if (d->args[i].len == 0)
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
	return ingest->catalogue == NULL ? ERR_NO_CATALOGUE
	                                 : kinds[kind].check(ingest, r, d);
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
