#include "common/domain/figure.h"

#include <assert.h>

static const char status_letters[STATUS_COUNT] = {'A', 'P', 'E', 'F', 'M'};
static const char *const bound_texts[BOUND_COUNT] = {
    "=", ">", ">=", "<", "<=", "~"};

char
status_letter(enum obs_status s)
{
	assert(s < STATUS_COUNT);
	return status_letters[s];
}

bool
status_observed(enum obs_status s)
{
	return s <= STATUS_E;
}

const char *
bound_text(enum bound b)
{
	assert(b < BOUND_COUNT);
	return bound_texts[b];
}

enum obs_status
status_parse(struct span text)
{
	for (int s = 0; s < STATUS_COUNT && text.len == 1; s++) {
		if (text.ptr[0] == (uint8_t)status_letters[s])
			return (enum obs_status)s;
	}
	return STATUS_COUNT;
}

enum bound
bound_parse(struct span text)
{
	for (int b = 0; b < BOUND_COUNT; b++) {
		if (span_equal(text, span_str(bound_texts[b])))
			return (enum bound)b;
	}
	return BOUND_COUNT;
}

static bool
same_key(const struct figure *a, const struct figure *b)
{
	return a->definition == b->definition && a->unit == b->unit &&
	       a->period.code == b->period.code && a->source == b->source &&
	       a->document == b->document;
}

/* What is not there is not compared. */
bool
figure_same_numbers(const struct figure *a, const struct figure *b)
{
	if (a->has != b->has || a->bound != b->bound)
		return false;
	if ((a->has & FIGURE_VALUE) && a->value != b->value)
		return false;
	return !(a->has & FIGURE_PARTS) || (a->numerator == b->numerator &&
	                                    a->denominator == b->denominator);
}

/* A delete of everything has no status. */
static bool
same_status(const struct figure *a, const struct figure *b)
{
	if (a->action == ACTION_MERGE)
		return a->status == b->status;
	return a->status_named == b->status_named &&
	       (!a->status_named || a->status == b->status);
}

bool
figure_same_assertion(const struct figure *a, const struct figure *b)
{
	return same_key(a, b) && a->action == b->action && same_status(a, b) &&
	       figure_same_numbers(a, b);
}
