/*
 * conf - a const table of options becomes a filled struct.
 *
 * Each option has one name: --log-level on the command line,
 * TIENDO_INGEST_LOG_LEVEL in the environment, log-level: in the YAML file (a
 * flat mapping; every scalar is text, so 01 and no stay what they are). The
 * command line wins over the environment, that over the file, that over the
 * default; all of them are checked, also those that lose.
 *
 * Built in: --config FILE --check-config --print-config --help --version. The
 * file is /etc/tiendo/<service>.yaml; it may be absent unless it was named.
 *
 * A daemon calls conf_start once and conf_reload on SIGHUP. Not for the
 * subcommands of a tool, and not for the catalogue.
 */
#ifndef COMMON_BASE_CONF_H
#define COMMON_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define CONF_FILE_MAX 65536 /* bytes of a file */
#define CONF_TEXT_MAX 4096  /* bytes of a value */
#define CONF_NAME_MAX 64    /* bytes of an option's name and of a service's */

enum conf_type {
	CONF_TEXT,     /* const char *; valid until a reload changes it */
	CONF_UINT,     /* uint64_t */
	CONF_BOOL,     /* bool: true or false; the flag alone is true */
	CONF_BYTES,    /* uint64_t: 4096, 64KiB, 16MiB, 2GiB, 1TiB */
	CONF_DURATION, /* uint64_t in ms: 250ms, 30s, 5m, 2h, 7d, or 0 */
};

struct conf_option {
	const char *name; /* lower case, hyphens: "log-level" */
	enum conf_type type;
	size_t offset;       /* of the member in the service's struct */
	const char *preset;  /* default as text; NULL: must be given */
	uint64_t min;        /* of the number; of the bytes of a text */
	uint64_t max;        /* likewise; 0: no limit but CONF_TEXT_MAX */
	const char *choices; /* for a text: "logfmt json"; NULL: any */
	const char *help;    /* one clause */
	bool reload;         /* conf_reload may change it */
	bool secret;         /* --print-config does not show it */
};

struct conf_spec {
	const char *service; /* "ingest": names the file, prefix, program */
	const char *version; /* what --version prints after the name */
	const char *purpose; /* one sentence for --help */
	const struct conf_option *options;
	size_t n_options;
	size_t size; /* of the service's struct */
	/* Rules between options: ERR_OK, or ERR_CONF and a line in why. May be
	 * NULL. */
	enum err (*check)(const void *values, struct buf *why);
};

/* Where it is read from; all of it outlives the conf. */
struct conf_input {
	int argc;
	char *const *argv;
	char *const *envp; /* NAME=value, then NULL */
	FILE *out;         /* for --help, --version, --print-config */
	FILE *errors;      /* for the one line that says what is wrong */
};

struct conf;

/*
 * conf_start - read everything, or answer --help and the like.
 *
 * values   the service's struct, spec->size bytes; filled if -1 is returned
 * returns  -1: go on, *conf is to be freed with conf_free; or the code to exit
 *          with: 0, 64 (called wrongly), 78 (configuration wrong), 71; what is
 *          wrong is one line: its place (file, line and column; flag;
 *          variable), the value and the rule
 */
NODISCARD int conf_start(struct conf **conf, const struct conf_spec *spec,
                         const struct conf_input *input, void *values);

/*
 * conf_reload - read everything again, all or nothing.
 *
 * report   on failure what is wrong; on success one line for each option that
 *          differs but needs a restart (it keeps its value); may stay empty
 * values   on success the reloadable members are new; texts among them that
 *          changed have moved, so a pointer to an old one is dead
 * returns  ERR_OK, ERR_CONF, ERR_USAGE, ERR_NOMEM: nothing changed
 */
NODISCARD enum err conf_reload(struct conf *conf, void *values,
                               struct buf *report);

void conf_free(struct conf **conf);

#endif
