#include "common/client/submit_errors.h"

#include <stdlib.h>

#include "common/client/client_parts.h"

enum err
submit_cut_init(struct submit_cut *cut, struct buf *frame, uint32_t n_rows,
                const struct wire_ack *ack)
{
	struct wire_list errors = ack->errors;
	struct wire_row_error e;
	bool *told = calloc(n_rows > 0 ? n_rows : 1, sizeof(*told));

	if (!told)
		return ERR_NOMEM;
	while (wire_errors_next(&errors, &e))
		if (e.row < n_rows)
			told[e.row] = true;
	*cut = (struct submit_cut){
	    .frame = *frame,
	    .n_rows = n_rows,
	    .told = told,
	    .n_left = ack->rejected > ack->errors.n
	                  ? ack->rejected - ack->errors.n
	                  : 0,
	};
	buf_init(frame, frame->max_bytes);
	return ERR_OK;
}

void
submit_cut_fini(struct submit_cut *cut)
{
	buf_fini(&cut->frame);
	free(cut->told);
	cut->told = NULL;
}

static struct span
text_at(const struct span *dictionary, uint32_t index)
{
	return index == WIRE_NONE ? span_of(NULL, 0) : dictionary[index];
}

static void
row_text_of(const struct wire_row *row, const struct span *dictionary,
            struct wire_row_text *text)
{
	*text = (struct wire_row_text){
	    .indicator = text_at(dictionary, row->indicator),
	    .unit = text_at(dictionary, row->unit),
	    .period = text_at(dictionary, row->period),
	    .document = text_at(dictionary, row->document),
	    .released = text_at(dictionary, row->released),
	    .source = text_at(dictionary, row->source),
	    .note = text_at(dictionary, row->note),
	    .value = row->value,
	    .numerator = row->numerator,
	    .denominator = row->denominator,
	    .status = row->status,
	    .bound = row->bound,
	    .action = row->action,
	};
}

/* The rows not told, and which they were: ranks has room for n_rows. */
static enum err
rows_copy(const struct submit_cut *cut, const struct wire_batch *batch,
          const struct span *dictionary, struct wire_batch_writer *writer,
          uint32_t *ranks)
{
	struct wire_row_text text;
	struct wire_rows rows;
	struct wire_row row;
	struct fault fault;
	uint32_t n = 0;
	enum err err;

	wire_rows_open(buf_span(&cut->frame), batch, &rows);
	while ((err = wire_rows_next(&rows, &row, &fault)) == ERR_OK) {
		if (cut->told[rows.row])
			continue;
		row_text_of(&row, dictionary, &text);
		err = wire_batch_row(writer, &text);
		if (err != ERR_OK)
			return err;
		ranks[n++] = rows.row;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
batch_ask(struct client *client, const struct wire_batch_writer *writer,
          const struct wire_batch *batch, struct wire_message *answer)
{
	struct wire_batch head = *batch;
	struct mono deadline =
	    clock_mono_plus_ms(client_now(client), client->timeout_ms);
	uint64_t id = client_next_id(client);
	enum err err;

	head.flags = WIRE_FLAG_DRY_RUN;
	buf_reset(&client->out);
	err = wire_batch_finish(writer, id, &head, &client->out);
	if (err == ERR_OK)
		err = client_send(client, buf_span(&client->out));
	while (err == ERR_OK) {
		err = client_receive(client, deadline, answer);
		if (err == ERR_OK && answer->id == id)
			break;
	}
	if (err == ERR_OK && answer->type != WIRE_ACK)
		err = ERR_UNAVAILABLE;
	return err;
}

struct telling {
	struct span *dictionary;
	uint32_t *ranks;
	struct wire_batch_writer writer;
};

static enum err
batch_again(struct submit_cut *cut, struct client *client, struct telling *t,
            struct wire_message *answer)
{
	struct wire_message m;
	struct fault fault;
	enum err err = wire_decode(buf_span(&cut->frame), &m, &fault);
	const struct wire_batch *batch = &m.as.batch;

	if (err != ERR_OK)
		return err;
	t->dictionary = calloc(batch->dictionary.n + 1, sizeof(*t->dictionary));
	t->ranks = calloc(cut->n_rows + 1, sizeof(*t->ranks));
	if (!t->dictionary || !t->ranks)
		return ERR_NOMEM;
	wire_texts_read(batch->dictionary, t->dictionary);
	err = rows_copy(cut, batch, t->dictionary, &t->writer, t->ranks);
	if (err == ERR_OK && t->writer.n_rows == 0)
		err = ERR_NOT_FOUND;
	return err == ERR_OK ? batch_ask(client, &t->writer, batch, answer)
	                     : err;
}

enum err
submit_cut_next(struct submit_cut *cut, struct client *client,
                void (*rejected)(void *self, uint64_t row,
                                 const struct wire_row_error *e),
                void *self)
{
	struct telling t = {.dictionary = NULL};
	struct wire_message answer;
	struct wire_row_error e;
	uint64_t before = cut->n_left;
	enum err err;

	wire_batch_init(&t.writer, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	err = batch_again(cut, client, &t, &answer);
	while (err == ERR_OK && wire_errors_next(&answer.as.ack.errors, &e)) {
		if (e.row >= t.writer.n_rows || cut->n_left == 0)
			continue;
		e.row = t.ranks[e.row];
		if (e.contradicted)
			e.other = e.other < t.writer.n_rows ? t.ranks[e.other]
			                                    : e.row;
		cut->told[e.row] = true;
		cut->n_left--;
		rejected(self, cut->first_row + e.row, &e);
	}
	wire_batch_fini(&t.writer);
	free(t.dictionary);
	free(t.ranks);
	if (err == ERR_OK && (cut->n_left == 0 || cut->n_left == before))
		err = ERR_NOT_FOUND;
	return err;
}

void
submit_cut_rest(struct submit_cut *cut, struct client *client,
                void (*rejected)(void *self, uint64_t row,
                                 const struct wire_row_error *e),
                void *self)
{
	int silences = 0;

	while (silences < 2) {
		enum err err = submit_cut_next(cut, client, rejected, self);

		if (err == ERR_UNAVAILABLE)
			silences++;
		else if (err != ERR_OK)
			return;
	}
}
