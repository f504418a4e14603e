#include "tests/lib/load.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "proto/wire.h"

enum { COMMUNES = 40, YEARS = 25, FIRST_YEAR = 2000, FIRST_COMMUNE = 10 };
enum { WATER = COMMUNES * YEARS, QUARTERS = 4 * YEARS, PARTS_OF = 1000 };
_Static_assert(LOAD_KEYS == WATER + 10 * COMMUNES * QUARTERS, "roads0..9");

static uint64_t
mixed(const struct load_batch *b, uint64_t row)
{
	uint64_t seed = hash_bytes(span_str(b->producer), b->epoch);
	const uint64_t words[] = {b->sequence, row, b->other};

	return hash_bytes(span_of(words, sizeof(words)), seed);
}

/* Keys of a batch follow each other, so they differ. */
static uint32_t
key_of(const struct load_batch *b, uint32_t row)
{
	struct load_batch same = *b;

	same.other = 0;
	return (uint32_t)((mixed(&same, UINT32_MAX) + row) % LOAD_KEYS);
}

struct key_texts {
	char indicator[16];
	char unit[16];
	char period[16];
};

static void
key_texts(uint32_t key, struct key_texts *t)
{
	unsigned rest = key / COMMUNES;

	snprintf(t->unit, sizeof(t->unit), "c%u",
	         (unsigned)(FIRST_COMMUNE + key % COMMUNES));
	if (key < WATER) {
		snprintf(t->indicator, sizeof(t->indicator), "water");
		snprintf(t->period, sizeof(t->period), "%u", FIRST_YEAR + rest);
		return;
	}
	rest -= YEARS;
	snprintf(t->indicator, sizeof(t->indicator), "roads%u",
	         rest / QUARTERS);
	rest %= QUARTERS;
	snprintf(t->period, sizeof(t->period), "%u-Q%u", FIRST_YEAR + rest / 4,
	         rest % 4 + 1);
}

static int64_t
amount(const struct load_batch *b, uint32_t row)
{
	return (int64_t)(mixed(b, row) % (PARTS_OF + 1));
}

static void
put_row(struct wire_batch_writer *w, const struct load_batch *b, uint32_t row)
{
	struct key_texts texts;
	uint32_t key = key_of(b, row);
	struct wire_row_text r = {.status = WIRE_UNSET};

	key_texts(key, &texts);
	r.indicator = span_str(texts.indicator);
	r.unit = span_str(row < b->n_wrong ? "nowhere" : texts.unit);
	r.period = span_str(texts.period);
	if (key < WATER) {
		r.numerator = (struct wire_decimal){amount(b, row), 0, true};
		r.denominator = (struct wire_decimal){PARTS_OF, 0, true};
	} else {
		r.value = (struct wire_decimal){amount(b, row), 1, true};
	}
	assert_int_equal(wire_batch_row(w, &r), ERR_OK);
}

void
load_batch(const struct load_batch *b, struct buf *out)
{
	struct wire_batch_writer w;
	struct wire_batch head = {.producer = span_str(b->producer),
	                          .epoch = b->epoch,
	                          .sequence = b->sequence,
	                          .source = span_str("office"),
	                          .flags = b->flags};

	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	for (uint32_t i = 0; i < b->n_rows; i++)
		put_row(&w, b, i);
	assert_int_equal(wire_batch_finish(&w, b->id, &head, out), ERR_OK);
	wire_batch_fini(&w);
}

bool
load_matches(const struct load_batch *b, struct block *block)
{
	struct figure f;
	uint32_t row = b->n_wrong;

	if (block->n_rows != b->n_rows - b->n_wrong)
		return false;
	for (; block_next(block, &f) == ERR_OK; row++) {
		bool parts = key_of(b, row) < WATER;
		int64_t got = parts ? f.numerator : f.value;

		if (f.row != row || got != amount(b, row))
			return false;
	}
	return row == b->n_rows;
}

void
load_hello(const char *producer, uint64_t epoch, uint64_t id, struct buf *out)
{
	struct wire_message m = {.type = WIRE_HELLO, .id = id};

	m.as.hello.producer = span_str(producer);
	m.as.hello.epoch = epoch;
	assert_int_equal(wire_encode(&m, out), ERR_OK);
}
