/*
 * table - columns of text for a person, aligned by what they show on the screen.
 *
 * Cells are gathered, then printed. Width is that of wcwidth, so marks that stand
 * on a letter take no room; the caller has set a UTF-8 LC_CTYPE. Control
 * characters never reach the terminal.
 */
#ifndef SERVICES_CTL_TABLE_H
#define SERVICES_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define TABLE_COLUMNS_MAX 32
#define TABLE_BYTES_MAX   (256u << 20)

struct table {
	struct buf text; /* of all cells, back to back */
	struct buf lens; /* be32 each */
	size_t n_columns;
	size_t n_cells; /* the first n_columns are the titles */
	size_t widths[TABLE_COLUMNS_MAX];
	bool right[TABLE_COLUMNS_MAX]; /* numbers */
	bool untitled;                 /* all titles are empty: no such line */
};

/* n_columns: 1 to TABLE_COLUMNS_MAX. Titles are the first cells added. */
void table_init(struct table *t, size_t n_columns);
void table_fini(struct table *t);
void table_cell(struct table *t, struct span text); /* copied */
void table_right(struct table *t, size_t column);   /* from now on */
/* Two spaces between columns, none at the end of a line; columns without a cell
 * are left out. ERR_OK, ERR_NOMEM, ERR_TOO_LARGE. */
NODISCARD enum err table_print(struct table *t, struct buf *out);

/* A text as a cell would show it, without control characters. */
void table_put(struct buf *out, struct span text);
/* Columns of a terminal that the text takes. */
size_t table_width(struct span text);

#endif
