#include "services/ingest/ingest_refusal_io.h"

#include "proto/wire.h"

/* The batch that was answered; false: it was none. */
static bool
batch_of(const struct turn_input *in, uint64_t peer, uint64_t id,
         struct wire_batch *batch)
{
	struct wire_message m;
	struct fault fault;

	for (size_t i = 0; i < in->n_items; i++) {
		if (in->peers[i] != peer ||
		    wire_peek_type(in->items[i]) != WIRE_BATCH ||
		    wire_peek_id(in->items[i]) != id)
			continue;
		if (wire_decode(in->items[i], &m, &fault) != ERR_OK)
			return false;
		*batch = m.as.batch;
		return true;
	}
	return false;
}

static void
refusal_say(struct log *log, const struct wire_batch *batch,
            const struct wire_nack *nack)
{
	log_apart(log,
	          &(struct log_event){LOG_WARN,
	                              "batch_refused",
	                              {log_span("producer", batch->producer),
	                               log_span("code", nack->code),
	                               log_span("field", nack->field),
	                               log_uint("sequence", nack->sequence)}});
}

static void
rejected_say(struct log *log, const struct wire_batch *batch,
             const struct wire_ack *ack)
{
	log_apart(log,
	          &(struct log_event){LOG_INFO,
	                              "rows_rejected",
	                              {log_span("producer", batch->producer),
	                               log_uint("rows", ack->rejected),
	                               log_span("source", batch->source)}});
}

static void
error_say(struct log *log, const struct wire_error *error)
{
	log_event(log, &(struct log_event){LOG_WARN,
	                                   "message_refused",
	                                   {log_span("code", error->code),
	                                    log_span("field", error->field)}});
}

void
ingest_refusals_log(struct log *log, const struct turn_input *in,
                    const struct turn_output *out)
{
	for (size_t i = 0; i < out->replies.n; i++) {
		struct span reply = record_list_at(&out->replies, i);
		enum wire_type type = wire_peek_type(reply);
		struct wire_batch batch;
		struct wire_message m;
		struct fault fault;

		if ((type != WIRE_NACK && type != WIRE_ACK &&
		     type != WIRE_ERROR) ||
		    wire_decode(reply, &m, &fault) != ERR_OK)
			continue;
		if (type == WIRE_ERROR)
			error_say(log, &m.as.error);
		else if ((type == WIRE_NACK || m.as.ack.rejected > 0) &&
		         batch_of(in, out->reply_peers[i], m.id, &batch)) {
			if (type == WIRE_NACK)
				refusal_say(log, &batch, &m.as.nack);
			else
				rejected_say(log, &batch, &m.as.ack);
		}
	}
}
