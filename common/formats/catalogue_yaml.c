#include "common/formats/catalogue_yaml.h"

#include <assert.h>
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
	const char *field; /* NULL: of the same name */
};

struct keys {
	const struct key *list;
	size_t n;
};
#define KEYS(list) ((struct keys){(list), sizeof(list) / sizeof((list)[0])})

/* A field of rows of this kind by name; every name here is one (cat_kinds). */
static uint8_t
field_of(enum cat_kind kind, const char *name)
{
	const struct cat_kind_info *info = &cat_kinds[kind];
	uint8_t i = 0;

	while (i < info->n_fields && strcmp(info->fields[i], name) != 0)
		i++;
	assert(i < info->n_fields);
	return i;
}

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
		known->take(r, d,
		            field_of(d->kind,
		                     known->field ? known->field : known->name),
		            &entry);
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

/* One number, or the two ends of a range. */
static void
take_ends(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	if (entry->value->type == YAML_SEQUENCE_NODE)
		take_range(r, d, field, entry);
	else
		take_quoted(r, d, field, entry);
}

/* at_least, at_most, above, below: the key is the sense. */
static void
take_sense(struct reader *r, struct draft *d, uint8_t field,
           const struct entry *entry)
{
	take_ends(r, d, field, entry);
	set(r, d, field_of(d->kind, "sense"), span_str(entry->name),
	    entry->value);
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
take_keys_or_text(struct reader *r, struct draft *d, uint8_t field,
                  const struct entry *entry, struct keys keys)
{
	if (entry->value->type == YAML_MAPPING_NODE)
		take_mapping(r, d, entry->value, keys);
	else
		take_text(r, d, field, entry);
}

static void
take_path(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	static const struct key keys[] = {
	    {"milestones", take_milestones, NULL}};

	take_keys_or_text(r, d, field, entry, KEYS(keys));
}

/* The series that is the measure: {indicator, unit}, one of them or both. */
static void
take_relative(struct reader *r, struct draft *d, uint8_t field,
              const struct entry *entry)
{
	static const struct key keys[] = {
	    {"indicator", take_text, "relative_indicator"},
	    {"unit", take_text, "relative_unit"},
	};

	(void)field;
	take_mapping(r, d, entry->value, KEYS(keys));
}

/* A target, or {target, units} where it ends for some of its units only. */
static void
take_successor(struct reader *r, struct draft *d, uint8_t field,
               const struct entry *entry)
{
	static const struct key keys[] = {
	    {"target", take_text, "successor_of"},
	    {"units", take_list, "successor_units"},
	};

	take_keys_or_text(r, d, field, entry, KEYS(keys));
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
	    {"period", take_text, "base_period"},
	    {"value", take_base_value, "base_value"},
	    {"document", take_text, "base_document"},
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

/* Lists that become rows of their own once the row around them is written. */
static void
take_rows(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	(void)field;
	*(d->kind == CAT_TARGET ? &r->alerts : &r->targets) = entry->value;
}

static void
take_name(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	static const struct key keys[] = {
	    {"vi", take_text, "name_vi"},
	    {"en", take_text, "name_en"},
	};

	take_keys_or_text(r, d, field, entry, KEYS(keys));
}

static void
take_span(struct reader *r, struct draft *d, uint8_t field,
          const struct entry *entry)
{
	static const struct key keys[] = {
	    {"from", take_text, NULL},
	    {"to", take_text, NULL},
	};

	(void)field;
	take_mapping(r, d, entry->value, KEYS(keys));
}

static const struct key file_keys[] = {
    {"programme", take_text, NULL},
    {"name", take_name, "name_vi"},
    {"period", take_span, "from"},
    {"targets", take_rows, "programme"},
};

static const struct key target_keys[] = {
    {"target", take_text, NULL},
    {"text", take_text, NULL},
    {"document", take_text, NULL},
    {"in_force_from", take_text, NULL},
    {"indicator", take_text, NULL},
    {"units", take_list, NULL},
    {"level", take_text, NULL},
    {"map", take_text, NULL},
    {"members", take_text, NULL},
    {"kind", take_text, NULL},
    {"at_least", take_sense, "value"},
    {"at_most", take_sense, "value"},
    {"above", take_sense, "value"},
    {"below", take_sense, "value"},
    {"range", take_range, "value"},
    {"steps", take_text, NULL},
    {"base", take_base, "base_value"},
    {"base_period", take_text, NULL},
    {"due", take_text, NULL},
    {"path", take_path, NULL},
    {"milestones", take_milestones, NULL},
    {"margin", take_quoted, NULL},
    {"method", take_text, NULL},
    {"reference", take_flag, NULL},
    {"factor", take_ends, NULL},
    {"per", take_text, NULL},
    {"relative_to", take_relative, "relative_unit"},
    {"plan", take_milestones, NULL},
    {"successor_of", take_successor, NULL},
    {"alerts", take_rows, "programme"},
};

static const struct key rule_keys[] = {
    {"when", take_list, NULL},     {"severity", take_text, NULL},
    {"audience", take_text, NULL}, {"after", take_text, NULL},
    {"clear", take_text, NULL},
};

static void
read_rule(struct reader *r, const yaml_node_t *node)
{
	static const char *const shared[] = {"programme", "target",
	                                     "in_force_from"};
	struct draft rule;

	draft_init(r, &rule, CAT_RULE, node);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		rule.fields[field_of(CAT_RULE, shared[i])] =
		    r->target.fields[field_of(CAT_TARGET, shared[i])];
	take_mapping(r, &rule, node, KEYS(rule_keys));
	draft_add(r, &rule, node);
}

static void
read_target(struct reader *r, const yaml_node_t *node)
{
	r->alerts = NULL;
	draft_init(r, &r->target, CAT_TARGET, node);
	r->target.fields[field_of(CAT_TARGET, "programme")] =
	    r->programme.fields[field_of(CAT_PROGRAMME, "programme")];
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
