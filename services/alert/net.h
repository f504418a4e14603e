/*
 * net - which addresses may be posted to: pure.
 *
 * A sink's name may resolve to anything, also to what lies inside (169.254.169.254,
 * 10.0.0.1). So the resolved address is judged, not the name: loopback always, an
 * address that is not of the public internet only if it lies in a net the operator
 * listed, any other always. IPv4 stands for itself as ::ffff:a.b.c.d, and in the form
 * of a translator (64:ff9b::/96, RFC 6052).
 *
 * The ranges are those of RFC 6890 and the IANA special-purpose registries.
 * Who calls it: post_io.c.
 */
#ifndef SERVICES_ALERT_NET_H
#define SERVICES_ALERT_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define NETS_MAX 32

struct net_address {
	uint8_t byte[16]; /* network order */
};

struct net {
	struct net_address first;
	unsigned bits; /* that decide, of 128 */
};

struct nets {
	struct net net[NETS_MAX];
	uint32_t n;
};

enum net_class {
	NET_PUBLIC,
	NET_LOOPBACK,
	NET_SPECIAL, /* private, link-local, multicast, unspecified, reserved .. */
};

/* "10.1.2.3" or "fd00::1", without brackets; false: it is neither. */
bool net_address_parse(const char *text, struct net_address *address);

/*
 * nets_parse - nets separated by spaces or commas: "10.0.0.0/8 192.168.1.5 fd00::/8".
 *
 * A lone address is a net of one. Bits behind the mask must be zero: 10.1.0.0/8 is
 * a slip of whoever meant 10.1.0.0/16.
 * returns  ERR_OK; ERR_CONF: why names the net; *nets untouched
 */
NODISCARD enum err nets_parse(struct nets *nets, const char *text,
                              struct buf *why);

enum net_class net_classify(const struct net_address *address);
bool nets_contain(const struct nets *nets, const struct net_address *address);

/* May it be posted to? clear: without TLS, so to loopback only. */
bool net_allowed(const struct nets *listed, const struct net_address *address,
                 bool clear);

#endif
