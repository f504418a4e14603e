/* links: tests/fuzz/fuzz_wire.c proto/codec.c proto/kind.c proto/scan.c */
/* links: proto/schema.c proto/cursor.c proto/rows.c proto/list.c */
/* links: proto/answer.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "common/base/buf.h"
#include "tests/lib/random.h"

enum { SEED = 3, MUTATIONS = 300, INPUT_MAX = 65536, PATH_BYTES = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
read_hex(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "r");
	char token[32];
	int c = 0;

	assert_non_null(f);
	while (c != EOF && out->len < INPUT_MAX) {
		size_t n = 0;

		while ((c = getc(f)) != EOF && c != ' ' && c != '\n')
			if (n + 1 < sizeof(token))
				token[n++] = (char)c;
		token[n] = '\0';
		if (n == 2)
			buf_put_u8(out, (uint8_t)strtoul(token, NULL, 16));
	}
	assert_int_equal(fclose(f), 0);
}

/* Changes, cuts or lengthens a copy of its own, so that a read past is seen. */
static void
mutate_and_run(struct span input, uint64_t *seed)
{
	size_t len = input.len + below(seed, 3);
	uint8_t *copy = malloc(len + 1);

	assert_non_null(copy);
	memset(copy, 0xc0, len + 1);
	memcpy(copy, input.ptr, input.len);
	for (uint64_t n = below(seed, 4); n > 0 && len > 0; n--)
		copy[below(seed, len)] = (uint8_t)next_random(seed);
	if (below(seed, 8) == 0)
		len = below(seed, len + 1);
	copy = realloc(copy, len + 1);
	assert_non_null(copy);
	assert_int_equal(LLVMFuzzerTestOneInput(copy, len), 0);
	free(copy);
}

static void
fuzz_directory(const char *dir, uint64_t *seed)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	struct buf input;

	assert_non_null(d);
	buf_init(&input, INPUT_MAX);
	while ((e = readdir(d)) != NULL) {
		char path[PATH_BYTES];

		if (!strstr(e->d_name, ".hex"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		buf_reset(&input);
		read_hex(path, &input);
		LLVMFuzzerTestOneInput(input.ptr, input.len);
		for (int i = 0; i < MUTATIONS && input.len > 0; i++)
			mutate_and_run(buf_span(&input), seed);
	}
	closedir(d);
	buf_fini(&input);
}

static void
vectors_and_their_mutations_break_no_promise(void **state)
{
	uint64_t seed = SEED;

	(void)state;
	print_message("seed %d\n", SEED);
	fuzz_directory("proto/vectors/good", &seed);
	fuzz_directory("proto/vectors/bad", &seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_and_their_mutations_break_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
