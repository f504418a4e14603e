/*
 * dead_io - dead letters on the wire: QUERY `dead`, and DECLARE of kind `dead`
 * (proto/WIRE.md). Called by alert_io.c for `tiendo dead`.
 */
#ifndef SERVICES_ALERT_DEAD_IO_H
#define SERVICES_ALERT_DEAD_IO_H

#include "common/base/sock.h"
#include "common/serve/node.h"
#include "services/alert/alert_status.h"
#include "services/alert/deliver_io.h"

/*
 * dead_query - a page of dead letters, by sink and number. Arguments: sink, also one
 * that is no longer configured; lang.
 *
 * Fields: sink number programme commit at alerts reason summary (of the first alert).
 * returns  ERR_OK, ERR_UNKNOWN_KEY, ERR_NO_CATALOGUE, ERR_CORRUPT, ERR_NOMEM
 */
NODISCARD enum err dead_query(const struct alert_ask *ask,
                              const struct deliver *d);

/* Answers the message itself, except with an error. ERR_UNKNOWN_TYPE: it is another. */
NODISCARD enum err dead_submit(struct deliver *d, struct node *node,
                               const struct sock_message *message);

#endif
