/*
 * alert_case - aggregate and alert one behind the other, with two programmes on the
 * country of fold_case.h: the fixture of alert's suites. Include cmocka.h first.
 */
#ifndef TESTS_LIB_ALERT_CASE_H
#define TESTS_LIB_ALERT_CASE_H

#include "services/alert/alert.h"
#include "services/alert/alert_eval.h"
#include "tests/lib/agg_case.h"

#define ALERT_LINES_MAX 160

struct alert_case {
	struct agg_case *up;
	struct alert_service a;
	struct fold_node node;
	struct cat_line lines[ALERT_LINES_MAX]; /* of the catalogue to apply */
	size_t n_lines;
};

/*
 * *state is a struct alert_case. Applied, with a tick of 2019-06-01:
 *   prog/fall   pov@a of c1 c2 west: at most 10.00 by 2025 from 30.00 in 2015, line;
 *               behind, reversing, missed: warning at once; at-risk: info after 2
 *   prog/build  road of c1: at least 5.0 by 2020; from 2019 on of c1 c3: at least
 *               9.0 by 2024
 *   other/fall  pov@b of c3: at most 20.00 by 2020 from 30.00 in 2016, line
 */
int alert_case_setup(void **state);
int alert_case_teardown(void **state);

/* Changes of k->lines; an unknown line fails the case. to: NULL removes it. */
void alert_case_line(struct alert_case *k, const char *from, const char *to);
void alert_case_add(struct alert_case *k, enum cat_kind kind, const char *text);
/* A commit of k->lines. */
void alert_case_apply(struct alert_case *k);
/* Ends the commit, steps both. */
void alert_case_step(struct alert_case *k);
/* A commit with a tick alone; with one figure, status A. */
void alert_case_tick(struct alert_case *k, const char *date);
struct figure *alert_case_value(struct alert_case *k, const char *definition,
                                const char *unit, const char *period,
                                int64_t mantissa);
/* A commit with a completion record alone, with a note alone. */
void alert_case_complete(struct alert_case *k, const char *definition,
                         const char *unit, const char *period);
void alert_case_note(struct alert_case *k, const char *target, const char *unit,
                     const char *text);

/* A commit that enables or disables a programme. */
void alert_case_enable(struct alert_case *k, const char *programme,
                       bool enabled);

/* Records of the last commit. */
unsigned alert_case_count(const struct alert_case *k, enum record_type type);
struct verdict alert_case_verdict(const struct alert_case *k, unsigned i,
                                  bool *gone);
struct alert alert_case_alert(const struct alert_case *k, unsigned i);

/* Judged now, in the asked period or NULL; false: no row. */
bool alert_case_judge(struct alert_case *k, const char *target,
                      const char *unit, const char *asked, struct verdict *v);

extern const char alert_case_fall[]; /* lines to be changed */
extern const char alert_case_build[];
extern const char alert_case_build_2019[];
extern const char alert_case_rule[];

#endif
