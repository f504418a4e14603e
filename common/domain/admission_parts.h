/*
 * admission_parts - what the files of admission share; nobody else includes it.
 */
#ifndef COMMON_DOMAIN_ADMISSION_PARTS_H
#define COMMON_DOMAIN_ADMISSION_PARTS_H

#include "common/domain/admission.h"

/* What the text at an index is in a role, resolved the first time. slot->err is
 * ERR_OK or what is wrong with the text. ref: not DRAFT_NONE. */
NODISCARD enum err admission_resolve(struct admission *a,
                                     enum admission_role role, uint32_t ref,
                                     const struct admission_slot **slot);

/* True if ref names a text that isn't empty. */
bool admission_given(const struct admission *a, uint32_t ref);

/* unit_beneath, or unit_beneath_any without a map; remembered. */
bool admission_beneath(struct admission *a,
                       const struct admission_beneath *question);

/* source_grant, from what is remembered. */
const struct cat_grant *admission_grant(struct admission *a, uint32_t source,
                                        uint32_t definition, uint32_t unit,
                                        struct day day);

#endif
