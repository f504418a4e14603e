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
 * (one of them; the number and its sense), range (two numbers), base ({period,
 * value, document}, or `series` with base_period), milestones ({period: number},
 * also inside path), alerts (a list of {when, severity, audience, after, clear}).
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
