#include "tests/lib/cat_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
add_line(struct cat_rows *rows, const struct cat_line *line)
{
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};
	const char *at = line->text;

	for (size_t i = 0; *at != '\0'; i++) {
		size_t len = strcspn(at, "|");

		assert_true(i < cat_kinds[line->kind].n_fields);
		fields[i] = span_of(at, len);
		at += len;
		at += *at == '|';
	}
	assert_int_equal(cat_rows_add(rows, line->kind, fields, NULL), ERR_OK);
}

void
cat_lines_rows(struct cat_rows *rows, const struct cat_line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_line(rows, &lines[i]);
}

struct catalogue *
cat_lines_build(const struct cat_line *lines, size_t n)
{
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *c = NULL;
	enum err err;

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	cat_lines_rows(&rows, lines, n);
	err = catalogue_build(&c, &rows, NULL, &errors);
	if (errors.n > 0)
		print_message("%s\n", errors.list[0].text);
	assert_int_equal(err, ERR_OK);
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
	return c;
}

void
series_take(struct series *s, const struct catalogue *c, const char *target,
            const char *unit)
{
	uint32_t t = catalogue_target(c, span_str(target));

	memset(s, 0, sizeof *s);
	assert_int_not_equal(t, NUMBER_NONE);
	s->in.c = c;
	s->in.target = &c->targets[t];
	s->in.unit = catalogue_unit(c, span_str(unit));
	s->in.points = s->points;
	assert_int_not_equal(s->in.unit, NUMBER_NONE);
}

static bool
concerns(const struct verdict_input *in, uint32_t definition,
         enum point_which *which)
{
	const struct cat_definition *all = in->c->definitions;
	const struct cat_definition *own =
	    &all[in->target->versions[0].definition];
	const struct cat_definition *d = &all[definition];

	*which = POINT_OWN;
	if (d == own)
		return true;
	*which = POINT_OTHER_DEFINITION;
	if (strcmp(d->indicator, own->indicator) == 0)
		return true;
	*which = POINT_OTHER_SCOPE;
	return d->family == own->family;
}

static void
add_said(struct series *s, const struct said *said)
{
	uint32_t d = catalogue_definition(s->in.c, span_str(said->definition));
	uint8_t places = s->in.c->definitions[d].decimals;
	struct verdict_point *pt = &s->points[s->in.n];
	struct figure *f = &pt->figure;

	assert_in_range(s->in.n, 0, SERIES_MAX - 1);
	if (!concerns(&s->in, d, &pt->which))
		return;
	assert_int_equal(period_parse(span_str(said->period), &pt->period),
	                 ERR_OK);
	pt->map = NUMBER_NONE;
	pt->released = said->status == STATUS_A;
	f->definition = d;
	f->unit = s->in.unit;
	f->period = pt->period;
	f->status = (uint8_t)said->status;
	f->document = NUMBER_NONE;
	f->source = NUMBER_NONE;
	f->released.n = period_last_day(pt->period).n + 41;
	f->has = said->value != NULL ? FIGURE_VALUE : FIGURE_PARTS;
	f->numerator = said->numerator;
	f->denominator = said->denominator;
	if (said->value != NULL)
		assert_int_equal(decimal_parse(span_str(said->value), places,
		                               false, &f->value),
		                 ERR_OK);
	s->in.n++;
}

void
series_add(struct series *s, const struct said *said, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_said(s, &said[i]);
}
