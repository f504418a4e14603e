#include <string.h>

#include "common/base/conf_parts.h"
#include "common/base/escape.h"

enum { HELP_COLUMN = 30 };

static const char *const words[] = {
    [CONF_TEXT] = "=TEXT",   [CONF_UINT] = "=NUMBER",   [CONF_BOOL] = "[=BOOL]",
    [CONF_BYTES] = "=BYTES", [CONF_DURATION] = "=TIME",
};

static void
put_option(struct buf *out, const char *name, const char *word,
           const char *help)
{
	size_t start = out->len;

	buf_printf(out, "  --%s%s", name, word);
	if (out->len - start >= HELP_COLUMN) {
		buf_put_u8(out, '\n');
		start = out->len;
	}
	while (buf_err(out) == ERR_OK && out->len - start < HELP_COLUMN)
		buf_put_u8(out, ' ');
	buf_put_str(out, help);
}

static void
put_details(struct buf *out, const struct conf_option *o)
{
	if (o->choices)
		buf_printf(out, "; one of: %s", o->choices);
	if (!o->preset)
		buf_put_str(out, " (required");
	else if (*o->preset)
		buf_printf(out, " (default: %s", o->preset);
	else
		buf_put_str(out, " (default: none");
	buf_put_str(out, o->reload ? "; reload)\n" : ")\n");
}

void
conf_put_help(const struct conf *conf, struct buf *out)
{
	static const char *const built_in[][3] = {
	    {"config", "=FILE", "read this file\n"},
	    {"check-config", "", "check everything, exit 0 or 78\n"},
	    {"print-config", "",
	     "print each value, where it is from, what can be reloaded\n"},
	    {"help", "", "print this\n"},
	    {"version", "", "print the version\n"},
	};
	const struct conf_spec *spec = conf->spec;
	char variable[2 * CONF_NAME_MAX + 16];

	buf_printf(out, "Usage: tiendo-%s [OPTION]...\n%s\n\n", spec->service,
	           spec->purpose);
	for (size_t i = 0; i < spec->n_options; i++) {
		const struct conf_option *o = &spec->options[i];

		put_option(out, o->name, words[o->type], o->help);
		put_details(out, o);
	}
	buf_put_u8(out, '\n');
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		put_option(out, built_in[i][0], built_in[i][1], built_in[i][2]);
	conf_variable(spec, "<option>", variable);
	buf_printf(out,
	           "\nEach option may also be given as %s in the\n"
	           "environment or as 'option: value' in %s;\n"
	           "the command line wins, then the environment, then the "
	           "file.\nSIGHUP reads again what is marked reload.\n",
	           variable, conf->default_path);
}

static void
put_origin(const struct conf *conf, const struct conf_option *o,
           const struct conf_value *v, struct buf *out)
{
	char variable[2 * CONF_NAME_MAX + 16];

	switch (v->origin) {
	case CONF_DEFAULT: buf_put_str(out, "default"); break;
	case CONF_FILE: buf_printf(out, "%s:%zu", conf->path, v->line); break;
	case CONF_ENVIRONMENT:
		conf_variable(conf->spec, o->name, variable);
		buf_put_str(out, variable);
		break;
	case CONF_FLAG: buf_printf(out, "--%s", o->name); break;
	}
}

/* YAML again, so that what is printed can be read as a file. */
void
conf_put_values(const struct conf *conf, struct buf *out)
{
	for (size_t i = 0; i < conf->spec->n_options; i++) {
		const struct conf_option *o = &conf->spec->options[i];
		const struct conf_value *v = &conf->values[i];

		buf_printf(out, "%s: ", o->name);
		if (o->secret)
			buf_put_str(out, "\"***\"");
		else if (o->type == CONF_TEXT)
			escape_json_quoted(out, span_str(v->text));
		else
			buf_put_str(out, v->text);
		buf_put_str(out, "  # ");
		put_origin(conf, o, v, out);
		buf_put_str(out, o->reload ? ", reload\n" : "\n");
	}
}
