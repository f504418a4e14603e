/*
 * deliver_conf_io - what an operator says of sinks: options of alert, and the file of
 * secrets.
 *
 * A list of sinks is words, each NAME=URL; a lone URL is called as its kind is:
 *   --alertmanager "am1=http://127.0.0.1:9093 am2=https://am.example.org"
 *   --webhook "https://example.org/hook"
 * A name stands once; it is what lanes and dead letters are kept under. The file of
 * secrets (mode 0600) has lines "NAME SECRET"; empty lines and those that begin with
 * # are skipped. A post to a sink that has one is signed.
 *
 * All of it is checked by --check-config and at start; what is wrong is one line. On
 * SIGHUP the file of secrets is read again; every other option of sinks needs a
 * restart, which loses nothing.
 */
#ifndef SERVICES_ALERT_DELIVER_CONF_IO_H
#define SERVICES_ALERT_DELIVER_CONF_IO_H

#include "common/base/conf.h"
#include "services/alert/post_io.h"

#define DELIVER_SECRETS_MAX 65536 /* bytes of the file */

struct deliver_options {
	const char *alertmanager;
	const char *webhook;
	const char *secrets;
	const char *private_nets;
	const char *ca_file;
	const char *external_url;
	uint64_t resend_ms, retry_max_ms, give_up_ms, timeout_ms, watchdog_ms;
};

#define DELIVER_TEXT(at, member, option, words)                    \
	.name = (option), .type = CONF_TEXT,                       \
	.offset = (at) + offsetof(struct deliver_options, member), \
	.preset = "", .help = (words)
#define DELIVER_TIME(at, member, option, value, low, high, words)          \
	{                                                                  \
		.name = (option), .type = CONF_DURATION,                   \
		.offset = (at) + offsetof(struct deliver_options, member), \
		.preset = (value), .min = (low), .max = (high),            \
		.help = (words)                                            \
	}

/* Rows of a conf_option table; at: where the struct deliver_options lies. */
#define DELIVER_OPTIONS(at)                                                    \
	{DELIVER_TEXT(at, alertmanager, "alertmanager",                        \
	              "Alertmanagers: NAME=URL, or one URL")},                 \
	    {DELIVER_TEXT(at, webhook, "webhook",                              \
	                  "webhooks: NAME=URL, or one URL"),                   \
	     .secret = true},                                                  \
	    {DELIVER_TEXT(at, secrets, "sink-secrets",                         \
	                  "file of lines NAME SECRET, mode 0600"),             \
	     .reload = true},                                                  \
	    {DELIVER_TEXT(at, private_nets, "sink-private-nets",               \
	                  "nets inside that may be posted to")},               \
	    {DELIVER_TEXT(at, ca_file, "sink-ca-file",                         \
	                  "authorities of the sinks' certificates")},          \
	    {DELIVER_TEXT(at, external_url, "external-url",                    \
	                  "where readers of an alert find this system")},      \
	    DELIVER_TIME(at, resend_ms, "sink-resend", "60s", 10, 3600000,     \
	                 "how often an Alertmanager is told what fires"),      \
	    DELIVER_TIME(at, retry_max_ms, "sink-retry-max", "5m", 1, 3600000, \
	                 "longest wait before a post is repeated"),            \
	    DELIVER_TIME(at, give_up_ms, "sink-give-up", "24h", 100,           \
	                 UINT64_C(2592000000),                                 \
	                 "then an alert is a dead letter"),                    \
	    DELIVER_TIME(at, timeout_ms, "sink-timeout", "10s", 10, 300000,    \
	                 "of one post"),                                       \
	    DELIVER_TIME(at, watchdog_ms, "watchdog-every", "5m", 100,         \
	                 86400000,                                             \
	                 "how often a webhook is told TiendoWatchdog")

struct deliver_list {
	struct sink_conf sinks[SINKS_MAX];            /* views into text */
	char secrets[SINKS_MAX][POST_SECRET_MAX + 1]; /* "": none */
	uint32_t n;
	char text[2][CONF_TEXT_MAX + 1];
};

/* Everything, so that what starts can work: ERR_CONF and a line in why; ERR_NOMEM. */
NODISCARD enum err deliver_conf_check(const struct deliver_options *options,
                                      struct buf *why);
/* list is not to be moved. Errors as above, of sinks and secrets. */
NODISCARD enum err deliver_list_read(struct deliver_list *list,
                                     const struct deliver_options *options,
                                     struct buf *why);
/* The secrets of a list that was read; on an error those it has stay. */
NODISCARD enum err deliver_secrets_read(struct deliver_list *list,
                                        const char *path, struct buf *why);

#endif
