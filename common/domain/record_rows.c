#include "common/domain/record.h"

#include <assert.h>

#include "common/domain/record_coding.h"

enum {
	ROW_VALUE = 16,
	ROW_PARTS = 32,
	ROW_MORE = 64,  /* a second byte follows */
	ROW_JUMP = 128, /* row number isn't the one expected */

	MORE_KIND = 1, /* status, bound, action, status_named */
	MORE_FLAGS = 2,
	MORE_SOURCE = 4,
	MORE_DOCUMENT = 8,
	MORE_RELEASED = 16,
	MORE_COMMIT = 32,
	MORE_MINUS_VALUE = 64, /* these two hold for this row alone */
	MORE_MINUS_NUMERATOR = 128,

	KIND_BOUND = 3, /* shifts in the byte of kinds */
	KIND_ACTION = 6,
	KIND_NAMED = 7,
	KIND_MASK = 7,

	FLAGS_BLOCK = FIGURE_FLAG_AGAIN | FIGURE_FLAG_BACKFILL,
	FLAGS_NOT_IN_BLOCK = FLAGS_BLOCK | FIGURE_FLAG_HISTORY,
	FLAGS_ALL = FLAGS_NOT_IN_BLOCK | FIGURE_FLAG_RATIO_MISMATCH,

	ROW_BYTES_MAX = 4 + 12 * VARINT_BYTES,
};

/* A magnitude below 2^53 with a sign beside it; there's one zero. */
static inline int64_t
take_mantissa(struct cursor *c, bool minus)
{
	uint64_t size = take_unsigned(c);

	if (size > DECIMAL_MANTISSA_MAX || (minus && size == 0)) {
		bad(c);
		return 0;
	}
	return minus ? -(int64_t)size : (int64_t)size;
}

static inline uint64_t
magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static inline struct key
figure_key(const struct figure *f)
{
	return (struct key){f->definition, f->unit, f->period.code};
}

static inline uint8_t
kind_of(const struct figure *f)
{
	return (uint8_t)(f->status | f->bound << KIND_BOUND |
	                 f->action << KIND_ACTION |
	                 f->status_named << KIND_NAMED);
}

static inline uint8_t *
put_more(uint8_t *at, uint8_t *more, const struct figure *now,
         const struct figure *before)
{
	if (kind_of(now) != kind_of(before)) {
		*more |= MORE_KIND;
		*at++ = kind_of(now);
	}
	if (now->flags != before->flags) {
		*more |= MORE_FLAGS;
		*at++ = now->flags;
	}
	if (now->source != before->source) {
		*more |= MORE_SOURCE;
		at = put_difference(at, now->source, before->source);
	}
	if (now->document != before->document) {
		*more |= MORE_DOCUMENT;
		at = put_unsigned(at, now->document + 1); /* none: 0 */
	}
	if (now->released.n != before->released.n) {
		*more |= MORE_RELEASED;
		at = put_signed(at,
		                (int64_t)now->released.n - before->released.n);
	}
	if (now->commit != before->commit) {
		*more |= MORE_COMMIT;
		at = put_signed(at, (int64_t)(now->commit - before->commit));
	}
	return at;
}

/* What the bytes can't say is left out here, so that it is nowhere. */
static inline struct figure
normal(const struct figure *row)
{
	struct figure f = *row;

	if (f.action == ACTION_DELETE)
		f.has = 0;
	else
		f.status_named = false;
	if (!(f.has & FIGURE_VALUE))
		f.value = 0;
	if (!(f.has & FIGURE_PARTS))
		f.numerator = f.denominator = 0;
	return f;
}

static inline uint8_t *
put_numbers(uint8_t *at, uint8_t *head, const struct figure *f)
{
	if (f->has & FIGURE_VALUE) {
		*head |= ROW_VALUE;
		at = put_unsigned(at, magnitude(f->value));
	}
	if (f->has & FIGURE_PARTS) {
		*head |= ROW_PARTS;
		at = put_unsigned(at, magnitude(f->numerator));
		at = put_unsigned(at, (uint64_t)f->denominator);
	}
	return at;
}

/* A delete says nothing, a gap has no number, anything else has one. */
static inline bool
has_fits(const struct figure *f)
{
	bool empty = f->action == ACTION_DELETE || f->status == STATUS_M;

	return empty == (f->has == 0) &&
	       (f->denominator != 0 || f->numerator == 0);
}

static void
row_put(struct buf *out, struct figure *last, const struct figure *row,
        uint32_t expected)
{
	uint8_t bytes[ROW_BYTES_MAX];
	uint8_t attributes[ROW_BYTES_MAX];
	uint8_t more = 0;
	struct figure f = normal(row);
	uint8_t *more_end = put_more(attributes, &more, &f, last);
	uint8_t *at = bytes + 1;

	assert(f.denominator >= 0 && has_fits(&f));
	bytes[0] = 0;
	at = put_key(at, &bytes[0], figure_key(&f), figure_key(last));
	if (f.value < 0)
		more |= MORE_MINUS_VALUE;
	if (f.numerator < 0)
		more |= MORE_MINUS_NUMERATOR;
	if (more) {
		bytes[0] |= ROW_MORE;
		*at++ = more;
		for (const uint8_t *from = attributes; from < more_end; from++)
			*at++ = *from;
	}
	if (f.row != expected) {
		bytes[0] |= ROW_JUMP;
		at = put_difference(at, f.row, expected);
	}
	at = put_numbers(at, &bytes[0], &f);
	assert(at <= bytes + FIGURE_ROW_BYTES_MAX);
	buf_put(out, bytes, (size_t)(at - bytes));
	*last = f;
}

static inline void
take_kind(struct cursor *c, struct figure *f)
{
	uint8_t kind = take_byte(c);

	f->status = kind & KIND_MASK;
	f->bound = kind >> KIND_BOUND & KIND_MASK;
	f->action = kind >> KIND_ACTION & 1;
	f->status_named = kind >> KIND_NAMED & 1;
	if (f->status >= STATUS_COUNT || f->bound >= BOUND_COUNT ||
	    (f->status_named && f->action != ACTION_DELETE))
		bad(c);
}

static void
take_released(struct cursor *c, struct day *released)
{
	int64_t difference = take_signed(c);

	/* The first test keeps the sum from running over. */
	if (difference > UINT32_MAX || difference < -(int64_t)UINT32_MAX ||
	    released->n + difference > INT32_MAX ||
	    released->n + difference < INT32_MIN)
		bad(c);
	else
		released->n = (int32_t)(released->n + difference);
}

static void
take_more(struct cursor *c, uint8_t more, struct figure *f)
{
	if (more & MORE_KIND)
		take_kind(c, f);
	if (more & MORE_FLAGS) {
		f->flags = take_byte(c);
		if (f->flags & ~FLAGS_ALL)
			bad(c);
	}
	if (more & MORE_SOURCE)
		f->source = take_difference(c, f->source, NUMBER_NONE - 1);
	if (more & MORE_DOCUMENT)
		f->document = (uint32_t)cursor_uvarint_max(c, NUMBER_NONE) - 1;
	if (more & MORE_RELEASED)
		take_released(c, &f->released);
	if (more & MORE_COMMIT)
		f->commit += (uint64_t)take_signed(c);
}

static inline void
take_numbers(struct cursor *c, uint8_t head, uint8_t more, struct figure *f)
{
	f->has = 0;
	f->value = f->numerator = f->denominator = 0;
	if (head & ROW_VALUE) {
		f->has |= FIGURE_VALUE;
		f->value = take_mantissa(c, more & MORE_MINUS_VALUE);
	} else if (more & MORE_MINUS_VALUE) {
		bad(c);
	}
	if (head & ROW_PARTS) {
		f->has |= FIGURE_PARTS;
		f->numerator = take_mantissa(c, more & MORE_MINUS_NUMERATOR);
		f->denominator = take_mantissa(c, false);
	} else if (more & MORE_MINUS_NUMERATOR) {
		bad(c);
	}
	if (!has_fits(f))
		bad(c);
}

/* last: the row before, then this one. */
static inline enum err
row_take(struct cursor *c, struct figure *last, uint32_t expected)
{
	struct figure f = *last;
	struct key key = figure_key(last);
	uint8_t head = take_byte(c);
	uint8_t more = 0;

	take_key(c, head, &key);
	f.definition = key.definition;
	f.unit = key.unit;
	f.period.code = key.period;
	if (head & ROW_MORE) {
		more = take_byte(c);
		take_more(c, more, &f);
	}
	f.row = expected;
	if (head & ROW_JUMP)
		f.row = take_difference(c, expected, UINT32_MAX);
	take_numbers(c, head, more, &f);
	if (taken(c) == ERR_OK)
		*last = f;
	return c->err;
}

/* --- blocks --- */

static struct figure
first_before(struct day released)
{
	return (struct figure){.document = NUMBER_NONE, .released = released};
}

void
block_write_begin(struct block_writer *w, struct buf *out,
                  const struct block *head)
{
	assert(!(head->flags & ~FLAGS_BLOCK));
	record_begin(out, RECORD_BLOCK);
	batch_id_write(out, &head->id);
	buf_put_svarint(out, head->received.n);
	buf_put_u8(out, head->flags);
	buf_put_uvarint(out, head->n_rejected);
	buf_put_uvarint(out, head->n_rows);
	*w = (struct block_writer){.out = out,
	                           .last = first_before(head->received)};
}

void
block_write_row(struct block_writer *w, const struct figure *row)
{
	struct figure f = *row;

	assert(f.row >= w->next_row && f.row < UINT32_MAX);
	f.flags &= (uint8_t)~FLAGS_NOT_IN_BLOCK;
	f.commit = 0;
	row_put(w->out, &w->last, &f, w->next_row);
	w->next_row = f.row + 1;
}

enum err
block_open(struct span record, struct block *block)
{
	struct block b = {0};
	struct cursor c;
	enum err err = record_body(record, RECORD_BLOCK, &c);
	int64_t received;

	if (err != ERR_OK)
		return err;
	b.id = batch_id_read(&c);
	received = cursor_svarint(&c);
	if (received <= DAY_FIRST || received >= DAY_LAST)
		bad(&c);
	b.flags = cursor_u8(&c);
	if (b.flags & ~FLAGS_BLOCK)
		bad(&c);
	b.n_rejected = (uint32_t)cursor_uvarint_max(&c, UINT32_MAX);
	b.n_rows = b.left = take_count(&c);
	b.rows = c;
	if (taken(&c) != ERR_OK)
		return c.err;
	b.received.n = (int32_t)received;
	b.last = first_before(b.received);
	*block = b;
	return ERR_OK;
}

enum err
block_next(struct block *block, struct figure *row)
{
	if (block->left == 0)
		return rows_end(&block->rows);
	if (row_take(&block->rows, &block->last, block->next_row) != ERR_OK)
		return block->rows.err;
	/* In a block rows only go on, and only the head may say these. */
	if (block->last.row < block->next_row ||
	    block->last.row == UINT32_MAX || block->last.commit != 0 ||
	    (block->last.flags & FLAGS_NOT_IN_BLOCK))
		return block->rows.err = ERR_BAD_MESSAGE;
	block->left--;
	block->next_row = block->last.row + 1;
	*row = block->last;
	row->flags |= block->flags;
	return ERR_OK;
}

/* --- figures in force --- */

void
figures_write_begin(struct figures_writer *w, struct buf *out, uint32_t n_rows)
{
	record_begin(out, RECORD_FIGURES);
	buf_put_uvarint(out, n_rows);
	*w = (struct figures_writer){.out = out,
	                             .last = first_before((struct day){0})};
}

void
figures_write_row(struct figures_writer *w, const struct figure *row)
{
	row_put(w->out, &w->last, row, w->last.row + 1);
}

enum err
figures_open(struct span record, struct figures_reader *r)
{
	struct cursor c;
	enum err err = record_body(record, RECORD_FIGURES, &c);
	uint32_t n;

	if (err != ERR_OK)
		return err;
	n = take_count(&c);
	if (taken(&c) != ERR_OK)
		return c.err;
	*r = (struct figures_reader){
	    .rows = c, .last = first_before((struct day){0}), .left = n};
	return ERR_OK;
}

enum err
figures_next(struct figures_reader *r, struct figure *row)
{
	if (r->left == 0)
		return rows_end(&r->rows);
	if (row_take(&r->rows, &r->last, r->last.row + 1) != ERR_OK)
		return r->rows.err;
	r->left--;
	*row = r->last;
	return ERR_OK;
}
