/*
 * gauges_io - verdicts and alerts as Prometheus gauges, from stored state alone.
 *
 * For a screen that shows the country, not for reading series: verdicts of nation,
 * regions and provinces, whatever the map; who wants the communes asks `status`. Called
 * by alert_io.c when the admin endpoint is asked.
 *
 *   tiendo_target_verdict{programme,target,indicator,unit,level,map,verdict} 1
 *   tiendo_target_gap, _value, _path {programme,target,indicator,unit,level,map}
 *   tiendo_target_left_out
 *   tiendo_alerts{state,severity}
 *
 * Labels are those of the alerts (alert_labels_write). Numbers are exact decimals; what
 * a verdict does not have is left out. 34 provinces x 100 targets are 2 MB and take 20 ms.
 */
#ifndef SERVICES_ALERT_GAUGES_IO_H
#define SERVICES_ALERT_GAUGES_IO_H

#include <stdint.h>

#include "common/base/kv.h"
#include "services/alert/alert.h"

/*
 * gauges_targets - the text of /metrics/targets.
 *
 * state      STATE in a read transaction; NULL: there is none to be read, an empty text
 * max_bytes  of out together; verdicts that find no room in it are left out, the last
 *            ones first: a comment says so, tiendo_target_left_out how many
 * returns    ERR_OK, ERR_CORRUPT, ERR_NOMEM; ERR_TOO_LARGE: not even the heads fit
 * cost       a look at each binding, a read of each verdict shown
 */
NODISCARD enum err gauges_targets(const struct alert_service *a,
                                  struct kv *state, size_t max_bytes,
                                  struct buf *out);

/* Open alerts, groups among them, by state and severity. */
enum gauges_state { GAUGES_PENDING, GAUGES_FIRING, GAUGES_STATES };
struct gauges_alerts {
	uint64_t n[GAUGES_STATES][SEVERITIES];
};
/* Cost: a read of every alert that there ever was. ERR_OK, ERR_CORRUPT. */
NODISCARD enum err gauges_alerts_count(struct kv *state,
                                       struct gauges_alerts *out);
/* Their family; all combinations, also those without one. */
void gauges_alerts_put(const struct gauges_alerts *alerts, struct buf *out);

#endif
