/*
 * notice - what is told to the outside about one alert: its whole content, frozen at
 * the commit that said it.
 *
 * Sinks need nothing but notices: labels are the identity (SEMANTICS L4), annotations
 * the words. So a catalogue that changes later, a sink that comes later or a restart
 * changes nothing of what was said. Whether something is told at all is decided in
 * services/alert/alert_tell.h; how it travels in services/alert/sink.h.
 *
 * Pairs are texts, name and value, each with its length, back to back.
 */
#ifndef COMMON_DOMAIN_NOTICE_H
#define COMMON_DOMAIN_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/alert_fold.h"
#include "common/domain/explain.h"

#define NOTICE_BYTES_MAX  16384 /* of one notice, written */
#define NOTICE_LABELS_MAX 4096  /* of its labels as lines */
#define NOTICE_UNITS_MAX  32    /* units that a grouped alert names */

#define NOTICE_TARGET   "TiendoTarget"
#define NOTICE_LATE     "TiendoFigureLate"
#define NOTICE_QUALITY  "TiendoDataQuality"
#define NOTICE_WATCHDOG "TiendoWatchdog"

#define NOTICE_GROUP_AUDIENCE "data" /* of all late and doubtful figures */
#define NOTICE_GROUP_SEVERITY "warning"

struct notice {
	bool firing;
	uint64_t fingerprint; /* of the labels */
	uint64_t commit;      /* that said it */
	/* Knowledge time of the commit that first told this firing (not of what
	 * went on before a programme was enabled or a backfill ended). */
	int64_t starts_ms;
	int64_t ends_ms;    /* resolved: of the commit that said so; else 0 */
	struct span labels; /* pairs, ascending by name; view */
	struct span annotations; /* pairs; view */
};

/* --- pairs ---------------------------------------------------------------------- */

void notice_pair_put(struct buf *pairs, struct span name, struct span value);
/* Takes the first pair off; false: there is none, or the rest is damaged. */
bool notice_pair_next(struct span *pairs, struct span *name,
                      struct span *value);
/* The lines of alert_labels_write as pairs. */
void notice_labels_put(struct buf *pairs, struct span lines);

/* --- a notice as bytes ------------------------------------------------------------- */

void notice_write(struct buf *out, const struct notice *n);
/* Views into bytes; *bytes is moved behind it. ERR_CORRUPT. */
NODISCARD enum err notice_read(struct span *bytes, struct notice *n);
/* Its fingerprint alone, without reading the rest. ERR_CORRUPT: it is cut. */
NODISCARD enum err notice_print_read(struct span bytes, uint64_t *print);
/* Equal in what a receiver sees beside the time: labels, annotations, firing. */
bool notice_same(const struct notice *a, const struct notice *b);

/* --- words ---------------------------------------------------------------------- */

/* Reasons of a resolve that no alert has: only its delivery ends. */
enum notice_why {
	NOTICE_WHY_ALERT, /* the alert's own reason (L2) */
	NOTICE_PROGRAMME_DISABLED,
	NOTICE_LABELS_CHANGED,
	NOTICE_WHYS
};
const char *notice_why_name(enum notice_why why); /* "programme_disabled" */

struct notice_target {
	const struct catalogue *c;
	const struct alert *alert;
	const struct figure *figure; /* of alert->period; NULL: not known */
	enum notice_why why;
};
/*
 * notice_target_words - the annotations of an alert of a target.
 *
 * summary, summary_vi        one line; a resolve says its reason first (L2)
 * description, description_vi what the target asks, in which document, by when, what
 *                            the figure is and who said it
 * verdict value target period reason   as in `tiendo alerts -o json` (target: the
 *                            number); left out where there is none
 * A target that is no longer declared has what is left.
 */
void notice_target_words(const struct notice_target *t, struct buf *pairs);

/* A grouped alert: of one programme and one indicator (family). */
enum notice_group_kind {
	NOTICE_GROUP_LATE,
	NOTICE_GROUP_QUALITY,
	NOTICE_GROUPS
};
struct notice_group {
	uint32_t programme;
	enum notice_group_kind kind;
	uint32_t family; /* number of the indicator */
	bool firing;
	uint64_t commit;  /* since which it fires, or does not */
	uint32_t n_units; /* all */
	uint32_t n_named;
	uint32_t units[NOTICE_UNITS_MAX]; /* the first of them, by number */
};
/* NOTICE_LATE or NOTICE_QUALITY. */
const char *notice_group_name(enum notice_group_kind kind);
/* alertname audience indicator programme severity, and demo: pairs. audience is
 * data, severity warning. */
void notice_group_labels(const struct catalogue *c,
                         const struct notice_group *g, bool demo,
                         struct buf *pairs);
/* One line: how many. */
void notice_group_summary(const struct catalogue *c,
                          const struct notice_group *g, enum lang lang,
                          struct buf *out);
/* summary, summary_vi, description, description_vi: how many and who; of a resolve the
 * reason, recovered or that of why. */
void notice_group_words(const struct catalogue *c, const struct notice_group *g,
                        enum notice_why why, struct buf *pairs);
/* XXH3-64 of "name=value\n" of each pair: that of alert_labels_write. Together at
 * most NOTICE_LABELS_MAX bytes (asserted: labels are ids). */
uint64_t notice_fingerprint(struct span labels);

/* Journal records (RECORD_GROUP); errors as for verdict_record_read. */
void notice_group_write(struct buf *out, const struct notice_group *g);
NODISCARD enum err notice_group_read(struct span record,
                                     struct notice_group *g);
#define NOTICE_GROUP_RECORD_MAX 256 /* bytes at most */

#endif
