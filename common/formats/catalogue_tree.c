#include "common/formats/catalogue_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/formats/catalogue_yaml.h"

static bool
lines_find(struct tree *t)
{
	size_t n = 1;

	for (size_t i = 0; i < t->bytes.len; i++)
		n += t->bytes.ptr[i] == '\n';
	t->lines = calloc(n, sizeof(*t->lines));
	if (!t->lines)
		return false;
	for (size_t i = 0; i < t->bytes.len; i++)
		if (t->bytes.ptr[i] == '\n')
			t->lines[++t->n_lines] = i + 1;
	t->n_lines++;
	return true;
}

/* A letter's first byte is no continuation; a byte order mark is no letter. */
static struct cat_place
place_at(const struct tree *t, yaml_mark_t mark)
{
	struct cat_place place = {
	    .file = t->file, .line = (uint32_t)mark.line + 1, .column = 1};
	size_t letters = 0;
	size_t from =
	    mark.line < t->n_lines ? t->lines[mark.line] : t->bytes.len;

	if (from == 0 && t->bytes.len >= 3 &&
	    memcmp(t->bytes.ptr, "\xef\xbb\xbf", 3) == 0)
		from = 3;
	for (size_t i = from; i < t->bytes.len && letters <= mark.column; i++) {
		letters += (t->bytes.ptr[i] & 0xc0) != 0x80;
		if (letters <= mark.column)
			place.column++;
	}
	return place;
}

struct cat_place
tree_place(const struct tree *t, const yaml_node_t *node)
{
	return place_at(t, node->start_mark);
}

static void
error_at(struct tree *t, yaml_mark_t mark, enum err code, const char *text)
{
	struct cat_error e = {.code = code,
	                      .kind = t->kind,
	                      .row = UINT32_MAX,
	                      .field = UINT8_MAX,
	                      .place = place_at(t, mark)};

	(void)snprintf(e.text, sizeof(e.text), "%s", text);
	cat_errors_add(t->errors, &e);
}

void
tree_error(struct tree *t, const yaml_node_t *node, enum err code,
           const char *format, ...)
{
	char text[sizeof(((struct cat_error *)0)->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	error_at(t, node->start_mark, code, text);
}

struct shape { /* of the events so far */
	size_t depth;
	size_t nodes;
	size_t documents;
};

/* What is wrong with an event, or NULL; *code is set with it. */
static const char *
event_wrong(const yaml_event_t *e, struct shape *s, enum err *code)
{
	const yaml_char_t *anchor = NULL;
	const yaml_char_t *tag = NULL;

	*code = ERR_BAD_YAML;
	if (e->type == YAML_ALIAS_EVENT)
		return "aliases are not allowed: write it out";
	if (e->type == YAML_DOCUMENT_START_EVENT && ++s->documents > 1)
		return "one document is allowed";
	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	}
	if (anchor)
		return "anchors are not allowed";
	if (tag)
		return "tags are not allowed";
	s->nodes++;
	s->depth += e->type == YAML_SEQUENCE_START_EVENT ||
	            e->type == YAML_MAPPING_START_EVENT;
	s->depth -= e->type == YAML_SEQUENCE_END_EVENT ||
	            e->type == YAML_MAPPING_END_EVENT;
	*code = s->depth > CATALOGUE_YAML_DEPTH ? ERR_TOO_DEEP : ERR_TOO_LARGE;
	if (s->depth > CATALOGUE_YAML_DEPTH || s->nodes > CATALOGUE_YAML_NODES)
		return err_text(*code);
	return NULL;
}

static void
parser_wrong(struct tree *t, const yaml_parser_t *p)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "not YAML: %s",
	               p->problem ? p->problem : "unreadable");
	error_at(t, p->problem_mark, ERR_BAD_YAML, text);
}

/* Everything is looked at as events first: a tree would follow aliases. */
static bool
events_check(struct tree *t, yaml_parser_t *p)
{
	struct shape shape = {0};
	bool end = false;
	bool good = true;

	while (good && !end) {
		yaml_event_t event;
		const char *wrong;
		enum err code;

		if (!yaml_parser_parse(p, &event)) {
			parser_wrong(t, p);
			return false;
		}
		wrong = event_wrong(&event, &shape, &code);
		if (wrong)
			error_at(t, event.start_mark, code, wrong);
		good = !wrong;
		end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return good;
}

/* Runs a parser over the bytes; load: to the document, else over the events. */
static bool
tree_parse(struct tree *t, bool load, enum err *err)
{
	yaml_parser_t parser;
	bool good;

	if (!yaml_parser_initialize(&parser)) {
		*err = ERR_NOMEM;
		return false;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, t->bytes.ptr, t->bytes.len);
	if (load) {
		good = yaml_parser_load(&parser, &t->document) != 0;
		t->loaded = good;
		if (!good)
			*err = ERR_NOMEM;
	} else {
		good = events_check(t, &parser);
		if (parser.error == YAML_MEMORY_ERROR)
			*err = ERR_NOMEM;
	}
	yaml_parser_delete(&parser);
	return good;
}

bool
tree_open(struct tree *t, enum err *err)
{
	if (!lines_find(t)) {
		*err = ERR_NOMEM;
		return false;
	}
	if (t->bytes.len > CATALOGUE_YAML_BYTES) {
		error_at(t, (yaml_mark_t){0}, ERR_TOO_LARGE,
		         err_text(ERR_TOO_LARGE));
		return false;
	}
	if (!tree_parse(t, false, err) || !tree_parse(t, true, err))
		return false;
	if (yaml_document_get_root_node(&t->document))
		return true;
	error_at(t, (yaml_mark_t){0}, ERR_MISSING_FIELD, "the file is empty");
	return false;
}

void
tree_close(struct tree *t)
{
	if (t->loaded)
		yaml_document_delete(&t->document);
	free(t->lines);
	t->lines = NULL;
	t->loaded = false;
}

yaml_node_t *
tree_node(struct tree *t, yaml_node_item_t number)
{
	return yaml_document_get_node(&t->document, number);
}

struct span
tree_text(struct tree *t, const yaml_node_t *node)
{
	if (node->type == YAML_SCALAR_NODE)
		return span_of(node->data.scalar.value,
		               node->data.scalar.length);
	tree_error(t, node, ERR_BAD_TYPE, "one value is expected here");
	return span_of(NULL, 0);
}
