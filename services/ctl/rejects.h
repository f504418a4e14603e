/*
 * rejects - where the rows of a file stand, and those that were refused.
 *
 * Rows are known by their rank among the rows sent; places are kept until the
 * batch they went with has been answered. What was refused is printed in order of
 * lines: kept until nothing more can be said of a line before it.
 */
#ifndef SERVICES_CTL_REJECTS_H
#define SERVICES_CTL_REJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/formats/observations_csv.h"
#include "services/ctl/ctl.h"

struct row_place {
	uint32_t line;
	uint16_t columns[OBSERVATION_FIELDS]; /* 0: no such column */
};

#define REJECTS_WAITING_MAX 65536 /* then out of order rather than not at all */

struct reject_waiting {
	uint32_t line;
	uint32_t column;
	size_t at; /* of its text */
	size_t len;
};

struct rejects {
	const struct ctl *ctl;
	const char *file;
	struct row_place *places; /* of rows from first on */
	uint64_t first;
	size_t n;
	size_t n_cap;
	struct reject_waiting *waiting;
	uint32_t least; /* line of them */
	size_t n_waiting;
	size_t n_waiting_cap;
	struct buf texts; /* of those that wait */
};

void rejects_init(struct rejects *r, const struct ctl *ctl, const char *file);
void rejects_fini(struct rejects *r);
/* The next row to be sent. ERR_NOMEM. */
NODISCARD enum err rejects_row(struct rejects *r,
                               const struct row_place *place);
/* It was not sent after all. */
void rejects_undo(struct rejects *r);
/* Rows below rank were answered. */
void rejects_forget(struct rejects *r, uint64_t rank);

struct reject {
	uint32_t line;
	uint32_t column;
	enum err code;
	struct span code_name; /* as sent; of one unknown here */
	struct span field;
	struct span value;
	uint32_t other_line; /* that says otherwise; 0: none */
	struct span other_value;
};

/* One line: file:line:column: code: text: field "value"; or JSON, or CSV. */
void rejects_add(struct rejects *r, const struct reject *reject);
/* There is something to be printed: nothing more is said of lines before it; or all
 * has been said. */
bool rejects_due(const struct rejects *r, bool all);
/* Prints it. */
void rejects_print(struct rejects *r, bool all);
/* One that ingest refused, by its rank. */
void rejects_row_error(struct rejects *r, uint64_t rank,
                       const struct wire_row_error *error);

#endif
