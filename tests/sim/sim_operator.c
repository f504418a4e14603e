/*
 * The operator: wants a catalogue and applies it until that is confirmed; accepts a
 * clock that jumped, after a while; declares figures complete, takes notes, enables and
 * disables the programme, which may be refused or be lost.
 */
#include "tests/sim/sim.h"

#include "tests/lib/random.h"

#define PATIENCE 100

static bool
catalogue_bytes(struct sim *s, uint32_t variant, struct buf *packed)
{
	struct registry none;
	struct cat_rows rows;
	enum err err;

	registry_init(&none);
	cat_rows_init(&rows);
	err = sim_catalogue(&rows, variant);
	if (err == ERR_OK)
		err = catalogue_pack(&none, &rows, packed);
	cat_rows_fini(&rows);
	registry_fini(&none);
	return err == ERR_OK ||
	       sim_fail(s, "catalogue %u: %s", variant, err_name(err));
}

struct declared_field {
	const char *key;
	struct span value;
};

static void
declare(struct sim *s, const char *kind, const struct declared_field *fields,
        size_t n)
{
	struct wire_message m = {.type = WIRE_DECLARE};
	struct wire_writer w;
	struct buf out;

	sending_new(s, &m.id)->hello = true;
	m.as.declare.kind = span_str(kind);
	wire_writer_init(&w, WIRE_MESSAGE_MAX);
	for (size_t i = 0; i < n; i++)
		wire_args_add(&w, fields[i].key, fields[i].value);
	m.as.declare.args = wire_writer_list(&w);
	buf_init(&out, WIRE_MESSAGE_MAX);
	if (wire_encode(&m, &out) == ERR_OK)
		net_send(s, SIM_OPERATOR, SIM_NODE, buf_span(&out));
	buf_fini(&out);
	wire_writer_fini(&w);
}

static void
clock_accept(struct sim *s)
{
	if (ingest_clock_judge(&s->nodes[INGEST].ingest.clock, s->now_ms) ==
	        CLOCK_FINE ||
	    s->step < s->accept_at + PATIENCE)
		return;
	s->accept_at = s->step;
	s->campaign->fired[FAULT_CLOCK_ACCEPTED]++;
	declare(s, "clock", NULL, 0);
}

/* Of a figure that somebody will send, or of one like it. */
static void
completion_declare(struct sim *s)
{
	char period[PERIOD_TEXT_MAX];
	struct said row = row_like(s);
	const struct declared_field fields[] = {
	    {"indicator", span_str(sim_indicators[row.indicator].id)},
	    {"unit", span_str(sim_units[row.unit].id)},
	    {"period",
	     span_str(period_format((struct period){row.period}, period))}};

	if (fault(s, FAULT_COMPLETION))
		declare(s, "completion", fields, 3);
}

static void
note_take(struct sim *s)
{
	static const char *const targets[] = {"pr/level", "pr/step",
	                                      "pr/count"};
	const struct declared_field fields[] = {
	    {"target", span_str(targets[below(&s->random, 3)])},
	    {"unit", span_str(sim_units[below(&s->random, SIM_UNITS)].id)},
	    {"text", span_str("the office moved")}};

	if (fault(s, FAULT_NOTE))
		declare(s, "note", fields, 3);
}

static void
programme_switch(struct sim *s)
{
	bool on = below(&s->random, 3) > 0;
	const struct declared_field fields[] = {
	    {"programme", span_str("pr")},
	    {"enabled", span_str(on ? "true" : "false")}};

	if (fault(s, FAULT_PROGRAMME))
		declare(s, "programme", fields, 2);
}

void
operator_act(struct sim *s)
{
	struct wire_message m = {.type = WIRE_APPLY};
	struct buf packed, out;

	clock_accept(s);
	completion_declare(s);
	note_take(s);
	programme_switch(s);
	if (s->applied != UINT32_MAX && fault(s, FAULT_CATALOGUE))
		s->variant = (s->variant & SIM_GROWN) |
		             (uint32_t)below(&s->random, SIM_VARIANTS);
	if (s->applied == s->variant ||
	    (s->apply_at != 0 && s->step < s->apply_at + PATIENCE))
		return;
	s->apply_at = s->step;
	s->apply_variant = s->variant;
	sending_new(s, &m.id)->hello = true;
	s->apply_id = m.id;
	buf_init(&packed, CATALOGUE_BYTES_MAX);
	buf_init(&out, WIRE_MESSAGE_MAX);
	m.as.apply.version = s->nodes[INGEST].ingest.catalogue_version;
	if (catalogue_bytes(s, s->variant, &packed)) {
		m.as.apply.packed = buf_span(&packed);
		if (wire_encode(&m, &out) == ERR_OK)
			net_send(s, SIM_OPERATOR, SIM_NODE, buf_span(&out));
	}
	buf_fini(&packed);
	buf_fini(&out);
}

/* Every catalogue here must be taken; why it was not. */
static bool
catalogue_why(struct sim *s, uint32_t variant)
{
	struct catalogue *c = NULL;
	struct cat_errors errors;
	struct cat_rows rows;

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	if (sim_catalogue(&rows, variant) != ERR_OK ||
	    catalogue_build(&c, &rows, NULL, &errors) != ERR_OK)
		(void)sim_fail(s, "catalogue %u, row %u field %u: %s", variant,
		               errors.n > 0 ? errors.list[0].row : 0u,
		               errors.n > 0 ? (uint32_t)errors.list[0].field
		                            : 0u,
		               errors.n > 0 ? errors.list[0].text : "");
	else
		(void)sim_fail(s, "catalogue %u was refused", variant);
	catalogue_free(&c);
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
	return false;
}

bool
operator_receive(struct sim *s, struct span frame)
{
	struct wire_message m;
	struct fault fault;

	if (wire_decode(frame, &m, &fault) != ERR_OK)
		return sim_fail(s, "an answer that is no message");
	if (m.id != s->apply_id)
		return true;
	s->apply_at = 0;
	if (m.type == WIRE_APPLIED) {
		s->applied = s->apply_variant;
		return true;
	}
	if (m.type == WIRE_ERROR &&
	    err_from_name((const char *)m.as.error.code.ptr,
	                  m.as.error.code.len) == ERR_CATALOGUE_CHANGED)
		return true;
	return catalogue_why(s, s->apply_variant);
}

bool
operator_rests(const struct sim *s)
{
	return s->applied == s->variant;
}
