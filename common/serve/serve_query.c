#include <stdio.h>

#include "common/serve/serve_parts.h"

/* With what was probably meant behind the meaning of the code. */
static void
send_query_error(struct serve *s, const struct asked *asked, enum err code)
{
	struct fault fault = {.code = code,
	                      .field =
	                          s->query.field == NULL ? "" : s->query.field};
	struct wire_message m = wire_error_of(asked->m.id, &fault);
	char text[WIRE_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%s: %s", err_text(code),
	               s->query.hint);
	if (s->query.hint[0] != '\0')
		m.as.error.text = span_str(text);
	s->counts.refused++;
	serve_message(s, asked->peer, &m);
}

static enum err
query_page(struct serve *s, const struct wire_query *query, uint32_t slice)
{
	struct store *store = s->turn->store;
	/* a failed turn has dropped what is in memory */
	enum err err = turn_load(s->turn);

	if (err == ERR_OK)
		err = store_read(store);
	if (err != ERR_OK)
		return err;
	query_begin(&s->query, query);
	s->query.slice = slice;
	err = s->conf.ops->query(s->conf.self, store_kv(store, STORE_STATE),
	                         store_kv(store, STORE_JOURNAL), query->what,
	                         &s->query);
	serve_read_end(s, err);
	return err;
}

static void
send_answer(struct serve *s, const struct asked *asked)
{
	struct wire_message m = {.type = WIRE_ANSWER, .id = asked->m.id};

	m.as.answer.commit =
	    s->query.commit != 0 ? s->query.commit : s->turn->head.number;
	m.as.answer.log = s->id.log;
	m.as.answer.generation = s->id.generation;
	m.as.answer.catalogue = s->conf.ops->catalogue_version(s->conf.self);
	m.as.answer.rows = wire_answer_list(&s->query.rows);
	if (s->query.next.len > 0)
		m.as.answer.next = buf_span(&s->query.next);
	serve_message(s, asked->peer, &m);
}

/* ERR_AGAIN: nothing was sent, the page needs another slice. */
static enum err
answer_query(struct serve *s, const struct asked *asked, uint32_t slice)
{
	enum err err = ERR_UNKNOWN_TYPE;

	s->query.field = "what";
	if (s->conf.ops->query != NULL)
		err = query_page(s, &asked->m.as.query, slice);
	if (err == ERR_OK)
		send_answer(s, asked);
	else if (err != ERR_AGAIN)
		send_query_error(s, asked, err);
	return err;
}

/* --- in line ------------------------------------------------------------------- */

static enum err
line_put(struct serve *s, uint64_t peer, struct span frame)
{
	struct in_line *last =
	    &s->line[(s->line_first + s->line_n) % SERVE_LINE_MAX];
	enum err err;

	if (s->line_n == SERVE_LINE_MAX)
		return ERR_OVERLOADED;
	last->peer = peer;
	buf_init(&last->frame, WIRE_MESSAGE_MAX);
	buf_put(&last->frame, frame.ptr, frame.len);
	err = buf_err(&last->frame);
	if (err == ERR_OK)
		s->line_n++;
	else
		buf_fini(&last->frame);
	return err;
}

static void
line_leave(struct serve *s)
{
	buf_fini(&s->line[s->line_first].frame);
	s->line_first = (s->line_first + 1) % SERVE_LINE_MAX;
	s->line_n--;
	s->slice = 0;
}

/* What the first in line asked. It was decoded once, so it can be again. */
static bool
line_asked(const struct serve *s, struct asked *asked)
{
	const struct in_line *first = &s->line[s->line_first];
	struct fault fault;

	if (s->line_n == 0)
		return false;
	asked->peer = first->peer;
	return wire_decode(buf_span(&first->frame), &asked->m, &fault) ==
	       ERR_OK;
}

/* In the next wake, which does not wait. */
static void
slice_soon(struct serve *s)
{
	loop_timer_at(s->conf.loop, s->slices, loop_now(s->conf.loop));
}

void
serve_line_clear(struct serve *s)
{
	while (s->line_n > 0)
		line_leave(s);
}

void
serve_slice_due(void *self)
{
	struct serve *s = self;
	struct asked asked;

	if (line_asked(s, &asked) &&
	    answer_query(s, &asked, ++s->slice) != ERR_AGAIN)
		line_leave(s);
	if (s->line_n > 0)
		slice_soon(s);
}

void
serve_line_refuse(struct serve *s)
{
	struct asked asked;

	for (; line_asked(s, &asked); line_leave(s))
		serve_error(s, &asked, s->refusal, s->conf.service);
}

void
serve_query(struct serve *s, const struct asked *asked)
{
	enum err err;

	s->counts.queries++;
	if (answer_query(s, asked, 0) != ERR_AGAIN)
		return;
	err = line_put(s, asked->peer, s->message.frames[0]);
	if (err == ERR_OK)
		slice_soon(s);
	else
		serve_error(s, asked, err, "what");
}

unsigned
serve_line(const struct serve *s)
{
	return s->line_n;
}
