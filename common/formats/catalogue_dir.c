#include "common/formats/catalogue_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/arena.h"
#include "common/domain/text.h"
#include "common/formats/catalogue_csv.h"
#include "common/formats/catalogue_yaml.h"

enum {
	READ_BYTES = 8 * 1024,
};

struct directory {
	const char *dir;
	struct cat_rows *rows;
	struct cat_errors *errors;
};

static void
file_error(const struct directory *d, const char *file, enum err code,
           struct span meant)
{
	struct cat_error e = {.code = code,
	                      .row = UINT32_MAX,
	                      .field = UINT8_MAX,
	                      .place = {.file = file}};

	(void)snprintf(e.text, sizeof(e.text), "%s",
	               code == ERR_UNKNOWN_KEY ? "no file of a catalogue"
	                                       : err_text(code));
	if (meant.ptr)
		(void)snprintf(e.hint, sizeof(e.hint), "%.*s?", (int)meant.len,
		               (const char *)meant.ptr);
	cat_errors_add(d->errors, &e);
}

/* A name that lives as long as the rows; NULL: out of memory. */
static const char *
path_of(const struct directory *d, const char *sub, const char *name)
{
	struct buf path;
	const char *copy;

	buf_init(&path, (size_t)2 * FILENAME_MAX);
	buf_printf(&path, "%s/%s%s", d->dir, sub, name);
	copy = arena_text(&d->rows->memory, buf_span(&path));
	if (buf_err(&path) != ERR_OK)
		copy = NULL;
	buf_fini(&path);
	return copy;
}

static enum err
stream_read(FILE *in, struct buf *out)
{
	uint8_t bytes[READ_BYTES];
	size_t n;

	do {
		n = fread(bytes, 1, sizeof(bytes), in);
		buf_put(out, bytes, n);
	} while (n > 0 && buf_err(out) == ERR_OK);
	return ferror(in) ? ERR_IO : buf_err(out);
}

static enum err
file_read(const char *path, struct buf *out)
{
	FILE *in = fopen(path, "rbe");
	enum err err;

	if (!in)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	err = stream_read(in, out);
	if (fclose(in) != 0 && err == ERR_OK)
		err = ERR_IO;
	return err;
}

/* kind: that of a CSV file, or CAT_PROGRAMME for a programme. */
static enum err
take_file(const struct directory *d, const char *path, enum cat_kind kind)
{
	struct buf bytes;
	enum err err;

	if (!path)
		return ERR_NOMEM;
	buf_init(&bytes, CATALOGUE_FILE_BYTES);
	err = file_read(path, &bytes);
	if (err == ERR_OK && kind == CAT_PROGRAMME)
		err = catalogue_yaml_read(path, buf_span(&bytes), d->rows,
		                          d->errors);
	else if (err == ERR_OK)
		err = catalogue_csv_read(path, buf_span(&bytes), kind, d->rows,
		                         d->errors);
	else if (err != ERR_NOMEM && (err != ERR_NOT_FOUND || kind == CAT_UNIT))
		file_error(d, path, err, (struct span){0});
	buf_fini(&bytes);
	return err == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
}

static enum err
take_tables(const struct directory *d)
{
	enum err err = ERR_OK;

	for (int kind = 0; kind < CAT_KINDS && err == ERR_OK; kind++)
		if (cat_kinds[kind].file)
			err = take_file(d, path_of(d, "", cat_kinds[kind].file),
			                (enum cat_kind)kind);
	return err;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);
	size_t end_len = strlen(end);

	return len > end_len && name[0] != '.' &&
	       strcmp(name + len - end_len, end) == 0;
}

static int
is_csv(const struct dirent *entry)
{
	return ends_with(entry->d_name, ".csv");
}

/* .yml too, to say that it would be left out. */
static int
is_yaml(const struct dirent *entry)
{
	return ends_with(entry->d_name, ".yaml") ||
	       ends_with(entry->d_name, ".yml");
}

/* By byte, not by the locale: the order of rows numbers the ids. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
entries_free(struct dirent **entries, int n)
{
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

static enum err
check_name(const struct directory *d, const char *name)
{
	struct nearest near = nearest_of(span_str(name));
	const char *path;

	for (int kind = 0; kind < CAT_KINDS; kind++) {
		if (!cat_kinds[kind].file)
			continue;
		if (strcmp(cat_kinds[kind].file, name) == 0)
			return ERR_OK;
		nearest_offer(&near, span_str(cat_kinds[kind].file));
	}
	path = path_of(d, "", name);
	if (!path)
		return ERR_NOMEM;
	file_error(d, path, ERR_UNKNOWN_KEY, near.best);
	return ERR_OK;
}

static enum err
scan_failed(void)
{
	if (errno == ENOMEM)
		return ERR_NOMEM;
	return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
}

static enum err
check_names(const struct directory *d)
{
	struct dirent **entries = NULL;
	int n = scandir(d->dir, &entries, is_csv, by_name);
	enum err err = n < 0 ? scan_failed() : ERR_OK;

	for (int i = 0; i < n && err == ERR_OK; i++)
		err = check_name(d, entries[i]->d_name);
	entries_free(entries, n);
	return err;
}

static enum err
take_programme(const struct directory *d, const char *name)
{
	const char *path = path_of(d, "programmes/", name);
	char meant[FILENAME_MAX];

	if (!path)
		return ERR_NOMEM;
	if (ends_with(name, ".yaml"))
		return take_file(d, path, CAT_PROGRAMME);
	(void)snprintf(meant, sizeof(meant), "%.*s.yaml",
	               (int)(strlen(name) - strlen(".yml")), name);
	file_error(d, path, ERR_UNKNOWN_KEY, span_str(meant));
	return ERR_OK;
}

static enum err
take_programmes(const struct directory *d)
{
	const char *sub = path_of(d, "programmes", "");
	struct dirent **entries = NULL;
	enum err err = ERR_OK;
	int n;

	if (!sub)
		return ERR_NOMEM;
	n = scandir(sub, &entries, is_yaml, by_name);
	if (n < 0)
		err = scan_failed();
	if (n > CATALOGUE_PROGRAMMES_MAX)
		err = ERR_TOO_LARGE;
	if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_NOMEM)
		file_error(d, sub, err, (struct span){0});
	for (int i = 0; i < n && err == ERR_OK; i++)
		err = take_programme(d, entries[i]->d_name);
	entries_free(entries, n);
	return err == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
}

enum err
catalogue_dir_read(const char *dir, struct cat_rows *rows,
                   struct cat_errors *errors)
{
	struct directory d = {.dir = dir, .rows = rows, .errors = errors};
	size_t before = errors->total;
	enum err err = check_names(&d);

	if (err == ERR_OK)
		err = take_tables(&d);
	if (err == ERR_OK)
		err = take_programmes(&d);
	if (err != ERR_OK)
		return err;
	return errors->total == before ? ERR_OK : ERR_REFUSED;
}
