#include "services/ctl/view.h"

#include <string.h>

#include "services/ctl/contested.h"
#include "services/ctl/output.h"
#include "services/ctl/table.h"
#include "services/ctl/terms.h"

#define FLUSH_BYTES 65536
#define COUNTED_MAX 16 /* different values of the counted field */

struct showing {
	const struct ctl *ctl;
	const struct view *view;
	struct buf out;
	struct buf cell;
	struct wire_writer row; /* completed */
	struct table table;
	struct map counts;    /* value to how often */
	struct buf footnotes; /* whole lines */
	uint32_t n_footnotes;
	uint64_t n_rows;
};

int
view_flush(const struct ctl *ctl, struct buf *out)
{
	enum err err = buf_err(out);

	if (err == ERR_OK && out->len > 0 &&
	    fwrite(out->ptr, 1, out->len, ctl->out) != out->len)
		err = ERR_IO;
	buf_reset(out);
	return err == ERR_OK ? 0 : ctl_fail(ctl, err, ctl->command->name);
}

void
view_arg_option(const struct ctl *ctl, struct wire_writer *args,
                const char *option, const char *name)
{
	const char *value = ctl_option(ctl, option);

	if (value)
		wire_args_add(args, name, span_str(value));
}

static size_t
columns_count(const struct view *view)
{
	size_t n = 0;

	while (view->columns[n].name)
		n++;
	return n;
}

static void
show_open(struct showing *s)
{
	const struct view_column *c = s->view->columns;
	size_t n = columns_count(s->view);

	buf_init(&s->out, TABLE_BYTES_MAX);
	buf_init(&s->cell, WIRE_MESSAGE_MAX);
	wire_writer_init(&s->row, WIRE_MESSAGE_MAX);
	map_init(&s->counts, COUNTED_MAX);
	buf_init(&s->footnotes, TABLE_BYTES_MAX);
	table_init(&s->table, n);
	for (size_t i = 0; i < n; i++) {
		table_cell(&s->table, span_str(ctl_words(s->ctl, c[i].title)));
		if (c[i].right)
			table_right(&s->table, i);
	}
	if (s->ctl->output == CTL_CSV)
		output_csv_names(&s->out, s->view->fields);
}

static void
show_close(struct showing *s)
{
	table_fini(&s->table);
	map_fini(&s->counts);
	buf_fini(&s->footnotes);
	wire_writer_fini(&s->row);
	buf_fini(&s->cell);
	buf_fini(&s->out);
}

static void
count_row(struct showing *s, struct wire_list pairs)
{
	struct wire_value value;
	uint32_t before;

	if (!s->view->counted ||
	    !wire_answer_get(pairs, s->view->counted, &value) ||
	    value.kind != WIRE_VALUE_TEXT)
		return;
	before = map_get(&s->counts, value.text);
	if (map_put(&s->counts, value.text,
	            before == MAP_NONE ? 1 : before + 1) != ERR_OK)
		return;
}

void
view_cell(const struct ctl *ctl, const char *name,
          const struct wire_value *value, struct buf *out)
{
	static const struct words yes = {"yes", "có"};

	if (value->kind == WIRE_VALUE_BOOL)
		buf_put_str(out, value->truth ? ctl_words(ctl, yes) : "");
	else if (!ctl->vi || value->kind != WIRE_VALUE_TEXT ||
	         !term_put(out, name, value->text))
		output_cell(out, value, ctl->vi);
}

/* Its number in the cell, the text below the table. */
static void
footnote(struct showing *s, const struct wire_value *value)
{
	char mark[24];

	(void)snprintf(mark, sizeof(mark), "[%u]", ++s->n_footnotes);
	buf_put_str(&s->cell, mark);
	buf_printf(&s->footnotes, "%s ", mark);
	table_put(&s->footnotes, value->text);
	buf_put_u8(&s->footnotes, '\n');
}

static bool
is_footnote(const struct showing *s, const char *name,
            const struct wire_value *value)
{
	return s->view->footnote && strcmp(s->view->footnote, name) == 0 &&
	       value->kind == WIRE_VALUE_TEXT;
}

static void
table_row(struct showing *s, struct wire_list pairs)
{
	char time[CLOCK_TEXT_SIZE];
	struct wire_value value;

	for (const struct view_column *c = s->view->columns; c->name; c++) {
		buf_reset(&s->cell);
		if (!output_get(pairs, c->name, &value, time))
			buf_reset(&s->cell);
		else if (is_footnote(s, c->name, &value))
			footnote(s, &value);
		else
			view_cell(s->ctl, c->name, &value, &s->cell);
		table_cell(&s->table, buf_span(&s->cell));
	}
	count_row(s, pairs);
	if (s->view->below)
		s->view->below(s->ctl, pairs, s->view->columns, &s->table);
}

static void
show_row(struct showing *s, struct wire_list pairs)
{
	s->n_rows++;
	if (s->view->contested) {
		contested_add(s->view->contested, pairs, &s->row);
		if (buf_err(&s->row.out) == ERR_OK)
			pairs = wire_writer_list(&s->row);
	}
	if (s->ctl->output == CTL_JSON)
		output_json(&s->out, pairs);
	else if (s->ctl->output == CTL_CSV)
		output_csv(&s->out, s->view->fields, pairs);
	else
		table_row(s, pairs);
}

/* "2 behind · 1 missed", in order of first appearance. */
static void
counts_print(struct showing *s)
{
	for (size_t i = 0; i < s->counts.n; i++) {
		struct span name = map_key(&s->counts, i);

		buf_printf(&s->out, "%s%u ", i > 0 ? " · " : "",
		           (unsigned)map_value(&s->counts, i));
		if (!s->ctl->vi || !term_put(&s->out, s->view->counted, name))
			buf_put(&s->out, name.ptr, name.len);
	}
	if (s->counts.n > 0)
		buf_put_str(&s->out, "\n\n");
}

static int
show_end(struct showing *s)
{
	enum err err = ERR_OK;

	if (s->ctl->output == CTL_TABLE && s->n_rows > 0) {
		counts_print(s);
		err = table_print(&s->table, &s->out);
		if (s->footnotes.len > 0)
			buf_put_u8(&s->out, '\n');
		buf_put(&s->out, s->footnotes.ptr, s->footnotes.len);
	}
	if (err != ERR_OK)
		return ctl_fail(s->ctl, err, s->view->what);
	if (s->n_rows == 0 && s->ctl->output == CTL_TABLE &&
	    s->view->nothing.en)
		fprintf(s->ctl->err, "%s\n",
		        ctl_words(s->ctl, s->view->nothing));
	return view_flush(s->ctl, &s->out);
}

static int
show_all(struct showing *s, struct client *client, struct wire_list args)
{
	struct client_query query = {.what = s->view->what, .args = args};
	struct client_rows rows;
	struct wire_list pairs;
	enum err err = client_query(client, &query, &rows);
	int code = 0;

	if (err != ERR_OK)
		return ctl_fail_question(s->ctl, s->view->service, client, err);
	while (err == ERR_OK && code == 0) {
		err = client_rows_next(&rows, &pairs);
		if (err == ERR_OK)
			show_row(s, pairs);
		if (s->out.len > FLUSH_BYTES)
			code = view_flush(s->ctl, &s->out);
	}
	if (code == 0 && err != ERR_NOT_FOUND)
		return ctl_fail_question(s->ctl, s->view->service, client, err);
	return code == 0 ? show_end(s) : code;
}

int
view_show(const struct ctl *ctl, const struct view *view, struct wire_list args)
{
	struct showing s = {.ctl = ctl, .view = view};
	struct client *client = NULL;
	enum err err = ctl_connect(ctl, view->service, &client);
	int code;

	if (err != ERR_OK)
		return ctl_fail_service(ctl, view->service, NULL, err);
	show_open(&s);
	code = show_all(&s, client, args);
	show_close(&s);
	client_free(&client);
	return code;
}
