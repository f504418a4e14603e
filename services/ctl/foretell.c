#include "services/ctl/foretell.h"

#include <inttypes.h>
#include <unistd.h>

#include "common/base/journal.h"
#include "common/domain/catalogue.h"
#include "common/domain/catalogue_record.h"
#include "common/domain/record.h"
#include "services/ctl/output.h"
#include "services/ctl/refold.h"
#include "services/ctl/table.h"
#include "services/ctl/view.h"
#include "services/ctl/walk.h"
#include "services/ctl/whatif.h"

#define FLUSH_BYTES (1u << 20)
#define OUT_BYTES   (256u << 20)

enum { LISTED_MAX = 24, COUNT_TEXT = 48 };

struct telling {
	struct ctl *ctl;
	struct whatif *whatif;
	struct buf present; /* the CATALOGUE record in force; empty: none */
	struct buf changed; /* the same of the rows */
	struct wire_writer pairs;
	struct buf out;
	struct buf cell;
	struct table table;
};

static const struct view_column catalogue_columns[] = {
    {"change", {"change", "thay đổi"}, false},
    {"kind", {"kind", "loại"}, false},
    {"id", {"id", "mã"}, false},
    {.name = NULL},
};

static const struct view_column verdict_columns[] = {
    {"what", {"what", "gì"}, false},
    {"target", {"target", "mục tiêu"}, false},
    {"unit", {"unit", "đơn vị"}, false},
    {"period", {"period", "kỳ"}, false},
    {"value", {"value", "giá trị"}, true},
    {"was_target_value", {"target was", "mục tiêu cũ"}, true},
    {"target_value", {"target is", "mục tiêu mới"}, true},
    {"was", {"was", "trước"}, false},
    {"is", {"is", "sau"}, false},
    {"reason", {"reason", "lý do"}, false},
    {.name = NULL},
};

/* Of CSV: catalogue, verdicts and alerts under one header. */
static const char *const fields[] = {
    "what",         "change", "kind",       "id",
    "target",       "unit",   "unit_name",  "severity",
    "was",          "is",     "was_reason", "reason",
    "was_period",   "period", "value",      "was_target_value",
    "target_value", NULL};

static void
telling_open(struct telling *t, struct ctl *ctl)
{
	*t = (struct telling){.ctl = ctl};
	buf_init(&t->present, CATALOGUE_BYTES_MAX + 64);
	buf_init(&t->changed, CATALOGUE_BYTES_MAX + 64);
	buf_init(&t->out, OUT_BYTES);
	buf_init(&t->cell, WIRE_MESSAGE_MAX);
	wire_writer_init(&t->pairs, WIRE_MESSAGE_MAX);
}

static void
telling_close(struct telling *t)
{
	whatif_free(&t->whatif);
	buf_fini(&t->present);
	buf_fini(&t->changed);
	buf_fini(&t->out);
	buf_fini(&t->cell);
	wire_writer_fini(&t->pairs);
}

/* --- what both sides are ------------------------------------------------------ */

/* The commit of ingest that holds the catalogue in force; 0: none. */
static enum err
catalogue_commit(struct client *ingest, uint64_t *commit)
{
	struct wire_state state;
	struct wire_value value;
	enum err err = client_health(ingest, &state);

	if (err != ERR_OK)
		return err;
	if (!wire_answer_get(state.details, "catalogue_commit", &value))
		return ERR_MISSING_FIELD;
	*commit = (uint64_t)value.number;
	return ERR_OK;
}

static enum err
record_find(struct span packed, struct buf *out)
{
	struct record_list records;
	struct commit commit;
	enum err err;

	record_list_init(&records);
	err = commit_unpack(packed, &commit, &records);
	for (size_t i = 0; i < records.n && err == ERR_OK; i++) {
		struct span record = record_list_at(&records, i);

		if (record_type(record) == RECORD_CATALOGUE)
			buf_put(out, record.ptr, record.len);
	}
	record_list_fini(&records);
	return err == ERR_OK ? buf_err(out) : err;
}

static enum err
present_fetch(struct telling *t, struct client *ingest)
{
	struct client_commits commits;
	struct span packed;
	uint64_t number = 0;
	enum err err = catalogue_commit(ingest, &number);

	if (err != ERR_OK || number == 0)
		return err;
	client_commits_open(ingest, number, &commits);
	err = client_commits_next(&commits, 0, &packed);
	return err == ERR_OK ? record_find(packed, &t->present) : err;
}

/* Numbered as ingest would number it. */
static enum err
changed_make(struct telling *t, const struct cat_rows *rows)
{
	struct catalogue *present = NULL, *changed = NULL;
	struct cat_errors errors;
	struct buf packed;
	uint64_t version = 0;
	enum err err = ERR_OK;

	cat_errors_init(&errors);
	buf_init(&packed, CATALOGUE_BYTES_MAX);
	if (t->present.len > 0)
		err = catalogue_record_build(buf_span(&t->present), &present,
		                             &version);
	if (err == ERR_OK)
		err = catalogue_build(&changed, rows,
		                      present ? &present->registry : NULL,
		                      &errors);
	if (err == ERR_OK)
		err = catalogue_pack(&changed->registry, rows, &packed);
	if (err == ERR_OK)
		catalogue_record_write(&t->changed, version + 1,
		                       buf_span(&packed));
	buf_fini(&packed);
	cat_errors_fini(&errors);
	catalogue_free(&changed);
	catalogue_free(&present);
	return err == ERR_OK ? buf_err(&t->changed) : err;
}

/* -1: go on. */
static int
sides_ask(struct telling *t, const struct cat_rows *rows)
{
	struct client *ingest = NULL;
	enum err err = ctl_connect(t->ctl, CTL_INGEST, &ingest);
	int code = -1;

	if (err == ERR_OK)
		err = present_fetch(t, ingest);
	if (err != ERR_OK)
		code = ctl_fail_service(t->ctl, CTL_INGEST, ingest, err);
	client_free(&ingest);
	if (code >= 0)
		return code;
	err = changed_make(t, rows);
	if (err == ERR_OK)
		err = whatif_new(&t->whatif, buf_span(&t->present),
		                 buf_span(&t->changed));
	return err == ERR_OK ? -1
	                     : ctl_fail(t->ctl, err, t->ctl->command->name);
}

/* --- paper -------------------------------------------------------------------------- */

static void
text_put(struct telling *t, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		wire_pairs_add(&t->pairs, name, wire_text(span_str(text)));
}

static enum err
row_end(struct telling *t, const struct view_column *columns)
{
	struct wire_list pairs = wire_writer_list(&t->pairs);
	char time[CLOCK_TEXT_SIZE];
	struct wire_value value;

	if (t->pairs.out.err != ERR_OK)
		return t->pairs.out.err;
	if (t->ctl->output == CTL_JSON)
		output_json(&t->out, pairs);
	else if (t->ctl->output == CTL_CSV)
		output_csv(&t->out, fields, pairs);
	for (const struct view_column *c = columns;
	     t->ctl->output == CTL_TABLE && c->name; c++) {
		buf_reset(&t->cell);
		if (output_get(pairs, c->name, &value, time))
			output_cell(&t->cell, &value, t->ctl->vi);
		table_cell(&t->table, buf_span(&t->cell));
	}
	wire_writer_reset(&t->pairs);
	if (t->out.len > FLUSH_BYTES && view_flush(t->ctl, &t->out) != 0)
		return ERR_IO;
	return buf_err(&t->out);
}

static void
table_open(struct telling *t, const struct view_column *columns)
{
	size_t n = 0;

	while (columns[n].name)
		n++;
	table_init(&t->table, n);
	for (size_t i = 0; i < n; i++) {
		table_cell(&t->table,
		           span_str(ctl_words(t->ctl, columns[i].title)));
		if (columns[i].right)
			table_right(&t->table, i);
	}
}

static enum err
table_end(struct telling *t)
{
	enum err err = ERR_OK;

	if (t->ctl->output == CTL_TABLE &&
	    t->table.n_cells > t->table.n_columns) {
		err = table_print(&t->table, &t->out);
		buf_put_u8(&t->out, '\n');
	}
	table_fini(&t->table);
	return err;
}

/* How many ids of a kind changed in a way. */
struct change_counts {
	uint32_t n[CAT_KINDS][CHANGE_WHATS];
};

/* A row of an id; in a table one of all of them if they are many: at the first, and
 * then none. */
static enum err
change_print(struct telling *t, uint32_t i, struct change_counts *counts)
{
	static const struct words many = {"of them", "mã"};
	const struct changes *c = whatif_changes(t->whatif);
	enum change_what what = changes_what(c, i);
	uint32_t *n = &counts->n[c->list[i].kind][what];
	bool counted = t->ctl->output == CTL_TABLE && *n > LISTED_MAX;
	struct span id = changes_id(c, i);
	char text[COUNT_TEXT];

	if (what == CHANGE_SAME || *n == 0)
		return ERR_OK;
	if (counted) {
		(void)snprintf(text, sizeof(text), "(%" PRIu32 " %s)", *n,
		               ctl_words(t->ctl, many));
		id = span_str(text);
		*n = 0;
	}
	if (id.len > WIRE_TEXT_MAX)
		id.len = WIRE_TEXT_MAX;
	text_put(t, "what", "catalogue");
	text_put(t, "change", change_name(what));
	text_put(t, "kind", cat_kinds[c->list[i].kind].name);
	wire_pairs_add(&t->pairs, "id", wire_text(id));
	return row_end(t, catalogue_columns);
}

static enum err
changes_print(struct telling *t)
{
	const struct changes *c = whatif_changes(t->whatif);
	struct change_counts counts = {.n = {{0}}};
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < c->n; i++)
		counts.n[c->list[i].kind][changes_what(c, i)]++;
	table_open(t, catalogue_columns);
	for (uint32_t i = 0; i < c->n && err == ERR_OK; i++)
		err = change_print(t, i, &counts);
	return err == ERR_OK ? table_end(t) : err;
}

static void
pair_begin(struct telling *t, const char *what, const struct whatif_pair *pair)
{
	const struct catalogue *c = pair->is.c;
	const struct whatif_side *side = pair->is.row ? &pair->is : &pair->was;
	struct day day = {DAY_LAST};

	if (side->row)
		day = period_last_day(side->verdict.judged);
	text_put(t, "what", what);
	text_put(t, "target", c->targets[pair->target].id);
	text_put(t, "unit", c->units[pair->unit].id);
	if (c->units[pair->unit].n_names > 0)
		text_put(t, "unit_name",
		         unit_name_on(&c->units[pair->unit], day)->name);
}

struct side_names {
	const char *verdict;
	const char *reason;
	const char *period;
	const char *target_value;
};

static void
side_put(struct telling *t, const struct side_names *names,
         const struct whatif_side *side)
{
	const struct verdict *v = &side->verdict;
	char text[PERIOD_TEXT_MAX];

	if (!side->row)
		return;
	text_put(t, names->verdict, verdict_kind_name(v->kind));
	text_put(t, names->reason, verdict_reason_name(v->reason));
	text_put(t, names->period, period_format(v->judged, text));
	if (v->has_target)
		wire_pairs_add(&t->pairs, names->target_value,
		               wire_decimal(v->target_value, v->places));
}

static enum err
verdict_print(struct telling *t, const struct whatif_pair *pair)
{
	static const struct side_names was = {"was", "was_reason", "was_period",
	                                      "was_target_value"};
	static const struct side_names is = {"is", "reason", "period",
	                                     "target_value"};
	const struct verdict *v =
	    pair->is.row ? &pair->is.verdict : &pair->was.verdict;

	pair_begin(t, "verdict", pair);
	side_put(t, &was, &pair->was);
	side_put(t, &is, &pair->is);
	if (v->has_value)
		wire_pairs_add(&t->pairs, "value",
		               wire_decimal(v->value, v->places));
	return row_end(t, verdict_columns);
}

static enum err
alert_print(struct telling *t, const struct whatif_pair *pair, int severity)
{
	pair_begin(t, "alert", pair);
	text_put(t, "severity",
	         alert_severity_name((enum alert_severity)severity));
	text_put(t, "was", pair->was.fires[severity] ? "firing" : "inactive");
	text_put(t, "is", pair->is.fires[severity] ? "firing" : "inactive");
	return row_end(t, verdict_columns);
}

static enum err
pair_print(void *self, const struct whatif_pair *pair)
{
	struct telling *t = self;
	enum err err = pair->verdict_differs ? verdict_print(t, pair) : ERR_OK;

	for (int s = 0; s < SEVERITIES && err == ERR_OK; s++)
		if (pair->was.fires[s] != pair->is.fires[s])
			err = alert_print(t, pair, s);
	return err;
}

/* "24 judged · 3 verdicts, 1 alert differ": above a table, else beside the rows. */
static void
counts_print(struct telling *t, const struct whatif_counts *counts)
{
	static const struct words words[] = {
	    {"judged", "được đánh giá"},
	    {"verdicts differ", "đánh giá đổi"},
	    {"alerts differ", "cảnh báo đổi"}};
	FILE *to = t->ctl->output == CTL_TABLE ? t->ctl->out : t->ctl->err;

	fprintf(to, "%" PRIu64 " %s · %" PRIu64 " %s · %" PRIu64 " %s\n",
	        counts->judged, ctl_words(t->ctl, words[0]), counts->verdicts,
	        ctl_words(t->ctl, words[1]), counts->alerts,
	        ctl_words(t->ctl, words[2]));
}

static enum err
verdicts_print(struct telling *t)
{
	struct whatif_counts counts = {.judged = 0};
	enum err err = ERR_OK;

	table_open(t, verdict_columns);
	if (!whatif_is_idle(t->whatif))
		err = whatif_judge(t->whatif, pair_print, t, &counts);
	if (err != ERR_OK) {
		table_fini(&t->table);
		return err;
	}
	counts_print(t, &counts);
	return table_end(t);
}

/* --- all of it ------------------------------------------------------------------------ */

static enum err
record_take(void *self, const struct commit *commit, const struct span *records)
{
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < commit->n_records && err == ERR_OK; i++)
		err = whatif_take(self, records[i]);
	return err;
}

/* Aggregate's journal; of ingest's as many commits, if they have to be folded again.
 * 0, or the exit code. */
static int
journals_read(struct telling *t)
{
	struct walk walk = {.each = record_take, .self = t->whatif};
	struct client *aggregate = NULL;
	bool again = false;
	enum err err = ctl_connect(t->ctl, CTL_AGGREGATE, &aggregate);
	int code = 0;

	if (err == ERR_OK)
		err = walk_journal(aggregate, &walk);
	if (err == ERR_OK)
		err = whatif_taken(t->whatif, &again);
	if (err != ERR_OK)
		code = ctl_fail_service(t->ctl, CTL_AGGREGATE, aggregate, err);
	client_free(&aggregate);
	return again
	           ? refold(t->ctl, walk.end, buf_span(&t->changed), t->whatif)
	           : code;
}

static int
verdicts_tell(struct telling *t)
{
	int code = whatif_is_idle(t->whatif) ? 0 : journals_read(t);
	enum err err;

	if (code != 0)
		return code;
	err = verdicts_print(t);
	return err == ERR_OK ? 0 : ctl_fail(t->ctl, err, t->ctl->command->name);
}

static int
tell(struct telling *t, const struct cat_rows *rows, bool listed)
{
	int code = sides_ask(t, rows);
	enum err err;

	if (code >= 0)
		return code;
	if (t->ctl->output == CTL_CSV)
		output_csv_names(&t->out, fields);
	err = listed ? changes_print(t) : ERR_OK;
	if (err != ERR_OK)
		return ctl_fail(t->ctl, err, t->ctl->command->name);
	code = view_flush(t->ctl, &t->out);
	if (code == 0)
		code = verdicts_tell(t);
	return code == 0 ? view_flush(t->ctl, &t->out) : code;
}

int
foretell(struct ctl *ctl, const struct cat_rows *rows, bool listed)
{
	struct telling t;
	int code;

	ctl->terminal = isatty(fileno(ctl->err)) == 1;
	telling_open(&t, ctl);
	code = tell(&t, rows, listed);
	telling_close(&t);
	return code;
}
