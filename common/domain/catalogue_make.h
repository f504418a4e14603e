/*
 * catalogue_make - what the files that build a catalogue share; nobody else
 * includes it.
 *
 * catalogue_build.c runs the parts in order, each part reads the rows of its
 * kinds, fills its arrays and reports what is wrong. A part goes on after an
 * error, so that one run finds them all; whatever it cannot read it leaves out,
 * and the catalogue is thrown away at the end.
 */
#ifndef COMMON_DOMAIN_CATALOGUE_MAKE_H
#define COMMON_DOMAIN_CATALOGUE_MAKE_H

#include "common/domain/catalogue.h"

/* Fields by position, as cat_kinds has them. */
enum unit_field {
	UNIT_ID,
	UNIT_CODE,
	UNIT_NAME,
	UNIT_NAME_EN,
	UNIT_TYPE,
	UNIT_LEVEL,
	UNIT_FROM,
	UNIT_TO
};
enum map_field {
	MAP_ID,
	MAP_NAME,
	MAP_NAME_EN,
	MAP_ROOT,
	MAP_KIND,
	MAP_FROM,
	MAP_TO
};
enum member_field {
	MEMBER_MAP,
	MEMBER_UNIT,
	MEMBER_PARENT,
	MEMBER_WEIGHT,
	MEMBER_FROM,
	MEMBER_TO
};
enum indicator_field {
	INDICATOR_ID,
	INDICATOR_DEFINITION,
	INDICATOR_NAME,
	INDICATOR_NAME_EN,
	INDICATOR_UNIT_MEASURE,
	INDICATOR_DECIMALS,
	INDICATOR_FACTOR,
	INDICATOR_DIRECTION,
	INDICATOR_SCOPE,
	INDICATOR_COUNTED,
	INDICATOR_OF,
	INDICATOR_CHANGE_OF,
	INDICATOR_CHANGE,
	INDICATOR_UNITS,
	INDICATOR_PLACE,
	INDICATOR_TIME,
	INDICATOR_ACCUMULATION,
	INDICATOR_FREQUENCY,
	INDICATOR_MIN,
	INDICATOR_MAX,
	INDICATOR_TOLERANCE,
	INDICATOR_MIN_DENOMINATOR,
	INDICATOR_JUMP,
	INDICATOR_CRITERION,
	INDICATOR_FROM,
	INDICATOR_TO
};
enum reporting_field {
	REPORTING_INDICATOR,
	REPORTING_LEVEL_OR_UNIT,
	REPORTING_MAP,
	REPORTING_DUE,
	REPORTING_GRACE,
	REPORTING_FLOOR,
	REPORTING_FROM,
	REPORTING_TO
};
enum calendar_field {
	CALENDAR_INDICATOR,
	CALENDAR_PERIOD,
	CALENDAR_EXPECTED,
	CALENDAR_GRACE
};
enum source_field {
	SOURCE_ID,
	SOURCE_NAME,
	SOURCE_UNDER,
	SOURCE_MAP,
	SOURCE_INDICATORS,
	SOURCE_MAX,
	SOURCE_DEFAULT,
	SOURCE_RANK,
	SOURCE_REPORTS
};
enum document_field {
	DOCUMENT_ID,
	DOCUMENT_NUMBER,
	DOCUMENT_DATE,
	DOCUMENT_RELEASED,
	DOCUMENT_ISSUER,
	DOCUMENT_TITLE,
	DOCUMENT_AS_PRINTED,
	DOCUMENT_CITED_IN,
	DOCUMENT_URL
};
enum programme_field {
	PROGRAMME_ID,
	PROGRAMME_NAME_VI,
	PROGRAMME_NAME_EN,
	PROGRAMME_FROM,
	PROGRAMME_TO
};
enum target_field {
	TARGET_PROGRAMME,
	TARGET_ID,
	TARGET_TEXT,
	TARGET_DOCUMENT,
	TARGET_IN_FORCE,
	TARGET_INDICATOR,
	TARGET_UNITS,
	TARGET_BY_LEVEL,
	TARGET_MAP,
	TARGET_MEMBERS,
	TARGET_KIND,
	TARGET_VALUE,
	TARGET_VALUE_FAR,
	TARGET_SENSE,
	TARGET_STEPS,
	TARGET_BASE_PERIOD,
	TARGET_BASE_VALUE,
	TARGET_BASE_DOCUMENT,
	TARGET_DUE,
	TARGET_PATH,
	TARGET_MILESTONES,
	TARGET_MARGIN,
	TARGET_METHOD,
	TARGET_REFERENCE,
	TARGET_FACTOR,
	TARGET_FACTOR_FAR,
	TARGET_PER,
	TARGET_RELATIVE_INDICATOR,
	TARGET_RELATIVE_UNIT,
	TARGET_PLAN_NUMBERS,
	TARGET_SUCCESSOR,
	TARGET_SUCCESSOR_UNITS
};
enum rule_field {
	RULE_PROGRAMME,
	RULE_TARGET,
	RULE_IN_FORCE,
	RULE_WHEN,
	RULE_SEVERITY,
	RULE_AUDIENCE,
	RULE_AFTER,
	RULE_CLEAR
};

#define SPOT_ROW   UINT8_MAX /* the whole row */
#define NO_DEFAULT UINT32_MAX

/* One field of one row; `row` is its index in the rows. */
struct spot {
	uint32_t row;
	uint8_t field;
};

struct row_list {
	uint32_t *rows; /* indexes, in order */
	uint32_t n;
};

struct build {
	struct catalogue *c;
	const struct cat_rows *rows;
	struct cat_errors *errors;
	struct row_list kinds[CAT_KINDS];
	/* By kind and number: the first row that declares the id, or
	 * NUMBER_NONE. */
	uint32_t *declared[REGISTRY_KINDS];
	uint32_t n_ids[REGISTRY_KINDS];
	struct map codes;       /* unit code -> a unit that has it */
	struct map levels;      /* levels of units */
	uint32_t *member_rows;  /* row of members[i] */
	uint32_t *version_rows; /* row of versions[i] */
	struct cat_target_version *versions; /* all, by target and in_force */
	uint32_t n_versions;
	bool nomem;
};

/* Parts, in the order in which catalogue_build runs them. */
void make_units(struct build *b);
void make_maps(struct build *b);
void make_members(struct build *b);
void check_members(struct build *b);
void make_documents(struct build *b);
void make_indicators(struct build *b);
void make_sources(struct build *b);
void make_reporting(struct build *b);
void make_calendar(struct build *b);
void make_programmes(struct build *b);
void make_targets(struct build *b);
void make_successors(struct build *b);
void make_rules(struct build *b);
void check_bounds(struct build *b);
void make_place_hash(struct build *b);

/* Kind, sense and numbers of a version; its definition and its units are set. */
void take_kind(struct build *b, uint32_t row, struct cat_target_version *v);
/* Whether the kind has a path of this sort (T4). */
bool kind_has_path(const struct cat_target_version *v, enum target_path path);
/* A path that no key declares. */
enum target_path kind_path(const struct cat_definition *d,
                           const struct cat_target_version *v);

struct numbers { /* "2018=12.00 2020=11.00", by period */
	const struct cat_milestone *list;
	uint32_t n;
};
/* Of the periods in which the version is judged, none twice. */
struct numbers take_by_period(struct build *b, struct spot at,
                              const struct cat_target_version *v);

/* --- catalogue_take.c: fields to values; every error is reported here --- */

/* Zeroed; NULL sets b->nomem. */
void *make_array(struct build *b, size_t n, size_t size);
/* A copy that lives as long as the catalogue; "" if out of memory. */
const char *make_text(struct build *b, const char *text);

/* The id of a number, as kept in the catalogue. */
const char *make_id(struct build *b, enum registry_kind kind, uint32_t number);

/* Reports an error of one field. */
void build_error(struct build *b, struct spot at, enum err code,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* As above, with a hint of the caller's making ("" for none). */
void build_error_hint(struct build *b, struct spot at, enum err code,
                      const char *text, const char *hint);

const char *take_raw(const struct build *b, struct spot at); /* never NULL */
bool take_given(const struct build *b, struct spot at);
/* The text as kept in the catalogue; mandatory: an empty one is an error. */
const char *take_text(struct build *b, struct spot at, bool mandatory);

struct range {
	int64_t min;
	int64_t max;
};
int64_t take_whole(struct build *b, struct spot at, struct range range,
                   int64_t if_empty);
/* Mantissa; false: empty or wrong. */
bool take_decimal(struct build *b, struct spot at, uint8_t places,
                  int64_t *mantissa);
struct day take_day(struct build *b, struct spot at, bool partial,
                    struct day if_empty);
/* Two fields, valid_from at `at` and valid_to behind it. */
struct validity take_validity(struct build *b, struct spot at);
/* False: empty or wrong; empty is an error if mandatory. */
bool take_period(struct build *b, struct spot at, bool mandatory,
                 struct period *period);

struct words {
	const char *const *list;
	uint32_t n;
};
/* Index in words; NO_DEFAULT as if_empty makes the field mandatory. A wrong
 * word is an error and gives 0. */
uint32_t take_word(struct build *b, struct spot at, struct words words,
                   uint32_t if_empty);
/* Number of an id that is declared, or NUMBER_NONE: empty (an error if
 * mandatory) or unknown (an error with a hint). */
uint32_t take_ref(struct build *b, struct spot at, enum registry_kind kind,
                  bool mandatory);
/* The same for one word of a field. */
uint32_t ref_of(struct build *b, struct spot at, enum registry_kind kind,
                struct span id);
/* Next word of a list separated by spaces; len 0 at the end. */
struct span next_word(const char **at);

/* Number of a declared id, or NUMBER_NONE, without an error. */
uint32_t build_find(const struct build *b, enum registry_kind kind,
                    struct span id);
/* True if row is the first that declares this id; else DUPLICATE_ID is
 * reported. */
bool declared_once(struct build *b, struct spot at, enum registry_kind kind,
                   uint32_t number);
/* Members of a unit in a map on all days, as indexes; in catalogue_lookup.c. */
struct children_range members_range(const struct catalogue *c, uint32_t map,
                                    uint32_t unit);
bool validities_overlap(struct validity a, struct validity b);
/* Number of the id that a row declares, or NUMBER_NONE: its id is bad. */
uint32_t row_number(const struct build *b, uint32_t row);

#define SPOT(row, field) ((struct spot){(row), (uint8_t)(field)})
#define WORDS(list) \
	((struct words){(list), (uint32_t)(sizeof(list) / sizeof((list)[0]))})

#endif
