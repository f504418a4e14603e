/*
 * ask_text - short texts from a program and from an admin endpoint, for a support
 * bundle: bounded in bytes and time, whatever the other side does.
 */
#ifndef SERVICES_CTL_ASK_TEXT_H
#define SERVICES_CTL_ASK_TEXT_H

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define ASK_TEXT_MS 3000 /* for all of a text */

/*
 * ask_program - what a program writes to standard output; its standard error goes
 * nowhere. argv[0]: its path.
 *
 * returns  ERR_OK: it ended with 0; ERR_NOT_FOUND: there is no such program, or it
 *          ended otherwise; ERR_UNAVAILABLE: not in time (it is killed); ERR_IO; what
 *          out says
 */
NODISCARD enum err ask_program(const struct clock *clock, char *const *argv,
                               char *const *envp, struct buf *out);

/*
 * ask_http - the body that GET path answers, of an address such as "127.0.0.1:9550".
 *
 * returns  ERR_OK: with status 200; ERR_NOT_FOUND: with another; ERR_UNAVAILABLE:
 *          nobody is there, or not in time; ERR_CONF: no IPv4 address and port; what
 *          out says
 */
NODISCARD enum err ask_http(const struct clock *clock, const char *address,
                            const char *path, struct buf *out);

#endif
