/*
 * tmpdir - a directory for one test case, gone after it.
 *
 * Below $TMPDIR or /tmp. Trouble ends the test program: without it nothing can
 * be tested.
 */
#ifndef TESTS_LIB_TMPDIR_H
#define TESTS_LIB_TMPDIR_H

struct tmpdir {
	char path[64];
};

void tmpdir_open(struct tmpdir *dir);
void tmpdir_close(struct tmpdir *dir); /* removes it and all within */

/* path of name in the directory, in a buffer of the caller. */
const char *tmpdir_path(const struct tmpdir *dir, const char *name, char *out,
                        unsigned long out_bytes);

#endif
