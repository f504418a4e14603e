/*
 * Counts over a programme: what its years give together, and what is known of it
 * where a year lacks or is not exact (F5).
 */
#include "services/ctl/naive_task.h"

struct period
naive_programme_start(const struct task *t)
{
	const struct cat_programme *p =
	    &t->s->c->programmes[t->target->programme];

	return period_of_year(period_year_first(p->from));
}

/* Years by what they leave open. */
struct years_seen {
	bool missing;
	bool above; /* > or >= */
	bool below; /* < or <= */
	bool about;
	enum verdict_reason lacks; /* of the first without a figure */
};

static void
year_see(struct years_seen *seen, const struct found *f)
{
	bool above = f->bound == BOUND_GT || f->bound == BOUND_GE;
	bool below = f->bound == BOUND_LT || f->bound == BOUND_LE;

	if (!f->usable && !seen->missing)
		seen->lacks = f->reason;
	seen->missing = seen->missing || !f->usable;
	seen->above = seen->above || (f->usable && above);
	seen->below = seen->below || (f->usable && below);
	seen->about = seen->about || (f->usable && f->bound == BOUND_ABOUT);
}

/* false: it says nothing. */
static bool
bound_of_sum(const struct years_seen *seen, enum bound *bound)
{
	bool up = seen->missing || seen->above;

	*bound = up ? BOUND_GE : seen->below ? BOUND_LE : BOUND_EQ;
	return !seen->about && !(up && seen->below);
}

struct found
naive_find_total(const struct task *t, struct period p)
{
	struct found sum = {.p = p};
	struct found year = naive_find_one(t, p);
	struct years_seen seen = {.missing = false};
	struct period at = naive_programme_start(t);

	if (period_compare(at, p) > 0)
		return (struct found){.p = p, .reason = REASON_NO_FIGURE};
	if (!year.usable)
		return year;
	sum.total = true;
	sum.value = year.value;
	sum.rolled = year.rolled;
	sum.released = year.released;
	sum.day = year.day;
	for (; period_compare(at, p) <= 0; at = period_shift(at, 1)) {
		year = naive_find_one(t, at);
		sum.fine += year.usable ? year.fine : 0;
		year_see(&seen, &year);
	}
	sum.lacks = seen.missing ? seen.lacks : REASON_INEXACT;
	sum.reason = sum.lacks;
	sum.usable = bound_of_sum(&seen, &sum.bound);
	naive_ends(t, &sum, sum.bound);
	return sum;
}
