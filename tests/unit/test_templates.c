/* links: services/ctl/templates.c common/formats/catalogue_csv.c common/formats/catalogue_yaml.c common/formats/catalogue_tree.c common/formats/csv.c common/domain/catalogue_rows.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_take.c common/domain/catalogue_units.c common/domain/catalogue_check.c common/domain/catalogue_indicators.c common/domain/catalogue_sources.c common/domain/catalogue_targets.c common/domain/catalogue_kinds.c common/domain/catalogue_rules.c common/domain/catalogue_lookup.c common/domain/catalogue_duty.c common/domain/verdict_names.c common/domain/arena.c common/domain/text.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/catalogue.h"
#include "common/formats/catalogue_csv.h"
#include "common/formats/catalogue_yaml.h"
#include "services/ctl/templates.h"

enum { FILE_MAX = 1 << 16 };

static void
file_read(struct cat_rows *rows, struct cat_errors *errors, enum cat_kind kind)
{
	const struct cat_kind_info *info = &cat_kinds[kind];
	struct buf text;

	buf_init(&text, FILE_MAX);
	for (uint8_t i = 0; i < info->n_fields; i++) {
		buf_put_str(&text, i > 0 ? "," : "");
		buf_put_str(&text, info->fields[i]);
	}
	buf_put_str(&text, "\n");
	buf_put_str(&text, template_example(kind, 0));
	assert_null(template_example(kind, 1));
	assert_int_equal(
	    catalogue_csv_read(info->file, buf_span(&text), kind, rows, errors),
	    ERR_OK);
	buf_fini(&text);
}

static void
programme_text(struct buf *out)
{
	buf_init(out, FILE_MAX);
	for (int i = 0; template_example(CAT_PROGRAMME, i) != NULL; i++)
		buf_put_str(out, template_example(CAT_PROGRAMME, i));
	assert_non_null(buf_cstr(out));
}

static void
all_read(struct cat_rows *rows, struct cat_errors *errors)
{
	struct buf text;

	cat_rows_init(rows);
	cat_errors_init(errors);
	for (int kind = 0; kind < CAT_KINDS; kind++)
		if (cat_kinds[kind].file != NULL)
			file_read(rows, errors, (enum cat_kind)kind);
	programme_text(&text);
	assert_int_equal(
	    catalogue_yaml_read("p.yaml", buf_span(&text), rows, errors),
	    ERR_OK);
	buf_fini(&text);
}

static void
all_templates_together_are_a_catalogue(void **state)
{
	struct catalogue *c = NULL;
	struct cat_rows rows;
	struct cat_errors errors;

	(void)state;
	all_read(&rows, &errors);
	assert_int_equal(catalogue_build(&c, &rows, NULL, &errors), ERR_OK);
	assert_int_equal(errors.total, 0);
	catalogue_free(&c);
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
}

static void
every_kind_of_target_and_every_rule_has_an_example(void **state)
{
	bool kinds[TARGET_KINDS] = {false};
	struct catalogue *c = NULL;
	struct cat_rows rows;
	struct cat_errors errors;
	uint32_t n_rules = 0;

	(void)state;
	all_read(&rows, &errors);
	assert_int_equal(catalogue_build(&c, &rows, NULL, &errors), ERR_OK);
	for (uint32_t i = 0; i < c->n_targets; i++) {
		kinds[c->targets[i].versions[0].kind] = true;
		n_rules += c->targets[i].versions[0].n_rules;
	}
	for (int i = 0; i < TARGET_KINDS; i++)
		assert_true(kinds[i]);
	assert_true(n_rules > 0);
	catalogue_free(&c);
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
}

/* The keys of a programme's file, as the reader knows them. */
static void
every_key_stands_in_the_programme(void **state)
{
	static const char *const keys[] = {
	    "programme:",    "name:",       "vi:",          "en:",
	    "period:",       "from:",       "to:",          "targets:",
	    "target:",       "text:",       "document:",    "in_force_from:",
	    "indicator:",    "units:",      "level:",       "map:",
	    "members:",      "kind:",       "at_least",     "at_most",
	    "above",         "below",       "range:",       "steps:",
	    "base:",         "base_period", "due:",         "path:",
	    "milestones:",   "margin:",     "method:",      "reference:",
	    "factor:",       "per:",        "relative_to:", "plan:",
	    "successor_of:", "alerts:",     "when:",        "severity:",
	    "audience:",     "after:",      "clear:",       "value: series",
	};
	struct buf text;

	(void)state;
	programme_text(&text);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strstr(buf_cstr(&text), keys[i]) == NULL)
			fail_msg("%s is not in the template", keys[i]);
	buf_fini(&text);
	for (int i = 0; i < 3; i++)
		assert_ptr_equal(template_example(CAT_PROGRAMME, i),
		                 template_example(CAT_RULE, i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_templates_together_are_a_catalogue),
	    cmocka_unit_test(
	        every_kind_of_target_and_every_rule_has_an_example),
	    cmocka_unit_test(every_key_stands_in_the_programme),
	};

	return cmocka_run_group_tests_name("templates", tests, NULL, NULL);
}
