#include "services/alert/alert_tell.h"

/* Somebody reports the definition, wherever. */
static bool
somebody_reports(const struct catalogue *c, const struct cat_definition *d)
{
	for (uint32_t i = 0; i < c->n_sources; i++) {
		const struct cat_source *s = &c->sources[i];

		for (uint32_t j = 0; j < s->n_grants; j++)
			if (s->grants[j].reports &&
			    grant_names(&s->grants[j], d))
				return true;
	}
	return false;
}

static bool
duty_names(const struct catalogue *c, const struct cat_reporting *duty,
           uint32_t definition)
{
	for (uint32_t i = 0; i < duty->n_definitions; i++)
		if (c->reporting_definitions[duty->definition_first + i] ==
		    definition)
			return true;
	return false;
}

/* An exception of the calendar for the figure that is reported last; DAY_NONE. */
static struct day
calendar_day(const struct catalogue *c, const struct cat_definition *d,
             struct period period)
{
	struct period last =
	    d->frequency == FREQ_SPAN
	        ? period
	        : period_last_ended(d->frequency, period_last_day(period));

	for (uint32_t i = 0; i < c->n_calendar; i++) {
		struct span of = span_str(c->calendar[i].indicator);

		if (c->calendar[i].period.code == last.code &&
		    (span_equal(of, span_str(d->indicator)) ||
		     span_equal(of, span_str(d->id))))
			return c->calendar[i].expected_by;
	}
	return (struct day){DAY_NONE};
}

/* When whatever stands beneath is expected, by whomever it is owed. */
static struct day
rolled_day(const struct catalogue *c, uint32_t definition, struct period period)
{
	const struct cat_definition *d = &c->definitions[definition];
	struct day end = period_last_day(period);
	struct day exception = calendar_day(c, d, period);
	uint32_t most = 0;
	bool owed = false;

	for (uint32_t i = 0; i < c->n_reporting; i++) {
		const struct cat_reporting *duty = &c->reporting[i];

		if (!validity_holds(duty->validity, end) ||
		    !duty_names(c, duty, definition))
			continue;
		owed = true;
		if (duty->due_days > most)
			most = duty->due_days;
	}
	if (!owed || !somebody_reports(c, d))
		return end;
	if (exception.n != DAY_NONE)
		return exception;
	return (struct day){end.n + (int32_t)most};
}

static struct day
released_day(const struct catalogue *c, const struct alert *alert)
{
	const struct cat_target *t = &c->targets[alert->target];
	const struct cat_target_version *v = target_version(t, alert->period);

	if (!alert->rolled && alert->released.n != DAY_NONE)
		return alert->released;
	return v == NULL ? period_last_day(alert->period)
	                 : rolled_day(c, v->definition, alert->period);
}

/* The same day so many months later, or that month's last one. */
static struct day
months_later(struct day day, int months)
{
	int y, m, d;
	struct day first, next;

	day_to_civil(day, &y, &m, &d);
	m += months - 1;
	first = day_of_civil(y + m / 12, m % 12 + 1, 1);
	m++;
	next = day_of_civil(y + m / 12, m % 12 + 1, 1);
	first.n += d - 1;
	next.n -= 1;
	return first.n < next.n ? first : next;
}

bool
alert_fresh(const struct catalogue *c, const struct alert *alert,
            struct day today)
{
	struct day last;

	if (alert->period.code == 0 || today.n == DAY_NONE)
		return false;
	last =
	    months_later(released_day(c, alert), period_months(alert->period));
	return today.n <= last.n;
}
