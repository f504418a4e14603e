#include "tests/lib/stream_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/decimal.h"

#define ROW_BYTES_MAX 65536

void
stream_open(struct stream_case *s)
{
	*s = (struct stream_case){.n = 0};
	s->copies = calloc(STREAM_COPIES_MAX, sizeof(*s->copies));
	assert_non_null(s->copies);
}

static void
copy_empty(struct stream_copy *c)
{
	for (unsigned i = 0; i < c->n; i++)
		buf_fini(&c->rows[i].bytes);
	c->n = 0;
}

void
stream_close(struct stream_case *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		copy_empty(&s->copies[i]);
		free(s->copies[i].rows);
	}
	free(s->copies);
	*s = (struct stream_case){.n = 0};
}

struct stream_copy *
stream_copy(struct stream_case *s, const char *topic)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (strcmp(s->copies[i].topic, topic) == 0)
			return &s->copies[i];
	}
	assert_in_range(s->n, 0, STREAM_COPIES_MAX - 1);
	assert_in_range(strlen(topic), 1, STREAM_TOPIC_MAX - 1);
	memcpy(s->copies[s->n].topic, topic, strlen(topic) + 1);
	return &s->copies[s->n++];
}

/* By WIRE.md, "Following live", Rows. */
static const char *const *
key_names(const char *topic)
{
	static const char *const agg[] = {"kind", "period", "unit",
	                                  "definition", NULL};
	static const char *const verdict[] = {"unit", NULL};
	static const char *const alert[] = {"unit", "severity", NULL};
	static const char *const group[] = {"alertname", "indicator", NULL};

	if (strncmp(topic, "agg/", 4) == 0)
		return agg;
	if (strncmp(topic, "verdict/", 8) == 0)
		return verdict;
	return strcmp(topic + strlen(topic) - 3, "/_/") == 0 ? group : alert;
}

static void
key_write(char out[static STREAM_KEY_MAX], const char *topic,
          struct wire_list row)
{
	const char *const *names = key_names(topic);
	size_t len = 0;

	for (; *names != NULL; names++) {
		struct wire_value value;

		assert_true(wire_answer_get(row, *names, &value));
		assert_int_equal(value.kind, WIRE_VALUE_TEXT);
		len +=
		    (size_t)snprintf(out + len, STREAM_KEY_MAX - len, "%s%.*s",
		                     len > 0 ? " " : "", (int)value.text.len,
		                     (const char *)value.text.ptr);
		assert_in_range(len, 1, STREAM_KEY_MAX - 1);
	}
}

static struct stream_row *
row_find(struct stream_copy *c, const char *key)
{
	for (unsigned i = 0; i < c->n; i++) {
		if (strcmp(c->rows[i].key, key) == 0)
			return &c->rows[i];
	}
	return NULL;
}

static struct stream_row *
row_make(struct stream_copy *c, const char *key)
{
	struct stream_row *row = row_find(c, key);

	if (row != NULL)
		return row;
	if (c->n == c->n_cap) {
		c->n_cap = c->n_cap == 0 ? 64 : c->n_cap * 2;
		c->rows = realloc(c->rows, c->n_cap * sizeof(*c->rows));
		assert_non_null(c->rows);
	}
	row = &c->rows[c->n++];
	memcpy(row->key, key, strlen(key) + 1);
	buf_init(&row->bytes, ROW_BYTES_MAX);
	return row;
}

static void
row_remove(struct stream_copy *c, struct stream_row *row)
{
	buf_fini(&row->bytes);
	*row = c->rows[--c->n];
}

void
stream_take(struct stream_case *s, const char *topic, struct wire_list pairs)
{
	struct stream_copy *c = stream_copy(s, topic);
	char key[STREAM_KEY_MAX];
	struct stream_row *row;
	struct wire_value gone;

	key_write(key, topic, pairs);
	s->told++;
	if (wire_answer_get(pairs, "gone", &gone)) {
		s->gone++;
		row = row_find(c, key);
		if (row != NULL)
			row_remove(c, row);
		return;
	}
	row = row_make(c, key);
	buf_reset(&row->bytes);
	buf_put(&row->bytes, pairs.bytes.ptr, pairs.bytes.len);
	assert_int_equal(buf_err(&row->bytes), ERR_OK);
}

bool
stream_page(struct stream_case *s, struct ask_case *ask, const char *topic)
{
	struct wire_list rows, pairs;
	struct wire_value gone;

	assert_int_equal(ask_page(ask, "snapshot"), ERR_OK);
	rows = wire_answer_list(&ask->q.rows);
	while (wire_answer_next(&rows, &pairs)) {
		assert_false(wire_answer_get(pairs, "gone", &gone));
		stream_take(s, topic, pairs);
	}
	return ask_next(ask);
}

void
stream_load(struct stream_case *s, struct ask_case *ask, const char *topic,
            uint64_t max)
{
	struct stream_copy *c = stream_copy(s, topic);
	unsigned n = 0;

	copy_empty(c);
	ask_begin(ask, max, ARGS("stream", topic));
	while (stream_page(s, ask, topic))
		n++;
	assert_in_range(n, 0, 100000);
}

/* Names of one page of "streams"; the next page is asked for after them. */
static unsigned
names_page(struct ask_case *ask, char (*names)[STREAM_TOPIC_MAX], unsigned n)
{
	struct wire_list rows, pairs;
	struct wire_value value;

	assert_int_equal(ask_page(ask, "streams"), ERR_OK);
	rows = wire_answer_list(&ask->q.rows);
	while (wire_answer_next(&rows, &pairs)) {
		assert_true(wire_answer_get(pairs, "stream", &value));
		assert_in_range(n, 0, STREAM_COPIES_MAX - 1);
		(void)snprintf(names[n++], STREAM_TOPIC_MAX, "%.*s",
		               (int)value.text.len,
		               (const char *)value.text.ptr);
	}
	return n;
}

void
stream_load_all(struct stream_case *s, struct ask_case *ask, uint64_t max)
{
	char names[STREAM_COPIES_MAX][STREAM_TOPIC_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		copy_empty(&s->copies[i]);
	ask_begin(ask, 7, NO_ARGS);
	do
		n = names_page(ask, names, n);
	while (ask_next(ask));
	for (unsigned i = 0; i < n; i++)
		stream_load(s, ask, names[i], max);
}

static void
copy_within(struct stream_copy *a, struct stream_copy *b)
{
	for (unsigned i = 0; i < a->n; i++) {
		struct stream_row *x = &a->rows[i];
		struct stream_row *y = row_find(b, x->key);

		if (y == NULL ||
		    !span_equal(buf_span(&x->bytes), buf_span(&y->bytes)))
			print_message("%s: %s %s\n", a->topic, x->key,
			              y == NULL ? "missing" : "differs");
		assert_non_null(y);
		assert_true(
		    span_equal(buf_span(&x->bytes), buf_span(&y->bytes)));
	}
}

void
stream_same(struct stream_case *a, struct stream_case *b)
{
	for (unsigned i = 0; i < a->n; i++)
		copy_within(&a->copies[i], stream_copy(b, a->copies[i].topic));
	for (unsigned i = 0; i < b->n; i++)
		copy_within(&b->copies[i], stream_copy(a, b->copies[i].topic));
}

static void
value_write(struct buf *out, const struct wire_value *v)
{
	char text[DECIMAL_TEXT_MAX];

	if (v->kind == WIRE_VALUE_BOOL)
		buf_put_str(out, v->truth ? "true" : "false");
	else if (v->kind == WIRE_VALUE_INT)
		buf_printf(out, "%lld", (long long)v->number);
	else if (v->kind == WIRE_VALUE_TEXT)
		buf_put(out, v->text.ptr, v->text.len);
	else if (v->kind == WIRE_VALUE_DECIMAL)
		buf_put_str(out, decimal_format(v->number, v->places, text));
	else
		buf_put_str(out, "-");
}

const char *
stream_text(struct stream_case *s, const char *topic, const char *key,
            struct buf *out)
{
	struct stream_row *row = row_find(stream_copy(s, topic), key);
	struct wire_list pairs;
	struct wire_value value;
	struct span name;

	buf_reset(out);
	if (row == NULL)
		return "";
	pairs = (struct wire_list){buf_span(&row->bytes), UINT32_MAX};
	while (pairs.bytes.len > 0 && wire_pairs_next(&pairs, &name, &value)) {
		buf_printf(out, "%s%.*s=", out->len > 0 ? " " : "",
		           (int)name.len, (const char *)name.ptr);
		value_write(out, &value);
	}
	return buf_cstr(out);
}

unsigned
stream_rows(const struct stream_case *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += s->copies[i].n;
	return n;
}
