#include "services/ingest/ingest_query.h"

#include "common/domain/catalogue_rows.h"

static const char *const catalogue_args[] = {"kind", "id", NULL};

static enum cat_kind
kind_of(struct span name)
{
	for (int kind = 0; kind < CAT_KINDS; kind++) {
		if (span_equal(span_str(cat_kinds[kind].name), name))
			return (enum cat_kind)kind;
	}
	return CAT_KINDS;
}

static enum err
count_kinds(const struct cat_rows *rows, struct query *q)
{
	int64_t counts[CAT_KINDS] = {0};
	enum err err = ERR_OK;

	for (size_t i = 0; i < rows->n; i++)
		counts[rows->rows[i].kind]++;
	for (int kind = 0; kind < CAT_KINDS && err == ERR_OK; kind++) {
		wire_answer_row(&q->rows);
		query_text(q, "kind", cat_kinds[kind].name);
		wire_answer_int(&q->rows, "rows", counts[kind]);
		err = wire_answer_row_end(&q->rows);
	}
	return err;
}

static enum err
row_answer(const struct cat_row *row, struct query *q)
{
	const struct cat_kind_info *info = &cat_kinds[row->kind];

	wire_answer_row(&q->rows);
	for (uint8_t i = 0; i < info->n_fields; i++) {
		if (row->fields[i][0] != '\0')
			query_text(q, info->fields[i], row->fields[i]);
	}
	return wire_answer_row_end(&q->rows);
}

/* An id names a row by its first field, or for rows of a programme by any of the
 * first two. */
static bool
row_named(const struct cat_row *row, struct span id)
{
	return id.len == 0 || span_equal(span_str(row->fields[0]), id) ||
	       span_equal(span_str(row->fields[1]), id);
}

static enum err
rows_answer(const struct cat_rows *rows, enum cat_kind kind, struct query *q)
{
	struct span id = query_arg(q, "id");
	uint32_t at = 0;
	enum err err = ERR_OK;

	query_after_get(q, &at, 1);
	for (; at < rows->n && err == ERR_OK; at++) {
		const struct cat_row *row = &rows->rows[at];

		if (row->kind != kind || !row_named(row, id))
			continue;
		err = row_answer(row, q);
		if (err == ERR_TOO_LARGE && q->rows.n_rows > 0) {
			query_next_put(q, &at, 1);
			return buf_err(&q->next);
		}
	}
	return err;
}

static enum err
catalogue_rows_of(struct kv *state, struct cat_rows *rows,
                  struct registry *registry)
{
	struct ingest_key key = ingest_key_single(INGEST_CATALOGUE);
	struct span record, packed;
	uint64_t version;
	enum err err = kv_get(state, ingest_key_span(&key), &record);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = catalogue_record_read(record, &version, &packed);
	if (err == ERR_OK)
		err = catalogue_unpack(packed, registry, rows);
	return err;
}

static enum err
catalogue_query(struct kv *state, struct query *q)
{
	struct span name = query_arg(q, "kind");
	enum cat_kind kind = kind_of(name);
	struct registry registry;
	struct cat_rows rows;
	enum err err = query_args_known(q, catalogue_args);

	if (err != ERR_OK)
		return err;
	q->field = "kind";
	if (name.len > 0 && kind == CAT_KINDS)
		return ERR_UNKNOWN_KEY;
	registry_init(&registry);
	cat_rows_init(&rows);
	err = catalogue_rows_of(state, &rows, &registry);
	if (err == ERR_OK && rows.n > 0)
		err = name.len == 0 ? count_kinds(&rows, q)
		                    : rows_answer(&rows, kind, q);
	cat_rows_fini(&rows);
	registry_fini(&registry);
	return err;
}

enum err
ingest_query(struct ingest *ingest, struct kv *state, struct span what,
             struct query *q)
{
	(void)ingest;
	if (span_equal(what, span_str("catalogue")))
		return catalogue_query(state, q);
	q->field = "what";
	return ERR_NOT_FOUND;
}
