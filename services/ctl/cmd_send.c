#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/domain/period.h"
#include "services/ctl/output.h"
#include "services/ctl/send.h"

#define EXIT_USAGE   64
#define AGGREGATE_MS 10000 /* waited for, after all was acknowledged */
#define POLL_MS      50

const struct ctl_option options_send[] = {
    {"source",
     "S",
     {"source of rows that name none", "nguồn của các dòng không ghi nguồn"}},
    {"units-as-of",
     "DATE",
     {"units are codes as of this date", "đơn vị là mã tại ngày này"}},
    {"decimal",
     "point|comma",
     {"decimal sign of the file", "dấu thập phân của tệp"}},
    {"format", "csv", {"form of the file", "dạng tệp"}},
    {"strict", NULL, {"all rows or none", "tất cả hoặc không dòng nào"}},
    {"dry-run", NULL, {"check only, keep nothing", "chỉ kiểm tra"}},
    {"backfill",
     NULL,
     {"old figures: no alerts for them", "số liệu cũ: không gửi cảnh báo"}},
    {"again",
     NULL,
     {"a new submission, though the file was sent before",
      "gửi như lần mới, dù tệp đã được gửi"}},
    {NULL, NULL, {NULL, NULL}},
};

/* What the aggregate made of the rows. */
struct receipt {
	bool known;
	int64_t unchanged;
	int64_t stale;
};

static enum err
aggregate_wait(const struct ctl *ctl, struct client *client, uint64_t commit)
{
	struct mono end =
	    clock_mono_plus_ms(clock_mono_now(&ctl->clock), AGGREGATE_MS);
	struct wire_state state;

	for (;;) {
		enum err err = client_health(client, &state);

		if (err != ERR_OK || state.commit >= commit)
			return err;
		if (clock_ms_between(clock_mono_now(&ctl->clock), end) <= 0)
			return ERR_AGAIN;
		(void)poll(NULL, 0, POLL_MS);
	}
}

static enum err
receipt_ask(struct client *client, const struct send_result *result,
            struct wire_writer *args, struct receipt *receipt)
{
	struct client_query query = {.what = "receipts"};
	struct wire_value unchanged, stale;
	struct client_rows rows;
	struct wire_list row;
	char from[24], to[24];
	enum err err;

	(void)snprintf(from, sizeof(from), "%" PRIu64,
	               result->totals.first_commit);
	(void)snprintf(to, sizeof(to), "%" PRIu64, result->totals.last_commit);
	wire_args_add(args, "from", span_str(from));
	wire_args_add(args, "to", span_str(to));
	wire_args_add(args, "producer", span_str(result->producer));
	query.args = wire_writer_list(args);
	err = client_query(client, &query, &rows);
	if (err == ERR_OK)
		err = client_rows_next(&rows, &row);
	if (err != ERR_OK)
		return err;
	receipt->known = wire_answer_get(row, "unchanged", &unchanged) &&
	                 wire_answer_get(row, "stale", &stale);
	if (receipt->known) {
		receipt->unchanged = unchanged.number;
		receipt->stale = stale.number;
	}
	return ERR_OK;
}

/* Known or not: that the figures are kept was said by ingest. */
static void
receipt_find(const struct ctl *ctl, const struct send_result *result,
             struct receipt *receipt)
{
	struct client *client = NULL;
	struct wire_writer args;

	*receipt = (struct receipt){.known = false};
	if (result->totals.last_commit == 0 ||
	    ctl_connect(ctl, CTL_AGGREGATE, &client) != ERR_OK)
		return;
	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	if (aggregate_wait(ctl, client, result->totals.last_commit) == ERR_OK &&
	    receipt_ask(client, result, &args, receipt) != ERR_OK)
		receipt->known = false;
	wire_writer_fini(&args);
	client_free(&client);
}

static void
result_json(const struct ctl *ctl, const char *file,
            const struct send_result *r, const struct receipt *receipt)
{
	struct wire_writer w;
	struct buf out;

	wire_writer_init(&w, WIRE_MESSAGE_MAX);
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_pairs_add(&w, "file", wire_text(span_str(file)));
	wire_pairs_add(&w, "rows", wire_int((int64_t)r->rows));
	wire_pairs_add(&w, "accepted", wire_int((int64_t)r->totals.accepted));
	wire_pairs_add(&w, "duplicate", wire_int((int64_t)r->totals.duplicate));
	wire_pairs_add(&w, "rejected", wire_int((int64_t)r->rejected));
	if (receipt->known) {
		wire_pairs_add(&w, "unchanged", wire_int(receipt->unchanged));
		wire_pairs_add(&w, "stale", wire_int(receipt->stale));
	}
	wire_pairs_add(&w, "commit", wire_int((int64_t)r->totals.last_commit));
	output_json(&out, wire_writer_list(&w));
	(void)fwrite(out.ptr, 1, out.len, ctl->out);
	buf_fini(&out);
	wire_writer_fini(&w);
}

static void
count_line(const struct ctl *ctl, FILE *to, uint64_t count, struct words of)
{
	fprintf(to, "%" PRIu64 " %s", count, ctl_words(ctl, of));
}

static void
result_line(const struct ctl *ctl, FILE *to, const char *file,
            const struct send_result *r, const struct receipt *receipt)
{
	static const struct words kept_nothing = {"; a dry run, nothing kept",
	                                          "; chạy thử, không lưu gì"};
	static const struct words accepted = {"accepted, ", "nhận, "};
	static const struct words duplicate = {"duplicate, ", "trùng, "};
	static const struct words rejected = {"rejected", "từ chối"};
	static const struct words unchanged = {"unchanged, ", "không đổi, "};
	static const struct words stale = {"stale", "đã cũ"};
	static const struct words later = {"; not aggregated yet",
	                                   "; chưa tổng hợp xong"};

	fprintf(to, "%s: ", file);
	count_line(ctl, to, r->totals.accepted, accepted);
	count_line(ctl, to, r->totals.duplicate, duplicate);
	count_line(ctl, to, r->rejected, rejected);
	if (receipt->known) {
		fputs("; ", to);
		count_line(ctl, to, (uint64_t)receipt->unchanged, unchanged);
		count_line(ctl, to, (uint64_t)receipt->stale, stale);
		fprintf(to, " (commit %" PRIu64 ")", r->totals.last_commit);
	} else if (ctl_option(ctl, "dry-run")) {
		fputs(ctl_words(ctl, kept_nothing), to);
	} else if (r->totals.last_commit > 0) {
		fputs(ctl_words(ctl, later), to);
	}
	fputc('\n', to);
}

static void
result_print(const struct ctl *ctl, const char *file,
             const struct send_conf *conf, const struct send_result *r)
{
	static const struct words again = {
	    "this file was sent before: these are the answers of then; --again "
	    "sends it as a new submission",
	    "tệp này đã được gửi: đây là kết quả lần trước; --again để gửi lại "
	    "như lần mới"};
	static const struct words untold = {
	    "more rows were rejected and are not named: in conflict with each "
	    "other, or the service was away for a while",
	    "dòng khác bị từ chối mà không kể ra: mâu thuẫn với nhau, hoặc "
	    "dịch vụ bị gián đoạn"};
	struct receipt receipt;

	if (r->totals.untold > 0)
		fprintf(ctl->err, "tiendo: %s: %" PRIu64 " %s\n", file,
		        r->totals.untold, ctl_words(ctl, untold));
	receipt_find(ctl, r, &receipt);
	if (ctl->output == CTL_JSON)
		result_json(ctl, file, r, &receipt);
	else
		result_line(ctl, ctl->output == CTL_CSV ? ctl->err : ctl->out,
		            file, r, &receipt);
	if (r->totals.duplicate > 0 && r->totals.rejected > 0 && !conf->again)
		fprintf(ctl->err, "tiendo: %s: %s\n", file,
		        ctl_words(ctl, again));
}

static bool
is_one_of(const char *value, const char *a, const char *b)
{
	return !value || strcmp(value, a) == 0 || strcmp(value, b) == 0;
}

static int
conf_read(const struct ctl *ctl, struct send_conf *conf)
{
	static const struct words usage = {"expected is", "cần có"};
	const char *decimal = ctl_option(ctl, "decimal");
	const char *format = ctl_option(ctl, "format");
	struct day day;
	const char *wrong = NULL;

	*conf = (struct send_conf){
	    .source = ctl_option(ctl, "source"),
	    .units_as_of = ctl_option(ctl, "units-as-of"),
	    .comma = decimal && strcmp(decimal, "comma") == 0,
	    .strict = ctl_option(ctl, "strict") != NULL,
	    .dry_run = ctl_option(ctl, "dry-run") != NULL,
	    .backfill = ctl_option(ctl, "backfill") != NULL,
	    .again = ctl_option(ctl, "again") != NULL,
	    .now_ms = clock_wall_now(&ctl->clock).ms,
	};
	if (!is_one_of(decimal, "comma", "point"))
		wrong = "--decimal point|comma";
	else if (!is_one_of(format, "csv", "csv"))
		wrong = "--format csv";
	else if (conf->source && conf->source[0] == '\0')
		wrong = "--source S";
	else if (conf->units_as_of &&
	         day_parse(span_str(conf->units_as_of), false, &day) != ERR_OK)
		wrong = "--units-as-of YYYY-MM-DD";
	if (!wrong)
		return 0;
	fprintf(ctl->err, "tiendo: %s %s\n", ctl_words(ctl, usage), wrong);
	return EXIT_USAGE;
}

/* All files are sent, also behind one with rejected rows; the first code that
 * isn't 0 is returned, a failure before rejected rows. */
static int
send_each(const struct ctl *ctl, struct client *client,
          const struct send_conf *conf)
{
	int code = 0;

	for (int i = 0; i < ctl->n_operands; i++) {
		struct send_result result;

		send_file(ctl, client, ctl->operands[i], conf, &result);
		if (!result.failed || result.totals.batches > 0)
			result_print(ctl, ctl->operands[i], conf, &result);
		if (result.failed)
			return result.code;
		if (code == 0)
			code = result.code;
	}
	return code;
}

/* Each file of a backfill ends with its last batch, so that its batches are the same
 * however it is sent. What holds several together is a producer without rows, named
 * by the files: the same call again ends the one that a crash left open. */
static enum err
together_begin(const struct ctl *ctl, struct client *client,
               struct submit **together)
{
	struct submit_conf conf = {.flags = WIRE_FLAG_BACKFILL};
	uint64_t hash = 0;
	char name[64];
	enum err err;

	for (int i = 0; i < ctl->n_operands; i++)
		hash = hash_bytes(span_str(ctl->operands[i]), hash);
	(void)snprintf(name, sizeof(name), "backfill:%016" PRIx64, hash);
	conf.producer = span_str(name);
	err = submit_open(together, client, &conf);
	return err == ERR_OK ? submit_begin(*together) : err;
}

/* Who sends the same files at the same time holds them together from now on. */
static enum err
together_end(struct submit *together)
{
	enum err err = submit_finish(together);

	return err == ERR_FENCED ? ERR_OK : err;
}

static int
send_all(const struct ctl *ctl, struct client *client,
         const struct send_conf *conf)
{
	struct submit *together = NULL;
	enum err err = ERR_OK;
	int code = 0;

	if (conf->backfill && !conf->dry_run && ctl->n_operands > 1)
		err = together_begin(ctl, client, &together);
	if (err == ERR_OK)
		code = send_each(ctl, client, conf);
	if (err == ERR_OK && together)
		err = together_end(together);
	submit_close(&together);
	if (err != ERR_OK && code == 0)
		code = ctl_fail_service(ctl, CTL_INGEST, client, err);
	return code;
}

static enum err
catalogue_ask(struct client *client, uint64_t *version)
{
	struct client_query query = {.what = "catalogue"};
	struct client_rows rows;
	enum err err = client_query(client, &query, &rows);

	if (err == ERR_OK)
		*version = rows.page.catalogue;
	return err;
}

int
cmd_send(struct ctl *ctl)
{
	struct client *client = NULL;
	struct send_conf conf;
	int code = conf_read(ctl, &conf);
	enum err err;

	if (code != 0)
		return code;
	ctl->terminal = isatty(fileno(ctl->err)) == 1;
	err = ctl_connect(ctl, CTL_INGEST, &client);
	if (err != ERR_OK)
		return ctl_fail_service(ctl, CTL_INGEST, NULL, err);
	err = catalogue_ask(client, &conf.catalogue);
	if (err != ERR_OK) {
		code = ctl_fail_service(ctl, CTL_INGEST, client, err);
		client_free(&client);
		return code;
	}
	if (ctl->output == CTL_CSV)
		fputs("file,line,column,code,field,value,reason,"
		      "other_line,other_value\n",
		      ctl->out);
	code = send_all(ctl, client, &conf);
	client_free(&client);
	return code;
}
