/* links: services/ctl/args.c common/domain/period.c common/base/paths.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ctl/args.h"

static const struct ctl_option send_options[] = {
    {"source", "S", {"a source", "một nguồn"}},
    {"strict", NULL, {"all or none", "tất cả"}},
    {"at", "PERIOD", {"a period", "một kỳ"}},
    {"today", "DATE", {"a date", "một ngày"}},
    {NULL, NULL, {NULL, NULL}},
};

const struct ctl_command ctl_commands[] = {
    {"send", "FILE...", {"sends", "gửi"}, send_options, 1, 3, NULL},
    {"health", "", {"asks", "hỏi"}, &send_options[4], 0, 0, NULL},
    {.name = NULL},
};

/* What args.c needs of ctl.c, which would bring sockets with it. */
const char *
ctl_words(const struct ctl *ctl, struct words words)
{
	return ctl->vi ? words.vi : words.en;
}

#define ARGS_MAX 16

struct rig {
	struct ctl ctl;
	char *text;
	size_t len;
	char *argv[ARGS_MAX + 1];
	char line[256];
};

static char env_data[] = "TIENDO_DATA=/env/data";
static char env_lang[] = "LANG=vi_VN.UTF-8";
static char env_home[] = "HOME=/home/x";

/* The words of line as arguments; out and errors go to rig->text. */
static int
parse(struct rig *rig, const char *line, char *const *envp)
{
	int argc = 0;

	(void)snprintf(rig->line, sizeof(rig->line), "%s", line);
	for (char *at = rig->line; *at != '\0' && argc < ARGS_MAX;) {
		rig->argv[argc++] = at;
		at += strcspn(at, " ");
		if (*at == ' ')
			*at++ = '\0';
	}
	rig->argv[argc] = NULL;
	rig->ctl = (struct ctl){.envp = envp};
	rig->ctl.out = rig->ctl.err = open_memstream(&rig->text, &rig->len);
	assert_non_null(rig->ctl.out);
	return args_parse(&rig->ctl, argc, rig->argv);
}

static void
rig_close(struct rig *rig)
{
	(void)fclose(rig->ctl.out);
	free(rig->text);
}

static const char *
said(struct rig *rig)
{
	(void)fflush(rig->ctl.out);
	return rig->text;
}

static char *const bare[] = {env_home, NULL};

static void
options_stand_before_between_and_behind_operands(void **arg)
{
	struct rig rig;

	(void)arg;
	assert_int_equal(parse(&rig,
	                       "tiendo --data /d -o csv send a --source=S1 - "
	                       "--strict --lang vi b",
	                       bare),
	                 -1);
	assert_string_equal(rig.ctl.command->name, "send");
	assert_string_equal(rig.ctl.data.text, "/d");
	assert_int_equal(rig.ctl.output, CTL_CSV);
	assert_true(rig.ctl.vi);
	assert_string_equal(rig.ctl.values[0], "S1");
	assert_string_equal(rig.ctl.values[1], "");
	assert_int_equal(rig.ctl.n_operands, 3);
	assert_string_equal(rig.ctl.operands[0], "a");
	assert_string_equal(rig.ctl.operands[1], "-");
	assert_string_equal(rig.ctl.operands[2], "b");
	rig_close(&rig);
}

static void
periods_and_dates_are_told_by_their_form(void **arg)
{
	struct rig rig;

	(void)arg;
	assert_int_equal(
	    parse(&rig, "tiendo send a --at 2020-Q4 --today 2020-02-29", bare),
	    -1);
	assert_string_equal(rig.ctl.values[2], "2020-Q4");
	assert_string_equal(rig.ctl.values[3], "2020-02-29");
	rig_close(&rig);
}

static void
behind_two_dashes_everything_is_an_operand(void **arg)
{
	struct rig rig;

	(void)arg;
	assert_int_equal(parse(&rig, "tiendo send -- --strict -x", bare), -1);
	assert_null(rig.ctl.values[1]);
	assert_string_equal(rig.ctl.operands[0], "--strict");
	assert_string_equal(rig.ctl.operands[1], "-x");
	rig_close(&rig);
}

static void
what_is_not_given_is_found_in_the_environment(void **arg)
{
	static char *const env[] = {env_data, env_lang, NULL};
	struct rig rig;

	(void)arg;
	assert_int_equal(parse(&rig, "tiendo health", env), -1);
	assert_string_equal(rig.ctl.data.text, "/env/data");
	assert_true(rig.ctl.vi);
	assert_int_equal(rig.ctl.output, CTL_JSON);
	rig_close(&rig);
	assert_int_equal(parse(&rig, "tiendo health --lang en --data /f", env),
	                 -1);
	assert_string_equal(rig.ctl.data.text, "/f");
	assert_false(rig.ctl.vi);
	rig_close(&rig);
}

static void
a_wrong_call_is_one_line_and_sixty_four(void **arg)
{
	static const char *const lines[] = {
	    "tiendo",
	    "tiendo nothing",
	    "tiendo send",
	    "tiendo send a b c d",
	    "tiendo send a --nothing",
	    "tiendo send a --source",
	    "tiendo send a --source=",
	    "tiendo send a --strict=1",
	    "tiendo --source S send a",
	    "tiendo health -o xml",
	    "tiendo health --lang fr",
	    "tiendo health --data=",
	    "tiendo health -x",
	    "tiendo health there",
	    "tiendo send a --at 2020-Q5",
	    "tiendo send a --at=",
	    "tiendo send a --today 2020-02-30",
	    "tiendo send a --today 2020-02",
	};
	const char *text;
	struct rig rig;

	(void)arg;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(&rig, lines[i], bare), 64);
		text = said(&rig);
		assert_ptr_equal(strchr(text, '\n'), text + rig.len - 1);
		rig_close(&rig);
	}
}

static void
a_wrong_call_is_told_what_would_be_right(void **arg)
{
	static const char *const cases[][2] = {
	    {"tiendo", "tiendo: no command given; --help names them\n"},
	    {"tiendo health -o xml",
	     "tiendo: --output: \"xml\" is not table|json|csv\n"},
	    {"tiendo health --data=", "tiendo: --data: \"\" is not DIR\n"},
	    {"tiendo health there",
	     "tiendo: called wrongly; usage: tiendo health (--help)\n"},
	    {"tiendo send", "tiendo: called wrongly; usage: tiendo send "
	                    "[OPTIONS] FILE... (--help)\n"},
	};
	struct rig rig;

	(void)arg;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(&rig, cases[i][0], bare), 64);
		assert_string_equal(said(&rig), cases[i][1]);
		rig_close(&rig);
	}
}

static void
help_names_every_command_and_every_option(void **arg)
{
	struct rig rig;

	(void)arg;
	assert_int_equal(parse(&rig, "tiendo --help", bare), 0);
	assert_non_null(strstr(said(&rig), "send"));
	assert_non_null(strstr(rig.text, "health"));
	assert_non_null(strstr(rig.text, "--data DIR"));
	rig_close(&rig);
	assert_int_equal(parse(&rig, "tiendo send -h", bare), 0);
	assert_non_null(strstr(said(&rig), "--source S"));
	assert_non_null(strstr(rig.text, "--strict"));
	assert_non_null(strstr(rig.text, "-o, --output"));
	rig_close(&rig);
}

static void
the_version_is_a_name_and_a_number(void **arg)
{
	struct rig rig;

	(void)arg;
	assert_int_equal(parse(&rig, "tiendo --version", bare), 0);
	assert_string_equal(said(&rig), "tiendo " TIENDO_VERSION "\n");
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_stand_before_between_and_behind_operands),
	    cmocka_unit_test(periods_and_dates_are_told_by_their_form),
	    cmocka_unit_test(behind_two_dashes_everything_is_an_operand),
	    cmocka_unit_test(what_is_not_given_is_found_in_the_environment),
	    cmocka_unit_test(a_wrong_call_is_one_line_and_sixty_four),
	    cmocka_unit_test(a_wrong_call_is_told_what_would_be_right),
	    cmocka_unit_test(help_names_every_command_and_every_option),
	    cmocka_unit_test(the_version_is_a_name_and_a_number),
	};

	return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
