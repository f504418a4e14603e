#include <inttypes.h>
#include <string.h>

#include "common/domain/period.h"
#include "services/ctl/states.h"
#include "services/ctl/terms.h"
#include "services/ctl/view.h"

/* note, complete, programme, clock: what is neither figure nor catalogue. */

#define EXIT_USAGE 64
#define ARGS_BYTES 4096
#define ANSWER_MS  2000

const struct ctl_option options_note[] = {
    {"document", "D", {"the document it is from", "văn bản làm căn cứ"}},
    {NULL, NULL, {NULL, NULL}},
};

static int
declared_print(struct ctl *ctl, uint64_t commit)
{
	static const struct words words = {"declared", "đã ghi nhận"};

	if (ctl->output == CTL_JSON)
		fprintf(ctl->out, "{\"commit\":%" PRIu64 "}\n", commit);
	else if (ctl->output == CTL_CSV)
		fprintf(ctl->out, "commit\n%" PRIu64 "\n", commit);
	else
		fprintf(ctl->out, "%s (commit %" PRIu64 ")\n",
		        ctl_words(ctl, words), commit);
	return 0;
}

static int
declare(struct ctl *ctl, const char *kind, struct wire_list args)
{
	struct wire_message ask = {.type = WIRE_DECLARE};
	struct wire_message answer;
	struct client *client = NULL;
	enum err err = ctl_connect(ctl, CTL_INGEST, &client);
	int code;

	ask.as.declare.kind = span_str(kind);
	ask.as.declare.args = args;
	if (err == ERR_OK)
		err = client_ask(client, &ask, WIRE_DECLARED, &answer);
	code = err == ERR_OK ? declared_print(ctl, answer.as.declared.commit)
	                     : ctl_fail_service(ctl, CTL_INGEST, client, err);
	client_free(&client);
	/* of all that can be refused, only this was given as an option */
	return err == ERR_UNKNOWN_DOCUMENT ? EXIT_USAGE : code;
}

/* Operands in the order of names, which ends with NULL. */
static int
declare_operands(struct ctl *ctl, const char *kind, const char *const *names)
{
	const char *document =
	    strcmp(kind, "note") == 0 ? ctl_option(ctl, "document") : NULL;
	struct wire_writer args;
	int code;

	wire_writer_init(&args, ARGS_BYTES);
	for (int i = 0; names[i]; i++)
		wire_args_add(&args, names[i], span_str(ctl->operands[i]));
	if (document)
		wire_args_add(&args, "document", span_str(document));
	code = args.out.err == ERR_OK
	           ? declare(ctl, kind, wire_writer_list(&args))
	           : ctl_fail(ctl, args.out.err, kind);
	wire_writer_fini(&args);
	return code;
}

int
cmd_note(struct ctl *ctl)
{
	static const char *const names[] = {"target", "unit", "text", NULL};
	int code = ctl_operands_long(ctl);

	return code < 0 ? declare_operands(ctl, "note", names) : code;
}

int
cmd_complete(struct ctl *ctl)
{
	static const char *const names[] = {"indicator", "unit", "period",
	                                    NULL};
	struct period period;
	int code = ctl_operands_long(ctl);

	if (code >= 0)
		return code;
	if (period_parse(span_str(ctl->operands[2]), &period) != ERR_OK) {
		fprintf(ctl->err, "tiendo: \"%s\": %s\n", ctl->operands[2],
		        term_err(ERR_BAD_PERIOD, ctl->vi));
		return EXIT_USAGE;
	}
	return declare_operands(ctl, "completion", names);
}

static int
usage(const struct ctl *ctl)
{
	fprintf(ctl->err, "tiendo: %s %s\n", ctl->command->name,
	        ctl->command->operands);
	return EXIT_USAGE;
}

int
cmd_programme(struct ctl *ctl)
{
	bool enable = strcmp(ctl->operands[0], "enable") == 0;
	struct wire_writer args;
	int code = ctl_operands_long(ctl);

	if (!enable && strcmp(ctl->operands[0], "disable") != 0)
		return usage(ctl);
	if (code >= 0)
		return code;
	wire_writer_init(&args, ARGS_BYTES);
	wire_args_add(&args, "programme", span_str(ctl->operands[1]));
	wire_args_add(&args, "enabled", span_str(enable ? "true" : "false"));
	code = declare(ctl, "programme", wire_writer_list(&args));
	wire_writer_fini(&args);
	return code;
}

/* --- the clock ------------------------------------------------------------- */

struct clock_seen {
	char state[16];
	char wall[CLOCK_TEXT_SIZE];
	char last[CLOCK_TEXT_SIZE]; /* "": nothing was recorded yet */
};

static enum err
clock_seen_of(const struct service_state *s, struct clock_seen *seen)
{
	struct wire_list details = states_details(s);
	struct wire_value value;

	*seen = (struct clock_seen){.state = ""};
	if (!wire_answer_get(details, "clock", &value) ||
	    value.text.len >= sizeof(seen->state))
		return ERR_MISSING_FIELD;
	memcpy(seen->state, value.text.ptr, value.text.len);
	if (!wire_answer_get(details, "clock_ms", &value))
		return ERR_MISSING_FIELD;
	clock_format_rfc3339((struct wall){value.number}, seen->wall);
	if (s->commit > 0)
		clock_format_rfc3339((struct wall){(int64_t)s->time_ms},
		                     seen->last);
	return ERR_OK;
}

static int
clock_print(struct ctl *ctl, const struct clock_seen *seen)
{
	static const struct words words[] = {
	    {"wall clock", "đồng hồ hệ thống"},
	    {"last record", "bản ghi cuối"},
	    {"state", "trạng thái"},
	    {"accept it with: tiendo clock accept",
	     "chấp nhận bằng: tiendo clock accept"}};

	if (ctl->output == CTL_JSON) {
		fprintf(ctl->out, "{\"wall\":\"%s\"", seen->wall);
		if (seen->last[0] != '\0')
			fprintf(ctl->out, ",\"last\":\"%s\"", seen->last);
		fprintf(ctl->out, ",\"state\":\"%s\"}\n", seen->state);
		return 0;
	}
	if (ctl->output == CTL_CSV) {
		fprintf(ctl->out, "wall,last,state\n%s,%s,%s\n", seen->wall,
		        seen->last, seen->state);
		return 0;
	}
	fprintf(ctl->out, "%s: %s\n%s: %s\n%s: %s\n", ctl_words(ctl, words[0]),
	        seen->wall, ctl_words(ctl, words[1]),
	        seen->last[0] != '\0' ? seen->last : "-",
	        ctl_words(ctl, words[2]), seen->state);
	if (strcmp(seen->state, "fine") != 0)
		fprintf(ctl->out, "%s\n", ctl_words(ctl, words[3]));
	return 0;
}

static int
clock_ask(struct ctl *ctl, struct clock_seen *seen)
{
	struct states states;
	enum err err;

	states_ask(ctl, ANSWER_MS, &states);
	err = states.of[CTL_INGEST].err;
	if (err == ERR_OK)
		err = clock_seen_of(&states.of[CTL_INGEST], seen);
	states_fini(&states);
	return err == ERR_OK ? -1
	                     : ctl_fail_service(ctl, CTL_INGEST, NULL, err);
}

int
cmd_clock(struct ctl *ctl)
{
	static const struct words fine = {
	    "the clock is fine: nothing to accept",
	    "đồng hồ bình thường: không có gì để chấp nhận"};
	struct clock_seen seen = {.state = ""};
	int code;

	if (ctl->n_operands == 1 && strcmp(ctl->operands[0], "accept") != 0)
		return usage(ctl);
	code = clock_ask(ctl, &seen);
	if (code >= 0)
		return code;
	if (ctl->n_operands == 0)
		return clock_print(ctl, &seen);
	if (strcmp(seen.state, "fine") != 0)
		return declare(ctl, "clock", (struct wire_list){.n = 0});
	fprintf(ctl->err, "tiendo: %s\n", ctl_words(ctl, fine));
	return 0;
}
