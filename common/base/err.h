/*
 * err - every way a thing can be wrong, once.
 *
 * One enum and one table of texts serve the wire, the command line, logs and
 * documents. A code says what the caller does next; the place (field, offset,
 * file, line) travels beside it in struct fault or with the row.
 *
 * Four kinds of wrong: a bug is an assert (kept in release); a bad start is a
 * message and an exit code; a bad peer is refused, counted and forgotten; a bad
 * disk or memory stops taking, keeps what is committed and exits non-zero.
 */
#ifndef COMMON_BASE_ERR_H
#define COMMON_BASE_ERR_H

#include <stddef.h>

#define NODISCARD __attribute__((warn_unused_result))

/*
 * X(constant, name on the wire, process exit code, text)
 * Names are stable; texts may be improved. New codes go at the end of their
 * group; the number itself is never written to disk or wire, the name is.
 */
#define ERR_TABLE(X)                                                          \
	X(OK, "ok", 0, "no error")                                            \
	/* the system */                                                      \
	X(AGAIN, "again", 75, "not now; try again")                           \
	X(NOT_FOUND, "not_found", 69, "there is no such thing")               \
	X(NOMEM, "no_memory", 71, "out of memory")                            \
	X(IO, "io", 74, "reading or writing the disk failed")                 \
	X(STORAGE_FULL, "storage_full", 74,                                   \
	  "no space left; nothing was taken")                                 \
	X(CORRUPT, "corrupt", 74, "stored data is damaged")                   \
	X(VERSION, "version", 74,                                             \
	  "written by a newer version; file untouched")                       \
	X(IN_USE, "in_use", 75, "another process has this data directory")    \
	X(OVERLOADED, "overloaded", 75, "more than can be taken now; wait")   \
	X(UNAVAILABLE, "unavailable", 69, "no answer from the service")       \
	X(CONF, "config", 78, "the configuration is wrong")                   \
	X(USAGE, "usage", 64, "the command was called wrongly")               \
	X(DIFFERS, "differs", 1, "two computations of one thing differ")      \
	X(REFUSED, "refused", 65, "rows or catalogue were refused")           \
	X(CLOCK_SUSPECT, "clock_suspect", 75, "the wall clock jumped")        \
	/* messages */                                                        \
	X(BAD_MESSAGE, "bad_message", 65, "not a message of this protocol")   \
	X(TRUNCATED, "truncated", 65, "the message ends too early")           \
	X(TRAILING, "trailing", 65, "bytes follow the end of the message")    \
	X(TOO_DEEP, "too_deep", 65, "nested deeper than allowed")             \
	X(TOO_LARGE, "too_large", 65, "larger than allowed")                  \
	X(BAD_TYPE, "bad_type", 65, "a value of another type was expected")   \
	X(BAD_TEXT, "bad_text", 65, "text is not UTF-8")                      \
	X(BAD_VALUE, "bad_value", 65, "the value is outside what is allowed") \
	X(MISSING_FIELD, "missing_field", 65, "a required field is missing")  \
	X(DUPLICATE_FIELD, "duplicate_field", 65, "a field stands twice")     \
	X(UNKNOWN_TYPE, "unknown_type", 65, "no message has this type")       \
	X(PROTOCOL_VERSION, "protocol_version", 65,                           \
	  "unknown protocol version")                                         \
	X(SEQUENCE_REUSED, "sequence_reused", 65,                             \
	  "this sequence number was used for other content")                  \
	X(SEQUENCE_GAP, "sequence_gap", 65, "a sequence number was left out") \
	X(TOO_OLD, "too_old", 65, "too old to know whether it was taken")     \
	X(FENCED, "fenced", 65, "a newer epoch of this producer exists")      \
	X(NO_HELLO, "no_hello", 65, "HELLO comes first")                      \
	X(UNKNOWN_POSITION, "unknown_position", 69,                           \
	  "no such log, generation or commit here")                           \
	X(CATALOGUE_CHANGED, "catalogue_changed", 65,                         \
	  "the catalogue changed since you read it")                          \
	X(NO_CATALOGUE, "no_catalogue", 65, "no catalogue was applied yet")   \
	X(DEMO_ONLY, "demo_only", 65, "this is a demo data directory")        \
	/* rows (SEMANTICS 2, 3) */                                           \
	X(UNKNOWN_INDICATOR, "unknown_indicator", 65,                         \
	  "indicator not declared")                                           \
	X(UNKNOWN_DEFINITION, "unknown_definition", 65,                       \
	  "definition not declared")                                          \
	X(AMBIGUOUS_DEFINITION, "ambiguous_definition", 65,                   \
	  "several definitions are valid here; name one: "                    \
	  "indicator@definition")                                             \
	X(NO_DEFINITION, "no_definition", 65,                                 \
	  "no definition is valid for this unit and period")                  \
	X(UNKNOWN_UNIT, "unknown_unit", 65, "unit not declared")              \
	X(UNIT_NOT_VALID, "unit_not_valid", 65,                               \
	  "unit not valid on the period's last day")                          \
	X(BAD_PERIOD, "bad_period", 65, "not a period")                       \
	X(BAD_FREQUENCY, "bad_frequency", 65,                                 \
	  "not a period of the indicator's frequency")                        \
	X(BAD_NUMBER, "bad_number", 65, "not a decimal number")               \
	X(TOO_PRECISE, "too_precise", 65, "more decimals than declared")      \
	X(OUT_OF_RANGE, "out_of_range", 65, "outside the indicator's bounds") \
	X(NO_VALUE, "no_value", 65,                                           \
	  "neither value nor numerator and denominator")                      \
	X(HALF_PARTS, "half_parts", 65,                                       \
	  "numerator and denominator come together")                          \
	X(ZERO_DENOMINATOR, "zero_denominator", 65,                           \
	  "a numerator over zero has no value")                               \
	X(NOT_WHOLE, "not_whole", 65, "a whole number was expected")          \
	X(BAD_BOUND, "bad_bound", 65, "bound is none of = > >= < <= ~")       \
	X(BAD_STATUS, "bad_status", 65, "status is none of A P E F M")        \
	X(STATUS_TOO_HIGH, "status_too_high", 65,                             \
	  "status above what the source may claim")                           \
	X(UNKNOWN_SOURCE, "unknown_source", 65, "source not declared")        \
	X(NOT_ENTITLED, "not_entitled", 65,                                   \
	  "source may not report this indicator for this unit")               \
	X(UNKNOWN_DOCUMENT, "unknown_document", 65, "document not declared")  \
	X(BAD_DATE, "bad_date", 65, "not a date")                             \
	X(BAD_ACTION, "bad_action", 65, "action is none of merge delete")     \
	X(FUTURE_PERIOD, "future_period", 65,                                 \
	  "an observed figure of a period that has not ended")                \
	X(CONFLICT, "conflict", 65,                                           \
	  "two different values for one key and status in one block")         \
	X(UNKNOWN_COLUMN, "unknown_column", 65, "column not known")           \
	X(BAD_CSV, "bad_csv", 65, "not CSV as RFC 4180 has it")               \
	X(MISSING_WITH_NUMBER, "missing_with_number", 65,                     \
	  "status M says that there is no figure, so it has no number")       \
	X(MEAN_WITH_NUMERATOR, "mean_with_numerator", 65,                     \
	  "a weighted mean has a value and a weight, no numerator")           \
	/* catalogue */                                                       \
	X(UNKNOWN_REFERENCE, "unknown_reference", 65,                         \
	  "refers to something not declared")                                 \
	X(DUPLICATE_ID, "duplicate_id", 65, "declared twice")                 \
	X(OVERLAP, "overlap", 65, "validities overlap")                       \
	X(BAD_WEIGHTS, "bad_weights", 65,                                     \
	  "weights of one unit do not add up to 1000000")                     \
	X(CYCLE, "cycle", 65, "a unit lies beneath itself")                   \
	X(NO_ROOT_PATH, "no_root_path", 65,                                   \
	  "does not reach the root of its map exactly once")                  \
	X(UNKNOWN_KEY, "unknown_key", 65, "key not known")                    \
	X(BAD_YAML, "bad_yaml", 65, "not YAML")                               \
	X(IN_FORCE, "in_force", 65, "figures depend on it as it was")

enum err {
#define X(constant, name, exit_code, text) ERR_##constant,
	ERR_TABLE(X)
#undef X
	    ERR_COUNT
};

/* What a decoder says of bytes it refuses: constant text, nothing to free. */
struct fault {
	enum err code;
	const char *field; /* path such as "rows[].period"; never NULL if set */
	size_t offset;     /* byte in the message where it was noticed */
};

/* The stable name ("too_large"); "unknown" for a number outside the enum. */
const char *err_name(enum err err);
/* One English clause without full stop. */
const char *err_text(enum err err);
/* What a process that stops for this reason returns (sysexits.h and README). */
int err_exit_code(enum err err);
/* The code of a wire name; ERR_COUNT if there is none. Cost: one table scan. */
enum err err_from_name(const char *name, size_t len);

#endif
