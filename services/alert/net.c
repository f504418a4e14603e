#include "services/alert/net.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	BITS = 128,
	V4_BITS = 32,
	V4_AT = 12, /* bytes before an IPv4 address in its IPv6 form */
	TEXT_MAX = 64,
};

static const char *const loopback[] = {"127.0.0.0/8", "::1"};

static const char *const special[] = {
    "0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10",   "169.254.0.0/16",
    "172.16.0.0/12",  "192.0.0.0/24",  "192.0.2.0/24",    "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4",    "240.0.0.0/4",   "::/96",           "64:ff9b:1::/48",
    "100::/64",       "2001::/23",     "2001:db8::/32",   "2002::/16",
    "3fff::/20",      "5f00::/16",     "fc00::/7",        "fe80::/10",
    "fec0::/10",      "ff00::/8",
};

static const struct net_address translated = {{0, 0x64, 0xff, 0x9b}};
static const struct net_address mapped = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};

bool
net_address_parse(const char *text, struct net_address *address)
{
	struct net_address v4 = mapped;

	if (inet_pton(AF_INET, text, v4.byte + V4_AT) == 1) {
		*address = v4;
		return true;
	}
	return inet_pton(AF_INET6, text, address->byte) == 1;
}

static bool
lies_in(const struct net *net, const struct net_address *address)
{
	unsigned whole = net->bits / 8;
	unsigned rest = net->bits % 8;

	if (memcmp(net->first.byte, address->byte, whole) != 0)
		return false;
	return rest == 0 ||
	       (net->first.byte[whole] ^ address->byte[whole]) >> (8 - rest) ==
	           0;
}

static bool
is_bare(const struct net *net)
{
	for (unsigned i = net->bits; i < BITS; i++)
		if (net->first.byte[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

/* "24" of "10.1.2.0/24", counted in the 128 bits of an IPv6 address. */
static bool
bits_parse(const char *text, bool v4, unsigned *bits)
{
	unsigned n = 0;
	unsigned most = v4 ? V4_BITS : BITS;

	if (*text == '\0' || strlen(text) > 3)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (unsigned)(*text - '0');
	}
	*bits = n + (BITS - most);
	return n <= most;
}

static bool
net_parse(const char *text, size_t len, struct net *net)
{
	char copy[TEXT_MAX];
	char *slash;
	bool v4;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	v4 = strchr(copy, ':') == NULL;
	if (!net_address_parse(copy, &net->first))
		return false;
	net->bits = BITS;
	return (!slash || bits_parse(slash + 1, v4, &net->bits)) &&
	       is_bare(net);
}

enum err
nets_parse(struct nets *nets, const char *text, struct buf *why)
{
	struct nets got = {.n = 0};

	for (size_t len; *text; text += len) {
		text += strspn(text, " ,");
		len = strcspn(text, " ,");
		if (len == 0)
			break;
		if (got.n == NETS_MAX) {
			buf_printf(why, "more than %d nets", NETS_MAX);
			return ERR_CONF;
		}
		if (!net_parse(text, len, &got.net[got.n])) {
			buf_printf(why,
			           "\"%.*s\" is not a net such as 10.0.0.0/8, "
			           "192.168.1.5 or fd00::/8",
			           (int)(len < TEXT_MAX ? len : TEXT_MAX),
			           text);
			return ERR_CONF;
		}
		got.n++;
	}
	*nets = got;
	return ERR_OK;
}

static bool
in_table(const char *const *table, size_t n, const struct net_address *address)
{
	struct net net;

	for (size_t i = 0; i < n; i++)
		if (net_parse(table[i], strlen(table[i]), &net) &&
		    lies_in(&net, address))
			return true;
	return false;
}

/* What a translator would make of it. */
static struct net_address
plain(const struct net_address *address)
{
	struct net_address v4 = mapped;

	if (memcmp(address->byte, translated.byte, V4_AT) != 0)
		return *address;
	memcpy(v4.byte + V4_AT, address->byte + V4_AT, V4_BITS / 8);
	return v4;
}

enum net_class
net_classify(const struct net_address *address)
{
	struct net_address at = plain(address);

	/* Only this machine's own: a translator's loopback is another's. */
	if (in_table(loopback, sizeof(loopback) / sizeof(*loopback), &at))
		return memcmp(&at, address, sizeof(at)) == 0 ? NET_LOOPBACK
		                                             : NET_SPECIAL;
	if (in_table(special, sizeof(special) / sizeof(*special), &at))
		return NET_SPECIAL;
	return NET_PUBLIC;
}

bool
nets_contain(const struct nets *nets, const struct net_address *address)
{
	for (uint32_t i = 0; i < nets->n; i++)
		if (lies_in(&nets->net[i], address))
			return true;
	return false;
}

bool
net_allowed(const struct nets *listed, const struct net_address *address,
            bool clear)
{
	enum net_class class = net_classify(address);

	if (class == NET_LOOPBACK)
		return true;
	return !clear && (class == NET_PUBLIC || nets_contain(listed, address));
}
