/*
 * redact - a configuration without what may be a secret, for a support bundle.
 *
 * Better too much than too little: of every URL only scheme, host and port stay, and
 * the value of an option whose name speaks of a secret, key, token or password goes.
 */
#ifndef SERVICES_CTL_REDACT_H
#define SERVICES_CTL_REDACT_H

#include "common/base/buf.h"

#define REDACT_MARK "(removed)"

/* text: lines "name: value"; appended to out line by line. */
void redact(struct span text, struct buf *out);

#endif
