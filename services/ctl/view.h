/*
 * view - a query of a service, shown in the form asked for.
 */
#ifndef SERVICES_CTL_VIEW_H
#define SERVICES_CTL_VIEW_H

#include "proto/wire.h"
#include "services/ctl/ctl.h"

struct view_column { /* of the table */
	const char *name;
	struct words title;
	bool right; /* numbers */
};

struct table;
struct contested;

struct view {
	enum ctl_service service;
	const char *what;
	const struct view_column *columns; /* ends with a NULL name */
	const char *const *fields;         /* of CSV; ends with NULL */
	/* Field whose values head the table, counted; NULL: none. */
	const char *counted;
	/* Field told below the table, with the number that stands in its column;
	 * NULL: none. */
	const char *footnote;
	/* Rows are asked about before they are shown (contested.h); NULL: not. */
	struct contested *contested;
	struct words nothing; /* said, on standard error, of no rows */
	/* Adds whole lines to the table, below that of the row; NULL: none. */
	void (*below)(const struct ctl *ctl, struct wire_list pairs,
	              const struct view_column *columns, struct table *table);
};

/* All rows of the query on ctl->out. args: text to text. Returns the exit code. */
int view_show(const struct ctl *ctl, const struct view *view,
              struct wire_list args);

/* A value as a table shows it: codes in the language asked for, nothing of what is
 * false. name: the field's. */
void view_cell(const struct ctl *ctl, const char *name,
               const struct wire_value *value, struct buf *out);

/* An option of the subcommand as an argument of the query, if it was given. */
void view_arg_option(const struct ctl *ctl, struct wire_writer *args,
                     const char *option, const char *name);

/* Writes what out holds to ctl->out and empties it; the exit code, 0: written. */
int view_flush(const struct ctl *ctl, struct buf *out);

#endif
