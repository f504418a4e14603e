#include <stdio.h>
#include <string.h>

#include "common/base/conf_parts.h"

struct built_in {
	const char *name;
	bool takes_value;
	enum conf_ask ask;
};

static const struct built_in built_ins[] = {
    {"config", true, CONF_ASK_NOTHING},
    {"help", false, CONF_ASK_HELP},
    {"version", false, CONF_ASK_VERSION},
    {"check-config", false, CONF_ASK_CHECK},
    {"print-config", false, CONF_ASK_PRINT},
};

void
conf_variable(const struct conf_spec *spec, const char *name,
              char out[2 * CONF_NAME_MAX + 16])
{
	(void)snprintf(out, 2 * CONF_NAME_MAX + 16, "TIENDO_%s_%s",
	               spec->service, name);
	for (char *p = out; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (*p == '-')
			*p = '_';
	}
}

const char *
conf_variable_text(const struct conf *c, const char *name)
{
	char variable[2 * CONF_NAME_MAX + 16];
	size_t len;

	conf_variable(c->spec, name, variable);
	len = strlen(variable);
	for (char *const *p = c->input.envp; *p; p++)
		if (strncmp(*p, variable, len) == 0 && (*p)[len] == '=')
			return *p + len + 1;
	return NULL;
}

/* Variables that name no option are left alone: others, such as a container
 * platform for its service links, make some that look like ours. */
enum err
conf_read_environment(struct conf *c, struct buf *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < c->spec->n_options; i++) {
		const char *text =
		    conf_variable_text(c, c->spec->options[i].name);

		if (text)
			err = conf_set(
			    c, i, text,
			    (struct conf_place){.origin = CONF_ENVIRONMENT},
			    why);
	}
	return err;
}

/* One argument taken apart: --name, --name=value, --name value. */
struct flag {
	struct span name;
	const char *value; /* after the =, or NULL */
	const char *next;  /* the argument after it, or NULL */
	bool next_taken;
};

static enum err
flag_wrong(const struct flag *flag, const char *rule, struct buf *why)
{
	buf_printf(why, "--%.*s: %s; see --help", (int)flag->name.len,
	           (const char *)flag->name.ptr, rule);
	return ERR_USAGE;
}

static enum err
flag_value(struct flag *flag, struct buf *why)
{
	if (flag->value)
		return ERR_OK;
	if (!flag->next)
		return flag_wrong(flag, "a value has to follow", why);
	flag->value = flag->next;
	flag->next_taken = true;
	return ERR_OK;
}

static const struct built_in *
built_in_of(struct span name)
{
	for (size_t i = 0; i < sizeof(built_ins) / sizeof(built_ins[0]); i++)
		if (span_equal(span_str(built_ins[i].name), name))
			return &built_ins[i];
	return NULL;
}

static enum err
take_built_in(struct conf *c, const struct built_in *b, struct flag *flag,
              struct buf *why)
{
	enum err err;

	if (!b->takes_value) {
		c->ask = b->ask;
		return flag->value ? flag_wrong(flag, "takes no value", why)
		                   : ERR_OK;
	}
	err = flag_value(flag, why);
	if (err == ERR_OK) {
		c->path = flag->value;
		c->path_named = true;
	}
	return err;
}

/* Built-in flags come first, for they name the file; then, over it, the rest. */
static enum err
take_flag(struct conf *c, bool built_in_pass, struct flag *flag,
          struct buf *why)
{
	const struct built_in *b = built_in_of(flag->name);
	size_t option = conf_option_of(c->spec, flag->name);
	enum err err;

	if (b)
		return take_built_in(c, b, flag, why);
	if (option == c->spec->n_options)
		return flag_wrong(flag, "no such option", why);
	if (c->spec->options[option].type == CONF_BOOL && !flag->value)
		flag->value = "true";
	err = flag_value(flag, why);
	if (err != ERR_OK || built_in_pass)
		return err;
	return conf_set(c, option, flag->value,
	                (struct conf_place){.origin = CONF_FLAG}, why);
}

enum err
conf_read_flags(struct conf *c, bool built_in_pass, struct buf *why)
{
	enum err err = ERR_OK;

	for (int i = 1; err == ERR_OK && i < c->input.argc; i++) {
		const char *arg = c->input.argv[i];
		const char *equals = strchr(arg, '=');
		struct flag flag = {.value = equals ? equals + 1 : NULL};

		if (strncmp(arg, "--", 2) != 0 || arg[2] == '\0') {
			buf_printf(why, "%s: not an option; see --help", arg);
			return ERR_USAGE;
		}
		flag.name = span_of(arg + 2, equals ? (size_t)(equals - arg) - 2
		                                    : strlen(arg + 2));
		if (i + 1 < c->input.argc)
			flag.next = c->input.argv[i + 1];
		err = take_flag(c, built_in_pass, &flag, why);
		i += flag.next_taken;
		/* Help helps, whatever else is wrong. */
		if (c->ask == CONF_ASK_HELP || c->ask == CONF_ASK_VERSION)
			break;
	}
	return err;
}
