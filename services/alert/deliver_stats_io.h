/*
 * deliver_stats_io - what is counted of each sink, as metrics: label sink.
 *
 *   tiendo_sink_posts_total{outcome="delivered|failed|refused"}
 *   tiendo_sink_alerts_total
 *   tiendo_sink_queue_length
 *   tiendo_sink_oldest_timestamp_seconds        0: nothing waits
 *   tiendo_sink_dead_letters
 *   tiendo_sink_last_success_timestamp_seconds  0: none yet
 */
#ifndef SERVICES_ALERT_DELIVER_STATS_IO_H
#define SERVICES_ALERT_DELIVER_STATS_IO_H

#include "services/alert/deliver_conf_io.h"

/* counts: one for each sink of the list. */
void deliver_families(const struct deliver_list *list,
                      const struct sink_counts *counts, struct buf *out);

#endif
