#include "common/domain/catalogue_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/verdict.h"

/*
 * Alert rules of target versions, and the hash by which aggregate knows whether
 * what it has folded still stands.
 */

enum {
	RULE_PERIODS_MAX = 100,
};

static const char *const severities[] = {"critical", "warning", "info"};
static const char *const audiences[] = {"programme", "data", "operations"};

struct ruled { /* a rule before rules are grouped by version */
	struct cat_alert_rule rule;
	uint32_t version; /* index in build.versions */
	uint32_t row;
};

static int
ruled_order(const void *left, const void *right)
{
	const struct ruled *a = left;
	const struct ruled *b = right;

	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* The version that a rule belongs to, or NUMBER_NONE (reported). */
static uint32_t
take_rule_version(struct build *b, uint32_t row)
{
	struct spot at = SPOT(row, RULE_TARGET);
	char id[2 * CATALOGUE_FIELD_MAX + 2];
	struct period period = {0};
	const struct cat_target *t;
	uint32_t target;

	(void)snprintf(id, sizeof(id), "%s/%s",
	               take_raw(b, SPOT(row, RULE_PROGRAMME)), take_raw(b, at));
	target = ref_of(b, at, REGISTRY_TARGET, span_str(id));
	if (!take_period(b, SPOT(row, RULE_IN_FORCE), true, &period) ||
	    target == NUMBER_NONE)
		return NUMBER_NONE;
	t = &b->c->targets[target];
	for (uint32_t i = 0; i < t->n_versions; i++)
		if (t->versions[i].in_force_from.code == period.code)
			return (uint32_t)(t->versions - b->versions) + i;
	if (t->n_versions > 0)
		build_error(b, SPOT(row, RULE_IN_FORCE), ERR_UNKNOWN_REFERENCE,
		            "target %s has no version in force from %s", id,
		            take_raw(b, SPOT(row, RULE_IN_FORCE)));
	return NUMBER_NONE;
}

static uint32_t
take_when(struct build *b, struct spot at)
{
	const char *next = take_raw(b, at);
	struct span word = next_word(&next);
	uint32_t when = 0;

	if (word.len == 0)
		build_error(b, at, ERR_MISSING_FIELD, "when is mandatory");
	for (; word.len > 0; word = next_word(&next)) {
		enum verdict_kind kind = verdict_kind_parse(word);

		/* L1: undecided neither fires nor clears. */
		if (kind < VERDICT_KINDS && kind != VERDICT_UNDECIDED)
			when |= 1u << kind;
		else
			build_error(
			    b, at, ERR_BAD_VALUE,
			    "when %.*s is no verdict that an alert can rest "
			    "on: achieved missed on-track at-risk behind "
			    "reversing",
			    word.len > 40 ? 40 : (int)word.len,
			    (const char *)word.ptr);
	}
	return when;
}

static void
take_rule(struct build *b, uint32_t row, struct cat_alert_rule *rule)
{
	static const struct range periods = {1, RULE_PERIODS_MAX};
	struct spot at = SPOT(row, RULE_SEVERITY);

	rule->when = take_when(b, SPOT(row, RULE_WHEN));
	rule->severity =
	    severities[take_word(b, at, WORDS(severities), NO_DEFAULT)];
	rule->audience = audiences[take_word(b, SPOT(row, RULE_AUDIENCE),
	                                     WORDS(audiences), 0)];
	rule->after =
	    (uint32_t)take_whole(b, SPOT(row, RULE_AFTER), periods, 1);
	rule->clear =
	    (uint32_t)take_whole(b, SPOT(row, RULE_CLEAR), periods, 1);
	if (take_given(b, at) && rule->severity == severities[0] &&
	    strcmp(rule->audience, "operations") != 0)
		build_error(b, at, ERR_BAD_VALUE,
		            "only what goes to operations can be critical");
}

/* L4: at most one rule per severity. Severities are few, so a version has at
 * most as many rules. */
static void
version_rules(struct build *b, const struct ruled *rows, uint32_t n)
{
	struct cat_target_version *v = &b->versions[rows[0].version];
	struct cat_alert_rule *rules = make_array(b, n, sizeof(*rules));

	for (uint32_t i = 0; rules && i < n; i++) {
		rules[i] = rows[i].rule;
		for (uint32_t j = 0; j < i && j < WORDS(severities).n; j++)
			if (rules[j].severity == rules[i].severity)
				build_error(
				    b, SPOT(rows[i].row, RULE_SEVERITY),
				    ERR_DUPLICATE_ID,
				    "two rules of severity %s for one target",
				    rules[i].severity);
	}
	v->rules = rules;
	v->n_rules = n;
}

void
make_rules(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_RULE];
	struct ruled *rows = calloc(list->n + 1u, sizeof(*rows));
	uint32_t n = 0;

	if (!rows) {
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < list->n; i++) {
		rows[n].row = list->rows[i];
		rows[n].version = take_rule_version(b, list->rows[i]);
		take_rule(b, list->rows[i], &rows[n].rule);
		n += rows[n].version != NUMBER_NONE;
	}
	qsort(rows, n, sizeof(*rows), ruled_order);
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i + 1;
		     end < n && rows[end].version == rows[i].version;)
			end++;
		version_rules(b, rows + i, end - i);
	}
	free(rows);
}

static void
hash_validity(struct buf *out, struct validity v)
{
	buf_put_svarint(out, v.from.n);
	buf_put_svarint(out, v.to.n);
}

static void
hash_units(const struct catalogue *c, struct buf *out)
{
	for (uint32_t i = 0; i < c->n_units; i++) {
		buf_put_uvarint(out, c->units[i].n_names);
		for (uint32_t j = 0; j < c->units[i].n_names; j++) {
			const struct cat_unit_name *name =
			    &c->units[i].names[j];

			buf_put_text(out, span_str(name->level));
			hash_validity(out, name->validity);
		}
	}
}

static void
hash_maps(const struct catalogue *c, struct buf *out)
{
	for (uint32_t i = 0; i < c->n_maps; i++) {
		buf_put_u8(out, c->maps[i].declared);
		buf_put_uvarint(out, c->maps[i].root);
		buf_put_u8(out, (uint8_t)c->maps[i].kind);
		hash_validity(out, c->maps[i].validity);
	}
	buf_put_uvarint(out, c->n_members);
	for (uint32_t i = 0; i < c->n_members; i++) {
		const struct cat_member *m = &c->members[i];

		buf_put_uvarint(out, m->map);
		buf_put_uvarint(out, m->unit);
		buf_put_uvarint(out, m->parent);
		buf_put_uvarint(out, m->weight);
		hash_validity(out, m->validity);
	}
}

/* R1e: which units a share counts. */
static void
hash_share(const struct cat_definition *d, struct buf *out)
{
	if (d->place != PLACE_SHARE)
		return;
	buf_put_text(out, span_str(d->counted));
	buf_put_u8(out, (uint8_t)d->meets.sense);
	buf_put_svarint(out, d->meets.value);
}

static void
hash_definitions(const struct catalogue *c, struct buf *out)
{
	for (uint32_t i = 0; i < c->n_definitions; i++) {
		const struct cat_definition *d = &c->definitions[i];

		buf_put_u8(out, d->declared);
		buf_put_u8(out, d->decimals);
		buf_put_u8(out, (uint8_t)d->place);
		buf_put_u8(out, (uint8_t)d->time);
		buf_put_u8(out, (uint8_t)d->accumulation);
		buf_put_u8(out, (uint8_t)d->frequency);
		buf_put_u8(out, d->has_tolerance);
		buf_put_svarint(out, d->tolerance);
		buf_put_svarint(out, d->factor);
		buf_put_svarint(out, d->min_denominator);
		buf_put_uvarint(out, d->units);
		hash_validity(out, d->validity);
		hash_share(d, out);
	}
}

static uint64_t
hash_duty(const struct cat_reporting *r, uint32_t definition, struct buf *out)
{
	buf_reset(out);
	buf_put_uvarint(out, definition);
	buf_put_text(out, span_str(r->level ? r->level : ""));
	buf_put_uvarint(out, r->unit);
	buf_put_uvarint(out, r->map);
	buf_put_uvarint(out, r->floor_millionths);
	hash_validity(out, r->validity);
	return hash_bytes(buf_span(out), 0);
}

/* A sum, since the order of rows means nothing. */
static void
hash_reporting(const struct catalogue *c, struct buf *out)
{
	struct buf one;
	uint64_t sum = 0;

	buf_init(&one, (size_t)2 * CATALOGUE_FIELD_MAX);
	for (uint32_t i = 0; i < c->n_reporting; i++) {
		const struct cat_reporting *r = &c->reporting[i];

		for (uint32_t j = 0; j < r->n_definitions; j++)
			sum += hash_duty(
			    r,
			    c->reporting_definitions[r->definition_first + j],
			    &one);
	}
	buf_put_be64(out, sum);
	if (buf_err(&one) != ERR_OK)
		out->err = buf_err(&one);
	buf_fini(&one);
}

void
make_place_hash(struct build *b)
{
	const struct catalogue *c = b->c;
	struct buf all;

	buf_init(&all, PTRDIFF_MAX / 4);
	hash_units(c, &all);
	hash_maps(c, &all);
	hash_definitions(c, &all);
	hash_reporting(c, &all);
	for (uint32_t i = 0; i < c->n_sources; i++)
		buf_put_uvarint(&all, c->sources[i].rank);
	if (buf_err(&all) != ERR_OK)
		b->nomem = true;
	b->c->place_hash = hash_bytes(buf_span(&all), 0);
	buf_fini(&all);
}
