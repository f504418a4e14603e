#include "common/formats/catalogue_yaml.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/arena.h"
#include "common/domain/text.h"
#include "common/formats/catalogue_tree.h"

/*
 * A file is walked by tables of keys: each key has a handler and the field of the
 * row that it fills. Rows are written one by one; a rule's row repeats the ids of
 * its target.
 */

struct draft { /* a row being filled */
	enum cat_kind kind;
	struct span fields[CATALOGUE_FIELDS_MAX];
	struct cat_place places[CATALOGUE_FIELDS_MAX];
};

struct reader {
	struct tree tree;
	struct cat_rows *rows;
	void *scratch; /* arena of joined texts */
	struct draft programme;
	struct draft target;
	const yaml_node_t *targets; /* of the file */
	const yaml_node_t *alerts;  /* of the target */
	enum err err;               /* ERR_NOMEM, ERR_TOO_LARGE: stop */
};

struct entry { /* key and value of a mapping */
	const char *name;
	const yaml_node_t *key;
	const yaml_node_t *value;
};

struct key {
	const char *name;
	void (*take)(struct reader *r, struct draft *d, uint8_t field,
	             const struct entry *entry);
	uint8_t field;
};

struct keys {
	const struct key *list;
	size_t n;
};
#define KEYS(list) ((struct keys){(list), sizeof(list) / sizeof((list)[0])})

/* Fields of programme, target and rule rows, by position (cat_kinds). */
enum { P_PROGRAMME, P_NAME_VI, P_NAME_EN, P_FROM, P_TO };
enum {
	T_PROGRAMME,
	T_TARGET,
	T_TEXT,
	T_DOCUMENT,
	T_IN_FORCE,
	T_INDICATOR,
	T_UNITS,
	T_LEVEL,
	T_MAP,
	T_MEMBERS,
	T_KIND,
	T_VALUE,
	T_VALUE_FAR,
	T_SENSE,
	T_STEPS,
	T_BASE_PERIOD,
	T_BASE_VALUE,
	T_BASE_DOCUMENT,
	T_DUE,
	T_PATH,
	T_MILESTONES,
	T_MARGIN,
	T_METHOD,
	T_REFERENCE
};
enum {
	R_PROGRAMME,
	R_TARGET,
	R_IN_FORCE,
	R_WHEN,
	R_SEVERITY,
	R_AUDIENCE,
	R_AFTER,
	R_CLEAR
};

static void
draft_init(struct reader *r, struct draft *d, enum cat_kind kind,
           const yaml_node_t *node)
{
	*d = (struct draft){.kind = kind};
	for (size_t i = 0; i < CATALOGUE_FIELDS_MAX; i++)
		d->places[i] = tree_place(&r->tree, node);
}

static void
draft_add(struct reader *r, const struct draft *d, const yaml_node_t *node)
{
	enum err err = cat_rows_add(r->rows, d->kind, d->fields, d->places);

	if (err == ERR_BAD_TEXT || err == ERR_TOO_LARGE)
		tree_error(&r->tree, node, err, "%s", err_text(err));
	else if (err != ERR_OK)
		r->err = err;
}

static void
set(struct reader *r, struct draft *d, uint8_t field, struct span text,
    const yaml_node_t *node)
{
	if (d->fields[field].len > 0)
		tree_error(&r->tree, node, ERR_DUPLICATE_FIELD,
		           "%s is given twice",
		           cat_kinds[d->kind].fields[field]);
	d->fields[field] = text;
	d->places[field] = tree_place(&r->tree, node);
}

static const struct key *
key_find(struct keys keys, struct span name)
{
	const struct key *list = keys.list;

	for (size_t i = 0; i < keys.n; i++)
		if (span_equal(span_str(list[i].name), name))
			return &list[i];
	return NULL;
}

static void
key_unknown(struct reader *r, struct keys keys, const yaml_node_t *key,
            struct span name)
{
	struct nearest near = nearest_of(name);
	struct cat_error e = {.code = ERR_UNKNOWN_KEY,
	                      .kind = r->tree.kind,
	                      .row = UINT32_MAX,
	                      .field = UINT8_MAX,
	                      .place = tree_place(&r->tree, key)};

	for (size_t i = 0; i < keys.n; i++)
		nearest_offer(&near, span_str(keys.list[i].name));
	(void)snprintf(e.text, sizeof(e.text), "key %.*s unknown",
	               name.len > 60 ? 60 : (int)name.len,
	               (const char *)name.ptr);
	if (near.best.ptr)
		(void)snprintf(e.hint, sizeof(e.hint), "%.*s?",
		               (int)near.best.len, (const char *)near.best.ptr);
	cat_errors_add(r->tree.errors, &e);
}

/* Keys of a file are few: each is compared with those before. */
static bool
key_double(struct reader *r, const yaml_node_t *map,
           const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = tree_node(&r->tree, pair->key);

	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < pair; p++) {
		const yaml_node_t *other = tree_node(&r->tree, p->key);

		if (other->type != YAML_SCALAR_NODE ||
		    other->data.scalar.length != key->data.scalar.length ||
		    memcmp(other->data.scalar.value, key->data.scalar.value,
		           key->data.scalar.length) != 0)
			continue;
		tree_error(&r->tree, key, ERR_DUPLICATE_FIELD,
		           "key %.60s stands twice",
		           (const char *)key->data.scalar.value);
		return true;
	}
	return false;
}

static void
take_mapping(struct reader *r, struct draft *d, const yaml_node_t *map,
             struct keys keys)
{
	const yaml_node_pair_t *pair;

	if (map->type != YAML_MAPPING_NODE) {
		tree_error(&r->tree, map, ERR_BAD_TYPE,
		           "keys and values are expected here");
		return;
	}
	for (pair = map->data.mapping.pairs.start;
	     pair < map->data.mapping.pairs.top; pair++) {
		struct entry entry = {.key = tree_node(&r->tree, pair->key),
		                      .value =
		                          tree_node(&r->tree, pair->value)};
		struct span name = tree_text(&r->tree, entry.key);
		const struct key *known = key_find(keys, name);

		if (!name.ptr || key_double(r, map, pair))
			continue;
		if (!known) {
			key_unknown(r, keys, entry.key, name);
			continue;
		}
		entry.name = known->name;
		known->take(r, d, known->field, &entry);
	}
}

static void
take_text(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	set(r, d, field, tree_text(&r->tree, entry->value), entry->value);
}

/* Decimals are quoted text: else 12.50 is 12.5 to whoever wrote it. */
static struct span
quoted_text(struct reader *r, const yaml_node_t *node)
{
	struct span text = tree_text(&r->tree, node);

	if (node->type == YAML_SCALAR_NODE && text.len > 0 &&
	    node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		tree_error(&r->tree, node, ERR_BAD_TYPE,
		           "a number is quoted text: \"%.40s\"",
		           (const char *)text.ptr);
	return text;
}

static void
take_quoted(struct reader *r, struct draft *d, uint8_t field,
            const struct entry *entry)
{
	set(r, d, field, quoted_text(r, entry->value), entry->value);
}

/* at_least, at_most, above, below: the key is the sense. */
static void
take_sense(struct reader *r, struct draft *d, uint8_t field,
           const struct entry *entry)
{
	take_quoted(r, d, field, entry);
	set(r, d, T_SENSE, span_str(entry->name), entry->value);
}

static void
take_range(struct reader *r, struct draft *d, uint8_t field,
           const struct entry *entry)
{
	const yaml_node_t *node = entry->value;
	const yaml_node_item_t *items;

	if (node->type != YAML_SEQUENCE_NODE ||
	    node->data.sequence.items.top - node->data.sequence.items.start !=
	        2) {
		tree_error(&r->tree, node, ERR_BAD_TYPE,
		           "two numbers are expected: [\"3.0\", \"4.0\"]");
		return;
	}
	items = node->data.sequence.items.start;
	for (uint8_t i = 0; i < 2; i++) {
		const yaml_node_t *end = tree_node(&r->tree, items[i]);

		set(r, d, (uint8_t)(field + i), quoted_text(r, end), end);
	}
}

/* A list of words, kept with one space between. */
static void
join(struct reader *r, struct buf *out, const yaml_node_t *node)
{
	struct span text = tree_text(&r->tree, node);

	if (text.len > 0 && memchr(text.ptr, ' ', text.len))
		tree_error(&r->tree, node, ERR_BAD_VALUE,
		           "a word without spaces is expected: %.60s",
		           (const char *)text.ptr);
	if (out->len > 0)
		buf_put_str(out, " ");
	buf_put(out, text.ptr, text.len);
}

static void
set_joined(struct reader *r, struct draft *d, uint8_t field, struct buf *text,
           const yaml_node_t *node)
{
	const char *copy = arena_text(&r->scratch, buf_span(text));

	if (buf_err(text) == ERR_TOO_LARGE)
		tree_error(&r->tree, node, ERR_TOO_LARGE,
		           "more than %d bytes together", CATALOGUE_FIELD_MAX);
	else if (buf_err(text) != ERR_OK || !copy)
		r->err = ERR_NOMEM;
	else
		set(r, d, field, span_str(copy), node);
}

static void
take_list(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	const yaml_node_t *node = entry->value;
	const yaml_node_item_t *item;
	struct buf text;

	buf_init(&text, CATALOGUE_FIELD_MAX);
	if (node->type == YAML_SEQUENCE_NODE) {
		for (item = node->data.sequence.items.start;
		     item < node->data.sequence.items.top; item++)
			join(r, &text, tree_node(&r->tree, *item));
	} else {
		join(r, &text, node);
	}
	set_joined(r, d, field, &text, node);
	buf_fini(&text);
}

/* {2018: "12.00"} as "2018=12.00". */
static void
take_milestones(struct reader *r, struct draft *d, uint8_t field,
                const struct entry *entry)
{
	const yaml_node_t *node = entry->value;
	const yaml_node_pair_t *pair;
	struct buf text;

	if (node->type != YAML_MAPPING_NODE) {
		tree_error(
		    &r->tree, node, ERR_BAD_TYPE,
		    "periods and numbers are expected: {2018: \"12.00\"}");
		return;
	}
	buf_init(&text, CATALOGUE_FIELD_MAX);
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		struct span value =
		    quoted_text(r, tree_node(&r->tree, pair->value));

		join(r, &text, tree_node(&r->tree, pair->key));
		buf_put_str(&text, "=");
		buf_put(&text, value.ptr, value.len);
	}
	set_joined(r, d, field, &text, node);
	buf_fini(&text);
}

static void
take_path(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	static const struct key keys[] = {
	    {"milestones", take_milestones, T_MILESTONES}};

	if (entry->value->type == YAML_MAPPING_NODE)
		take_mapping(r, d, entry->value, KEYS(keys));
	else
		take_text(r, d, field, entry);
}

/* The number of a base, or the word `series`. */
static void
take_base_value(struct reader *r, struct draft *d, uint8_t field,
                const struct entry *entry)
{
	struct span text = tree_text(&r->tree, entry->value);

	if (span_equal(text, span_str("series")))
		take_text(r, d, field, entry);
	else
		take_quoted(r, d, field, entry);
}

static void
take_base(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	static const struct key keys[] = {
	    {"period", take_text, T_BASE_PERIOD},
	    {"value", take_base_value, T_BASE_VALUE},
	    {"document", take_text, T_BASE_DOCUMENT},
	};

	if (entry->value->type == YAML_MAPPING_NODE) {
		take_mapping(r, d, entry->value, KEYS(keys));
		return;
	}
	take_text(r, d, field, entry);
	if (!span_equal(d->fields[field], span_str("series")))
		tree_error(&r->tree, entry->value, ERR_BAD_VALUE,
		           "base is {period, value, document} or series");
}

static void
take_flag(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	struct span text = tree_text(&r->tree, entry->value);

	if (span_equal(text, span_str("true")))
		text = span_str("yes");
	if (span_equal(text, span_str("false")))
		text = span_str("no");
	set(r, d, field, text, entry->value);
}

static void
take_alerts(struct reader *r, struct draft *d, uint8_t field,
            const struct entry *entry)
{
	(void)d;
	(void)field;
	r->alerts = entry->value;
}

static void
take_targets(struct reader *r, struct draft *d, uint8_t field,
             const struct entry *entry)
{
	(void)d;
	(void)field;
	r->targets = entry->value;
}

static void
take_name(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	static const struct key keys[] = {
	    {"vi", take_text, P_NAME_VI},
	    {"en", take_text, P_NAME_EN},
	};

	if (entry->value->type == YAML_MAPPING_NODE)
		take_mapping(r, d, entry->value, KEYS(keys));
	else
		take_text(r, d, field, entry);
}

static void
take_span(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	static const struct key keys[] = {
	    {"from", take_text, P_FROM},
	    {"to", take_text, P_TO},
	};

	(void)field;
	take_mapping(r, d, entry->value, KEYS(keys));
}

static const struct key file_keys[] = {
    {"programme", take_text, P_PROGRAMME},
    {"name", take_name, P_NAME_VI},
    {"period", take_span, 0},
    {"targets", take_targets, 0},
};

static const struct key target_keys[] = {
    {"target", take_text, T_TARGET},
    {"text", take_text, T_TEXT},
    {"document", take_text, T_DOCUMENT},
    {"in_force_from", take_text, T_IN_FORCE},
    {"indicator", take_text, T_INDICATOR},
    {"units", take_list, T_UNITS},
    {"level", take_text, T_LEVEL},
    {"map", take_text, T_MAP},
    {"members", take_text, T_MEMBERS},
    {"kind", take_text, T_KIND},
    {"at_least", take_sense, T_VALUE},
    {"at_most", take_sense, T_VALUE},
    {"above", take_sense, T_VALUE},
    {"below", take_sense, T_VALUE},
    {"range", take_range, T_VALUE},
    {"steps", take_text, T_STEPS},
    {"base", take_base, T_BASE_VALUE},
    {"base_period", take_text, T_BASE_PERIOD},
    {"due", take_text, T_DUE},
    {"path", take_path, T_PATH},
    {"milestones", take_milestones, T_MILESTONES},
    {"margin", take_quoted, T_MARGIN},
    {"method", take_text, T_METHOD},
    {"reference", take_flag, T_REFERENCE},
    {"alerts", take_alerts, 0},
};

static const struct key rule_keys[] = {
    {"when", take_list, R_WHEN},         {"severity", take_text, R_SEVERITY},
    {"audience", take_text, R_AUDIENCE}, {"after", take_text, R_AFTER},
    {"clear", take_text, R_CLEAR},
};

static void
read_rule(struct reader *r, const yaml_node_t *node)
{
	static const uint8_t shared[][2] = {{R_PROGRAMME, T_PROGRAMME},
	                                    {R_TARGET, T_TARGET},
	                                    {R_IN_FORCE, T_IN_FORCE}};
	struct draft rule;

	draft_init(r, &rule, CAT_RULE, node);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		rule.fields[shared[i][0]] = r->target.fields[shared[i][1]];
	take_mapping(r, &rule, node, KEYS(rule_keys));
	draft_add(r, &rule, node);
}

static void
read_target(struct reader *r, const yaml_node_t *node)
{
	r->alerts = NULL;
	draft_init(r, &r->target, CAT_TARGET, node);
	r->target.fields[T_PROGRAMME] = r->programme.fields[P_PROGRAMME];
	take_mapping(r, &r->target, node, KEYS(target_keys));
	draft_add(r, &r->target, node);
}

/* Calls read for each node of a list; NULL is an empty list. */
static void
read_list(struct reader *r, const yaml_node_t *list,
          void (*read)(struct reader *r, const yaml_node_t *node))
{
	const yaml_node_item_t *item;

	if (!list)
		return;
	if (list->type != YAML_SEQUENCE_NODE) {
		tree_error(&r->tree, list, ERR_BAD_TYPE,
		           "a list is expected here");
		return;
	}
	for (item = list->data.sequence.items.start;
	     item < list->data.sequence.items.top && r->err == ERR_OK; item++)
		read(r, tree_node(&r->tree, *item));
}

static void
read_target_and_rules(struct reader *r, const yaml_node_t *node)
{
	read_target(r, node);
	read_list(r, r->alerts, read_rule);
}

static void
read_file(struct reader *r)
{
	const yaml_node_t *root =
	    yaml_document_get_root_node(&r->tree.document);

	draft_init(r, &r->programme, CAT_PROGRAMME, root);
	take_mapping(r, &r->programme, root, KEYS(file_keys));
	draft_add(r, &r->programme, root);
	read_list(r, r->targets, read_target_and_rules);
}

enum err
catalogue_yaml_read(const char *file, struct span bytes, struct cat_rows *rows,
                    struct cat_errors *errors)
{
	struct reader r = {.tree = {.file = file,
	                            .bytes = bytes,
	                            .errors = errors,
	                            .kind = CAT_PROGRAMME},
	                   .rows = rows};
	size_t before = errors->total;

	if (tree_open(&r.tree, &r.err))
		read_file(&r);
	tree_close(&r.tree);
	arena_fini(&r.scratch);
	if (r.err != ERR_OK)
		return r.err;
	return errors->total == before ? ERR_OK : ERR_REFUSED;
}
