#include "tests/lib/fold_reform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/fold_random.h"

void
reform_replace(struct reform *r, const char *from, const char *to)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->lines[i].text, from) != 0)
			continue;
		r->lines[i].text = to;
		return;
	}
	fail_msg("no line %s", from);
}

void
reform_add(struct reform *r, enum cat_kind kind, const char *text)
{
	assert_in_range(r->n, 0, REFORM_LINES_MAX - 1);
	r->lines[r->n++] = (struct cat_line){kind, text};
}

void
reform_none(struct reform *r)
{
	r->n = fold_country_n;
	memcpy(r->lines, fold_country, r->n * sizeof(*r->lines));
}

void
reform_all(struct reform *r)
{
	reform_none(r);
	reform_replace(r, "old|c3|east", "old|c3|gulf");
	reform_replace(r, "new|c5|far|250000", "new|c5|far|900000");
	reform_replace(r, "new|c5|gulf|750000", "new|c5|gulf|100000");
	reform_replace(r, "press|Press|||*|A|P|5|no",
	               "press|Press|||*|A|P|1|no");
	reform_replace(r, "office|Office|||*|A|A|1|yes",
	               "office|Office|||*|A|A|9|yes");
	reform_replace(r, "wage||Wages||m|1||up|||||||wmean|last||A",
	               "wage||Wages||m|1||up|||||||sum|last||A");
	reform_replace(r, "poor|c4|list", "poor|c6|list");
	reform_add(r, CAT_UNIT, "rich-list||Rich list|||group");
	reform_add(r, CAT_MAP, "rich|Rich||rich-list|grouping");
	reform_add(r, CAT_MEMBER, "rich|c2|rich-list");
	reform_add(r, CAT_MEMBER, "rich|c6|rich-list");
	reform_add(r, CAT_INDICATOR, "rail||Rail||km|1||up|||||||sum|sum||A");
}

void
reform_timed(struct reform *r)
{
	for (size_t i = 0; i < fold_timed_n; i++)
		reform_add(r, fold_timed[i].kind, fold_timed[i].text);
}
