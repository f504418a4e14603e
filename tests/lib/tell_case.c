#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/alert/outbox.h"
#include "tests/lib/tell_case.h"

static void
row_take(struct told_list *told, struct span notices)
{
	assert_in_range(told->rows, 0, 7);
	told->in_row[told->rows] = 0;
	while (notices.len > 0) {
		assert_in_range(told->n, 0, TOLD_MAX - 1);
		assert_int_equal(notice_read(&notices, &told->list[told->n++]),
		                 ERR_OK);
		told->in_row[told->rows]++;
	}
	told->rows++;
}

void
told_now(const struct alert_case *k, const char *programme,
         struct told_list *told)
{
	uint32_t number =
	    catalogue_programme(k->up->in.catalogue, span_str(programme));
	struct outbox_row row = {.at = {k->node.head.number, 0}};

	told->n = told->rows = 0;
	for (;;) {
		bool more;

		assert_int_equal(
		    outbox_next(fold_node_state(&k->node), number, &row, &more),
		    ERR_OK);
		if (!more || row.at.commit != k->node.head.number)
			return;
		assert_int_equal(row.time_ms, k->node.head.time_ms);
		assert_int_equal(row.at.chunk, told->rows);
		row_take(told, row.notices);
		row.at.chunk++;
	}
}

unsigned
told_count(const struct alert_case *k, const char *programme)
{
	struct told_list *told = calloc(1, sizeof(*told));
	unsigned n;

	assert_non_null(told);
	told_now(k, programme, told);
	n = told->n;
	free(told);
	return n;
}

struct notice
told_one(const struct alert_case *k, const char *programme)
{
	struct told_list *told = calloc(1, sizeof(*told));
	struct notice one;

	assert_non_null(told);
	told_now(k, programme, told);
	assert_int_equal(told->n, 1);
	one = told->list[0];
	free(told);
	return one;
}

struct span
told_text(struct span pairs, const char *name)
{
	struct span key, value;

	while (notice_pair_next(&pairs, &key, &value))
		if (span_equal(key, span_str(name)))
			return value;
	return span_str("");
}

bool
told_is(struct span pairs, const char *name, const char *value)
{
	struct span text = told_text(pairs, name);

	if (span_equal(text, span_str(value)))
		return true;
	print_error("%s is '%.*s', not '%s'\n", name, (int)text.len,
	            (const char *)text.ptr, value);
	return false;
}

bool
told_begins(struct span pairs, const char *name, const char *with)
{
	struct span text = told_text(pairs, name);
	struct span begin = span_str(with);

	if (text.len >= begin.len &&
	    span_equal(span_of(text.ptr, begin.len), begin))
		return true;
	print_error("%s is '%.*s'\n", name, (int)text.len,
	            (const char *)text.ptr);
	return false;
}

unsigned
table_of(const struct alert_case *k, enum alert_table table)
{
	return table_count(fold_node_state(&k->node), (uint8_t)table);
}
