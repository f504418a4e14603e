/*
 * verify - ingest's journal folded a second time, by other code, and compared
 * with what aggregate and alert say, each at its own commit.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/stat.h"
#include "services/ctl/ctl.h"
#include "services/ctl/newfile.h"
#include "services/ctl/verify_rows.h"

#define SHOWN_MAX   20 /* differences that are printed */
#define TRIES_MAX   10 /* while the services move on */
#define NAME_MAX    1024
#define ANSWER_MS   60000
#define FETCH_MS    1000
#define VERIFY_ROWS 5000 /* of a page */
#define TEXT_MAX    4096 /* of --textfile */
#define NS_PER_MS   1000000

const struct ctl_option options_verify[] = {
    {"textfile",
     "FILE",
     {"write the result for Prometheus' textfile collector",
      "ghi kết quả cho textfile collector của Prometheus"}},
    {NULL, NULL, {NULL, NULL}},
};

struct verify {
	const struct ctl *ctl;
	struct mono from;
	struct client *clients[CTL_SERVICES];
	struct client_commits journal;
	struct record_list records;
	struct naive naive;
	struct named row;
	uint64_t n_verdicts;
	uint64_t n_alerts; /* firing */
	uint64_t n_different;
	enum ctl_service asked; /* last, for the message */
};

static void
verify_fini(struct verify *v)
{
	for (int i = 0; i < CTL_SERVICES; i++)
		client_free(&v->clients[i]);
	record_list_fini(&v->records);
	naive_fini(&v->naive);
	buf_fini(&v->row.name);
	buf_fini(&v->row.text);
}

static enum err
verify_init(struct verify *v, const struct ctl *ctl)
{
	enum err err = ERR_OK;

	*v = (struct verify){.ctl = ctl, .from = clock_mono_now(&ctl->clock)};
	naive_init(&v->naive);
	record_list_init(&v->records);
	buf_init(&v->row.name, NAME_MAX);
	buf_init(&v->row.text, NAME_MAX);
	for (int i = 0; i < CTL_SERVICES && err == ERR_OK; i++) {
		v->asked = (enum ctl_service)i;
		err = ctl_connect(ctl, v->asked, &v->clients[i]);
		if (err == ERR_OK)
			client_timeout(v->clients[i], ANSWER_MS);
	}
	if (err == ERR_OK)
		client_commits_open(v->clients[CTL_INGEST], 1, &v->journal);
	return err;
}

/* Ingest's journal up to a commit; its chain and sums are checked on the way. */
static enum err
verify_fold(struct verify *v, uint64_t to)
{
	enum err err = ERR_OK;

	v->asked = CTL_INGEST;
	while (v->naive.commit.number < to && err == ERR_OK) {
		struct commit commit;
		struct span packed;

		err = client_commits_next(&v->journal, FETCH_MS, &packed);
		if (err == ERR_OK)
			err = commit_unpack(packed, &commit, &v->records);
		if (err == ERR_OK)
			err = naive_take(&v->naive, &commit, &v->records);
	}
	return err;
}

static void
show(struct verify *v, const char *what, const char *service,
     const char *oracle)
{
	v->n_different++;
	if (v->n_different > SHOWN_MAX)
		return;
	fprintf(v->ctl->out, "%s %s: %s; verify: %s\n", what,
	        buf_cstr(&v->row.name), service != NULL ? service : "none",
	        oracle != NULL ? oracle : "none");
}

static void
row_reset(struct verify *v)
{
	buf_reset(&v->row.name);
	buf_reset(&v->row.text);
}

struct question {
	enum ctl_service service;
	const char *what;
	void (*texts)(struct wire_list pairs, struct named *out);
};

static const struct question ask_status = {CTL_ALERT, "status",
                                           verify_status_row};
static const struct question ask_alerts = {CTL_ALERT, "alerts",
                                           verify_alert_row};
static const struct question ask_figures = {CTL_AGGREGATE, "figures",
                                            verify_figure_row};
static const struct question ask_rollups = {CTL_AGGREGATE, "rollups",
                                            verify_rollup_row};

/* A whole query at one commit; ERR_AGAIN: it moved on between two pages. */
static enum err
rows_ask(struct verify *v, const struct question *q, struct verify_rows *rows,
         uint64_t *commit)
{
	struct client_query query = {.what = q->what, .max = VERIFY_ROWS};
	struct client_rows answer;
	struct wire_list pairs;
	enum err err;

	v->asked = q->service;
	err = client_query(v->clients[q->service], &query, &answer);
	if (err == ERR_OK)
		*commit = answer.page.commit;
	while (err == ERR_OK) {
		err = client_rows_next(&answer, &pairs);
		if (err != ERR_OK)
			break;
		if (answer.page.commit != *commit)
			return ERR_AGAIN;
		row_reset(v);
		q->texts(pairs, &v->row);
		if (v->row.name.len > 0)
			err = verify_rows_add(rows, buf_span(&v->row.name),
			                      buf_span(&v->row.text));
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
rows_at_once(struct verify *v, const struct question *q,
             struct verify_rows *rows, uint64_t *commit)
{
	enum err err = ERR_AGAIN;

	for (int i = 0; i < TRIES_MAX && err == ERR_AGAIN; i++) {
		verify_rows_fini(rows);
		err = rows_ask(v, q, rows, commit);
	}
	return err;
}

/* --- verdicts ---------------------------------------------------------------- */

static void
verdict_compare(struct verify *v, struct verify_rows *rows,
                const struct naive_verdict *own)
{
	char *said = verify_rows_take(rows, buf_span(&v->row.name));
	const char *text = own->row ? buf_cstr(&v->row.text) : NULL;

	v->n_verdicts += own->row;
	if (!own->any_reason &&
	    (said == NULL || text == NULL ? said != text
	                                  : strcmp(said, text) != 0))
		show(v, "verdict", said, text);
	free(said);
}

/* What alert says, all at one commit. */
struct judged {
	struct verify_rows verdicts;
	struct verify_rows alerts;
};

/* Fires or does not; that it is pending the oracle doesn't say. */
static void
alerts_compare(struct verify *v, const struct naive_series *series,
               uint32_t target, uint32_t unit, struct verify_rows *rows)
{
	static const char *const severities[] = {"info", "warning", "critical"};
	const struct catalogue *c = series->c;

	for (size_t i = 0; i < sizeof(severities) / sizeof(*severities); i++) {
		bool fires = naive_fires(series, &c->targets[target], unit,
		                         severities[i]);
		char *said;

		row_reset(v);
		verify_alert_own(c, target, unit, severities[i], &v->row);
		said = verify_rows_take(rows, buf_span(&v->row.name));
		v->n_alerts += fires;
		if (fires != (said != NULL && strcmp(said, "firing") == 0))
			show(v, "alert", said,
			     fires ? buf_cstr(&v->row.text) : NULL);
		free(said);
	}
}

static void
target_compare(struct verify *v, const struct naive_series *series,
               uint32_t target, uint32_t *units, struct judged *said)
{
	const struct catalogue *c = series->c;
	uint32_t n = naive_bound(c, &c->targets[target], units);

	for (uint32_t i = 0; i < n; i++) {
		struct naive_verdict own = naive_judge(
		    series, &c->targets[target], units[i], (struct period){0});

		row_reset(v);
		verify_verdict_own(c, target, units[i], &own, &v->row);
		verdict_compare(v, &said->verdicts, &own);
		alerts_compare(v, series, target, units[i], &said->alerts);
	}
}

/* What only the service has. */
static void
rows_left(struct verify *v, const char *what, struct verify_rows *rows)
{
	for (size_t i = 0; i < rows->names.n; i++) {
		struct span name = map_key(&rows->names, i);

		if (rows->texts[i] == NULL)
			continue;
		buf_reset(&v->row.name);
		buf_put(&v->row.name, name.ptr, name.len);
		show(v, what, rows->texts[i], NULL);
	}
}

static enum err
judged_compare(struct verify *v, struct judged *said)
{
	const struct catalogue *c = v->naive.catalogue;
	uint32_t *units = malloc(TARGET_UNITS_MAX * sizeof(*units));
	struct naive_series series = {.n = 0};
	struct naive_state state;
	enum err err;

	if (units == NULL)
		return ERR_NOMEM;
	err = naive_state(&v->naive, &state);
	if (err == ERR_OK) {
		err = naive_series_open(&v->naive, &state, &series);
		for (uint32_t t = 0; t < c->n_targets && err == ERR_OK; t++) {
			if (c->targets[t].declared)
				target_compare(v, &series, t, units, said);
		}
		naive_series_close(&series);
		naive_state_fini(&state);
	}
	if (err == ERR_OK) {
		rows_left(v, "verdict", &said->verdicts);
		rows_left(v, "alert", &said->alerts);
	}
	free(units);
	return err;
}

/* ERR_AGAIN: alert moved on between the two. */
static enum err
judged_ask(struct verify *v, struct judged *said, uint64_t *commit)
{
	uint64_t other = 0;
	enum err err = rows_at_once(v, &ask_status, &said->verdicts, commit);

	if (err == ERR_OK)
		err = rows_at_once(v, &ask_alerts, &said->alerts, &other);
	return err == ERR_OK && other != *commit ? ERR_AGAIN : err;
}

static enum err
verify_verdicts(struct verify *v)
{
	struct judged said;
	uint64_t commit = 0;
	enum err err = ERR_AGAIN;

	verify_rows_init(&said.verdicts);
	verify_rows_init(&said.alerts);
	for (int i = 0; i < TRIES_MAX && err == ERR_AGAIN; i++)
		err = judged_ask(v, &said, &commit);
	if (err == ERR_OK)
		err = verify_fold(v, commit);
	if (err == ERR_OK && v->naive.catalogue != NULL)
		err = judged_compare(v, &said);
	verify_rows_fini(&said.verdicts);
	verify_rows_fini(&said.alerts);
	return err;
}

/* --- figures and roll-ups ------------------------------------------------------ */

static void
row_compare(struct verify *v, const char *what, struct verify_rows *rows)
{
	char *said = verify_rows_take(rows, buf_span(&v->row.name));
	const char *text = buf_cstr(&v->row.text);

	if (said == NULL || strcmp(said, text) != 0)
		show(v, what, said, text);
	free(said);
}

static void
figures_compare(struct verify *v, const struct naive_state *state,
                struct verify_rows *rows)
{
	for (uint32_t i = 0; i < state->n_figures; i++) {
		row_reset(v);
		verify_figure_own(v->naive.catalogue, &state->figures[i],
		                  &v->row);
		row_compare(v, "figure", rows);
	}
	rows_left(v, "figure", rows);
}

static void
rollups_compare(struct verify *v, const struct naive_state *state,
                struct verify_rows *rows)
{
	for (uint32_t i = 0; i < state->n_rollups; i++) {
		row_reset(v);
		verify_rollup_own(v->naive.catalogue, &state->rollups[i],
		                  &v->row);
		row_compare(v, "roll-up", rows);
	}
	rows_left(v, "roll-up", rows);
}

/* The digests differ: which rows? */
static enum err
rows_name(struct verify *v, const struct naive_state *state, bool figures)
{
	struct verify_rows rows;
	uint64_t commit = 0;
	uint64_t before = v->n_different;
	enum err err;

	verify_rows_init(&rows);
	err = rows_at_once(v, figures ? &ask_figures : &ask_rollups, &rows,
	                   &commit);
	if (err == ERR_OK && commit == v->naive.commit.number) {
		if (figures)
			figures_compare(v, state, &rows);
		else
			rollups_compare(v, state, &rows);
	}
	verify_rows_fini(&rows);
	if (err == ERR_OK && v->n_different == before) {
		buf_reset(&v->row.name);
		buf_put_str(&v->row.name,
		            figures ? "of the figures" : "of the roll-ups");
		show(v, "digest", "another one", "differs");
	}
	return err;
}

static bool
digest_field(struct wire_list pairs, const char *name, uint64_t wanted,
             bool hex)
{
	struct wire_value value;
	char text[20];

	if (!wire_answer_get(pairs, name, &value))
		return false;
	if (!hex)
		return value.kind == WIRE_VALUE_INT &&
		       (uint64_t)value.number == wanted;
	(void)snprintf(text, sizeof(text), "%016" PRIx64, wanted);
	return value.kind == WIRE_VALUE_TEXT &&
	       span_equal(value.text, span_str(text));
}

/* What aggregate says of its tables, and at which commit. */
struct said_digest {
	uint64_t commit;
	bool figures; /* as the oracle's */
	bool rollups;
};

static enum err
digest_ask(struct verify *v, const struct naive_state *state,
           struct said_digest *said)
{
	struct client_query query = {.what = "digest"};
	const struct digest *own = &state->digest;
	struct client_rows answer;
	struct wire_list pairs;
	enum err err;

	v->asked = CTL_AGGREGATE;
	err = client_query(v->clients[CTL_AGGREGATE], &query, &answer);
	if (err != ERR_OK)
		return err;
	said->commit = answer.page.commit;
	err = client_rows_next(&answer, &pairs);
	if (err != ERR_OK)
		return err;
	said->figures =
	    digest_field(pairs, "n_figures", own->n_figures, false) &&
	    digest_field(pairs, "figures", own->figures, true);
	said->rollups =
	    digest_field(pairs, "n_rollups", own->n_rollups, false) &&
	    digest_field(pairs, "rollups", own->rollups, true);
	return ERR_OK;
}

/* Follows aggregate until both stand at the same commit. */
static enum err
verify_state(struct verify *v, struct naive_state *state)
{
	struct said_digest said = {.commit = 0};
	enum err err = ERR_AGAIN;

	for (int i = 0; i < TRIES_MAX && err == ERR_AGAIN; i++) {
		naive_state_fini(state);
		err = verify_fold(v, said.commit);
		if (err == ERR_OK)
			err = naive_state(&v->naive, state);
		if (err == ERR_OK)
			err = digest_ask(v, state, &said);
		if (err == ERR_OK && said.commit != v->naive.commit.number)
			err = ERR_AGAIN;
	}
	if (err == ERR_OK && !said.figures)
		err = rows_name(v, state, true);
	if (err == ERR_OK && !said.rollups)
		err = rows_name(v, state, false);
	return err;
}

/* --- what comes of it ------------------------------------------------------------ */

static void
put_sentence(const struct verify *v, const struct naive_state *state)
{
	static const struct words equal = {"equal", "khớp"};
	static const struct words differs = {"DIFFERS", "KHÔNG KHỚP"};
	const struct ctl *ctl = v->ctl;
	struct words word = v->n_different == 0 ? equal : differs;

	fprintf(ctl->out,
	        "%s: %" PRIu64 " %s, %u %s, %u %s, %" PRIu64 " %s, %" PRIu64
	        " %s\n",
	        ctl_words(ctl, word), v->naive.commit.number,
	        ctl_words(ctl, (struct words){"commits", "commit"}),
	        state->n_figures,
	        ctl_words(ctl, (struct words){"figures", "số liệu"}),
	        state->n_rollups,
	        ctl_words(ctl, (struct words){"roll-ups", "số tổng hợp"}),
	        v->n_verdicts,
	        ctl_words(ctl, (struct words){"verdicts", "đánh giá"}),
	        v->n_alerts,
	        ctl_words(ctl, (struct words){"alerts firing",
	                                      "cảnh báo đang phát"}));
}

static void
put_result(const struct verify *v, const struct naive_state *state)
{
	const char *equal = v->n_different == 0 ? "true" : "false";
	bool csv = v->ctl->output == CTL_CSV;

	if (v->ctl->output == CTL_TABLE) {
		put_sentence(v, state);
		return;
	}
	fprintf(v->ctl->out,
	        csv ? "equal,commit,figures,rollups,verdicts,alerts,different"
	              "\n%s,%" PRIu64 ",%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64
	              "\n"
	            : "{\"equal\":%s,\"commit\":%" PRIu64
	              ",\"figures\":%u,\"rollups\":%u,\"verdicts\":%" PRIu64
	              ",\"alerts\":%" PRIu64 ",\"different\":%" PRIu64 "}\n",
	        equal, v->naive.commit.number, state->n_figures,
	        state->n_rollups, v->n_verdicts, v->n_alerts, v->n_different);
}

static const struct stat_row text_rows[] = {
    {.name = "tiendo_verify_differences",
     .kind = STAT_GAUGE,
     .help = "What two computations of the same journal do not agree on."},
    {.name = "tiendo_verify_timestamp_seconds",
     .kind = STAT_GAUGE,
     .unit = "seconds",
     .help = "When the last whole comparison ended, since 1970.",
     .decimals = 3},
    {.name = "tiendo_verify_duration_seconds",
     .kind = STAT_GAUGE,
     .unit = "seconds",
     .help = "How long it took.",
     .decimals = 3},
    {.name = "tiendo_verify_commit",
     .kind = STAT_GAUGE,
     .help = "The commit of ingest up to which was compared."},
};

/* Of a comparison that came to its end: one that did not leaves the file as it was,
 * whose time then grows old. */
static int
textfile_write(const struct verify *v, const char *path)
{
	const struct clock *clock = &v->ctl->clock;
	const int64_t values[] = {
	    (int64_t)v->n_different, clock_wall_now(clock).ms,
	    (clock_mono_now(clock).ns - v->from.ns) / NS_PER_MS,
	    (int64_t)v->naive.commit.number};
	struct buf out;
	enum err err;

	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		stat_put_head(&out, &text_rows[i]);
		stat_put_sample(&out, &text_rows[i], NULL, values[i]);
	}
	err = buf_err(&out);
	if (err == ERR_OK)
		err = newfile_replace(path, buf_span(&out));
	buf_fini(&out);
	return err == ERR_OK ? 0 : ctl_fail(v->ctl, err, path);
}

/* Verdicts first: alert is never ahead of aggregate. */
static enum err
verify_all(struct verify *v, struct naive_state *state)
{
	enum err err = verify_verdicts(v);

	return err == ERR_OK ? verify_state(v, state) : err;
}

int
cmd_verify(struct ctl *ctl)
{
	const char *textfile = ctl_option(ctl, "textfile");
	struct naive_state state = {.n_figures = 0};
	struct verify v;
	int code = 0;
	enum err err = verify_init(&v, ctl);

	if (err == ERR_OK)
		err = verify_all(&v, &state);
	if (err == ERR_OK || err == ERR_NO_CATALOGUE)
		put_result(&v, &state);
	else
		code = ctl_fail_service(ctl, v.asked, v.clients[v.asked], err);
	if (code == 0 && textfile != NULL)
		code = textfile_write(&v, textfile);
	if (v.n_different > 0)
		code = err_exit_code(ERR_DIFFERS);
	naive_state_fini(&state);
	verify_fini(&v);
	return code;
}
