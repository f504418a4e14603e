#include "tests/lib/notice_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct alert
firing(void)
{
	return (struct alert){.target = 0,
	                      .unit = 1,
	                      .severity = SEVERITY_WARNING,
	                      .state = ALERT_FIRING,
	                      .since = period_of_year(2018),
	                      .period = period_of_year(2019),
	                      .kind = VERDICT_BEHIND,
	                      .places = 2,
	                      .value = 2950,
	                      .target_value = 1000};
}

struct buf
words_of(const struct notice_target *t)
{
	struct buf pairs;

	buf_init(&pairs, NOTICE_BYTES_MAX);
	notice_target_words(t, &pairs);
	assert_int_equal(buf_err(&pairs), ERR_OK);
	return pairs;
}

void
assert_pair(const struct buf *pairs, const char *wanted, const char *text)
{
	struct span rest = buf_span(pairs), name, value;

	while (notice_pair_next(&rest, &name, &value)) {
		if (!span_equal(name, span_str(wanted)))
			continue;
		if (!span_equal(value, span_str(text)))
			fail_msg("%s is '%.*s'", wanted, (int)value.len,
			         (const char *)value.ptr);
		return;
	}
	if (text[0] != '\0')
		fail_msg("there is no %s", wanted);
}
