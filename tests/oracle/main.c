/*
 * oracle --seed S --ops N --out DIR: one workload of N rows, and its tables in DIR
 * (which must be there and is left to the caller).
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/random.h"
#include "tests/oracle/oracle.h"

#define DAY_MS   INT64_C(86400000)
#define START_MS INT64_C(1514854800000) /* 2018-01-02 08:00, Viet Nam */
#define APPLIES  12
#define SHOTS    3 /* besides the last one */

struct run {
	struct country country;
	struct nodes nodes;
	struct dump dump;
	struct rows rows;
	uint64_t random;
	uint64_t ops;
	uint64_t dumped;          /* commits */
	int32_t applies[APPLIES]; /* days on which the catalogue changes */
	int32_t shots[SHOTS];
	int32_t reform; /* day on which it becomes known */
};

void
oracle_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	exit(1);
}

/* New commits are written down. */
static void
run_follow(struct run *r)
{
	while (r->dumped < nodes_head(&r->nodes))
		dump_commit(&r->dump, &r->nodes, ++r->dumped);
}

static void
run_apply(struct run *r)
{
	struct cat_rows rows;

	cat_rows_init(&rows);
	country_rows(&r->country, &rows);
	nodes_apply(&r->nodes, &rows);
	if (nodes_head(&r->nodes) > r->dumped)
		dump_catalogue(&r->dump, nodes_head(&r->nodes), &rows);
	cat_rows_fini(&rows);
	run_follow(r);
}

static struct wire_decimal
number(int64_t mantissa, uint8_t places, bool given)
{
	return (struct wire_decimal){mantissa, places, given};
}

/* A row and the texts that it points to. */
struct sent {
	struct wire_row_text text;
	char period[PERIOD_TEXT_MAX];
	char released[DAY_TEXT_MAX];
};

static void
sent_make(const struct catalogue *c, const struct said *row, struct sent *out)
{
	const struct cat_definition *d = &c->definitions[row->definition];
	struct wire_row_text *t = &out->text;

	*t = (struct wire_row_text){
	    .status = row->status, .bound = row->bound, .action = row->action};
	t->indicator = span_str(d->id);
	t->unit = span_str(c->units[row->unit].id);
	t->period = span_str(period_format(row->period, out->period));
	t->source = span_str(oracle_sources[row->source]);
	if (row->document != ORACLE_DOCUMENTS)
		t->document = span_str(oracle_documents[row->document]);
	if (row->released.n != DAY_NONE)
		t->released =
		    span_str(day_format(row->released, out->released));
	t->value = number(row->value, d->decimals, row->has_value);
	t->denominator = number(row->denominator, 0, row->has_parts);
	t->numerator = number(row->numerator, 0,
	                      row->has_parts && d->place != PLACE_WMEAN);
}

static void
run_batch(struct run *r, uint64_t left)
{
	const struct catalogue *c = r->nodes.ingest.catalogue;
	struct wire_batch head = {.producer = span_str("p"), .epoch = 1};
	struct wire_batch_writer w;
	struct wire_message answer;
	enum err err = ERR_OK;
	struct sent sent;

	rows_make(&r->rows, c, r->nodes.ingest.tick.date,
	          left < ORACLE_BATCH_ROWS ? (uint32_t)left
	                                   : ORACLE_BATCH_ROWS);
	if (r->rows.n == 0)
		return;
	head.sequence = ++r->nodes.sequence;
	head.flags = r->rows.again ? WIRE_FLAG_AGAIN : 0;
	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	for (uint32_t i = 0; i < r->rows.n && err == ERR_OK; i++) {
		sent_make(c, &r->rows.list[i], &sent);
		err = wire_batch_row(&w, &sent.text);
	}
	buf_reset(&r->nodes.frame);
	if (err == ERR_OK)
		err = wire_batch_finish(&w, ++r->nodes.id, &head,
		                        &r->nodes.frame);
	if (err != ERR_OK)
		oracle_fail("batch not made: %s", err_name(err));
	dump_batch(&r->dump, &r->nodes, &r->rows);
	nodes_frame(&r->nodes, buf_span(&r->nodes.frame), WIRE_ACK, &answer);
	if (answer.type != WIRE_ACK)
		oracle_fail("batch refused");
	wire_batch_fini(&w);
	run_follow(r);
}

/* "All reports are in", of a figure of the year that has ended. */
static void
run_completion(struct run *r)
{
	static const char *const names[] = {"indicator", "unit", "period",
	                                    NULL};
	const struct said *row;
	const struct catalogue *c = r->nodes.ingest.catalogue;
	char text[PERIOD_TEXT_MAX];
	struct span values[3];
	uint32_t unit = (uint32_t)below(&r->random, c->n_units);
	uint64_t kept = r->rows.n_history < ORACLE_HISTORY ? r->rows.n_history
	                                                   : ORACLE_HISTORY;

	if (kept == 0)
		return;
	row = &r->rows.history[below(&r->random, kept)];
	values[0] = span_str(c->definitions[row->definition].id);
	values[1] =
	    span_str(c->units[below(&r->random, 3) == 0 ? row->unit : unit].id);
	values[2] = span_str(period_format(row->period, text));
	(void)nodes_declare(&r->nodes, "completion", names, values);
	run_follow(r);
}

/* The last thing that is known at a moment are figures. */
static void
run_shots(struct run *r, int32_t day)
{
	for (int i = 0; i < SHOTS; i++) {
		if (r->shots[i] != day || r->dump.rows >= r->ops)
			continue;
		run_batch(r, r->ops - r->dump.rows);
		dump_shot(&r->dump, &r->nodes);
	}
}

static void
run_day(struct run *r, int32_t day)
{
	uint64_t until = r->ops * (uint64_t)(day + 1) / ORACLE_DAYS;
	struct wire_message answer;

	r->nodes.now_ms = START_MS + day * DAY_MS;
	nodes_frame(&r->nodes, span_str(""), WIRE_ACK, &answer);
	run_follow(r);
	for (int i = 0; i < APPLIES; i++) {
		uint64_t aspect = 1 + below(&r->random, ASPECTS - 1);

		if (r->applies[i] != day)
			continue;
		r->country.versions[aspect]++;
		run_apply(r);
	}
	if (r->reform == day) {
		r->country.reform = true;
		run_apply(r);
	}
	while (r->dump.rows < until)
		run_batch(r, r->ops - r->dump.rows);
	if (below(&r->random, 4) == 0)
		run_completion(r);
	run_shots(r, day);
}

static void
run_all(struct run *r)
{
	for (int i = 0; i < APPLIES; i++)
		r->applies[i] = (int32_t)below(&r->random, ORACLE_DAYS);
	for (int i = 0; i < SHOTS; i++)
		r->shots[i] = (int32_t)below(&r->random, ORACLE_DAYS);
	/* known some time between half a year before and a year after it */
	r->reform = 700 + (int32_t)below(&r->random, 600);
	r->nodes.now_ms = START_MS;
	run_apply(r);
	for (int32_t day = 0; day < ORACLE_DAYS; day++)
		run_day(r, day);
	dump_shot(&r->dump, &r->nodes);
	dump_asked(&r->dump, &r->nodes, &r->random);
}

static void
producer_hello(struct run *r)
{
	struct wire_message m = {.type = WIRE_HELLO, .id = ++r->nodes.id};
	struct wire_message answer;

	m.as.hello.producer = span_str("p");
	r->nodes.now_ms = START_MS - DAY_MS / 24;
	nodes_send(&r->nodes, &m, WIRE_READY, &answer);
	run_follow(r);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"ops", required_argument, NULL, 'n'},
	    {"out", required_argument, NULL, 'o'},
	    {NULL, 0, NULL, 0},
	};
	struct run *r = calloc(1, sizeof(*r));
	const char *out = NULL;
	int c;

	if (r == NULL)
		oracle_fail("out of memory");
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': r->random = strtoull(optarg, NULL, 10); break;
		case 'n': r->ops = strtoull(optarg, NULL, 10); break;
		case 'o': out = optarg; break;
		default: return 64;
		}
	}
	if (out == NULL || r->ops == 0)
		oracle_fail("usage: oracle --seed S --ops N --out DIR");
	r->country.seed = r->random;
	r->rows.random = r->random * UINT64_C(0x2545f4914f6cdd1d) + 1;
	nodes_open(&r->nodes, out);
	dump_open(&r->dump, out);
	producer_hello(r);
	run_all(r);
	dump_close(&r->dump);
	printf("%" PRIu64 " rows, %" PRIu64 " commits, %" PRIu64
	       " catalogues\n",
	       r->dump.rows, nodes_head(&r->nodes),
	       r->nodes.ingest.catalogue_version);
	nodes_close(&r->nodes);
	free(r);
	return 0;
}
