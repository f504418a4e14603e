#include "common/serve/node.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const struct stat_row node_stats[NODE_STATS] = {
    [NODE_COMMIT] = {"tiendo_commit", STAT_GAUGE, NULL,
                     "Number of the last commit applied.", NULL, 0},
    [NODE_SOURCE_COMMIT] = {"tiendo_source_commit", STAT_GAUGE, NULL,
                            "Last commit of the service before this one.", NULL,
                            0},
    [NODE_TURNS] = {"tiendo_turns_total", STAT_COUNTER, NULL,
                    "Turns that committed.", NULL, 0},
    [NODE_TURN_SECONDS] = {"tiendo_turn_duration_seconds", STAT_HISTOGRAM,
                           "seconds", "Time of a turn with its sync.", NULL, 9},
    [NODE_TURNS_FAILED] = {"tiendo_turns_failed_total", STAT_COUNTER, NULL,
                           "Turns of which nothing was kept.", NULL, 0},
    [NODE_QUERIES] = {"tiendo_queries_total", STAT_COUNTER, NULL,
                      "Query pages answered or refused.", NULL, 0},
    [NODE_FETCHES] = {"tiendo_fetches_total", STAT_COUNTER, NULL,
                      "Fetches answered with commits.", NULL, 0},
    [NODE_REFUSED] = {"tiendo_messages_refused_total", STAT_COUNTER, NULL,
                      "Messages answered with an error.", NULL, 0},
    [NODE_STORE_BYTES] = {"tiendo_store_used_bytes", STAT_GAUGE, "bytes",
                          "Bytes of the data file in use.", NULL, 0},
    [NODE_STORE_LIMIT_BYTES] = {"tiendo_store_limit_bytes", STAT_GAUGE, "bytes",
                                "Ceiling of the data file (map-size).", NULL,
                                0},
    [NODE_DISK_FREE_BYTES] = {"tiendo_disk_free_bytes", STAT_GAUGE, "bytes",
                              "Bytes free where the data file lies.", NULL, 0},
};

static void
say(struct node *n, enum err err, const char *text)
{
	if (n->refused)
		return; /* that stays the reason */
	if (text[0] == '\0' && n->held_text != NULL) {
		err = n->held;
		text = n->held_text;
	}
	serve_not_ready(n->serve, text);
	if (serve_is_ready(n->serve))
		daemon_ready(n->daemon);
	else
		daemon_not_ready(n->daemon, err, text);
}

/* Serving ends, the process does not: an operator can see and ask why. */
static void
refuse(struct node *n, enum err err, const char *text)
{
	n->refused = true;
	serve_refuse(n->serve, err, text);
	daemon_not_ready(n->daemon, err, text);
}

static void
serve_damaged(void *self, enum err err)
{
	struct node *n = self;

	refuse(n, err, err_text(err));
}

bool
node_source_ready(const struct node *n)
{
	return n->conf.source ||
	       (n->follow != NULL && follow_source_ready(n->follow));
}

static bool
serve_source_ready(void *self)
{
	return node_source_ready(self);
}

static enum err
identity_make(struct node *n)
{
	uint64_t log = 0;
	enum err err;

	while (log == 0) {
		if (getrandom(&log, sizeof(log), 0) != (ssize_t)sizeof(log))
			return ERR_IO;
		log &= WIRE_UINT_MAX;
	}
	err = store_begin(n->store);
	if (err != ERR_OK)
		return err;
	err = journal_identity(store_kv(n->store, STORE_STATE), log, &n->id);
	if (err == ERR_OK)
		return store_commit(n->store);
	store_abort(n->store);
	return err;
}

/* The identity on disk; a service behind another has none before it met it. */
static enum err
identity_load(struct node *n)
{
	enum err err = store_read(n->store);

	if (err != ERR_OK)
		return err;
	err = journal_identity(store_kv(n->store, STORE_STATE), 0, &n->id);
	store_read_end(n->store);
	if (err == ERR_NOT_FOUND)
		err = n->conf.source ? identity_make(n) : ERR_OK;
	return err;
}

static enum err
store_start(struct node *n, struct store_refusal *why)
{
	struct store_conf conf = {.kind = n->conf.service,
	                          .format = NODE_FORMAT,
	                          .map_bytes = n->conf.options.map_bytes,
	                          .check = true,
	                          .sync = true};
	struct path dir;
	enum err err = path_service(&n->daemon->data, n->conf.service, &dir);

	why->text[0] = '\0';
	conf.dir = dir.text;
	if (err == ERR_OK)
		err = store_open(&n->store, &conf, why);
	if (err != ERR_OK)
		return err;
	err = identity_load(n);
	turn_init(&n->turn, n->store, n->conf.step, n->conf.step_self);
	return err == ERR_OK ? turn_load(&n->turn) : err;
}

/* What a store that did not open means: damage is said, anything else ends. */
static enum err
store_refused(struct node *n, enum err err, struct store_refusal *why)
{
	if (why->text[0] == '\0')
		(void)snprintf(why->text, sizeof(why->text), "%s: %s",
		               n->conf.service, err_text(err));
	if (err == ERR_CORRUPT || err == ERR_VERSION)
		return ERR_OK;
	log_event(&n->daemon->log,
	          &(struct log_event){
	              LOG_ERROR,
	              "store_refused",
	              {log_err("code", err), log_str("why", why->text)}});
	return err;
}

/* Space may be there again; and what is full should be seen before it is. */
static void
disk_look(void *self)
{
	struct node *n = self;
	struct store_usage usage;

	if (n->store == NULL || store_usage(n->store, &usage) != ERR_OK)
		return;
	stat_set(&n->stat, NODE_STORE_BYTES, (int64_t)usage.file_bytes);
	stat_set(&n->stat, NODE_STORE_LIMIT_BYTES, (int64_t)usage.map_bytes);
	stat_set(&n->stat, NODE_DISK_FREE_BYTES,
	         (int64_t)usage.disk_free_bytes);
	if (n->full && usage.disk_free_bytes > NODE_DISK_MIN &&
	    usage.file_bytes < usage.map_bytes) {
		n->full = false;
		say(n, ERR_OK, "");
	}
}

static enum err
serve_begin(struct node *n)
{
	char endpoint[PATHS_ENDPOINT_MAX];
	struct serve_conf conf = {.service = n->conf.service,
	                          .endpoint = endpoint,
	                          .loop = n->daemon->loop,
	                          .ctx = n->daemon->ctx,
	                          .ops = n->conf.ops,
	                          .self = n->conf.self,
	                          .damaged = serve_damaged,
	                          .source_ready = serve_source_ready,
	                          .owner = n};
	struct sock_refusal why = {.text = ""};
	enum err err =
	    path_endpoint(&n->daemon->data, n->conf.service, endpoint);

	if (err == ERR_OK)
		err = serve_open(&n->serve, &conf, &why);
	if (err != ERR_OK)
		log_event(&n->daemon->log,
		          &(struct log_event){LOG_ERROR,
		                              "socket_refused",
		                              {log_err("code", err),
		                               log_str("why", why.text)}});
	return err;
}

static uint64_t
catalogue_of(const struct node *n)
{
	const struct serve_ops *ops = n->conf.ops;

	return ops->catalogue_version != NULL
	           ? ops->catalogue_version(n->conf.self)
	           : 0;
}

/* The store first: who has its lock may bind the socket, nobody else. */
enum err
node_open(struct node *n, struct daemon *daemon, const struct node_conf *conf)
{
	struct store_refusal why;
	enum err err, refused;

	*n = (struct node){
	    .conf = *conf, .daemon = daemon, .opened = loop_now(daemon->loop)};
	refused = store_start(n, &why);
	err = refused == ERR_OK ? ERR_OK : store_refused(n, refused, &why);
	if (err == ERR_OK)
		err = stat_open(&n->stat, node_stats, NODE_STATS);
	if (err == ERR_OK)
		err = serve_begin(n);
	if (err == ERR_OK)
		err = loop_add_timer(daemon->loop, disk_look, n, &n->timer);
	if (err != ERR_OK)
		return err;
	loop_timer_every(daemon->loop, n->timer, NODE_CHECK_MS);
	disk_look(n);
	if (refused != ERR_OK) {
		refuse(n, refused, why.text);
		return ERR_OK;
	}
	n->catalogue = catalogue_of(n);
	/* A log that has no name yet cannot be followed nor asked. */
	if (n->id.log != 0)
		serve_start(n->serve, &n->turn, &n->id);
	if (conf->source)
		say(n, ERR_OK, "");
	return ERR_OK;
}

void
node_close(struct node *n)
{
	if (n->daemon != NULL)
		loop_remove_timer(n->daemon->loop, n->timer);
	follow_close(&n->follow);
	serve_close(&n->serve);
	turn_fini(&n->turn);
	store_close(&n->store);
	stat_close(&n->stat);
}

/* A turn that committed: how long it took, and what an operator should hear of it. */
static void
turn_said(struct node *n, struct mono from)
{
	struct mono to = clock_mono_now(&n->daemon->clock);
	int64_t ms = clock_ms_between(from, to);
	uint64_t version = catalogue_of(n);
	uint64_t commit = n->turn.head.number;

	stat_add(&n->stat, NODE_TURNS, 1);
	stat_observe_ns(&n->stat, NODE_TURN_SECONDS, to.ns - from.ns);
	if (ms > NODE_SLOW_MS)
		log_event(&n->daemon->log,
		          &(struct log_event){
		              LOG_WARN,
		              "slow_turn",
		              {log_int("ms", ms), log_uint("commit", commit)}});
	if (version == n->catalogue)
		return;
	n->catalogue = version;
	log_each(&n->daemon->log,
	         &(struct log_event){LOG_INFO,
	                             "catalogue_applied",
	                             {log_uint("version", version),
	                              log_uint("commit", commit)}});
}

/* What a failed turn means. */
static void
turn_failed(struct node *n, enum err err)
{
	stat_add(&n->stat, NODE_TURNS_FAILED, 1);
	log_event(&n->daemon->log, &(struct log_event){LOG_ERROR,
	                                               "turn_failed",
	                                               {log_err("code", err)}});
	if (err == ERR_STORAGE_FULL) {
		n->full = true;
		say(n, err, "no space left where the data lie");
	} else if (err == ERR_IO) {
		daemon_fail(n->daemon, err, "turn");
	} else if (err == ERR_CORRUPT || err == ERR_UNKNOWN_POSITION) {
		refuse(n, err, err_text(err));
	}
}

enum err
node_turn(struct node *n, const struct turn_input *input)
{
	struct mono from = clock_mono_now(&n->daemon->clock);
	uint64_t head = n->turn.head.number;
	enum err err = turn_run(&n->turn, input, 1);

	if (err != ERR_OK) {
		turn_failed(n, err);
		return err;
	}
	assert(!n->turn.more); /* arrivals are taken at once */
	turn_said(n, from);
	if (n->full) {
		n->full = false;
		say(n, ERR_OK, "");
	}
	if (n->turn.head.number != head)
		serve_committed(n->serve);
	return ERR_OK;
}

void
node_hold(struct node *n, enum err err, const char *text)
{
	if (strcmp(text, n->held_text == NULL ? "" : n->held_text) == 0)
		return;
	n->held = err;
	n->held_text = text;
	if (!n->full)
		say(n, ERR_OK, "");
}

/* A commit that takes several turns is one, from its first. */
static void
follow_begun(void *self)
{
	struct node *n = self;

	if (n->began.ns == 0)
		n->began = clock_mono_now(&n->daemon->clock);
}

static void
follow_committed(void *self, size_t n_commits)
{
	struct node *n = self;

	(void)n_commits;
	turn_said(n, n->began);
	n->began.ns = 0;
	n->met = true;
	n->full = false;
	say(n, ERR_OK, "");
	serve_committed(n->serve);
	if (n->conf.committed != NULL)
		n->conf.committed(n->conf.self);
}

static enum err
follow_met(void *self, const struct journal_id *id)
{
	struct node *n = self;
	enum err err = store_begin(n->store);

	if (err != ERR_OK)
		return err;
	err =
	    journal_identity(store_kv(n->store, STORE_STATE), id->log, &n->id);
	if (err == ERR_OK)
		err = store_commit(n->store);
	else
		store_abort(n->store);
	if (err == ERR_OK)
		serve_start(n->serve, &n->turn, &n->id);
	return err;
}

static void
follow_failed(void *self, enum err err, const char *what)
{
	struct node *n = self;

	n->began.ns = 0;
	if (err == ERR_UNAVAILABLE) {
		n->caught_up = false;
		n->behind = n->turn.head.number;
		/* at a start of all, the one before may be a moment later */
		if (n->met ||
		    clock_ms_between(n->opened, loop_now(n->daemon->loop)) >
		        NODE_START_MS)
			say(n, err,
			    "the service before this one does not answer");
		return;
	}
	log_event(
	    &n->daemon->log,
	    &(struct log_event){LOG_ERROR,
	                        "follow_failed",
	                        {log_err("code", err), log_str("what", what)}});
	turn_failed(n, err);
	/* what does not pass by itself has ended the following: say so */
	if (!follow_goes_on(err) && err != ERR_IO)
		refuse(n, err, err_text(err));
}

static void
caught_up_say(struct node *n)
{
	uint64_t commit = n->turn.head.number;

	if (n->caught_up)
		return;
	n->caught_up = true;
	log_each(&n->daemon->log,
	         &(struct log_event){LOG_INFO,
	                             "caught_up",
	                             {log_uint("commit", commit),
	                              log_uint("behind", commit - n->behind)}});
}

static void
follow_idle(void *self)
{
	struct node *n = self;

	n->met = true;
	n->full = false;
	say(n, ERR_OK, "");
	caught_up_say(n);
	if (n->conf.idle != NULL)
		n->conf.idle(n->conf.self);
}

enum err
node_follow(struct node *n, const char *source)
{
	char endpoint[PATHS_ENDPOINT_MAX];
	struct follow_conf conf = {.endpoint = endpoint,
	                           .loop = n->daemon->loop,
	                           .ctx = n->daemon->ctx,
	                           .turn = &n->turn,
	                           .bytes = n->conf.follow_bytes,
	                           .id = n->id,
	                           .begun = follow_begun,
	                           .committed = follow_committed,
	                           .met = follow_met,
	                           .failed = follow_failed,
	                           .idle = follow_idle,
	                           .self = n};
	struct sock_refusal why;
	enum err err;

	if (n->refused)
		return ERR_OK; /* there is nothing to fold into */
	n->behind = n->turn.head.number;
	err = path_endpoint(&n->daemon->data, source, endpoint);
	if (err == ERR_OK)
		err = follow_open(&n->follow, &conf, &why);
	return err;
}

void
node_metrics(struct node *n, struct buf *out)
{
	struct serve_counts counts = serve_counts(n->serve);

	stat_set(&n->stat, NODE_COMMIT, (int64_t)n->turn.head.number);
	if (n->follow != NULL)
		stat_set(&n->stat, NODE_SOURCE_COMMIT,
		         (int64_t)follow_source_head(n->follow));
	stat_add(&n->stat, NODE_QUERIES,
	         counts.queries - (uint64_t)stat_get(&n->stat, NODE_QUERIES));
	stat_add(&n->stat, NODE_FETCHES,
	         counts.fetches - (uint64_t)stat_get(&n->stat, NODE_FETCHES));
	stat_add(&n->stat, NODE_REFUSED,
	         counts.refused - (uint64_t)stat_get(&n->stat, NODE_REFUSED));
	stat_render(&n->stat, out);
}

void
node_details(const struct node *n, struct wire_writer *pairs)
{
	static const struct {
		const char *name;
		enum node_stat row;
	} numbers[] = {
	    {"turns", NODE_TURNS},
	    {"turns_failed", NODE_TURNS_FAILED},
	    {"store_bytes", NODE_STORE_BYTES},
	    {"store_limit_bytes", NODE_STORE_LIMIT_BYTES},
	    {"disk_free_bytes", NODE_DISK_FREE_BYTES},
	};

	wire_pairs_add(pairs, "version",
	               wire_text(span_str(n->daemon->version)));
	wire_pairs_add(
	    pairs, "uptime_ms",
	    wire_int(clock_ms_between(n->opened, loop_now(n->daemon->loop))));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		wire_pairs_add(pairs, numbers[i].name,
		               wire_int(stat_get(&n->stat, numbers[i].row)));
	if (n->daemon->http != NULL)
		wire_pairs_add(pairs, "admin_port",
		               wire_int(http_port(n->daemon->http)));
	if (n->follow != NULL)
		wire_pairs_add(
		    pairs, "source_commit",
		    wire_int((int64_t)follow_source_head(n->follow)));
}

bool
node_demo(const struct path *data, struct clock *clock)
{
	char name[PATHS_MAX + sizeof(NODE_DEMO_FILE) + 1];
	char line[64] = "";
	char noon[64];
	struct wall wall;
	FILE *file;
	bool read;

	(void)snprintf(name, sizeof(name), "%s/%s", data->text, NODE_DEMO_FILE);
	file = fopen(name, "re");
	if (file == NULL)
		return false;
	read = fgets(line, sizeof(line), file) != NULL;
	(void)fclose(file);
	/* noon in Asia/Ho_Chi_Minh, so that the date is the same in UTC */
	(void)snprintf(noon, sizeof(noon), "%.10sT05:00:00Z", line);
	if (read && clock_parse_rfc3339(span_str(noon), &wall) == ERR_OK)
		*clock = clock_fixed(wall);
	return true;
}
