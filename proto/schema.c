#include "proto/schema.h"

#include <assert.h>
#include <string.h>

#define MUST true
#define MAY  false
#define U53  WIRE_UINT_MAX

#define FIELD(message, field, type, must, from, to)                           \
	{                                                                     \
		.name = #field, .kind = WIRE_KIND_##type, .required = (must), \
		.min = (from), .max = (to),                                   \
		.offset = offsetof(struct wire_##message, field)              \
	}

static const struct wire_field hello[] = {
    FIELD(hello, producer, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(hello, epoch, UINT, MAY, 1, U53),
    FIELD(hello, source, TEXT, MAY, 1, WIRE_TEXT_MAX),
};

static const struct wire_field ready[] = {
    FIELD(ready, epoch, UINT, MUST, 1, U53),
    FIELD(ready, last_sequence, UINT, MUST, 0, U53),
    FIELD(ready, credit, UINT, MUST, 0, U53),
    FIELD(ready, max_rows, UINT, MUST, 1, WIRE_ROWS_MAX),
    FIELD(ready, max_bytes, UINT, MUST, 4096, WIRE_MESSAGE_MAX),
    FIELD(ready, log, UINT, MUST, 1, U53),
    FIELD(ready, generation, UINT, MUST, 1, U53),
    FIELD(ready, commit, UINT, MUST, 0, U53),
};

static const struct wire_field batch[] = {
    FIELD(batch, producer, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(batch, epoch, UINT, MUST, 1, U53),
    FIELD(batch, sequence, UINT, MUST, 1, U53),
    FIELD(batch, source, TEXT, MAY, 1, WIRE_TEXT_MAX),
    FIELD(batch, flags, UINT, MUST, 0, WIRE_FLAGS_MAX),
    FIELD(batch, units_as_of, TEXT, MAY, 1, WIRE_TEXT_MAX),
    FIELD(batch, dictionary, TEXTS, MUST, 0, WIRE_DICTIONARY_MAX),
    FIELD(batch, rows, ROWS, MUST, 0, WIRE_ROWS_MAX),
};

static const struct wire_field ack[] = {
    FIELD(ack, sequence, UINT, MUST, 1, U53),
    FIELD(ack, commit, UINT, MUST, 0, U53),
    FIELD(ack, accepted, UINT, MUST, 0, U53),
    FIELD(ack, duplicate, UINT, MUST, 0, U53),
    FIELD(ack, rejected, UINT, MUST, 0, U53),
    FIELD(ack, errors, ERRORS, MUST, 0, WIRE_ERRORS_MAX),
    FIELD(ack, errors_cut, BOOL, MAY, 0, 0),
    FIELD(ack, credit, UINT, MUST, 0, U53),
};

static const struct wire_field nack[] = {
    FIELD(nack, sequence, UINT, MUST, 0, U53),
    FIELD(nack, code, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(nack, retry_ms, UINT, MUST, 0, U53),
    FIELD(nack, field, TEXT, MAY, 1, WIRE_TEXT_MAX),
    FIELD(nack, text, TEXT, MUST, 0, WIRE_TEXT_MAX),
};

static const struct wire_field apply[] = {
    FIELD(apply, version, UINT, MUST, 0, U53),
    FIELD(apply, packed, BIN, MUST, 1, WIRE_PACKED_MAX),
    FIELD(apply, dry_run, BOOL, MAY, 0, 0),
};

static const struct wire_field applied[] = {
    FIELD(applied, version, UINT, MUST, 0, U53),
    FIELD(applied, commit, UINT, MUST, 0, U53),
    FIELD(applied, changed, BOOL, MUST, 0, 0),
    FIELD(applied, warnings, ERRORS, MAY, 0, WIRE_ERRORS_MAX),
};

static const struct wire_field declare[] = {
    FIELD(declare, kind, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(declare, args, ARGS, MUST, 0, WIRE_KEYS_MAX),
};

static const struct wire_field declared[] = {
    FIELD(declared, commit, UINT, MUST, 1, U53),
    FIELD(declared, n, UINT, MAY, 1, U53),
};

static const struct wire_field fetch[] = {
    FIELD(fetch, log, UINT, MUST, 0, U53),
    FIELD(fetch, generation, UINT, MUST, 0, U53),
    FIELD(fetch, from, UINT, MUST, 1, U53),
    FIELD(fetch, max_bytes, UINT, MUST, 1, WIRE_COMMIT_MAX),
    FIELD(fetch, wait_ms, UINT, MUST, 0, WIRE_WAIT_MS_MAX),
};

static const struct wire_field commits[] = {
    FIELD(commits, log, UINT, MUST, 1, U53),
    FIELD(commits, generation, UINT, MUST, 1, U53),
    FIELD(commits, head, UINT, MUST, 0, U53),
    FIELD(commits, from, UINT, MUST, 1, U53),
    FIELD(commits, n, UINT, MUST, 0, WIRE_COMMITS_MAX),
    FIELD(commits, unready, BOOL, MAY, 0, 0),
};

static const struct wire_field query[] = {
    FIELD(query, what, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(query, args, ARGS, MUST, 0, WIRE_KEYS_MAX),
    FIELD(query, after, BIN, MAY, 1, WIRE_AFTER_MAX),
    FIELD(query, max, UINT, MUST, 1, WIRE_PAGE_ROWS_MAX),
};

static const struct wire_field answer[] = {
    FIELD(answer, commit, UINT, MUST, 0, U53),
    FIELD(answer, log, UINT, MUST, 0, U53),
    FIELD(answer, generation, UINT, MUST, 0, U53),
    FIELD(answer, catalogue, UINT, MUST, 0, U53),
    FIELD(answer, columns, TEXTS, MAY, 1, WIRE_KEYS_MAX),
    FIELD(answer, rows, TABLE, MUST, 0, WIRE_PAGE_ROWS_MAX),
    FIELD(answer, next, BIN, MAY, 1, WIRE_AFTER_MAX),
};

static const struct wire_field state[] = {
    FIELD(state, service, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(state, ready, BOOL, MUST, 0, 0),
    FIELD(state, reason, TEXT, MUST, 0, WIRE_TEXT_MAX),
    FIELD(state, commit, UINT, MUST, 0, U53),
    FIELD(state, log, UINT, MUST, 0, U53),
    FIELD(state, generation, UINT, MUST, 0, U53),
    FIELD(state, time_ms, UINT, MUST, 0, U53),
    FIELD(state, details, PAIRS, MUST, 0, WIRE_KEYS_MAX),
};

static const struct wire_field error[] = {
    FIELD(error, code, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(error, text, TEXT, MUST, 0, WIRE_TEXT_MAX),
    FIELD(error, field, TEXT, MAY, 1, WIRE_TEXT_MAX),
    FIELD(error, offset, UINT, MAY, 0, U53),
};

static const struct wire_field update[] = {
    FIELD(update, stream, TEXT, MUST, 1, WIRE_TEXT_MAX),
    FIELD(update, log, UINT, MUST, 1, U53),
    FIELD(update, generation, UINT, MUST, 1, U53),
    FIELD(update, from, UINT, MUST, 0, U53),
    FIELD(update, to, UINT, MUST, 1, U53),
    FIELD(update, rows, TABLE, MUST, 0, WIRE_PAGE_ROWS_MAX),
};

static const struct wire_field beat[] = {
    FIELD(beat, log, UINT, MUST, 1, U53),
    FIELD(beat, generation, UINT, MUST, 1, U53),
    FIELD(beat, commit, UINT, MUST, 0, U53),
    FIELD(beat, time_ms, UINT, MUST, 0, U53),
    FIELD(beat, watched, MARKS, MUST, 0, WIRE_MARKS_MAX),
    FIELD(beat, changed, MARKS, MUST, 0, WIRE_MARKS_MAX),
    FIELD(beat, more, BOOL, MAY, 0, 0),
};

static const struct wire_field bye[] = {
    FIELD(bye, log, UINT, MUST, 1, U53),
    FIELD(bye, generation, UINT, MUST, 1, U53),
    FIELD(bye, commit, UINT, MUST, 0, U53),
};

#define MESSAGE(type, table) \
	[WIRE_##type] = {#type, table, sizeof(table) / sizeof((table)[0])}

const struct wire_schema wire_schemas[WIRE_TYPE_COUNT] = {
    MESSAGE(HELLO, hello),       MESSAGE(READY, ready),
    MESSAGE(BATCH, batch),       MESSAGE(ACK, ack),
    MESSAGE(NACK, nack),         MESSAGE(APPLY, apply),
    MESSAGE(APPLIED, applied),   MESSAGE(DECLARE, declare),
    MESSAGE(DECLARED, declared), MESSAGE(FETCH, fetch),
    MESSAGE(COMMITS, commits),   MESSAGE(QUERY, query),
    MESSAGE(ANSWER, answer),     [WIRE_HEALTH] = {"HEALTH", NULL, 0},
    MESSAGE(STATE, state),       MESSAGE(ERROR, error),
    MESSAGE(UPDATE, update),     MESSAGE(BEAT, beat),
    MESSAGE(BYE, bye),
};

#define ROW(field, type, must, to, without)                               \
	{                                                                 \
		.name = #field, .path = "rows[]." #field,                 \
		.kind = WIRE_ROW_##type, .required = (must), .max = (to), \
		.absent = (without),                                      \
		.offset = offsetof(struct wire_row, field)                \
	}

const struct wire_row_field wire_row_fields[WIRE_ROW_FIELDS] = {
    ROW(indicator, REF, MUST, 0, 0),
    ROW(unit, REF, MUST, 0, 0),
    ROW(period, REF, MUST, 0, 0),
    ROW(value, NUMBER, MAY, 0, 0),
    ROW(numerator, NUMBER, MAY, 0, 0),
    ROW(denominator, NUMBER, MAY, 0, 0),
    ROW(status, SMALL, MAY, 4, WIRE_UNSET),
    ROW(bound, SMALL, MAY, 5, 0),
    ROW(document, REF, MAY, 0, 0),
    ROW(released, REF, MAY, 0, 0),
    ROW(action, SMALL, MAY, 1, 0),
    ROW(source, REF, MAY, 0, 0),
    ROW(note, REF, MAY, 0, 0),
};

static bool
named(const char *name, struct span text)
{
	return strlen(name) == text.len &&
	       memcmp(name, text.ptr, text.len) == 0;
}

enum wire_type
wire_type_of(struct span name)
{
	for (size_t t = 0; t < WIRE_TYPE_COUNT; t++)
		if (named(wire_schemas[t].name, name))
			return (enum wire_type)t;
	return WIRE_TYPE_COUNT;
}

const struct wire_field *
wire_field_of(const struct wire_schema *schema, struct span name)
{
	for (size_t i = 0; i < schema->n_fields; i++)
		if (named(schema->fields[i].name, name))
			return &schema->fields[i];
	return NULL;
}

const char *
wire_type_name(enum wire_type type)
{
	assert(type < WIRE_TYPE_COUNT);
	return wire_schemas[type].name;
}
