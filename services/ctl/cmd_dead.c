#include <inttypes.h>
#include <string.h>

#include "services/ctl/view.h"

/* dead: what sinks could not be told. */

#define EXIT_USAGE 64
#define ARGS_BYTES 4096

const struct ctl_option options_dead[] = {
    {"sink", "S", {"of this sink only", "chỉ của nơi nhận này"}},
    {NULL, NULL, {NULL, NULL}},
};

static const struct view_column dead_columns[] = {
    {"sink", {"sink", "nơi nhận"}, false},
    {"number", {"number", "số"}, true},
    {"at", {"given up", "lúc bỏ"}, false},
    {"reason", {"reason", "lý do"}, false},
    {"programme", {"programme", "chương trình"}, false},
    {"commit", {"commit", "commit"}, true},
    {"alerts", {"alerts", "số cảnh báo"}, true},
    {"summary", {"the first of them", "cảnh báo đầu tiên"}, false},
    {.name = NULL},
};

static const char *const dead_fields[] = {"sink",   "number",  "programme",
                                          "commit", "at",      "alerts",
                                          "reason", "summary", NULL};

static const struct view dead_view = {
    .service = CTL_ALERT,
    .what = "dead",
    .columns = dead_columns,
    .fields = dead_fields,
    .nothing = {"no dead letters", "không có thư chết"},
};

static int
usage(const struct ctl *ctl)
{
	fprintf(ctl->err, "tiendo: %s %s\n", ctl->command->name,
	        ctl->command->operands);
	return EXIT_USAGE;
}

/* No letter's number begins so; some sinks' names do. */
static bool
is_name(const char *operand)
{
	return operand[0] < '0' || operand[0] > '9';
}

static int
name_meant(const struct ctl *ctl)
{
	fprintf(ctl->err, "tiendo: %s %s: not a number; a sink: --sink %s\n",
	        ctl->command->name, ctl->operands[0], ctl->operands[1]);
	return EXIT_USAGE;
}

static int
done_print(const struct ctl *ctl, bool retry, uint64_t n)
{
	static const struct words words[] = {{"dropped", "đã bỏ"},
	                                     {"told again", "gửi lại"}};

	if (ctl->output == CTL_JSON)
		fprintf(ctl->out, "{\"n\":%" PRIu64 "}\n", n);
	else if (ctl->output == CTL_CSV)
		fprintf(ctl->out, "n\n%" PRIu64 "\n", n);
	else
		fprintf(ctl->out, "%s: %" PRIu64 "\n",
		        ctl_words(ctl, words[retry]), n);
	return 0;
}

static int
act(struct ctl *ctl, bool retry, struct wire_list args)
{
	struct wire_message ask = {.type = WIRE_DECLARE};
	struct wire_message answer;
	struct client *client = NULL;
	enum err err = ctl_connect(ctl, CTL_ALERT, &client);
	int code;

	ask.as.declare.kind = span_str("dead");
	ask.as.declare.args = args;
	if (err == ERR_OK)
		err = client_ask(client, &ask, WIRE_DECLARED, &answer);
	code = err == ERR_OK ? done_print(ctl, retry, answer.as.declared.n)
	                     : ctl_fail_question(ctl, CTL_ALERT, client, err);
	client_free(&client);
	return code;
}

/* A number without a sink is refused by alert where it may be of several. */
static void
args_put(const struct ctl *ctl, struct wire_writer *args)
{
	const char *sink = ctl_option(ctl, "sink");

	if (sink)
		wire_args_add(args, "sink", span_str(sink));
	if (ctl->n_operands > 0)
		wire_args_add(args, "action", span_str(ctl->operands[0]));
	if (ctl->n_operands > 1)
		wire_args_add(args, "number", span_str(ctl->operands[1]));
}

int
cmd_dead(struct ctl *ctl)
{
	const char *action = ctl->n_operands > 0 ? ctl->operands[0] : "list";
	bool list = strcmp(action, "list") == 0;
	bool retry = strcmp(action, "retry") == 0;
	struct wire_writer args;
	int code = ctl_operands_long(ctl);

	if (!list && !retry && strcmp(action, "drop") != 0)
		return usage(ctl);
	if (list && ctl->n_operands > 1)
		return usage(ctl);
	if (!list && ctl->n_operands > 1 && is_name(ctl->operands[1]))
		return name_meant(ctl);
	if (code >= 0)
		return code;
	wire_writer_init(&args, ARGS_BYTES);
	if (list) {
		view_arg_option(ctl, &args, "sink", "sink");
		wire_args_add(&args, "lang", span_str(ctl->vi ? "vi" : "en"));
	} else {
		args_put(ctl, &args);
	}
	if (args.out.err != ERR_OK)
		code = ctl_fail(ctl, args.out.err, "dead");
	else if (list)
		code = view_show(ctl, &dead_view, wire_writer_list(&args));
	else
		code = act(ctl, retry, wire_writer_list(&args));
	wire_writer_fini(&args);
	return code;
}
