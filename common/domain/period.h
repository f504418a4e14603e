/*
 * period - a year, half, quarter, month, or span of whole years; and days.
 *
 * SEMANTICS F2. A period is its end month and its length: the code sorts by
 * end, then by length, and fits 32 bits. A span of years (2016/2020) has at
 * least two. Text: 2024 2024-S1 2024-Q3 2024-07 2016/2020. Days are proleptic
 * Gregorian.
 */
#ifndef COMMON_DOMAIN_PERIOD_H
#define COMMON_DOMAIN_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define PERIOD_YEAR_MIN 1900
#define PERIOD_YEAR_MAX 2199
#define PERIOD_SPAN_MAX 100 /* years of a span */
#define PERIOD_TEXT_MAX 16
#define DAY_TEXT_MAX    12
#define DAY_NONE        INT32_MIN       /* unknown; sorts before all */
#define DAY_FIRST       (INT32_MIN + 1) /* open validity */
#define DAY_LAST        INT32_MAX

struct day {
	int32_t n; /* days since 1970-01-01 */
};

/* code = end month (year * 12 + month - 1) << 11 | (months - 1); 0: none */
struct period {
	uint32_t code;
};

enum frequency {
	FREQ_ANNUAL,
	FREQ_HALF,
	FREQ_QUARTER,
	FREQ_MONTH,
	FREQ_SPAN,
	FREQ_COUNT
};

/* ERR_OK or ERR_BAD_PERIOD; case and every character count. */
NODISCARD enum err period_parse(struct span text, struct period *period);
/* "" for a code that is not valid. Returns out. */
char *period_format(struct period p, char out[PERIOD_TEXT_MAX]);
/* True for a code that period_parse could have made (bytes from outside). */
bool period_valid(uint32_t code);
enum frequency period_frequency(struct period p);
int period_months(struct period p);
int period_year(struct period p);       /* year in which it ends */
int period_year_first(struct period p); /* year in which it begins */
struct day period_last_day(struct period p);
struct day period_first_day(struct period p);
/* Code 0 outside the years above, and for more than PERIOD_SPAN_MAX years; a
 * span of one year is that year. */
struct period period_of_year(int year);
struct period period_of_span(int first_year, int last_year);
/* The n-th following period of the same length (n may be negative); code 0 if
 * it would leave PERIOD_YEAR_MIN..PERIOD_YEAR_MAX. */
struct period period_shift(struct period p, int n);
/* Whole periods of p's length from a to b (b later: positive). Same length. */
int period_distance(struct period a, struct period b);
/* The last period of this frequency (not FREQ_SPAN) that ended before or on
 * day; code 0 if day lies before all. */
struct period period_last_ended(enum frequency f, struct day day);
int period_compare(struct period a, struct period b); /* by end, then length */

/* 2025-06-30; `partial`: 2025 and 2025-06 mean their last day. ERR_OK or
 * ERR_BAD_DATE (also outside PERIOD_YEAR_MIN..PERIOD_YEAR_MAX). */
NODISCARD enum err day_parse(struct span text, bool partial, struct day *day);
/* "" for NONE and ends. Returns out. */
char *day_format(struct day d, char out[DAY_TEXT_MAX]);
struct day day_of_civil(int year, int month, int day);
void day_to_civil(struct day d, int *year, int *month, int *day);
/* The date in Asia/Ho_Chi_Minh (UTC+7, no summer time) at a UTC time. */
struct day day_of_ms(int64_t utc_ms);

#endif
