/*
 * notice_case - an alert that fires, and the words of notices: for tests of notices.
 */
#ifndef TESTS_LIB_NOTICE_CASE_H
#define TESTS_LIB_NOTICE_CASE_H

#include "common/domain/notice.h"

/* Of target 0 and unit 1: since 2018, last in 2019 with 29.50 against 10.00. */
struct alert firing(void);
/* The pairs of notice_target_words; to be freed with buf_fini. */
struct buf words_of(const struct notice_target *t);
/* The pair of this name has this text; "": there is none, or it is empty. */
void assert_pair(const struct buf *pairs, const char *wanted, const char *text);

#endif
