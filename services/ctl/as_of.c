#include "services/ctl/as_of.h"

#include <inttypes.h>
#include <string.h>

#include "common/domain/period.h"

#define EXIT_USAGE  64
#define DAY_MS      INT64_C(86400000)
#define ZONE_MS     (INT64_C(7) * 3600 * 1000) /* Asia/Ho_Chi_Minh, UTC+7 */
#define COMMIT_WORD "commit:"

static enum err
commit_read(struct span text, uint64_t *commit)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return ERR_BAD_DATE;
		number = number * 10 + (uint64_t)(text.ptr[i] - '0');
		if (number > WIRE_UINT_MAX)
			return ERR_BAD_DATE;
	}
	if (number == 0)
		return ERR_BAD_DATE;
	*commit = number;
	return ERR_OK;
}

enum err
as_of_read(struct span text, struct as_of *as_of)
{
	const size_t len = strlen(COMMIT_WORD);
	struct as_of got = {.commit = 0};
	struct wall wall = {0};
	struct day day;

	if (text.len > len && memcmp(text.ptr, COMMIT_WORD, len) == 0) {
		if (commit_read(span_of(text.ptr + len, text.len - len),
		                &got.commit) != ERR_OK)
			return ERR_BAD_DATE;
	} else if (day_parse(text, false, &day) == ERR_OK) {
		got.time_ms = ((int64_t)day.n + 1) * DAY_MS - ZONE_MS - 1;
	} else if (clock_parse_rfc3339(text, &wall) == ERR_OK) {
		got.time_ms = wall.ms;
	} else {
		return ERR_BAD_DATE;
	}
	if (got.time_ms < 0)
		return ERR_BAD_DATE;
	*as_of = got;
	return ERR_OK;
}

enum err
as_of_ask(struct client *ingest, int64_t time_ms, uint64_t *commit)
{
	struct client_query query = {.what = "commit_at"};
	struct client_rows rows;
	struct wire_writer args;
	struct wire_list pairs;
	struct wire_value value;
	char text[24];
	enum err err;

	(void)snprintf(text, sizeof(text), "%" PRId64, time_ms);
	wire_writer_init(&args, sizeof(text) * 4);
	wire_args_add(&args, "time_ms", span_str(text));
	query.args = wire_writer_list(&args);
	err = client_query(ingest, &query, &rows);
	if (err == ERR_OK)
		err = client_rows_next(&rows, &pairs);
	if (err == ERR_OK && !wire_answer_get(pairs, "commit", &value))
		err = ERR_MISSING_FIELD;
	if (err == ERR_OK)
		*commit = (uint64_t)value.number;
	wire_writer_fini(&args);
	return err;
}

static int
bad_moment(const struct ctl *ctl, const char *text)
{
	static const struct words words = {
	    "is not commit:N, a date or a time (2025-06-30T08:00:00+07:00)",
	    "không phải là commit:N, ngày hay thời điểm "
	    "(2025-06-30T08:00:00+07:00)"};

	fprintf(ctl->err, "tiendo: --as-of: \"%s\" %s\n", text,
	        ctl_words(ctl, words));
	return EXIT_USAGE;
}

int
as_of_parse(const struct ctl *ctl, const char *text, uint64_t *commit)
{
	struct client *client = NULL;
	struct as_of as_of;
	enum err err;
	int code = -1;

	if (as_of_read(span_str(text), &as_of) != ERR_OK)
		return bad_moment(ctl, text);
	if (as_of.commit > 0) {
		*commit = as_of.commit;
		return -1;
	}
	err = ctl_connect(ctl, CTL_INGEST, &client);
	if (err == ERR_OK)
		err = as_of_ask(client, as_of.time_ms, commit);
	if (err != ERR_OK)
		code = ctl_fail_service(ctl, CTL_INGEST, client, err);
	client_free(&client);
	return code;
}
