/*
 * catalogue_tree - a YAML file as a tree of nodes with places, and errors of
 * them; only for catalogue_yaml.c.
 */
#ifndef COMMON_FORMATS_CATALOGUE_TREE_H
#define COMMON_FORMATS_CATALOGUE_TREE_H

#include <stdbool.h>
#include <yaml.h>

#include "common/base/buf.h"
#include "common/domain/catalogue_rows.h"

struct tree {
	const char *file;
	struct span bytes;
	size_t *lines; /* where each line begins */
	size_t n_lines;
	struct cat_errors *errors;
	yaml_document_t document;
	bool loaded;        /* document is to be deleted */
	enum cat_kind kind; /* of errors */
};

/* False: errors were added, or *err is ERR_NOMEM. tree_close always. */
bool tree_open(struct tree *t, enum err *err);
void tree_close(struct tree *t);

/* In bytes; YAML counts letters. */
struct cat_place tree_place(const struct tree *t, const yaml_node_t *node);
void tree_error(struct tree *t, const yaml_node_t *node, enum err code,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* NULL: none. */
yaml_node_t *tree_node(struct tree *t, yaml_node_item_t number);
/* The text of a scalar; an error and empty for anything else. */
struct span tree_text(struct tree *t, const yaml_node_t *node);

#endif
