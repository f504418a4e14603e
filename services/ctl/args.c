#include "services/ctl/args.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "common/domain/period.h"

#define EXIT_USAGE 64

struct parsing {
	struct ctl *ctl;
	const char *data; /* as given; NULL: found */
	bool help;
	bool version;
	bool output_given;
	int n_operands;
};

static const struct words bad_value = {"is not", "không phải là"};
static const struct words unknown_option = {"no such option",
                                            "không có tùy chọn này"};
static const struct words no_data = {"no data directory can be found",
                                     "không tìm thấy thư mục dữ liệu"};
static const struct words needs_value = {"needs a value", "thiếu giá trị"};
static const struct words no_value = {"takes no value", "không nhận giá trị"};
static const struct words too_long = {"longer than 256 bytes",
                                      "dài hơn 256 byte"};
static const struct words unknown_command = {"no such command",
                                             "không có lệnh này"};
static const struct words no_command = {"no command given; --help names them",
                                        "chưa có lệnh; --help kể tên các lệnh"};
static const struct words wrong_operands = {"called wrongly; usage",
                                            "gọi sai; cách dùng"};

static bool
set_data(struct parsing *p, const char *value)
{
	p->data = value;
	return value[0] != '\0';
}

static bool
set_output(struct parsing *p, const char *value)
{
	static const char *const names[] = {"table", "json", "csv"};

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(value, names[i]) == 0) {
			p->ctl->output = (enum ctl_output)i;
			p->output_given = true;
			return true;
		}
	return false;
}

static bool
set_lang(struct parsing *p, const char *value)
{
	p->ctl->vi = strcmp(value, "vi") == 0;
	return p->ctl->vi || strcmp(value, "en") == 0;
}

static bool
set_help(struct parsing *p, const char *value)
{
	(void)value;
	p->help = true;
	return true;
}

static bool
set_version(struct parsing *p, const char *value)
{
	(void)value;
	p->version = true;
	return true;
}

struct global {
	struct ctl_option option;
	const char *short_name;
	bool (*set)(struct parsing *p, const char *value);
};

static const struct global globals[] = {
    {{"data", "DIR", {"data directory", "thư mục dữ liệu"}}, NULL, set_data},
    {{"output",
      "table|json|csv",
      {"form of the output; on a terminal table, else json (one object a line)",
       "dạng kết quả; trên màn hình là table, còn lại là json"}},
     "-o",
     set_output},
    {{"lang", "vi|en", {"language of messages", "ngôn ngữ của thông báo"}},
     NULL,
     set_lang},
    {{"help", NULL, {"this text", "trợ giúp này"}}, "-h", set_help},
    {{"version", NULL, {"name and version", "tên và phiên bản"}},
     NULL,
     set_version},
};
#define N_GLOBALS (sizeof(globals) / sizeof(globals[0]))

static int
usage_error(const struct ctl *ctl, const char *what, struct words words)
{
	fprintf(ctl->err, "tiendo: %s: %s\n", what, ctl_words(ctl, words));
	return EXIT_USAGE;
}

static int
value_error(const struct ctl *ctl, const struct ctl_option *option,
            const char *value)
{
	fprintf(ctl->err, "tiendo: --%s: \"%s\" %s %s\n", option->name, value,
	        ctl_words(ctl, bad_value), option->value);
	return EXIT_USAGE;
}

/* "tiendo status [OPTIONS]", with what there is of options and operands. */
static void
usage_put(FILE *to, const struct ctl_command *c)
{
	fprintf(to, "tiendo %s%s%s%s", c->name,
	        c->options[0].name ? " [OPTIONS]" : "",
	        c->operands[0] != '\0' ? " " : "", c->operands);
}

/* --- help ----------------------------------------------------------------- */

static void
help_option(const struct ctl *ctl, const char *short_name,
            const struct ctl_option *option)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s%s--%s %s",
	               short_name ? short_name : "", short_name ? ", " : "",
	               option->name, option->value ? option->value : "");
	fprintf(ctl->out, "  %-28s  %s\n", left, ctl_words(ctl, option->help));
}

static void
help_globals(const struct ctl *ctl)
{
	static const struct words title = {"Options of every command",
	                                   "Tùy chọn chung"};

	fprintf(ctl->out, "\n%s:\n", ctl_words(ctl, title));
	for (size_t i = 0; i < N_GLOBALS; i++)
		help_option(ctl, globals[i].short_name, &globals[i].option);
}

static void
help_command(const struct ctl *ctl)
{
	static const struct words title = {"Options", "Tùy chọn"};
	const struct ctl_command *c = ctl->command;

	usage_put(ctl->out, c);
	fprintf(ctl->out, "\n\n  %s\n", ctl_words(ctl, c->purpose));
	if (c->options[0].name)
		fprintf(ctl->out, "\n%s:\n", ctl_words(ctl, title));
	for (const struct ctl_option *o = c->options; o->name; o++)
		help_option(ctl, NULL, o);
	help_globals(ctl);
}

static void
help_all(const struct ctl *ctl)
{
	static const struct words purpose = {
	    "progress of programme indicators against their targets",
	    "tiến độ các chỉ tiêu chương trình so với mục tiêu"};
	static const struct words title = {"Commands", "Các lệnh"};

	fprintf(ctl->out, "tiendo COMMAND [OPTIONS] ...: %s\n\n%s:\n",
	        ctl_words(ctl, purpose), ctl_words(ctl, title));
	for (const struct ctl_command *c = ctl_commands; c->name; c++)
		fprintf(ctl->out, "  %-10s  %s\n", c->name,
		        ctl_words(ctl, c->purpose));
	help_globals(ctl);
}

/* --- parsing -------------------------------------------------------------- */

static bool
option_is(const char *name, const char *given, size_t len)
{
	return strlen(name) == len && memcmp(name, given, len) == 0;
}

static const struct global *
global_of(const char *given, size_t len)
{
	for (size_t i = 0; i < N_GLOBALS; i++)
		if (option_is(globals[i].option.name, given, len))
			return &globals[i];
	return NULL;
}

static const struct global *
global_of_short(const char *argument)
{
	for (size_t i = 0; i < N_GLOBALS; i++)
		if (globals[i].short_name &&
		    strncmp(argument, globals[i].short_name, 2) == 0)
			return &globals[i];
	return NULL;
}

static int
own_option(const struct ctl *ctl, const char *given, size_t len)
{
	if (!ctl->command)
		return -1;
	for (int i = 0; ctl->command->options[i].name; i++) {
		assert(i < CTL_OPTIONS);
		if (option_is(ctl->command->options[i].name, given, len))
			return i;
	}
	return -1;
}

/* Values whose form is known by their name in the help. */
static bool
is_period(struct span text)
{
	struct period period;

	return period_parse(text, &period) == ERR_OK;
}

static bool
is_date(struct span text)
{
	struct day day;

	return day_parse(text, false, &day) == ERR_OK;
}

struct form {
	const char *value;
	bool (*is)(struct span text);
};

static const struct form forms[] = {{"PERIOD", is_period}, {"DATE", is_date}};

static bool
value_is_formed(const struct ctl_option *option, const char *value)
{
	for (size_t i = 0; option->value && i < 2; i++)
		if (strcmp(forms[i].value, option->value) == 0)
			return forms[i].is(span_str(value));
	return true;
}

struct given {
	const char *argument; /* for messages */
	const char *name;
	size_t len;
	const char *value; /* behind '='; NULL: none */
	const char *next;  /* next argument; NULL: none */
};

/* The value of an option, from '=' or from the next argument (*used). -1: fine. */
static int
option_value(const struct parsing *p, const struct ctl_option *option,
             struct given *g, int *used)
{
	if (!option->value && g->value)
		return usage_error(p->ctl, g->argument, no_value);
	if (option->value && !g->value) {
		if (!g->next)
			return usage_error(p->ctl, g->argument, needs_value);
		g->value = g->next;
		*used = 1;
	}
	if (!option->value)
		g->value = "";
	return -1;
}

/* An empty value is most often a variable that was not set: taken for "not given",
 * it would ask for everything. */
static int
take_own(struct parsing *p, int own, const struct given *g)
{
	const struct ctl_option *option = &p->ctl->command->options[own];

	if (option->value && g->value[0] == '\0')
		return usage_error(p->ctl, g->argument, needs_value);
	if (strlen(g->value) > WIRE_TEXT_MAX)
		return usage_error(p->ctl, option->name, too_long);
	if (!value_is_formed(option, g->value))
		return value_error(p->ctl, option, g->value);
	p->ctl->values[own] = g->value;
	return -1;
}

static int
take_option(struct parsing *p, struct given *g, const struct global *global,
            int *used)
{
	int own = global ? -1 : own_option(p->ctl, g->name, g->len);
	int code;

	if (!global && own < 0)
		return usage_error(p->ctl, g->argument, unknown_option);
	code = option_value(
	    p, global ? &global->option : &p->ctl->command->options[own], g,
	    used);
	if (code >= 0)
		return code;
	if (global && !global->set(p, g->value))
		return value_error(p->ctl, &global->option, g->value);
	if (global)
		return -1;
	return take_own(p, own, g);
}

static int
take_dashed(struct parsing *p, char *argument, const char *next, int *used)
{
	struct given g = {.argument = argument, .next = next};
	const struct global *global = NULL;
	const char *equals;

	if (argument[1] != '-') {
		global = global_of_short(argument);
		if (!global)
			return usage_error(p->ctl, argument, unknown_option);
		g.value = argument[2] != '\0' ? argument + 2 : NULL;
		return take_option(p, &g, global, used);
	}
	g.name = argument + 2;
	equals = strchr(g.name, '=');
	g.len = equals ? (size_t)(equals - g.name) : strlen(g.name);
	g.value = equals ? equals + 1 : NULL;
	return take_option(p, &g, global_of(g.name, g.len), used);
}

static int
take_command(struct ctl *ctl, const char *name)
{
	for (const struct ctl_command *c = ctl_commands; c->name; c++)
		if (strcmp(c->name, name) == 0) {
			ctl->command = c;
			return -1;
		}
	return usage_error(ctl, name, unknown_command);
}

/* '-' alone is an operand; behind "--" everything is. */
static int
take_all(struct parsing *p, int argc, char **argv)
{
	bool options = true;
	int code = -1;

	for (int i = 1; i < argc && code < 0; i++) {
		int used = 0;

		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
			code = take_dashed(p, argv[i], argv[i + 1], &used);
		else if (!p->ctl->command)
			code = take_command(p->ctl, argv[i]);
		else
			argv[p->n_operands++] = argv[i];
		i += used;
	}
	return code;
}

static void
lang_find(struct ctl *ctl)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *locale = NULL;

	for (size_t i = 0; i < 3 && !locale; i++)
		locale = env_get(ctl->envp, names[i]);
	ctl->vi = locale && strncmp(locale, "vi", 2) == 0;
}

static int
parsed_check(const struct parsing *p)
{
	struct ctl *ctl = p->ctl;
	const struct ctl_command *c = ctl->command;

	if (p->version) {
		fprintf(ctl->out, "tiendo %s\n", TIENDO_VERSION);
		return 0;
	}
	if (p->help && c)
		help_command(ctl);
	else if (p->help)
		help_all(ctl);
	if (p->help)
		return 0;
	if (!c) {
		fprintf(ctl->err, "tiendo: %s\n", ctl_words(ctl, no_command));
		return EXIT_USAGE;
	}
	if (p->n_operands >= c->min_operands &&
	    p->n_operands <= c->max_operands)
		return -1;
	fprintf(ctl->err, "tiendo: %s: ", ctl_words(ctl, wrong_operands));
	usage_put(ctl->err, c);
	fputs(" (--help)\n", ctl->err);
	return EXIT_USAGE;
}

int
args_parse(struct ctl *ctl, int argc, char **argv)
{
	struct parsing p = {.ctl = ctl};
	int code;

	lang_find(ctl);
	code = take_all(&p, argc, argv);
	if (code < 0)
		code = parsed_check(&p);
	if (code >= 0)
		return code;
	if (!p.output_given)
		ctl->output = isatty(fileno(ctl->out)) ? CTL_TABLE : CTL_JSON;
	ctl->operands = argv;
	ctl->n_operands = p.n_operands;
	if (data_dir_resolve(p.data, ctl->envp, PATHS_SYSTEM_DATA,
	                     &ctl->data) == ERR_OK)
		return -1;
	return usage_error(ctl, "--data", no_data);
}
