#include "tests/lib/store_case.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

int
store_case_setup(void **state)
{
	struct store_case *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	tmpdir_open(&f->tmp);
	tmpdir_path(&f->tmp, "ingest", f->dir, sizeof(f->dir));
	f->conf = (struct store_conf){
	    .dir = f->dir,
	    .kind = "ingest",
	    .format = 3,
	    .map_bytes = 16u << 20,
	    .check = true,
	    .sync = true,
	};
	*state = f;
	return 0;
}

int
store_case_teardown(void **state)
{
	struct store_case *f = *state;

	store_close(&f->store);
	tmpdir_close(&f->tmp);
	free(f);
	return 0;
}

enum err
store_case_reopen(struct store_case *f)
{
	store_close(&f->store);
	f->why = (struct store_refusal){.code = ERR_OK};
	return store_open(&f->store, &f->conf, &f->why);
}

void
store_case_open_ok(struct store_case *f)
{
	enum err err = store_case_reopen(f);

	if (err != ERR_OK)
		fail_msg("%s: %s", err_name(err), f->why.text);
}

void
store_case_put_number(struct kv *kv, uint64_t number, struct span value)
{
	uint8_t key[8];

	for (unsigned i = 0; i < 8; i++)
		key[i] = (uint8_t)(number >> (56 - 8 * i));
	kv_put(kv, span_of(key, sizeof(key)), value);
}

/* Several levels of pages, small and large values, and free pages too. */
void
store_case_fill(struct store_case *f, unsigned n)
{
	static const uint8_t large[9000] = {1, 2, 3};
	char text[64];

	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(store_begin(f->store), ERR_OK);
		for (unsigned i = 0; i < n; i++) {
			size_t len = i % 50 == 7 ? sizeof(large) - round : 40;

			store_case_put_number(store_kv(f->store, STORE_STATE),
			                      i * 977u, span_of(large, len));
		}
		for (unsigned i = 0; i < n; i++) {
			snprintf(text, sizeof(text), "record %u of %u", i,
			         round);
			store_case_put_number(store_kv(f->store, STORE_JOURNAL),
			                      round * n + i, span_str(text));
		}
		assert_int_equal(store_commit(f->store), ERR_OK);
	}
}

/* All entries of both tables as one number. */
uint64_t
store_case_contents(struct store_case *f)
{
	uint64_t sum = 0;

	assert_int_equal(store_read(f->store), ERR_OK);
	for (int t = 0; t < STORE_TABLES; t++) {
		struct kv *kv = store_kv(f->store, (enum store_table)t);
		uint8_t from[KV_KEY_MAX + 1] = {0};
		size_t len = 0;
		struct span key;
		struct span value;

		while (kv_next(kv, span_of(from, len), &key, &value) ==
		       ERR_OK) {
			sum = hash_bytes(key, sum);
			sum = hash_bytes(value, sum);
			memcpy(from, key.ptr, key.len);
			from[key.len] = 0;
			len = key.len + 1;
		}
		assert_int_equal(kv_err(kv), ERR_OK);
	}
	store_read_end(f->store);
	return sum;
}

void
store_case_write_file(struct store_case *f, const void *bytes, size_t len)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

uint8_t *
store_case_read_file(struct store_case *f, size_t *len)
{
	char path[256];
	struct stat st;
	uint8_t *bytes;
	int fd;

	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	bytes = malloc((size_t)st.st_size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	close(fd);
	*len = (size_t)st.st_size;
	return bytes;
}
