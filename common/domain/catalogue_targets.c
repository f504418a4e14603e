#include "common/domain/catalogue_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Programmes and the versions of their targets; what a kind demands of its
 * numbers is in catalogue_kinds.c.
 */

enum {
	MILESTONES_MAX = 200,
};

static const char *const members_words[] = {"base", "current"};
/* Those of method.h that judge; the others only compare. */
static const char *const methods[] = {"path", "eurostat", "opensdg"};
static const char *const yes_no[] = {"no", "yes"};
static const char *const steps_words[] = {"mean", "each"};
static const char *const paths[] = {"default", "line", "steps", "milestones",
                                    "none"};
_Static_assert(sizeof(paths) / sizeof(paths[0]) == PATHS, "a word lacks");

static void
make_programme(struct build *b, uint32_t row)
{
	struct spot at = SPOT(row, PROGRAMME_ID);
	uint32_t number = row_number(b, row);
	struct cat_programme *p;

	if (number == NUMBER_NONE ||
	    !declared_once(b, at, REGISTRY_PROGRAMME, number))
		return;
	p = &b->c->programmes[number];
	p->declared = true;
	p->name_vi = take_text(b, SPOT(row, PROGRAMME_NAME_VI), true);
	p->name_en = take_text(b, SPOT(row, PROGRAMME_NAME_EN), false);
	if (take_period(b, SPOT(row, PROGRAMME_FROM), true, &p->from) &&
	    take_period(b, SPOT(row, PROGRAMME_TO), true, &p->to) &&
	    period_compare(p->from, p->to) > 0)
		build_error(b, SPOT(row, PROGRAMME_TO), ERR_BAD_PERIOD,
		            "the programme ends before it begins");
}

void
make_programmes(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_PROGRAMME];
	struct catalogue *c = b->c;

	c->n_programmes = b->n_ids[REGISTRY_PROGRAMME];
	c->programmes = make_array(b, c->n_programmes, sizeof(*c->programmes));
	if (!c->programmes)
		return;
	for (uint32_t i = 0; i < c->n_programmes; i++)
		c->programmes[i].id = make_id(b, REGISTRY_PROGRAMME, i);
	for (uint32_t i = 0; i < list->n; i++)
		make_programme(b, list->rows[i]);
}

static int
number_order(const void *left, const void *right)
{
	const uint32_t *a = left;
	const uint32_t *b = right;

	return (*a > *b) - (*a < *b);
}

static uint32_t
words_count(const char *text)
{
	uint32_t n = 0;

	while (next_word(&text).len > 0)
		n++;
	return n;
}

struct units {
	const uint32_t *list; /* ascending */
	uint32_t n;
};

static struct units
take_units(struct build *b, struct spot at)
{
	const char *next = take_raw(b, at);
	uint32_t max = words_count(next);
	uint32_t *units = make_array(b, max, sizeof(*units));
	uint32_t n = 0;

	for (uint32_t i = 0; units && i < max; i++) {
		uint32_t unit = ref_of(b, at, REGISTRY_UNIT, next_word(&next));

		if (unit != NUMBER_NONE)
			units[n++] = unit;
	}
	if (!units)
		return (struct units){0};
	qsort(units, n, sizeof(*units), number_order);
	for (uint32_t i = 1; i < n; i++)
		if (units[i] == units[i - 1])
			build_error(b, at, ERR_DUPLICATE_ID,
			            "unit %s stands twice",
			            b->c->units[units[i]].id);
	return (struct units){units, n};
}

static void
take_level(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot at = SPOT(row, TARGET_BY_LEVEL);

	v->level = take_text(b, at, false);
	if (map_get(&b->levels, span_str(v->level)) == MAP_NONE)
		build_error(b, at, ERR_UNKNOWN_REFERENCE,
		            "no unit has level %.40s", v->level);
	v->map = take_ref(b, SPOT(row, TARGET_MAP), REGISTRY_MAP, true);
	v->members_current = take_word(b, SPOT(row, TARGET_MEMBERS),
	                               WORDS(members_words), 0) == 1;
}

/* T1: units by name, or a level of a map. */
static void
take_bound(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot units = SPOT(row, TARGET_UNITS);
	struct spot level = SPOT(row, TARGET_BY_LEVEL);
	struct units bound;

	v->map = NUMBER_NONE;
	if (take_given(b, units) == take_given(b, level)) {
		build_error(b, units, ERR_MISSING_FIELD,
		            "units or level is mandatory, and not both");
		return;
	}
	if (take_given(b, level)) {
		take_level(b, row, v);
		return;
	}
	bound = take_units(b, units);
	v->units = bound.list;
	v->n_units = bound.n;
	for (unsigned f = TARGET_MAP; f <= TARGET_MEMBERS; f++)
		if (take_given(b, SPOT(row, f)))
			build_error(b, SPOT(row, f), ERR_BAD_VALUE,
			            "map and members belong to a level");
}

/* A period of the definition's frequency. */
static bool
take_target_period(struct build *b, struct spot at,
                   const struct cat_target_version *v, struct period *period)
{
	enum frequency f = b->c->definitions[v->definition].frequency;

	if (!take_period(b, at, false, period))
		return false;
	if (period_frequency(*period) == f)
		return true;
	build_error(b, at, ERR_BAD_FREQUENCY,
	            "%s is not a period of the frequency of %s",
	            take_raw(b, at), b->c->definitions[v->definition].id);
	return false;
}

/* `due: 2020` of a quarterly indicator is its last quarter. */
static bool
take_due(struct build *b, struct spot at, struct cat_target_version *v)
{
	enum frequency f = target_frequency(b->c, v);

	if (!take_period(b, at, false, &v->due))
		return false;
	if (period_frequency(v->due) == f ||
	    (f != FREQ_SPAN && period_frequency(v->due) < f))
		return true;
	build_error(b, at, ERR_BAD_FREQUENCY,
	            "%s is not a period of the frequency of %s%s",
	            take_raw(b, at), b->c->definitions[v->definition].id,
	            v->kind == TARGET_COUNT ? ", or not a year" : "");
	return false;
}

static void
take_periods(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot due = SPOT(row, TARGET_DUE);

	if (!take_given(b, due))
		build_error(b, due, ERR_MISSING_FIELD, "due is mandatory");
	if (take_due(b, due, v) && v->in_force_from.code != 0 &&
	    period_last_day(v->due).n < period_first_day(v->in_force_from).n)
		build_error(b, due, ERR_BAD_PERIOD,
		            "due %s lies before in_force_from %s",
		            take_raw(b, due),
		            take_raw(b, SPOT(row, TARGET_IN_FORCE)));
}

/* A number of the document, frozen, or what the series says (T2). */
static void
take_base(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot period = SPOT(row, TARGET_BASE_PERIOD);
	struct spot value = SPOT(row, TARGET_BASE_VALUE);
	uint8_t decimals = b->c->definitions[v->definition].decimals;

	v->base_document = take_ref(b, SPOT(row, TARGET_BASE_DOCUMENT),
	                            REGISTRY_DOCUMENT, false);
	if (take_given(b, period) != take_given(b, value)) {
		build_error(b, take_given(b, period) ? value : period,
		            ERR_MISSING_FIELD,
		            "a base has a period and a value");
		return;
	}
	if (!take_given(b, value))
		return;
	v->base_series = strcmp(take_raw(b, value), "series") == 0;
	if (!v->base_series)
		v->has_base = take_decimal(b, value, decimals, &v->base_value);
	if (take_target_period(b, period, v, &v->base_period) &&
	    v->due.code != 0 &&
	    period_last_day(v->base_period).n >= period_last_day(v->due).n)
		build_error(b, period, ERR_BAD_PERIOD,
		            "base %s does not lie before due %s",
		            take_raw(b, period),
		            take_raw(b, SPOT(row, TARGET_DUE)));
}

/* "2018=12.00" */
static bool
take_milestone(struct build *b, struct spot at,
               const struct cat_target_version *v, struct span word,
               struct cat_milestone *out)
{
	const struct cat_definition *d = &b->c->definitions[v->definition];
	const uint8_t *sign = memchr(word.ptr, '=', word.len);
	struct span period = word;
	struct span value = {0};

	if (sign) {
		period.len = (size_t)(sign - word.ptr);
		value = span_of(sign + 1, word.len - period.len - 1);
	}
	if (sign && period_parse(period, &out->period) == ERR_OK &&
	    period_frequency(out->period) == target_frequency(b->c, v) &&
	    decimal_parse(value, d->decimals, false, &out->value) == ERR_OK)
		return true;
	build_error(
	    b, at, ERR_BAD_VALUE,
	    "%.*s: a period in which %s is judged and a number of %u decimals "
	    "are expected",
	    word.len > 40 ? 40 : (int)word.len, (const char *)word.ptr, d->id,
	    (unsigned)d->decimals);
	return false;
}

static int
milestone_order(const void *left, const void *right)
{
	const struct cat_milestone *a = left;
	const struct cat_milestone *b = right;

	return period_compare(a->period, b->period);
}

static void
doubles_check(struct build *b, struct spot at, struct numbers numbers)
{
	for (uint32_t i = 1; i < numbers.n; i++)
		if (numbers.list[i].period.code ==
		    numbers.list[i - 1].period.code)
			build_error(b, at, ERR_DUPLICATE_ID,
			            "a period has two numbers");
}

struct numbers
take_by_period(struct build *b, struct spot at,
               const struct cat_target_version *v)
{
	const char *next = take_raw(b, at);
	uint32_t n = words_count(next);
	struct numbers numbers = {0};
	struct cat_milestone *list;

	if (n > MILESTONES_MAX) {
		build_error(b, at, ERR_TOO_LARGE, "more than %d numbers",
		            MILESTONES_MAX);
		return numbers;
	}
	list = make_array(b, n, sizeof(*list));
	for (uint32_t i = 0; list && i < n; i++)
		numbers.n += take_milestone(b, at, v, next_word(&next),
		                            &list[numbers.n]);
	numbers.list = list;
	if (!list)
		return numbers;
	qsort(list, numbers.n, sizeof(*list), milestone_order);
	doubles_check(b, at, numbers);
	return numbers;
}

static void
take_milestones(struct build *b, struct spot at, struct cat_target_version *v)
{
	struct numbers numbers = take_by_period(b, at, v);

	v->milestones = numbers.list;
	v->n_milestones = numbers.n;
	if (numbers.n == 0)
		return;
	if (v->due.code != 0 &&
	    period_last_day(numbers.list[numbers.n - 1].period).n >
	        period_last_day(v->due).n)
		build_error(b, at, ERR_BAD_PERIOD,
		            "a milestone lies behind the due period");
	if (v->base_period.code != 0 &&
	    period_compare(numbers.list[0].period, v->base_period) <= 0)
		build_error(b, at, ERR_BAD_PERIOD,
		            "a milestone does not lie behind the base");
}

static void
take_path(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot at = SPOT(row, TARGET_PATH);
	struct spot milestones = SPOT(row, TARGET_MILESTONES);
	bool declared;

	take_milestones(b, milestones, v);
	v->path =
	    (enum target_path)take_word(b, at, WORDS(paths), PATH_DEFAULT);
	declared = v->path != PATH_DEFAULT || v->n_milestones > 0;
	if (v->path == PATH_DEFAULT)
		v->path = kind_path(&b->c->definitions[v->definition], v);
	if (declared && !kind_has_path(v, v->path))
		build_error(
		    b, at, ERR_BAD_VALUE, "path %s does not belong to kind %s",
		    paths[v->path], take_raw(b, SPOT(row, TARGET_KIND)));
	if ((v->path == PATH_MILESTONES) != take_given(b, milestones))
		build_error(b, milestones, ERR_MISSING_FIELD,
		            "path milestones and its milestones come together");
}

static void
take_margin(struct build *b, struct spot at, struct cat_target_version *v)
{
	v->margin = 1;
	if (take_decimal(b, at, b->c->definitions[v->definition].decimals,
	                 &v->margin) &&
	    v->margin < 0)
		build_error(b, at, ERR_BAD_VALUE, "a margin is not negative");
}

static void
take_rest(struct build *b, uint32_t row, struct cat_target_version *v)
{
	take_kind(b, row, v);
	take_periods(b, row, v);
	v->steps = (enum target_steps)take_word(b, SPOT(row, TARGET_STEPS),
	                                        WORDS(steps_words), STEPS_MEAN);
	take_base(b, row, v);
	take_path(b, row, v);
	take_margin(b, SPOT(row, TARGET_MARGIN), v);
	v->reference =
	    take_word(b, SPOT(row, TARGET_REFERENCE), WORDS(yes_no), 0) == 1;
	v->method =
	    methods[take_word(b, SPOT(row, TARGET_METHOD), WORDS(methods), 0)];
}

/* T5; the rest is checked when all targets are known. */
static void
take_successor(struct build *b, uint32_t row, struct cat_target_version *v)
{
	struct spot of = SPOT(row, TARGET_SUCCESSOR);
	struct spot units = SPOT(row, TARGET_SUCCESSOR_UNITS);
	struct units list = take_units(b, units);

	v->successor_of = take_ref(b, of, REGISTRY_TARGET, false);
	v->successor_units = list.list;
	v->n_successor_units = list.n;
	if (take_given(b, units) && !take_given(b, of))
		build_error(b, of, ERR_MISSING_FIELD,
		            "units that are taken over belong to a target");
}

/* False: the row cannot be kept, and that was reported. */
static bool
take_version(struct build *b, uint32_t row, struct cat_target_version *v)
{
	*v = (struct cat_target_version){.target = row_number(b, row),
	                                 .relative_definition = NUMBER_NONE,
	                                 .relative_unit = NUMBER_NONE,
	                                 .successor_of = NUMBER_NONE};
	v->programme =
	    take_ref(b, SPOT(row, TARGET_PROGRAMME), REGISTRY_PROGRAMME, true);
	v->text = take_text(b, SPOT(row, TARGET_TEXT), true);
	v->document =
	    take_ref(b, SPOT(row, TARGET_DOCUMENT), REGISTRY_DOCUMENT, true);
	(void)take_period(b, SPOT(row, TARGET_IN_FORCE), true,
	                  &v->in_force_from);
	v->definition =
	    take_ref(b, SPOT(row, TARGET_INDICATOR), REGISTRY_DEFINITION, true);
	take_bound(b, row, v);
	take_successor(b, row, v);
	if (v->definition != NUMBER_NONE)
		take_rest(b, row, v);
	return v->target != NUMBER_NONE && v->definition != NUMBER_NONE &&
	       v->in_force_from.code != 0;
}

struct dated { /* a version before versions are grouped by target */
	struct cat_target_version version;
	uint32_t row;
};

static int
dated_order(const void *left, const void *right)
{
	const struct dated *a = left;
	const struct dated *b = right;
	int order;

	if (a->version.target != b->version.target)
		return a->version.target < b->version.target ? -1 : 1;
	order = (period_first_day(a->version.in_force_from).n >
	         period_first_day(b->version.in_force_from).n) -
	        (period_first_day(a->version.in_force_from).n <
	         period_first_day(b->version.in_force_from).n);
	return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static void
target_fill(struct build *b, uint32_t at)
{
	struct cat_target_version *v = &b->versions[at];
	struct cat_target *t = &b->c->targets[v->target];

	if (t->n_versions++ == 0) {
		t->declared = true;
		t->versions = v;
		t->programme = v->programme;
		return;
	}
	if (period_first_day(v[-1].in_force_from).n ==
	    period_first_day(v->in_force_from).n)
		build_error(
		    b, SPOT(b->version_rows[at], TARGET_IN_FORCE),
		    ERR_DUPLICATE_ID,
		    "target %s has a version in force from %s already", t->id,
		    take_raw(b, SPOT(b->version_rows[at], TARGET_IN_FORCE)));
}

static void
targets_group(struct build *b, struct dated *rows, uint32_t n)
{
	b->versions = make_array(b, n, sizeof(*b->versions));
	b->version_rows = make_array(b, n, sizeof(*b->version_rows));
	if (!b->versions || !b->version_rows)
		return;
	qsort(rows, n, sizeof(*rows), dated_order);
	b->n_versions = n;
	for (uint32_t i = 0; i < n; i++) {
		b->versions[i] = rows[i].version;
		b->version_rows[i] = rows[i].row;
		target_fill(b, i);
	}
}

/* Behind the slash; ids of former catalogues are not trusted to have one. */
static const char *
name_of(const char *id)
{
	const char *slash = strchr(id, '/');

	return slash ? slash + 1 : id;
}

void
make_targets(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_TARGET];
	struct catalogue *c = b->c;
	struct dated *rows = calloc(list->n + 1u, sizeof(*rows));
	uint32_t n = 0;

	c->n_targets = b->n_ids[REGISTRY_TARGET];
	c->targets = make_array(b, c->n_targets, sizeof(*c->targets));
	if (!rows || !c->targets) {
		free(rows);
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < c->n_targets; i++) {
		c->targets[i].id = make_id(b, REGISTRY_TARGET, i);
		c->targets[i].name = name_of(c->targets[i].id);
	}
	for (uint32_t i = 0; i < list->n; i++) {
		rows[n].row = list->rows[i];
		n += take_version(b, list->rows[i], &rows[n].version);
	}
	targets_group(b, rows, n);
	free(rows);
}
