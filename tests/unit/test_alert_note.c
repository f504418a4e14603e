/* links: services/alert/alert_note.c services/alert/alert_state.c proto/cursor.c proto/kind.c proto/list.c proto/schema.c proto/scan.c proto/codec.c common/domain/record_rollups.c common/domain/record_fields.c common/domain/period.c common/domain/decimal.c common/domain/record.c common/domain/record_rows.c common/domain/figure.c common/domain/text.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/alert/alert_note.h"

static void
prints(const char *text, bool document, size_t most, const char *want)
{
	struct cat_document documents[] = {{.id = "report"}};
	const struct catalogue c = {.documents = documents, .n_documents = 1};
	const struct note note = {.text = span_str(text),
	                          .document = document ? 0 : NUMBER_NONE};
	struct buf out;

	buf_init(&out, 1024);
	alert_note_print(&c, &note, most, &out);
	assert_string_equal(buf_cstr(&out), want);
	buf_fini(&out);
}

static void
a_note_is_told_with_its_document(void **state)
{
	(void)state;
	prints("flood", true, SIZE_MAX, "flood (report)");
	prints("flood", false, SIZE_MAX, "flood");
}

static void
a_long_note_is_cut_before_its_document(void **state)
{
	(void)state;
	prints("a great flood", true, 22, "a great flood (report)");
	prints("a great flood", true, 21, "a great f... (report)");
	prints("a great flood", false, 13, "a great flood");
	prints("a great flood", false, 12, "a great f...");
}

static void
a_note_is_cut_between_characters(void **state)
{
	(void)state;
	prints("mưa lũ", false, 8, "mưa lũ");
	prints("mưa lũ", false, 7, "mưa...");
	prints("lũ lụt", false, 5, "l...");
	prints("lũ lụt", false, 6, "lũ...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_note_is_told_with_its_document),
	    cmocka_unit_test(a_long_note_is_cut_before_its_document),
	    cmocka_unit_test(a_note_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("alert_note", tests, NULL, NULL);
}
