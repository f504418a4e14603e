#include "common/base/err.h"

#include <string.h>

struct err_row {
	const char *name;
	const char *text;
	int exit_code;
};

static const struct err_row err_rows[] = {
#define X(constant, name, exit_code, text) {name, text, exit_code},
    ERR_TABLE(X)
#undef X
};

_Static_assert(sizeof(err_rows) / sizeof(err_rows[0]) == ERR_COUNT,
               "one row for each code");

static const struct err_row *
row_of(enum err err)
{
	static const struct err_row unknown = {"unknown", "unknown error", 70};
	unsigned i = (unsigned)err;

	return i < ERR_COUNT ? &err_rows[i] : &unknown;
}

const char *
err_name(enum err err)
{
	return row_of(err)->name;
}

const char *
err_text(enum err err)
{
	return row_of(err)->text;
}

int
err_exit_code(enum err err)
{
	return row_of(err)->exit_code;
}

enum err
err_from_name(const char *name, size_t len)
{
	for (unsigned i = 0; i < ERR_COUNT; i++) {
		const char *known = err_rows[i].name;

		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return (enum err)i;
	}
	return ERR_COUNT;
}
