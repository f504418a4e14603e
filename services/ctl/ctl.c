#include "services/ctl/ctl.h"

#include <string.h>
#include <unistd.h>

#include "services/ctl/terms.h"

#define PROBLEM_MAX 2048 /* bytes */
#define CONNECT_MS  3000 /* for a service of this machine to take a message */

static const char *const services[CTL_SERVICES] = {"ingest", "aggregate",
                                                   "alert"};

const char *
ctl_option(const struct ctl *ctl, const char *name)
{
	const struct ctl_option *options = ctl->command->options;

	for (int i = 0; options[i].name; i++)
		if (strcmp(options[i].name, name) == 0)
			return ctl->values[i];
	return NULL;
}

const char *
ctl_words(const struct ctl *ctl, struct words words)
{
	return ctl->vi && words.vi ? words.vi : words.en;
}

int
ctl_fail(const struct ctl *ctl, enum err err, const char *what)
{
	fprintf(ctl->err, "tiendo: %s: %s\n", what, term_err(err, ctl->vi));
	return err_exit_code(err);
}

const char *
ctl_service_name(enum ctl_service service)
{
	return services[service];
}

/* A socket's file that isn't there is known at once; one whose service died is
 * noticed by the timeout. */
enum err
ctl_connect(const struct ctl *ctl, enum ctl_service service,
            struct client **client_p)
{
	char endpoint[PATHS_ENDPOINT_MAX];
	struct client_link link;
	struct path sock;
	enum err err = path_sock(&ctl->data, services[service], &sock);

	if (err == ERR_OK)
		err = path_endpoint(&ctl->data, services[service], endpoint);
	if (err == ERR_OK && access(sock.text, F_OK) != 0)
		return ERR_UNAVAILABLE;
	if (err == ERR_OK)
		err = client_link_open(&link, endpoint);
	if (err == ERR_OK)
		err = client_new(client_p, &link);
	if (err == ERR_OK)
		client_connect_timeout(*client_p, CONNECT_MS);
	return err;
}

int
ctl_fail_service(const struct ctl *ctl, enum ctl_service service,
                 const struct client *client, enum err err)
{
	const char *problem = client ? client_problem(client) : "";

	struct buf text;

	buf_init(&text, PROBLEM_MAX);
	if (problem[0] == '\0')
		buf_put_str(&text, term_err(err, ctl->vi));
	else if (ctl->vi)
		term_put_problem(&text, problem);
	else
		buf_put_str(&text, problem);
	fprintf(ctl->err, "tiendo: %s: %s: %s\n", ctl->data.text,
	        services[service],
	        buf_err(&text) == ERR_OK ? buf_cstr(&text) : problem);
	buf_fini(&text);
	return err_exit_code(err);
}

int
ctl_fail_question(const struct ctl *ctl, enum ctl_service service,
                  const struct client *client, enum err err)
{
	bool said = client && client_problem(client)[0] != '\0';
	int code = ctl_fail_service(ctl, service, client, err);

	if (!said || err == ERR_NO_CATALOGUE)
		return code;
	return code == err_exit_code(ERR_REFUSED) ||
	               code == err_exit_code(ERR_NOT_FOUND)
	           ? err_exit_code(ERR_USAGE)
	           : code;
}

int
ctl_operands_long(const struct ctl *ctl)
{
	static const struct words words = {"longer than 256 bytes",
	                                   "dài hơn 256 byte"};

	for (int i = 0; i < ctl->n_operands; i++)
		if (strlen(ctl->operands[i]) > WIRE_TEXT_MAX) {
			fprintf(ctl->err, "tiendo: \"%.40s...\": %s\n",
			        ctl->operands[i], ctl_words(ctl, words));
			return err_exit_code(ERR_USAGE);
		}
	return -1;
}
