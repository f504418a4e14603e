/*
 * stat - what a service counts: a const table, an array of values, and the
 * Prometheus text made from both.
 *
 * A row of the table is one sample (or one histogram); rows of one family, that
 * is of one name with different labels, stand next to each other. The index of
 * a row is an enum of the service. Values are integers: a time is kept in
 * nanoseconds and shown in seconds with decimals = 9, exactly.
 *
 * The struct is called stats: <sys/stat.h> has a struct stat of its own.
 *
 * Labels are constants of the table. What has labels only known at run time (a
 * source, a severity) is written with stat_put_head and stat_put_sample.
 * Not for figures: those are data, not counters.
 */
#ifndef COMMON_BASE_STAT_H
#define COMMON_BASE_STAT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

enum stat_kind {
	STAT_COUNTER,   /* only grows; name ends in _total */
	STAT_GAUGE,     /* a level */
	STAT_HISTOGRAM, /* of seconds, kept in ns; name ends in _seconds */
};

struct stat_row {
	const char *name; /* [a-z][a-z0-9_]*, base units */
	enum stat_kind kind;
	const char *unit;   /* "seconds", "bytes", ..; at the end of the name,
	                   * before _total; NULL: a plain number */
	const char *help;   /* one sentence, no backslash, no line break */
	const char *labels; /* inside the braces: outcome="taken"; or NULL */
	unsigned decimals;  /* the value counts units of 10^-decimals; 0 .. 9 */
};

/* Upper bounds of the buckets: 1, 2, 5 times ten, from 100 us to 100 s. */
#define STAT_BOUNDS 19

struct stat_cell {
	int64_t value; /* counter, gauge, or the sum of a histogram in ns */
	uint64_t counts[STAT_BOUNDS + 1]; /* the last: above every bound */
};

struct stats {
	const struct stat_row *rows; /* outlives the stat */
	struct stat_cell *cells;
	size_t n;
};

/*
 * stat_wrong_row - the first row that promtool's linter would mark, or whose
 * help, labels, decimals or place in the table are wrong.
 *
 * returns  its index; n if the table is right
 */
size_t stat_wrong_row(const struct stat_row *rows, size_t n);

/* All zero. A wrong row is a bug. returns  ERR_OK, ERR_NOMEM */
NODISCARD enum err stat_open(struct stats *stat, const struct stat_row *rows,
                             size_t n);
void stat_close(struct stats *stat);

/* row < n and of the kind named; anything else is a bug. Cost: an addition; a
 * scan of STAT_BOUNDS bounds for observe. */
void stat_add(struct stats *stat, size_t row, uint64_t delta); /* counter */
void stat_set(struct stats *stat, size_t row, int64_t value);  /* gauge */
/* ns below zero counts as zero. */
void stat_observe_ns(struct stats *stat, size_t row, int64_t ns);
/* Counter or gauge: its value; histogram: its number of observations. */
int64_t stat_get(const struct stats *stat, size_t row);

/* The text of all rows (exposition format 0.0.4); out keeps a failure. */
void stat_render(const struct stats *stat, struct buf *out);

/* HELP and TYPE of a family whose samples the caller writes itself. */
void stat_put_head(struct buf *out, const struct stat_row *row);
/* One sample of a counter or gauge; labels as in the table, or NULL. */
void stat_put_sample(struct buf *out, const struct stat_row *row,
                     const char *labels, int64_t value);
/* key="value" with the value escaped, preceded by a comma if out has labels
 * already: builds labels in a buf of their own. */
void stat_put_label(struct buf *out, const char *key, struct span value);

#endif
