#include "common/base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#define MS_PER_DAY   INT64_C(86400000)
#define NS_PER_S     INT64_C(1000000000)
#define FIRST_MS     INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define LAST_MS      INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define FRACTION_MAX 9                        /* digits read after the point */

struct civil {
	int64_t year;
	int64_t month;
	int64_t day;
};

struct clock
clock_real(void)
{
	return (struct clock){.kind = CLOCK_KIND_REAL};
}

struct clock
clock_fixed(struct wall wall)
{
	return (struct clock){.kind = CLOCK_KIND_FIXED, .wall = wall};
}

struct clock
clock_manual(struct wall wall, struct mono mono)
{
	return (struct clock){
	    .kind = CLOCK_KIND_MANUAL,
	    .wall = wall,
	    .mono = mono,
	};
}

void
clock_advance_ms(struct clock *clock, int64_t ms)
{
	assert(clock->kind == CLOCK_KIND_MANUAL);
	clock->wall.ms += ms;
	clock->mono.ns += ms * CLOCK_NS_PER_MS;
}

void
clock_set_wall(struct clock *clock, struct wall wall)
{
	assert(clock->kind != CLOCK_KIND_REAL);
	clock->wall = wall;
}

void
clock_shift(struct clock *clock, int64_t shift_ms)
{
	assert(clock->kind != CLOCK_KIND_MANUAL);
	if (shift_ms > clock->shift_ms)
		clock->shift_ms = shift_ms;
}

static struct timespec
ask_system(clockid_t id)
{
	struct timespec now;
	int failed = clock_gettime(id, &now);

	/* Cannot fail for these two clocks and a valid pointer. */
	assert(!failed);
	return now;
}

struct mono
clock_mono_now(const struct clock *clock)
{
	struct timespec now;

	if (clock->kind == CLOCK_KIND_MANUAL)
		return clock->mono;
	now = ask_system(CLOCK_MONOTONIC);
	return clock_mono_plus_ms(
	    (struct mono){now.tv_sec * NS_PER_S + now.tv_nsec},
	    clock->shift_ms);
}

struct wall
clock_wall_now(const struct clock *clock)
{
	struct timespec now;

	if (clock->kind != CLOCK_KIND_REAL)
		return clock->wall;
	now = ask_system(CLOCK_REALTIME);
	return (struct wall){now.tv_sec * 1000 + now.tv_nsec / CLOCK_NS_PER_MS +
	                     clock->shift_ms};
}

int64_t
clock_ms_between(struct mono from, struct mono to)
{
	return (to.ns - from.ns) / CLOCK_NS_PER_MS;
}

struct mono
clock_mono_plus_ms(struct mono at, int64_t ms)
{
	return (struct mono){at.ns + ms * CLOCK_NS_PER_MS};
}

/* Days since 1970-01-01 of a Gregorian date. Years are counted from March, so
 * that the leap day is the last of its year; an era is 400 years. */
static int64_t
days_of(struct civil date)
{
	int64_t year = date.year - (date.month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t from_march = (date.month + 9) % 12;
	int64_t of_year = (153 * from_march + 2) / 5 + date.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static struct civil
civil_of(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t from_march = (5 * of_year + 2) / 153;
	int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;

	return (struct civil){
	    .year = year + era * 400 + (month <= 2),
	    .month = month,
	    .day = of_year - (153 * from_march + 2) / 5 + 1,
	};
}

void
clock_format_rfc3339(struct wall at, char out[CLOCK_TEXT_SIZE])
{
	int64_t ms = at.ms < FIRST_MS ? FIRST_MS : at.ms;
	int64_t days;
	struct civil date;

	if (ms > LAST_MS)
		ms = LAST_MS;
	days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
	ms -= days * MS_PER_DAY;
	date = civil_of(days);
	(void)snprintf(out, CLOCK_TEXT_SIZE,
	               "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	               (unsigned)date.year % 10000, (unsigned)date.month % 100,
	               (unsigned)date.day % 100, (unsigned)(ms / 3600000) % 100,
	               (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60),
	               (unsigned)(ms % 1000));
}

static int64_t
bad(struct cursor *c)
{
	if (c->err == ERR_OK)
		c->err = ERR_BAD_DATE;
	return 0;
}

/* n digits whose number is within low and high. */
static int64_t
digits(struct cursor *c, size_t n, int64_t low, int64_t high)
{
	int64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t byte = cursor_u8(c);

		if (byte < '0' || byte > '9')
			return bad(c);
		value = value * 10 + (byte - '0');
	}
	return value < low || value > high ? bad(c) : value;
}

/* One byte out of those allowed. */
static uint8_t
one_of(struct cursor *c, const char *allowed)
{
	uint8_t byte = cursor_u8(c);

	for (const char *p = allowed; *p; p++)
		if (byte == (uint8_t)*p)
			return byte;
	bad(c);
	return 0;
}

static int64_t
month_days(int64_t year, int64_t month)
{
	static const int64_t days[] = {31, 28, 31, 30, 31, 30,
	                               31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	assert(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && leap);
}

static int64_t
read_days(struct cursor *c)
{
	struct civil date;

	date.year = digits(c, 4, 1, 9999);
	one_of(c, "-");
	date.month = digits(c, 2, 1, 12);
	one_of(c, "-");
	if (c->err != ERR_OK)
		return 0;
	date.day = digits(c, 2, 1, month_days(date.year, date.month));
	return days_of(date);
}

static int64_t
read_fraction_ms(struct cursor *c)
{
	int64_t ms = 0;
	int64_t weight = 100;

	if (cursor_left(c) == 0 || *c->ptr != '.')
		return 0;
	one_of(c, ".");
	ms += digits(c, 1, 0, 9) * weight;
	for (size_t i = 1; i < FRACTION_MAX && cursor_left(c) > 0 &&
	                   *c->ptr >= '0' && *c->ptr <= '9';
	     i++) {
		weight /= 10;
		ms += digits(c, 1, 0, 9) * weight;
	}
	return ms;
}

static int64_t
read_offset_ms(struct cursor *c)
{
	uint8_t sign = one_of(c, "Zz+-");
	int64_t minutes;

	if (c->err != ERR_OK || sign == 'Z' || sign == 'z')
		return 0;
	minutes = digits(c, 2, 0, 23) * 60;
	one_of(c, ":");
	minutes += digits(c, 2, 0, 59);
	return (sign == '-' ? -minutes : minutes) * 60000;
}

enum err
clock_parse_rfc3339(struct span text, struct wall *at)
{
	struct cursor c = cursor_of(text);
	int64_t ms = read_days(&c) * MS_PER_DAY;

	one_of(&c, "Tt ");
	ms += digits(&c, 2, 0, 23) * 3600000;
	one_of(&c, ":");
	ms += digits(&c, 2, 0, 59) * 60000;
	one_of(&c, ":");
	ms += digits(&c, 2, 0, 59) * 1000;
	ms += read_fraction_ms(&c);
	ms -= read_offset_ms(&c);
	if (c.err != ERR_OK || cursor_left(&c) > 0)
		return ERR_BAD_DATE;
	at->ms = ms;
	return ERR_OK;
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct span
trimmed(struct span text)
{
	while (text.len > 0 && is_blank(text.ptr[0]))
		text = span_of(text.ptr + 1, text.len - 1);
	while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

enum err
clock_parse_shift(struct span text, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1},
	             {"s", 1000},
	             {"m", 60000},
	             {"h", 3600000},
	             {"d", MS_PER_DAY}};
	struct span unit = trimmed(text);
	int64_t n = 0;
	bool given = false;

	if (unit.len > 0 && unit.ptr[0] == '+')
		unit = span_of(unit.ptr + 1, unit.len - 1);
	for (; unit.len > 0 && unit.ptr[0] >= '0' && unit.ptr[0] <= '9' &&
	       n <= CLOCK_SHIFT_MAX_MS;
	     unit = span_of(unit.ptr + 1, unit.len - 1)) {
		n = n * 10 + (unit.ptr[0] - '0');
		given = true;
	}
	for (size_t i = 0; given && i < sizeof(units) / sizeof(*units); i++) {
		if (!span_equal(unit, span_str(units[i].name)))
			continue;
		if (n > CLOCK_SHIFT_MAX_MS / units[i].ms)
			return ERR_BAD_VALUE;
		*ms = n * units[i].ms;
		return ERR_OK;
	}
	return ERR_BAD_VALUE;
}
