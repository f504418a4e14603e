/*
 * catalogue_rows - a catalogue as rows of text: the form in which files are
 * parsed, sent, journaled and built.
 *
 * Each kind of row has a fixed list of fields (cat_kinds), in the order of the
 * columns of CONTRACT's files; a field is text, empty = default. A programme file
 * becomes one CAT_PROGRAMME row, one CAT_TARGET row for each target version and
 * one CAT_RULE row for each of its alert rules. Place of origin (file, line,
 * column of each field) stays with the row in the client only.
 */
#ifndef COMMON_DOMAIN_CATALOGUE_ROWS_H
#define COMMON_DOMAIN_CATALOGUE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/map.h"

#define CATALOGUE_ROWS_MAX   200000
#define CATALOGUE_MAPS_MAX   64         /* ever declared */
#define CATALOGUE_BYTES_MAX  (4u << 20) /* packed; one message (CONTRACT) */
#define CATALOGUE_FIELDS_MAX 32
#define CATALOGUE_FIELD_MAX  4096 /* bytes of one field */
#define CATALOGUE_ID_MAX     32   /* bytes of an id: [a-z0-9.-] */
#define CATALOGUE_ERRORS_MAX 200

enum cat_kind {
	CAT_UNIT,
	CAT_MAP,
	CAT_MEMBER,
	CAT_INDICATOR,
	CAT_REPORTING,
	CAT_CALENDAR,
	CAT_SOURCE,
	CAT_DOCUMENT,
	CAT_MAPPING,
	CAT_PROGRAMME,
	CAT_TARGET,
	CAT_RULE,
	CAT_KINDS
};

struct cat_kind_info {
	const char *name; /* "units": as in `tiendo catalogue show units` */
	const char *file; /* "units.csv"; NULL for YAML kinds */
	const char *const *fields; /* names, in order */
	uint8_t n_fields;
};
extern const struct cat_kind_info cat_kinds[CAT_KINDS];

struct cat_place {
	const char *file; /* NULL: not from a file; lives in the rows' memory */
	uint32_t line;    /* from 1; 0 unknown */
	uint32_t column;  /* of a field, from 1, in bytes; 0 unknown */
};

struct cat_row {
	enum cat_kind kind;
	const char *file;
	const char *const *fields;      /* n_fields of its kind; never NULL */
	const struct cat_place *places; /* one a field, or NULL */
	uint32_t line;
};

/* Growing list; strings are copied into its own arena. */
struct cat_rows {
	struct cat_row *rows;
	size_t n;
	size_t n_cap;
	void *memory;
};
void cat_rows_init(struct cat_rows *rows);
void cat_rows_fini(struct cat_rows *rows);
/* fields, places: one for each field of the kind; places may be NULL, all are of
 * one file. ERR_TOO_LARGE (a field, or too many rows), ERR_BAD_TEXT (not UTF-8, or
 * control characters), ERR_NOMEM. */
NODISCARD enum err cat_rows_add(struct cat_rows *rows, enum cat_kind kind,
                                const struct span *fields,
                                const struct cat_place *places);

struct cat_error {
	enum err code;
	enum cat_kind kind;
	uint32_t row;  /* index into the rows */
	uint8_t field; /* index of the field; UINT8_MAX: the whole row */
	struct cat_place place;
	char text[200]; /* rule and value: "unit code 2 unknown" */
	char hint[120]; /* or "": "02 exists: leading zero lost?" */
};

struct cat_errors {
	struct cat_error *list;
	size_t n;     /* kept, at most CATALOGUE_ERRORS_MAX */
	size_t total; /* found */
};
void cat_errors_init(struct cat_errors *errors);
void cat_errors_fini(struct cat_errors *errors);
/* Counts it; keeps a copy of the first CATALOGUE_ERRORS_MAX. */
void cat_errors_add(struct cat_errors *errors, const struct cat_error *error);

/* Ids by number, per kind of thing. */
enum registry_kind {
	REGISTRY_UNIT,
	REGISTRY_MAP,
	REGISTRY_INDICATOR,
	REGISTRY_DEFINITION,
	REGISTRY_SOURCE,
	REGISTRY_DOCUMENT,
	REGISTRY_PROGRAMME,
	REGISTRY_TARGET,
	REGISTRY_KINDS
};
struct registry {
	struct map ids[REGISTRY_KINDS]; /* id -> number = rank of insertion */
};
void registry_init(struct registry *r);
void registry_fini(struct registry *r);

/*
 * Packed: for each kind of the registry a count and its ids in order of number;
 * then a count of rows and each row as its kind (one byte) and its fields, without
 * places. Counts are varints, texts are length and bytes. Canonical: equal rows
 * and registry give equal bytes. ERR_TOO_LARGE past CATALOGUE_BYTES_MAX.
 */
NODISCARD enum err catalogue_pack(const struct registry *registry,
                                  const struct cat_rows *rows, struct buf *out);
/* registry, rows: initialised and empty, and so again after a failure. Bytes are
 * not trusted. Cost: one copy of every text, one hash for each id. */
NODISCARD enum err catalogue_unpack(struct span packed,
                                    struct registry *registry,
                                    struct cat_rows *rows);

#endif
