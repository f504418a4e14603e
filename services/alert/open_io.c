#include "services/alert/open_io.h"

static const char *const no_args[] = {NULL};

static enum err
count(struct open_alerts *open, struct kv *state, uint64_t head)
{
	enum err err;

	if (open->counted && open->commit == head)
		return ERR_OK;
	err = gauges_alerts_count(state, &open->alerts);
	open->counted = err == ERR_OK;
	open->commit = head;
	return err;
}

static enum err
open_row(struct query *q, enum alert_state state, enum alert_severity severity,
         uint64_t n)
{
	wire_answer_row(&q->rows);
	query_text(q, "state", alert_state_name(state));
	query_text(q, "severity", alert_severity_name(severity));
	wire_answer_int(&q->rows, "alerts", (int64_t)n);
	return wire_answer_row_end(&q->rows);
}

enum err
open_query(const struct alert_ask *ask, struct open_alerts *open, uint64_t head)
{
	enum err err = query_args_known(ask->q, no_args);

	if (err == ERR_OK)
		err = count(open, ask->state, head);
	for (int s = SEVERITIES - 1; s >= 0 && err == ERR_OK; s--) {
		enum alert_severity severity = (enum alert_severity)s;

		err = open_row(ask->q, ALERT_FIRING, severity,
		               open->alerts.n[GAUGES_FIRING][s]);
		if (err == ERR_OK)
			err = open_row(ask->q, ALERT_PENDING, severity,
			               open->alerts.n[GAUGES_PENDING][s]);
	}
	return err;
}

static enum err
sink_row(struct query *q, const char *name, const struct sink_counts *counts)
{
	wire_answer_row(&q->rows);
	query_text(q, "sink", name);
	wire_answer_int(&q->rows, "queued", (int64_t)counts->queued);
	if (counts->oldest_ms != 0)
		wire_answer_int(&q->rows, "oldest", counts->oldest_ms);
	wire_answer_int(&q->rows, "dead", (int64_t)counts->dead);
	if (counts->last_ok_ms != 0)
		wire_answer_int(&q->rows, "last_success", counts->last_ok_ms);
	wire_answer_int(&q->rows, "delivered", (int64_t)counts->delivered);
	wire_answer_int(&q->rows, "refused", (int64_t)counts->refused);
	return wire_answer_row_end(&q->rows);
}

enum err
open_sinks_query(const struct alert_ask *ask, const struct deliver *d)
{
	enum err err = query_args_known(ask->q, no_args);
	struct sink_counts counts;

	for (uint32_t i = 0; i < SINKS_MAX && err == ERR_OK; i++) {
		err = deliver_counts(d, ask->state, i, &counts);
		if (err == ERR_OK)
			err =
			    sink_row(ask->q, deliver_sink_name(d, i), &counts);
	}
	return err == ERR_NOT_FOUND || err == ERR_AGAIN ? ERR_OK : err;
}

void
open_metrics(struct open_alerts *open, struct node *node, struct buf *out)
{
	enum err err;

	if (node->refused || store_read(node->store) != ERR_OK)
		return;
	err = count(open, store_kv(node->store, STORE_STATE),
	            node->turn.head.number);
	store_read_end(node->store);
	if (err == ERR_OK)
		gauges_alerts_put(&open->alerts, out);
}
