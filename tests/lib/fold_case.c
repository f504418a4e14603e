#include "tests/lib/fold_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * land                     old: north (west, east), south (gulf); 2021 on west and
 *  |                       east are one: far. c1..c6 are communes, c5 is divided
 *  regions, provinces      between west and gulf where the new map is read back.
 */
const struct cat_line fold_country[] = {
    {CAT_UNIT, "land||Land|||nation"},
    {CAT_UNIT, "north||North|||region"},
    {CAT_UNIT, "south||South|||region"},
    {CAT_UNIT, "west|01|West|||province||2020-12-31"},
    {CAT_UNIT, "east|02|East|||province||2020-12-31"},
    {CAT_UNIT, "far|03|Far|||province|2021-01-01|"},
    {CAT_UNIT, "gulf|04|Gulf|||province"},
    {CAT_UNIT, "c1|11|C1|||commune"},
    {CAT_UNIT, "c2|12|C2|||commune"},
    {CAT_UNIT, "c3|13|C3|||commune"},
    {CAT_UNIT, "c4|14|C4|||commune"},
    {CAT_UNIT, "c5|15|C5|||commune"},
    {CAT_UNIT, "c6|16|C6|||commune"},
    {CAT_UNIT, "list||List|||group"},
    {CAT_MAP, "old|Old||land|territory||2020-12-31"},
    {CAT_MAP, "new|New||land|territory|2021-01-01|"},
    {CAT_MAP, "poor|Poor||list|grouping"},
    {CAT_MEMBER, "old|north|land"},
    {CAT_MEMBER, "old|south|land"},
    {CAT_MEMBER, "old|west|north"},
    {CAT_MEMBER, "old|east|north"},
    {CAT_MEMBER, "old|gulf|south"},
    {CAT_MEMBER, "old|c1|west"},
    {CAT_MEMBER, "old|c2|west"},
    {CAT_MEMBER, "old|c3|east"},
    {CAT_MEMBER, "old|c4|gulf|||2019-12-31"},
    {CAT_MEMBER, "old|c4|east||2020-01-01|"},
    {CAT_MEMBER, "old|c5|gulf"},
    {CAT_MEMBER, "old|c6|gulf"},
    {CAT_MEMBER, "new|far|land"},
    {CAT_MEMBER, "new|gulf|land"},
    {CAT_MEMBER, "new|west|far"},
    {CAT_MEMBER, "new|east|far"},
    {CAT_MEMBER, "new|c1|far||2021-01-01|"},
    {CAT_MEMBER, "new|c2|far||2021-01-01|"},
    {CAT_MEMBER, "new|c3|far||2021-01-01|"},
    {CAT_MEMBER, "new|c5|far|250000"},
    {CAT_MEMBER, "new|c5|gulf|750000"},
    {CAT_MEMBER, "new|c6|gulf"},
    {CAT_MEMBER, "poor|c1|list"},
    {CAT_MEMBER, "poor|c4|list"},
    {CAT_INDICATOR, "pov|a|Poverty||%|2|100|down|||||||ratio|last||A"},
    {CAT_INDICATOR, "pov|b|Poverty||%|2|100|down|||||||ratio|last||A"},
    {CAT_INDICATOR, "pov-em|b|Poverty||%|2|100|down|em||pov||||ratio|last||A"},
    {CAT_INDICATOR, "road||Roads||km|1||up|||||||sum|sum||A"},
    {CAT_INDICATOR, "wage||Wages||m|1||up|||||||wmean|last||A"},
    {CAT_INDICATOR, "note||Note||m|0||up||||||||last||A"},
    {CAT_INDICATOR, "work||Work||m|0||up|||||||sum|sum||M"},
    {CAT_SOURCE, "office|Office|||*|A|A|1|yes"},
    {CAT_SOURCE, "press|Press|||*|A|P|5|no"},
    {CAT_SOURCE, "dept|Dept|||*|A|P|3|no"},
    {CAT_DOCUMENT, "plan||2016"},
    {CAT_DOCUMENT, "book||2018"},
};
const size_t fold_country_n = sizeof(fold_country) / sizeof(fold_country[0]);

void
fold_node_open(struct fold_node *n, const struct turn_ops *ops, void *self)
{
	*n = (struct fold_node){.ops = ops, .self = self};
	record_list_init(&n->out.records);
	record_list_init(&n->out.replies);
	assert_int_equal(kv_mem_new(&n->state), ERR_OK);
	assert_int_equal(kv_mem_new(&n->journal), ERR_OK);
	fold_node_restart(n);
}

void
fold_node_close(struct fold_node *n)
{
	record_list_fini(&n->out.records);
	record_list_fini(&n->out.replies);
	kv_mem_free(&n->state);
	kv_mem_free(&n->journal);
}

struct kv *
fold_node_state(const struct fold_node *n)
{
	return kv_mem_kv(n->state);
}

struct kv *
fold_node_journal(const struct fold_node *n)
{
	return kv_mem_kv(n->journal);
}

void
fold_node_restart(struct fold_node *n)
{
	n->ops->drop(n->self);
	assert_int_equal(n->ops->load(n->self, fold_node_state(n),
	                              fold_node_journal(n), &n->head),
	                 ERR_OK);
}

static enum err
step_to_the_end(struct fold_node *n, const struct turn_input *input)
{
	enum err err;

	n->turns = 0;
	do {
		if (n->turns++ > 0 && n->crashes)
			fold_node_restart(n);
		record_list_reset(&n->out.records);
		n->out.number = input->number;
		n->out.time_ms = input->time_ms;
		n->out.more = false;
		err = n->ops->step(n->self, fold_node_state(n), input, &n->out);
	} while (err == ERR_OK && n->out.more);
	return err;
}

enum err
fold_node_step(struct fold_node *n, const struct record_list *in)
{
	struct span *items = calloc(in->n + 1, sizeof(*items));
	struct turn_input input = {.number = n->head.number + 1,
	                           .time_ms = (int64_t)n->head.number * 1000,
	                           .flags = n->flags,
	                           .items = items,
	                           .n_items = in->n};
	enum err err;

	assert_non_null(items);
	for (size_t i = 0; i < in->n; i++)
		items[i] = record_list_at(in, i);
	err = step_to_the_end(n, &input);
	free(items);
	if (err == ERR_OK)
		err = n->out.records.err;
	if (err == ERR_OK)
		err = journal_append(fold_node_journal(n), &n->head,
		                     input.time_ms, n->flags, &n->out.records);
	return err;
}

bool
fold_node_record(const struct fold_node *n, enum record_type type, unsigned i,
                 struct span *record)
{
	for (size_t at = 0; at < n->out.records.n; at++) {
		*record = record_list_at(&n->out.records, at);
		if (record_type(*record) == type && i-- == 0)
			return true;
	}
	return false;
}

void
fold_input_open(struct fold_input *in)
{
	*in = (struct fold_input){
	    .id = {.producer = span_str("tester"), .epoch = 1}};
	in->commits = calloc(FOLD_COMMITS_MAX, sizeof(*in->commits));
	assert_non_null(in->commits);
	in->open = &in->commits[0];
	record_list_init(in->open);
}

void
fold_input_close(struct fold_input *in)
{
	for (unsigned i = 0; i <= in->n_commits; i++)
		record_list_fini(&in->commits[i]);
	free(in->commits);
	catalogue_free(&in->catalogue);
	free(in->rows);
}

void
fold_catalogue(struct fold_input *in, const struct cat_line *lines, size_t n)
{
	const struct registry *former =
	    in->catalogue == NULL ? NULL : &in->catalogue->registry;
	struct catalogue *c = NULL;
	struct cat_errors errors;
	struct cat_rows rows;
	struct buf packed, record;
	enum err err;

	buf_init(&packed, CATALOGUE_BYTES_MAX);
	buf_init(&record, CATALOGUE_BYTES_MAX + 64);
	cat_rows_init(&rows);
	cat_errors_init(&errors);
	cat_lines_rows(&rows, lines, n);
	err = catalogue_build(&c, &rows, former, &errors);
	if (errors.n > 0)
		print_message("%s\n", errors.list[0].text);
	assert_int_equal(err, ERR_OK);
	assert_int_equal(catalogue_pack(&c->registry, &rows, &packed), ERR_OK);
	catalogue_record_write(&record, ++in->version, buf_span(&packed));
	record_list_add(in->open, buf_span(&record));
	catalogue_free(&in->catalogue);
	in->catalogue = c;
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
	buf_fini(&packed);
	buf_fini(&record);
}

void
fold_tick(struct fold_input *in, const char *date)
{
	struct tick tick;

	assert_int_equal(day_parse(span_str(date), false, &tick.date), ERR_OK);
	tick_write(&in->open->bytes, tick);
	record_list_close_record(in->open);
}

struct figure *
fold_row(struct fold_input *in, const char *definition, const char *unit,
         const char *period)
{
	struct figure *f;

	if (in->n_rows == in->n_rows_cap) {
		in->n_rows_cap = in->n_rows_cap * 2 + 64;
		in->rows =
		    realloc(in->rows, in->n_rows_cap * sizeof(*in->rows));
		assert_non_null(in->rows);
	}
	f = &in->rows[in->n_rows];
	*f = (struct figure){.definition = fold_definition(in, definition),
	                     .unit = fold_unit(in, unit),
	                     .period = fold_period(period),
	                     .document = NUMBER_NONE,
	                     .row = in->n_rows++};
	f->released.n = period_last_day(f->period).n + 45;
	return f;
}

struct figure *
fold_value(struct fold_input *in, const char *definition, const char *unit,
           const char *period, int64_t mantissa)
{
	struct figure *f = fold_row(in, definition, unit, period);

	f->has = FIGURE_VALUE;
	f->value = mantissa;
	return f;
}

struct figure *
fold_parts(struct fold_input *in, const char *definition, const char *unit,
           const char *period, struct fold_ratio parts)
{
	struct figure *f = fold_row(in, definition, unit, period);

	f->has = FIGURE_PARTS;
	f->numerator = parts.numerator;
	f->denominator = parts.denominator;
	return f;
}

struct figure *
fold_delete(struct fold_input *in, const char *definition, const char *unit,
            const char *period)
{
	struct figure *f = fold_row(in, definition, unit, period);

	f->action = ACTION_DELETE;
	return f;
}

void
fold_block_end(struct fold_input *in)
{
	struct block head = {.n_rows = in->n_rows, .flags = in->flags};
	struct block_writer w;

	if (in->n_rows == 0)
		return;
	in->id.sequence++;
	head.id = in->id;
	block_write_begin(&w, &in->open->bytes, &head);
	for (uint32_t i = 0; i < in->n_rows; i++)
		block_write_row(&w, &in->rows[i]);
	record_list_close_record(in->open);
	in->n_rows = 0;
}

const struct record_list *
fold_commit(struct fold_input *in)
{
	const struct record_list *done = in->open;

	fold_block_end(in);
	assert_int_equal(done->err, ERR_OK);
	assert_in_range(++in->n_commits, 1, FOLD_COMMITS_MAX - 1);
	in->open = &in->commits[in->n_commits];
	record_list_init(in->open);
	return done;
}

static uint32_t
known(uint32_t number, const char *id)
{
	if (number == NUMBER_NONE)
		print_message("%s is not declared\n", id);
	assert_int_not_equal(number, NUMBER_NONE);
	return number;
}

uint32_t
fold_unit(const struct fold_input *in, const char *id)
{
	return known(catalogue_unit(in->catalogue, span_str(id)), id);
}

uint32_t
fold_definition(const struct fold_input *in, const char *id)
{
	return known(catalogue_definition(in->catalogue, span_str(id)), id);
}

uint32_t
fold_map(const struct fold_input *in, const char *id)
{
	return known(catalogue_map(in->catalogue, span_str(id)), id);
}

uint32_t
fold_source(const struct fold_input *in, const char *id)
{
	return known(catalogue_source(in->catalogue, span_str(id)), id);
}

uint32_t
fold_target(const struct fold_input *in, const char *id)
{
	return known(catalogue_target(in->catalogue, span_str(id)), id);
}

struct period
fold_period(const char *text)
{
	struct period p;

	assert_int_equal(period_parse(span_str(text), &p), ERR_OK);
	return p;
}

/* The entry behind key, which grows by a zero byte; false: none. */
static bool
next_entry(struct kv *kv, struct buf *key, struct span *found,
           struct span *value)
{
	enum err err = kv_next(kv, buf_span(key), found, value);

	if (err == ERR_NOT_FOUND)
		return false;
	assert_int_equal(err, ERR_OK);
	return true;
}

void
same_tables(struct kv *a, struct kv *b)
{
	struct span key_a, key_b, value_a, value_b;
	struct buf at;
	unsigned n = 0;

	buf_init(&at, KV_KEY_MAX + 1);
	for (;;) {
		bool more = next_entry(a, &at, &key_a, &value_a);

		assert_int_equal(next_entry(b, &at, &key_b, &value_b), more);
		if (!more)
			break;
		if (!span_equal(key_a, key_b) || !span_equal(value_a, value_b))
			print_message("entry %u differs: '%c' and '%c'\n", n,
			              key_a.ptr[0], key_b.ptr[0]);
		assert_true(span_equal(key_a, key_b));
		assert_true(span_equal(value_a, value_b));
		buf_reset(&at);
		buf_put(&at, key_a.ptr, key_a.len);
		buf_put_u8(&at, 0);
		n++;
	}
	buf_fini(&at);
}

unsigned
table_count(struct kv *kv, uint8_t table)
{
	struct span key, value;
	struct buf at;
	unsigned n = 0;

	buf_init(&at, KV_KEY_MAX + 1);
	buf_put_u8(&at, table);
	while (next_entry(kv, &at, &key, &value) && key.ptr[0] == table) {
		buf_reset(&at);
		buf_put(&at, key.ptr, key.len);
		buf_put_u8(&at, 0);
		n++;
	}
	buf_fini(&at);
	return n;
}
