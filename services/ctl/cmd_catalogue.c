#include <inttypes.h>
#include <string.h>

#include "services/ctl/checked.h"
#include "services/ctl/foretell.h"
#include "services/ctl/table.h"
#include "services/ctl/templates.h"
#include "services/ctl/view.h"

/* catalogue check, apply, show, template; whatif. */

#define EXIT_USAGE 64

const struct ctl_option options_catalogue[] = {
    {"dry-run",
     NULL,
     {"apply: say what would change, verdicts and alerts too; change nothing",
      "apply: chỉ cho biết sẽ thay đổi gì, kể cả đánh giá và cảnh báo"}},
    {NULL, NULL, {NULL, NULL}},
};

static int
catalogue_check(struct ctl *ctl, const char *dir)
{
	static const struct words fine = {"no errors", "không có lỗi"};
	struct checked c;
	int code;

	checked_init(&c);
	code = checked_read(ctl, dir, &c);
	if (code == 0)
		fprintf(ctl->out, "%s: %s: %zu %s\n", dir, ctl_words(ctl, fine),
		        c.rows.n, ctl->vi ? "dòng" : "rows");
	checked_fini(&c);
	return code;
}

/* --- apply ---------------------------------------------------------------- */

static int
applied_print(struct ctl *ctl, const struct wire_applied *applied, bool dry_run)
{
	static const struct words nothing = {"nothing changed",
	                                     "không có gì thay đổi"};
	static const struct words applied_to = {"applied", "đã áp dụng"};
	static const struct words would = {"would be applied",
	                                   "sẽ được áp dụng"};
	struct words words = nothing;
	FILE *to = ctl->output == CTL_CSV && dry_run ? ctl->err : ctl->out;

	if (applied->changed)
		words = dry_run ? would : applied_to;
	if (ctl->output == CTL_JSON)
		fprintf(ctl->out,
		        "{\"version\":%" PRIu64 ",\"commit\":%" PRIu64
		        ",\"changed\":%s,\"dry_run\":%s}\n",
		        applied->version, applied->commit,
		        applied->changed ? "true" : "false",
		        dry_run ? "true" : "false");
	else if (dry_run)
		fprintf(to, "%s (version %" PRIu64 ")\n", ctl_words(ctl, words),
		        applied->version);
	else
		fprintf(to, "%s (version %" PRIu64 ", commit %" PRIu64 ")\n",
		        ctl_words(ctl, words), applied->version,
		        applied->commit);
	return 0;
}

/* The version an apply must name is that of any answer. */
static enum err
version_ask(struct client *client, uint64_t *version)
{
	struct client_query query = {.what = "catalogue"};
	struct client_rows rows;
	enum err err = client_query(client, &query, &rows);

	if (err == ERR_OK)
		*version = rows.page.catalogue;
	return err;
}

static enum err
packed_apply(struct client *client, struct span packed, bool dry_run,
             struct wire_applied *applied)
{
	struct wire_apply apply = {.packed = packed, .dry_run = dry_run};
	enum err err = version_ask(client, &apply.version);

	return err == ERR_OK ? client_apply(client, &apply, applied) : err;
}

/* Taken, but it may be a slip: a unit closed before figures it has. */
static void
warnings_print(const struct ctl *ctl, const struct checked *c,
               struct wire_applied *applied)
{
	static const struct words words = {
	    "warning: closed before a period it has figures of, which ends on",
	    "lưu ý: đóng trước một kỳ đã có số liệu, kết thúc ngày"};
	struct wire_list warnings = applied->warnings;
	struct wire_row_error w;

	while (wire_errors_next(&warnings, &w)) {
		struct cat_place at;

		if (checked_place(c, w.field, &at))
			fprintf(ctl->err, "%s:%u:%u: ", at.file,
			        (unsigned)at.line, (unsigned)at.column);
		fprintf(ctl->err, "%.*s: %s %.*s\n", (int)w.field.len,
		        (const char *)w.field.ptr, ctl_words(ctl, words),
		        (int)w.value.len, (const char *)w.value.ptr);
	}
	applied->warnings.n = 0; /* the views end with the client */
}

/* What figures depend on is told at its place, like what a check finds. */
static int
apply_failed(const struct ctl *ctl, const struct checked *c,
             const struct client *client, enum err err)
{
	struct cat_place place;

	if (client == NULL ||
	    !checked_place(c, client_problem_field(client), &place))
		return ctl_fail_service(ctl, CTL_INGEST, client, err);
	fprintf(ctl->err, "%s:%u:%u: %s\n", place.file, (unsigned)place.line,
	        (unsigned)place.column, client_problem(client));
	return err_exit_code(err);
}

/* 0, or the code to exit with, what ingest refused having been printed. */
static int
checked_apply(struct ctl *ctl, const struct checked *c, bool dry_run,
              struct wire_applied *applied)
{
	struct client *client = NULL;
	struct buf packed;
	enum err err;
	int code = 0;

	buf_init(&packed, WIRE_PACKED_MAX);
	err = catalogue_pack(&c->catalogue->registry, &c->rows, &packed);
	if (err != ERR_OK) {
		buf_fini(&packed);
		return ctl_fail(ctl, err, "catalogue");
	}
	err = ctl_connect(ctl, CTL_INGEST, &client);
	if (err == ERR_OK)
		err = packed_apply(client, buf_span(&packed), dry_run, applied);
	if (err != ERR_OK)
		code = apply_failed(ctl, c, client, err);
	else
		warnings_print(ctl, c, applied);
	client_free(&client);
	buf_fini(&packed);
	return code;
}

static int
apply_checked(struct ctl *ctl, const struct checked *c)
{
	bool dry_run = ctl_option(ctl, "dry-run") != NULL;
	struct wire_applied applied = {.changed = false};
	int code = checked_apply(ctl, c, dry_run, &applied);

	if (code == 0)
		code = applied_print(ctl, &applied, dry_run);
	if (code == 0 && applied.changed && dry_run)
		code = foretell(ctl, &c->rows, true);
	return code;
}

static int
catalogue_apply(struct ctl *ctl, const char *dir)
{
	struct checked c;
	int code;

	checked_init(&c);
	code = checked_read(ctl, dir, &c);
	if (code == 0)
		code = apply_checked(ctl, &c);
	checked_fini(&c);
	return code;
}

/* --- show ----------------------------------------------------------------- */

static int
kind_unknown(const struct ctl *ctl, const char *name)
{
	fprintf(ctl->err, "tiendo: %s: %s", name,
	        ctl->vi ? "loại phải là một trong" : "kind is one of");
	for (int i = 0; i < CAT_KINDS; i++)
		fprintf(ctl->err, " %s", cat_kinds[i].name);
	fputc('\n', ctl->err);
	return EXIT_USAGE;
}

static int
kind_of(const char *name)
{
	for (int i = 0; i < CAT_KINDS; i++)
		if (strcmp(cat_kinds[i].name, name) == 0)
			return i;
	return -1;
}

static int
show_counts(const struct ctl *ctl)
{
	static const struct view_column columns[] = {
	    {"kind", {"kind", "loại"}, false},
	    {"rows", {"rows", "dòng"}, true},
	    {.name = NULL},
	};
	static const char *const fields[] = {"kind", "rows", NULL};
	static const struct view view = {
	    .service = CTL_INGEST,
	    .what = "catalogue",
	    .columns = columns,
	    .fields = fields,
	    .nothing = {"no catalogue was applied", "chưa có danh mục"}};

	return view_show(ctl, &view, (struct wire_list){.n = 0});
}

_Static_assert(CATALOGUE_FIELDS_MAX <= TABLE_COLUMNS_MAX,
               "every kind of row is a table");

static int
show_kind(const struct ctl *ctl, const struct cat_kind_info *kind,
          struct wire_list args)
{
	struct view_column columns[CATALOGUE_FIELDS_MAX + 1] = {0};
	const char *fields[CATALOGUE_FIELDS_MAX + 1] = {0};
	struct view view = {.service = CTL_INGEST,
	                    .what = "catalogue",
	                    .columns = columns,
	                    .fields = fields,
	                    .nothing = {"none", "không có"}};

	for (int i = 0; i < kind->n_fields; i++) {
		fields[i] = kind->fields[i];
		columns[i].name = kind->fields[i];
		columns[i].title =
		    (struct words){kind->fields[i], kind->fields[i]};
	}
	return view_show(ctl, &view, args);
}

static int
catalogue_show(struct ctl *ctl)
{
	struct wire_writer args;
	int kind, code = ctl_operands_long(ctl);

	if (code >= 0)
		return code;
	if (ctl->n_operands == 1)
		return show_counts(ctl);
	kind = kind_of(ctl->operands[1]);
	if (kind < 0)
		return kind_unknown(ctl, ctl->operands[1]);
	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "kind", span_str(ctl->operands[1]));
	if (ctl->n_operands == 3)
		wire_args_add(&args, "id", span_str(ctl->operands[2]));
	code = show_kind(ctl, &cat_kinds[kind], wire_writer_list(&args));
	wire_writer_fini(&args);
	return code;
}

/* --- template ------------------------------------------------------------- */

static int
catalogue_template(struct ctl *ctl)
{
	int kind = kind_of(ctl->operands[1]);
	const struct cat_kind_info *info;

	if (kind < 0)
		return kind_unknown(ctl, ctl->operands[1]);
	info = &cat_kinds[kind];
	if (info->file) {
		for (int i = 0; i < info->n_fields; i++)
			fprintf(ctl->out, "%s%s", i > 0 ? "," : "",
			        info->fields[i]);
		fputc('\n', ctl->out);
	}
	for (int i = 0; template_example((enum cat_kind)kind, i); i++)
		fputs(template_example((enum cat_kind)kind, i), ctl->out);
	return 0;
}

int
cmd_catalogue(struct ctl *ctl)
{
	const char *action = ctl->operands[0];
	int n = ctl->n_operands;

	if (strcmp(action, "check") == 0 && n == 2)
		return catalogue_check(ctl, ctl->operands[1]);
	if (strcmp(action, "apply") == 0 && n == 2)
		return catalogue_apply(ctl, ctl->operands[1]);
	if (strcmp(action, "show") == 0)
		return catalogue_show(ctl);
	if (strcmp(action, "template") == 0 && n == 2)
		return catalogue_template(ctl);
	fprintf(ctl->err, "tiendo: catalogue %s\n", ctl->command->operands);
	return EXIT_USAGE;
}

int
cmd_whatif(struct ctl *ctl)
{
	struct wire_applied applied = {.changed = false};
	struct checked c;
	int code;

	checked_init(&c);
	code = checked_read(ctl, ctl->operands[0], &c);
	/* what ingest would refuse has no future to foretell */
	if (code == 0)
		code = checked_apply(ctl, &c, true, &applied);
	if (code == 0)
		code = foretell(ctl, &c.rows, false);
	checked_fini(&c);
	return code;
}
