#include "common/base/conf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/base/conf_parts.h"

enum { TEXT_BYTES_MAX = 1 << 20 }; /* of what is printed */

static void
put_place(const struct conf *c, struct buf *why, size_t option,
          struct conf_place place)
{
	const char *name = c->spec->options[option].name;
	char variable[2 * CONF_NAME_MAX + 16];

	switch (place.origin) {
	case CONF_DEFAULT: buf_printf(why, "default of %s: ", name); break;
	case CONF_FILE:
		buf_printf(why, "%s:%zu:%zu: %s: ", c->path, place.line,
		           place.column, name);
		break;
	case CONF_ENVIRONMENT:
		conf_variable(c->spec, name, variable);
		buf_printf(why, "%s: ", variable);
		break;
	case CONF_FLAG: buf_printf(why, "--%s: ", name); break;
	}
}

enum err
conf_set(struct conf *c, size_t option, const char *text,
         struct conf_place place, struct buf *why)
{
	struct conf_value *value = &c->values[option];
	size_t before = why->len;
	uint64_t number = 0;
	char *copy;

	put_place(c, why, option, place);
	if (conf_value_parse(&c->spec->options[option], text, &number, why) !=
	    ERR_OK)
		return place.origin == CONF_FLAG ? ERR_USAGE : ERR_CONF;
	buf_truncate(why, before);
	copy = strdup(text);
	if (!copy)
		return ERR_NOMEM;
	free(value->text);
	*value = (struct conf_value){
	    .text = copy,
	    .number = number,
	    .origin = place.origin,
	    .line = place.line,
	};
	return ERR_OK;
}

size_t
conf_option_of(const struct conf_spec *spec, struct span name)
{
	size_t i = 0;

	while (i < spec->n_options &&
	       !span_equal(span_str(spec->options[i].name), name))
		i++;
	return i;
}

static enum err
read_defaults(struct conf *c, struct buf *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < c->spec->n_options; i++) {
		const char *preset = c->spec->options[i].preset;

		if (preset)
			err = conf_set(
			    c, i, preset,
			    (struct conf_place){.origin = CONF_DEFAULT}, why);
	}
	return err;
}

struct yaml_reader {
	struct conf *conf;
	struct buf *why;
	enum { YAML_BEFORE, YAML_KEY, YAML_VALUE, YAML_AFTER } at;
	size_t option; /* whose value comes next */
};

static enum err
yaml_wrong(struct yaml_reader *r, yaml_mark_t mark, const char *rule)
{
	buf_printf(r->why, "%s:%zu:%zu: %s", r->conf->path, mark.line + 1,
	           mark.column + 1, rule);
	return ERR_CONF;
}

static enum err
yaml_key(struct yaml_reader *r, const yaml_event_t *event)
{
	struct span name =
	    span_of(event->data.scalar.value, event->data.scalar.length);
	struct conf *c = r->conf;

	r->option = conf_option_of(c->spec, name);
	if (r->option == c->spec->n_options)
		return yaml_wrong(r, event->start_mark,
		                  "no option has this name");
	if (c->values[r->option].origin == CONF_FILE)
		return yaml_wrong(r, event->start_mark, "stands twice");
	r->at = YAML_VALUE;
	return ERR_OK;
}

static enum err
yaml_value(struct yaml_reader *r, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct conf_place place = {
	    .origin = CONF_FILE,
	    .line = event->start_mark.line + 1,
	    .column = event->start_mark.column + 1,
	};

	if (len == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return yaml_wrong(r, event->start_mark,
		                  "no value; an empty text is \"\"");
	if (strlen(text) != len)
		return yaml_wrong(r, event->start_mark, "a zero byte");
	r->at = YAML_KEY;
	return conf_set(r->conf, r->option, text, place, r->why);
}

static enum err
yaml_scalar(struct yaml_reader *r, const yaml_event_t *event)
{
	if (r->at == YAML_KEY)
		return yaml_key(r, event);
	if (r->at == YAML_VALUE)
		return yaml_value(r, event);
	/* "---" and nothing more is an empty file. */
	if (event->data.scalar.length == 0)
		return ERR_OK;
	return yaml_wrong(r, event->start_mark, "expected: option: value");
}

static enum err
yaml_event(struct yaml_reader *r, const yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		return yaml_scalar(r, event);
	if (event->type == YAML_MAPPING_START_EVENT && r->at == YAML_BEFORE) {
		r->at = YAML_KEY;
		return ERR_OK;
	}
	if (event->type == YAML_MAPPING_START_EVENT ||
	    event->type == YAML_SEQUENCE_START_EVENT ||
	    event->type == YAML_ALIAS_EVENT)
		return yaml_wrong(r, event->start_mark,
		                  "expected: option: value");
	if (event->type == YAML_DOCUMENT_START_EVENT && r->at == YAML_AFTER)
		return yaml_wrong(r, event->start_mark, "a second document");
	if (event->type == YAML_DOCUMENT_END_EVENT)
		r->at = YAML_AFTER;
	return ERR_OK;
}

static enum err
yaml_events(struct yaml_reader *r, yaml_parser_t *parser)
{
	enum err err = ERR_OK;
	bool end = false;

	while (err == ERR_OK && !end) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return yaml_wrong(r, parser->problem_mark,
			                  parser->problem ? parser->problem
			                                  : "not YAML");
		end = event.type == YAML_STREAM_END_EVENT;
		err = yaml_event(r, &event);
		yaml_event_delete(&event);
	}
	return err;
}

static enum err
parse_file(struct conf *c, struct span bytes, struct buf *why)
{
	struct yaml_reader r = {.conf = c, .why = why};
	yaml_parser_t parser;
	enum err err;

	if (!yaml_parser_initialize(&parser))
		return ERR_NOMEM;
	yaml_parser_set_input_string(&parser, bytes.ptr, bytes.len);
	err = yaml_events(&r, &parser);
	yaml_parser_delete(&parser);
	return err;
}

/* The bytes of the file into bytes, which holds one more than is allowed. */
static enum err
load(const struct conf *c, uint8_t *bytes, size_t *len, struct buf *why)
{
	FILE *file = fopen(c->path, "re");
	bool failed;

	*len = 0;
	if (!file && errno == ENOENT && !c->path_named)
		return ERR_OK;
	if (file)
		*len = fread(bytes, 1, CONF_FILE_MAX + 1, file);
	failed = !file || ferror(file);
	if (failed)
		buf_printf(why, "%s: %s", c->path, strerrordesc_np(errno));
	else if (*len > CONF_FILE_MAX)
		buf_printf(why, "%s: more than %d bytes", c->path,
		           CONF_FILE_MAX);
	if (file)
		(void)fclose(file);
	return failed || *len > CONF_FILE_MAX ? ERR_CONF : ERR_OK;
}

static enum err
read_file(struct conf *c, struct buf *why)
{
	uint8_t *bytes = malloc(CONF_FILE_MAX + 1);
	size_t len;
	enum err err;

	if (!bytes)
		return ERR_NOMEM;
	err = load(c, bytes, &len, why);
	if (err == ERR_OK)
		err = parse_file(c, span_of(bytes, len), why);
	free(bytes);
	return err;
}

static enum err
check_values(struct conf *c, struct buf *why)
{
	void *scratch;
	enum err err = ERR_OK;

	for (size_t i = 0; i < c->spec->n_options; i++) {
		const char *name = c->spec->options[i].name;

		if (c->values[i].text)
			continue;
		buf_printf(why, "%s: required; give --%s or '%s: ..' in %s",
		           name, name, name, c->path);
		return ERR_CONF;
	}
	if (!c->spec->check)
		return ERR_OK;
	scratch = calloc(1, c->spec->size);
	if (!scratch)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->spec->n_options; i++)
		conf_value_store(&c->spec->options[i], &c->values[i], scratch);
	err = c->spec->check(scratch, why);
	free(scratch);
	return err;
}

static enum err
read_all(struct conf *c, struct buf *why)
{
	static enum err (*const steps[])(struct conf *, struct buf *) = {
	    read_defaults,
	    read_file,
	    conf_read_environment,
	};
	enum err err = conf_read_flags(c, true, why);
	const char *path = conf_variable_text(c, "config");

	if (c->ask == CONF_ASK_HELP || c->ask == CONF_ASK_VERSION)
		return err;
	if (path && !c->path_named) {
		c->path = path;
		c->path_named = true;
	}
	for (size_t i = 0; err == ERR_OK && i < 3; i++)
		err = steps[i](c, why);
	if (err == ERR_OK)
		err = conf_read_flags(c, false, why);
	if (err == ERR_OK)
		err = check_values(c, why);
	return err;
}

void
conf_free(struct conf **conf)
{
	struct conf *c = *conf;

	if (!c)
		return;
	for (size_t i = 0; c->values && i < c->spec->n_options; i++)
		free(c->values[i].text);
	free(c->values);
	free(c);
	*conf = NULL;
}

static enum err
conf_new(struct conf **conf, const struct conf_spec *spec,
         const struct conf_input *input)
{
	struct conf *c = calloc(1, sizeof(*c));

	for (size_t i = 0; i < spec->n_options; i++)
		assert(strlen(spec->options[i].name) < CONF_NAME_MAX);
	assert(strlen(spec->service) < CONF_NAME_MAX);
	if (!c)
		return ERR_NOMEM;
	c->spec = spec;
	c->input = *input;
	c->path = c->default_path;
	(void)snprintf(c->default_path, sizeof(c->default_path),
	               "/etc/tiendo/%s.yaml", spec->service);
	c->values = calloc(spec->n_options + 1, sizeof(c->values[0]));
	if (!c->values)
		conf_free(&c);
	*conf = c;
	return c ? ERR_OK : ERR_NOMEM;
}

static void
answer(const struct conf *c, struct buf *out)
{
	const struct conf_spec *spec = c->spec;

	if (c->ask == CONF_ASK_HELP)
		conf_put_help(c, out);
	else if (c->ask == CONF_ASK_VERSION)
		buf_printf(out, "tiendo-%s %s\n", spec->service, spec->version);
	else if (c->ask == CONF_ASK_PRINT)
		conf_put_values(c, out);
	else
		buf_put_str(out, "the configuration is good\n");
}

/* What was asked, or what is wrong, to where it belongs; the exit code. */
static int
stop(const struct conf *c, enum err err, struct buf *text)
{
	FILE *file = err == ERR_OK ? c->input.out : c->input.errors;
	struct buf line;
	struct span span;

	buf_init(&line, TEXT_BYTES_MAX);
	if (err == ERR_OK)
		answer(c, &line);
	else
		buf_printf(&line, "tiendo-%s: %s\n", c->spec->service,
		           text->len > 0 && buf_cstr(text) ? buf_cstr(text)
		                                           : err_text(err));
	span = buf_span(&line);
	if (fwrite(span.ptr, 1, span.len, file) != span.len ||
	    fflush(file) != 0)
		err = ERR_IO;
	buf_fini(&line);
	return err_exit_code(err);
}

int
conf_start(struct conf **conf, const struct conf_spec *spec,
           const struct conf_input *input, void *values)
{
	struct conf *c = NULL;
	struct buf text;
	int code = -1;
	enum err err = conf_new(&c, spec, input);

	if (err != ERR_OK)
		return err_exit_code(err);
	buf_init(&text, TEXT_BYTES_MAX);
	err = read_all(c, &text);
	if (err != ERR_OK || c->ask != CONF_ASK_NOTHING)
		code = stop(c, err, &text);
	buf_fini(&text);
	if (code >= 0) {
		conf_free(&c);
		return code;
	}
	for (size_t i = 0; i < spec->n_options; i++)
		conf_value_store(&spec->options[i], &c->values[i], values);
	*conf = c;
	return -1;
}

/* The new value into its place; one that needs a restart is only told of. */
static void
adopt(struct conf *c, struct conf *fresh, size_t i, struct buf *report)
{
	const struct conf_option *o = &c->spec->options[i];
	struct conf_value *old = &c->values[i];
	struct conf_value *new = &fresh->values[i];
	bool same = strcmp(old->text, new->text) == 0;

	if (o->reload && !same) {
		struct conf_value kept = *old;

		*old = *new;
		*new = kept;
	} else if (!same) {
		buf_printf(report, "%s: changed, needs a restart\n", o->name);
	}
}

enum err
conf_reload(struct conf *conf, void *values, struct buf *report)
{
	struct conf *fresh = NULL;
	enum err err = conf_new(&fresh, conf->spec, &conf->input);

	if (err == ERR_OK)
		err = read_all(fresh, report);
	for (size_t i = 0; err == ERR_OK && i < conf->spec->n_options; i++) {
		adopt(conf, fresh, i, report);
		conf_value_store(&conf->spec->options[i], &conf->values[i],
		                 values);
	}
	conf_free(&fresh);
	return err;
}
