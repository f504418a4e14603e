#include "tests/lib/verdict_random.h"

#include "tests/lib/random.h"

#define FIRST 2016
#define LAST  2026

static int
pick(uint64_t *seed, int low, int high)
{
	return low + (int)below(seed, (uint64_t)high - (uint64_t)low + 1);
}

static enum target_sense
rising(uint64_t *seed)
{
	return below(seed, 2) ? SENSE_AT_LEAST : SENSE_ABOVE;
}

static void
any_level(struct verdict_case *k, uint64_t *seed)
{
	k->versions[0].sense = (enum target_sense)below(seed, SENSE_NONE);
}

static void
any_step(struct verdict_case *k, uint64_t *seed)
{
	struct cat_target_version *v = &k->versions[0];

	v->sense = rising(seed);
	v->value = pick(seed, 0, 500);
	v->steps = below(seed, 2) ? STEPS_EACH : STEPS_MEAN;
	if (v->steps == STEPS_EACH && below(seed, 2))
		v->definition = CASE_CHANGE;
}

static void
any_multiple(struct verdict_case *k, uint64_t *seed)
{
	struct cat_target_version *v = &k->versions[0];

	v->has_value = false;
	v->factor = pick(seed, 3000, 25000);
	v->sense = v->factor > FACTOR_ONE ? SENSE_AT_LEAST : SENSE_AT_MOST;
}

static void
any_halving(struct verdict_case *k, uint64_t *seed)
{
	k->versions[0].margin = pick(seed, 0, 20);
	k->versions[0].has_value = false;
	k->versions[0].factor = FACTOR_ONE / 2;
	k->versions[0].sense = SENSE_AT_MOST;
}

static void
any_share(struct verdict_case *k, uint64_t *seed)
{
	k->versions[0].sense = rising(seed);
}

static void
any_count(struct verdict_case *k, uint64_t *seed)
{
	struct cat_target_version *v = &k->versions[0];

	any_level(k, seed);
	case_base(k, NULL, NULL);
	v->per_programme =
	    below(seed, 2) ||
	    k->definitions[CASE_RATE].accumulation == ACCUMULATION_PROGRAMME;
	v->path = PATH_STEPS;
	if (v->per_programme)
		v->path = below(seed, 3) ? PATH_LINE : PATH_NONE;
	k->definitions[CASE_RATE].has_max = false;
}

static void
any_relation(struct verdict_case *k, uint64_t *seed)
{
	struct cat_target_version *v = &k->versions[0];

	any_level(k, seed);
	case_base(k, NULL, NULL);
	v->has_value = false;
	v->factor = pick(seed, 3000, 25000);
	v->relative_definition = CASE_RATE_B;
	v->path = below(seed, 4) ? PATH_MILESTONES : PATH_NONE;
	for (int y = FIRST; y <= LAST; y++) {
		char text[PERIOD_TEXT_MAX];
		struct verdict_point *pt;

		period_format(period_of_year(y), text);
		pt = case_reference(k, text, NULL);
		pt->figure.has = FIGURE_VALUE;
		pt->figure.value = pick(seed, 1800, 2200);
	}
}

static void
any_maintenance(struct verdict_case *k, uint64_t *seed)
{
	any_level(k, seed);
	k->versions[0].has_value = below(seed, 2);
	k->versions[0].path = PATH_STEPS;
	if (!k->versions[0].has_value)
		k->versions[0].value = 0;
}

static void
any_plan(struct verdict_case *k, uint64_t *seed)
{
	struct cat_target_version *v = &k->versions[0];

	case_base(k, NULL, NULL);
	v->sense = rising(seed);
	v->path = PATH_STEPS;
	if (below(seed, 2))
		return;
	v->has_value = false;
	v->factor = pick(seed, 8000, 11000);
	v->plan = k->plan;
	v->n_plan = CASE_PLAN;
	for (int i = 0; i < CASE_PLAN; i++)
		k->plan[i] = (struct cat_milestone){period_of_year(FIRST + i),
		                                    pick(seed, 1000, 5000)};
}

static void (*const any[TARGET_KINDS])(struct verdict_case *, uint64_t *) = {
    [TARGET_LEVEL] = any_level,          [TARGET_STEP] = any_step,
    [TARGET_ZERO] = any_level,           [TARGET_ALL] = any_level,
    [TARGET_COMPLETE] = any_level,       [TARGET_MULTIPLE] = any_multiple,
    [TARGET_HALVING] = any_halving,      [TARGET_SHARE] = any_share,
    [TARGET_COUNT] = any_count,          [TARGET_RELATIVE] = any_relation,
    [TARGET_MAINTAIN] = any_maintenance, [TARGET_PLAN] = any_plan,
};

static void
random_target(struct verdict_case *k, uint64_t *seed)
{
	const uint32_t ratios = 1u << TARGET_LEVEL | 1u << TARGET_MULTIPLE |
	                        1u << TARGET_HALVING | 1u << TARGET_SHARE;
	struct cat_target_version *v = &k->versions[0];

	v->kind = (enum target_kind)below(seed, TARGET_KINDS);
	v->value = pick(seed, 0, 3000);
	v->base_value = pick(seed, 0, 6000);
	v->margin = pick(seed, 0, 60);
	v->due = period_of_year(pick(seed, 2018, LAST));
	v->path = (enum target_path)pick(seed, PATH_LINE, PATH_NONE);
	k->milestones[0] = (struct cat_milestone){period_of("2018"), 2500};
	v->milestones = k->milestones;
	v->n_milestones = 1;
	k->definitions[CASE_RATE].direction =
	    below(seed, 2) ? DIRECTION_UP : DIRECTION_DOWN;
	if (below(seed, 8) == 0)
		k->definitions[CASE_RATE].accumulation = ACCUMULATION_PROGRAMME;
	any[v->kind](k, seed);
	if ((ratios & (1u << v->kind)) && below(seed, 3) == 0)
		v->method = below(seed, 2) ? "eurostat" : "opensdg";
}

/* What the last year asks, in hundredths. */
static int64_t
asked(const struct verdict_case *k, int year)
{
	const struct cat_target_version *v = &k->versions[0];
	bool up = k->definitions[CASE_RATE].direction == DIRECTION_UP;

	if (v->kind == TARGET_STEP)
		return v->base_value +
		       (up ? v->value : -v->value) * (year - FIRST);
	if (v->kind == TARGET_MULTIPLE || v->kind == TARGET_HALVING)
		return v->base_value * v->factor / FACTOR_ONE;
	if (v->kind == TARGET_RELATIVE)
		return 2000 * v->factor / FACTOR_ONE;
	if (v->kind == TARGET_PLAN && v->n_plan > 0)
		return k->plan[year - FIRST].value * v->factor / FACTOR_ONE;
	if (v->kind == TARGET_MAINTAIN && !v->has_value)
		return v->base_value;
	if (v->per_programme &&
	    k->definitions[CASE_RATE].accumulation == ACCUMULATION_NONE)
		return v->value / (period_year(v->due) - FIRST + 1);
	return v->value;
}

/* Near the line from base to target, so that every rule has its turn. */
static int64_t
near(const struct verdict_case *k, int year, uint64_t *seed)
{
	const struct cat_target_version *v = &k->versions[0];
	bool steady = v->base_period.code == 0 || v->kind == TARGET_STEP ||
	              v->kind == TARGET_MAINTAIN;
	int due = period_year(v->due);
	int64_t goal = asked(k, year);
	int64_t value = goal;

	if (!steady)
		value = v->base_value +
		        (goal - v->base_value) * (year - FIRST) / (due - FIRST);
	value += pick(seed, -150, 150);
	if (v->definition == CASE_CHANGE)
		return v->value + pick(seed, -150, 150);
	if (below(seed, 8) == 0)
		value = goal + pick(seed, -100, 100);
	if (value < 0)
		return 0;
	return value > 10000 ? 10000 : value;
}

static struct verdict_point *
random_figure(struct verdict_case *k, int year, uint64_t *seed)
{
	char text[PERIOD_TEXT_MAX];
	struct verdict_point *pt;

	period_format(period_of_year(year), text);
	pt = case_point(k, POINT_OWN, text, NULL);
	pt->figure.has = FIGURE_VALUE;
	pt->figure.value = near(k, year, seed);
	if (below(seed, 6) == 0)
		pt->figure.bound = (uint8_t)below(seed, BOUND_COUNT);
	if (below(seed, 6) > 0 || k->versions[0].definition == CASE_CHANGE)
		return pt;
	pt->figure.bound = BOUND_EQ;
	pt->figure.has = FIGURE_PARTS;
	pt->figure.denominator = pick(seed, 1, 300);
	pt->figure.numerator = pick(seed, 0, (int)pt->figure.denominator);
	return pt;
}

struct verdict_point *
random_case(struct verdict_case *k, uint64_t *seed, int *year)
{
	case_init(k);
	random_target(k, seed);
	*year = pick(seed, FIRST + 1, period_year(k->versions[0].due));
	for (int y = FIRST; y < *year; y++)
		if (below(seed, 6) > 0)
			(void)random_figure(k, y, seed);
	return random_figure(k, *year, seed);
}
