/* links: services/alert/deliver_conf_io.c services/alert/post_io.c services/alert/post_url_io.c services/alert/sign_io.c services/alert/net.c common/base/loop.c common/base/clock.c common/base/buf.c common/base/err.c tests/lib/tmpdir.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/alert/deliver_conf_io.h"
#include "tests/lib/tmpdir.h"

/* Which kinds there are is not tested here; what one looks like is nobody's business. */
struct sink_kind {
	const char *name;
};

static const struct sink_kind kinds[] = {{"alertmanager"}, {"webhook"}};

const struct sink_kind *
sink_kind_find(const char *name)
{
	for (size_t i = 0; i < 2; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

struct fixture {
	struct tmpdir dir;
	char secrets[128];
	struct deliver_options options;
	struct deliver_list list;
	struct buf why;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	tmpdir_open(&f->dir);
	tmpdir_path(&f->dir, "secrets", f->secrets, sizeof(f->secrets));
	buf_init(&f->why, 1024);
	f->options = (struct deliver_options){.alertmanager = "",
	                                      .webhook = "",
	                                      .secrets = "",
	                                      .private_nets = "",
	                                      .ca_file = "",
	                                      .external_url = ""};
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	buf_fini(&f->why);
	tmpdir_close(&f->dir);
	free(f);
	return 0;
}

static void
read_as(struct fixture *f, enum err err, const char *why)
{
	buf_reset(&f->why);
	assert_int_equal(deliver_list_read(&f->list, &f->options, &f->why),
	                 err);
	if (!strstr(buf_cstr(&f->why), why))
		fail_msg("\"%s\" lacks \"%s\"", buf_cstr(&f->why), why);
	assert_int_equal(deliver_conf_check(&f->options, &f->why), err);
}

static void
write_secrets(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->secrets, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(f->secrets, 0600), 0);
	f->options.secrets = f->secrets;
}

static void
expect_sink(const struct fixture *f, uint32_t i, const char *name,
            const char *url)
{
	assert_string_equal(f->list.sinks[i].name, name);
	assert_string_equal(f->list.sinks[i].url, url);
}

static void
nothing_is_no_sink(void **state)
{
	struct fixture *f = *state;

	read_as(f, ERR_OK, "");
	assert_int_equal(f->list.n, 0);
	f->options.webhook = " ";
	read_as(f, ERR_OK, "");
	assert_int_equal(f->list.n, 0);
}

static void
sinks_have_the_names_they_are_given_or_that_of_their_kind(void **state)
{
	struct fixture *f = *state;

	f->options.alertmanager =
	    " am1=http://127.0.0.1:9093  am-2=https://x.org/am ";
	f->options.webhook = "https://y.org/hook?a=b";
	read_as(f, ERR_OK, "");
	assert_int_equal(f->list.n, 3);
	expect_sink(f, 0, "am1", "http://127.0.0.1:9093");
	expect_sink(f, 1, "am-2", "https://x.org/am");
	expect_sink(f, 2, "webhook", "https://y.org/hook?a=b");
	assert_ptr_equal(f->list.sinks[1].kind, &kinds[0]);
	assert_ptr_equal(f->list.sinks[2].kind, &kinds[1]);
}

static void
a_name_stands_once_and_is_a_name(void **state)
{
	struct fixture *f = *state;

	f->options.webhook = "https://x.org https://y.org";
	read_as(f, ERR_CONF, "two sinks are called \"webhook\"");
	f->options.webhook = "a=https://x.org";
	f->options.alertmanager = "a=https://y.org";
	read_as(f, ERR_CONF, "two sinks are called \"a\"");
	f->options.alertmanager = "";
	f->options.webhook = "=https://x.org";
	read_as(f, ERR_CONF, "1 to 24 bytes");
	f->options.webhook = "a23456789-123456789-1234=https://x.org";
	read_as(f, ERR_OK, "");
	f->options.webhook = "a23456789-123456789-12345=https://x.org";
	read_as(f, ERR_CONF, "1 to 24 bytes");
	f->options.webhook = "Office=https://x.org";
	read_as(f, ERR_CONF, "sink \"webhook\": the URL");
	f->options.webhook = "a=http://x.org";
	read_as(f, ERR_CONF, "sink \"a\": the URL is http to another machine");
	f->options.webhook = "";
	f->options.alertmanager = "https://x.org/?a=b";
	read_as(f, ERR_CONF, "the URL has a query or a fragment");
	f->options.alertmanager = "https://x.org/#a";
	read_as(f, ERR_CONF, "the URL has a query or a fragment");
}

static void
one_sink_more_than_fits_is_refused(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text, 1024);
	for (unsigned i = 0; i < SINKS_MAX; i++)
		buf_printf(&text, "s%u=https://x.org ", i);
	f->options.webhook = buf_cstr(&text);
	read_as(f, ERR_OK, "");
	assert_int_equal(f->list.n, SINKS_MAX);
	f->options.alertmanager = "https://y.org";
	read_as(f, ERR_CONF, "more than 8 sinks");
	buf_fini(&text);
}

static void
secrets_belong_to_sinks(void **state)
{
	struct fixture *f = *state;

	f->options.webhook = "a=https://x.org b=https://y.org";
	write_secrets(f, "# of both\n\n a  one two\r\nb\tthree");
	read_as(f, ERR_OK, "");
	assert_string_equal(f->list.secrets[0], "one two");
	assert_string_equal(f->list.secrets[1], "three");
	write_secrets(f, "b four\n");
	assert_int_equal(deliver_secrets_read(&f->list, f->secrets, &f->why),
	                 ERR_OK);
	assert_string_equal(f->list.secrets[0], "");
	assert_string_equal(f->list.secrets[1], "four");
	write_secrets(f, "c five\n");
	assert_int_equal(deliver_secrets_read(&f->list, f->secrets, &f->why),
	                 ERR_CONF);
	assert_string_equal(f->list.secrets[1], "four");
}

struct secrets_row {
	const char *text;
	const char *wrong;
};

static const struct secrets_row wrong_secrets[] = {
    {"a\n", ":1: not NAME SECRET"},
    {"\na \n", ":2: a secret has"},
    {"s3cret= a\n", ":1: not NAME SECRET"},
    {"a x\na y\n", ":2: a second secret"},
    {"office x\n", ":1: no sink has this name"},
};

static void
a_wrong_file_of_secrets_is_refused_without_repeating_it(void **state)
{
	struct fixture *f = *state;

	f->options.webhook = "a=https://x.org";
	for (size_t i = 0; i < sizeof(wrong_secrets) / sizeof(wrong_secrets[0]);
	     i++) {
		write_secrets(f, wrong_secrets[i].text);
		read_as(f, ERR_CONF, wrong_secrets[i].wrong);
		assert_null(strstr(buf_cstr(&f->why), "s3cret"));
	}
	f->options.secrets = "/nowhere/secrets";
	read_as(f, ERR_CONF, "No such file");
	f->options.secrets = f->dir.path;
	assert_int_equal(chmod(f->dir.path, 0700), 0);
	read_as(f, ERR_CONF, "");
}

static void
a_file_of_secrets_is_nobody_elses(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0610, 0601, 0620, 0602};
	struct fixture *f = *state;

	f->options.webhook = "a=https://x.org";
	write_secrets(f, "a x\n");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(f->secrets, modes[i]), 0);
		read_as(f, ERR_CONF, "others may read it");
	}
	assert_int_equal(chmod(f->secrets, 0400), 0);
	read_as(f, ERR_OK, "");
}

/* Nor waited for. */
static void
a_pipe_is_no_file_of_secrets(void **state)
{
	struct fixture *f = *state;

	f->options.webhook = "a=https://x.org";
	write_secrets(f, "");
	assert_int_equal(unlink(f->secrets), 0);
	assert_int_equal(mkfifo(f->secrets, 0600), 0);
	read_as(f, ERR_CONF, "not a file of at most");
	assert_int_equal(unlink(f->secrets), 0);
}

static void
secrets_up_to_their_bound_are_kept_whole(void **state)
{
	struct fixture *f = *state;
	char text[2 * POST_SECRET_MAX];

	f->options.webhook = "a=https://x.org";
	memset(text, 'x', sizeof(text));
	memcpy(text, "a ", 2);
	text[2 + POST_SECRET_MAX] = '\0';
	write_secrets(f, text);
	read_as(f, ERR_OK, "");
	assert_int_equal(strlen(f->list.secrets[0]), POST_SECRET_MAX);
	text[2 + POST_SECRET_MAX] = 'x';
	text[2 + POST_SECRET_MAX + 1] = '\0';
	write_secrets(f, text);
	read_as(f, ERR_CONF, ":1: a secret has 1 to 256 bytes");
	text[2 + POST_SECRET_MAX + 1] = 'x';
	text[sizeof(text) - 1] = '\0';
	write_secrets(f, text);
	read_as(f, ERR_CONF, ":1: the line is too long");
}

static void
other_settings_are_checked_too(void **state)
{
	struct fixture *f = *state;

	f->options.external_url = "https://tiendo.example.org";
	assert_int_equal(deliver_conf_check(&f->options, &f->why), ERR_OK);
	f->options.external_url = "tiendo.example.org";
	assert_int_equal(deliver_conf_check(&f->options, &f->why), ERR_CONF);
	f->options.external_url = "";
	f->options.private_nets = "10.0.0.1/8";
	assert_int_equal(deliver_conf_check(&f->options, &f->why), ERR_CONF);
	f->options.private_nets = "";
	f->options.ca_file = "/nowhere";
	assert_int_equal(deliver_conf_check(&f->options, &f->why), ERR_CONF);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(nothing_is_no_sink),
	    CASE(sinks_have_the_names_they_are_given_or_that_of_their_kind),
	    CASE(a_name_stands_once_and_is_a_name),
	    CASE(one_sink_more_than_fits_is_refused),
	    CASE(secrets_belong_to_sinks),
	    CASE(a_wrong_file_of_secrets_is_refused_without_repeating_it),
	    CASE(a_file_of_secrets_is_nobody_elses),
	    CASE(a_pipe_is_no_file_of_secrets),
	    CASE(secrets_up_to_their_bound_are_kept_whole),
	    CASE(other_settings_are_checked_too),
	};

	return cmocka_run_group_tests_name("deliver_conf", tests, NULL, NULL);
}
