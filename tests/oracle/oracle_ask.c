#include "tests/oracle/oracle.h"

#include <inttypes.h>
#include <string.h>

#include "services/aggregate/agg_query.h"
#include "tests/lib/random.h"

#define SERIES_ASKED 160 /* of each moment */
#define TRIES        20
#define FIRST_DAY    17532 /* 2018-01-01 */

/* One series to be asked for. */
struct asked {
	const struct shot *shot;
	const char *definition;
	const char *unit;
	const char *map;
	bool past; /* as of the shot's commit, or as published */
};

static void
arguments(const struct asked *a, struct wire_writer *args)
{
	char text[32];

	wire_args_add(args, "indicator", span_str(a->definition));
	wire_args_add(args, "unit", span_str(a->unit));
	wire_args_add(args, "map", span_str(a->map));
	if (a->past) {
		(void)snprintf(text, sizeof(text), "%" PRIu64, a->shot->commit);
		wire_args_add(args, "as_of", span_str(text));
	}
	if (a->shot->published.n != DAY_LAST)
		wire_args_add(args, "as_published",
		              span_str(day_format(a->shot->published, text)));
}

static void
cell(FILE *file, struct wire_list pairs, const char *name)
{
	char text[WIRE_TEXT_MAX + 1] = "";
	struct wire_value v = {.kind = WIRE_VALUE_NIL};

	(void)wire_answer_get(pairs, name, &v);
	switch (v.kind) {
	case WIRE_VALUE_BOOL:
		(void)snprintf(text, sizeof(text), "%c", v.truth ? 't' : 'f');
		break;
	case WIRE_VALUE_INT:
		(void)snprintf(text, sizeof(text), "%" PRId64, v.number);
		break;
	case WIRE_VALUE_TEXT:
		(void)snprintf(text, sizeof(text), "%.*s", (int)v.text.len,
		               (const char *)v.text.ptr);
		break;
	case WIRE_VALUE_DECIMAL:
		(void)decimal_format(v.number, v.places, text);
		break;
	case WIRE_VALUE_NIL:
	default: break;
	}
	dump_text(file, text);
}

static void
rows_write(struct dump *d, const struct asked *a, const struct query *q)
{
	static const char *const fields[] = {"period",
	                                     "value",
	                                     "reported",
	                                     "rolled_up",
	                                     "numerator",
	                                     "denominator",
	                                     "status",
	                                     "state",
	                                     "coverage.reporting",
	                                     "derived",
	                                     "coverage.expected",
	                                     "coverage.weight"};
	struct wire_list rows = wire_answer_list(&q->rows);
	FILE *file = d->tables[TABLE_ANSWERS];
	struct wire_value v;
	struct wire_list pairs;

	while (wire_answer_next(&rows, &pairs)) {
		/* nothing but why there is nothing */
		if (wire_answer_get(pairs, "not_formed", &v))
			continue;
		(void)fprintf(file, "%u\t%s\t%s\t%s\t", a->shot->id, a->map,
		              a->definition, a->unit);
		for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
			cell(file, pairs, fields[i]);
		(void)fprintf(file, "%c\n", a->past ? 't' : 'f');
	}
}

/* Of the present mostly one whose coverage has a weight. */
static uint32_t
definition_any(const struct catalogue *c, uint64_t *random, bool past)
{
	uint32_t at = 0;

	for (int i = 0; i < TRIES; i++) {
		at = (uint32_t)below(random, c->n_definitions);
		if (past || below(random, 4) == 0)
			break;
		if (c->definitions[at].time == TIME_NONE &&
		    c->definitions[at].place != PLACE_SUM)
			break;
	}
	return at;
}

/* Page by page. False: that moment did not know the unit or the map. */
static bool
series_ask(struct dump *d, struct nodes *n, const struct asked *a)
{
	struct kv *state = store_kv(n->stores[1], STORE_STATE);
	struct kv *journal = store_kv(n->stores[1], STORE_JOURNAL);
	struct wire_query asked = {.what = span_str("series")};
	struct wire_writer args;
	struct buf after;
	bool known = false;
	struct query q;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	buf_init(&after, WIRE_AFTER_MAX);
	query_init(&q);
	arguments(a, &args);
	asked.args = wire_writer_list(&args);
	do {
		enum err err;

		asked.after = buf_span(&after);
		err = ERR_AGAIN;
		for (uint32_t slice = 0; err == ERR_AGAIN; slice++) {
			query_begin(&q, &asked);
			q.slice = slice;
			err = aggregate_query(&n->aggregate, state, journal,
			                      asked.what, &q);
		}
		if (err == ERR_UNKNOWN_UNIT || err == ERR_UNKNOWN_REFERENCE)
			break;
		known = true;
		if (err != ERR_OK)
			oracle_fail("series %s of %s in %s at %" PRIu64 ": %s",
			            a->definition, a->unit, a->map,
			            a->shot->commit, err_name(err));
		rows_write(d, a, &q);
		buf_reset(&after);
		buf_put(&after, q.next.ptr, q.next.len);
	} while (after.len > 0);
	query_fini(&q);
	buf_fini(&after);
	wire_writer_fini(&args);
	return known;
}

static void
shot_ask(struct dump *d, struct nodes *n, const struct shot *shot,
         uint64_t *random)
{
	const struct catalogue *c = n->aggregate.catalogue;
	bool last = shot->commit == nodes_head(n);

	for (uint32_t i = 0; i < SERIES_ASKED; i++) {
		uint32_t unit = (uint32_t)below(random, c->n_units);
		bool past = !last || i % 2 == 0;
		uint32_t at = definition_any(c, random, past);
		uint32_t map = (uint32_t)below(random, c->n_maps);
		struct asked a = {.shot = shot,
		                  .definition = c->definitions[at].id,
		                  .unit = c->units[unit].id,
		                  .map = c->maps[map].id,
		                  .past = past};

		if (series_ask(d, n, &a))
			(void)fprintf(d->tables[TABLE_ASKED],
			              "%u\t%s\t%s\t%s\t%c\n", shot->id, a.map,
			              a.definition, a.unit, a.past ? 't' : 'f');
	}
}

void
dump_asked(struct dump *d, struct nodes *n, uint64_t *random)
{
	for (int i = 0; i < ORACLE_PUBLISHED; i++) {
		struct shot *shot = shot_new(d, nodes_head(n));

		shot->published.n =
		    FIRST_DAY + (int32_t)below(random, ORACLE_DAYS);
		shot->dumped = false;
	}
	if (store_read(n->stores[1]) != ERR_OK)
		oracle_fail("aggregate can't be read");
	for (uint32_t i = 0; i < d->n_shots; i++)
		shot_ask(d, n, &d->shots[i], random);
	store_read_end(n->stores[1]);
}
