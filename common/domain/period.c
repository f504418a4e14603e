#include "common/domain/period.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum {
	MONTHS_SHIFT = 11,
	MONTHS_MASK = (1 << MONTHS_SHIFT) - 1,
	MONTH_MIN = PERIOD_YEAR_MIN * 12, /* index of the first month */
	MONTH_END = (PERIOD_YEAR_MAX + 1) * 12,
	YEAR_MONTHS = 12,
	LAST_OF_MONTH = 100, /* more than two digits can say */
};

_Static_assert(PERIOD_SPAN_MAX *YEAR_MONTHS <= MONTHS_MASK + 1,
               "the longest span fits its bits");

static const uint8_t months_of_frequency[FREQ_COUNT] = {
    [FREQ_ANNUAL] = 12,
    [FREQ_HALF] = 6,
    [FREQ_QUARTER] = 3,
    [FREQ_MONTH] = 1,
};

static int
end_month(struct period p)
{
	return (int)(p.code >> MONTHS_SHIFT);
}

int
period_months(struct period p)
{
	return (int)(p.code & MONTHS_MASK) + 1;
}

static bool
range_valid(int end, int months)
{
	int first = end - months + 1;

	if (end < MONTH_MIN || end >= MONTH_END || first < MONTH_MIN)
		return false;
	switch (months) {
	case 1:
	case 3:
	case 6:
	case 12: return first % months == 0;
	default:
		return months % YEAR_MONTHS == 0 && first % YEAR_MONTHS == 0 &&
		       months <= PERIOD_SPAN_MAX * YEAR_MONTHS;
	}
}

static struct period
range_period(int end, int months)
{
	if (!range_valid(end, months))
		return (struct period){0};
	return (struct period){(uint32_t)end << MONTHS_SHIFT |
	                       (uint32_t)(months - 1)};
}

bool
period_valid(uint32_t code)
{
	struct period p = {code};

	return code < (uint32_t)MONTH_END << MONTHS_SHIFT &&
	       range_valid(end_month(p), period_months(p));
}

enum frequency
period_frequency(struct period p)
{
	int months = period_months(p);

	for (int f = 0; f < FREQ_SPAN; f++) {
		if (months == months_of_frequency[f])
			return (enum frequency)f;
	}
	return FREQ_SPAN;
}

int
period_year(struct period p)
{
	return end_month(p) / YEAR_MONTHS;
}

int
period_year_first(struct period p)
{
	return (end_month(p) - period_months(p) + 1) / YEAR_MONTHS;
}

struct period
period_of_year(int year)
{
	return period_of_span(year, year);
}

struct period
period_of_span(int first_year, int last_year)
{
	if (first_year > last_year || first_year < PERIOD_YEAR_MIN ||
	    last_year > PERIOD_YEAR_MAX)
		return (struct period){0};
	return range_period(last_year * YEAR_MONTHS + YEAR_MONTHS - 1,
	                    (last_year - first_year + 1) * YEAR_MONTHS);
}

struct period
period_shift(struct period p, int n)
{
	int64_t end = end_month(p) + (int64_t)n * period_months(p);

	if (end < MONTH_MIN || end >= MONTH_END)
		return (struct period){0};
	return range_period((int)end, period_months(p));
}

int
period_distance(struct period a, struct period b)
{
	assert(period_months(a) == period_months(b));
	return (end_month(b) - end_month(a)) / period_months(a);
}

int
period_compare(struct period a, struct period b)
{
	return (a.code > b.code) - (a.code < b.code);
}

struct period
period_last_ended(enum frequency f, struct day day)
{
	int months;
	int year;
	int month;
	int begun; /* months that have ended, as the index of the next */

	assert(f < FREQ_SPAN);
	months = months_of_frequency[f];
	if (day.n >= day_of_civil(PERIOD_YEAR_MAX + 1, 1, 1).n)
		return range_period(MONTH_END - 1, months);
	if (day.n < day_of_civil(PERIOD_YEAR_MIN, 1, 1).n)
		return (struct period){0};
	/* A day ends its month if tomorrow belongs to the next. */
	day_to_civil((struct day){day.n + 1}, &year, &month, &(int){0});
	begun = year * YEAR_MONTHS + month - 1;
	return range_period(begun / months * months - 1, months);
}

/* --- text --- */

/* Exactly n digits at the start of text; -1 if there are none. */
static int
take_number(struct span *text, size_t n)
{
	int number = 0;

	if (text->len < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text->ptr[i] < '0' || text->ptr[i] > '9')
			return -1;
		number = number * 10 + (text->ptr[i] - '0');
	}
	*text = span_of(text->ptr + n, text->len - n);
	return number;
}

static bool
take_byte(struct span *text, char byte)
{
	if (text->len == 0 || text->ptr[0] != (uint8_t)byte)
		return false;
	*text = span_of(text->ptr + 1, text->len - 1);
	return true;
}

/* What follows "2024-": S1, Q3 or 07. */
static struct period
parse_part(int year, struct span text)
{
	int months = 1;
	size_t digits = 2;
	int n;

	if (take_byte(&text, 'S'))
		months = 6;
	else if (take_byte(&text, 'Q'))
		months = 3;
	if (months > 1)
		digits = 1;
	n = take_number(&text, digits);
	if (text.len > 0 || n < 1 || n > YEAR_MONTHS / months)
		return (struct period){0};
	return range_period(year * YEAR_MONTHS + n * months - 1, months);
}

static struct period
parse_span(int first, struct span text)
{
	int last = take_number(&text, 4);

	if (text.len > 0 || last <= first)
		return (struct period){0};
	return period_of_span(first, last);
}

enum err
period_parse(struct span text, struct period *period)
{
	int year = take_number(&text, 4);
	struct period p = {0};

	if (year < 0)
		return ERR_BAD_PERIOD;
	if (text.len == 0)
		p = period_of_year(year);
	else if (take_byte(&text, '-'))
		p = parse_part(year, text);
	else if (take_byte(&text, '/'))
		p = parse_span(year, text);
	if (p.code == 0)
		return ERR_BAD_PERIOD;
	*period = p;
	return ERR_OK;
}

static char *
put_number(char *out, int number, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = (char)('0' + number % 10);
		number /= 10;
	}
	return out + digits;
}

char *
period_format(struct period p, char out[PERIOD_TEXT_MAX])
{
	static const char letters[FREQ_COUNT] = {
	    [FREQ_HALF] = 'S', [FREQ_QUARTER] = 'Q'};
	enum frequency f = period_frequency(p);
	char *at = out;
	int part = end_month(p) % YEAR_MONTHS / period_months(p) + 1;

	if (!period_valid(p.code)) {
		*out = '\0';
		return out;
	}
	at = put_number(at, period_year_first(p), 4);
	if (f == FREQ_SPAN) {
		*at++ = '/';
		at = put_number(at, period_year(p), 4);
	} else if (f != FREQ_ANNUAL) {
		*at++ = '-';
		if (letters[f])
			*at++ = letters[f];
		at = put_number(at, part, letters[f] ? 1 : 2);
	}
	*at = '\0';
	return out;
}

/* --- days --- */

/*
 * Days between 1970-01-01 and a civil date: years are counted from 1 March, so
 * that the leap day is the last of its year, and in eras of 400 years (146,097
 * days). Method: Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH_SHIFT = 719468 };

struct day
day_of_civil(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - (ERA_YEARS - 1)) / ERA_YEARS;
	int64_t of_era = y - era * ERA_YEARS;
	int64_t of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;

	return (struct day){(int32_t)(era * ERA_DAYS + days - EPOCH_SHIFT)};
}

void
day_to_civil(struct day d, int *year, int *month, int *day)
{
	int64_t z = (int64_t)d.n + EPOCH_SHIFT;
	int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
	int64_t days = z - era * ERA_DAYS;
	int64_t y =
	    (days - days / 1460 + days / 36524 - days / (ERA_DAYS - 1)) / 365;
	int64_t of_year = days - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * ERA_YEARS + (*month <= 2));
}

static struct day
month_first_day(int index)
{
	return day_of_civil(index / YEAR_MONTHS, index % YEAR_MONTHS + 1, 1);
}

struct day
period_last_day(struct period p)
{
	return (struct day){month_first_day(end_month(p) + 1).n - 1};
}

struct day
period_first_day(struct period p)
{
	return month_first_day(end_month(p) - period_months(p) + 1);
}

/* "-NN" at the start of text, or `otherwise` if it has ended; -1 if neither. */
static int
take_part(struct span *text, int otherwise)
{
	if (text->len == 0)
		return otherwise;
	return take_byte(text, '-') ? take_number(text, 2) : -1;
}

enum err
day_parse(struct span text, bool partial, struct day *day)
{
	int year = take_number(&text, 4);
	int month =
	    year < 0 ? -1 : take_part(&text, partial ? YEAR_MONTHS : -1);
	int dom =
	    month < 0 ? -1 : take_part(&text, partial ? LAST_OF_MONTH : -1);
	int index = year * YEAR_MONTHS + month;
	struct day first;
	struct day next;

	if (text.len > 0 || dom < 0 || month < 1 || month > YEAR_MONTHS ||
	    year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX)
		return ERR_BAD_DATE;
	first = month_first_day(index - 1);
	next = month_first_day(index);
	if (dom == LAST_OF_MONTH)
		dom = next.n - first.n;
	if (dom == 0 || dom > next.n - first.n)
		return ERR_BAD_DATE;
	*day = (struct day){first.n + dom - 1};
	return ERR_OK;
}

char *
day_format(struct day d, char out[DAY_TEXT_MAX])
{
	int year;
	int month;
	int day;
	char *at = out;

	day_to_civil(d, &year, &month, &day);
	if (year >= 0 && year <= 9999) {
		at = put_number(at, year, 4);
		*at++ = '-';
		at = put_number(at, month, 2);
		*at++ = '-';
		at = put_number(at, day, 2);
	}
	*at = '\0';
	return out;
}

struct day
day_of_ms(int64_t utc_ms)
{
	const int64_t day_ms = INT64_C(86400000);
	const int64_t zone_ms = INT64_C(7) * 3600 * 1000;
	int64_t days = utc_ms / day_ms;
	int64_t of_day = utc_ms % day_ms + zone_ms;

	if (of_day < 0)
		days--;
	days += of_day / day_ms;
	if (days >= DAY_LAST)
		days = DAY_LAST - 1;
	if (days <= DAY_FIRST)
		days = DAY_FIRST + 1;
	return (struct day){(int32_t)days};
}
