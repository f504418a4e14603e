/*
 * catalogue_yaml - one programme file to rows: the programme, the versions of its
 * targets, their alert rules.
 *
 * A plain subset of YAML 1.1: one document, no anchors, aliases or tags, at most
 * CATALOGUE_YAML_DEPTH deep. Every key is known or an error; numbers that are
 * decimals are quoted text, so that nobody's reader rounds them. What the values
 * mean is checked by catalogue_build.
 *
 * Beside the keys that cat_kinds has for targets: at_least, at_most, above, below
 * (one of them; the number, or the two ends of a range, and its sense), range (two
 * numbers), base ({period, value, document}, or `series` with base_period),
 * milestones ({period: number}, also inside path), alerts (a list of {when,
 * severity, audience, after, clear}).
 *
 * Keys of some kinds only (catalogue_kinds.c has the table):
 *   multiple   factor: "1.5", or a range ["2.5", "3"]; base
 *   halving    base
 *   count      per: year (the default) or programme
 *   relative   relative_to: {indicator: rate@d, unit: vn}, one of them or both; the
 *              number is the factor: at_most: "1.5" is one and a half times as much
 *   maintain   a number, or a base to hold
 *   plan       plan: {2024: "9000"}, numbers of which at_least (default "100") per
 *              cent are asked; without it the indicator is that percentage
 * and of all: successor_of: programme/target, or {target, units}: from this version's
 * document on, that target's abolished units (all of them, or these) are no longer
 * judged.
 */
#ifndef COMMON_FORMATS_CATALOGUE_YAML_H
#define COMMON_FORMATS_CATALOGUE_YAML_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/catalogue_rows.h"

#define CATALOGUE_YAML_BYTES (1u << 20)
#define CATALOGUE_YAML_DEPTH 8
#define CATALOGUE_YAML_NODES 100000

/*
 * catalogue_yaml_read - adds the rows of a file, with places.
 *
 * file     as printed in errors; lives as long as errors
 * errors   bad YAML, unknown, double and misplaced keys; cat_error.row is
 *          UINT32_MAX, since no row was made
 * returns  ERR_OK; ERR_REFUSED (errors were added, rows may be); ERR_NOMEM
 */
NODISCARD enum err catalogue_yaml_read(const char *file, struct span bytes,
                                       struct cat_rows *rows,
                                       struct cat_errors *errors);

#endif
