/*
 * conf_parts - what the files of conf share. Not for anybody else.
 *
 * conf.c reads the file and puts the sources in order, conf_flags.c reads the
 * command line and the environment, conf_value.c knows the types, conf_text.c
 * writes --help and --print-config.
 */
#ifndef COMMON_BASE_CONF_PARTS_H
#define COMMON_BASE_CONF_PARTS_H

#include "common/base/conf.h"

enum conf_origin {
	CONF_DEFAULT,
	CONF_FILE,
	CONF_ENVIRONMENT,
	CONF_FLAG,
};

enum conf_ask {
	CONF_ASK_NOTHING,
	CONF_ASK_HELP,
	CONF_ASK_VERSION,
	CONF_ASK_CHECK,
	CONF_ASK_PRINT,
};

/* Where a value stands, for a message. */
struct conf_place {
	enum conf_origin origin;
	size_t line; /* in the file, from 1 */
	size_t column;
};

struct conf_value {
	char *text;      /* owned; NULL: not given */
	uint64_t number; /* of every type but text */
	enum conf_origin origin;
	size_t line; /* in the file, from 1 */
};

struct conf {
	const struct conf_spec *spec;
	struct conf_input input;
	char default_path[CONF_NAME_MAX + 32];
	const char *path;
	bool path_named; /* so it has to be there */
	enum conf_ask ask;
	struct conf_value *values; /* one for each option */
};

/* The option called name; n_options if there is none. */
size_t conf_option_of(const struct conf_spec *spec, struct span name);
/* Checks text and keeps a copy. ERR_USAGE if place is a flag, else ERR_CONF, and
 * place, value and rule in why; ERR_NOMEM. */
NODISCARD enum err conf_set(struct conf *conf, size_t option, const char *text,
                            struct conf_place place, struct buf *why);

/* Twice over: the pass of the built-in flags (they name the file) only checks
 * that the others exist; the second sets them, over all else. */
NODISCARD enum err conf_read_flags(struct conf *conf, bool built_in_pass,
                                   struct buf *why);
NODISCARD enum err conf_read_environment(struct conf *conf, struct buf *why);
/* What the variable of an option or of "config" says; NULL: not set. */
const char *conf_variable_text(const struct conf *c, const char *name);

/* Name of the variable of an option into out. */
void conf_variable(const struct conf_spec *spec, const char *name,
                   char out[2 * CONF_NAME_MAX + 16]);

/* ERR_OK and *number (0 for a text), or ERR_CONF and the rule in why. */
NODISCARD enum err conf_value_parse(const struct conf_option *option,
                                    const char *text, uint64_t *number,
                                    struct buf *why);
/* Into the member of the service's struct; a text is borrowed from value. */
void conf_value_store(const struct conf_option *o,
                      const struct conf_value *value, void *values);

void conf_put_help(const struct conf *conf, struct buf *out);
void conf_put_values(const struct conf *conf, struct buf *out);

#endif
