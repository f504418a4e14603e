#include "services/aggregate/agg_query.h"

#include <string.h>

#include "services/aggregate/agg_series.h"
#include "services/aggregate/agg_stream.h"

typedef enum err (*query_answer)(struct aggregate *a, struct kv *state,
                                 struct kv *journal, struct query *q);

static const char *const no_args[] = {NULL};
static const char *const receipt_args[] = {"from", "to", "producer", NULL};

static enum err
query_digest(struct aggregate *a, struct kv *state, struct kv *journal,
             struct query *q)
{
	enum err err = query_args_known(q, no_args);

	(void)state;
	(void)journal;
	if (err != ERR_OK)
		return err;
	wire_answer_row(&q->rows);
	wire_answer_int(&q->rows, "n_figures", (int64_t)a->digest.n_figures);
	query_hex(q, "figures", a->digest.figures);
	wire_answer_int(&q->rows, "n_rollups", (int64_t)a->digest.n_rollups);
	query_hex(q, "rollups", a->digest.rollups);
	return wire_answer_row_end(&q->rows);
}

static enum err
receipts_sum(struct kv *state, struct query *q, uint64_t from, uint64_t to,
             struct receipt *sum)
{
	struct span producer = query_arg(q, "producer");
	struct batch_id first = {.producer = span_str("")};
	struct agg_key key = agg_key_receipt(from, &first);

	key.len = 9; /* all batches of the first commit */
	for (;;) {
		struct span found, value;
		struct receipt receipt;
		struct cursor c;
		enum err err =
		    kv_next(state, agg_key_span(&key), &found, &value);

		if (err == ERR_NOT_FOUND ||
		    (err == ERR_OK && found.ptr[0] != AGG_RECEIPTS))
			return ERR_OK;
		if (err != ERR_OK)
			return err;
		c = cursor_of(span_of(found.ptr + 1, found.len - 1));
		if (cursor_be64(&c) > to)
			return ERR_OK;
		if (receipt_read(value, &receipt) != ERR_OK)
			return ERR_CORRUPT;
		if (producer.len == 0 ||
		    span_equal(producer, receipt.id.producer)) {
			sum->n_unchanged += receipt.n_unchanged;
			sum->n_stale += receipt.n_stale;
		}
		memcpy(key.bytes, found.ptr, found.len);
		key.len = found.len;
		key.bytes[key.len++] = 0;
	}
}

static enum err
query_receipts(struct aggregate *a, struct kv *state, struct kv *journal,
               struct query *q)
{
	struct receipt sum = {.n_unchanged = 0};
	uint64_t from, to;
	enum err err = query_args_known(q, receipt_args);

	(void)a;
	(void)journal;
	if (err == ERR_OK)
		err = query_arg_number(q, "from", &from);
	if (err == ERR_OK)
		err = query_arg_number(q, "to", &to);
	if (err == ERR_OK)
		err = receipts_sum(state, q, from, to, &sum);
	if (err != ERR_OK)
		return err;
	wire_answer_row(&q->rows);
	wire_answer_int(&q->rows, "unchanged", sum.n_unchanged);
	wire_answer_int(&q->rows, "stale", sum.n_stale);
	return wire_answer_row_end(&q->rows);
}

static void
period_field(struct query *q, struct period period)
{
	char text[PERIOD_TEXT_MAX];

	query_text(q, "period", period_format(period, text));
}

static enum err
figure_dump(struct aggregate *a, struct query *q, const struct figure *f)
{
	const struct catalogue *c = a->catalogue;
	const char status[] = {status_letter((enum obs_status)f->status), 0};

	wire_answer_row(&q->rows);
	query_text(q, "definition", c->definitions[f->definition].id);
	query_text(q, "unit", c->units[f->unit].id);
	period_field(q, f->period);
	if ((f->has & FIGURE_VALUE) != 0)
		wire_answer_decimal(&q->rows, "value", f->value,
		                    c->definitions[f->definition].decimals);
	if ((f->has & FIGURE_PARTS) != 0) {
		wire_answer_int(&q->rows, "numerator", f->numerator);
		wire_answer_int(&q->rows, "denominator", f->denominator);
	}
	query_text(q, "status", status);
	query_text(q, "bound", bound_text((enum bound)f->bound));
	query_text(q, "source", c->sources[f->source].id);
	wire_answer_int(&q->rows, "commit", (int64_t)f->commit);
	wire_answer_int(&q->rows, "row", f->row);
	return wire_answer_row_end(&q->rows);
}

static void
sum_field(struct query *q, const char *name, i128 sum)
{
	char text[DECIMAL_TEXT_MAX];

	query_text(q, name, decimal_format(sum, 6, text));
}

static enum err
rollup_dump(struct aggregate *a, struct query *q, const struct rollup *r)
{
	const struct catalogue *c = a->catalogue;

	wire_answer_row(&q->rows);
	query_text(q, "definition", c->definitions[r->definition].id);
	query_text(q, "unit", c->units[r->unit].id);
	query_text(q, "map", c->maps[r->map].id);
	period_field(q, r->period);
	sum_field(q, "sum", r->sum);
	sum_field(q, "weight", r->sum_weight);
	wire_answer_int(&q->rows, "n_a", r->n_by_status[STATUS_A]);
	wire_answer_int(&q->rows, "n_p", r->n_by_status[STATUS_P]);
	wire_answer_int(&q->rows, "n_e", r->n_by_status[STATUS_E]);
	wire_answer_int(&q->rows, "n_derived", r->n_derived);
	return wire_answer_row_end(&q->rows);
}

static enum err
figures_page(struct aggregate *a, struct query *q, struct span value)
{
	struct figures_reader reader;
	struct figure row;
	enum err err = ERR_OK;

	if (figures_open(value, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (err == ERR_OK && reader.left > 0) {
		if (figures_next(&reader, &row) != ERR_OK)
			return ERR_CORRUPT;
		if (figure_present(&row))
			err = figure_dump(a, q, &row);
	}
	return err;
}

static enum err
rollups_page(struct aggregate *a, struct query *q, struct span value)
{
	struct rollups_reader reader;
	struct rollup row;
	enum err err = ERR_OK;

	if (rollups_open(value, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (err == ERR_OK && reader.left > 0) {
		if (rollups_next(&reader, &row) != ERR_OK)
			return ERR_CORRUPT;
		err = rollup_dump(a, q, &row);
	}
	return err;
}

/* Whole state pages as long as they are sure to fit; the token is the key of the
 * last one. */
static enum err
query_dump(struct aggregate *a, struct kv *state, struct query *q,
           enum agg_table kind)
{
	const struct agg_gens used = a->generations.used;
	uint8_t table = agg_table_at(kind, kind == AGG_FIGURES ? used.figures
	                                                       : used.rollups);
	struct agg_key key = {.bytes = {table}, .len = 1};
	uint32_t max_rows = q->rows.max_rows;
	enum err err = query_args_known(q, no_args);

	if (q->after.len > 0 && q->after.len < sizeof(key.bytes)) {
		memcpy(key.bytes, q->after.ptr, q->after.len);
		key.len = q->after.len;
		key.bytes[key.len++] = 0;
		key.bytes[0] = table; /* the generation may be another now */
	}
	q->rows.max_rows = QUERY_ROWS_MAX;
	while (err == ERR_OK) {
		struct span found, value;

		err = kv_next(state, agg_key_span(&key), &found, &value);
		if (err == ERR_NOT_FOUND ||
		    (err == ERR_OK && found.ptr[0] != table))
			return ERR_OK;
		if (err != ERR_OK)
			return err;
		if (q->rows.n_rows > 0 &&
		    q->rows.n_rows + PAGE_DEFINITIONS > max_rows) {
			buf_put(&q->next, key.bytes, key.len - 1);
			return buf_err(&q->next);
		}
		memcpy(key.bytes, found.ptr, found.len);
		key.len = found.len;
		key.bytes[key.len++] = 0;
		err = kind == AGG_FIGURES ? figures_page(a, q, value)
		                          : rollups_page(a, q, value);
	}
	return err;
}

static enum err
query_figures(struct aggregate *a, struct kv *state, struct kv *journal,
              struct query *q)
{
	(void)journal;
	return query_dump(a, state, q, AGG_FIGURES);
}

static enum err
query_rollups(struct aggregate *a, struct kv *state, struct kv *journal,
              struct query *q)
{
	(void)journal;
	return query_dump(a, state, q, AGG_ROLLUPS);
}

static enum err
query_snapshot(struct aggregate *a, struct kv *state, struct kv *journal,
               struct query *q)
{
	(void)journal;
	return agg_stream_snapshot(a, state, q);
}

static enum err
query_streams(struct aggregate *a, struct kv *state, struct kv *journal,
              struct query *q)
{
	(void)state;
	(void)journal;
	return agg_stream_names(a, q);
}

static const struct {
	const char *what;
	query_answer answer;
} queries[] = {
    {"series", series_query},   {"receipts", query_receipts},
    {"digest", query_digest},   {"figures", query_figures},
    {"rollups", query_rollups}, {"snapshot", query_snapshot},
    {"streams", query_streams},
};

enum err
aggregate_query(struct aggregate *a, struct kv *state, struct kv *journal,
                struct span what, struct query *q)
{
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		if (!span_equal(span_str(queries[i].what), what))
			continue;
		if (a->catalogue == NULL)
			return ERR_NO_CATALOGUE;
		return queries[i].answer(a, state, journal, q);
	}
	q->field = "what";
	return ERR_NOT_FOUND;
}
