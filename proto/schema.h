/*
 * schema - the messages of WIRE.md as data.
 *
 * One table a message, one line a field. The codec walks them in both
 * directions; tests/lint/spec.sh compares them with WIRE.md. A new field is one
 * line here and one in its struct (wire.h). Not for meaning: whether an epoch is
 * fenced is no matter of a table.
 */
#ifndef PROTO_SCHEMA_H
#define PROTO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "proto/wire.h"

/* On the wire | in the struct | what min and max bound */
enum wire_kind {
	WIRE_KIND_UINT,   /* integer          | uint64_t         | the number */
	WIRE_KIND_BOOL,   /* true, false      | bool             | - */
	WIRE_KIND_TEXT,   /* str              | struct span      | its bytes */
	WIRE_KIND_BIN,    /* bin              | struct span      | its bytes */
	WIRE_KIND_TEXTS,  /* array of str     | struct wire_list | elements */
	WIRE_KIND_ROWS,   /* array of arrays  | struct wire_list | elements */
	WIRE_KIND_ERRORS, /* array of [u,s,s,s] | struct wire_list | elements */
	WIRE_KIND_ARGS,   /* map str to str   | struct wire_list | pairs */
	WIRE_KIND_PAIRS,  /* map str to value | struct wire_list | pairs */
	WIRE_KIND_TABLE, /* array of maps str to value | struct wire_list | rows */
	WIRE_KIND_MARKS, /* array of [str, integer] | struct wire_list | elements */
	WIRE_KIND_COUNT
};

struct wire_field {
	const char *name;
	uint8_t kind; /* enum wire_kind */
	bool required;
	uint64_t min;
	uint64_t max;
	size_t offset; /* in the struct of the message */
};

struct wire_schema {
	const char *name; /* of the message */
	const struct wire_field *fields;
	size_t n_fields;
};

extern const struct wire_schema wire_schemas[WIRE_TYPE_COUNT];

/* Positions in a row of a BATCH. */
enum wire_row_kind {
	WIRE_ROW_REF,    /* index into the dictionary | uint32_t */
	WIRE_ROW_NUMBER, /* integer or [mantissa, exponent] | wire_decimal */
	WIRE_ROW_SMALL   /* integer 0..max | uint8_t */
};

struct wire_row_field {
	const char *name;
	const char *path; /* for struct fault: "rows[].name" */
	uint8_t kind;     /* enum wire_row_kind */
	bool required;    /* may not be nil */
	uint8_t max;      /* SMALL */
	uint8_t absent;   /* SMALL: what stands for nil */
	size_t offset;    /* in struct wire_row */
};

enum { WIRE_ROW_FIELDS = 13, WIRE_ROW_FIELDS_MIN = 3 };

extern const struct wire_row_field wire_row_fields[WIRE_ROW_FIELDS];

/* WIRE_TYPE_COUNT if no message has this name. */
enum wire_type wire_type_of(struct span name);
/* NULL if the message has no such field. */
const struct wire_field *wire_field_of(const struct wire_schema *schema,
                                       struct span name);

#endif
