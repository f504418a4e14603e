/*
 * verify_rows - the rows that services answer, and the same of the naive oracle,
 * as texts that can be compared and shown.
 */
#ifndef SERVICES_CTL_VERIFY_ROWS_H
#define SERVICES_CTL_VERIFY_ROWS_H

#include "common/base/map.h"
#include "proto/wire.h"
#include "services/ctl/naive_verdict.h"

/* Rows by name: "rate@a c1 2018" -> "12.00 ...". */
struct verify_rows {
	struct map names;
	char **texts; /* by value in names; NULL: taken off */
	uint32_t n_cap;
};
void verify_rows_init(struct verify_rows *rows);
void verify_rows_fini(struct verify_rows *rows);
NODISCARD enum err verify_rows_add(struct verify_rows *rows, struct span name,
                                   struct span text);
/* The text of a name, or NULL; it counts as seen and is not found again. */
char *verify_rows_take(struct verify_rows *rows, struct span name);

/* What a row is called, and what it says; the caller empties both. */
struct named {
	struct buf name;
	struct buf text;
};

/* Name and text of a row of the queries figures, rollups, status and alerts. */
void verify_figure_row(struct wire_list pairs, struct named *out);
void verify_rollup_row(struct wire_list pairs, struct named *out);
void verify_status_row(struct wire_list pairs, struct named *out);
/* Nothing of a group of late or doubtful figures. */
void verify_alert_row(struct wire_list pairs, struct named *out);

/* The same of what the oracle has. */
void verify_figure_own(const struct catalogue *c, const struct figure *f,
                       struct named *out);
void verify_rollup_own(const struct catalogue *c, const struct rollup *r,
                       struct named *out);
void verify_verdict_own(const struct catalogue *c, uint32_t target,
                        uint32_t unit, const struct naive_verdict *v,
                        struct named *out);
/* Text "firing". */
void verify_alert_own(const struct catalogue *c, uint32_t target, uint32_t unit,
                      const char *severity, struct named *out);

#endif
