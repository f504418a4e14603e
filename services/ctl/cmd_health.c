#include <inttypes.h>
#include <string.h>

#include "common/base/escape.h"
#include "services/ctl/output.h"
#include "services/ctl/states.h"
#include "services/ctl/table.h"
#include "services/ctl/view.h"

#define ANSWER_MS 2000
#define TEXT_MAX  (1u << 20)

static const struct words word_ready = {"ready", "sẵn sàng"};
static const struct words word_not_ready = {"not ready", "chưa sẵn sàng"};
static const struct words word_no_answer = {"no answer", "không trả lời"};

static struct words
word_of(const struct service_state *s)
{
	if (s->err != ERR_OK)
		return word_no_answer;
	return s->ready ? word_ready : word_not_ready;
}

static int
health_code(const struct states *states)
{
	int code = 0;

	for (int i = 0; i < CTL_SERVICES; i++) {
		const struct service_state *s = &states->of[i];

		if (s->err != ERR_OK)
			return err_exit_code(ERR_UNAVAILABLE);
		if (!s->ready)
			code = err_exit_code(ERR_AGAIN);
	}
	return code;
}

/* "ingest ready 12 · aggregate ready 12 (-0) · alert not ready: ..." */
static void
health_line(const struct ctl *ctl, const struct states *states, struct buf *out)
{
	for (int i = 0; i < CTL_SERVICES; i++) {
		const struct service_state *s = &states->of[i];

		buf_printf(out, "%s%s: %s", i > 0 ? " · " : "",
		           ctl_service_name((enum ctl_service)i),
		           ctl_words(ctl, word_of(s)));
		if (s->err == ERR_OK && s->reason[0] != '\0')
			buf_printf(out, " (%s)", s->reason);
		if (s->err == ERR_OK)
			buf_printf(out, ", commit %" PRIu64, s->commit);
	}
	buf_put_u8(out, '\n');
}

static void
put_json_details(struct wire_list details, struct buf *out)
{
	size_t at;

	buf_put_str(out, ",\"details\":");
	at = out->len;
	output_json(out, details);
	if (buf_err(out) == ERR_OK && out->len > at)
		buf_truncate(out, out->len - 1); /* its line end */
}

static void
put_json(const struct states *states, enum ctl_service service, bool details,
         struct buf *out)
{
	const struct service_state *s = &states->of[service];

	buf_printf(out, "{\"service\":\"%s\",\"ready\":%s",
	           ctl_service_name(service), s->ready ? "true" : "false");
	buf_put_str(out, ",\"reason\":");
	escape_json_quoted(
	    out, span_str(s->err == ERR_OK ? s->reason : err_name(s->err)));
	if (s->err == ERR_OK)
		buf_printf(out, ",\"commit\":%" PRIu64 ",\"lag\":%" PRIu64,
		           s->commit, states_lag(states, service));
	if (s->err == ERR_OK && details)
		put_json_details(states_details(s), out);
	buf_put_str(out, "}\n");
}

static void
put_csv(const struct states *states, enum ctl_service service, struct buf *out)
{
	const struct service_state *s = &states->of[service];

	buf_printf(out, "%s,%s,", ctl_service_name(service),
	           s->ready ? "true" : "false");
	output_csv_field(
	    out, span_str(s->err == ERR_OK ? s->reason : err_name(s->err)));
	buf_printf(out, ",%" PRIu64 ",%" PRIu64 "\n", s->commit,
	           states_lag(states, service));
}

static void
put_all(const struct ctl *ctl, const struct states *states, bool details,
        struct buf *out)
{
	if (ctl->output == CTL_CSV)
		buf_put_str(out, "service,ready,reason,commit,lag\n");
	for (int i = 0; i < CTL_SERVICES; i++) {
		if (ctl->output == CTL_CSV)
			put_csv(states, (enum ctl_service)i, out);
		else
			put_json(states, (enum ctl_service)i, details, out);
	}
}

/* --- stats as tables ------------------------------------------------------ */

static void
cell_number(struct table *t, uint64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	table_cell(t, span_str(text));
}

static void
stats_heads(const struct ctl *ctl, const struct states *states, struct table *t)
{
	static const struct words titles[] = {
	    {"service", "dịch vụ"}, {"state", "trạng thái"},
	    {"commit", "commit"},   {"lag", "độ trễ"},
	    {"time", "thời điểm"},  {"reason", "lý do"}};
	char time[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_cell(t, span_str(ctl_words(ctl, titles[i])));
	table_right(t, 2);
	table_right(t, 3);
	for (int i = 0; i < CTL_SERVICES; i++) {
		const struct service_state *s = &states->of[i];

		table_cell(t, span_str(ctl_service_name((enum ctl_service)i)));
		table_cell(t, span_str(ctl_words(ctl, word_of(s))));
		cell_number(t, s->commit);
		cell_number(t, states_lag(states, (enum ctl_service)i));
		clock_format_rfc3339((struct wall){(int64_t)s->time_ms}, time);
		table_cell(t, span_str(s->commit > 0 ? time : ""));
		table_cell(t, span_str(s->reason));
	}
}

static void
stats_details(const struct ctl *ctl, const struct states *states,
              struct table *t)
{
	static const struct words titles[] = {{"service", "dịch vụ"},
	                                      {"measure", "chỉ số"},
	                                      {"value", "giá trị"}};
	struct wire_value value;
	struct span name;
	struct buf cell;

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_cell(t, span_str(ctl_words(ctl, titles[i])));
	table_right(t, 2);
	buf_init(&cell, WIRE_MESSAGE_MAX);
	for (int i = 0; i < CTL_SERVICES; i++) {
		struct wire_list details = states_details(&states->of[i]);

		while (wire_pairs_next(&details, &name, &value)) {
			buf_reset(&cell);
			output_cell(&cell, &value, ctl->vi);
			table_cell(
			    t, span_str(ctl_service_name((enum ctl_service)i)));
			table_cell(t, name);
			table_cell(t, buf_span(&cell));
		}
	}
	buf_fini(&cell);
}

static enum err
put_tables(const struct ctl *ctl, const struct states *states, struct buf *out)
{
	struct table heads, details;
	enum err err;

	table_init(&heads, 6);
	table_init(&details, 3);
	stats_heads(ctl, states, &heads);
	stats_details(ctl, states, &details);
	err = table_print(&heads, out);
	if (err == ERR_OK && details.n_cells > details.n_columns) {
		buf_put_u8(out, '\n');
		err = table_print(&details, out);
	}
	table_fini(&heads);
	table_fini(&details);
	return err;
}

static int
show_states(struct ctl *ctl, bool stats)
{
	struct states states;
	struct buf out;
	enum err err = ERR_OK;
	int code, written;

	buf_init(&out, TEXT_MAX);
	states_ask(ctl, ANSWER_MS, &states);
	code = health_code(&states);
	if (ctl->output != CTL_TABLE)
		put_all(ctl, &states, stats, &out);
	else if (stats)
		err = put_tables(ctl, &states, &out);
	else
		health_line(ctl, &states, &out);
	written = err == ERR_OK ? view_flush(ctl, &out)
	                        : ctl_fail(ctl, err, ctl->command->name);
	states_fini(&states);
	buf_fini(&out);
	return code != 0 ? code : written;
}

int
cmd_health(struct ctl *ctl)
{
	return show_states(ctl, false);
}

int
cmd_stats(struct ctl *ctl)
{
	return show_states(ctl, true);
}
