/*
 * ask_alert - alert as in alert_case.h, and questions to it: the fixture of the suites of
 * what it answers. Include cmocka.h first.
 */
#ifndef TESTS_LIB_ASK_ALERT_H
#define TESTS_LIB_ASK_ALERT_H

#include "tests/lib/alert_case.h"
#include "tests/lib/ask_case.h"

struct ask_alert {
	struct alert_case *k;
	struct ask_case ask;
};

/* cmocka fixtures: *state is a struct ask_alert. */
int ask_alert_setup(void **state);
int ask_alert_teardown(void **state);

#endif
