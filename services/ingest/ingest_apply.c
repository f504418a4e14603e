/*
 * APPLY: one whole catalogue, against the version its sender saw.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "services/ingest/ingest_parts.h"

/* "indicators[id@id].accumulation" */
#define REFUSED_FIELD_MAX (2 * CATALOGUE_ID_MAX + 40)
#define REFUSED_WORDS_MAX 200

struct applying {
	struct cat_rows rows;
	struct registry registry; /* as sent: ignored, ids keep our numbers */
	struct cat_errors errors;
	struct buf packed;
	struct catalogue *catalogue;
	enum err why; /* ERR_OK: nothing that figures name goes or changes */
	char field[REFUSED_FIELD_MAX]; /* with why: the place, "units[old]" */
	char words[REFUSED_WORDS_MAX]; /* what is wrong there, and what to do */
	struct wire_writer warnings;   /* R3b */
};

static void
applying_init(struct applying *a)
{
	cat_rows_init(&a->rows);
	registry_init(&a->registry);
	cat_errors_init(&a->errors);
	buf_init(&a->packed, CATALOGUE_BYTES_MAX);
	a->catalogue = NULL;
	a->why = ERR_OK;
	a->field[0] = a->words[0] = '\0';
	wire_writer_init(&a->warnings, WIRE_MESSAGE_MAX);
}

static void
applying_fini(struct applying *a)
{
	wire_writer_fini(&a->warnings);
	catalogue_free(&a->catalogue);
	buf_fini(&a->packed);
	cat_errors_fini(&a->errors);
	registry_fini(&a->registry);
	cat_rows_fini(&a->rows);
}

/* A3: what a figure was measured by, column by column. Names, bounds and validity may
 * change, and the decimals grow. NULL: it measures the same. */
static const char *
measure_differs(const struct cat_definition *was,
                const struct cat_definition *is)
{
	const struct {
		const char *column;
		bool same;
	} columns[] = {
	    {"decimals", is->decimals >= was->decimals},
	    {"factor", is->factor == was->factor},
	    {"direction", is->direction == was->direction},
	    {"scope", strcmp(is->scope, was->scope) == 0},
	    {"counted", strcmp(is->counted, was->counted) == 0},
	    {"change", is->change == was->change},
	    {"place", is->place == was->place},
	    {"time", is->time == was->time},
	    {"accumulation", is->accumulation == was->accumulation},
	    {"frequency", is->frequency == was->frequency},
	};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (!columns[i].same)
			return columns[i].column;
	return NULL;
}

/* "units[old]", "indicators[cnt@a].scope": where it stands in the files. */
static void
refuse(struct applying *a, enum err why, const char *field, const char *words)
{
	(void)snprintf(a->field, sizeof(a->field), "%s", field);
	(void)snprintf(a->words, sizeof(a->words), "%s", words);
	a->why = why;
}

static void
refuse_gone(struct applying *a, enum cat_kind kind, const char *id)
{
	char field[REFUSED_FIELD_MAX];
	bool closes = kind == CAT_UNIT || kind == CAT_INDICATOR;

	(void)snprintf(field, sizeof(field), "%s[%s]", cat_kinds[kind].name,
	               id);
	refuse(a, ERR_IN_FORCE, field,
	       closes ? "it is left out; leave its rows, and close it with "
	                "valid_to"
	              : "it is left out; leave its row");
}

static void
refuse_column(struct applying *a, enum err why, const char *id,
              const char *column)
{
	char field[REFUSED_FIELD_MAX];
	bool decimals = strcmp(column, "decimals") == 0;
	const char *words = "a definition that has figures can't measure "
	                    "something else; close it with valid_to, and make "
	                    "a new one, another word behind @";

	(void)snprintf(field, sizeof(field), "%s[%s].%s",
	               cat_kinds[CAT_INDICATOR].name, id, column);
	if (decimals && why == ERR_IN_FORCE)
		words = "decimals of a definition that has figures only grow";
	else if (decimals)
		words = "a figure that was taken could not be written with so "
		        "many decimals";
	refuse(a, why, field, words);
}

static void
definition_kept(struct applying *a, const struct cat_definition *was,
                const struct cat_definition *is)
{
	const char *column = is->declared ? measure_differs(was, is) : NULL;

	if (!is->declared)
		refuse_gone(a, CAT_INDICATOR, was->id);
	else if (column != NULL)
		refuse_column(a, ERR_IN_FORCE, was->id, column);
}

/* A thing of the former catalogue that figures name must not go. */
static void
thing_kept(struct applying *a, const struct catalogue *was, enum used_kind kind,
           uint32_t number)
{
	const struct catalogue *is = a->catalogue;

	if (kind == USED_UNIT && !is->units[number].declared)
		refuse_gone(a, CAT_UNIT, was->units[number].id);
	else if (kind == USED_DEFINITION)
		definition_kept(a, &was->definitions[number],
		                &is->definitions[number]);
	else if (kind == USED_SOURCE && !is->sources[number].declared)
		refuse_gone(a, CAT_SOURCE, was->sources[number].id);
	else if (kind == USED_DOCUMENT && !is->documents[number].declared)
		refuse_gone(a, CAT_DOCUMENT, was->documents[number].id);
}

/* A3: as far as what was admitted can still be written (A1). */
static void
apply_not_outgrown(const struct ingest *ingest, struct applying *a)
{
	const struct catalogue *was = ingest->catalogue;
	const struct catalogue *is = a->catalogue;

	for (uint32_t i = 0; i < was->n_definitions && a->why == ERR_OK; i++)
		if (is->definitions[i].declared &&
		    was->definitions[i].declared &&
		    !largest_fits(&ingest->largest, i, &was->definitions[i],
		                  &is->definitions[i]))
			refuse_column(a, ERR_OUT_OF_RANGE,
			              was->definitions[i].id, "decimals");
}

/* A3: what figures name stays, as it is. */
static enum err
apply_keeps_used(const struct ingest *ingest, struct applying *a)
{
	/* without a catalogue before, no figure was admitted */
	if (ingest->catalogue == NULL)
		return ERR_OK;
	for (int kind = 0; kind < USED_KINDS; kind++) {
		uint32_t n = ingest->used.n[kind];

		for (uint32_t i = 0; i < n && a->why == ERR_OK; i++)
			if (used_has(&ingest->used, (enum used_kind)kind, i))
				thing_kept(a, ingest->catalogue,
				           (enum used_kind)kind, i);
	}
	apply_not_outgrown(ingest, a);
	return a->why;
}

/* Sizes are at the decimals in force. */
static void
apply_grows(struct ingest *ingest, struct kv *state, const struct catalogue *is)
{
	const struct catalogue *was = ingest->catalogue;

	for (uint32_t i = 0; was != NULL && i < was->n_definitions; i++) {
		uint8_t before = was->definitions[i].decimals;
		uint8_t after = is->definitions[i].decimals;

		if (is->definitions[i].declared && after > before)
			largest_grow(&ingest->largest, state, i,
			             (unsigned)(after - before));
	}
}

/* R3b: a unit is closed, and has figures of periods that end later. */
static void
apply_warns(const struct ingest *ingest, struct applying *a)
{
	const struct catalogue *was = ingest->catalogue;
	uint32_t n = was == NULL ? 0 : was->n_units;

	for (uint32_t i = 0; i < n; i++) {
		const struct cat_unit *unit = &a->catalogue->units[i];
		struct day last = latest_of(&ingest->latest, i);
		struct wire_row_error warning = {
		    .row = i, .code = span_str(err_name(ERR_UNIT_NOT_VALID))};
		char field[REFUSED_FIELD_MAX];
		char text[DAY_TEXT_MAX];

		if (last.n == DAY_NONE || !unit->declared ||
		    unit->validity.to.n >= last.n ||
		    was->units[i].validity.to.n < last.n)
			continue;
		(void)snprintf(field, sizeof(field), "%s[%s].valid_to",
		               cat_kinds[CAT_UNIT].name, unit->id);
		warning.field = span_str(field);
		warning.value = span_str(day_format(last, text));
		if (!wire_errors_add(&a->warnings, &warning))
			return;
	}
}

static void
apply_answer(struct ingest *ingest, const struct request *r,
             const struct wire_applied *applied)
{
	struct wire_message m = {.type = WIRE_APPLIED, .id = r->m.id};

	m.as.applied = *applied;
	reply_send(ingest, r, &m);
}

static enum err
apply_room(struct ingest *ingest, const struct request *r)
{
	enum err err = used_resize(&ingest->used, ingest->catalogue);

	if (err == ERR_OK)
		err = largest_resize(&ingest->largest, ingest->catalogue);
	if (err == ERR_OK)
		err = latest_resize(&ingest->latest, ingest->catalogue);
	if (err == ERR_OK)
		err = fit_catalogue(&ingest->fit, ingest->catalogue);
	return err == ERR_OK ? sources_owing(ingest, r->state, r->now_ms) : err;
}

static enum err
apply_journal(struct ingest *ingest, struct request *r, struct applying *a)
{
	struct ingest_key key = ingest_key_single(INGEST_CATALOGUE);
	struct ingest_key at = ingest_key_single(INGEST_VERSION);
	uint64_t version = ingest->catalogue_version + 1;

	buf_reset(&ingest->scratch);
	catalogue_record_write(&ingest->scratch, version, buf_span(&a->packed));
	if (buf_err(&ingest->scratch) != ERR_OK)
		return buf_err(&ingest->scratch);
	record_list_add(&r->out->records, buf_span(&ingest->scratch));
	kv_put(r->state, ingest_key_span(&key), buf_span(&ingest->scratch));
	buf_reset(&ingest->scratch);
	buf_put_uvarint(&ingest->scratch, request_commit(r));
	kv_put(r->state, ingest_key_span(&at), buf_span(&ingest->scratch));
	apply_grows(ingest, r->state, a->catalogue);
	catalogue_free(&ingest->catalogue);
	ingest->catalogue = a->catalogue;
	a->catalogue = NULL;
	ingest->catalogue_version = version;
	ingest->catalogue_commit = request_commit(r);
	ingest->packed_hash = hash_bytes(buf_span(&a->packed), 0);
	apply_answer(
	    ingest, r,
	    &(struct wire_applied){.version = version,
	                           .commit = request_commit(r),
	                           .changed = true,
	                           .warnings = wire_writer_list(&a->warnings)});
	return apply_room(ingest, r);
}

/* Rows to a checked catalogue and its canonical bytes; what is wrong with them is
 * the sender's (ERR_REFUSED and such), but memory is ours. */
static enum err
apply_build(struct ingest *ingest, const struct request *r, struct applying *a)
{
	const struct registry *former =
	    ingest->catalogue == NULL ? NULL : &ingest->catalogue->registry;
	enum err err =
	    catalogue_unpack(r->m.as.apply.packed, &a->registry, &a->rows);

	if (err == ERR_OK)
		err = catalogue_build(&a->catalogue, &a->rows, former,
		                      &a->errors);
	if (err == ERR_OK)
		err = apply_keeps_used(ingest, a);
	if (err == ERR_OK)
		err = catalogue_pack(&a->catalogue->registry, &a->rows,
		                     &a->packed);
	return err;
}

/* With words behind the meaning of the code: which thing, and what to do. */
static void
apply_refused(struct ingest *ingest, const struct request *r,
              const struct applying *a, enum err err)
{
	struct fault fault = {.code = err, .field = "packed"};
	const char *words = a->words;
	struct wire_message m;
	char text[WIRE_TEXT_MAX];

	if (err == ERR_REFUSED && a->errors.n > 0) {
		fault.code = a->errors.list[0].code;
		words = a->errors.list[0].text;
	}
	if (a->why != ERR_OK)
		fault.field = a->field;
	m = wire_error_of(r->m.id, &fault);
	(void)snprintf(text, sizeof(text), "%s: %s", err_text(fault.code),
	               words);
	/* what was cut may end within a character */
	if (words[0] != '\0' && text_valid(span_str(text)))
		m.as.error.text = span_str(text);
	reply_send(ingest, r, &m);
}

static void
refuse_far(struct applying *a, uint32_t unit)
{
	char field[REFUSED_FIELD_MAX];
	char words[REFUSED_WORDS_MAX];

	(void)snprintf(field, sizeof(field), "%s[%s]", cat_kinds[CAT_UNIT].name,
	               a->catalogue->units[unit].id);
	(void)snprintf(words, sizeof(words),
	               "more than %d ways lead up from it, over all maps and "
	               "dates",
	               REACH_UNIT_MAX);
	refuse(a, ERR_TOO_LARGE, field, words);
}

static void
refuse_again(struct applying *a, const struct known_again *again)
{
	char field[REFUSED_FIELD_MAX];
	char words[REFUSED_WORDS_MAX];

	(void)snprintf(field, sizeof(field), "%s[%s]",
	               cat_kinds[CAT_TARGET].name,
	               a->catalogue->targets[again->target].id);
	(void)snprintf(words, sizeof(words),
	               "all targets together read up to %" PRIu64
	               " figures and roll-ups, %" PRIu64
	               " are allowed; this one reads the most, bind fewer "
	               "units",
	               again->n, again->max);
	refuse(a, ERR_TOO_LARGE, field, words);
}

/* K1b: whoever comes behind can fold it, and what it brings with it (K4a). */
static enum err
apply_fits(const struct ingest *ingest, struct applying *a)
{
	struct known_again again = {.max = ingest->fit.again_max};
	uint32_t far = NUMBER_NONE;
	struct reach reach;
	enum err err = reach_init(&reach, a->catalogue);

	if (err == ERR_OK) {
		far = reach_too_far(&reach);
		err = known_again(&ingest->known, a->catalogue, &reach, &again);
	}
	reach_fini(&reach);
	if (err != ERR_OK)
		return err;
	if (far != NUMBER_NONE)
		refuse_far(a, far);
	else if (again.n > again.max)
		refuse_again(a, &again);
	return a->why;
}

static enum err
apply_checked(struct ingest *ingest, struct request *r, struct applying *a)
{
	enum err err = apply_build(ingest, r, a);

	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		apply_refused(ingest, r, a, err);
		return ERR_OK;
	}
	if (ingest->catalogue != NULL &&
	    hash_bytes(buf_span(&a->packed), 0) == ingest->packed_hash) {
		apply_answer(ingest, r,
		             &(struct wire_applied){
		                 .version = ingest->catalogue_version,
		                 .commit = r->m.as.apply.dry_run
		                               ? 0
		                               : ingest->catalogue_commit});
		return ERR_OK;
	}
	err = apply_fits(ingest, a);
	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		apply_refused(ingest, r, a, err);
		return ERR_OK;
	}
	apply_warns(ingest, a);
	if (r->m.as.apply.dry_run) {
		apply_answer(ingest, r,
		             &(struct wire_applied){
		                 .version = ingest->catalogue_version + 1,
		                 .changed = true,
		                 .warnings = wire_writer_list(&a->warnings)});
		return ERR_OK;
	}
	return apply_journal(ingest, r, a);
}

enum err
apply_take(struct ingest *ingest, struct request *r)
{
	struct fault fault = {.code = ERR_CATALOGUE_CHANGED,
	                      .field = "version"};
	struct applying applying;
	enum err err;

	if (r->m.as.apply.version != ingest->catalogue_version) {
		reply_error(ingest, r, &fault);
		return ERR_OK;
	}
	applying_init(&applying);
	err = apply_checked(ingest, r, &applying);
	applying_fini(&applying);
	return err;
}
