#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/alert/net.h"
#include "services/alert/post_io.h"

/* What the operator wrote: URLs, nets, the file of authorities. */

enum { LINE_MAX_BYTES = 256 };

static enum err
ca_check(const char *path, struct buf *why)
{
	char line[LINE_MAX_BYTES];
	bool found = false;
	FILE *file;

	if (path[0] == '\0')
		return ERR_OK;
	file = fopen(path, "re");
	if (!file) {
		buf_printf(why, "%s: %s", path, strerrordesc_np(errno));
		return ERR_CONF;
	}
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, "-----BEGIN CERTIFICATE-----") != NULL;
	(void)fclose(file);
	if (!found)
		buf_printf(why, "%s: no certificate in it (PEM)", path);
	return found ? ERR_OK : ERR_CONF;
}

enum err
post_conf_check(const struct post_conf *conf, struct buf *why)
{
	struct nets nets;
	enum err err = nets_parse(&nets, conf->private_nets, why);

	return err == ERR_OK ? ca_check(conf->ca_file, why) : err;
}

/* Of a URL that was taken apart: may http be spoken to this host? */
static bool
is_loopback_name(const char *host)
{
	struct net_address address;
	char bare[LINE_MAX_BYTES];
	size_t len = strlen(host);

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (len >= sizeof(bare))
		return false;
	if (len > 2 && host[0] == '[') {
		host++;
		len -= 2;
	}
	memcpy(bare, host, len);
	bare[len] = '\0';
	return net_address_parse(bare, &address) &&
	       net_classify(&address) == NET_LOOPBACK;
}

static const char *
url_wrong(const char *scheme, const char *host, const char *user)
{
	bool clear = strcmp(scheme, "http") == 0;

	if (!clear && strcmp(scheme, "https") != 0)
		return "is neither https nor http";
	if (user)
		return "has a user name; a secret goes into the secrets file";
	if (clear && !is_loopback_name(host))
		return "is http to another machine; only https leaves this one";
	return NULL;
}

enum err
post_url_check(const char *url, struct buf *why)
{
	const char *wrong = "can't be read";
	char *scheme = NULL, *host = NULL, *user = NULL;
	CURLU *parts = curl_url();

	if (!parts)
		return ERR_NOMEM;
	if (curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ==
	        CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		(void)curl_url_get(parts, CURLUPART_USER, &user, 0);
		wrong = url_wrong(scheme, host, user);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_url_cleanup(parts);
	/* It may hold a secret: it isn't repeated. */
	if (wrong)
		buf_printf(why, "the URL %s", wrong);
	return wrong ? ERR_CONF : ERR_OK;
}
