#include "tests/lib/ask_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/domain/decimal.h"

void
ask_open(struct ask_case *k, ask_answer answer, void *self)
{
	*k = (struct ask_case){.answer = answer, .self = self};
	query_init(&k->q);
	wire_writer_init(&k->args, 65536);
	buf_init(&k->after, WIRE_AFTER_MAX);
	buf_init(&k->text, 1u << 24);
}

void
ask_close(struct ask_case *k)
{
	query_fini(&k->q);
	wire_writer_fini(&k->args);
	buf_fini(&k->after);
	buf_fini(&k->text);
}

void
ask_begin(struct ask_case *k, uint64_t max, const char *const *args)
{
	wire_writer_reset(&k->args);
	for (; args[0] != NULL; args += 2)
		wire_args_add(&k->args, args[0], span_str(args[1]));
	k->asked =
	    (struct wire_query){.args = wire_writer_list(&k->args), .max = max};
	query_begin(&k->q, &k->asked);
}

enum err
ask_page(struct ask_case *k, const char *what)
{
	enum err err = ERR_AGAIN;

	for (k->n_slices = 0; err == ERR_AGAIN; k->n_slices++) {
		query_begin(&k->q, &k->asked);
		k->q.slice = k->n_slices;
		err = k->answer(k->self, span_str(what), &k->q);
	}
	return err;
}

bool
ask_next(struct ask_case *k)
{
	if (k->q.next.len == 0)
		return false;
	assert_int_equal(buf_err(&k->q.next), ERR_OK);
	buf_reset(&k->after);
	buf_put(&k->after, k->q.next.ptr, k->q.next.len);
	k->asked.after = buf_span(&k->after);
	query_begin(&k->q, &k->asked);
	return true;
}

static void
put_value(struct buf *out, const struct wire_value *v)
{
	char text[DECIMAL_TEXT_MAX];

	switch ((int)v->kind) {
	case WIRE_VALUE_BOOL:
		buf_put_str(out, v->truth ? "true" : "false");
		break;
	case WIRE_VALUE_INT:
		buf_printf(out, "%lld", (long long)v->number);
		break;
	case WIRE_VALUE_TEXT: buf_put(out, v->text.ptr, v->text.len); break;
	case WIRE_VALUE_DECIMAL:
		buf_put_str(out, decimal_format(v->number, v->places, text));
		break;
	default: buf_put_str(out, "-");
	}
}

const char *
ask_text(struct ask_case *k)
{
	struct wire_list rows = wire_answer_list(&k->q.rows);
	struct wire_list pairs;
	struct wire_value value;
	struct span key;

	buf_reset(&k->text);
	while (wire_answer_next(&rows, &pairs)) {
		for (const char *blank = "";
		     wire_pairs_next(&pairs, &key, &value); blank = " ") {
			buf_printf(&k->text, "%s%.*s=", blank, (int)key.len,
			           (const char *)key.ptr);
			put_value(&k->text, &value);
		}
		buf_put_str(&k->text, "\n");
	}
	return buf_cstr(&k->text);
}

const char *
ask_column(struct ask_case *k, const char *name)
{
	struct wire_list rows = wire_answer_list(&k->q.rows);
	struct wire_list pairs;
	struct wire_value value;

	buf_reset(&k->text);
	while (wire_answer_next(&rows, &pairs)) {
		if (wire_answer_get(pairs, name, &value))
			put_value(&k->text, &value);
		buf_put_str(&k->text, " ");
	}
	return buf_cstr(&k->text);
}

void
ask_rows(struct ask_case *k, const char *what, const char *const *args)
{
	ask_begin(k, 0, args);
	assert_int_equal(ask_page(k, what), ERR_OK);
}

const char *
ask_column_of(struct ask_case *k, const char *what, const char *name,
              const char *const *args)
{
	ask_rows(k, what, args);
	return ask_column(k, name);
}

void
ask_refused(struct ask_case *k, const char *what, struct ask_refusal why,
            const char *const *args)
{
	ask_begin(k, 0, args);
	assert_int_equal(ask_page(k, what), why.err);
	if (why.field != NULL)
		assert_string_equal(k->q.field, why.field);
}
