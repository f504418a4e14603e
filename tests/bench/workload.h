/*
 * workload - the standard workload: 3,321 communes of 34 provinces report 40
 * ratio indicators each month for 60 months, 7,970,400 observations.
 *
 * Observations are numbered in order of period, commune, indicator; what one says
 * depends on its number alone. So it can be made as rows, as batches and as
 * figures, in any order, without being kept.
 */
#ifndef TESTS_BENCH_WORKLOAD_H
#define TESTS_BENCH_WORKLOAD_H

#include <stdint.h>

#include "common/domain/catalogue.h"
#include "common/domain/figure.h"
#include "proto/wire.h"

#define WORKLOAD_PROVINCES  34u
#define WORKLOAD_COMMUNES   3321u
#define WORKLOAD_INDICATORS 40u
#define WORKLOAD_MONTHS     60u
#define WORKLOAD_FORMS      (WORKLOAD_COMMUNES * WORKLOAD_MONTHS)

/* The texts a row refers to. */
struct workload {
	char communes[WORKLOAD_COMMUNES][8];
	char indicators[WORKLOAD_INDICATORS][4];
	char months[WORKLOAD_MONTHS][8];
};

void workload_init(struct workload *w);

/* The catalogue: units, one territory map, indicators, one source, targets of two
 * indicators for every province. Freed by the caller. */
struct catalogue *workload_catalogue(void);
/* What an APPLY carries; appended. shift: by how many provinces each commune has
 * moved, 0 in workload_catalogue. */
void workload_pack(uint32_t shift, struct buf *out);
/* The same with one more: indicator "watch" of province p00 is to be at most 20 in every
 * month up to 2035; else alert al/watch fires. */
void workload_pack_watched(struct buf *out);
/* The same as workload_pack as files of a directory that is there and empty, with another number in one
 * target. */
void workload_write(const char *dir, uint32_t shift);

/* Observation i; revision 0 is the first that says it, others differ. Texts are
 * of w. */
void workload_row(const struct workload *w, uint64_t i, uint32_t revision,
                  struct wire_row_text *row);
/* The same as admission leaves it, by numbers of workload_catalogue. */
void workload_figure(const struct catalogue *c, uint64_t i,
                     struct figure *figure);

#endif
