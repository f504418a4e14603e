/*
 * naive_year - one definition and calendar year, in one map: what the files of the
 * naive roll-up share.
 *
 * Slots are the periods of the year from the definition's frequency up, shortest
 * first; without a time rule, and for a span, there is one. Tables are of units,
 * slot after slot.
 */
#ifndef SERVICES_CTL_NAIVE_YEAR_H
#define SERVICES_CTL_NAIVE_YEAR_H

#include "services/ctl/naive.h"

#define YEAR_SLOTS 19 /* 12 months, 4 quarters, 2 halves, the year */

/* What a unit gives, or its children together. */
struct amount {
	i128 sum;
	i128 weight;
	uint32_t n[STATUS_F];
	uint32_t n_derived;
	uint64_t reporting; /* R4c */
};

/* Sums over the finest sub-periods, for R1d. */
struct finest {
	i128 sum;
	i128 weight;
	uint32_t periods;
};

struct slot {
	struct period p;
	struct day day;            /* its last */
	uint32_t subs[3];          /* slots of its sub-periods; at most three */
	uint32_t n_subs;           /* 0: the definition's frequency */
	uint32_t n_base;           /* periods of that frequency within */
	uint32_t bases[12];        /* their slots */
	uint32_t *order;           /* units, children before parents */
	const struct figure **own; /* by unit; NULL: nothing of use */
	bool *reported; /* by unit: some shorter own figure is of use */
	struct amount *children; /* by unit: the place rule */
	struct amount *given;    /* by unit: c(u, p) */
	struct finest *finest;   /* by unit */
	uint64_t *expected;      /* by unit: itself, R4a */
	uint64_t *within;        /* by unit: itself and all beneath it */
	uint32_t floor;          /* millionths */
	bool open;               /* R4b: somebody stands nowhere */
	bool *part; /* by unit: it, or somebody beneath, is expected in a
	             * part of the base periods only */
};

struct year {
	const struct naive *n;
	const struct catalogue *c;
	const struct cat_definition *d;
	uint32_t definition;
	uint32_t map;
	const uint32_t
	    *first; /* by unit: its members of the map, n_units + 1 */
	struct slot slots[YEAR_SLOTS];
	uint32_t n_slots;
	uint64_t *scratch; /* by unit */
	uint8_t *named;    /* by slot and unit: expected in this period */
};

/* The tables, kept from one year to the next. */
struct naive_sums {
	struct year year;
	uint32_t *first;  /* by map and unit */
	uint32_t *height; /* by unit */
};
/* naive_sums.c */
NODISCARD enum err naive_sums_open(struct naive_sums *sums,
                                   const struct naive *n);
void naive_sums_close(struct naive_sums *sums);
/* naive_rollup.c: adds the roll-ups of figures[from..to), all of one definition
 * and year (of one period, if it is a span). */
NODISCARD enum err naive_rollup(struct naive_sums *sums,
                                struct naive_state *state, uint32_t from,
                                uint32_t to);

/* A membership of the map that holds on a day: the next one of the unit from *at
 * on; NULL: there is no further one. */
const struct cat_member *naive_member(const struct year *y, uint32_t unit,
                                      struct day day, uint32_t *at);
/* R4b: while somebody who is expected stands nowhere, root, regions, and who came
 * on the way. */
bool naive_stays_open(const struct year *y, const struct slot *s,
                      uint32_t unit);
/* Sets expected, within, floor and open of every slot (R4a, R4b). */
void naive_expect(struct year *y);

#endif
