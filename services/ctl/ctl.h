/*
 * ctl - what the subcommands of `tiendo` share: how they were called, where they
 * write, how they reach a service.
 *
 * A subcommand is one row of the table in main.c and one function, which returns
 * the process's exit code. Texts for people are in both languages, side by side
 * (struct words); codes and names of fields stay as they are.
 */
#ifndef SERVICES_CTL_CTL_H
#define SERVICES_CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/paths.h"
#include "common/base/version.h"
#include "common/client/client.h"

#define CTL_OPTIONS 16 /* of one subcommand, at most */

struct words {
	const char *en;
	const char *vi;
};

enum ctl_output { CTL_TABLE, CTL_JSON, CTL_CSV };
enum ctl_service { CTL_INGEST, CTL_AGGREGATE, CTL_ALERT, CTL_SERVICES };

struct ctl_option {
	const char *name;  /* "units-as-of" */
	const char *value; /* "DATE"; NULL: a flag */
	struct words help;
};

struct ctl;

struct ctl_command {
	const char *name;
	const char *operands; /* "INDICATOR UNIT"; "" */
	struct words purpose;
	const struct ctl_option *options; /* ends with a NULL name */
	int min_operands;
	int max_operands;
	int (*run)(struct ctl *ctl);
};

struct ctl {
	const struct ctl_command *command;
	const char *values[CTL_OPTIONS]; /* of its options; NULL: not given */
	char *const *operands;
	int n_operands;
	char *const *envp;
	struct path data;
	enum ctl_output output;
	bool vi;
	bool terminal; /* standard error is one: progress may be shown */
	struct clock clock;
	FILE *out;
	FILE *err;
};

/* The value of an option of this subcommand, "" for a flag; NULL: not given. */
const char *ctl_option(const struct ctl *ctl, const char *name);
/* In the language asked for. */
const char *ctl_words(const struct ctl *ctl, struct words words);

/* -1; or, if an operand is longer than the wire takes, one line and 64. */
int ctl_operands_long(const struct ctl *ctl);

/* One line on standard error: "tiendo: <what>: <text of err>"; its exit code. */
int ctl_fail(const struct ctl *ctl, enum err err, const char *what);

/*
 * ctl_connect - a client of a service of this data directory.
 *
 * client_p set with ERR_OK; client_free
 * returns  ERR_OK; ERR_UNAVAILABLE: there is no such service; ERR_CONF: the path
 *          is too long for a socket; ERR_NOMEM
 */
NODISCARD enum err ctl_connect(const struct ctl *ctl, enum ctl_service service,
                               struct client **client_p);
const char *ctl_service_name(enum ctl_service service); /* "ingest" */

/* What went wrong with a service: one line; the exit code. client may be NULL. */
int ctl_fail_service(const struct ctl *ctl, enum ctl_service service,
                     const struct client *client, enum err err);
/* The same of a question: what a service says is wrong with it (a name that nobody
 * has, a commit to come) is wrong in the call: 64. That there is no catalogue is
 * not. */
int ctl_fail_question(const struct ctl *ctl, enum ctl_service service,
                      const struct client *client, enum err err);

extern const struct ctl_command ctl_commands[]; /* ends with a NULL name */

int cmd_up(struct ctl *ctl);
int cmd_catalogue(struct ctl *ctl);
int cmd_send(struct ctl *ctl);
int cmd_status(struct ctl *ctl);
int cmd_series(struct ctl *ctl);
int cmd_alerts(struct ctl *ctl);
int cmd_explain(struct ctl *ctl);
int cmd_health(struct ctl *ctl);
int cmd_stats(struct ctl *ctl);
int cmd_support_bundle(struct ctl *ctl);
int cmd_verify(struct ctl *ctl);
int cmd_whatif(struct ctl *ctl);
int cmd_note(struct ctl *ctl);
int cmd_complete(struct ctl *ctl);
int cmd_programme(struct ctl *ctl);
int cmd_clock(struct ctl *ctl);
int cmd_dead(struct ctl *ctl);

extern const struct ctl_option options_up[];
extern const struct ctl_option options_catalogue[];
extern const struct ctl_option options_send[];
extern const struct ctl_option options_status[];
extern const struct ctl_option options_series[];
extern const struct ctl_option options_alerts[];
extern const struct ctl_option options_explain[];
extern const struct ctl_option options_note[];
extern const struct ctl_option options_verify[];
extern const struct ctl_option options_dead[];
extern const struct ctl_option options_none[];

#endif
