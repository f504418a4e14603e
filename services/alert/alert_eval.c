#include "services/alert/alert_eval.h"

#include <assert.h>
#include <string.h>

#include "services/alert/alert_group.h"
#include "services/alert/alert_past.h"

enum {
	/* all fields of the record at their longest */
	VERDICT_BYTES_MAX = 400,
	ALERT_BYTES_MAX = 180,
	/* Of every pair a verdict and its alerts; and as many again that end, if
	 * a catalogue binds others than the one before. */
	PAIR_RECORDS_MAX = 1 + SEVERITIES,
	PAIR_BYTES_MAX = VERDICT_BYTES_MAX + SEVERITIES * ALERT_BYTES_MAX,
	GROUPS_BYTES = 64 << 20 /* left for those of programmes */
};

_Static_assert(UINT64_C(2) * ALERT_BINDINGS_MAX * PAIR_RECORDS_MAX <=
                   COMMIT_RECORDS_MAX / 2,
               "whatever changes can be said in one commit");
_Static_assert(UINT64_C(2) * ALERT_BINDINGS_MAX * PAIR_BYTES_MAX +
                       GROUPS_BYTES <=
                   COMMIT_BYTES_MAX,
               "whatever changes can be said in one commit");

enum err
alert_input(struct alert_service *a, struct kv *state,
            const struct binding *binding, struct verdict_input *in)
{
	const struct cat_target *target =
	    &a->catalogue->targets[binding->target];
	struct points_of of = {target, binding->unit};
	enum err err = alert_points_read(&a->points, state, of);

	if (err == ERR_OK)
		err = alert_points_reference(&a->points, state, of);
	if (err != ERR_OK)
		return err;
	*in = (struct verdict_input){.c = a->catalogue,
	                             .target = target,
	                             .unit = binding->unit,
	                             .unbound = binding->unbound,
	                             .points = a->points.list.points,
	                             .n = a->points.list.n,
	                             .reference = a->points.reference.points,
	                             .n_reference = a->points.reference.n,
	                             .today = a->tick.date};
	return ERR_OK;
}

static struct alert_key
verdict_key(uint32_t target, uint32_t unit)
{
	uint32_t numbers[] = {target, unit};

	return alert_key_of(ALERT_TABLE_VERDICTS, numbers, 2);
}

static struct alert_key
alert_key(uint32_t target, uint32_t unit, enum alert_severity severity)
{
	uint32_t numbers[] = {target, unit, severity};

	return alert_key_of(ALERT_TABLE_ALERTS, numbers, 3);
}

static enum err
verdict_stored(struct kv *state, const struct alert_key *key, struct verdict *v,
               bool *found)
{
	struct span value;
	bool gone = false;
	enum err err = kv_get(state, alert_key_span(key), &value);

	*found = false;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK && verdict_record_read(value, v, &gone) != ERR_OK)
		err = ERR_CORRUPT;
	*found = err == ERR_OK && !gone;
	return err;
}

static void
verdict_gone(struct alert_service *a, struct kv *state,
             const struct binding *binding, struct turn_output *at)
{
	uint32_t pair[2] = {binding->target, binding->unit};
	struct alert_key key = verdict_key(binding->target, binding->unit);

	buf_reset(&a->scratch);
	verdict_gone_write(&a->scratch, binding->target, binding->unit);
	record_list_add(&at->records, buf_span(&a->scratch));
	kv_del(state, alert_key_span(&key));
	alert_past_verdict(state, pair, at->number, buf_span(&a->scratch));
}

/* Says the verdict if it is another one than was said last (K5). */
static enum err
verdict_say(struct alert_service *a, struct kv *state,
            const struct binding *binding, const struct verdict_input *in,
            struct turn_output *at)
{
	uint32_t pair[2] = {binding->target, binding->unit};
	struct alert_key key = verdict_key(binding->target, binding->unit);
	struct verdict now, former;
	bool found, row = verdict_judge(in, &now);
	enum err err = verdict_stored(state, &key, &former, &found);

	a->judged++;
	if (err != ERR_OK || (!row && !found))
		return err;
	if (!row) {
		verdict_gone(a, state, binding, at);
		return alert_group_verdict(a, state, binding, NULL, NULL);
	}
	if (found && verdict_equal(&former, &now))
		return a->telling.relook
		           ? alert_group_verdict(a, state, binding, in, &now)
		           : ERR_OK;
	buf_reset(&a->scratch);
	verdict_record_write(&a->scratch, &now);
	if (buf_err(&a->scratch) != ERR_OK)
		return buf_err(&a->scratch);
	assert(a->scratch.len <= VERDICT_BYTES_MAX);
	record_list_add(&at->records, buf_span(&a->scratch));
	kv_put(state, alert_key_span(&key), buf_span(&a->scratch));
	alert_past_verdict(state, pair, at->number, buf_span(&a->scratch));
	return alert_group_verdict(a, state, binding, in, &now);
}

static enum err
alert_stored(struct kv *state, const struct alert_key *key, struct alert *alert,
             bool *found)
{
	struct span value;
	enum err err = kv_get(state, alert_key_span(key), &value);

	*found = err == ERR_OK;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK && alert_record_read(value, alert) != ERR_OK)
		err = ERR_CORRUPT;
	return err;
}

static void
alert_store(struct alert_service *a, struct kv *state,
            const struct alert_key *key, const struct alert *alert)
{
	buf_reset(&a->scratch);
	alert_record_write(&a->scratch, alert);
	assert(a->scratch.len <= ALERT_BYTES_MAX);
	kv_put(state, alert_key_span(key), buf_span(&a->scratch));
}

/* What alert_store has just written is also journaled, and kept (K5). */
static void
alert_transition(const struct alert_service *a, struct kv *state,
                 const struct alert *alert, struct turn_output *at)
{
	record_list_add(&at->records, buf_span(&a->scratch));
	alert_past_alert(state, alert, at->number, buf_span(&a->scratch));
}

/* One rule: a transition is journaled, a mere advance within it only stored; either
 * may change what sinks should know. */
static enum err
alert_say(struct alert_service *a, struct kv *state,
          const struct verdict_input *in, const struct cat_alert_rule *rule,
          struct turn_output *at)
{
	struct alert now, former;
	struct alert_key key;
	bool found;
	enum err err = alert_fold(in, rule, a->demo, &now);

	if (err != ERR_OK)
		return err;
	key = alert_key(now.target, now.unit, now.severity);
	err = alert_stored(state, &key, &former, &found);
	if (err != ERR_OK)
		return err;
	if (alert_step(in, found ? &former : NULL, &now, at->number)) {
		alert_store(a, state, &key, &now);
		alert_transition(a, state, &now, at);
	} else if (!found || !alert_equal(&former, &now)) {
		alert_store(a, state, &key, &now);
	} else if (!a->telling.relook) {
		return ERR_OK;
	}
	return alert_tell(a, state, in, rule, &now);
}

static const struct cat_alert_rule *
rule_of(const struct cat_target_version *v, enum alert_severity severity)
{
	for (uint32_t i = 0; i < v->n_rules; i++) {
		if (alert_severity_parse(v->rules[i].severity) == severity)
			return &v->rules[i];
	}
	return NULL;
}

/* The version whose rules hold: the one in force for the judged period, else the
 * last. */
static const struct cat_target_version *
rules_version(const struct verdict_input *in)
{
	struct verdict verdict;

	if (verdict_judge(in, &verdict))
		return &in->target->versions[verdict.version];
	return &in->target->versions[in->target->n_versions - 1];
}

static enum err
alert_end_stored(struct alert_service *a, struct kv *state,
                 const struct alert_key *key, enum alert_reason reason,
                 struct turn_output *at)
{
	struct alert alert;
	bool found;
	enum err err = alert_stored(state, key, &alert, &found);

	if (err != ERR_OK || (!found && !a->telling.relook))
		return err;
	if (!found) {
		struct tell_key gone = {.a = alert_key_number(key, 0),
		                        .b = alert_key_number(key, 1),
		                        .severity = alert_key_number(key, 2)};

		return alert_tell_gone(a, state, &gone, reason);
	}
	if (alert_end(&alert, reason, at->number)) {
		alert_store(a, state, key, &alert);
		alert_transition(a, state, &alert, at);
	}
	kv_del(state, alert_key_span(key));
	return alert_tell(a, state, NULL, NULL, &alert);
}

enum err
alert_evaluate(struct alert_service *a, struct kv *state,
               const struct binding *binding, struct turn_output *at)
{
	const struct cat_target_version *version;
	struct verdict_input in;
	enum err err = alert_input(a, state, binding, &in);

	if (err == ERR_OK)
		err = verdict_say(a, state, binding, &in, at);
	if (err != ERR_OK)
		return err;
	version = rules_version(&in);
	for (int s = 0; s < SEVERITIES && err == ERR_OK; s++) {
		enum alert_severity severity = (enum alert_severity)s;
		const struct cat_alert_rule *rule = rule_of(version, severity);
		struct alert_key key =
		    alert_key(binding->target, binding->unit, severity);

		if (rule != NULL)
			err = alert_say(a, state, &in, rule, at);
		else
			err = alert_end_stored(a, state, &key,
			                       ALERT_RULE_CHANGED, at);
	}
	return err;
}

/* Target and unit of a key of the verdict or the alert table. */
static struct binding
key_binding(const struct alert_key *key)
{
	struct cursor c = cursor_of(span_of(key->bytes + 1, key->len - 1));
	struct binding binding = {.target = 0};

	binding.target = cursor_be32(&c);
	binding.unit = cursor_be32(&c);
	return binding;
}

static enum err
unbound_verdicts_end(struct alert_service *a, struct kv *state,
                     struct turn_output *at)
{
	struct alert_key key = {.len = 0};
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		struct binding binding;
		struct span value;

		err = alert_table_next(state, ALERT_TABLE_VERDICTS, &key,
		                       &value, &more);
		if (err != ERR_OK || !more)
			break;
		binding = key_binding(&key);
		if (alert_binding(a, binding.target, binding.unit) == NULL)
			verdict_gone(a, state, &binding, at);
	}
	return err;
}

enum err
alert_unbound_end(struct alert_service *a, struct kv *state,
                  struct turn_output *at)
{
	struct alert_key key = {.len = 0};
	bool more = true;
	enum err err = unbound_verdicts_end(a, state, at);

	while (err == ERR_OK) {
		struct binding binding;
		struct span value;

		err = alert_table_next(state, ALERT_TABLE_ALERTS, &key, &value,
		                       &more);
		if (err != ERR_OK || !more)
			break;
		binding = key_binding(&key);
		if (alert_binding(a, binding.target, binding.unit) == NULL)
			err = alert_end_stored(a, state, &key,
			                       ALERT_TARGET_CHANGED, at);
	}
	return err;
}
