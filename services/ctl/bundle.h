/*
 * bundle - what a maintainer needs to understand a system that he cannot see.
 *
 * Versions, the machine, health, stats and metrics of the services, configuration,
 * counts of the catalogue, sizes of files. No figure, no name or value of a target, no
 * secret: nothing is put in but what is listed in bundle.c, and configuration only
 * through redact.h. /metrics/targets is left out for that reason.
 *
 * What cannot be had is named in the file that would have held it.
 */
#ifndef SERVICES_CTL_BUNDLE_H
#define SERVICES_CTL_BUNDLE_H

#include "common/base/buf.h"
#include "services/ctl/ctl.h"

#define BUNDLE_BYTES_MAX (64u << 20) /* before it is pressed */
#define BUNDLE_PART_MAX  (8u << 20)  /* bytes of one of its files */

/* The archive, pressed, into out (empty). Takes a few seconds, longer if services do
 * not answer. ERR_OK, ERR_NOMEM, ERR_TOO_LARGE. */
NODISCARD enum err bundle_make(const struct ctl *ctl, struct buf *out);

#endif
