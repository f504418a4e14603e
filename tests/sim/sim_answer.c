/*
 * What ingest says of a batch: complete, durable, and always the same.
 */
#include "tests/sim/sim.h"

#include <string.h>

static const struct batch *
batch_of(const struct sim *s, const struct sending *sending)
{
	return &s->clients[sending->client].batches[sending->batch];
}

static void
group_count(const struct sim *s, const struct sending *sending, uint64_t *rows,
            uint64_t *refused)
{
	const struct client *c = &s->clients[sending->client];
	uint32_t group = batch_of(s, sending)->group;

	*rows = 0;
	*refused = 0;
	for (uint32_t i = 0; i < c->n_batches; i++) {
		if (c->batches[i].group != group)
			continue;
		*rows += c->batches[i].n_rows;
		*refused += c->batches[i].n_refused;
	}
}

/* Another sending of the same numbers that was answered with a commit. */
static struct sending *
told_before(struct sim *s, const struct sending *sending)
{
	for (uint32_t i = 0; i < s->n_sendings; i++) {
		struct sending *other = &s->sendings[i];

		if (other->accepted && other->client == sending->client &&
		    other->epoch == sending->epoch &&
		    other->sequence == sending->sequence)
			return other;
	}
	return NULL;
}

/* The commit is on disk, and is the one told before. */
static bool
commit_check(struct sim *s, struct sending *sending, const struct wire_ack *ack)
{
	const struct sending *before = told_before(s, sending);

	if (ack->commit == 0 || ack->commit > s->nodes[INGEST].turn.head.number)
		return sim_fail(
		    s, "an answer names commit %llu of %llu",
		    (unsigned long long)ack->commit,
		    (unsigned long long)s->nodes[INGEST].turn.head.number);
	if (before != NULL && ack->accepted > 0)
		return sim_fail(s, "a batch was accepted twice");
	if (before != NULL && before->commit != ack->commit)
		return sim_fail(s, "a repetition was answered otherwise");
	sending->accepted = true;
	sending->commit = ack->commit;
	s->campaign->rows += ack->accepted;
	return true;
}

/* For the reader of a trace. */
static void
rows_trace(const struct sim *s, const struct batch *b, struct wire_list errors)
{
	struct wire_row_error e;

	for (uint32_t i = 0; i < b->n_rows; i++) {
		const struct said *r = &b->rows[i];
		char period[PERIOD_TEXT_MAX];

		(void)period_format((struct period){r->period}, period);
		sim_trace(
		    s, "  row %u: %s %s %s %s has %u value %lld %s%s", i,
		    sim_indicators[r->indicator].id, sim_units[r->unit].id,
		    period, sim_sources[r->source], r->has, (long long)r->value,
		    r->refused ? "refused " : "", r->bad != NULL ? r->bad : "");
	}
	while (wire_errors_next(&errors, &e))
		sim_trace(s, "  row %u: %.*s", e.row, (int)e.code.len,
		          (const char *)e.code.ptr);
}

static bool
single_check(struct sim *s, struct sending *sending, const struct wire_ack *ack)
{
	const struct batch *b = batch_of(s, sending);
	unsigned long long told =
	    ack->accepted + ack->duplicate + ack->rejected;

	if (told != b->n_rows)
		return sim_fail(s, "%u rows were sent, the answer counts %llu",
		                b->n_rows, told);
	if (ack->rejected != b->n_refused)
		rows_trace(s, b, ack->errors);
	if (ack->rejected != b->n_refused)
		return sim_fail(s,
		                "client %u batch %u: %llu of %u rows "
		                "refused instead of %u",
		                sending->client, sending->batch,
		                (unsigned long long)ack->rejected, b->n_rows,
		                b->n_refused);
	return b->n_rows == b->n_refused || commit_check(s, sending, ack);
}

/* A part, or the end, of a strict submission: the last part is answered for all
 * of it, the others hold nothing by themselves. */
static bool
strict_check(struct sim *s, struct sending *sending, const struct wire_ack *ack)
{
	const struct batch *b = batch_of(s, sending);
	uint64_t taken = ack->accepted + ack->duplicate;
	uint64_t rows, refused;

	if (b->flags & WIRE_FLAG_MORE)
		return (taken == 0 && ack->rejected == b->n_refused) ||
		       sim_fail(s, "a part was taken by itself");
	group_count(s, sending, &rows, &refused);
	if (taken + ack->rejected != rows ||
	    (rows > 0 && (refused > 0) != (taken == 0)))
		return sim_fail(s,
		                "strict: %llu accepted, %llu duplicate, "
		                "%llu rejected of %llu with %llu wrong",
		                (unsigned long long)ack->accepted,
		                (unsigned long long)ack->duplicate,
		                (unsigned long long)ack->rejected,
		                (unsigned long long)rows,
		                (unsigned long long)refused);
	return refused > 0 || rows == 0 || b->n_rows == 0 ||
	       commit_check(s, sending, ack);
}

static bool
ack_check(struct sim *s, struct sending *sending, const struct wire_ack *ack)
{
	if (sending->forged)
		return sim_fail(s, "other content under a number that was "
		                   "taken, or of a former epoch, was accepted");
	if (batch_of(s, sending)->group != 0)
		return strict_check(s, sending, ack);
	return single_check(s, sending, ack);
}

static bool
nack_check(struct sim *s, const struct sending *sending,
           const struct wire_nack *nack)
{
	static const enum err known[] = {
	    ERR_SEQUENCE_GAP, ERR_FENCED,       ERR_NO_HELLO, ERR_NO_CATALOGUE,
	    ERR_OVERLOADED,   ERR_STORAGE_FULL, ERR_NOMEM};
	enum err err =
	    err_from_name((const char *)nack->code.ptr, nack->code.len);

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (err == known[i])
			return true;
	}
	if (sending->forged && err == ERR_SEQUENCE_REUSED)
		return true;
	return sim_fail(s, "client %u batch %u: refused with %s",
	                sending->client, sending->batch, err_name(err));
}

bool
answer_check(struct sim *s, uint64_t peer, struct span frame)
{
	struct wire_message m;
	struct fault fault;
	struct sending *sending;

	if (wire_decode(frame, &m, &fault) != ERR_OK)
		return sim_fail(s, "an answer that is no message: %s",
		                err_name(fault.code));
	sending = sending_of(s, m.id);
	if (m.type == WIRE_ERROR || m.type == WIRE_APPLIED ||
	    m.type == WIRE_READY || m.type == WIRE_DECLARED)
		return true;
	if (sending == NULL || sending->hello || sending->client != peer)
		return sim_fail(s, "an answer to nothing that was asked");
	sim_trace(s, "  answer to client %u batch %u %llu/%llu: %s %.*s",
	          sending->client, sending->batch,
	          (unsigned long long)sending->epoch,
	          (unsigned long long)sending->sequence, wire_type_name(m.type),
	          m.type == WIRE_NACK ? (int)m.as.nack.code.len : 0,
	          (const char *)m.as.nack.code.ptr);
	if (m.type == WIRE_ACK)
		return ack_check(s, sending, &m.as.ack);
	if (m.type == WIRE_NACK)
		return nack_check(s, sending, &m.as.nack);
	return sim_fail(s, "ingest answered %s", wire_type_name(m.type));
}
