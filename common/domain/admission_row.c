#include "common/domain/admission.h"

#include <string.h>

#include "common/domain/admission_parts.h"

/* A row on its way through the rules, in the order of `rules` below. */
struct admit {
	struct admission *a;
	const struct draft_row *row;
	const char *field; /* looked at last */
	const struct cat_definition *d;
	const struct cat_grant *grant;
	struct day day; /* the period's last (R3) */
	struct figure f;
};

static enum err
text_of(struct admit *m, enum admission_role role, uint32_t ref,
        uint32_t *number)
{
	const struct admission_slot *slot;
	enum err err = admission_resolve(m->a, role, ref, &slot);

	if (err == ERR_OK)
		*number = slot->number;
	return err;
}

static enum err
rule_kind(struct admit *m)
{
	const struct draft_row *row = m->row;

	m->field = "action";
	if (row->action >= ACTION_COUNT)
		return ERR_BAD_ACTION;
	m->field = "bound";
	if (row->bound >= BOUND_COUNT)
		return ERR_BAD_BOUND;
	m->field = "status";
	if (row->status >= STATUS_COUNT && row->status != DRAFT_UNSET_STATUS)
		return ERR_BAD_STATUS;
	m->f.action = row->action;
	return ERR_OK;
}

static enum err
rule_source(struct admit *m)
{
	m->field = "source";
	m->f.source = m->a->batch.source;
	if (admission_given(m->a, m->row->source))
		return text_of(m, ADMISSION_SOURCE, m->row->source,
		               &m->f.source);
	return m->f.source == NUMBER_NONE ? ERR_MISSING_FIELD : ERR_OK;
}

/* Unit and period, and that the one is valid on the last day of the other. */
static enum err
rule_place(struct admit *m)
{
	const struct admission_slot *slot;
	enum err err;

	m->field = "period";
	err = admission_resolve(m->a, ADMISSION_PERIOD, m->row->period, &slot);
	if (err != ERR_OK)
		return err;
	m->f.period.code = slot->number;
	m->day = slot->day;
	m->field = "unit";
	err = text_of(m, ADMISSION_UNIT, m->row->unit, &m->f.unit);
	if (err == ERR_OK &&
	    !validity_holds(m->a->c->units[m->f.unit].validity, m->day))
		err = ERR_UNIT_NOT_VALID;
	return err;
}

static bool
definition_valid(struct admit *m, uint32_t number)
{
	const struct cat_definition *d = &m->a->c->definitions[number];

	if (!d->declared || !validity_holds(d->validity, m->day))
		return false;
	return d->units == NUMBER_NONE ||
	       admission_beneath(m->a,
	                         &(struct admission_beneath){.unit = m->f.unit,
	                                                     .above = d->units,
	                                                     .map = NUMBER_NONE,
	                                                     .day = m->day});
}

/* F1: exactly one definition must be valid here, or be named. */
static enum err
the_only_definition(struct admit *m, const struct cat_indicator *indicator)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < indicator->n_definitions; i++) {
		if (!definition_valid(m, indicator->definitions[i]))
			continue;
		if (found++ > 0)
			return ERR_AMBIGUOUS_DEFINITION;
		m->f.definition = indicator->definitions[i];
	}
	return found == 1 ? ERR_OK : ERR_NO_DEFINITION;
}

/* F1: the definition's own, or with a time rule a longer one up to the year. */
static bool
period_fits(const struct cat_definition *d, struct period p)
{
	/* of each frequency how many periods a year has; a span: none */
	static const uint8_t in_year[FREQ_COUNT] = {
	    [FREQ_ANNUAL] = 1,
	    [FREQ_HALF] = 2,
	    [FREQ_QUARTER] = 4,
	    [FREQ_MONTH] = 12,
	};
	enum frequency f = period_frequency(p);

	if (f == d->frequency)
		return true;
	return d->time != TIME_NONE && in_year[f] > 0 &&
	       in_year[f] < in_year[d->frequency];
}

static enum err
rule_definition(struct admit *m)
{
	const struct admission_slot *slot;
	enum err err;

	m->field = "indicator";
	err = admission_resolve(m->a, ADMISSION_INDICATOR, m->row->indicator,
	                        &slot);
	if (err != ERR_OK)
		return err;
	m->f.definition = slot->number;
	if (!slot->named)
		err =
		    the_only_definition(m, &m->a->c->indicators[slot->number]);
	else if (!definition_valid(m, slot->number))
		err = ERR_NO_DEFINITION;
	if (err != ERR_OK)
		return err;
	m->d = &m->a->c->definitions[m->f.definition];
	m->field = "period";
	return period_fits(m->d, m->f.period) ? ERR_OK : ERR_BAD_FREQUENCY;
}

static enum err
rule_grant(struct admit *m)
{
	m->field = "source";
	m->grant = admission_grant(m->a, m->f.source, m->f.definition,
	                           m->f.unit, m->day);
	return m->grant ? ERR_OK : ERR_NOT_ENTITLED;
}

/* F3: better than allowed is refused; a delete may name any status. */
static enum err
rule_status(struct admit *m)
{
	bool named = m->row->status != DRAFT_UNSET_STATUS;
	bool merge = m->f.action == ACTION_MERGE;

	m->field = "status";
	m->f.status =
	    named ? m->row->status : (uint8_t)m->grant->default_status;
	m->f.status_named = named && !merge;
	if (!merge)
		return ERR_OK;
	if (m->f.status < m->grant->max_status)
		return ERR_STATUS_TOO_HIGH;
	m->field = "period";
	if (status_observed((enum obs_status)m->f.status) &&
	    m->day.n > m->a->batch.today.n)
		return ERR_FUTURE_PERIOD;
	return ERR_OK;
}

/* A document whose date is unknown is older than all. */
static struct day
document_day(const struct cat_document *document)
{
	struct day day = document->released.n != DAY_NONE ? document->released
	                                                  : document->date;

	if (day.n == DAY_NONE)
		day.n = DAY_FIRST;
	return day;
}

/* F3: the row's date, else the document's, else, and always with --again, the
 * day received. */
static enum err
rule_released(struct admit *m)
{
	struct day day = m->a->batch.received;
	uint32_t number = 0;
	enum err err = ERR_OK;

	m->field = "document";
	m->f.document = NUMBER_NONE;
	if (admission_given(m->a, m->row->document))
		err = text_of(m, ADMISSION_DOCUMENT, m->row->document,
		              &m->f.document);
	if (err != ERR_OK)
		return err;
	if (m->f.document != NUMBER_NONE)
		day = document_day(&m->a->c->documents[m->f.document]);
	m->field = "released";
	if (admission_given(m->a, m->row->released)) {
		err = text_of(m, ADMISSION_RELEASED, m->row->released, &number);
		day.n = (int32_t)number;
	}
	if (m->a->batch.flags & FIGURE_FLAG_AGAIN)
		day = m->a->batch.received;
	m->f.released = day;
	return err;
}

/* --- numbers --- */

static enum err
whole(struct admit *m, const char *field, const struct draft_number *draft,
      int64_t *number)
{
	enum err err = decimal_rescale(draft->value, 0, number);

	m->field = field;
	return err == ERR_TOO_PRECISE ? ERR_NOT_WHOLE : err;
}

static enum err
take_value(struct admit *m)
{
	m->field = "value";
	m->f.has |= FIGURE_VALUE;
	return decimal_rescale(m->row->value.value, m->d->decimals,
	                       &m->f.value);
}

/* F7: numerator over denominator. 0/0 stays without a value. */
static enum err
take_parts(struct admit *m)
{
	enum err err =
	    whole(m, "numerator", &m->row->numerator, &m->f.numerator);

	if (err == ERR_OK)
		err = whole(m, "denominator", &m->row->denominator,
		            &m->f.denominator);
	if (err != ERR_OK)
		return err;
	if (m->f.denominator < 0)
		return ERR_OUT_OF_RANGE;
	if (m->f.denominator == 0 && m->f.numerator != 0)
		return ERR_ZERO_DENOMINATOR;
	m->f.has |= FIGURE_PARTS;
	return ERR_OK;
}

static enum err
within_bounds(const struct cat_definition *d, int64_t value)
{
	bool under = d->has_min && value < d->min;

	return under || (d->has_max && value > d->max) ? ERR_OUT_OF_RANGE
	                                               : ERR_OK;
}

/* The quotient is checked like a value, and made again whenever it is shown: what
 * was said is the parts. */
static enum err
value_of_parts(struct admit *m)
{
	bool given = m->f.has & FIGURE_VALUE;
	i128 quotient = 0;
	enum err err;

	m->field = "value";
	if (m->f.denominator == 0) {
		m->f.has = FIGURE_PARTS;
	} else {
		err = decimal_quotient(m->f.numerator, m->f.denominator,
		                       m->d->factor, m->d->decimals, &quotient);
		if (err != ERR_OK)
			return err;
	}
	if (given && m->f.value != quotient)
		m->f.flags |= FIGURE_FLAG_RATIO_MISMATCH;
	if (m->f.denominator == 0)
		m->f.value = 0;
	if (given || m->f.denominator == 0)
		return ERR_OK;
	if (quotient > DECIMAL_MANTISSA_MAX || quotient < -DECIMAL_MANTISSA_MAX)
		return ERR_OUT_OF_RANGE;
	return within_bounds(m->d, (int64_t)quotient);
}

static enum err
numbers_of_ratio(struct admit *m)
{
	const struct draft_row *row = m->row;
	enum err err = ERR_OK;

	if (row->numerator.given != row->denominator.given) {
		m->field = row->numerator.given ? "denominator" : "numerator";
		return ERR_HALF_PARTS;
	}
	m->field = "value";
	if (!row->value.given && !row->numerator.given)
		return ERR_NO_VALUE;
	if (row->value.given)
		err = take_value(m);
	if (err != ERR_OK || !row->numerator.given)
		return err;
	err = take_parts(m);
	return err == ERR_OK ? value_of_parts(m) : err;
}

/* A1: a weighted mean's denominator is its weight; both are bounded. */
static enum err
numbers_of_mean(struct admit *m)
{
	enum err err;

	m->field = "numerator";
	if (m->row->numerator.given)
		return ERR_MEAN_WITH_NUMERATOR;
	m->field = "value";
	if (!m->row->value.given)
		return ERR_NO_VALUE;
	err = take_value(m);
	if (err != ERR_OK)
		return err;
	if (m->f.value > ADMISSION_WEIGHT_MAX ||
	    m->f.value < -ADMISSION_WEIGHT_MAX)
		return ERR_OUT_OF_RANGE;
	if (!m->row->denominator.given)
		return ERR_OK;
	err = whole(m, "denominator", &m->row->denominator, &m->f.denominator);
	if (err != ERR_OK)
		return err;
	m->f.has |= FIGURE_PARTS;
	return m->f.denominator < 0 || m->f.denominator > ADMISSION_WEIGHT_MAX
	           ? ERR_OUT_OF_RANGE
	           : ERR_OK;
}

/* Something that is said to be missing has no number. */
static enum err
numbers_of_gap(struct admit *m)
{
	m->field = "value";
	if (m->row->value.given)
		return ERR_MISSING_WITH_NUMBER;
	m->field = "numerator";
	if (m->row->numerator.given)
		return ERR_MISSING_WITH_NUMBER;
	m->field = "denominator";
	return m->row->denominator.given ? ERR_MISSING_WITH_NUMBER : ERR_OK;
}

static enum err
rule_numbers(struct admit *m)
{
	enum err err;

	if (m->f.action == ACTION_DELETE)
		return ERR_OK;
	if (m->f.status == STATUS_M)
		return numbers_of_gap(m);
	m->f.bound = m->row->bound;
	err = m->d->place == PLACE_WMEAN ? numbers_of_mean(m)
	                                 : numbers_of_ratio(m);
	if (err != ERR_OK || !(m->f.has & FIGURE_VALUE))
		return err;
	m->field = "value";
	return within_bounds(m->d, m->f.value);
}

/* --- the row --- */

typedef enum err rule(struct admit *m);

static rule *const rules[] = {rule_kind,       rule_source, rule_place,
                              rule_definition, rule_grant,  rule_status,
                              rule_released,   rule_numbers};

enum err
admission_row(struct admission *a, const struct draft_row *row,
              struct figure *out, const char **field)
{
	struct admit m;

	/* Member by member: clearing the whole costs more than some rules. */
	m.a = a;
	m.row = row;
	m.f = (struct figure){.flags = a->batch.flags, .row = row->row};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		enum err err = rules[i](&m);

		if (err != ERR_OK) {
			*field = m.field;
			return err;
		}
	}
	*out = m.f;
	return ERR_OK;
}

enum err
admission_key(struct admission *a, const struct draft_row *row,
              struct figure *out, const char **field)
{
	struct admit m = {.a = a, .row = row, .field = ""};
	enum err err = rule_place(&m);

	if (err == ERR_OK)
		err = rule_definition(&m);
	if (err != ERR_OK) {
		*field = m.field;
		return err;
	}
	out->definition = m.f.definition;
	out->unit = m.f.unit;
	out->period = m.f.period;
	return ERR_OK;
}

/* --- texts for messages --- */

static const struct {
	const char *field;
	size_t offset;
} text_fields[] = {
    {"indicator", offsetof(struct draft_row, indicator)},
    {"unit", offsetof(struct draft_row, unit)},
    {"period", offsetof(struct draft_row, period)},
    {"document", offsetof(struct draft_row, document)},
    {"released", offsetof(struct draft_row, released)},
    {"source", offsetof(struct draft_row, source)},
};

static const struct {
	const char *field;
	size_t offset;
} number_fields[] = {
    {"value", offsetof(struct draft_row, value)},
    {"numerator", offsetof(struct draft_row, numerator)},
    {"denominator", offsetof(struct draft_row, denominator)},
};

static struct span
number_text(struct admission *a, const struct draft_number *number)
{
	struct decimal d = number->value;

	/* More places than a number can have digits for: nobody sent that. */
	if (!number->given || d.places > 30)
		return span_str("");
	return span_str(decimal_format(d.mantissa, d.places, a->text));
}

/* Of a status nothing but its letter is known. */
static struct span
status_text(struct admission *a, uint8_t status)
{
	if (status >= STATUS_COUNT)
		return span_str("");
	a->text[0] = status_letter((enum obs_status)status);
	return span_of(a->text, 1);
}

struct span
admission_text(struct admission *a, const struct draft_row *row,
               const char *field)
{
	const char *base = (const char *)row;

	for (size_t i = 0; i < sizeof(text_fields) / sizeof(text_fields[0]);
	     i++) {
		uint32_t ref;

		if (strcmp(field, text_fields[i].field) != 0)
			continue;
		memcpy(&ref, base + text_fields[i].offset, sizeof(ref));
		return ref < a->n_dictionary ? a->dictionary[ref]
		                             : span_str("");
	}
	for (size_t i = 0; i < sizeof(number_fields) / sizeof(number_fields[0]);
	     i++) {
		struct draft_number number;

		if (strcmp(field, number_fields[i].field) != 0)
			continue;
		memcpy(&number, base + number_fields[i].offset, sizeof(number));
		return number_text(a, &number);
	}
	return strcmp(field, "status") == 0 ? status_text(a, row->status)
	                                    : span_str("");
}
