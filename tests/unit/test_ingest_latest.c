/* links: services/ingest/ingest_latest.c services/ingest/ingest_state.c common/base/kv.c common/base/kv_mem.c common/base/buf.c common/base/err.c common/base/map.c common/domain/arena.c common/domain/period.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/ingest/ingest_latest.h"
#include "services/ingest/ingest_state.h"

struct fixture {
	struct catalogue c;
	struct latest latest;
	struct kv_mem *mem;
	struct kv *kv;
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.c.n_units = LATEST_CHUNK};
	assert_int_equal(kv_mem_new(&f.mem), ERR_OK);
	f.kv = kv_mem_kv(f.mem);
	assert_int_equal(latest_resize(&f.latest, &f.c), ERR_OK);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	latest_fini(&f->latest);
	kv_mem_free(&f->mem);
	return 0;
}

static struct figure
figure_of(uint32_t unit, const char *period)
{
	struct figure f = {.unit = unit, .action = ACTION_MERGE};

	assert_int_equal(period_parse(span_str(period), &f.period), ERR_OK);
	return f;
}

static void
take(struct fixture *f, uint32_t unit, const char *period)
{
	struct figure row = figure_of(unit, period);

	latest_take(&f->latest, f->kv, &row, 1);
}

static void
restart(struct fixture *f)
{
	latest_fini(&f->latest);
	assert_int_equal(latest_resize(&f->latest, &f->c), ERR_OK);
	assert_int_equal(latest_load(&f->latest, f->kv), ERR_OK);
}

static void
is(struct fixture *f, uint32_t unit, const char *day)
{
	char text[DAY_TEXT_MAX] = "";
	struct day last = latest_of(&f->latest, unit);

	if (last.n != DAY_NONE)
		(void)day_format(last, text);
	assert_string_equal(text, day);
}

static void
the_latest_day_of_each_unit_is_kept(void **state)
{
	struct fixture *f = *state;
	struct figure rows[] = {figure_of(0, "2024-Q1"), figure_of(0, "2023"),
	                        figure_of(LATEST_CHUNK - 1, "2020/2024"),
	                        figure_of(3, "2024-02")};

	latest_take(&f->latest, f->kv, rows, 4);
	for (int again = 0; again < 2; again++) {
		is(f, 0, "2024-03-31");
		is(f, LATEST_CHUNK - 1, "2024-12-31");
		is(f, 3, "2024-02-29");
		is(f, 1, "");
		restart(f);
	}
	take(f, 0, "2024");
	restart(f);
	is(f, 0, "2024-12-31");
}

static void
a_delete_says_nothing(void **state)
{
	struct fixture *f = *state;
	struct figure row = figure_of(0, "2024");

	row.action = ACTION_DELETE;
	latest_take(&f->latest, f->kv, &row, 1);
	is(f, 0, "");
}

static void
units_come_with_catalogues(void **state)
{
	struct fixture *f = *state;

	take(f, LATEST_CHUNK - 1, "2021");
	f->c.n_units = 3 * LATEST_CHUNK + 1;
	is(f, f->c.n_units - 1, ""); /* nobody asked for room yet */
	assert_int_equal(latest_resize(&f->latest, &f->c), ERR_OK);
	take(f, LATEST_CHUNK, "2022");
	take(f, f->c.n_units - 1, "2023");
	restart(f);
	is(f, LATEST_CHUNK - 1, "2021-12-31");
	is(f, LATEST_CHUNK, "2022-12-31");
	is(f, f->c.n_units - 1, "2023-12-31");
	is(f, 2 * LATEST_CHUNK, "");
}

static void
another_length_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ingest_key key = ingest_key_number(INGEST_LATEST, 0);

	kv_put(f->kv, ingest_key_span(&key), span_str("short"));
	assert_int_equal(latest_load(&f->latest, f->kv), ERR_CORRUPT);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(the_latest_day_of_each_unit_is_kept),
	    T(a_delete_says_nothing),
	    T(units_come_with_catalogues),
	    T(another_length_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
