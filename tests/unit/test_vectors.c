/* links: proto/codec.c proto/kind.c proto/scan.c proto/schema.c proto/cursor.c */
/* links: proto/rows.c proto/list.c common/base/buf.c common/base/err.c */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire.h"

enum { FILE_MAX = 1 << 20, TEXT_LINE = 512 };

/* One vector: <name>.hex, and what stands in <name>.txt. */
struct vector {
	char name[256];
	struct buf bytes;
	char field[64];
	unsigned long offset;
	bool canonical;
};

static void
read_file(const char *path, struct buf *out)
{
	char chunk[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		fail_msg("%s: cannot be read", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(out, chunk, n);
	assert_int_equal(fclose(f), 0);
}

/* "hh" is a byte, "hh*n" is n of it. */
static void
parse_hex(const char *text, struct buf *out)
{
	for (;;) {
		char *end;
		unsigned long byte = strtoul(text, &end, 16);
		unsigned long n = 1;

		if (end == text)
			return;
		assert_true(byte <= UINT8_MAX);
		if (*end == '*')
			n = strtoul(end + 1, &end, 10);
		for (; n > 0; n--)
			buf_put_u8(out, (uint8_t)byte);
		text = end;
	}
}

static const char *
line_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : "";
}

static void
vector_open(struct vector *v, const char *dir, const char *name, size_t len)
{
	char path[TEXT_LINE];
	struct buf text;

	buf_init(&v->bytes, 8u << 20);
	buf_init(&text, FILE_MAX);
	snprintf(v->name, sizeof(v->name), "%.*s", (int)len, name);
	snprintf(path, sizeof(path), "%s/%s.hex", dir, v->name);
	read_file(path, &text);
	parse_hex(buf_cstr(&text), &v->bytes);
	buf_reset(&text);
	snprintf(path, sizeof(path), "%s/%s.txt", dir, v->name);
	read_file(path, &text);
	snprintf(v->field, sizeof(v->field), "%.*s",
	         (int)strcspn(line_of(buf_cstr(&text), "field: "), "\n"),
	         line_of(buf_cstr(&text), "field: "));
	v->offset = strtoul(line_of(buf_cstr(&text), "offset: "), NULL, 10);
	v->canonical = strstr(buf_cstr(&text), "canonical: yes") != NULL;
	assert_int_equal(buf_err(&text), ERR_OK);
	assert_int_equal(buf_err(&v->bytes), ERR_OK);
	buf_fini(&text);
}

/* Calls check for every vector of a directory; how many there were. */
static size_t
for_each(const char *dir, void (*check)(const struct vector *))
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);
		struct vector v;

		if (len < 5 || strcmp(e->d_name + len - 4, ".hex") != 0)
			continue;
		vector_open(&v, dir, e->d_name, len - 4);
		check(&v);
		buf_fini(&v.bytes);
		n++;
	}
	closedir(d);
	return n;
}

/* Decodes a frame and, of a BATCH, all rows; field: the one to blame. */
static enum err
take_all(struct span frame, struct wire_message *m, struct fault *fault,
         struct buf *field)
{
	struct wire_rows rows;
	struct wire_row row;
	enum err err = wire_decode(frame, m, fault);

	if (err != ERR_OK) {
		buf_put_str(field, fault->field);
		return err;
	}
	if (m->type != WIRE_BATCH)
		return ERR_OK;
	wire_rows_open(frame, &m->as.batch, &rows);
	do {
		err = wire_rows_next(&rows, &row, fault);
	} while (err == ERR_OK);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	wire_rows_field(&rows, fault, field);
	return err;
}

static void
check_bad(const struct vector *v)
{
	struct fault fault = {0};
	struct wire_message m = {.type = WIRE_TYPE_COUNT};
	struct buf field;
	enum err err;

	buf_init(&field, TEXT_LINE);
	err = take_all(buf_span(&v->bytes), &m, &fault, &field);
	if (strncmp(v->name, err_name(err), strlen(err_name(err))) != 0 ||
	    strncmp(v->name + strlen(err_name(err)), "--", 2) != 0 ||
	    fault.code != err || fault.offset != v->offset ||
	    strcmp(buf_cstr(&field), v->field) != 0)
		fail_msg("%s: got %s, %s, offset %zu", v->name, err_name(err),
		         buf_cstr(&field), fault.offset);
	buf_fini(&field);
}

static void
every_bad_vector_is_refused_with_code_field_and_offset(void **state)
{
	(void)state;
	assert_true(for_each("proto/vectors/bad", check_bad) >= 60);
}

static void
check_good(const struct vector *v)
{
	struct fault fault = {0};
	struct wire_message m;
	struct buf field;
	struct buf again;
	enum err err;

	buf_init(&field, TEXT_LINE);
	buf_init(&again, WIRE_MESSAGE_MAX);
	err = take_all(buf_span(&v->bytes), &m, &fault, &field);
	if (err != ERR_OK)
		fail_msg("%s: refused with %s, %s, offset %zu", v->name,
		         err_name(err), buf_cstr(&field), fault.offset);
	assert_int_equal(wire_encode(&m, &again), ERR_OK);
	if (v->canonical != span_equal(buf_span(&again), buf_span(&v->bytes)))
		fail_msg("%s: encoded again it is %s", v->name,
		         v->canonical ? "other bytes" : "the same bytes");
	buf_fini(&again);
	buf_fini(&field);
}

static void
every_good_vector_is_taken_and_encoded_again(void **state)
{
	(void)state;
	assert_true(for_each("proto/vectors/good", check_good) >=
	            WIRE_TYPE_COUNT);
}

static void
check_prefixes(const struct vector *v)
{
	struct span whole = buf_span(&v->bytes);
	struct wire_message m;
	struct fault fault;

	for (size_t len = 0; len < whole.len; len++) {
		/* A copy of its own, so that a read past the end is seen. */
		uint8_t *part = malloc(len + 1);

		assert_non_null(part);
		memcpy(part, whole.ptr, len);
		if (wire_decode(span_of(part, len), &m, &fault) == ERR_OK)
			fail_msg("%s: taken with %zu of %zu bytes", v->name,
			         len, whole.len);
		free(part);
	}
}

static void
no_good_vector_is_taken_if_cut_anywhere(void **state)
{
	(void)state;
	for_each("proto/vectors/good", check_prefixes);
}

static void
check_type_seen(const struct vector *v)
{
	struct wire_message m;
	struct fault fault;

	assert_int_equal(wire_decode(buf_span(&v->bytes), &m, &fault), ERR_OK);
	/* hello.hex, hello-continues.hex: named by the message they hold */
	for (size_t i = 0; wire_type_name(m.type)[i] != '\0'; i++)
		assert_int_equal(v->name[i], wire_type_name(m.type)[i] | 0x20);
}

static void
good_vectors_are_named_by_their_message(void **state)
{
	(void)state;
	for_each("proto/vectors/good", check_type_seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        every_bad_vector_is_refused_with_code_field_and_offset),
	    cmocka_unit_test(every_good_vector_is_taken_and_encoded_again),
	    cmocka_unit_test(no_good_vector_is_taken_if_cut_anywhere),
	    cmocka_unit_test(good_vectors_are_named_by_their_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
