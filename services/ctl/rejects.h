/*
 * rejects - where the rows of a file stand, and those that were refused.
 *
 * Rows are known by their rank among the rows sent; places are kept until the
 * batch they went with has been answered.
 */
#ifndef SERVICES_CTL_REJECTS_H
#define SERVICES_CTL_REJECTS_H

#include <stdint.h>

#include "common/formats/observations_csv.h"
#include "services/ctl/ctl.h"

struct row_place {
	uint32_t line;
	uint16_t columns[OBSERVATION_FIELDS]; /* 0: no such column */
};

struct rejects {
	const struct ctl *ctl;
	const char *file;
	struct row_place *places; /* of rows from first on */
	uint64_t first;
	size_t n;
	size_t n_cap;
	struct buf line;
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
};

/* One line: file:line:column: code: text: field "value"; or JSON, or CSV. */
void rejects_print(struct rejects *r, const struct reject *reject);
/* One that ingest refused, by its rank. */
void rejects_row_error(struct rejects *r, uint64_t rank,
                       const struct wire_row_error *error);

#endif
