#include "services/ctl/checked.h"

#include "common/formats/catalogue_dir.h"
#include "services/ctl/terms.h"

#define EXIT_USAGE 64

void
checked_init(struct checked *c)
{
	cat_rows_init(&c->rows);
	cat_errors_init(&c->errors);
	c->catalogue = NULL;
}

void
checked_fini(struct checked *c)
{
	catalogue_free(&c->catalogue);
	cat_errors_fini(&c->errors);
	cat_rows_fini(&c->rows);
}

static void
error_print(const struct ctl *ctl, const struct cat_error *e)
{
	const char *file =
	    e->place.file ? e->place.file : cat_kinds[e->kind].name;

	/* what the check says is English; its code is not only that */
	fprintf(ctl->err, "%s:%u:%u: %s: %s%s%s%s%s%s\n", file,
	        (unsigned)e->place.line, (unsigned)e->place.column,
	        err_name(e->code), ctl->vi ? term_err(e->code, true) : "",
	        ctl->vi ? ": " : "", e->text, e->hint[0] != '\0' ? " (" : "",
	        e->hint, e->hint[0] != '\0' ? ")" : "");
}

static int
errors_print(const struct ctl *ctl, const struct cat_errors *errors)
{
	static const struct words one = {"error", "lỗi"};
	static const struct words more = {"errors", "lỗi"};

	for (size_t i = 0; i < errors->n; i++)
		error_print(ctl, &errors->list[i]);
	fprintf(ctl->err, "tiendo: %zu %s\n", errors->total,
	        ctl_words(ctl, errors->total == 1 ? one : more));
	return err_exit_code(ERR_REFUSED);
}

int
checked_read(const struct ctl *ctl, const char *dir, struct checked *c)
{
	enum err err = catalogue_dir_read(dir, &c->rows, &c->errors);

	if (err == ERR_OK)
		err =
		    catalogue_build(&c->catalogue, &c->rows, NULL, &c->errors);
	if (err == ERR_REFUSED)
		return errors_print(ctl, &c->errors);
	if (err == ERR_NOT_FOUND) {
		fprintf(ctl->err, "tiendo: %s: %s\n", dir,
		        term_err(err, ctl->vi));
		return EXIT_USAGE;
	}
	return err == ERR_OK ? 0 : ctl_fail(ctl, err, dir);
}
