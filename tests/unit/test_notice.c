/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/alert_fold.c common/domain/explain.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_change.c common/domain/explain_texts.c common/domain/alert_record.c common/domain/notice.c common/domain/notice_words.c tests/lib/cat_lines.c tests/lib/notice_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/notice.h"
#include "common/domain/record.h"
#include "tests/lib/cat_lines.h"
#include "tests/lib/notice_case.h"
#include "tests/lib/random.h"
#include "tests/lib/record_samples.h"

static const struct cat_line lines[] = {
    {CAT_UNIT, "land||Land|||nation"},
    {CAT_UNIT, "c1|11|Xã Một|||commune"},
    {CAT_UNIT, "c2|12|C2|||commune"},
    {CAT_MAP, "old|Old||land|territory"},
    {CAT_MEMBER, "old|c1|land"},
    {CAT_MEMBER, "old|c2|land"},
    {CAT_INDICATOR, "pov|a|Hộ nghèo|Poor households|%|2|100|down|||||||ratio|"
                    "last||A"},
    {CAT_SOURCE, "office|Office|||*|A|A|1|yes"},
    {CAT_DOCUMENT, "plan||2016"},
    {CAT_PROGRAMME, "prog|Chương trình|The programme|2016|2025"},
    {CAT_TARGET, "prog|fall|giảm còn 10%|plan|2016|pov@a|c1 c2||||level|10.00||"
                 "at_most||2015|30.00||2025|line"},
    {CAT_RULE, "prog|fall|2016|behind|warning|programme|1|1"},
};

static int
setup(void **state)
{
	*state = cat_lines_build(lines, sizeof(lines) / sizeof(lines[0]));
	return *state == NULL;
}

static int
teardown(void **state)
{
	struct catalogue *c = *state;

	catalogue_free(&c);
	return 0;
}

/* --- pairs ---------------------------------------------------------------------- */

static void
pairs_come_out_as_they_went_in(void **state)
{
	struct buf b;
	struct span rest, name, value;

	(void)state;
	buf_init(&b, 1000);
	notice_labels_put(&b, span_str("a=1\nb=x=y\nno\nc=\nd=last"));
	same_bytes(&b, "0161013101620378"
	               "3d7901630001640"
	               "46c617374");
	rest = buf_span(&b);
	assert_true(notice_pair_next(&rest, &name, &value));
	assert_true(notice_pair_next(&rest, &name, &value));
	assert_true(span_equal(name, span_str("b")));
	assert_true(span_equal(value, span_str("x=y")));
	assert_true(notice_pair_next(&rest, &name, &value));
	assert_int_equal(value.len, 0);
	assert_true(notice_pair_next(&rest, &name, &value));
	assert_false(notice_pair_next(&rest, &name, &value));
	assert_int_equal(rest.len, 0);
	rest = span_of(b.ptr, b.len - 1);
	for (int i = 0; i < 3; i++)
		assert_true(notice_pair_next(&rest, &name, &value));
	assert_false(notice_pair_next(&rest, &name, &value));
	buf_fini(&b);
}

static void
a_fingerprint_is_that_of_the_lines(void **state)
{
	static const char text[] = "alertname=X\nunit=c1\n";
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	notice_labels_put(&b, span_str(text));
	assert_true(notice_fingerprint(buf_span(&b)) ==
	            hash_bytes(span_str(text), 0));
	buf_fini(&b);
}

/* --- bytes ------------------------------------------------------------------------ */

static struct notice
sample(struct buf *labels, struct buf *words)
{
	buf_init(labels, 1000);
	buf_init(words, 1000);
	notice_labels_put(labels, span_str("alertname=X\nunit=c1\n"));
	notice_labels_put(words, span_str("summary=bad\n"));
	return (struct notice){.firing = true,
	                       .fingerprint = UINT64_C(0x0102030405060708),
	                       .commit = 300,
	                       .starts_ms = 1000,
	                       .ends_ms = 0,
	                       .labels = buf_span(labels),
	                       .annotations = buf_span(words)};
}

static void
a_notice_reads_as_it_was_written(void **state)
{
	struct buf labels, words, out;
	struct notice n = sample(&labels, &words), read;
	struct span rest;

	(void)state;
	buf_init(&out, NOTICE_BYTES_MAX);
	notice_write(&out, &n);
	same_bytes(&out, "010102030405060708ac02d00f0014"
	                 "09616c6572746e616d65015804756e6974026331"
	                 "0c0773756d6d61727903626164");
	n.firing = false;
	n.ends_ms = -5;
	notice_write(&out, &n);
	rest = buf_span(&out);
	assert_int_equal(notice_read(&rest, &read), ERR_OK);
	assert_true(read.firing);
	assert_false(notice_same(&read, &n));
	assert_int_equal(notice_read(&rest, &read), ERR_OK);
	assert_int_equal(rest.len, 0);
	assert_int_equal(read.commit, 300);
	assert_int_equal(read.starts_ms, 1000);
	assert_int_equal(read.ends_ms, -5);
	assert_true(read.fingerprint == n.fingerprint);
	assert_true(notice_same(&read, &n));
	read.commit++;
	read.starts_ms++;
	assert_true(notice_same(&read, &n));
	read.annotations.len--;
	assert_false(notice_same(&read, &n));
	buf_fini(&labels);
	buf_fini(&words);
	buf_fini(&out);
}

static void
damage_is_told_and_harms_nobody(void **state)
{
	struct buf labels, words, out;
	struct notice n = sample(&labels, &words), read;
	uint64_t seed = 77;
	struct span cut;

	(void)state;
	buf_init(&out, NOTICE_BYTES_MAX);
	notice_write(&out, &n);
	for (size_t len = 0; len < out.len; len++) {
		cut = span_of(out.ptr, len);
		assert_int_equal(notice_read(&cut, &read), ERR_CORRUPT);
		assert_int_equal(cut.len, len);
	}
	for (int i = 0; i < 20000; i++) {
		struct span rest = buf_span(&out);
		size_t at = (size_t)below(&seed, out.len);
		uint8_t was = out.ptr[at];

		out.ptr[at] = (uint8_t)below(&seed, 256);
		if (notice_read(&rest, &read) == ERR_OK)
			assert_true(read.labels.len + read.annotations.len <=
			            out.len);
		out.ptr[at] = was;
	}
	out.ptr[0] = 2;
	cut = buf_span(&out);
	assert_int_equal(notice_read(&cut, &read), ERR_CORRUPT);
	buf_fini(&labels);
	buf_fini(&words);
	buf_fini(&out);
}

static void
a_notice_has_its_bound(void **state)
{
	struct buf words, out;
	struct notice n = {.commit = 1}, read;
	size_t room;

	(void)state;
	buf_init(&words, NOTICE_BYTES_MAX * 2);
	buf_init(&out, NOTICE_BYTES_MAX * 2);
	notice_write(&out, &n);
	room = NOTICE_BYTES_MAX - out.len - 1; /* a length of two bytes */
	for (size_t more = 0; more < 2; more++) {
		struct span rest;

		buf_reset(&words);
		buf_put_str(&words, "\001x");
		buf_put_uvarint(&words, room - 4 + more);
		while (words.len < room + more)
			buf_put_u8(&words, 'y');
		n.annotations = buf_span(&words);
		buf_reset(&out);
		notice_write(&out, &n);
		assert_int_equal(out.len, NOTICE_BYTES_MAX + more);
		rest = buf_span(&out);
		assert_int_equal(notice_read(&rest, &read),
		                 more ? ERR_CORRUPT : ERR_OK);
	}
	buf_fini(&words);
	buf_fini(&out);
}

/* --- words of a target ------------------------------------------------------------ */

static void
a_firing_says_what_is_asked_and_what_there_is(void **state)
{
	struct alert a = firing();
	struct figure f = {.source = 0, .document = 0};
	struct notice_target t = {*state, &a, &f, NOTICE_WHY_ALERT};
	struct buf pairs = words_of(&t);

	assert_pair(&pairs, "verdict", "behind");
	assert_pair(&pairs, "value", "29.50");
	assert_pair(&pairs, "target", "10.00");
	assert_pair(&pairs, "period", "2019");
	assert_pair(&pairs, "reason", "");
	assert_pair(&pairs, "description",
	            "Target: \"giảm còn 10%\"; due 2025. Document: plan. "
	            "Figure: 29.50 % for 2019, said by Office (plan).");
	assert_pair(&pairs, "description_vi",
	            "Chỉ tiêu: \"giảm còn 10%\"; đến hạn 2025. Văn bản: plan. "
	            "Số liệu: 29,50 % cho kỳ 2019, nguồn Office (plan).");
	buf_fini(&pairs);
	a.rolled = true;
	pairs = words_of(&t);
	assert_pair(&pairs, "description",
	            "Target: \"giảm còn 10%\"; due 2025. Document: plan. "
	            "Figure: 29.50 % for 2019, rolled up.");
	buf_fini(&pairs);
}

static void
a_summary_is_that_of_alerts(void **state)
{
	struct alert a = firing();
	struct notice_target t = {*state, &a, NULL, NOTICE_WHY_ALERT};
	const char *const names[LANGS] = {
	    [LANG_VI] = "summary_vi", [LANG_EN] = "summary"};
	struct buf pairs = words_of(&t), summary;

	buf_init(&summary, 4096);
	for (int l = 0; l < LANGS; l++) {
		buf_reset(&summary);
		alert_summary_write(*state, &a, (enum lang)l, &summary);
		assert_pair(&pairs, names[l], buf_cstr(&summary));
	}
	buf_fini(&summary);
	buf_fini(&pairs);
}

static void
a_resolve_says_its_reason_first(void **state)
{
	static const struct {
		enum alert_reason reason;
		enum notice_why why;
		const char *name, *begins;
	} rows[] = {
	    {ALERT_RECOVERED, NOTICE_WHY_ALERT, "recovered", "recovered; "},
	    {ALERT_CLOSED, NOTICE_WHY_ALERT, "closed", "closed"},
	    {ALERT_REASON_NONE, NOTICE_PROGRAMME_DISABLED, "programme_disabled",
	     "programme disabled; "},
	    {ALERT_REASON_NONE, NOTICE_LABELS_CHANGED, "labels_changed",
	     "labels changed; "},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct alert a = firing();
		struct notice_target t = {*state, &a, NULL, rows[i].why};
		struct span rest, name, value;
		struct buf pairs;

		a.reason = rows[i].reason;
		pairs = words_of(&t);
		assert_pair(&pairs, "reason", rows[i].name);
		rest = buf_span(&pairs);
		while (notice_pair_next(&rest, &name, &value) &&
		       !span_equal(name, span_str("summary"))) {
		}
		assert_memory_equal(value.ptr, rows[i].begins,
		                    strlen(rows[i].begins));
		assert_string_equal(
		    notice_why_name(rows[i].why),
		    rows[i].why == NOTICE_WHY_ALERT ? "" : rows[i].name);
		buf_fini(&pairs);
	}
}

static void
without_a_figure_there_are_no_numbers(void **state)
{
	struct alert a = firing();
	struct notice_target t = {*state, &a, NULL, NOTICE_WHY_ALERT};
	struct buf pairs;

	a.period.code = 0;
	a.reason = ALERT_SOURCE_WITHDREW;
	pairs = words_of(&t);
	assert_pair(&pairs, "verdict", "");
	assert_pair(&pairs, "value", "");
	assert_pair(&pairs, "period", "");
	assert_pair(&pairs, "reason", "source_withdrew");
	assert_pair(&pairs, "description",
	            "Target: \"giảm còn 10%\"; due 2025. Document: plan.");
	buf_fini(&pairs);
}

/* Somebody wrote a book into the catalogue: cut, between two letters, and it shows. */
static void
long_words_are_cut_between_letters(void **state)
{
	struct catalogue *c = *state;
	struct cat_target_version *v;
	struct alert a = firing();
	struct notice_target t = {c, &a, NULL, NOTICE_WHY_ALERT};
	struct span rest, name, value;
	struct buf pairs;
	char text[4001];

	memcpy(&v, &c->targets[0].versions, sizeof(void *));
	for (int shift = 0; shift < 3; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = (size_t)shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "ệ", 3);
		text[sizeof(text) - 1] = '\0';
		v->text = text;
		pairs = words_of(&t);
		rest = buf_span(&pairs);
		while (notice_pair_next(&rest, &name, &value) &&
		       !span_equal(name, span_str("description"))) {
		}
		assert_in_range(value.len, 2046, 2048);
		assert_memory_equal(value.ptr + value.len - 6, "ệ…", 6);
		buf_fini(&pairs);
	}
}

/* --- groups ------------------------------------------------------------------------- */

static struct notice_group
group_of(enum notice_group_kind kind, uint32_t n)
{
	struct notice_group g = {.programme = 0,
	                         .kind = kind,
	                         .family = 0,
	                         .firing = n > 0,
	                         .commit = 9,
	                         .n_units = n};

	while (g.n_named < n && g.n_named < NOTICE_UNITS_MAX) {
		g.units[g.n_named] = 1 + g.n_named;
		g.n_named++;
	}
	return g;
}

static void
a_group_has_the_labels_of_its_kind(void **state)
{
	struct notice_group g = group_of(NOTICE_GROUP_LATE, 1);
	struct buf b, wanted;

	buf_init(&b, 1000);
	buf_init(&wanted, 1000);
	notice_labels_put(&wanted,
	                  span_str("alertname=TiendoFigureLate\naudience=data\n"
	                           "indicator=pov\nprogramme=prog\n"
	                           "severity=warning\n"));
	notice_group_labels(*state, &g, false, &b);
	assert_true(span_equal(buf_span(&b), buf_span(&wanted)));
	buf_reset(&b);
	buf_reset(&wanted);
	g.kind = NOTICE_GROUP_QUALITY;
	notice_labels_put(
	    &wanted, span_str("alertname=TiendoDataQuality\naudience=data\n"
	                      "demo=true\nindicator=pov\nprogramme=prog\n"
	                      "severity=warning\n"));
	notice_group_labels(*state, &g, true, &b);
	assert_true(span_equal(buf_span(&b), buf_span(&wanted)));
	buf_fini(&b);
	buf_fini(&wanted);
}

static void
a_group_says_how_many_and_who(void **state)
{
	struct notice_group g = group_of(NOTICE_GROUP_LATE, 2);
	struct buf pairs;

	buf_init(&pairs, NOTICE_BYTES_MAX);
	notice_group_words(*state, &g, NOTICE_WHY_ALERT, &pairs);
	assert_pair(&pairs, "summary",
	            "Late figures: Poor households, The programme; units: 2");
	assert_pair(&pairs, "summary_vi",
	            "Số liệu chậm: Hộ nghèo, Chương trình; số đơn vị: 2");
	assert_pair(&pairs, "description",
	            "Figures are owed and have not come in time. Units: "
	            "Xã Một, C2.");
	assert_pair(&pairs, "description_vi",
	            "Đã quá hạn mà chưa có số liệu. Đơn vị: Xã Một, C2.");
	assert_pair(&pairs, "reason", "");
	buf_reset(&pairs);
	g.n_units = 35; /* as if the others had no names */
	g.kind = NOTICE_GROUP_QUALITY;
	notice_group_words(*state, &g, NOTICE_PROGRAMME_DISABLED, &pairs);
	assert_pair(&pairs, "summary",
	            "programme disabled; Doubtful figures: Poor households, "
	            "The programme; units: 35");
	assert_pair(&pairs, "description",
	            "The reported and the rolled-up figure give different "
	            "verdicts, or a value is not the quotient of its parts. "
	            "Units: Xã Một, C2 and 33 more.");
	assert_pair(&pairs, "reason", "programme_disabled");
	buf_reset(&pairs);
	g = group_of(NOTICE_GROUP_LATE, 0);
	notice_group_words(*state, &g, NOTICE_WHY_ALERT, &pairs);
	assert_pair(&pairs, "reason", "recovered");
	assert_pair(&pairs, "summary",
	            "recovered; no figure is late any more: Poor households, "
	            "The programme");
	assert_pair(&pairs, "description", "");
	buf_fini(&pairs);
}

static void
assert_group_reads(const struct notice_group *g)
{
	struct notice_group read;
	struct buf b;

	buf_init(&b, NOTICE_GROUP_RECORD_MAX);
	notice_group_write(&b, g);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_int_equal(record_type(buf_span(&b)), RECORD_GROUP);
	assert_int_equal(notice_group_read(buf_span(&b), &read), ERR_OK);
	assert_memory_equal(&read, g, sizeof(read));
	buf_fini(&b);
}

static void
a_group_is_journaled_with_its_first_units(void **state)
{
	struct notice_group g = group_of(NOTICE_GROUP_QUALITY, 2);
	struct buf b;

	(void)state;
	buf_init(&b, NOTICE_GROUP_RECORD_MAX);
	g.programme = 3;
	g.family = 300;
	notice_group_write(&b, &g);
	same_bytes(&b, "0e010301ac0201090202"
	               "0102");
	assert_group_reads(&g);
	g = group_of(NOTICE_GROUP_LATE, 0);
	assert_group_reads(&g);
	g = group_of(NOTICE_GROUP_LATE, NOTICE_UNITS_MAX);
	assert_group_reads(&g);
	g = group_of(NOTICE_GROUP_LATE, NOTICE_UNITS_MAX + 1);
	assert_int_equal(g.n_named, NOTICE_UNITS_MAX);
	g.programme = g.family = NUMBER_NONE - 1;
	g.commit = UINT64_MAX;
	g.n_units = UINT32_MAX;
	for (uint32_t i = 0; i < g.n_named; i++)
		g.units[i] = NUMBER_NONE - 1 - NOTICE_UNITS_MAX + i;
	assert_group_reads(&g);
	buf_fini(&b);
}

static void
a_group_that_cannot_be_is_refused(void **state)
{
	struct notice_group g = group_of(NOTICE_GROUP_LATE, 2), read;
	struct buf b;
	uint64_t seed = 5;

	(void)state;
	buf_init(&b, 1000);
	g.units[1] = g.units[0]; /* twice the same */
	notice_group_write(&b, &g);
	assert_int_equal(notice_group_read(buf_span(&b), &read),
	                 ERR_BAD_MESSAGE);
	buf_reset(&b);
	g = group_of(NOTICE_GROUP_LATE, 2);
	g.firing = false;
	notice_group_write(&b, &g);
	assert_int_equal(notice_group_read(buf_span(&b), &read),
	                 ERR_BAD_MESSAGE);
	buf_reset(&b);
	g = group_of(NOTICE_GROUP_LATE, NOTICE_UNITS_MAX + 1);
	g.n_named--;
	notice_group_write(&b, &g);
	assert_int_equal(notice_group_read(buf_span(&b), &read),
	                 ERR_BAD_MESSAGE);
	buf_reset(&b);
	g = group_of(NOTICE_GROUP_LATE, 5);
	notice_group_write(&b, &g);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(
		    notice_group_read(span_of(b.ptr, len), &read), ERR_OK);
	for (int i = 0; i < 20000; i++) {
		size_t at = (size_t)below(&seed, b.len);
		uint8_t was = b.ptr[at];

		b.ptr[at] = (uint8_t)below(&seed, 256);
		if (notice_group_read(buf_span(&b), &read) == ERR_OK)
			assert_in_range(read.n_named, 0, NOTICE_UNITS_MAX);
		b.ptr[at] = was;
	}
	buf_fini(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(pairs_come_out_as_they_went_in),
	    T(a_fingerprint_is_that_of_the_lines),
	    T(a_notice_reads_as_it_was_written),
	    T(damage_is_told_and_harms_nobody),
	    T(a_notice_has_its_bound),
	    T(a_firing_says_what_is_asked_and_what_there_is),
	    T(a_summary_is_that_of_alerts),
	    T(a_resolve_says_its_reason_first),
	    T(without_a_figure_there_are_no_numbers),
	    T(long_words_are_cut_between_letters),
	    T(a_group_has_the_labels_of_its_kind),
	    T(a_group_says_how_many_and_who),
	    T(a_group_is_journaled_with_its_first_units),
	    T(a_group_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
