#include "services/alert/dead_io.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/notice.h"

enum { LETTER_BYTES_MAX = 4096 };

/* --- the list ---------------------------------------------------------------- */

static const char *const query_names[] = {"sink", "lang", NULL};

/* In the language asked for; English. */
static struct span
first_summary(const struct query *q, struct span notices)
{
	const char *wanted = lang_parse(query_arg(q, "lang")) == LANG_VI
	                         ? "summary_vi"
	                         : "summary";
	struct span name, value;
	struct notice first;

	if (notice_read(&notices, &first) != ERR_OK)
		return span_str("");
	while (notice_pair_next(&first.annotations, &name, &value))
		if (span_equal(name, span_str(wanted)))
			return value;
	return span_str("");
}

static enum err
letter_row(const struct alert_ask *ask, const char *sink,
           const struct sink_dead *dead)
{
	const struct catalogue *c = ask->a->catalogue;
	struct query *q = ask->q;
	struct span summary = first_summary(q, dead->notices);
	char at[CLOCK_TEXT_SIZE];
	char text[WIRE_TEXT_MAX];

	clock_format_rfc3339((struct wall){dead->at_ms}, at);
	wire_answer_row(&q->rows);
	query_text(q, "sink", sink);
	wire_answer_int(&q->rows, "number", (int64_t)dead->number);
	if (dead->programme < c->n_programmes)
		query_text(q, "programme", c->programmes[dead->programme].id);
	wire_answer_int(&q->rows, "commit", (int64_t)dead->commit);
	query_text(q, "at", at);
	wire_answer_int(&q->rows, "alerts", dead->n_alerts);
	snprintf(text, sizeof(text), "%.*s", (int)dead->text.len,
	         (const char *)dead->text.ptr);
	query_text(q, "reason", text);
	if (summary.len > 0) {
		snprintf(text, sizeof(text), "%.*s", (int)summary.len,
		         (const char *)summary.ptr);
		query_text(q, "summary", text);
	}
	return wire_answer_row_end(&q->rows);
}

/* Where a page goes on: the sink, by place, and the number in two halves. */
struct dead_walk {
	const struct alert_ask *ask;
	uint32_t sink;
	uint64_t number;
	bool full;
};

static enum err
letters_page(struct dead_walk *w, const char *sink)
{
	struct sink_dead dead;
	enum err err = ERR_OK;
	bool more = true;

	while (err == ERR_OK && more && !w->full) {
		err = sink_dead_next(w->ask->state, sink, w->number, &dead,
		                     &more);
		if (err != ERR_OK || !more)
			break;
		err = letter_row(w->ask, sink, &dead);
		w->full = err == ERR_TOO_LARGE;
		if (w->full)
			err = ERR_OK;
		else
			w->number = dead.number + 1;
	}
	return err;
}

static enum err
named_page(struct dead_walk *w, struct span name)
{
	char sink[SINK_NAME_MAX + 1];

	if (name.len >= sizeof(sink))
		return ERR_OK; /* nobody's */
	memcpy(sink, name.ptr, name.len);
	sink[name.len] = '\0';
	return letters_page(w, sink);
}

enum err
dead_query(const struct alert_ask *ask, const struct deliver *d)
{
	struct query *q = ask->q;
	struct span name = query_arg(q, "sink");
	struct dead_walk w = {.ask = ask};
	uint32_t at[3];
	enum err err = query_args_known(q, query_names);

	if (err == ERR_OK && ask->a->catalogue == NULL)
		err = ERR_NO_CATALOGUE;
	if (err != ERR_OK)
		return err;
	query_after_get(q, at, 3);
	w.sink = at[0];
	w.number = (uint64_t)at[1] << 32 | at[2];
	if (name.len > 0)
		err = named_page(&w, name);
	for (const char *sink; name.len == 0 && err == ERR_OK &&
	                       (sink = deliver_sink_name(d, w.sink)) != NULL;) {
		err = letters_page(&w, sink);
		if (w.full)
			break;
		w.sink++;
		w.number = 0;
	}
	if (err == ERR_OK && w.full)
		query_next_put(q,
		               (uint32_t[3]){w.sink, (uint32_t)(w.number >> 32),
		                             (uint32_t)w.number},
		               3);
	return err;
}

/* --- told again, or dropped ----------------------------------------------------- */

struct dead_asked {
	bool retry;
	const char *sink; /* NULL: all that are configured */
	uint64_t number;  /* 0: all */
	char name[SINK_NAME_MAX + 1];
};

static enum err
number_read(struct span text, uint64_t *number)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9' ||
		    n > WIRE_UINT_MAX / 10)
			return ERR_BAD_NUMBER;
		n = n * 10 + (text.ptr[i] - '0');
	}
	*number = n;
	return n == 0 ? ERR_BAD_NUMBER : ERR_OK;
}

static enum err
args_known(struct wire_list args, const char **field)
{
	static const char *const names[] = {"action", "sink", "number"};
	struct span key, value;

	while (wire_args_next(&args, &key, &value)) {
		bool known = false;

		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			known = known || span_equal(key, span_str(names[i]));
		if (!known) {
			*field = "args";
			return ERR_UNKNOWN_KEY;
		}
	}
	return ERR_OK;
}

static enum err
sink_read(const struct deliver *d, struct span sink, struct dead_asked *asked)
{
	if (sink.len >= sizeof(asked->name))
		return ERR_NOT_FOUND;
	if (sink.len > 0) {
		memcpy(asked->name, sink.ptr, sink.len);
		asked->sink = asked->name;
		return ERR_OK;
	}
	/* A number is one of a sink. */
	if (asked->number == 0)
		return ERR_OK;
	asked->sink = deliver_sink_name(d, 0);
	return asked->sink == NULL || deliver_sink_name(d, 1) != NULL
	           ? ERR_MISSING_FIELD
	           : ERR_OK;
}

static enum err
asked_read(const struct deliver *d, struct wire_list args,
           struct dead_asked *asked, const char **field)
{
	struct span action = wire_args_get(args, "action");
	struct span number = wire_args_get(args, "number");
	enum err err = args_known(args, field);

	if (err != ERR_OK)
		return err;
	*field = "action";
	asked->retry = span_equal(action, span_str("retry"));
	if (action.ptr == NULL)
		return ERR_MISSING_FIELD;
	if (!asked->retry && !span_equal(action, span_str("drop")))
		return ERR_BAD_VALUE;
	*field = "number";
	if (number.ptr != NULL)
		err = number_read(number, &asked->number);
	if (err != ERR_OK)
		return err;
	*field = "sink";
	return sink_read(d, wire_args_get(args, "sink"), asked);
}

static bool
is_sink(const struct deliver *d, const char *sink)
{
	const char *name;

	for (uint32_t i = 0; (name = deliver_sink_name(d, i)) != NULL; i++)
		if (strcmp(name, sink) == 0)
			return true;
	return false;
}

static enum err
sink_do(struct deliver *d, const struct dead_asked *asked, const char *sink,
        uint32_t *n)
{
	uint32_t some = 0;
	enum err err =
	    deliver_dead(d, asked->retry, sink, asked->number, &some);

	/* To have none is no fault where all are asked for. */
	if (err == ERR_NOT_FOUND && asked->number == 0)
		err = ERR_OK;
	*n += some;
	return err;
}

static enum err
asked_do(struct deliver *d, const struct dead_asked *asked, uint32_t *n,
         const char **field)
{
	const char *sink = asked->sink;
	enum err err = ERR_OK;

	*field = "sink";
	if (sink != NULL && asked->retry && !is_sink(d, sink))
		return ERR_NOT_FOUND;
	*field = "number";
	if (sink != NULL)
		return sink_do(d, asked, sink, n);
	for (uint32_t i = 0;
	     err == ERR_OK && (sink = deliver_sink_name(d, i)) != NULL; i++)
		err = sink_do(d, asked, sink, n);
	return err;
}

static enum err
declare(struct deliver *d, const struct node *node,
        const struct wire_declare *declare, struct wire_declared *declared,
        const char **field)
{
	struct dead_asked asked = {.sink = NULL};
	uint32_t n = 0;
	enum err err;

	*field = "kind";
	if (!span_equal(declare->kind, span_str("dead")))
		return ERR_BAD_VALUE;
	/* No commit, no letter; an answer names one. */
	if (node->turn.head.number == 0)
		return ERR_AGAIN;
	err = asked_read(d, declare->args, &asked, field);
	if (err == ERR_OK)
		err = asked_do(d, &asked, &n, field);
	declared->commit = node->turn.head.number;
	declared->n = n;
	return err;
}

enum err
dead_submit(struct deliver *d, struct node *node,
            const struct sock_message *message)
{
	struct fault fault = {.code = ERR_OK, .field = ""};
	struct wire_message asked, answer = {.type = WIRE_DECLARED};
	struct buf out;
	enum err err = wire_decode(message->frames[0], &asked, &fault);

	if (err == ERR_OK && asked.type != WIRE_DECLARE)
		return ERR_UNKNOWN_TYPE;
	if (err == ERR_OK)
		err = declare(d, node, &asked.as.declare, &answer.as.declared,
		              &fault.field);
	answer.id = wire_peek_id(message->frames[0]);
	fault.code = err;
	if (err != ERR_OK)
		answer = wire_error_of(answer.id, &fault);
	buf_init(&out, LETTER_BYTES_MAX);
	err = wire_encode(&answer, &out);
	if (err == ERR_OK)
		serve_send(node->serve, message->peer, buf_span(&out));
	buf_fini(&out);
	return err;
}
