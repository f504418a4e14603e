/*
 * L1: whether an alert fires, as a fold over the periods of released figures.
 */
#include <string.h>

#include "services/ctl/naive_verdict.h"

#define CLOSE_DAYS 90

/* The version whose rules hold: that of the judged period, else the last. */
static const struct cat_target_version *
version_now(const struct naive_series *s, const struct cat_target *target,
            uint32_t unit)
{
	struct naive_verdict v =
	    naive_judge(s, target, unit, (struct period){0});

	return v.row ? target_version(target, v.judged)
	             : &target->versions[target->n_versions - 1];
}

static const struct cat_alert_rule *
rule_of(const struct cat_target_version *v, const char *severity)
{
	for (uint32_t i = 0; i < v->n_rules; i++) {
		if (strcmp(v->rules[i].severity, severity) == 0)
			return &v->rules[i];
	}
	return NULL;
}

struct fold {
	bool firing;
	uint32_t matching;
	uint32_t clearing;
};

static void
fold_period(struct fold *f, const struct cat_alert_rule *rule, bool match)
{
	f->matching = match ? f->matching + 1 : 0;
	f->clearing = match ? 0 : f->clearing + 1;
	if (!f->firing)
		f->firing = f->matching >= rule->after;
	else if (f->clearing >= rule->clear)
		f->firing = false;
}

bool
naive_fires(const struct naive_series *series, const struct cat_target *target,
            uint32_t unit, const char *severity, bool *inexact)
{
	const struct cat_target_version *v = version_now(series, target, unit);
	const struct cat_alert_rule *rule = rule_of(v, severity);
	struct fold f = {.firing = false};

	for (uint32_t i = 0; i < series->n && rule != NULL; i++) {
		const struct figure *row = series->list[i];
		struct naive_verdict said;

		if (row->definition != v->definition || row->unit != unit ||
		    row->status != STATUS_A)
			continue;
		said = naive_judge(series, target, unit, row->period);
		*inexact = *inexact || said.inexact;
		if (!said.row || said.kind == VERDICT_UNDECIDED)
			continue;
		fold_period(&f, rule, (rule->when >> said.kind & 1) != 0);
		if (f.firing && said.kind == VERDICT_MISSED &&
		    row->period.code == v->due.code &&
		    series->today.n > row->released.n + CLOSE_DAYS)
			f.firing = false;
	}
	return f.firing &&
	       series->c->units[unit].validity.to.n >= series->today.n;
}
