#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/ctl/output.h"
#include "services/ctl/stats.h"
#include "services/ctl/table.h"
#include "services/ctl/view.h"

#define ANSWER_MS 2000
#define TEXT_MAX  (1u << 20)
#define CELL_MAX  64

enum { S_A_MINUTE = 60, S_AN_HOUR = 3600, S_A_DAY = 86400, MS = 1000 };

static const struct words word_ready = {"ready", "sẵn sàng"};
static const struct words word_not_ready = {"not ready", "chưa sẵn sàng"};
static const struct words word_no_answer = {"no answer", "không trả lời"};

/* --- cells -------------------------------------------------------------------- */

static void
comma_set(const struct ctl *ctl, char *text)
{
	char *point = ctl->vi ? strchr(text, '.') : NULL;

	if (point != NULL)
		*point = ',';
}

static void
cell(struct table *t, const char *text)
{
	table_cell(t, span_str(text));
}

static void
cell_number(struct table *t, int64_t number)
{
	char text[CELL_MAX] = "";

	if (number != STATS_UNKNOWN)
		(void)snprintf(text, sizeof(text), "%" PRId64, number);
	cell(t, text);
}

/* The two largest units: "3 d 4 h", "12 min 3 s", "0 s". */
static void
cell_span(const struct ctl *ctl, struct table *t, int64_t ms)
{
	static const struct {
		int64_t s;
		struct words name;
	} units[] = {{S_A_DAY, {"d", "ngày"}},
	             {S_AN_HOUR, {"h", "giờ"}},
	             {S_A_MINUTE, {"min", "phút"}},
	             {1, {"s", "giây"}}};
	char text[2 * CELL_MAX] = "";
	int64_t s = ms / MS;
	size_t i = 0;
	int n = 0;

	while (i < 3 && s < units[i].s)
		i++;
	for (size_t k = i; ms != STATS_UNKNOWN && k < 4 && k < i + 2; k++) {
		n += snprintf(text + n, CELL_MAX, "%s%" PRId64 " %s",
		              k > i ? " " : "", s / units[k].s,
		              ctl_words(ctl, units[k].name));
		s %= units[k].s;
	}
	cell(t, text);
}

static void
bytes_text(const struct ctl *ctl, int64_t bytes, char out[CELL_MAX])
{
	static const char *const units[] = {"B",   "KiB", "MiB",
	                                    "GiB", "TiB", "PiB"};
	int64_t tenths = bytes < INT64_MAX / 10 ? bytes * 10 : bytes;
	size_t i = 0;

	while (tenths >= 10240 && i < 5) {
		tenths /= 1024;
		i++;
	}
	if (i == 0)
		(void)snprintf(out, CELL_MAX, "%" PRId64 " B", bytes);
	else
		(void)snprintf(out, CELL_MAX, "%" PRId64 ".%" PRId64 " %s",
		               tenths / 10, tenths % 10, units[i]);
	comma_set(ctl, out);
}

static void
cell_bytes(const struct ctl *ctl, struct table *t, int64_t bytes)
{
	char text[CELL_MAX] = "";

	if (bytes != STATS_UNKNOWN)
		bytes_text(ctl, bytes, text);
	cell(t, text);
}

/* "1.2 MiB of 64.0 GiB" */
static void
cell_store(const struct ctl *ctl, struct table *t,
           const struct stats_service *n)
{
	static const struct words of = {"of", "trên"};
	char used[CELL_MAX], limit[CELL_MAX];
	char text[3 * CELL_MAX] = "";

	if (n->store_bytes != STATS_UNKNOWN &&
	    n->limit_bytes != STATS_UNKNOWN) {
		bytes_text(ctl, n->store_bytes, used);
		bytes_text(ctl, n->limit_bytes, limit);
		(void)snprintf(text, sizeof(text), "%s %s %s", used,
		               ctl_words(ctl, of), limit);
	}
	cell(t, text);
}

static void
cell_rate(const struct ctl *ctl, struct table *t, int64_t n, int64_t apart_ms)
{
	char text[STATS_RATE_TEXT];

	(void)stats_rate(n, apart_ms, text);
	comma_set(ctl, text);
	cell(t, text);
}

/* --- tables ------------------------------------------------------------------- */

static void
titles_put(const struct ctl *ctl, struct table *t, const struct words *titles,
           size_t n)
{
	for (size_t i = 0; i < n; i++)
		cell(t, ctl_words(ctl, titles[i]));
}

static struct words
state_word(const struct service_state *s)
{
	if (s->err != ERR_OK)
		return word_no_answer;
	return s->ready ? word_ready : word_not_ready;
}

static void
service_row(const struct ctl *ctl, const struct stats_view *v,
            enum ctl_service service, struct table *t)
{
	const struct service_state *s = &v->states.of[service];
	const struct stats_service *n = &v->of[service];

	cell(t, ctl_service_name(service));
	cell(t, ctl_words(ctl, state_word(s)));
	cell(t, n->version);
	cell_span(ctl, t, n->uptime_ms);
	cell_number(t, s->err == ERR_OK ? (int64_t)s->commit : STATS_UNKNOWN);
	cell_number(t, n->lag);
	cell_span(ctl, t, n->lag_ms);
	cell_rate(ctl, t, n->commits, n->apart_ms);
	cell_rate(ctl, t, n->rows, n->apart_ms);
	cell_store(ctl, t, n);
	cell_bytes(ctl, t, n->disk_bytes);
}

static enum err
put_services(const struct ctl *ctl, const struct stats_view *v, struct buf *out)
{
	static const struct words titles[] = {
	    {"service", "dịch vụ"},    {"state", "trạng thái"},
	    {"version", "phiên bản"},  {"up", "đã chạy"},
	    {"commit", "commit"},      {"lag", "độ trễ"},
	    {"lag time", "trễ"},       {"commits/s", "commit/s"},
	    {"rows/s", "dòng/s"},      {"store", "kho"},
	    {"disk free", "đĩa trống"}};
	const size_t n = sizeof(titles) / sizeof(titles[0]);
	struct table t;
	enum err err;

	table_init(&t, n);
	for (size_t i = 3; i < n; i++)
		table_right(&t, i);
	titles_put(ctl, &t, titles, n);
	for (int i = 0; i < CTL_SERVICES; i++)
		service_row(ctl, v, (enum ctl_service)i, &t);
	err = table_print(&t, out);
	table_fini(&t);
	return err;
}

static void
put_reasons(const struct stats_view *v, struct buf *out)
{
	for (int i = 0; i < CTL_SERVICES; i++) {
		const struct service_state *s = &v->states.of[i];
		const char *name = ctl_service_name((enum ctl_service)i);

		if (s->err == ERR_OK && s->reason[0] != '\0')
			buf_printf(out, "%s: %s\n", name, s->reason);
	}
}

/* What the columns mean that do not say so themselves. */
static void
put_legend(const struct ctl *ctl, const struct stats_view *v, struct buf *out)
{
	static const struct words head = {"Rates over the last ",
	                                  "Tốc độ trong "};
	static const struct words tail = {
	    " s, of alert those of verdicts; lag behind the service above.\n",
	    " giây qua, của alert là số đánh giá; độ trễ so với dịch vụ ở dòng "
	    "trên.\n"};
	char seconds[CELL_MAX];

	(void)snprintf(seconds, sizeof(seconds), "%d.%d",
	               (int)(v->of[0].apart_ms / MS),
	               (int)(v->of[0].apart_ms % MS / 100));
	comma_set(ctl, seconds);
	buf_printf(out, "%s%s%s", ctl_words(ctl, head), seconds,
	           ctl_words(ctl, tail));
}

/* "ingest: 12 rows accepted, 0 duplicate, 1 rejected since its start; clock fine" */
static void
put_ingest(const struct ctl *ctl, const struct stats_view *v, struct buf *out)
{
	static const struct words words[] = {
	    {"rows accepted", "dòng được nhận"},
	    {"duplicate", "trùng"},
	    {"rejected", "bị từ chối"},
	    {"batches refused", "lô bị từ chối"}};
	static const char *const names[] = {"rows_accepted", "rows_duplicate",
	                                    "rows_rejected", "batches_refused"};
	static const struct words since = {"since its start; clock",
	                                   "từ khi khởi động; đồng hồ"};
	const struct service_state *s = &v->states.of[CTL_INGEST];
	struct wire_value clock;

	if (stats_detail(s, names[0]) == STATS_UNKNOWN)
		return;
	buf_put_str(out, "ingest:");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		buf_printf(out, "%s %" PRId64 " %s", i > 0 ? "," : "",
		           stats_detail(s, names[i]), ctl_words(ctl, words[i]));
	buf_printf(out, " %s ", ctl_words(ctl, since));
	if (stats_detail_get(s, "clock", &clock))
		output_cell(out, &clock, ctl->vi);
	buf_put_u8(out, '\n');
}

static void
put_severities(const struct ctl *ctl, struct words title,
               const int64_t n[STATS_SEVERITIES], struct buf *out)
{
	buf_printf(out, " %s", ctl_words(ctl, title));
	for (int i = 0; i < STATS_SEVERITIES; i++)
		buf_printf(out, "%s %" PRId64 " %s", i > 0 ? "," : "", n[i],
		           stats_severities[i]);
}

/* "alert: 14 bindings; firing 0 critical, 1 warning, 0 info; pending ..." */
static void
put_alerts(const struct ctl *ctl, const struct stats_view *v, struct buf *out)
{
	static const struct words bindings = {"bindings;",
	                                      "cặp mục tiêu và đơn vị;"};
	static const struct words firing = {"firing", "đang phát"};
	static const struct words pending = {"pending", "đang chờ"};
	int64_t n = stats_detail(&v->states.of[CTL_ALERT], "bindings");

	if (!v->told || n == STATS_UNKNOWN)
		return;
	buf_printf(out, "alert: %" PRId64 " %s", n, ctl_words(ctl, bindings));
	put_severities(ctl, firing, v->firing, out);
	buf_put_u8(out, ';');
	put_severities(ctl, pending, v->pending, out);
	buf_put_u8(out, '\n');
}

static void
cell_age(const struct ctl *ctl, struct table *t, int64_t ms)
{
	int64_t now_ms = clock_wall_now(&ctl->clock).ms;

	cell_span(ctl, t,
	          ms == STATS_UNKNOWN ? ms
	          : now_ms > ms       ? now_ms - ms
	                              : 0);
}

static enum err
put_sinks(const struct ctl *ctl, const struct stats_view *v, struct buf *out)
{
	static const struct words titles[] = {
	    {"sink", "nơi nhận"},
	    {"waiting", "đang chờ"},
	    {"oldest", "cũ nhất"},
	    {"dead letters", "không gửi được"},
	    {"last success", "lần được gần nhất"}};
	const size_t n = sizeof(titles) / sizeof(titles[0]);
	struct table t;
	enum err err;

	if (v->n_sinks == 0)
		return ERR_OK;
	table_init(&t, n);
	for (size_t i = 1; i < n; i++)
		table_right(&t, i);
	titles_put(ctl, &t, titles, n);
	for (uint32_t i = 0; i < v->n_sinks; i++) {
		const struct stats_sink *s = &v->sinks[i];

		cell(&t, s->name);
		cell_number(&t, s->queued);
		cell_age(ctl, &t, s->oldest_ms);
		cell_number(&t, s->dead);
		cell_age(ctl, &t, s->last_ms);
	}
	buf_put_u8(out, '\n');
	err = table_print(&t, out);
	table_fini(&t);
	return err;
}

/* A service that is down is worth a look at the others. */
static int
answer_code(const struct stats_view *v)
{
	for (int i = 0; i < CTL_SERVICES; i++)
		if (v->states.of[i].err == ERR_OK)
			return 0;
	return err_exit_code(ERR_UNAVAILABLE);
}

static enum err
put_screen(const struct ctl *ctl, const struct stats_view *v, struct buf *out)
{
	enum err err = put_services(ctl, v, out);

	if (answer_code(v) == 0)
		put_legend(ctl, v, out);
	put_reasons(v, out);
	put_ingest(ctl, v, out);
	put_alerts(ctl, v, out);
	return err == ERR_OK ? put_sinks(ctl, v, out) : err;
}

/* --- for programs ------------------------------------------------------------- */

static void
csv_number(struct buf *out, int64_t number)
{
	if (number != STATS_UNKNOWN)
		buf_printf(out, "%" PRId64, number);
}

static void
csv_seconds(struct buf *out, int64_t ms)
{
	if (ms != STATS_UNKNOWN)
		buf_printf(out, "%" PRId64 ".%03d", ms / MS, (int)(ms % MS));
}

static void
csv_row(const struct stats_view *v, enum ctl_service service, struct buf *out)
{
	const struct service_state *s = &v->states.of[service];
	const struct stats_service *n = &v->of[service];
	char rate[STATS_RATE_TEXT];

	buf_printf(out, "%s,%s,", ctl_service_name(service),
	           s->ready ? "true" : "false");
	output_csv_field(
	    out, span_str(s->err == ERR_OK ? s->reason : err_name(s->err)));
	buf_printf(out, ",%s,", n->version);
	csv_seconds(out, n->uptime_ms);
	buf_put_u8(out, ',');
	csv_number(out, s->err == ERR_OK ? (int64_t)s->commit : STATS_UNKNOWN);
	buf_put_u8(out, ',');
	csv_number(out, n->lag);
	buf_put_u8(out, ',');
	csv_seconds(out, n->lag_ms);
	buf_printf(out, ",%s", stats_rate(n->commits, n->apart_ms, rate));
	buf_printf(out, ",%s,", stats_rate(n->rows, n->apart_ms, rate));
	csv_number(out, n->store_bytes);
	buf_put_u8(out, ',');
	csv_number(out, n->limit_bytes);
	buf_put_u8(out, ',');
	csv_number(out, n->disk_bytes);
	buf_put_u8(out, '\n');
}

static void
put_rows(const struct ctl *ctl, const struct stats_view *v, struct buf *out)
{
	if (ctl->output == CTL_CSV)
		buf_put_str(out, "service,ready,reason,version,uptime_seconds,"
		                 "commit,lag,lag_seconds,commits_per_second,"
		                 "rows_per_second,store_used_bytes,"
		                 "store_limit_bytes,disk_free_bytes\n");
	for (int i = 0; i < CTL_SERVICES; i++) {
		if (ctl->output == CTL_CSV)
			csv_row(v, (enum ctl_service)i, out);
		else
			stats_json(v, (enum ctl_service)i, out);
	}
}

int
cmd_stats(struct ctl *ctl)
{
	struct stats_view view;
	struct buf out;
	enum err err = ERR_OK;
	int code, written;

	buf_init(&out, TEXT_MAX);
	stats_ask(ctl, ANSWER_MS, &view);
	code = answer_code(&view);
	if (ctl->output == CTL_TABLE)
		err = put_screen(ctl, &view, &out);
	else
		put_rows(ctl, &view, &out);
	written = err == ERR_OK ? view_flush(ctl, &out)
	                        : ctl_fail(ctl, err, ctl->command->name);
	stats_fini(&view);
	buf_fini(&out);
	return code != 0 ? code : written;
}
