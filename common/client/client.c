#include "common/client/client.h"

#include <stdlib.h>
#include <string.h>

#include "common/client/client_parts.h"

enum err
client_new(struct client **client_p, const struct client_link *link)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		link->ops->close(link->self);
		return ERR_NOMEM;
	}
	client->link = *link;
	client->timeout_ms = CLIENT_TIMEOUT_MS;
	client->connect_ms = CLIENT_TIMEOUT_MS;
	buf_init(&client->out, WIRE_MESSAGE_MAX);
	buf_init(&client->problem, CLIENT_PROBLEM_MAX);
	buf_init(&client->problem_field, CLIENT_PROBLEM_MAX);
	*client_p = client;
	return ERR_OK;
}

void
client_free(struct client **client_p)
{
	struct client *client = *client_p;

	if (!client)
		return;
	client->link.ops->close(client->link.self);
	buf_fini(&client->out);
	buf_fini(&client->problem);
	buf_fini(&client->problem_field);
	free(client);
	*client_p = NULL;
}

void
client_timeout(struct client *client, int64_t timeout_ms)
{
	client->timeout_ms = timeout_ms;
}

void
client_connect_timeout(struct client *client, int64_t timeout_ms)
{
	client->connect_ms = timeout_ms;
}

const char *
client_problem(const struct client *client)
{
	return client->problem.len > 0 ? (const char *)client->problem.ptr : "";
}

struct span
client_problem_field(const struct client *client)
{
	return buf_span(&client->problem_field);
}

uint64_t
client_next_id(struct client *client)
{
	return ++client->last_id;
}

struct mono
client_now(const struct client *client)
{
	return client->link.ops->now(client->link.self);
}

enum err
client_send(struct client *client, struct span frame)
{
	int64_t patience_ms = client->connect_ms < client->timeout_ms
	                          ? client->connect_ms
	                          : client->timeout_ms;
	enum err err =
	    client->link.ops->send(client->link.self, patience_ms, frame);

	return err == ERR_AGAIN ? ERR_UNAVAILABLE : err;
}

enum err
client_receive(struct client *client, struct mono deadline,
               struct wire_message *m)
{
	struct fault fault;

	for (;;) {
		int64_t left = clock_ms_between(client_now(client), deadline);
		enum err err = client->link.ops->receive(
		    client->link.self, left > 0 ? left : 0, &client->frames);

		if (err == ERR_AGAIN)
			return ERR_UNAVAILABLE;
		if (err != ERR_OK)
			return err;
		if (wire_decode(client->frames.frames[0], m, &fault) == ERR_OK)
			return ERR_OK;
	}
}

enum err
client_take_problem(struct client *client, struct span code, struct span field)
{
	enum err err = err_from_name((const char *)code.ptr, code.len);

	buf_reset(&client->problem);
	buf_reset(&client->problem_field);
	buf_put(&client->problem_field, field.ptr, field.len);
	buf_put(&client->problem, code.ptr, code.len);
	if (err != ERR_COUNT)
		buf_printf(&client->problem, ": %s", err_text(err));
	if (field.len > 0) {
		buf_put_str(&client->problem, " (");
		buf_put(&client->problem, field.ptr, field.len);
		buf_put_str(&client->problem, ")");
	}
	if (!buf_cstr(&client->problem))
		buf_reset(&client->problem);
	return err == ERR_COUNT || err == ERR_OK ? ERR_BAD_MESSAGE : err;
}

/* What the service says beyond the meaning of the code, which it begins with. */
static void
problem_add(struct client *client, enum err err, struct span text)
{
	struct span known = span_str(err_text(err));

	if (client->problem.len == 0 || text.len <= known.len ||
	    memcmp(text.ptr, known.ptr, known.len) != 0)
		return;
	buf_put(&client->problem, text.ptr + known.len, text.len - known.len);
	if (!buf_cstr(&client->problem))
		buf_reset(&client->problem);
}

static enum err
ask_send(struct client *client, struct wire_message *request)
{
	enum err err;

	buf_reset(&client->problem);
	buf_reset(&client->problem_field);
	buf_reset(&client->out);
	request->id = client_next_id(client);
	err = wire_encode(request, &client->out);
	return err == ERR_OK ? client_send(client, buf_span(&client->out))
	                     : err;
}

enum err
client_ask(struct client *client, struct wire_message *request,
           enum wire_type wanted, struct wire_message *answer)
{
	struct mono deadline =
	    clock_mono_plus_ms(client_now(client), client->timeout_ms);
	struct wire_message m;
	enum err err = ask_send(client, request);

	while (err == ERR_OK) {
		err = client_receive(client, deadline, &m);
		if (err != ERR_OK || m.id == request->id)
			break;
	}
	if (err != ERR_OK)
		return err;
	if (m.type == WIRE_ERROR) {
		err = client_take_problem(client, m.as.error.code,
		                          m.as.error.field);
		problem_add(client, err, m.as.error.text);
		return err;
	}
	if (m.type != wanted)
		return ERR_UNKNOWN_TYPE;
	*answer = m;
	return ERR_OK;
}

enum err
client_health(struct client *client, struct wire_state *state)
{
	struct wire_message request = {.type = WIRE_HEALTH};
	struct wire_message answer;
	enum err err = client_ask(client, &request, WIRE_STATE, &answer);

	if (err == ERR_OK)
		*state = answer.as.state;
	return err;
}

static enum err
rows_page(struct client_rows *rows)
{
	struct wire_message request = {.type = WIRE_QUERY}, answer;
	struct wire_query *query = &request.as.query;
	enum err err;

	query->what = span_str(rows->query.what);
	query->args = rows->query.args;
	query->max = rows->query.max > 0 ? rows->query.max : CLIENT_PAGE_ROWS;
	if (rows->after_len > 0)
		query->after = span_of(rows->after, rows->after_len);
	err = client_ask(rows->client, &request, WIRE_ANSWER, &answer);
	if (err != ERR_OK)
		return err;
	rows->page = answer.as.answer;
	rows->left = rows->page.rows;
	rows->after_len = rows->page.next.len;
	if (rows->after_len > 0)
		memcpy(rows->after, rows->page.next.ptr, rows->after_len);
	return ERR_OK;
}

enum err
client_query(struct client *client, const struct client_query *query,
             struct client_rows *rows)
{
	*rows = (struct client_rows){.client = client, .query = *query};
	return rows_page(rows);
}

enum err
client_rows_next(struct client_rows *rows, struct wire_list *pairs)
{
	enum err err;

	while (!wire_answer_next(&rows->left, pairs)) {
		if (rows->after_len == 0)
			return ERR_NOT_FOUND;
		err = rows_page(rows);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err
client_apply(struct client *client, const struct wire_apply *apply,
             struct wire_applied *applied)
{
	struct wire_message request = {.type = WIRE_APPLY, .as.apply = *apply};
	struct wire_message answer;
	enum err err = client_ask(client, &request, WIRE_APPLIED, &answer);

	if (err == ERR_OK)
		*applied = answer.as.applied;
	return err;
}

void
client_commits_open(struct client *client, uint64_t from,
                    struct client_commits *commits)
{
	*commits = (struct client_commits){.client = client, .next = from};
}

static enum err
commits_fetch(struct client_commits *commits, uint64_t wait_ms)
{
	struct client *client = commits->client;
	int64_t patience_ms = client->timeout_ms;
	struct wire_message request = {.type = WIRE_FETCH}, answer;
	const struct wire_commits *got = &answer.as.commits;
	enum err err;

	request.as.fetch = (struct wire_fetch){
	    .log = commits->log,
	    .generation = commits->generation,
	    .from = commits->next,
	    .max_bytes = WIRE_MESSAGE_MAX,
	    .wait_ms = wait_ms,
	};
	client->timeout_ms += (int64_t)wait_ms;
	err = client_ask(client, &request, WIRE_COMMITS, &answer);
	client->timeout_ms = patience_ms;
	if (err != ERR_OK)
		return err;
	if (got->n + 1 != client->frames.n ||
	    (got->n > 0 && got->from != commits->next))
		return ERR_BAD_MESSAGE;
	commits->log = got->log;
	commits->generation = got->generation;
	commits->head = got->head;
	commits->n_frames = client->frames.n;
	commits->frame = 1;
	return ERR_OK;
}

enum err
client_commits_next(struct client_commits *commits, uint64_t wait_ms,
                    struct span *packed)
{
	enum err err = ERR_OK;

	if (commits->frame >= commits->n_frames)
		err = commits_fetch(commits, wait_ms);
	if (err != ERR_OK)
		return err;
	if (commits->frame >= commits->n_frames)
		return ERR_NOT_FOUND;
	*packed = commits->client->frames.frames[commits->frame++];
	commits->next++;
	return ERR_OK;
}
