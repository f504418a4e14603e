/*
 * catalogue - definitions as data: units, maps, memberships, indicators,
 * reporting duties, sources, documents, programmes, targets.
 *
 * A catalogue is built from rows of text (catalogue_rows.h), whoever parsed them:
 * CSV and YAML files in the client, a journal record in a service. Building
 * checks everything and places every error. What is built is read-only and is
 * thrown away whole when the next one is applied.
 *
 * Numbers: every id has a dense number per kind, given when the id is first
 * seen and never changed or reused. The numbers travel with the rows
 * (struct registry), so every service and every later time agrees. Arrays below
 * are indexed by number where it says so; an entry whose id is no longer declared
 * has declared == false.
 */
#ifndef COMMON_DOMAIN_CATALOGUE_H
#define COMMON_DOMAIN_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/map.h"
#include "common/domain/catalogue_rows.h"
#include "common/domain/decimal.h"
#include "common/domain/figure.h"
#include "common/domain/period.h"

#define WEIGHT_ONE    1000000 /* A1: millionths */
#define MAP_DEPTH_MAX 16      /* units beneath a root, over all dates */

struct validity {
	struct day from; /* DAY_FIRST: always was */
	struct day to;   /* inclusive; DAY_LAST: open */
};
bool validity_holds(struct validity v, struct day day);

struct cat_unit_name { /* one row of units.csv */
	const char *code;
	const char *name;
	const char *name_en;
	const char *type;
	const char *level;
	struct validity validity;
};

struct cat_unit { /* indexed by number */
	const char *id;
	bool declared;
	const struct cat_unit_name *names; /* by validity.from */
	uint32_t n_names;
	struct validity validity; /* from the first name to the last, no gap */
	bool
	    shared; /* a name or code of it is or was another unit's too (R6) */
};

enum map_kind { MAP_TERRITORY, MAP_GROUPING, MAP_KINDS };

struct cat_map { /* indexed by number */
	const char *id;
	bool declared;
	const char *name;
	const char *name_en;
	uint32_t root; /* unit */
	enum map_kind kind;
	struct validity validity;
};

struct cat_member {
	uint32_t map;
	uint32_t unit;
	uint32_t parent;
	uint32_t weight;          /* millionths */
	struct validity validity; /* of period ends (R3) */
};

enum direction { DIRECTION_NONE, DIRECTION_UP, DIRECTION_DOWN, DIRECTIONS };
enum place_rule {
	PLACE_NONE,
	PLACE_SUM,
	PLACE_RATIO,
	PLACE_WMEAN,
	PLACE_SHARE,
	PLACE_RULES
};
enum time_rule { TIME_NONE, TIME_SUM, TIME_LAST, TIME_MEAN, TIME_RULES };
enum accumulation {
	ACCUMULATION_NONE,
	ACCUMULATION_YEAR,
	ACCUMULATION_PROGRAMME,
	ACCUMULATIONS
};
enum change_kind {
	CHANGE_NONE,
	CHANGE_STEP,
	CHANGE_MEAN,
	CHANGE_TOTAL,
	CHANGE_KINDS
};

/* What a unit must have to be counted by place rule share (R1e). */
enum criterion_sense {
	CRITERION_AT_LEAST,
	CRITERION_AT_MOST,
	CRITERION_ABOVE,
	CRITERION_BELOW,
	CRITERION_EQUAL,
	CRITERION_SENSES
};
struct cat_criterion {
	enum criterion_sense sense;
	int64_t value; /* mantissa at the definition's decimals */
};

struct cat_definition { /* indexed by number; one row of indicators.csv */
	const char *id; /* "pov-hh@c2016"; the full reference */
	const char *indicator;  /* "pov-hh" */
	const char *definition; /* "c2016" */
	bool declared;
	uint32_t family; /* number of the indicator id at the root of `of` */
	const char *name;
	const char *name_en;
	const char *unit_measure;
	const char *scope;
	const char *counted;   /* with place rule share a level */
	const char *of;        /* indicator id or NULL */
	const char *change_of; /* indicator id or NULL */
	const char *criterion; /* as written; with place rule share: */
	struct cat_criterion meets;
	uint8_t decimals;
	int64_t factor; /* turns a quotient into the printed unit */
	enum direction direction;
	enum change_kind change;
	uint32_t units; /* valid at and beneath it; NUMBER_NONE: everywhere */
	enum place_rule place;
	enum time_rule time;
	enum accumulation accumulation;
	enum frequency frequency;
	bool has_min, has_max, has_tolerance, has_jump;
	int64_t min, max, tolerance, jump; /* mantissas at decimals */
	int64_t min_denominator;           /* 0: none */
	struct validity validity;          /* of period ends */
};

struct cat_indicator { /* indexed by number: families by id */
	const char *id;
	const uint32_t *definitions; /* numbers, in order of rows */
	uint32_t n_definitions;
};

struct cat_reporting {             /* one row of reporting.csv */
	uint32_t definition_first; /* index into reporting_definitions */
	uint32_t n_definitions;
	const char *level; /* or NULL: `unit` */
	uint32_t unit;     /* or NUMBER_NONE */
	uint32_t map;
	uint32_t due_days;
	uint32_t grace_days;
	uint32_t floor_millionths; /* coverage floor; 1000000: all */
	struct validity validity;  /* of period ends */
};

struct cat_calendar { /* one row of calendar.csv */
	const char *indicator;
	struct period period;
	struct day expected_by;
	uint32_t grace_days; /* NUMBER_NONE: as in reporting.csv */
};

struct cat_grant { /* one row of sources.csv */
	uint32_t source;
	uint32_t under; /* unit; NUMBER_NONE: everywhere */
	uint32_t
	    map; /* in which `under` is read; NUMBER_NONE: the territory map
	                 * of the period's last day */
	const char
	    *indicators; /* id, "*" or prefix "pov-*"; several by space */
	enum obs_status max_status;
	enum obs_status default_status;
	uint32_t rank; /* 1 is best */
	bool reports;
};

struct cat_source { /* indexed by number */
	const char *id;
	bool declared;
	const char *name;
	const struct cat_grant *grants;
	uint32_t n_grants;
	uint32_t rank; /* the best of its grants; alike in all (checked) */
};

struct cat_document { /* indexed by number */
	const char *id;
	bool declared;
	const char *number;
	struct day date;     /* DAY_NONE: unknown, sorts before all */
	struct day released; /* DAY_NONE: as date */
	const char *issuer;
	const char *title;
	const char *as_printed;
	const char *cited_in;
	const char *url;
};

struct cat_programme { /* indexed by number */
	const char *id;
	bool declared;
	const char *name_vi;
	const char *name_en;
	struct period from;
	struct period to;
};

enum target_kind {
	TARGET_LEVEL,
	TARGET_STEP,
	TARGET_ZERO,
	TARGET_ALL,
	TARGET_COMPLETE,
	TARGET_MULTIPLE, /* base x factor */
	TARGET_HALVING,  /* base / 2 */
	TARGET_SHARE,    /* a level of units that meet a criterion */
	TARGET_COUNT,    /* of each year, or over the programme */
	TARGET_RELATIVE, /* factor x another unit or indicator */
	TARGET_MAINTAIN, /* the number, or the base, in every period */
	TARGET_PLAN,     /* degree of fulfilment, period by period */
	TARGET_KINDS
};
/* Which side of the number meets it (T3): >=, <=, > (above), < (below). */
enum target_sense {
	SENSE_AT_LEAST,
	SENSE_AT_MOST,
	SENSE_ABOVE,
	SENSE_BELOW,
	SENSE_NONE
};
enum target_path {
	PATH_DEFAULT,
	PATH_LINE,
	PATH_STEPS,
	PATH_MILESTONES,
	PATH_NONE,
	PATHS
};
enum target_steps { STEPS_MEAN, STEPS_EACH };

struct cat_milestone { /* and a plan's number of one period */
	struct period period;
	int64_t value; /* mantissa at the definition's decimals */
};

#define FACTOR_ONE 10000 /* factors have at most four decimals */

struct cat_alert_rule {
	uint32_t when;        /* bits: 1u << enum verdict_kind (verdict.h) */
	const char *severity; /* critical warning info */
	const char
	    *audience;  /* programme, data, operations; default programme */
	uint32_t after; /* reported periods before firing, >= 1 */
	uint32_t clear; /* reported periods before resolving, >= 1 */
};

struct cat_target_version {
	uint32_t target; /* number: "programme/target" */
	uint32_t programme;
	const char *text; /* as printed */
	uint32_t document;
	struct period in_force_from;
	uint32_t definition;
	const uint32_t *units; /* bound units; or level + map below */
	uint32_t n_units;
	const char *level; /* NULL: by units */
	uint32_t map;      /* NUMBER_NONE without level */
	bool members_current;
	enum target_kind kind;
	enum target_sense sense;
	bool has_value; /* false: no plan figure was printed */
	int64_t value;  /* mantissa; of a range the milder end (T3) */
	bool has_value_far;
	int64_t value_far; /* the other end of a range */
	/* multiple, halving, relative, and plan with numbers (the degree: 100 per
	 * cent is one); 0 otherwise. In units of 1 / FACTOR_ONE; of a range the
	 * milder, factor_far the other or 0. */
	int64_t factor;
	int64_t factor_far;
	bool per_programme; /* count: over the programme, not of each year */
	/* relative: the series that is the measure. NUMBER_NONE: the same
	 * definition; the bound unit itself. Both NUMBER_NONE otherwise. */
	uint32_t relative_definition;
	uint32_t relative_unit;
	const struct cat_milestone *plan; /* plan: its numbers, by period; */
	uint32_t n_plan; /* none: the indicator is the degree */
	uint32_t
	    successor_of; /* target whose abolished units it takes over (T5);
	                        * NUMBER_NONE: of none */
	const uint32_t *successor_units; /* which of them, ascending */
	uint32_t n_successor_units;
	enum target_steps steps;
	bool base_series; /* base from the series at base_period */
	bool has_base;
	struct period base_period; /* code 0: none */
	int64_t base_value;        /* mantissa, with has_base */
	uint32_t base_document;
	struct period due;
	enum target_path path; /* never PATH_DEFAULT once built */
	const struct cat_milestone *milestones;
	uint32_t n_milestones;
	int64_t margin;     /* mantissa; default one unit of the last decimal */
	const char *method; /* "path" */
	bool reference;     /* listed for comparison only (T1) */
	const struct cat_alert_rule *rules;
	uint32_t n_rules;
};

struct cat_successor { /* of one abolished unit of a target (T5) */
	uint32_t unit;
	uint32_t target; /* that takes over */
};

struct cat_target {       /* indexed by number */
	const char *id;   /* "programme/target" */
	const char *name; /* the part behind the slash */
	bool declared;
	uint32_t programme;
	const struct cat_target_version *versions; /* by in_force_from */
	uint32_t n_versions;
	const struct cat_successor *successors; /* by unit */
	uint32_t n_successors;
};

struct catalogue {
	struct registry registry; /* ids by number, all kinds */
	struct cat_unit *units;
	uint32_t n_units;
	struct cat_map *maps;
	uint32_t n_maps;
	struct cat_member *members; /* sorted by map, unit, from, parent */
	uint32_t n_members;
	uint32_t
	    *children; /* member indexes sorted by map, parent, unit, from */
	struct cat_definition *definitions;
	uint32_t n_definitions;
	struct cat_indicator *indicators;
	uint32_t n_indicators;
	struct cat_reporting *reporting;
	uint32_t n_reporting;
	uint32_t *reporting_definitions;
	uint32_t n_reporting_definitions;
	struct cat_calendar *calendar;
	uint32_t n_calendar;
	struct cat_source *sources;
	uint32_t n_sources;
	struct cat_document *documents;
	uint32_t n_documents;
	struct cat_programme *programmes;
	uint32_t n_programmes;
	struct cat_target *targets;
	uint32_t n_targets;
	uint64_t
	    place_hash; /* of all that roll-ups and order of versions depend
	                      * on: same hash, no re-folding */
	void *memory;   /* everything above lives in it */
};

/*
 * catalogue_build - rows to a checked catalogue.
 *
 * rows     all rows of one apply; strings may be freed after
 * former   registry of the catalogue before, or NULL: ids seen before keep
 *          their numbers, new ones are numbered in order of rows
 * errors   every error found, placed, up to CATALOGUE_ERRORS_MAX
 * returns  ERR_OK; ERR_REFUSED (errors->n > 0); ERR_NOMEM
 * cost     about 1 us a row
 */
NODISCARD enum err catalogue_build(struct catalogue **catalogue_p,
                                   const struct cat_rows *rows,
                                   const struct registry *former,
                                   struct cat_errors *errors);
void catalogue_free(struct catalogue **catalogue_p);

/* Numbers by id; NUMBER_NONE if not declared. id: bytes without NUL. */
uint32_t catalogue_unit(const struct catalogue *c, struct span id);
uint32_t catalogue_map(const struct catalogue *c, struct span id);
uint32_t catalogue_definition(const struct catalogue *c, struct span id);
uint32_t catalogue_indicator(const struct catalogue *c, struct span id);
uint32_t catalogue_source(const struct catalogue *c, struct span id);
uint32_t catalogue_document(const struct catalogue *c, struct span id);
uint32_t catalogue_programme(const struct catalogue *c, struct span id);
uint32_t catalogue_target(const struct catalogue *c, struct span id);

/* What was probably meant by an id that nobody declares, or has no longer, for people:
 * "tuyen-quang?", "that is the code of unit tuyen-quang"; untouched if nothing is near. Of targets and definitions also the part that may
 * stand alone. Cost: one pass over the ids. */
void catalogue_near(const struct catalogue *c, enum registry_kind kind,
                    struct span id, char *out, size_t cap);

/* The name of a unit on a day (the nearest validity if it is outside all). */
const struct cat_unit_name *unit_name_on(const struct cat_unit *unit,
                                         struct day day);
/* "Tuyên Quang (to 2025-06)": the validity is printed wherever the name or the
 * code is or was held by several units (R6). Writes to out. */
void unit_display_name(const struct catalogue *c, uint32_t unit,
                       struct buf *out);
/* The same by its English name, where one is declared. */
void unit_display_name_en(const struct catalogue *c, uint32_t unit,
                          struct buf *out);

#define MEMBERS_MAX 16 /* parents of one unit in one map on one day */
/* Memberships of unit in map on a day, into out; returns how many. A period's day
 * is its last (R3). */
uint32_t members_of(const struct catalogue *c, uint32_t map, uint32_t unit,
                    struct day day, const struct cat_member *out[MEMBERS_MAX]);
/* The part of a unit that one of its parents has, in millionths: where it begins and
 * ends if all parts are laid end to end in the order of the parents' ids (R1f). */
struct cat_share {
	uint32_t from;
	uint32_t upto;
};
#define SHARE_WHOLE ((struct cat_share){0, WEIGHT_ONE})
/* That of a membership which holds on the day. */
struct cat_share share_of(const struct catalogue *c, const struct cat_member *m,
                          struct day day);
/* Children of parent in map on all days, in order of unit and validity. */
struct children_range {
	uint32_t first; /* into catalogue.children */
	uint32_t end;
};
struct children_range children_of(const struct catalogue *c, uint32_t map,
                                  uint32_t parent);

/* Is this the territory map in which a unit's figure of a period is read, where none
 * is named: that of the period's last day, or of the unit's own last day if that
 * was earlier (R6, T5)? */
bool map_is_read(const struct catalogue *c, uint32_t map, uint32_t unit,
                 struct period period);

/* True if unit is `above` or lies beneath it in map on day. */
bool unit_beneath(const struct catalogue *c, uint32_t map, uint32_t unit,
                  uint32_t above, struct day day);
/* The same in any territory map valid on that day. */
bool unit_beneath_any(const struct catalogue *c, uint32_t unit, uint32_t above,
                      struct day day);

/* The grant names the definition's indicator (one half of source_grant). */
bool grant_names(const struct cat_grant *grant, const struct cat_definition *d);
/* The grant under which a source may report definition for unit and period, the
 * best by max_status; NULL: not entitled. */
const struct cat_grant *source_grant(const struct catalogue *c, uint32_t source,
                                     uint32_t definition, uint32_t unit,
                                     struct period period);

/* The target version in force for a period (T2): the last whose in_force_from
 * begins by the end of the period; NULL: not in force. */
const struct cat_target_version *target_version(const struct cat_target *t,
                                                struct period period);
/* The units that a version binds (T1), into out (ascending); returns how many,
 * at most max. A level is read on the base date (without a base: on the first day
 * in force). With members: current every unit that has the level in the map at
 * some time until the due period is bound; the caller asks whether it is valid on
 * the judged period's last day (R3). */
uint32_t target_units(const struct catalogue *c,
                      const struct cat_target_version *v, uint32_t *out,
                      uint32_t max);
#define TARGET_UNITS_MAX    16384  /* of one version */
#define TARGET_VERSIONS_MAX 64     /* of one target */
#define TARGET_BINDINGS_MAX 500000 /* units of all versions together */

/* The target that takes over from an abolished unit of t (T5), or NUMBER_NONE. */
uint32_t target_successor(const struct cat_target *t, uint32_t unit);
/* The frequency in which a version is judged: that of its definition, but a
 * count is judged by years. */
enum frequency target_frequency(const struct catalogue *c,
                                const struct cat_target_version *v);

/* The series that a version of kind relative is measured by, for a unit it binds. */
struct cat_reference {
	uint32_t definition;
	uint32_t unit;
};
/* False: the version is of another kind; out is untouched. */
bool target_reference(const struct cat_target_version *v, uint32_t unit,
                      struct cat_reference *out);

/* J3: when the figure of definition for unit and period is expected; false:
 * nobody owes it (no row of reporting.csv, or no source with reports: yes). A
 * period longer than the definition's, formed over time, is expected when the
 * last shorter one in it is. */
struct expected {
	struct day by;   /* last day it is in time */
	struct day late; /* by + grace */
};
bool figure_expected(const struct catalogue *c, uint32_t definition,
                     uint32_t unit, struct period period, struct expected *out);

#endif
