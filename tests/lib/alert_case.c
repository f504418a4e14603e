#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/alert_case.h"

const char alert_case_fall[] = "prog|fall|fall|plan|2016|pov@a|c1 c2 west||||"
                               "level|10.00||at_most||2015|30.00||2025|line";
const char alert_case_build[] = "prog|build|build|plan|2016|road|c1||||level|"
                                "5.0||at_least|||||2020";
const char alert_case_build_2019[] = "prog|build|more|book|2019|road|c1 c3||||"
                                     "level|9.0||at_least|||||2024";
const char alert_case_rule[] =
    "prog|fall|2016|behind reversing missed|warning|programme|1|1";

static const struct cat_line programmes[] = {
    {CAT_PROGRAMME, "prog|P|P|2016|2025"},
    {CAT_PROGRAMME, "other|O|O|2016|2025"},
    {CAT_TARGET, alert_case_fall},
    {CAT_TARGET, alert_case_build},
    {CAT_TARGET, alert_case_build_2019},
    {CAT_TARGET, "other|fall|fall|plan|2017|pov@b|c3||||level|20.00||at_most||"
                 "2016|30.00||2020|line"},
    {CAT_RULE, alert_case_rule},
    {CAT_RULE, "prog|fall|2016|at-risk|info|data|2|1"},
};

int
alert_case_setup(void **state)
{
	struct alert_case *k = calloc(1, sizeof(*k));
	size_t n = sizeof(programmes) / sizeof(programmes[0]);
	void *up = NULL;

	assert_non_null(k);
	memcpy(k->lines, fold_country, fold_country_n * sizeof(*k->lines));
	memcpy(k->lines + fold_country_n, programmes, sizeof(programmes));
	k->n_lines = fold_country_n + n;
	assert_int_equal(agg_case_setup(&up), 0);
	k->up = up;
	alert_init(&k->a, false);
	fold_node_open(&k->node, &alert_turn_ops, &k->a);
	assert_int_equal(fold_node_step(&k->node, &k->up->node.out.records),
	                 ERR_OK);
	fold_tick(&k->up->in, "2019-06-01");
	alert_case_apply(k);
	*state = k;
	return 0;
}

int
alert_case_teardown(void **state)
{
	struct alert_case *k = *state;
	void *up = k->up;

	fold_node_close(&k->node);
	alert_fini(&k->a);
	agg_case_teardown(&up);
	free(k);
	return 0;
}

void
alert_case_line(struct alert_case *k, const char *from, const char *to)
{
	size_t i = 0;

	while (i < k->n_lines && strcmp(k->lines[i].text, from) != 0)
		i++;
	assert_in_range(i, 0, k->n_lines - 1);
	if (to != NULL) {
		k->lines[i].text = to;
		return;
	}
	k->n_lines--;
	memmove(&k->lines[i], &k->lines[i + 1],
	        (k->n_lines - i) * sizeof(*k->lines));
}

void
alert_case_add(struct alert_case *k, enum cat_kind kind, const char *text)
{
	assert_in_range(k->n_lines, 0, ALERT_LINES_MAX - 1);
	k->lines[k->n_lines++] = (struct cat_line){kind, text};
}

void
alert_case_apply(struct alert_case *k)
{
	fold_catalogue(&k->up->in, k->lines, k->n_lines);
	alert_case_step(k);
}

void
alert_case_step(struct alert_case *k)
{
	agg_case_step(k->up);
	assert_int_equal(fold_node_step(&k->node, &k->up->node.out.records),
	                 ERR_OK);
}

void
alert_case_tick(struct alert_case *k, const char *date)
{
	fold_tick(&k->up->in, date);
	alert_case_step(k);
}

struct figure *
alert_case_value(struct alert_case *k, const char *definition, const char *unit,
                 const char *period, int64_t mantissa)
{
	struct figure *f =
	    fold_value(&k->up->in, definition, unit, period, mantissa);

	alert_case_step(k);
	return f;
}

void
alert_case_complete(struct alert_case *k, const char *definition,
                    const char *unit, const char *period)
{
	struct fold_input *in = &k->up->in;
	struct completion done = {.definition = fold_definition(in, definition),
	                          .unit = fold_unit(in, unit),
	                          .period = fold_period(period)};

	completion_write(&in->open->bytes, &done);
	record_list_close_record(in->open);
	alert_case_step(k);
}

void
alert_case_note(struct alert_case *k, const char *target, const char *unit,
                const char *text)
{
	struct fold_input *in = &k->up->in;
	struct note note = {.target = fold_target(in, target),
	                    .unit = fold_unit(in, unit),
	                    .document = 0,
	                    .text = span_str(text)};

	note_write(&in->open->bytes, &note);
	record_list_close_record(in->open);
	alert_case_step(k);
}

void
alert_case_enable(struct alert_case *k, const char *programme, bool enabled)
{
	struct fold_input *in = &k->up->in;
	struct programme_switch p = {
	    catalogue_programme(in->catalogue, span_str(programme)), enabled};

	programme_write(&in->open->bytes, &p);
	record_list_close_record(in->open);
	alert_case_step(k);
}

unsigned
alert_case_count(const struct alert_case *k, enum record_type type)
{
	struct span record;
	unsigned n = 0;

	while (fold_node_record(&k->node, type, n, &record))
		n++;
	return n;
}

struct verdict
alert_case_verdict(const struct alert_case *k, unsigned i, bool *gone)
{
	struct span record;
	struct verdict v;

	assert_true(fold_node_record(&k->node, RECORD_VERDICT, i, &record));
	assert_int_equal(verdict_record_read(record, &v, gone), ERR_OK);
	return v;
}

struct alert
alert_case_alert(const struct alert_case *k, unsigned i)
{
	struct span record;
	struct alert a;

	assert_true(fold_node_record(&k->node, RECORD_ALERT, i, &record));
	assert_int_equal(alert_record_read(record, &a), ERR_OK);
	return a;
}

bool
alert_case_judge(struct alert_case *k, const char *target, const char *unit,
                 const char *asked, struct verdict *v)
{
	uint32_t number = fold_unit(&k->up->in, unit);
	struct verdict_input in;
	uint32_t from, to;

	alert_bindings_of(&k->a, fold_target(&k->up->in, target), &from, &to);
	for (uint32_t i = from; i < to; i++) {
		if (k->a.bindings[i].unit != number)
			continue;
		assert_int_equal(alert_input(&k->a, fold_node_state(&k->node),
		                             &k->a.bindings[i], &in),
		                 ERR_OK);
		if (asked != NULL)
			in.asked = fold_period(asked);
		return verdict_judge(&in, v);
	}
	return false;
}
