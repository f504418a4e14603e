#include "proto/query.h"

#include <stdio.h>
#include <string.h>

void
query_init(struct query *q)
{
	*q = (struct query){.field = NULL};
	wire_answer_init(&q->rows, QUERY_ROWS_MAX, QUERY_BYTES_MAX);
	buf_init(&q->next, WIRE_AFTER_MAX);
}

void
query_fini(struct query *q)
{
	wire_answer_fini(&q->rows);
	buf_fini(&q->next);
}

void
query_begin(struct query *q, const struct wire_query *asked)
{
	q->args = asked->args;
	q->after = asked->after;
	q->field = NULL;
	q->hint[0] = '\0';
	q->slice = 0;
	q->commit = 0;
	buf_reset(&q->next);
	wire_answer_reset(&q->rows);
	q->rows.max_rows = QUERY_ROWS_MAX;
	if (asked->max > 0 && asked->max < QUERY_ROWS_MAX)
		q->rows.max_rows = (uint32_t)asked->max;
}

struct span
query_arg(const struct query *q, const char *name)
{
	return wire_args_get(q->args, name);
}

static bool
name_in(const char *const *names, struct span key)
{
	for (; *names != NULL; names++) {
		if (span_equal(span_str(*names), key))
			return true;
	}
	return false;
}

enum err
query_arg_number(struct query *q, const char *name, uint64_t *number)
{
	struct span text = query_arg(q, name);
	uint64_t got = 0;

	q->field = name;
	if (text.len == 0)
		return ERR_BAD_NUMBER;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return ERR_BAD_NUMBER;
		got = got * 10 + (uint64_t)(text.ptr[i] - '0');
		if (got > WIRE_UINT_MAX)
			return ERR_BAD_NUMBER;
	}
	*number = got;
	return ERR_OK;
}

enum err
query_args_known(struct query *q, const char *const *names)
{
	struct wire_list args = q->args;
	struct span key, value;

	while (wire_args_next(&args, &key, &value)) {
		if (!name_in(names, key)) {
			q->field = "args";
			return ERR_UNKNOWN_KEY;
		}
	}
	return ERR_OK;
}

void
query_text(struct query *q, const char *name, const char *text)
{
	size_t len;

	if (text == NULL)
		return;
	len = strlen(text);
	if (len > WIRE_TEXT_MAX) {
		len = WIRE_TEXT_MAX;
		while (len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80)
			len--;
	}
	wire_answer_text(&q->rows, name, span_of(text, len));
}

void
query_hex(struct query *q, const char *name, uint64_t number)
{
	char text[17];

	(void)snprintf(text, sizeof(text), "%016llx",
	               (unsigned long long)number);
	query_text(q, name, text);
}

void
query_next_put(struct query *q, const uint32_t *numbers, int n)
{
	buf_reset(&q->next);
	for (int i = 0; i < n; i++)
		buf_put_be32(&q->next, numbers[i]);
}

void
query_after_get(const struct query *q, uint32_t *numbers, int n)
{
	struct cursor c = cursor_of(q->after);

	for (int i = 0; i < n; i++)
		numbers[i] = cursor_be32(&c);
}
