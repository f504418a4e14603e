/*
 * clock - the only place that asks the system for the time.
 *
 * Two times that do not mix, so two types: mono for intervals and deadlines,
 * wall for what is written down. Code that needs a time takes a
 * `const struct clock *` or, better, the time itself; steps and decoders take
 * neither. Times are written as RFC 3339 in UTC with milliseconds.
 *
 * Not for dates and periods of figures: those are days without a clock.
 */
#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* Nanoseconds since some start; never goes back, says nothing of the date. */
struct mono {
	int64_t ns;
};

/* Milliseconds since 1970-01-01T00:00:00Z without leap seconds; may jump. */
struct wall {
	int64_t ms;
};

#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_TEXT_SIZE 32 /* bytes for clock_format_rfc3339 */

enum clock_kind {
	CLOCK_KIND_REAL,   /* the system's */
	CLOCK_KIND_FIXED,  /* wall stands still, mono runs: a demo */
	CLOCK_KIND_MANUAL, /* both stand until moved: tests */
};

struct clock {
	enum clock_kind kind;
	struct wall wall; /* FIXED, MANUAL */
	struct mono mono; /* MANUAL */
	int64_t shift_ms; /* added to what the system says; clock_shift */
};

/* Plain values: nothing to open or to close. */
struct clock clock_real(void);
struct clock clock_fixed(struct wall wall);
struct clock clock_manual(struct wall wall, struct mono mono);
/* Moves both times of a manual clock on; a bug for another kind. */
void clock_advance_ms(struct clock *clock, int64_t ms);
/* Sets what a fixed or manual clock shows; a bug for a real one. */
void clock_set_wall(struct clock *clock, struct wall wall);

/* What is asked of the system shows this much later: a test lets a day pass. Only
 * grows, so that mono never goes back; a bug for a manual clock. */
void clock_shift(struct clock *clock, int64_t shift_ms);
/* "+24h", "90m", "3600s", "250ms", "2d", with white space around it: at most
 * CLOCK_SHIFT_MAX_MS. ERR_BAD_VALUE (*ms untouched). */
#define CLOCK_SHIFT_MAX_MS INT64_C(31557600000) /* a year */
NODISCARD enum err clock_parse_shift(struct span text, int64_t *ms);

struct mono clock_mono_now(const struct clock *clock);
struct wall clock_wall_now(const struct clock *clock);

/* Whole milliseconds from one mono to another, towards zero. */
int64_t clock_ms_between(struct mono from, struct mono to);
struct mono clock_mono_plus_ms(struct mono at, int64_t ms);

/*
 * clock_format_rfc3339 - "2024-02-29T23:59:59.123Z" and a NUL into out.
 *
 * A time outside the years 0001 to 9999, which only a peer or damage could
 * bring, is shown as the nearest time inside.
 */
void clock_format_rfc3339(struct wall at, char out[CLOCK_TEXT_SIZE]);

/*
 * clock_parse_rfc3339 - the time that text says, all of text.
 *
 * Date, T (or t or a space), time, an optional fraction (1 to 9 digits; what is
 * below a millisecond is cut off), Z (or z) or an offset +hh:mm. Second 60 is
 * refused: it has no number of its own.
 * returns  ERR_OK, ERR_BAD_DATE (*at untouched)
 */
NODISCARD enum err clock_parse_rfc3339(struct span text, struct wall *at);

#endif
