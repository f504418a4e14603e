#include "common/domain/alert_fold.h"

#include <string.h>

static const char *const state_names[ALERT_STATES] = {
    [ALERT_INACTIVE] = "inactive",
    [ALERT_PENDING] = "pending",
    [ALERT_FIRING] = "firing",
    [ALERT_RESOLVED] = "resolved",
};

static const char *const reason_names[ALERT_REASONS] = {
    [ALERT_REASON_NONE] = "",
    [ALERT_RECOVERED] = "recovered",
    [ALERT_REVISED] = "revised",
    [ALERT_ACHIEVED] = "achieved",
    [ALERT_CLOSED] = "closed",
    [ALERT_UNIT_ABOLISHED] = "unit_abolished",
    [ALERT_SUCCESSOR] = "successor",
    [ALERT_TARGET_CHANGED] = "target_changed",
    [ALERT_DEFINITION_CHANGED] = "definition_changed",
    [ALERT_RULE_CHANGED] = "rule_changed",
    [ALERT_SOURCE_WITHDREW] = "source_withdrew",
};

static const char *const severity_names[SEVERITIES] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_CRITICAL] = "critical",
};

static const char *
name_at(const char *const *names, unsigned n, unsigned i)
{
	return i < n ? names[i] : "?";
}

const char *
alert_state_name(enum alert_state state)
{
	return name_at(state_names, ALERT_STATES, state);
}

const char *
alert_reason_name(enum alert_reason reason)
{
	return name_at(reason_names, ALERT_REASONS, reason);
}

const char *
alert_severity_name(enum alert_severity severity)
{
	return name_at(severity_names, SEVERITIES, severity);
}

enum alert_severity
alert_severity_parse(const char *text)
{
	unsigned i = 0;

	while (i < SEVERITIES && strcmp(text, severity_names[i]) != 0)
		i++;
	return (enum alert_severity)i;
}

/* --- the fold over periods ------------------------------------------------ */

static void
fire(struct alert *a, const struct verdict *v)
{
	a->state = ALERT_FIRING;
	a->reason = ALERT_REASON_NONE;
	a->since = v->judged;
	a->value_since = v->value;
	a->since_rolled = v->figure.source == NUMBER_NONE;
	a->ended.code = 0;
}

static void
resolve(struct alert *a, enum alert_reason reason)
{
	a->state = ALERT_RESOLVED;
	a->reason = reason;
	a->ended = a->period;
}

static void
matched(struct alert *a, const struct cat_alert_rule *rule,
        const struct verdict *v)
{
	a->matching++;
	a->clearing = 0;
	if (a->state == ALERT_FIRING)
		return;
	if (a->matching >= rule->after)
		fire(a, v);
	else
		a->state = ALERT_PENDING;
}

static void
unmatched(struct alert *a, const struct cat_alert_rule *rule,
          const struct verdict *v)
{
	a->matching = 0;
	if (a->state == ALERT_PENDING)
		a->state = a->since.code != 0 ? ALERT_RESOLVED : ALERT_INACTIVE;
	if (a->state != ALERT_FIRING)
		return;
	a->clearing++;
	if (a->clearing < rule->clear)
		return;
	resolve(a,
	        v->kind == VERDICT_ACHIEVED ? ALERT_ACHIEVED : ALERT_RECOVERED);
}

/* L1: a released figure of that very period, and a verdict on it. */
static bool
counts(const struct verdict *v)
{
	return v->kind != VERDICT_UNDECIDED && v->released &&
	       v->figure.period.code == v->judged.code;
}

static void
keep(struct alert *a, const struct verdict *v)
{
	a->period = v->judged;
	a->kind = v->kind;
	a->places = v->places;
	a->value = v->value;
	a->target_value = v->target_value;
	a->has_gap = v->has_gap;
	a->gap = v->gap;
	a->released = v->figure.released;
	a->rolled = v->figure.source == NUMBER_NONE;
}

static void
fold_periods(const struct verdict_input *in, const struct cat_alert_rule *rule,
             struct alert *a)
{
	struct verdict_input past = *in;
	struct verdict v;

	past.asked.code = 0;
	for (uint32_t i = 0; i < in->n; i++) {
		if (in->points[i].period.code == past.asked.code)
			continue;
		past.asked = in->points[i].period;
		if (!verdict_may_count(in, i) ||
		    !verdict_judge_period(&past, &v) || !counts(&v))
			continue;
		keep(a, &v);
		if (rule->when & (1u << v.kind))
			matched(a, rule, &v);
		else
			unmatched(a, rule, &v);
	}
}

/* --- what ends an alert without a figure ---------------------------------- */

/* L2: a miss is final only by a released figure, and only such count here. A roll-up
 * has no release date. */
static bool
closed(const struct verdict_input *in, const struct alert *a)
{
	return a->kind == VERDICT_MISSED && in->today.n != DAY_NONE &&
	       a->released.n != DAY_NONE &&
	       (int64_t)in->today.n > (int64_t)a->released.n + ALERT_CLOSE_DAYS;
}

/* T5: what fires on a figure from before the end of the unit. */
static bool
abolished(const struct verdict_input *in, const struct alert *a)
{
	struct day to = in->c->units[in->unit].validity.to;

	return to.n < in->today.n && a->period.code != 0 &&
	       period_last_day(a->period).n <= to.n;
}

static void
fold_days(const struct verdict_input *in, struct alert *a)
{
	if (a->state == ALERT_FIRING && closed(in, a))
		resolve(a, ALERT_CLOSED);
	if (a->state == ALERT_FIRING && abolished(in, a))
		resolve(a, target_successor(in->target, in->unit) == NUMBER_NONE
		               ? ALERT_UNIT_ABOLISHED
		               : ALERT_SUCCESSOR);
	if (a->state == ALERT_PENDING && abolished(in, a))
		a->state = ALERT_INACTIVE;
}

/* --- identity ------------------------------------------------------------- */

static const struct cat_target_version *
present(const struct verdict_input *in)
{
	return &in->target->versions[in->target->n_versions - 1];
}

static void
put_label(struct buf *out, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_put_str(out, name);
	buf_put_str(out, "=");
	buf_put_str(out, value);
	buf_put_str(out, "\n");
}

void
alert_labels_write(const struct verdict_input *in,
                   const struct cat_alert_rule *rule, bool demo,
                   struct buf *out)
{
	const struct catalogue *c = in->c;
	const struct cat_target_version *v = present(in);
	const struct cat_unit *unit = &c->units[in->unit];
	struct day base = period_first_day(v->in_force_from);

	put_label(out, "alertname", ALERT_NAME);
	put_label(out, "audience", rule->audience);
	put_label(out, "demo", demo ? "true" : NULL);
	put_label(out, "indicator", c->definitions[v->definition].indicator);
	put_label(out, "level", unit_name_on(unit, base)->level);
	put_label(out, "map",
	          v->map == NUMBER_NONE ? NULL : c->maps[v->map].id);
	put_label(out, "programme", c->programmes[in->target->programme].id);
	put_label(out, "severity", rule->severity);
	put_label(out, "target", in->target->name);
	put_label(out, "unit", unit->id);
}

char *
alert_fingerprint_text(uint64_t fingerprint, char out[ALERT_FINGERPRINT_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < ALERT_FINGERPRINT_TEXT - 1; i++)
		out[i] = digits[(fingerprint >> (60 - 4 * i)) & 15];
	out[ALERT_FINGERPRINT_TEXT - 1] = '\0';
	return out;
}

static void
put_numbers(struct buf *out, const struct cat_milestone *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		buf_put_uvarint(out, list[i].period.code);
		buf_put_svarint(out, list[i].value);
	}
}

static void
put_version(struct buf *out, const struct cat_target_version *v)
{
	buf_put_uvarint(out, v->in_force_from.code);
	buf_put_uvarint(out, v->due.code);
	buf_put_uvarint(out, v->kind);
	buf_put_uvarint(out, v->sense);
	buf_put_uvarint(out, v->steps);
	buf_put_uvarint(out, v->path);
	buf_put_uvarint(out, v->has_value);
	buf_put_svarint(out, v->value);
	buf_put_uvarint(out, v->has_base);
	buf_put_uvarint(out, v->base_series);
	buf_put_svarint(out, v->base_value);
	buf_put_uvarint(out, v->base_period.code);
	buf_put_svarint(out, v->margin);
	put_numbers(out, v->milestones, v->n_milestones);
	buf_put_svarint(out, v->factor);
	buf_put_uvarint(out, v->per_programme);
	buf_put_uvarint(out, v->relative_definition);
	buf_put_uvarint(out, v->relative_unit);
	put_numbers(out, v->plan, v->n_plan);
	buf_put_str(out, v->method);
}

static void
put_definition(struct buf *out, const struct cat_definition *d)
{
	buf_put_str(out, d->id);
	buf_put_uvarint(out, d->decimals);
	buf_put_uvarint(out, d->direction);
	buf_put_uvarint(out, d->change);
	buf_put_uvarint(out, d->accumulation);
	buf_put_uvarint(out, (uint64_t)d->min_denominator);
}

static void
hash_ground(const struct verdict_input *in, const struct cat_alert_rule *rule,
            struct alert *a, struct buf *b)
{
	const struct cat_target *t = in->target;

	for (uint32_t i = 0; i < t->n_versions; i++)
		put_version(b, &t->versions[i]);
	a->target_hash = hash_bytes(buf_span(b), 0);
	buf_reset(b);
	for (uint32_t i = 0; i < t->n_versions; i++)
		put_definition(b,
		               &in->c->definitions[t->versions[i].definition]);
	a->definition_hash = hash_bytes(buf_span(b), 0);
	buf_reset(b);
	buf_put_uvarint(b, rule->when);
	buf_put_uvarint(b, rule->after);
	buf_put_uvarint(b, rule->clear);
	a->rule_hash = hash_bytes(buf_span(b), 0);
}

static enum err
identify(const struct verdict_input *in, const struct cat_alert_rule *rule,
         bool demo, struct alert *a)
{
	struct buf b;
	enum err err;

	buf_init(&b, UINT16_MAX);
	hash_ground(in, rule, a, &b);
	err = buf_err(&b);
	buf_reset(&b);
	alert_labels_write(in, rule, demo, &b);
	a->fingerprint = hash_bytes(buf_span(&b), 0);
	err = err != ERR_OK ? err : buf_err(&b);
	buf_fini(&b);
	return err;
}

enum err
alert_fold(const struct verdict_input *in, const struct cat_alert_rule *rule,
           bool demo, struct alert *out)
{
	struct alert a = {.target = (uint32_t)(in->target - in->c->targets),
	                  .unit = in->unit,
	                  .severity = alert_severity_parse(rule->severity),
	                  .released = {DAY_NONE}};
	enum err err;

	if (a.severity == SEVERITIES || in->target->n_versions == 0)
		return ERR_BAD_VALUE;
	err = identify(in, rule, demo, &a);
	if (err != ERR_OK)
		return err;
	fold_periods(in, rule, &a);
	fold_days(in, &a);
	*out = a;
	return ERR_OK;
}

/* --- transitions ---------------------------------------------------------- */

/* The figure of a period as it is now; false: there is none. */
static bool
figure_now(const struct verdict_input *in, struct period p, struct verdict *v)
{
	struct verdict_input past = *in;

	past.asked = p;
	return verdict_judge_period(&past, v) && counts(v);
}

/* Versions may name definitions of other decimals, and decimals grow: all numbers of
 * an alert have those of its last period. What cannot be told so is left out. */
static void
revised_at(struct alert *a, uint8_t from)
{
	i128 old = decimal_round(a->value_old, from, a->places);
	i128 new = decimal_round(a->value_new, from, a->places);
	const i128 most = DECIMAL_MANTISSA_MAX;

	if (old > most || old < -most || new > most || new < -most) {
		a->revised.code = 0;
		old = new = 0;
	}
	a->value_old = (int64_t)old;
	a->value_new = (int64_t) new;
}

/* On what it fired. */
struct ground {
	struct period period;
	int64_t value;
	uint8_t places;
	bool rolled;
};

/* A roll-up that isn't whole any more was withdrawn by nobody; nor was a report that
 * is still released, whatever keeps it from deciding. */
static bool
still_stands(const struct verdict_input *in, const struct ground *g)
{
	const struct cat_target_version *v =
	    target_version(in->target, g->period);
	enum point_which which = g->rolled ? POINT_ROLLUP : POINT_OWN;

	for (uint32_t i = 0; i < in->n && v != NULL; i++) {
		const struct verdict_point *pt = &in->points[i];

		if (pt->which == which && pt->period.code == g->period.code &&
		    pt->figure.definition == v->definition &&
		    pt->figure.action == ACTION_MERGE &&
		    (g->rolled || pt->released))
			return true;
	}
	return false;
}

/* True if the figure on which it fired is another one, or counts no longer. */
static bool
figure_changed(const struct verdict_input *in, struct alert *now,
               const struct ground *g)
{
	struct verdict v;
	bool counted = figure_now(in, g->period, &v);

	if (counted && v.value == g->value)
		return false;
	now->reason = counted || still_stands(in, g) ? ALERT_REVISED
	                                             : ALERT_SOURCE_WITHDREW;
	now->revised = g->period;
	now->revised_gone = !counted;
	now->value_old = g->value;
	now->value_new = counted ? v.value : 0;
	if (now->period.code == 0)
		now->places = g->places; /* no figure is left */
	revised_at(now, counted ? v.places : g->places);
	return true;
}

static enum alert_reason
ground_changed(const struct alert *former, const struct alert *now)
{
	if (former->rule_hash != now->rule_hash)
		return ALERT_RULE_CHANGED;
	if (former->definition_hash != now->definition_hash)
		return ALERT_DEFINITION_CHANGED;
	if (former->target_hash != now->target_hash)
		return ALERT_TARGET_CHANGED;
	return ALERT_REASON_NONE;
}

/* L2. What fired no longer does: because of what it rested on, or by the fold. */
static void
say_reason(const struct verdict_input *in, const struct alert *former,
           struct alert *now)
{
	enum alert_reason ground = ground_changed(former, now);
	const struct ground last = {former->period, former->value,
	                            former->places, former->rolled};
	const struct ground since = {former->since, former->value_since,
	                             former->places, former->since_rolled};

	if (ground != ALERT_REASON_NONE) {
		now->reason = ground;
		return;
	}
	if (figure_changed(in, now, &last) || figure_changed(in, now, &since))
		return;
	if (now->state != ALERT_RESOLVED ||
	    now->since.code != former->since.code)
		now->reason = ALERT_REVISED;
}

static void
take_over(const struct alert *former, struct alert *now)
{
	now->commit = former->commit;
	now->reason = former->reason;
	now->revised = former->revised;
	now->revised_gone = former->revised_gone;
	if (now->period.code == 0)
		now->places = former->places; /* no figure is left */
	now->value_old = former->value_old;
	now->value_new = former->value_new;
	revised_at(now, former->places);
}

bool
alert_step(const struct verdict_input *in, const struct alert *former,
           struct alert *now, uint64_t commit)
{
	bool fired = former != NULL && former->state == ALERT_FIRING;

	now->commit = commit;
	if (former == NULL)
		return now->state != ALERT_INACTIVE;
	if (former->state == now->state &&
	    former->since.code == now->since.code &&
	    former->ended.code == now->ended.code) {
		take_over(former, now);
		return false;
	}
	if (fired && now->state != ALERT_FIRING)
		say_reason(in, former, now);
	return true;
}

bool
alert_end(struct alert *a, enum alert_reason reason, uint64_t commit)
{
	if (a->state == ALERT_FIRING) {
		resolve(a, reason);
	} else if (a->state == ALERT_PENDING) {
		a->state = ALERT_INACTIVE;
	} else {
		return false;
	}
	a->commit = commit;
	return true;
}
