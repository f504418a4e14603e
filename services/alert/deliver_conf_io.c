#include "services/alert/deliver_conf_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* --- sinks ------------------------------------------------------------------- */

static bool
name_taken(const struct deliver_list *list, const char *name)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (strcmp(list->sinks[i].name, name) == 0)
			return true;
	return false;
}

static enum err
sink_add(struct deliver_list *list, const struct sink_conf *sink,
         struct buf *why)
{
	size_t len = why->len;
	enum err err;

	if (list->n == SINKS_MAX) {
		buf_printf(why, "more than %d sinks", SINKS_MAX);
		return ERR_CONF;
	}
	if (sink->name[0] == '\0' || strlen(sink->name) > SINK_NAME_MAX) {
		buf_printf(why, "a sink's name has 1 to %d bytes of a-z 0-9 -",
		           SINK_NAME_MAX);
		return ERR_CONF;
	}
	if (name_taken(list, sink->name)) {
		buf_printf(why, "two sinks are called \"%s\"; write NAME=URL",
		           sink->name);
		return ERR_CONF;
	}
	buf_printf(why, "sink \"%s\": ", sink->name);
	err = post_url_check(sink->url, why);
	if (err != ERR_OK)
		return err;
	if (sink->kind == sink_kind_find("alertmanager") &&
	    strpbrk(sink->url, "?#") != NULL) {
		buf_put_str(why, "the URL has a query or a fragment, and an "
		                 "Alertmanager's gets a path behind it");
		return ERR_CONF;
	}
	buf_truncate(why, len);
	list->sinks[list->n++] = *sink;
	return ERR_OK;
}

/* Cuts text into its words, and a word into name and URL. */
static enum err
sinks_read(struct deliver_list *list, const char *kind, char *text,
           struct buf *why)
{
	enum err err = ERR_OK;

	while (err == ERR_OK && *(text += strspn(text, " \t,")) != '\0') {
		struct sink_conf sink = {
		    .kind = sink_kind_find(kind), .name = kind, .url = text};
		char *equals = text + strspn(text, name_letters);

		text += strcspn(text, " \t");
		if (*text != '\0')
			*text++ = '\0';
		if (*equals == '=') {
			*equals = '\0';
			sink.name = sink.url;
			sink.url = equals + 1;
		}
		err = sink_add(list, &sink, why);
	}
	return err;
}

/* --- secrets ----------------------------------------------------------------- */

static enum err
secrets_wrong(struct buf *why, const char *path, unsigned line,
              const char *what)
{
	buf_printf(why, "%s:%u: %s", path, line, what);
	return ERR_CONF;
}

/* "NAME SECRET", without its line end. Never repeated in a message: a slip may have
 * put the secret first. */
static const char *
secret_read(struct deliver_list *list, char *line)
{
	char *name = line + strspn(line, " \t");
	char *secret = name + strspn(name, name_letters);
	size_t len;

	if (*name == '\0' || *name == '#')
		return NULL;
	if (*secret != ' ' && *secret != '\t')
		return "not NAME SECRET";
	*secret++ = '\0';
	secret += strspn(secret, " \t");
	len = strlen(secret);
	if (len == 0 || len > POST_SECRET_MAX)
		return "a secret has 1 to 256 bytes";
	for (uint32_t i = 0; i < list->n; i++) {
		if (strcmp(list->sinks[i].name, name) != 0)
			continue;
		if (list->secrets[i][0] != '\0')
			return "a second secret of one sink";
		memcpy(list->secrets[i], secret, len + 1);
		return NULL;
	}
	return "no sink has this name";
}

static enum err
secrets_lines(struct deliver_list *list, FILE *file, const char *path,
              struct buf *why)
{
	char line[SINK_NAME_MAX + POST_SECRET_MAX + 64];
	const char *wrong = NULL;
	unsigned n = 0;

	while (!wrong && fgets(line, sizeof(line), file)) {
		size_t len = strcspn(line, "\r\n");

		n++;
		if (line[len] == '\0' && len + 1 == sizeof(line))
			wrong = "the line is too long";
		line[len] = '\0';
		if (!wrong)
			wrong = secret_read(list, line);
	}
	explicit_bzero(line, sizeof(line));
	return wrong ? secrets_wrong(why, path, n, wrong) : ERR_OK;
}

static enum err
secrets_file(struct deliver_list *list, const char *path, struct buf *why)
{
	/* A pipe would have us wait for who writes into it. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct stat st;
	enum err err = ERR_OK;

	if (!file || fstat(fileno(file), &st) != 0) {
		buf_printf(why, "%s: %s", path, strerrordesc_np(errno));
		err = ERR_CONF;
	} else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		buf_printf(why, "%s: others may read it; chmod 600", path);
		err = ERR_CONF;
	} else if (!S_ISREG(st.st_mode) || st.st_size > DELIVER_SECRETS_MAX) {
		buf_printf(why, "%s: not a file of at most %d bytes", path,
		           DELIVER_SECRETS_MAX);
		err = ERR_CONF;
	} else {
		err = secrets_lines(list, file, path, why);
	}
	if (file)
		(void)fclose(file);
	else if (fd >= 0)
		(void)close(fd);
	return err;
}

enum err
deliver_secrets_read(struct deliver_list *list, const char *path,
                     struct buf *why)
{
	char old[SINKS_MAX][POST_SECRET_MAX + 1];
	enum err err = ERR_OK;

	memcpy(old, list->secrets, sizeof(old));
	memset(list->secrets, 0, sizeof(list->secrets));
	if (path[0] != '\0')
		err = secrets_file(list, path, why);
	if (err != ERR_OK)
		memcpy(list->secrets, old, sizeof(old));
	explicit_bzero(old, sizeof(old));
	return err;
}

/* --- all --------------------------------------------------------------------- */

enum err
deliver_list_read(struct deliver_list *list,
                  const struct deliver_options *options, struct buf *why)
{
	enum err err;

	list->n = 0;
	snprintf(list->text[0], sizeof(list->text[0]), "%s",
	         options->alertmanager);
	snprintf(list->text[1], sizeof(list->text[1]), "%s", options->webhook);
	err = sinks_read(list, "alertmanager", list->text[0], why);
	if (err == ERR_OK)
		err = sinks_read(list, "webhook", list->text[1], why);
	memset(list->secrets, 0, sizeof(list->secrets));
	return err == ERR_OK ? deliver_secrets_read(list, options->secrets, why)
	                     : err;
}

static enum err
external_check(const char *url, struct buf *why)
{
	if (url[0] == '\0' || strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0)
		return ERR_OK;
	buf_put_str(why, "external-url: neither http:// nor https://");
	return ERR_CONF;
}

enum err
deliver_conf_check(const struct deliver_options *options, struct buf *why)
{
	const struct post_conf post = {.private_nets = options->private_nets,
	                               .ca_file = options->ca_file};
	struct deliver_list list;
	enum err err = deliver_list_read(&list, options, why);

	explicit_bzero(list.secrets, sizeof(list.secrets));
	if (err == ERR_OK)
		err = post_conf_check(&post, why);
	return err == ERR_OK ? external_check(options->external_url, why) : err;
}
