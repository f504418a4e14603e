#include "tests/lib/ingest_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAP_BYTES (64u << 20)

const struct cat_line ingest_case_lines[] = {
    {CAT_UNIT, "n|01|Nước|Nation|nation|nation||"},
    {CAT_UNIT, "a|02|A|A|province|province||"},
    {CAT_UNIT, "b|03|B|B|province|province||"},
    {CAT_UNIT, "old|04|Cũ|Old|province|province||2020-12-31"},
    {CAT_MAP, "m|Bản đồ|Map|n|territory||"},
    {CAT_MEMBER, "m|a|n|||"},
    {CAT_MEMBER, "m|b|n|||"},
    {CAT_MEMBER, "m|old|n|||"},
    {CAT_INDICATOR, "cnt|a|Số|Count|household|0||up|all|households||||"
                    "|sum|last|none|A|0|||||||"},
    {CAT_INDICATOR, "rate|a|Tỷ lệ|Rate|%|2|100|down|all|households||||"
                    "|ratio|last|none|A|0|100||||||"},
    {CAT_INDICATOR, "rate|b|Tỷ lệ|Rate|%|2|100|down|all|households||||"
                    "|ratio|last|none|A|0|100||||||"},
    {CAT_INDICATOR, "q|a|Quý|Quarterly|ton|1||up|all|crops||||"
                    "|sum|sum|none|Q||||||||"},
    {CAT_SOURCE, "s1|Office|||*|A|P|1|yes"},
    {CAT_SOURCE, "s2|Survey|||*|P|E|2|"},
    {CAT_DOCUMENT, "d1||2018-05|||||||"},
    {CAT_PROGRAMME, "pr|Chương trình|Programme|2016|2020"},
    {CAT_DOCUMENT, "d2||2019-05|||||||"},
};
const size_t ingest_case_n_lines =
    sizeof(ingest_case_lines) / sizeof(ingest_case_lines[0]);

size_t
ingest_case_line(const char *text)
{
	for (size_t i = 0; i < ingest_case_n_lines; i++) {
		if (strstr(ingest_case_lines[i].text, text) != NULL)
			return i;
	}
	fail_msg("no line with %s", text);
	return 0;
}

static void
identity_make(struct ingest_case *f)
{
	struct journal_id id;

	assert_int_equal(store_begin(f->store), ERR_OK);
	assert_int_equal(journal_identity(store_kv(f->store, STORE_STATE),
	                                  INGEST_CASE_LOG, &id),
	                 ERR_OK);
	assert_int_equal(store_commit(f->store), ERR_OK);
}

static void
case_open(struct ingest_case *f)
{
	char dir[128];
	struct store_conf conf = {
	    .dir = dir, .kind = "ingest", .format = 1, .map_bytes = MAP_BYTES};
	struct store_refusal why;

	tmpdir_path(&f->tmp, "ingest", dir, sizeof(dir));
	assert_int_equal(store_open(&f->store, &conf, &why), ERR_OK);
	identity_make(f);
	assert_int_equal(ingest_init(&f->ingest), ERR_OK);
	f->ingest.clock.off = !f->guard;
	turn_init(&f->turn, f->store, &ingest_turn_ops, &f->ingest);
	assert_int_equal(turn_load(&f->turn), ERR_OK);
}

static void
case_close(struct ingest_case *f)
{
	turn_fini(&f->turn);
	ingest_fini(&f->ingest);
	store_close(&f->store);
}

int
ingest_case_setup(void **state)
{
	struct ingest_case *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	tmpdir_open(&f->tmp);
	f->now_ms = INGEST_CASE_FIRST;
	for (size_t i = 0; i < INGEST_CASE_ITEMS; i++)
		buf_init(&f->frames[i], (size_t)2 * WIRE_MESSAGE_MAX);
	case_open(f);
	*state = f;
	return 0;
}

int
ingest_case_teardown(void **state)
{
	struct ingest_case *f = *state;

	case_close(f);
	for (size_t i = 0; i < INGEST_CASE_ITEMS; i++)
		buf_fini(&f->frames[i]);
	tmpdir_close(&f->tmp);
	free(f);
	return 0;
}

int
ingest_case_ready(void **state)
{
	struct ingest_case *f;

	if (ingest_case_setup(state) != 0)
		return -1;
	f = *state;
	ingest_case_apply(f, ingest_case_lines, ingest_case_n_lines, 0, false);
	(void)ingest_case_ask(f, WIRE_APPLIED);
	ingest_case_hello(f, "p", 0);
	(void)ingest_case_ask(f, WIRE_READY);
	return 0;
}

void
ingest_case_restart(struct ingest_case *f)
{
	case_close(f);
	case_open(f);
}

struct sent
sent_good(int n)
{
	return (struct sent){.indicator = "cnt",
	                     .unit = "a",
	                     .period = "2020",
	                     .value = n,
	                     .document = NULL};
}

struct sent
sent_bad(void)
{
	struct sent row = sent_good(1);

	row.unit = "nowhere";
	return row;
}

/* --- messages in -------------------------------------------------------------- */

static struct buf *
frame_next(struct ingest_case *f)
{
	struct buf *frame;

	assert_true(f->n_frames < INGEST_CASE_ITEMS);
	frame = &f->frames[f->n_frames++];
	buf_reset(frame);
	return frame;
}

void
ingest_case_add(struct ingest_case *f, struct span frame)
{
	buf_put(frame_next(f), frame.ptr, frame.len);
}

void
ingest_case_message(struct ingest_case *f, struct wire_message *m)
{
	m->id = ++f->id;
	assert_int_equal(wire_encode(m, frame_next(f)), ERR_OK);
}

void
ingest_case_hello(struct ingest_case *f, const char *producer, uint64_t epoch)
{
	struct wire_message m = {.type = WIRE_HELLO};

	m.as.hello.producer = span_str(producer);
	m.as.hello.epoch = epoch;
	ingest_case_message(f, &m);
}

static struct span
optional(const char *text)
{
	return text == NULL ? span_of(NULL, 0) : span_str(text);
}

static void
put_row(struct wire_batch_writer *w, const struct sent *row)
{
	struct wire_row_text text = {.indicator = span_str(row->indicator),
	                             .unit = span_str(row->unit),
	                             .period = span_str(row->period),
	                             .document = optional(row->document),
	                             .value = {row->value, 0, true},
	                             .status = WIRE_UNSET};

	assert_int_equal(wire_batch_row(w, &text), ERR_OK);
}

void
ingest_case_batch(struct ingest_case *f, const struct sent_batch *b)
{
	struct wire_batch_writer w;
	struct wire_batch head = {
	    .producer = span_str(b->producer),
	    .epoch = b->epoch,
	    .sequence = b->sequence,
	    .source = span_str(b->source == NULL ? "s1" : b->source),
	    .flags = b->flags,
	    .units_as_of = optional(b->units_as_of)};

	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	for (uint32_t i = 0; i < b->n_rows; i++)
		put_row(&w, &b->rows[i]);
	assert_int_equal(wire_batch_finish(&w, ++f->id, &head, frame_next(f)),
	                 ERR_OK);
	wire_batch_fini(&w);
}

void
ingest_case_apply(struct ingest_case *f, const struct cat_line *lines, size_t n,
                  uint64_t version, bool dry_run)
{
	struct wire_message m = {.type = WIRE_APPLY};
	struct registry none;
	struct cat_rows rows;
	struct buf packed;

	buf_init(&packed, WIRE_PACKED_MAX);
	registry_init(&none);
	cat_rows_init(&rows);
	cat_lines_rows(&rows, lines, n);
	assert_int_equal(catalogue_pack(&none, &rows, &packed), ERR_OK);
	m.as.apply.version = version;
	m.as.apply.dry_run = dry_run;
	m.as.apply.packed = buf_span(&packed);
	ingest_case_message(f, &m);
	cat_rows_fini(&rows);
	registry_fini(&none);
	buf_fini(&packed);
}

void
ingest_case_declare(struct ingest_case *f, const char *kind,
                    const char *const *args)
{
	struct wire_message m = {.type = WIRE_DECLARE};
	struct wire_writer w;

	wire_writer_init(&w, WIRE_MESSAGE_MAX);
	for (; *args != NULL; args += 2)
		wire_args_add(&w, args[0], span_str(args[1]));
	m.as.declare.kind = span_str(kind);
	m.as.declare.args = wire_writer_list(&w);
	ingest_case_message(f, &m);
	wire_writer_fini(&w);
}

/* --- turns and answers -------------------------------------------------------- */

enum err
ingest_case_turn(struct ingest_case *f)
{
	struct span items[INGEST_CASE_ITEMS];
	uint64_t peers[INGEST_CASE_ITEMS];
	struct turn_input in = {.time_ms = f->now_ms,
	                        .items = items,
	                        .peers = peers,
	                        .n_items = f->n_frames};

	for (size_t i = 0; i < f->n_frames; i++) {
		items[i] = buf_span(&f->frames[i]);
		peers[i] = INGEST_CASE_PEER + i;
	}
	f->n_frames = 0;
	return turn_run(&f->turn, &in, 1);
}

void
ingest_case_turn_ok(struct ingest_case *f, size_t n)
{
	assert_int_equal(ingest_case_turn(f), ERR_OK);
	assert_int_equal(f->turn.out.replies.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(f->turn.out.reply_peers[i],
		                 INGEST_CASE_PEER + i);
}

const struct wire_message *
ingest_case_answer(struct ingest_case *f, size_t i, enum wire_type type)
{
	struct fault fault;

	assert_int_equal(wire_decode(record_list_at(&f->turn.out.replies, i),
	                             &f->answer, &fault),
	                 ERR_OK);
	assert_string_equal(wire_type_name(f->answer.type),
	                    wire_type_name(type));
	return &f->answer;
}

const struct wire_message *
ingest_case_ask(struct ingest_case *f, enum wire_type type)
{
	const struct wire_message *m;

	ingest_case_turn_ok(f, 1);
	m = ingest_case_answer(f, 0, type);
	assert_int_equal(m->id, f->id);
	return m;
}

const struct wire_ack *
ingest_case_taken(struct ingest_case *f, const struct sent_batch *b,
                  uint64_t accepted, uint64_t duplicate, uint64_t rejected)
{
	const struct wire_ack *ack;

	ingest_case_batch(f, b);
	ack = &ingest_case_ask(f, WIRE_ACK)->as.ack;
	assert_int_equal(ack->sequence, b->sequence);
	assert_int_equal(ack->accepted, accepted);
	assert_int_equal(ack->duplicate, duplicate);
	assert_int_equal(ack->rejected, rejected);
	assert_int_equal(ack->credit, INGEST_CREDIT);
	return ack;
}

const struct wire_nack *
ingest_case_refused(struct ingest_case *f, const struct sent_batch *b,
                    enum err code)
{
	const struct wire_nack *nack;

	ingest_case_batch(f, b);
	nack = &ingest_case_ask(f, WIRE_NACK)->as.nack;
	assert_int_equal(nack->sequence, b->sequence);
	if (!span_equal(nack->code, span_str(err_name(code))))
		fail_msg("%.*s instead of %s", (int)nack->code.len,
		         (const char *)nack->code.ptr, err_name(code));
	return nack;
}

void
ingest_case_error(struct ingest_case *f, size_t i, enum err code,
                  const char *field)
{
	const struct wire_error *e =
	    &ingest_case_answer(f, i, WIRE_ERROR)->as.error;

	if (!span_equal(e->code, span_str(err_name(code))) ||
	    !span_equal(e->field, span_str(field)))
		fail_msg("%.*s in %.*s instead of %s in %s", (int)e->code.len,
		         (const char *)e->code.ptr, (int)e->field.len,
		         (const char *)e->field.ptr, err_name(code), field);
}

struct wire_row_error
ingest_case_row_error(const struct wire_ack *ack, size_t i)
{
	struct wire_list errors = ack->errors;
	struct wire_row_error error = {.row = UINT32_MAX};

	for (size_t at = 0; at <= i; at++)
		assert_true(wire_errors_next(&errors, &error));
	return error;
}

uint32_t
ingest_case_records(struct ingest_case *f, uint64_t commit,
                    struct commit *header)
{
	assert_int_equal(store_read(f->store), ERR_OK);
	assert_int_equal(
	    journal_commit(store_kv(f->store, STORE_JOURNAL), commit, header),
	    ERR_OK);
	store_read_end(f->store);
	return header->n_records;
}

void
ingest_case_record(struct ingest_case *f, uint64_t commit, uint32_t i,
                   struct buf *out)
{
	struct span record;

	assert_int_equal(store_read(f->store), ERR_OK);
	assert_int_equal(journal_record(store_kv(f->store, STORE_JOURNAL),
	                                commit, i, &record),
	                 ERR_OK);
	buf_reset(out);
	buf_put(out, record.ptr, record.len);
	store_read_end(f->store);
}

uint64_t
ingest_case_head(const struct ingest_case *f)
{
	return f->turn.head.number;
}
