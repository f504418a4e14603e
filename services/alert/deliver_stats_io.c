#include "services/alert/deliver_stats_io.h"

#include <string.h>

#include "common/base/stat.h"

enum family { POSTS, ALERTS, QUEUE, OLDEST, DEAD, LAST, FAMILIES };

static const struct stat_row families[FAMILIES] = {
    [POSTS] = {.name = "tiendo_sink_posts_total",
               .kind = STAT_COUNTER,
               .help = "Posts by what came of them; failed is tried again."},
    [ALERTS] = {.name = "tiendo_sink_alerts_total",
                .kind = STAT_COUNTER,
                .help = "Alerts in posts that were delivered."},
    [QUEUE] = {.name = "tiendo_sink_queue_length",
               .kind = STAT_GAUGE,
               .help = "Posts that wait to be made."},
    [OLDEST] = {.name = "tiendo_sink_oldest_timestamp_seconds",
                .kind = STAT_GAUGE,
                .unit = "seconds",
                .help = "Commit of the oldest post that waits, since 1970; 0 "
                        "if none does.",
                .decimals = 3},
    [DEAD] = {.name = "tiendo_sink_dead_letters",
              .kind = STAT_GAUGE,
              .help = "Posts that were given up."},
    [LAST] = {.name = "tiendo_sink_last_success_timestamp_seconds",
              .kind = STAT_GAUGE,
              .unit = "seconds",
              .help = "The last post that was delivered, since 1970; 0 if "
                      "none was.",
              .decimals = 3},
};

struct sample {
	enum family family;
	size_t offset; /* in struct sink_counts, of 64 bits */
	const char *outcome;
};

static const struct sample samples[] = {
    {POSTS, offsetof(struct sink_counts, delivered), "delivered"},
    {POSTS, offsetof(struct sink_counts, failed), "failed"},
    {POSTS, offsetof(struct sink_counts, refused), "refused"},
    {ALERTS, offsetof(struct sink_counts, alerts), NULL},
    {QUEUE, offsetof(struct sink_counts, queued), NULL},
    {OLDEST, offsetof(struct sink_counts, oldest_ms), NULL},
    {DEAD, offsetof(struct sink_counts, dead), NULL},
    {LAST, offsetof(struct sink_counts, last_ok_ms), NULL},
};

static void
sample_put(const struct deliver_list *list, const struct sample *sample,
           const struct sink_counts *counts, struct buf *out)
{
	struct buf labels;
	int64_t value;

	for (uint32_t i = 0; i < list->n; i++) {
		buf_init(&labels, 256);
		stat_put_label(&labels, "sink", span_str(list->sinks[i].name));
		if (sample->outcome)
			stat_put_label(&labels, "outcome",
			               span_str(sample->outcome));
		memcpy(&value, (const uint8_t *)&counts[i] + sample->offset,
		       sizeof(value));
		stat_put_sample(out, &families[sample->family],
		                buf_cstr(&labels), value);
		buf_fini(&labels);
	}
}

void
deliver_families(const struct deliver_list *list,
                 const struct sink_counts *counts, struct buf *out)
{
	enum family last = FAMILIES;

	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		if (samples[i].family != last)
			stat_put_head(out, &families[samples[i].family]);
		last = samples[i].family;
		sample_put(list, &samples[i], counts, out);
	}
}
