#include "services/aggregate/aggregate_io.h"

#include <stdlib.h>

#include "common/serve/publish_node.h"
#include "services/aggregate/agg_query.h"
#include "services/aggregate/agg_stream.h"
#include "services/aggregate/aggregate.h"

struct aggregate_io {
	struct daemon *daemon;
	struct node node;
	struct aggregate aggregate;
	struct publish_node publish;
};

enum aggregate_stat { STAT_ROWS, STAT_FIGURES, STAT_ROLLUPS };

const struct stat_row aggregate_stats[] = {
    [STAT_ROWS] = {"tiendo_aggregate_rows_total", STAT_COUNTER, NULL,
                   "Rows folded.", NULL, 0},
    [STAT_FIGURES] = {"tiendo_aggregate_figures", STAT_GAUGE, NULL,
                      "Figures in force.", NULL, 0},
    [STAT_ROLLUPS] = {"tiendo_aggregate_rollups", STAT_GAUGE, NULL,
                      "Rolled-up figures.", NULL, 0},
};
const size_t aggregate_n_stats =
    sizeof(aggregate_stats) / sizeof(aggregate_stats[0]);

static enum err
io_query(void *self, struct kv *state, struct kv *journal, struct span what,
         struct query *q)
{
	struct aggregate_io *io = self;

	return aggregate_query(&io->aggregate, state, journal, what, q);
}

static uint64_t
io_catalogue_version(void *self)
{
	struct aggregate_io *io = self;

	return io->aggregate.catalogue_version;
}

static void
io_details(void *self, struct wire_writer *pairs)
{
	struct aggregate_io *io = self;
	const struct digest *d = &io->aggregate.digest;

	wire_pairs_add(pairs, "figures", wire_int((int64_t)d->n_figures));
	wire_pairs_add(pairs, "rollups", wire_int((int64_t)d->n_rollups));
	wire_pairs_add(pairs, "rows_folded",
	               wire_int((int64_t)io->aggregate.rows_folded));
	publish_node_details(&io->publish, pairs);
	node_details(&io->node, pairs);
}

static const struct serve_ops io_serve_ops = {
    .query = io_query,
    .details = io_details,
    .catalogue_version = io_catalogue_version,
};

static void
io_metrics(void *self, struct buf *out)
{
	struct aggregate_io *io = self;
	struct stats *s = &io->daemon->stat;

	stat_add(s, STAT_ROWS,
	         io->aggregate.rows_folded - (uint64_t)stat_get(s, STAT_ROWS));
	stat_set(s, STAT_FIGURES, (int64_t)io->aggregate.digest.n_figures);
	stat_set(s, STAT_ROLLUPS, (int64_t)io->aggregate.digest.n_rollups);
	node_metrics(&io->node, out);
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

static void
told_cut(void *self)
{
	publish_cut_all(self);
}

static enum err
io_tell(void *self, struct kv *state, struct kv *journal, uint64_t number,
        struct publish *p)
{
	struct aggregate_io *io = self;
	const struct agg_stream_sink sink = {
	    .wants = told_wants, .row = told_row, .cut = told_cut, .self = p};

	(void)state;
	return agg_stream_commit(&io->aggregate, journal, number, &sink);
}

static const struct publish_ops io_publish_ops = {.commit = io_tell};

static void
io_turned(void *self)
{
	struct aggregate_io *io = self;

	publish_node_turned(&io->publish);
}

enum err
aggregate_io_open(void **io_p, const struct service_start *start)
{
	struct aggregate_io *io = calloc(1, sizeof(*io));
	struct node_conf conf = {.service = "aggregate",
	                         .options = *start->node,
	                         .step = &aggregate_turn_ops,
	                         .ops = &io_serve_ops,
	                         .self = io,
	                         .committed = io_turned,
	                         .idle = io_turned};
	enum err err;

	if (io == NULL)
		return ERR_NOMEM;
	io->daemon = start->daemon;
	aggregate_init(&io->aggregate);
	conf.step_self = &io->aggregate;
	err = node_open(&io->node, io->daemon, &conf);
	if (err == ERR_OK)
		err = publish_node_open(&io->publish, &io->node,
		                        &io_publish_ops, io);
	if (err == ERR_OK)
		err = node_follow(&io->node, "ingest");
	*io_p = io;
	if (err != ERR_OK) {
		aggregate_io_close(io_p);
		return err;
	}
	io->daemon->hooks.self = io;
	io->daemon->hooks.metrics = io_metrics;
	return ERR_OK;
}

void
aggregate_io_close(void **io_p)
{
	struct aggregate_io *io = *io_p;

	if (io == NULL)
		return;
	io->daemon->hooks = (struct daemon_hooks){.self = NULL};
	publish_node_close(&io->publish);
	node_close(&io->node);
	aggregate_fini(&io->aggregate);
	free(io);
	*io_p = NULL;
}
