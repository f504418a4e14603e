/*
 * Verdicts and alerts against the naive oracle, as of a commit: what alert's
 * journal said last of every target and unit.
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/naive_verdict.h"

#define SAID_MAX 512

struct said_verdict {
	struct verdict v;
	bool gone;
};

/* The last record of each (target, unit) and (target, unit, severity). */
struct said_last {
	struct said_verdict verdicts[SAID_MAX];
	uint32_t n_verdicts;
	struct alert alerts[SAID_MAX];
	uint32_t n_alerts;
};

static bool
verdict_take(struct said_last *last, const struct verdict *v, bool gone)
{
	uint32_t i = 0;

	while (i < last->n_verdicts &&
	       (last->verdicts[i].v.target != v->target ||
	        last->verdicts[i].v.unit != v->unit))
		i++;
	if (i == SAID_MAX)
		return false;
	if (i == last->n_verdicts)
		last->n_verdicts++;
	last->verdicts[i].v = *v;
	last->verdicts[i].gone = gone;
	return true;
}

static bool
alert_take(struct said_last *last, const struct alert *a)
{
	uint32_t i = 0;

	while (i < last->n_alerts && (last->alerts[i].target != a->target ||
	                              last->alerts[i].unit != a->unit ||
	                              last->alerts[i].severity != a->severity))
		i++;
	if (i == SAID_MAX)
		return false;
	if (i == last->n_alerts)
		last->n_alerts++;
	last->alerts[i] = *a;
	return true;
}

static bool
record_take(struct said_last *last, struct span record)
{
	struct verdict v;
	struct alert a;
	bool gone = false;

	if (record_type(record) == RECORD_GROUP)
		return true; /* sim_told.c */
	if (record_type(record) == RECORD_VERDICT)
		return verdict_record_read(record, &v, &gone) == ERR_OK &&
		       verdict_take(last, &v, gone);
	return record_type(record) == RECORD_ALERT &&
	       alert_record_read(record, &a) == ERR_OK && alert_take(last, &a);
}

static bool
journal_take(struct sim *s, uint64_t to, struct said_last *last)
{
	struct kv *journal = store_kv(s->nodes[ALERT].store, STORE_JOURNAL);

	for (uint64_t i = 1; i <= to; i++) {
		struct commit commit;
		struct span record;

		if (journal_commit(journal, i, &commit) != ERR_OK)
			return sim_fail(s, "alert's journal can't be read");
		for (uint32_t r = 0; r < commit.n_records; r++) {
			if (journal_record(journal, i, r, &record) != ERR_OK ||
			    !record_take(last, record))
				return sim_fail(s, "a record that is none");
		}
	}
	return true;
}

static const struct verdict *
verdict_said(const struct said_last *last, uint32_t target, uint32_t unit)
{
	for (uint32_t i = 0; i < last->n_verdicts; i++) {
		const struct said_verdict *said = &last->verdicts[i];

		if (said->v.target == target && said->v.unit == unit)
			return said->gone ? NULL : &said->v;
	}
	return NULL;
}

static bool
alert_firing(const struct said_last *last, uint32_t target, uint32_t unit,
             const char *severity)
{
	for (uint32_t i = 0; i < last->n_alerts; i++) {
		const struct alert *a = &last->alerts[i];

		if (a->target == target && a->unit == unit &&
		    strcmp(alert_severity_name(a->severity), severity) == 0)
			return a->state == ALERT_FIRING;
	}
	return false;
}

static bool
verdict_same(const struct verdict *said, const struct naive_verdict *n)
{
	if (said == NULL || !n->row)
		return (said != NULL) == n->row;
	return said->kind == n->kind &&
	       (n->any_reason || said->reason == n->reason) &&
	       said->judged.code == n->judged.code &&
	       said->has_value == n->has_value &&
	       (!n->has_value || said->value == n->value) &&
	       (!n->has_total || said->total == n->total);
}

static const char *
words_of(const struct naive_verdict *v, char out[80])
{
	char period[PERIOD_TEXT_MAX];

	if (!v->row)
		return "no row";
	(void)period_format(v->judged, period);
	(void)snprintf(out, 80, "%s %s in %s by %lld%s",
	               verdict_kind_name(v->kind),
	               verdict_reason_name(v->reason), period,
	               (long long)v->value, v->has_value ? "" : " (none)");
	return out;
}

/* For the reader of a trace: every figure of the indicator and its family. */
static void
series_trace(const struct sim *s, const struct naive_series *series,
             const struct cat_target *t, uint32_t unit)
{
	const struct cat_definition *all = series->c->definitions;
	uint32_t family = all[t->versions[0].definition].family;
	char period[PERIOD_TEXT_MAX], today[DAY_TEXT_MAX];

	sim_trace(s, "today %s", day_format(series->today, today));
	for (uint32_t i = 0; i < series->state->n_rolled; i++) {
		const struct naive_rolled *r = &series->state->rolled[i];

		if (r->unit != unit || all[r->definition].family != family)
			continue;
		(void)period_format(r->period, period);
		sim_trace(
		    s,
		    "  %s %s in %s%s: %lld / %lld, reporting %llu of "
		    "%llu%s%s",
		    all[r->definition].id, period, series->c->maps[r->map].id,
		    r->over_time ? " over time" : "", (long long)r->sum,
		    (long long)r->weight, (unsigned long long)r->reporting,
		    (unsigned long long)r->expected,
		    r->partial ? ", partial" : "",
		    r->under_floor ? ", under the floor" : "");
	}
	for (uint32_t i = 0; i < series->n_list; i++) {
		const struct figure *f = series->list[i];

		if (f->unit != unit || all[f->definition].family != family)
			continue;
		(void)period_format(f->period, period);
		sim_trace(s,
		          "  %s %s %c%s value %lld has %u parts %lld/%lld "
		          "commit %llu",
		          all[f->definition].id, period,
		          status_letter((enum obs_status)f->status),
		          bound_text((enum bound)f->bound), (long long)f->value,
		          f->has, (long long)f->numerator,
		          (long long)f->denominator,
		          (unsigned long long)f->commit);
	}
}

static bool
pair_compare(struct sim *s, const struct naive_series *series,
             const struct said_last *last, uint32_t target, uint32_t unit)
{
	const struct cat_target *t = &series->c->targets[target];
	const struct verdict *said = verdict_said(last, target, unit);
	struct naive_verdict n =
	    naive_judge(series, t, unit, (struct period){0});
	struct naive_verdict told = {.row = false};
	char a[80], b[80];

	s->campaign->verdicts++;
	if (verdict_same(said, &n))
		return true;
	series_trace(s, series, t, unit);
	if (said != NULL)
		told = (struct naive_verdict){.row = true,
		                              .kind = said->kind,
		                              .reason = said->reason,
		                              .judged = said->judged,
		                              .has_value = said->has_value,
		                              .value = said->value};
	return sim_fail(s, "%s %s: %s; oracle %s", t->id,
	                series->c->units[unit].id, words_of(&told, a),
	                words_of(&n, b));
}

static bool
alerts_compare(struct sim *s, const struct naive_series *series,
               const struct said_last *last, uint32_t target, uint32_t unit)
{
	static const char *const severities[] = {"info", "warning", "critical"};
	const struct cat_target *t = &series->c->targets[target];

	for (size_t i = 0; i < 3; i++) {
		bool fires = naive_fires(series, t, unit, severities[i]);

		s->campaign->alerts += fires;
		if (fires != alert_firing(last, target, unit, severities[i]))
			series_trace(s, series, t, unit);
		if (fires != alert_firing(last, target, unit, severities[i]))
			return sim_fail(s, "%s %s %s: %s; oracle otherwise",
			                t->id, series->c->units[unit].id,
			                severities[i],
			                fires ? "not firing" : "firing");
	}
	return true;
}

static bool
target_compare(struct sim *s, const struct naive_series *series,
               const struct said_last *last, uint32_t target)
{
	uint32_t *units = malloc(TARGET_UNITS_MAX * sizeof(*units));
	uint32_t n;
	bool ok = true;

	if (units == NULL)
		abort();
	n = naive_bound(series->c, &series->c->targets[target], units);
	for (uint32_t i = 0; i < n && ok; i++)
		ok = pair_compare(s, series, last, target, units[i]) &&
		     alerts_compare(s, series, last, target, units[i]);
	free(units);
	return ok;
}

bool
verdicts_compare(struct sim *s, const struct naive *naive,
                 const struct naive_state *state, uint64_t commit)
{
	struct said_last *last = calloc(1, sizeof(*last));
	struct naive_series series;
	bool ok = naive->catalogue == NULL;

	if (last == NULL)
		abort();
	if (!ok && naive_series_open(naive, state, &series) != ERR_OK)
		abort();
	if (!ok) {
		ok = journal_take(s, commit, last);
		for (uint32_t t = 0; t < series.c->n_targets && ok; t++)
			ok = !series.c->targets[t].declared ||
			     target_compare(s, &series, last, t);
		naive_series_close(&series);
	}
	free(last);
	return ok;
}
