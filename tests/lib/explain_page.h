/*
 * explain_page - one explanation as text, and what a test asks of it.
 */
#ifndef TESTS_LIB_EXPLAIN_PAGE_H
#define TESTS_LIB_EXPLAIN_PAGE_H

#include "common/domain/explain.h"
#include "tests/lib/verdict_case.h"

#define PAGE_MAX 3000

struct page {
	char text[PAGE_MAX];
	enum lang lang;
};

void explained(const struct verdict_case *k, const struct verdict *v,
               enum lang lang, struct page *page);
/* Every formula evaluated again; returns how many there were. */
int assert_formulas(const struct page *page);
void assert_says(const struct page *page, const char *text);

#endif
