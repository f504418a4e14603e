#include "tests/lib/explain_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/formula.h"

void
explained(const struct verdict_case *k, const struct verdict *v, enum lang lang,
          struct page *page)
{
	struct verdict_gaps gaps;
	struct buf b;

	buf_init(&b, PAGE_MAX - 1);
	verdict_gaps_find(&k->in, v, &gaps);
	explain_write(&k->c, v, &gaps, lang, &b);
	assert_int_equal(buf_err(&b), ERR_OK);
	page->lang = lang;
	(void)snprintf(page->text, sizeof page->text, "%s", buf_cstr(&b));
	buf_fini(&b);
}

/* A Vietnamese number has a comma inside, and a list a semicolon. */
static void
point_for_comma(char *line)
{
	for (; *line != '\0'; line++) {
		if (*line == ',')
			*line = '.';
		if (*line == ';')
			*line = ',';
	}
}

/* Every formula evaluated again; returns how many there were. */
int
assert_formulas(const struct page *page)
{
	struct page copy = *page;
	char *rest = copy.text;
	char *line;
	int n = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *why;

		if (page->lang == LANG_VI)
			point_for_comma(line);
		if (!formula_is_one(line))
			continue;
		n++;
		if (!formula_holds(line, &why)) {
			print_message("%s: %s\n%s\n", line, why, page->text);
			fail();
		}
	}
	return n;
}

void
assert_says(const struct page *page, const char *text)
{
	if (strstr(page->text, text) != NULL)
		return;
	print_message("does not say \"%s\":\n%s\n", text, page->text);
	fail();
}
