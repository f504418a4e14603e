#include "common/serve/publish_node.h"

enum publish_stat {
	STAT_UPDATES,
	STAT_ROWS,
	STAT_CUTS,
	STAT_UNSERVED,
	STAT_SUBSCRIPTIONS,
	PUBLISH_STATS
};

static const struct stat_row publish_stats[PUBLISH_STATS] = {
    [STAT_UPDATES] = {"tiendo_publish_updates_total", STAT_COUNTER, NULL,
                      "Updates of streams told live.", NULL, 0},
    [STAT_ROWS] = {"tiendo_publish_rows_total", STAT_COUNTER, NULL,
                   "Rows in these updates.", NULL, 0},
    [STAT_CUTS] = {"tiendo_publish_cuts_total", STAT_COUNTER, NULL,
                   "Times that followers were sent to a snapshot.", NULL, 0},
    [STAT_UNSERVED] = {"tiendo_publish_unserved_total", STAT_COUNTER, NULL,
                       "Subscriptions that are not served.", NULL, 0},
    [STAT_SUBSCRIPTIONS] = {"tiendo_publish_subscriptions", STAT_GAUGE, NULL,
                            "Different topics subscribed to.", NULL, 0},
};

/* A log that has no name yet cannot be followed. */
static bool
started(struct publish_node *p)
{
	if (!publish_started(p->publish) && p->node->id.log != 0)
		publish_start(p->publish, &p->node->id,
		              p->node->turn.head.number);
	return publish_started(p->publish);
}

static enum err
open_at(struct publish_node *p, const struct publish_ops *ops, void *self)
{
	struct daemon *daemon = p->node->daemon;
	char endpoint[PATHS_ENDPOINT_MAX];
	struct publish_conf conf = {.endpoint = endpoint,
	                            .loop = daemon->loop,
	                            .ctx = daemon->ctx,
	                            .ops = ops,
	                            .self = self};
	struct sock_refusal why = {.text = ""};
	enum err err =
	    path_publish(&daemon->data, p->node->conf.service, endpoint);

	if (err == ERR_OK)
		err = publish_open(&p->publish, &conf, &why);
	if (err != ERR_OK)
		log_event(&daemon->log,
		          &(struct log_event){LOG_ERROR,
		                              "socket_refused",
		                              {log_err("code", err),
		                               log_str("why", why.text)}});
	return err;
}

enum err
publish_node_open(struct publish_node *p, struct node *node,
                  const struct publish_ops *ops, void *self)
{
	enum err err;

	*p = (struct publish_node){.node = node};
	err = stat_open(&p->stat, publish_stats, PUBLISH_STATS);
	if (err == ERR_OK)
		err = open_at(p, ops, self);
	if (err == ERR_OK && !node->refused)
		(void)started(p);
	return err;
}

void
publish_node_close(struct publish_node *p)
{
	publish_close(&p->publish);
	stat_close(&p->stat);
}

static enum err
commits_tell(struct publish_node *p)
{
	struct store *store = p->node->store;
	uint64_t head = p->node->turn.head.number;
	enum err err;

	if (!publish_listened(p->publish))
		return publish_commits(p->publish, NULL, NULL, head);
	err = store_read(store);
	if (err != ERR_OK)
		return err; /* the next turn tells it, too */
	err = publish_commits(p->publish, store_kv(store, STORE_STATE),
	                      store_kv(store, STORE_JOURNAL), head);
	store_read_end(store);
	return err;
}

void
publish_node_turned(struct publish_node *p)
{
	enum err err;

	if (p->node->refused || !started(p))
		return;
	err = commits_tell(p);
	if (err != ERR_OK)
		log_event(&p->node->daemon->log,
		          &(struct log_event){LOG_ERROR,
		                              "publish_failed",
		                              {log_err("code", err)}});
}

void
publish_node_metrics(struct publish_node *p, struct buf *out)
{
	struct publish_counts counts = publish_counts(p->publish);
	const uint64_t totals[] = {[STAT_UPDATES] = counts.updates,
	                           [STAT_ROWS] = counts.rows,
	                           [STAT_CUTS] = counts.cuts,
	                           [STAT_UNSERVED] = counts.unserved};

	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		stat_add(&p->stat, i,
		         totals[i] - (uint64_t)stat_get(&p->stat, i));
	stat_set(&p->stat, STAT_SUBSCRIPTIONS, counts.subscriptions);
	stat_render(&p->stat, out);
}

void
publish_node_details(const struct publish_node *p, struct wire_writer *pairs)
{
	wire_pairs_add(pairs, "subscriptions",
	               wire_int(publish_counts(p->publish).subscriptions));
}
