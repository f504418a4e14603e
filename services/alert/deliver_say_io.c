#include "services/alert/deliver_say_io.h"

#include <stdio.h>

#include "common/domain/alert_fold.h"

void
sink_say_answer(struct log *log, const char *sink, struct sink_said *said,
                const struct sink_answer *answer, int64_t now_ms)
{
	said->works = answer->err == ERR_OK && answer->status / 100 == 2;
	if (!said->works)
		snprintf(said->reason, sizeof(said->reason), "%s",
		         answer->text);
	if (said->any && (said->said_works == said->works ||
	                  now_ms - said->said_ms < SINK_SAY_MS))
		return;
	said->any = true;
	said->said_works = said->works;
	said->said_ms = now_ms;
	if (said->works)
		log_each(log, &(struct log_event){LOG_INFO,
		                                  "sink_works",
		                                  {log_str("sink", sink)}});
	else
		log_each(log, &(struct log_event){
		                  LOG_WARN,
		                  "sink_fails",
		                  {log_str("sink", sink),
		                   log_str("reason", said->reason)}});
}

static void
say_dead(struct log *log, const char *sink, const struct sink_said *said,
         uint64_t n)
{
	log_each(log,
	         &(struct log_event){LOG_WARN,
	                             "dead_letters",
	                             {log_str("sink", sink), log_uint("n", n),
	                              log_str("reason", said->reason)}});
}

static void
say_culprit(struct log *log, const char *sink, const struct sink_said *said,
            uint64_t fingerprint)
{
	char text[ALERT_FINGERPRINT_TEXT];

	log_each(log, &(struct log_event){
	                  LOG_WARN,
	                  "alert_left_out",
	                  {log_str("sink", sink),
	                   log_str("fingerprint",
	                           alert_fingerprint_text(fingerprint, text)),
	                   log_str("reason", said->reason)}});
}

bool
sink_say_counts(struct log *log, const char *sink, struct sink_said *said,
                const struct sink_counts *is, int64_t now_ms)
{
	struct sink_counts *was = &said->counts;

	if (is->dead < was->dead)
		was->dead = is->dead;
	if (is->dead == was->dead && is->culprit == was->culprit)
		return true;
	if (said->told_ms > 0 && now_ms - said->told_ms < SINK_SAY_MS)
		return false;
	if (is->dead > was->dead)
		say_dead(log, sink, said, is->dead - was->dead);
	if (is->culprit != was->culprit && is->culprit != 0)
		say_culprit(log, sink, said, is->culprit);
	said->told_ms = now_ms;
	*was = *is;
	return true;
}
