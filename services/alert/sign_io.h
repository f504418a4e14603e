/*
 * sign_io - the signature of a post: the only file that knows libsodium.
 *
 * A receiver who shares the secret makes the same over the body as it came, and refuses
 * what differs or what is older than it likes. Called by post_io.c.
 */
#ifndef SERVICES_ALERT_SIGN_IO_H
#define SERVICES_ALERT_SIGN_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

#define SIGN_TEXT_MAX 128

/* Once, before the first; again: no effect. false: libsodium can't be used. */
bool sign_start(void);
/* "t=<t>,v1=<hex of HMAC-SHA256(secret, t "." body)>"; t: unix seconds. */
void sign(char out[SIGN_TEXT_MAX], const char *secret, struct span body,
          int64_t t);

#endif
