#include "services/ctl/contested.h"

#include <string.h>

void
contested_init(struct contested *c, const struct ctl *ctl)
{
	*c = (struct contested){.ctl = ctl};
}

void
contested_fini(struct contested *c)
{
	client_free(&c->alert);
}

static struct span
text_of_field(struct wire_list row, const char *name)
{
	struct wire_value value;

	if (!wire_answer_get(row, name, &value) ||
	    value.kind != WIRE_VALUE_TEXT)
		return span_of(NULL, 0);
	return value.text;
}

static bool
values_differ(struct wire_list row)
{
	struct wire_value reported, rolled;

	return wire_answer_get(row, "reported", &reported) &&
	       wire_answer_get(row, "rolled_up", &rolled) &&
	       reported.kind == WIRE_VALUE_DECIMAL &&
	       rolled.kind == WIRE_VALUE_DECIMAL &&
	       reported.number != rolled.number;
}

/* Nobody who doesn't answer is asked again. */
static bool
may_ask(struct contested *c)
{
	if (c->asked == 0 && !c->alert) {
		if (ctl_connect(c->ctl, CTL_ALERT, &c->alert) != ERR_OK)
			c->alert = NULL;
		else
			client_timeout(c->alert, CONTESTED_WAIT_MS);
	}
	return c->alert && c->asked++ < CONTESTED_ASKED_MAX;
}

/* "pov-hh" of "pov-hh@c2016": a target may have changed its definition since. */
static struct span
indicator_of(struct span definition)
{
	const uint8_t *at = memchr(definition.ptr, '@', definition.len);

	return at ? span_of(definition.ptr, (size_t)(at - definition.ptr))
	          : definition;
}

/* A verdict on these two figures, not on those of another definition or map. */
static bool
speaks_of(struct wire_list verdict, struct wire_list row)
{
	struct span map = text_of_field(verdict, "contested_map");

	return span_equal(text_of_field(verdict, "indicator"),
	                  text_of_field(row, "indicator")) &&
	       span_equal(text_of_field(verdict, "period"),
	                  text_of_field(row, "period")) &&
	       (map.len == 0 || span_equal(map, text_of_field(row, "map")));
}

struct answer {
	bool known;
	bool contested;
};

static void
take_verdict(struct wire_list verdict, struct wire_list row, struct answer *out)
{
	struct wire_value contested;

	if (!speaks_of(verdict, row) ||
	    !wire_answer_get(verdict, "contested", &contested) ||
	    contested.kind != WIRE_VALUE_BOOL)
		return;
	/* one of the two can't be used, as far as is told */
	if (!contested.truth &&
	    text_of_field(verdict, "contested_map").len == 0)
		return;
	out->known = true;
	out->contested = out->contested || contested.truth;
}

static enum err
ask_rows(struct client *client, struct wire_list args, struct wire_list row,
         struct answer *out)
{
	const struct client_query query = {.what = "status", .args = args};
	struct wire_list verdict;
	struct client_rows rows;
	enum err err = client_query(client, &query, &rows);

	while (err == ERR_OK) {
		err = client_rows_next(&rows, &verdict);
		if (err == ERR_OK)
			take_verdict(verdict, row, out);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static struct answer
ask(struct contested *c, struct wire_list row)
{
	struct answer answer = {.known = false};
	struct wire_writer args;
	enum err err;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "indicator",
	              indicator_of(text_of_field(row, "indicator")));
	wire_args_add(&args, "unit", text_of_field(row, "unit"));
	wire_args_add(&args, "at", text_of_field(row, "period"));
	err = buf_err(&args.out);
	if (err == ERR_OK)
		err = ask_rows(c->alert, wire_writer_list(&args), row, &answer);
	wire_writer_fini(&args);
	if (err != ERR_OK) {
		client_free(&c->alert);
		answer.known = false;
	}
	return answer;
}

/* Where the pairs of a row end is known once they have been read. */
static void
copy_row(struct wire_list row, struct wire_writer *copy)
{
	struct wire_list rest = row;
	struct wire_value value;
	struct span name;

	while (wire_pairs_next(&rest, &name, &value))
		continue;
	wire_writer_reset(copy);
	buf_put(&copy->out, row.bytes.ptr,
	        (size_t)(rest.bytes.ptr - row.bytes.ptr));
	copy->n = row.n;
}

void
contested_add(struct contested *c, struct wire_list row,
              struct wire_writer *copy)
{
	struct answer answer = {.known = false};

	if (values_differ(row) && may_ask(c))
		answer = ask(c, row);
	copy_row(row, copy);
	if (answer.known)
		wire_pairs_add(copy, "contested", wire_bool(answer.contested));
}
