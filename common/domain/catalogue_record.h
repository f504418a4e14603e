/*
 * catalogue_record - a journal's catalogue record to a built catalogue.
 *
 * Every service folds the same record and so sees the same definitions at the
 * same commit (K4). The record was checked by ingest before it was journaled, so
 * one that does not build is damage.
 */
#ifndef COMMON_DOMAIN_CATALOGUE_RECORD_H
#define COMMON_DOMAIN_CATALOGUE_RECORD_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/catalogue.h"

/*
 * catalogue_record_build - unpack and build.
 *
 * *catalogue_p  replaced (the former one is freed) on success, untouched otherwise
 * *version      its number
 * returns       ERR_OK, ERR_CORRUPT, ERR_NOMEM
 * cost          as catalogue_build
 */
NODISCARD enum err catalogue_record_build(struct span record,
                                          struct catalogue **catalogue_p,
                                          uint64_t *version);

#endif
