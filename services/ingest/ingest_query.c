#include "services/ingest/ingest_query.h"

#include "common/domain/catalogue_rows.h"

static const char *const commit_at_args[] = {"time_ms", NULL};
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

/* Decimal digits alone, below 2^53. */
static enum err
time_read(struct span text, int64_t *time_ms)
{
	int64_t value = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return ERR_BAD_VALUE;
		value = value * 10 + (text.ptr[i] - '0');
		if (value > (int64_t)WIRE_UINT_MAX)
			return ERR_BAD_VALUE;
	}
	*time_ms = value;
	return text.len > 0 ? ERR_OK : ERR_MISSING_FIELD;
}

/* The last commit from low on, up to high, whose time is not after time_ms; times
 * grow. Left as it is: none. */
static enum err
commit_search(struct kv *journal, uint64_t low, uint64_t high, int64_t time_ms,
              struct commit *found)
{
	while (low <= high) {
		uint64_t middle = low + (high - low) / 2;
		struct commit c;
		enum err err = journal_commit(journal, middle, &c);

		if (err != ERR_OK)
			return err;
		if (c.time_ms <= time_ms) {
			*found = c;
			low = middle + 1;
		} else {
			high = middle - 1;
		}
	}
	return ERR_OK;
}

static enum err
commit_at_query(struct kv *journal, struct query *q)
{
	struct commit found = {.number = 0};
	struct commit head;
	uint64_t floor = 0;
	int64_t time_ms = 0;
	enum err err = query_args_known(q, commit_at_args);

	if (err != ERR_OK)
		return err;
	q->field = "time_ms";
	err = time_read(query_arg(q, "time_ms"), &time_ms);
	if (err == ERR_OK)
		err = journal_head(journal, &head);
	if (err == ERR_OK)
		err = journal_floor(journal, &floor);
	if (err == ERR_OK && floor > 0)
		err =
		    commit_search(journal, floor, head.number, time_ms, &found);
	/* what was known before the first one kept can't be told any more */
	if (err == ERR_OK && found.number == 0 && floor > 1)
		err = ERR_UNKNOWN_POSITION;
	if (err != ERR_OK)
		return err;
	wire_answer_row(&q->rows);
	wire_answer_int(&q->rows, "commit", (int64_t)found.number);
	wire_answer_int(&q->rows, "time_ms", found.time_ms);
	return wire_answer_row_end(&q->rows);
}

enum err
ingest_query(struct ingest *ingest, struct kv *state, struct kv *journal,
             struct span what, struct query *q)
{
	(void)ingest;
	if (span_equal(what, span_str("commit_at")))
		return commit_at_query(journal, q);
	if (span_equal(what, span_str("catalogue")))
		return catalogue_query(state, q);
	q->field = "what";
	return ERR_NOT_FOUND;
}
