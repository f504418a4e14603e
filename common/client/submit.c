#include "common/client/submit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/client/client_parts.h"
#include "common/client/submit_errors.h"

#define BACK_OFF_MS     500   /* after a refusal that names no time */
#define BACK_OFF_MAX_MS 10000 /* longer is not believed */

/* One batch, kept until it is answered for good. */
struct slot {
	uint64_t sequence;
	uint64_t id; /* of the request: numbers alone are those of others too */
	uint64_t first_row;
	struct buf frame;
	uint32_t n_rows;
	uint32_t n_sent;
	bool under_way; /* sent since the last HELLO or back-off */
	bool answered;  /* since then */
	bool told;      /* an answer was counted and passed on */
};

struct submit {
	struct client *client; /* borrowed */
	struct submit_conf conf;
	char texts[3][WIRE_TEXT_MAX + 1]; /* what conf's spans point to */
	struct wire_batch_writer writer;
	struct slot *slots; /* in order of sequence */
	size_t n_slots;
	size_t n_slots_cap;
	size_t n_open;                             /* not answered */
	struct submit_cut cuts[SUBMIT_WINDOW_MAX]; /* errors still to be told */
	size_t n_cuts;
	size_t strict_bytes;
	uint64_t epoch;
	uint64_t known; /* last sequence taken before this submission */
	uint64_t credit;
	uint64_t sequence;    /* of the block cut last */
	struct mono progress; /* when a batch was last answered */
	struct mono asked;    /* when one was last sent */
	struct submit_totals totals;
	enum err failed;
};

static bool
is_strict(const struct submit *s)
{
	return (s->conf.flags & WIRE_FLAG_STRICT) != 0;
}

static bool
is_backfill(const struct submit *s)
{
	return (s->conf.flags & WIRE_FLAG_BACKFILL) != 0;
}

static enum err
submit_hello(struct submit *s, struct wire_ready *ready)
{
	struct wire_message request = {.type = WIRE_HELLO}, answer;
	enum err err;

	request.as.hello.producer = s->conf.producer;
	request.as.hello.source = s->conf.source;
	request.as.hello.epoch = s->epoch;
	err = client_ask(s->client, &request, WIRE_READY, &answer);
	if (err == ERR_OK)
		*ready = answer.as.ready;
	return err;
}

static void
credit_take(struct submit *s, uint64_t credit)
{
	s->credit = credit < SUBMIT_WINDOW_MAX ? credit : SUBMIT_WINDOW_MAX;
	if (s->credit == 0)
		s->credit = 1;
}

static struct span
text_keep(char *to, struct span text)
{
	if (!text.ptr)
		return text;
	memcpy(to, text.ptr, text.len);
	return span_of(to, text.len);
}

static bool
conf_keep(struct submit *s, const struct submit_conf *conf)
{
	const struct span *texts[] = {&conf->producer, &conf->source,
	                              &conf->units_as_of};

	for (int i = 0; i < 3; i++)
		if (texts[i]->len > WIRE_TEXT_MAX)
			return false;
	s->conf = *conf;
	s->conf.producer = text_keep(s->texts[0], conf->producer);
	s->conf.source = text_keep(s->texts[1], conf->source);
	s->conf.units_as_of = text_keep(s->texts[2], conf->units_as_of);
	s->epoch = conf->epoch;
	return true;
}

static enum err
submit_start(struct submit *s)
{
	struct wire_ready ready;
	enum err err = submit_hello(s, &ready);

	if (err != ERR_OK)
		return err;
	s->epoch = ready.epoch;
	s->known = ready.last_sequence;
	s->progress = client_now(s->client);
	credit_take(s, ready.credit);
	wire_batch_init(&s->writer,
	                (uint32_t)(ready.max_rows < SUBMIT_BLOCK_ROWS
	                               ? ready.max_rows
	                               : SUBMIT_BLOCK_ROWS),
	                (uint32_t)ready.max_bytes);
	return ERR_OK;
}

enum err
submit_open(struct submit **submit_p, struct client *client,
            const struct submit_conf *conf)
{
	struct submit *s = calloc(1, sizeof(*s));
	enum err err;

	if (!s)
		return ERR_NOMEM;
	s->client = client;
	wire_batch_init(&s->writer, SUBMIT_BLOCK_ROWS, WIRE_MESSAGE_MAX);
	err = conf_keep(s, conf) ? submit_start(s) : ERR_BAD_VALUE;
	if (err == ERR_OK)
		*submit_p = s;
	else
		submit_close(&s);
	return err;
}

void
submit_close(struct submit **submit_p)
{
	struct submit *s = *submit_p;

	if (!s)
		return;
	for (size_t i = 0; i < s->n_slots; i++)
		buf_fini(&s->slots[i].frame);
	for (size_t i = 0; i < s->n_cuts; i++)
		submit_cut_fini(&s->cuts[i]);
	free(s->slots);
	wire_batch_fini(&s->writer);
	free(s);
	*submit_p = NULL;
}

struct submit_totals
submit_totals(const struct submit *s)
{
	return s->totals;
}

/* --- answers -------------------------------------------------------------- */

static void
totals_take(struct submit *s, const struct slot *slot,
            const struct wire_ack *ack)
{
	struct submit_totals *t = &s->totals;
	/* Taken in this submission, only its first answer was lost. */
	bool ours = slot->sequence > s->known && slot->n_sent > 1;

	t->accepted += ack->accepted + (ours ? ack->duplicate : 0);
	t->duplicate += ours ? 0 : ack->duplicate;
	t->rejected += ack->rejected;
	t->batches++;
	if (ack->commit > 0 && t->first_commit == 0)
		t->first_commit = ack->commit;
	if (ack->commit > t->last_commit)
		t->last_commit = ack->commit;
}

/* Of a strict submission the last answer counts all rows, the others only tell
 * what is wrong. */
static void
totals_take_part(struct submit *s, const struct slot *slot,
                 const struct wire_ack *ack)
{
	struct wire_ack part = *ack;
	bool last = slot->sequence == s->sequence;

	if (ack->duplicate == 0 && !last)
		part.accepted = part.rejected = 0;
	totals_take(s, slot, &part);
}

static void
slots_drop_answered(struct submit *s)
{
	size_t n = 0;

	while (n < s->n_slots && s->slots[n].answered)
		buf_fini(&s->slots[n++].frame);
	memmove(s->slots, s->slots + n, (s->n_slots - n) * sizeof(*s->slots));
	s->n_slots -= n;
}

static void
rejected_tell(struct submit *s, const struct slot *slot,
              const struct wire_ack *ack)
{
	struct wire_list errors = ack->errors;
	struct wire_row_error e;

	while (s->conf.rejected && wire_errors_next(&errors, &e))
		s->conf.rejected(s->conf.self, slot->first_row + e.row, &e);
}

/* The frame of a batch with more rejected rows than its answer told is kept until
 * the window is empty; a strict one is needed for sending again. */
static void
cut_keep(struct submit *s, struct slot *slot, const struct wire_ack *ack)
{
	struct submit_cut *cut = &s->cuts[s->n_cuts];
	struct buf copy;

	if (s->n_cuts == SUBMIT_WINDOW_MAX || !s->conf.rejected)
		return;
	buf_init(&copy, WIRE_MESSAGE_MAX);
	buf_put(&copy, slot->frame.ptr, slot->frame.len);
	if (buf_err(&copy) == ERR_OK &&
	    submit_cut_init(cut, &copy, slot->n_rows, ack) == ERR_OK) {
		cut->first_row = slot->first_row;
		s->n_cuts++;
	}
	buf_fini(&copy);
}

static struct slot *
slot_of(struct submit *s, uint64_t id)
{
	for (size_t i = 0; i < s->n_slots; i++)
		if (s->slots[i].id == id)
			return &s->slots[i];
	return NULL;
}

static struct slot *
slot_oldest(struct submit *s)
{
	for (size_t i = 0; i < s->n_slots; i++)
		if (!s->slots[i].answered)
			return &s->slots[i];
	return NULL;
}

/* Answers may come out of order, when one was lost. */
static void
settled_tell(struct submit *s)
{
	const struct slot *oldest = slot_oldest(s);
	uint64_t row =
	    oldest ? oldest->first_row : s->totals.rows - s->writer.n_rows;

	if (s->n_cuts > 0 && s->cuts[0].first_row < row)
		row = s->cuts[0].first_row;
	if (s->conf.settled)
		s->conf.settled(s->conf.self, row);
}

static void
slot_answered(struct submit *s, struct slot *slot, const struct wire_ack *ack)
{
	if (!slot || slot->answered)
		return;
	slot->answered = true;
	s->n_open--;
	s->progress = client_now(s->client);
	if (slot->told)
		return;
	slot->told = true;
	if (is_strict(s))
		totals_take_part(s, slot, ack);
	else
		totals_take(s, slot, ack);
	rejected_tell(s, slot, ack);
	if (ack->errors_cut)
		cut_keep(s, slot, ack);
	settled_tell(s);
	if (!is_strict(s))
		slots_drop_answered(s);
}

/* Everything is sent again; of a strict submission also the parts that were
 * answered, which ingest may have forgotten. */
static void
slots_again(struct submit *s)
{
	for (size_t i = 0; i < s->n_slots; i++) {
		s->slots[i].under_way = false;
		s->slots[i].answered = false;
	}
	s->n_open = s->n_slots;
}

/* Waits, dropping what comes: all of it will be asked again. */
static enum err
submit_pause(struct submit *s, uint64_t ms)
{
	struct mono now = client_now(s->client);
	struct mono until = clock_mono_plus_ms(
	    now, (int64_t)(ms < BACK_OFF_MAX_MS ? ms : BACK_OFF_MAX_MS));
	struct wire_message m;
	enum err err;

	if (clock_ms_between(s->progress, now) > SUBMIT_GIVE_UP_MS)
		return ERR_AGAIN;
	if (s->conf.go_on && !s->conf.go_on(s->conf.self, &s->totals))
		return ERR_AGAIN;
	do {
		err = client_receive(s->client, until, &m);
		if (err == ERR_OK && m.type == WIRE_ACK)
			slot_answered(s, slot_of(s, m.id), &m.as.ack);
	} while (err == ERR_OK);
	slots_again(s);
	return err == ERR_UNAVAILABLE ? ERR_OK : err;
}

static bool
is_passing(enum err err)
{
	return err == ERR_AGAIN || err == ERR_OVERLOADED ||
	       err == ERR_STORAGE_FULL || err == ERR_UNAVAILABLE;
}

/* HELLO again, until it is answered; then all is sent again. */
static enum err
submit_rejoin(struct submit *s)
{
	struct wire_ready ready;
	enum err err = submit_hello(s, &ready);
	enum err paused = ERR_OK;

	while (is_passing(err) && paused == ERR_OK) {
		paused = submit_pause(s, BACK_OFF_MS);
		if (paused == ERR_OK)
			err = submit_hello(s, &ready);
	}
	if (err != ERR_OK)
		return err;
	if (ready.epoch != s->epoch)
		return ERR_FENCED;
	credit_take(s, ready.credit);
	slots_again(s);
	return ERR_OK;
}

/* Only the oldest batch's refusal counts: behind a gap all are refused. */
static enum err
submit_nack(struct submit *s, uint64_t id, const struct wire_nack *nack)
{
	const struct slot *oldest = slot_oldest(s);
	enum err err, paused;

	if (!oldest || id != oldest->id)
		return ERR_OK;
	err = client_take_problem(s->client, nack->code, nack->field);
	if (err == ERR_SEQUENCE_GAP || err == ERR_NO_HELLO)
		return clock_ms_between(s->progress, client_now(s->client)) >
		               SUBMIT_GIVE_UP_MS
		           ? err
		           : submit_rejoin(s);
	if (nack->retry_ms == 0)
		return err;
	paused = submit_pause(s, nack->retry_ms);
	return paused == ERR_AGAIN ? err : paused;
}

static enum err
submit_hear(struct submit *s)
{
	struct mono deadline = clock_mono_plus_ms(s->asked, SUBMIT_ANSWER_MS);
	struct wire_message m;
	enum err err = client_receive(s->client, deadline, &m);

	if (err == ERR_UNAVAILABLE)
		return submit_rejoin(s);
	if (err != ERR_OK)
		return err;
	if (m.type == WIRE_NACK)
		return submit_nack(s, m.id, &m.as.nack);
	if (m.type == WIRE_ERROR)
		return client_take_problem(s->client, m.as.error.code,
		                           m.as.error.field);
	if (m.type == WIRE_ACK) {
		credit_take(s, m.as.ack.credit);
		slot_answered(s, slot_of(s, m.id), &m.as.ack);
	}
	return ERR_OK;
}

/* --- sending -------------------------------------------------------------- */

static enum err
slot_send(struct submit *s, struct slot *slot)
{
	enum err err = client_send(s->client, buf_span(&slot->frame));

	if (err != ERR_OK)
		return err;
	slot->under_way = true;
	s->totals.resent += slot->n_sent == 1;
	slot->n_sent++;
	s->asked = client_now(s->client);
	return ERR_OK;
}

/* Sends what may be sent: in order, and at most `credit` without an answer. */
static enum err
submit_send(struct submit *s)
{
	uint64_t n_waiting = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < s->n_slots && err == ERR_OK; i++) {
		struct slot *slot = &s->slots[i];

		if (!slot->under_way && n_waiting < s->credit)
			err = slot_send(s, slot);
		n_waiting += !slot->answered;
	}
	return err;
}

/* Until at most n_max batches are open. */
static enum err
submit_drain(struct submit *s, size_t n_max)
{
	enum err err = submit_send(s);

	while (err == ERR_UNAVAILABLE || (err == ERR_OK && s->n_open > n_max)) {
		if (s->conf.go_on && !s->conf.go_on(s->conf.self, &s->totals))
			return ERR_AGAIN;
		err = err == ERR_OK ? submit_hear(s) : submit_rejoin(s);
		if (err == ERR_OK)
			err = submit_send(s);
		else if (err == ERR_UNAVAILABLE)
			return err;
	}
	return err;
}

static enum err
slots_reserve(struct submit *s)
{
	size_t cap = s->n_slots_cap > 0 ? 2 * s->n_slots_cap : 16;
	struct slot *grown;

	if (s->n_slots < s->n_slots_cap)
		return ERR_OK;
	grown = realloc(s->slots, cap * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	s->slots = grown;
	s->n_slots_cap = cap;
	return ERR_OK;
}

static uint64_t
flags_of(const struct submit *s, bool more)
{
	if (more)
		return s->conf.flags | (is_strict(s) ? WIRE_FLAG_MORE : 0u);
	return s->conf.flags | (is_backfill(s) ? WIRE_FLAG_LAST : 0u);
}

/* What the writer holds becomes the next batch. */
static enum err
submit_pack(struct submit *s, bool more)
{
	struct wire_batch head = {
	    .producer = s->conf.producer,
	    .epoch = s->epoch,
	    .sequence = s->sequence + 1,
	    .source = s->conf.source,
	    .flags = flags_of(s, more),
	    .units_as_of = s->conf.units_as_of,
	};
	struct slot slot = {.sequence = head.sequence,
	                    .id = client_next_id(s->client),
	                    .n_rows = s->writer.n_rows,
	                    .first_row = s->totals.rows - s->writer.n_rows};
	enum err err = slots_reserve(s);

	buf_init(&slot.frame, WIRE_MESSAGE_MAX);
	if (err == ERR_OK)
		err =
		    wire_batch_finish(&s->writer, slot.id, &head, &slot.frame);
	if (err != ERR_OK) {
		buf_fini(&slot.frame);
		return err;
	}
	s->slots[s->n_slots++] = slot;
	s->n_open++;
	s->sequence = head.sequence;
	s->strict_bytes += is_strict(s) ? slot.frame.len : 0;
	wire_batch_reset(&s->writer);
	return s->strict_bytes > SUBMIT_STRICT_BYTES_MAX ? ERR_TOO_LARGE
	                                                 : ERR_OK;
}

/* With nothing under way, so that no other answer is missed. */
static void
cuts_tell(struct submit *s)
{
	for (size_t i = 0; i < s->n_cuts; i++) {
		submit_cut_rest(&s->cuts[i], s->client, s->conf.rejected,
		                s->conf.self);
		s->totals.untold += s->cuts[i].n_left;
		submit_cut_fini(&s->cuts[i]);
	}
	s->n_cuts = 0;
}

static enum err
submit_settle(struct submit *s, size_t n_open_max)
{
	enum err err = submit_drain(s, n_open_max);

	if (err == ERR_OK && s->n_cuts > 0 && n_open_max > 0)
		err = submit_drain(s, 0);
	if (err == ERR_OK)
		cuts_tell(s);
	return err;
}

static enum err
submit_block(struct submit *s, bool more)
{
	enum err err = submit_pack(s, more);

	if (err == ERR_OK)
		err = submit_settle(s, more ? (size_t)s->credit - 1 : 0);
	s->failed = err;
	return err;
}

enum err
submit_begin(struct submit *s)
{
	s->failed = submit_pack(s, true);
	if (s->failed == ERR_OK)
		s->failed = submit_settle(s, 0);
	return s->failed;
}

/* A full block goes when the row behind it comes: only then it is known whether
 * it is the last of a strict submission. */
enum err
submit_row(struct submit *s, const struct wire_row_text *row)
{
	enum err err = s->failed;

	if (err == ERR_OK && is_strict(s) &&
	    s->totals.rows == SUBMIT_STRICT_ROWS_MAX)
		err = s->failed = ERR_TOO_LARGE;
	if (err == ERR_OK && s->writer.n_rows == s->writer.max_rows)
		err = submit_block(s, true);
	if (err == ERR_OK)
		err = wire_batch_row(&s->writer, row);
	if (err == ERR_TOO_LARGE && s->writer.n_rows > 0 &&
	    s->failed == ERR_OK) {
		err = submit_block(s, true);
		if (err == ERR_OK)
			err = wire_batch_row(&s->writer, row);
	}
	s->totals.rows += err == ERR_OK;
	return err;
}

enum err
submit_finish(struct submit *s)
{
	if (s->failed != ERR_OK)
		return s->failed;
	if (s->writer.n_rows > 0 || (is_backfill(s) && s->sequence > 0))
		return submit_block(s, false);
	s->failed = submit_settle(s, 0);
	return s->failed;
}
