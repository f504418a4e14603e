/*
 * deliver_say_io - what the log says of a sink: that it changed between working and
 * failing, what it was not told. Names of sinks, numbers and reasons; never what an
 * alert says. A sink that flaps says so once in SINK_SAY_MS, and letters of one sink
 * are one line with their number; sinks don't hide each other.
 *
 *   sink_works sink                      sink_fails sink reason
 *   dead_letters sink n reason           alert_left_out sink fingerprint reason
 *
 * Called by deliver_io.c.
 */
#ifndef SERVICES_ALERT_DELIVER_SAY_IO_H
#define SERVICES_ALERT_DELIVER_SAY_IO_H

#include "common/base/log.h"
#include "services/alert/sink.h"

#define SINK_SAY_MS LOG_FOLD_MS

/* Of one sink; all zero at first, counts as they are then. */
struct sink_said {
	bool works;                /* the last answer was good */
	bool any;                  /* it was said whether */
	bool said_works;           /* what was said */
	int64_t said_ms;           /* mono; when */
	char reason[64];           /* of the last failure */
	struct sink_counts counts; /* what letters and culprits were told of */
	int64_t told_ms;           /* mono; when; 0: never */
};

void sink_say_answer(struct log *log, const char *sink, struct sink_said *said,
                     const struct sink_answer *answer, int64_t now_ms);
/* false: there is something to say, for which it is too soon: ask again. */
bool sink_say_counts(struct log *log, const char *sink, struct sink_said *said,
                     const struct sink_counts *is, int64_t now_ms);

#endif
