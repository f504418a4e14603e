#include <inttypes.h>
#include <string.h>

#include "common/base/escape.h"
#include "services/ctl/output.h"
#include "services/ctl/states.h"
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
put_json(const struct states *states, enum ctl_service service, struct buf *out)
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
put_all(const struct ctl *ctl, const struct states *states, struct buf *out)
{
	if (ctl->output == CTL_CSV)
		buf_put_str(out, "service,ready,reason,commit,lag\n");
	for (int i = 0; i < CTL_SERVICES; i++) {
		if (ctl->output == CTL_CSV)
			put_csv(states, (enum ctl_service)i, out);
		else
			put_json(states, (enum ctl_service)i, out);
	}
}

int
cmd_health(struct ctl *ctl)
{
	struct states states;
	struct buf out;
	int code, written;

	buf_init(&out, TEXT_MAX);
	states_ask(ctl, ANSWER_MS, &states);
	code = health_code(&states);
	if (ctl->output != CTL_TABLE)
		put_all(ctl, &states, &out);
	else
		health_line(ctl, &states, &out);
	written = view_flush(ctl, &out);
	states_fini(&states);
	buf_fini(&out);
	return code != 0 ? code : written;
}
