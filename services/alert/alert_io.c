#include "services/alert/alert_io.h"

#include <stdlib.h>

#include "common/serve/publish_node.h"
#include "services/alert/alert.h"
#include "services/alert/alert_query.h"
#include "services/alert/alert_stream.h"
#include "services/alert/dead_io.h"
#include "services/alert/deliver_io.h"
#include "services/alert/gauges_io.h"
#include "services/alert/open_io.h"

/* A commit of aggregate's is ten times what it came from, and most of it is passed over
 * here. While aggregate is busy it answers but once a turn: then so much that this
 * service does not fall behind. */
#define FETCH_BYTES (4u << 20)

struct alert_io {
	struct daemon *daemon;
	struct node node;
	struct alert_service service;
	struct deliver *deliver;
	uint64_t behind; /* of the source, as first heard; 0: not yet */
	struct open_alerts open;
	struct publish_node publish;
};

enum alert_stat { STAT_JUDGED, STAT_BINDINGS, STAT_NOTICES };

const struct stat_row alert_stats[] = {
    [STAT_JUDGED] = {"tiendo_alert_verdicts_total", STAT_COUNTER, NULL,
                     "Verdicts computed.", NULL, 0},
    [STAT_BINDINGS] = {"tiendo_alert_bindings", STAT_GAUGE, NULL,
                       "Targets times the units each binds.", NULL, 0},
    [STAT_NOTICES] = {"tiendo_alert_notices_total", STAT_COUNTER, NULL,
                      "Alerts that were put into the outbox.", NULL, 0},
};
const size_t alert_n_stats = sizeof(alert_stats) / sizeof(alert_stats[0]);

static enum err
io_query(void *self, struct kv *state, struct kv *journal, struct span what,
         struct query *q)
{
	struct alert_io *io = self;
	struct alert_ask ask = {
	    .a = &io->service, .state = state, .journal = journal, .q = q};

	if (span_equal(what, span_str("dead")))
		return dead_query(&ask, io->deliver);
	if (span_equal(what, span_str("sinks")))
		return open_sinks_query(&ask, io->deliver);
	if (span_equal(what, span_str("open")))
		return open_query(&ask, &io->open, io->node.turn.head.number);
	return alert_query(&ask, what);
}

static enum err
io_submit(void *self, struct sock_message *message)
{
	struct alert_io *io = self;

	return dead_submit(io->deliver, &io->node, message);
}

static uint64_t
io_catalogue_version(void *self)
{
	struct alert_io *io = self;

	return io->service.catalogue_version;
}

static void
io_details(void *self, struct wire_writer *pairs)
{
	struct alert_io *io = self;

	wire_pairs_add(pairs, "bindings", wire_int(io->service.n_bindings));
	wire_pairs_add(pairs, "verdicts_computed",
	               wire_int((int64_t)io->service.judged));
	publish_node_details(&io->publish, pairs);
	node_details(&io->node, pairs);
}

static const struct serve_ops io_serve_ops = {
    .query = io_query,
    .submit = io_submit,
    .details = io_details,
    .catalogue_version = io_catalogue_version,
};

static void
io_metrics(void *self, struct buf *out)
{
	struct alert_io *io = self;
	struct stats *s = &io->daemon->stat;

	stat_add(s, STAT_JUDGED,
	         io->service.judged - (uint64_t)stat_get(s, STAT_JUDGED));
	stat_add(s, STAT_NOTICES,
	         io->service.notices - (uint64_t)stat_get(s, STAT_NOTICES));
	stat_set(s, STAT_BINDINGS, io->service.n_bindings);
	node_metrics(&io->node, out);
	deliver_metrics(io->deliver, out);
	open_metrics(&io->open, &io->node, out);
	publish_node_metrics(&io->publish, out);
}

static bool
told_wants(void *self, const char *topic)
{
	return publish_wants(self, topic);
}

static void
told_row(void *self, const char *topic, struct wire_list row)
{
	publish_row(self, topic, row);
}

static enum err
io_tell(void *self, struct kv *state, struct kv *journal, uint64_t number,
        struct publish *p)
{
	struct alert_io *io = self;
	const struct alert_stream_sink sink = {
	    .wants = told_wants, .row = told_row, .self = p};

	(void)state;
	return alert_stream_commit(&io->service, journal, number, &sink);
}

static const struct publish_ops io_publish_ops = {.commit = io_tell};

static unsigned
io_targets(void *self, struct buf *body)
{
	struct alert_io *io = self;
	struct store *store = io->node.refused ? NULL : io->node.store;
	enum err err = ERR_OK;

	if (store != NULL)
		err = store_read(store);
	if (err != ERR_OK)
		store = NULL;
	if (err == ERR_OK)
		err = gauges_targets(
		    &io->service,
		    store == NULL ? NULL : store_kv(store, STORE_STATE),
		    HTTP_BODY_MAX, body);
	if (store != NULL)
		store_read_end(store);
	if (err == ERR_OK)
		return 200;
	buf_reset(body);
	buf_printf(body, "%s\n", err_text(err));
	return 503;
}

static const struct http_route io_routes[] = {
    {"/metrics/targets", "text/plain; version=0.0.4; charset=utf-8",
     io_targets},
};

static void
io_idle(void *self)
{
	struct alert_io *io = self;

	publish_node_turned(&io->publish);
	deliver_caught_up(io->deliver);
}

/* Where commits never cease it is never idle: what its source had when it was first
 * heard will do. */
static void
io_committed(void *self)
{
	struct alert_io *io = self;

	publish_node_turned(&io->publish);
	if (io->behind == 0)
		io->behind = follow_source_head(io->node.follow);
	if (io->node.turn.head.number >= io->behind)
		deliver_caught_up(io->deliver);
	deliver_committed(io->deliver);
}

void
alert_io_reloaded(void *io_self)
{
	struct alert_io *io = io_self;

	deliver_reloaded(io->deliver);
}

enum err
alert_io_open(void **io_p, const struct service_start *start)
{
	struct alert_io *io = calloc(1, sizeof(*io));
	struct node_conf conf = {.service = "alert",
	                         .options = *start->node,
	                         .step = &alert_turn_ops,
	                         .ops = &io_serve_ops,
	                         .self = io,
	                         .follow_bytes = FETCH_BYTES,
	                         .committed = io_committed,
	                         .idle = io_idle};
	const struct alert_options *options = start->values;
	enum err err;

	if (io == NULL)
		return ERR_NOMEM;
	io->daemon = start->daemon;
	alert_init(&io->service, start->demo);
	conf.step_self = &io->service;
	err = node_open(&io->node, io->daemon, &conf);
	if (err == ERR_OK)
		err = publish_node_open(&io->publish, &io->node,
		                        &io_publish_ops, io);
	if (err == ERR_OK)
		err = deliver_open(&io->deliver, &io->node, &options->deliver,
		                   start->demo);
	if (err == ERR_OK)
		err = node_follow(&io->node, "aggregate");
	*io_p = io;
	if (err != ERR_OK) {
		alert_io_close(io_p);
		return err;
	}
	io->daemon->hooks.self = io;
	io->daemon->hooks.metrics = io_metrics;
	io->daemon->hooks.routes = (struct http_routes){
	    io_routes, sizeof(io_routes) / sizeof(io_routes[0]), io};
	return ERR_OK;
}

void
alert_io_close(void **io_p)
{
	struct alert_io *io = *io_p;

	if (io == NULL)
		return;
	io->daemon->hooks = (struct daemon_hooks){.self = NULL};
	deliver_close(&io->deliver);
	publish_node_close(&io->publish);
	node_close(&io->node);
	alert_fini(&io->service);
	free(io);
	*io_p = NULL;
}
