/* links: common/base/conf.c common/base/conf_flags.c common/base/conf_value.c common/base/conf_text.c common/base/escape.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/conf.h"

struct demo {
	const char *data;
	const char *level;
	const char *token;
	uint64_t rows_max;
	uint64_t memory_bytes;
	uint64_t tick_ms;
	bool demo;
};

#define AT(member) offsetof(struct demo, member)

static const struct conf_option options[] = {
    {"data", CONF_TEXT, AT(data), "/var/lib/tiendo", 1, 20, NULL,
     "data directory", false, false},
    {"log-level", CONF_TEXT, AT(level), "info", 0, 0, "debug info warn error",
     "least level written", true, false},
    {"token", CONF_TEXT, AT(token), "", 0, 0, NULL, "a secret", true, true},
    {"rows-max", CONF_UINT, AT(rows_max), "100", 1, 1000, NULL,
     "rows of a block", true, false},
    {"memory", CONF_BYTES, AT(memory_bytes), "64MiB", 4096, 0, NULL,
     "ceiling of memory", false, false},
    {"tick", CONF_DURATION, AT(tick_ms), "1s", 0, 86400000, NULL,
     "time between ticks", true, false},
    {"demo", CONF_BOOL, AT(demo), "false", 0, 0, NULL, "a demo", false, false},
};

static enum err
no_demo_at_root(const void *values, struct buf *why)
{
	const struct demo *demo = values;

	if (!demo->demo || strcmp(demo->data, "/") != 0)
		return ERR_OK;
	buf_put_str(why, "data: a demo may not live in /");
	return ERR_CONF;
}

static const struct conf_spec spec = {
    .service = "ingest",
    .version = "1.2.3",
    .purpose = "Takes figures.",
    .options = options,
    .n_options = sizeof(options) / sizeof(options[0]),
    .size = sizeof(struct demo),
    .check = no_demo_at_root,
};

enum { ARGS_MAX = 16 };

/* One start: its arguments, environment, file and what it said. */
struct fixture {
	char path[64];
	char *argv[ARGS_MAX];
	char *envp[ARGS_MAX];
	struct conf_input input;
	struct conf *conf;
	struct demo values;
	char *said; /* on out or on errors */
	size_t said_len;
	int code;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	if (!f)
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "/tmp/test_conf_XXXXXX");
	fd = mkstemp(f->path);
	if (fd < 0)
		return -1;
	(void)close(fd);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	conf_free(&f->conf);
	conf_free(&f->conf);
	(void)unlink(f->path);
	free(f->said);
	free(f);
	return 0;
}

static void
write_file(struct fixture *f, const char *text, size_t len)
{
	FILE *file = fopen(f->path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Cuts text at its blanks into a list; the last entry is NULL. */
static int
split(char *list[ARGS_MAX], char *text, int n)
{
	char *rest = text;
	char *word;

	while ((word = strsep(&rest, " ")) != NULL)
		if (*word && n < ARGS_MAX - 1)
			list[n++] = word;
	list[n] = NULL;
	return n;
}

/* file NULL: none is named. */
static int
start(struct fixture *f, const char *args, const char *env, const char *file)
{
	char *arg_text = NULL;
	char *env_text = strdup(env);
	FILE *said;

	conf_free(&f->conf);
	free(f->said);
	f->said = NULL;
	said = open_memstream(&f->said, &f->said_len);
	if (file)
		write_file(f, file, strlen(file));
	assert_true(asprintf(&arg_text, "x %s%s %s", file ? "--config=" : "",
	                     file ? f->path : "", args) > 0);
	f->input.argc = split(f->argv, arg_text, 0);
	split(f->envp, env_text, 0);
	f->input.argv = f->argv;
	f->input.envp = f->envp;
	f->input.out = said;
	f->input.errors = said;
	f->code = conf_start(&f->conf, &spec, &f->input, &f->values);
	(void)fclose(said);
	free(arg_text);
	free(env_text);
	return f->code;
}

/* What the last start said; @ stands for the file's name. */
static void
assert_wrong(struct fixture *f, int code, const char *text)
{
	struct buf expected;

	buf_init(&expected, 10000);
	buf_put_str(&expected, "tiendo-ingest: ");
	for (const char *p = text; *p; p++) {
		if (*p == '@')
			buf_put_str(&expected, f->path);
		else
			buf_put(&expected, p, 1);
	}
	buf_put_u8(&expected, '\n');
	assert_string_equal(f->said, buf_cstr(&expected));
	assert_int_equal(f->code, code);
	assert_null(f->conf);
	buf_fini(&expected);
}

static void
with_nothing_given_the_defaults_hold(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, "", "", ""), -1);
	assert_string_equal(f->values.data, "/var/lib/tiendo");
	assert_string_equal(f->values.level, "info");
	assert_string_equal(f->values.token, "");
	assert_int_equal(f->values.rows_max, 100);
	assert_int_equal(f->values.memory_bytes, 64 << 20);
	assert_int_equal(f->values.tick_ms, 1000);
	assert_false(f->values.demo);
	assert_string_equal(f->said, "");
}

static void
the_flag_wins_over_the_variable_over_the_file(void **state)
{
	struct fixture *f = *state;
	const char *file = "rows-max: 5\ntick: 5s\nlog-level: warn\n";

	assert_int_equal(start(f, "--rows-max=7",
	                       "TIENDO_INGEST_ROWS_MAX=6 TIENDO_INGEST_TICK=6s",
	                       file),
	                 -1);
	assert_int_equal(f->values.rows_max, 7);
	assert_int_equal(f->values.tick_ms, 6000);
	assert_string_equal(f->values.level, "warn");
}

static void
flags_are_given_with_an_equals_sign_or_a_blank(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    start(f, "--data /d --demo --rows-max=3 --token=a=b", "", ""), -1);
	assert_string_equal(f->values.data, "/d");
	assert_true(f->values.demo);
	assert_int_equal(f->values.rows_max, 3);
	assert_string_equal(f->values.token, "a=b");
	assert_int_equal(start(f,
	                       "--demo --demo=false --rows-max=1 "
	                       "--rows-max=2",
	                       "", ""),
	                 -1);
	assert_false(f->values.demo);
	assert_int_equal(f->values.rows_max, 2);
}

static void
a_wrong_flag_is_named_and_exits_64(void **state)
{
	struct fixture *f = *state;

	start(f, "--lgo-level=info", "", "");
	assert_wrong(f, 64, "--lgo-level: no such option; see --help");
	start(f, "--data", "", "");
	assert_wrong(f, 64, "--data: a value has to follow; see --help");
	start(f, "--config", "", NULL);
	assert_wrong(f, 64, "--config: a value has to follow; see --help");
	start(f, "--help=yes", "", "");
	assert_wrong(f, 64, "--help: takes no value; see --help");
	start(f, "something", "", "");
	assert_wrong(f, 64, "something: not an option; see --help");
	start(f, "-v", "", "");
	assert_wrong(f, 64, "-v: not an option; see --help");
	start(f, "--", "", "");
	assert_wrong(f, 64, "--: not an option; see --help");
	start(f, "--log-level=loud", "", "");
	assert_wrong(f, 64,
	             "--log-level: \"loud\" is none of: debug info warn error");
}

static void
a_wrong_variable_is_named_and_exits_78(void **state)
{
	struct fixture *f = *state;

	start(f, "", "TIENDO_INGEST_LOG_LEVEL=loud", "");
	assert_wrong(f, 78,
	             "TIENDO_INGEST_LOG_LEVEL: \"loud\" is none of: debug info "
	             "warn error");
	/* Also one that a flag would win over. */
	start(f, "--rows-max=2", "TIENDO_INGEST_ROWS_MAX=x", "");
	assert_wrong(f, 78,
	             "TIENDO_INGEST_ROWS_MAX: \"x\" is not a whole number");
}

static void
variables_that_name_no_option_are_left_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, "",
	                       "TIENDO_INGEST_SERVICE_HOST=10.0.0.1 "
	                       "TIENDO_ALERT_ROWS_MAX=x "
	                       "TIENDO_INGEST_ROWS_MAXX=x",
	                       ""),
	                 -1);
}

struct file_case {
	const char *text;
	const char *wrong;
};

static void
a_wrong_file_is_placed_by_line_and_column(void **state)
{
	static const struct file_case cases[] = {
	    {"rows-max: 5\nlgo-level: info\n",
	     "@:2:1: no option has this name"},
	    {"# note\nlog-level:   loud\n",
	     "@:2:14: log-level: \"loud\" is none of: debug info warn error"},
	    {"rows-max: 5\nrows-max: 5\n", "@:2:1: stands twice"},
	    {"rows-max:\n", "@:1:10: no value; an empty text is \"\""},
	    {"rows-max: [1]\n", "@:1:11: expected: option: value"},
	    {"rows-max: {a: 1}\n", "@:1:11: expected: option: value"},
	    {"- 1\n", "@:1:1: expected: option: value"},
	    {"hello\n", "@:1:1: expected: option: value"},
	    {"data: &a /x\nlog-level: *a\n", "@:2:12: expected: option: value"},
	    {"? [a]\n: 1\n", "@:1:3: expected: option: value"},
	    {"tick: 1s\n---\ntick: 2s\n", "@:2:1: a second document"},
	    {"token: \"a\\0b\"\n", "@:1:8: a zero byte"},
	    {"token: \"a\\nb\"\n",
	     "@:1:8: token: \"a\\nb\" has a control character"},
	    {"demo: yes\n", "@:1:7: demo: \"yes\" is not true or false"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(f, "", "", cases[i].text);
		assert_wrong(f, 78, cases[i].wrong);
	}
}

static void
what_is_not_yaml_is_placed_too(void **state)
{
	struct fixture *f = *state;
	char place[96];

	assert_int_equal(start(f, "", "", "rows-max: 5\ndata: \"x\n"), 78);
	(void)snprintf(place, sizeof(place),
	               "tiendo-ingest: %s:3:1: ", f->path);
	assert_memory_equal(f->said, place, strlen(place));
}

static void
scalars_of_the_file_are_text_whatever_yaml_thinks(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, "", "", "data: 01\ntoken: no\n"), -1);
	assert_string_equal(f->values.data, "01");
	assert_string_equal(f->values.token, "no");
	assert_int_equal(start(f, "", "", "---\n# nothing\n"), -1);
	assert_int_equal(start(f, "", "", "token: \"\"\ntick: 'no'\n"), 78);
}

static void
a_named_file_has_to_be_there_and_the_default_need_not(void **state)
{
	struct fixture *f = *state;

	start(f, "--config=/nonexistent/x.yaml", "", NULL);
	assert_wrong(f, 78, "/nonexistent/x.yaml: No such file or directory");
	start(f, "", "TIENDO_INGEST_CONFIG=/nonexistent/y.yaml", NULL);
	assert_wrong(f, 78, "/nonexistent/y.yaml: No such file or directory");
	start(f, "--config /tmp", "", NULL);
	assert_wrong(f, 78, "/tmp: Is a directory");
	if (access("/etc/tiendo/ingest.yaml", F_OK) != 0)
		assert_int_equal(start(f, "", "", NULL), -1);
}

static void
a_file_at_its_bound_is_read_and_one_past_it_is_not(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(CONF_FILE_MAX + 2);

	assert_non_null(text);
	memset(text, '#', CONF_FILE_MAX + 1);
	text[CONF_FILE_MAX] = '\0';
	assert_int_equal(start(f, "", "", text), -1);
	text[CONF_FILE_MAX] = '#';
	text[CONF_FILE_MAX + 1] = '\0';
	start(f, "", "", text);
	assert_wrong(f, 78, "@: more than 65536 bytes");
	free(text);
}

static void
rules_between_options_are_asked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, "--data=/", "", ""), -1);
	start(f, "--data=/ --demo", "", "");
	assert_wrong(f, 78, "data: a demo may not live in /");
}

static void
a_required_option_has_to_be_given(void **state)
{
	static const struct conf_option required = {
	    "key", CONF_TEXT, 0, NULL, 0, 0, NULL, "a key", false, false};
	static const struct conf_spec strict = {.service = "x",
	                                        .version = "1",
	                                        .purpose = "X.",
	                                        .options = &required,
	                                        .n_options = 1,
	                                        .size = sizeof(char *)};
	struct fixture *f = *state;
	char program[] = "x";
	char flag[] = "--key=k";
	char *argv[] = {program, flag, NULL};
	char *envp[] = {NULL};
	FILE *said = open_memstream(&f->said, &f->said_len);
	struct conf_input input = {1, argv, envp, said, said};
	const char *key = NULL;

	assert_int_equal(conf_start(&f->conf, &strict, &input, &key), 78);
	input.argc = 2;
	assert_int_equal(conf_start(&f->conf, &strict, &input, &key), -1);
	assert_string_equal(key, "k");
	(void)fclose(said);
	assert_string_equal(f->said,
	                    "tiendo-x: key: required; give --key or 'key: ..' "
	                    "in /etc/tiendo/x.yaml\n");
}

static void
help_names_every_option_and_wins_over_what_is_wrong(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, "--help --nonsense", "", "broken: [\n"), 0);
	for (size_t i = 0; i < spec.n_options; i++)
		assert_non_null(strstr(f->said, options[i].name));
	assert_non_null(strstr(f->said, "Usage: tiendo-ingest [OPTION]..."));
	assert_non_null(strstr(f->said, "Takes figures."));
	assert_non_null(
	    strstr(f->said,
	           "  --log-level=TEXT            least level written; one of: "
	           "debug info warn error (default: info; reload)\n"));
	assert_non_null(strstr(f->said, "TIENDO_INGEST_<OPTION>"));
	assert_non_null(strstr(f->said, "/etc/tiendo/ingest.yaml"));
}

static void
version_is_the_program_and_its_number(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, "--version", "", ""), 0);
	assert_string_equal(f->said, "tiendo-ingest 1.2.3\n");
}

static void
check_config_says_good_or_what_is_wrong(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, "--check-config", "", "tick: 2s\n"), 0);
	assert_string_equal(f->said, "the configuration is good\n");
	start(f, "--check-config", "", "tick: 2\n");
	assert_wrong(f, 78,
	             "@:1:7: tick: \"2\" is not a duration such as 250ms, 30s, "
	             "5m, 2h, 7d");
}

static void
print_config_gives_value_origin_and_what_reloads(void **state)
{
	struct fixture *f = *state;
	char line[128];

	assert_int_equal(start(f, "--print-config --data=/d",
	                       "TIENDO_INGEST_TICK=5s",
	                       "\nrows-max: 9\ntoken: hush\n"),
	                 0);
	assert_non_null(strstr(f->said, "data: \"/d\"  # --data\n"));
	assert_non_null(
	    strstr(f->said, "log-level: \"info\"  # default, reload\n"));
	assert_non_null(
	    strstr(f->said, "tick: 5s  # TIENDO_INGEST_TICK, reload\n"));
	(void)snprintf(line, sizeof(line), "rows-max: 9  # %s:2, reload\n",
	               f->path);
	assert_non_null(strstr(f->said, line));
	assert_null(strstr(f->said, "hush"));
	assert_non_null(strstr(f->said, "token: \"***\"  # "));
}

static void
what_print_config_prints_is_a_file_again(void **state)
{
	struct fixture *f = *state;
	char *printed;

	assert_int_equal(
	    start(f, "--print-config --data=a\\b\" --rows-max=3", "", ""), 0);
	printed = strdup(f->said);
	assert_int_equal(start(f, "", "", printed), -1);
	assert_string_equal(f->values.data, "a\\b\"");
	assert_int_equal(f->values.rows_max, 3);
	free(printed);
}

/* Arguments and environment have to live on for a reload: here, only these. */
static void
start_for_reload(struct fixture *f, const char *file)
{
	write_file(f, file, strlen(file));
	f->argv[0] = f->path;
	f->argv[1] = NULL;
	f->envp[0] = NULL;
	assert_int_equal(
	    asprintf(&f->envp[0], "TIENDO_INGEST_CONFIG=%s", f->path) > 0, 1);
	f->input = (struct conf_input){1, f->argv, f->envp, stdout, stderr};
	assert_int_equal(conf_start(&f->conf, &spec, &f->input, &f->values),
	                 -1);
}

static void
reload_takes_what_may_change_and_tells_the_rest(void **state)
{
	struct fixture *f = *state;
	const char *file = "log-level: debug\ndata: /other\nrows-max: 8\n";
	const char *data;
	struct buf report;

	buf_init(&report, 1000);
	start_for_reload(f, "log-level: warn\ndata: /d\n");
	data = f->values.data;
	write_file(f, file, strlen(file));
	assert_int_equal(conf_reload(f->conf, &f->values, &report), ERR_OK);
	assert_string_equal(f->values.level, "debug");
	assert_int_equal(f->values.rows_max, 8);
	assert_ptr_equal(f->values.data, data);
	assert_string_equal(data, "/d");
	assert_string_equal(buf_cstr(&report),
	                    "data: changed, needs a restart\n");
	buf_fini(&report);
	free(f->envp[0]);
}

static void
a_reload_that_fails_changes_nothing(void **state)
{
	struct fixture *f = *state;
	const char *file = "log-level: debug\nrows-max: none\n";
	struct buf report;
	char expected[160];

	buf_init(&report, 1000);
	start_for_reload(f, "log-level: warn\n");
	write_file(f, file, strlen(file));
	assert_int_equal(conf_reload(f->conf, &f->values, &report), ERR_CONF);
	assert_string_equal(f->values.level, "warn");
	assert_int_equal(f->values.rows_max, 100);
	(void)snprintf(expected, sizeof(expected),
	               "%s:2:11: rows-max: \"none\" is not a whole number",
	               f->path);
	assert_string_equal(buf_cstr(&report), expected);
	buf_fini(&report);
	free(f->envp[0]);
}

static void
a_reload_of_the_same_changes_and_says_nothing(void **state)
{
	struct fixture *f = *state;
	const char *level;
	struct buf report;

	buf_init(&report, 1000);
	start_for_reload(f, "log-level: warn\n");
	level = f->values.level;
	assert_int_equal(conf_reload(f->conf, &f->values, &report), ERR_OK);
	assert_ptr_equal(f->values.level, level);
	assert_int_equal(report.len, 0);
	buf_fini(&report);
	free(f->envp[0]);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(with_nothing_given_the_defaults_hold),
	    CASE(the_flag_wins_over_the_variable_over_the_file),
	    CASE(flags_are_given_with_an_equals_sign_or_a_blank),
	    CASE(a_wrong_flag_is_named_and_exits_64),
	    CASE(a_wrong_variable_is_named_and_exits_78),
	    CASE(variables_that_name_no_option_are_left_alone),
	    CASE(a_wrong_file_is_placed_by_line_and_column),
	    CASE(what_is_not_yaml_is_placed_too),
	    CASE(scalars_of_the_file_are_text_whatever_yaml_thinks),
	    CASE(a_named_file_has_to_be_there_and_the_default_need_not),
	    CASE(a_file_at_its_bound_is_read_and_one_past_it_is_not),
	    CASE(rules_between_options_are_asked),
	    CASE(a_required_option_has_to_be_given),
	    CASE(help_names_every_option_and_wins_over_what_is_wrong),
	    CASE(version_is_the_program_and_its_number),
	    CASE(check_config_says_good_or_what_is_wrong),
	    CASE(print_config_gives_value_origin_and_what_reloads),
	    CASE(what_print_config_prints_is_a_file_again),
	    CASE(reload_takes_what_may_change_and_tells_the_rest),
	    CASE(a_reload_that_fails_changes_nothing),
	    CASE(a_reload_of_the_same_changes_and_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
