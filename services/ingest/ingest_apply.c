/*
 * APPLY: one whole catalogue, against the version its sender saw.
 */
#include <string.h>

#include "services/ingest/ingest_parts.h"

struct applying {
	struct cat_rows rows;
	struct registry registry; /* as sent: ignored, ids keep our numbers */
	struct cat_errors errors;
	struct buf packed;
	struct catalogue *catalogue;
	const char *in_force; /* the id that must not go or change so */
	enum err why;         /* with in_force */
};

static void
applying_init(struct applying *a)
{
	cat_rows_init(&a->rows);
	registry_init(&a->registry);
	cat_errors_init(&a->errors);
	buf_init(&a->packed, CATALOGUE_BYTES_MAX);
	a->catalogue = NULL;
	a->in_force = NULL;
}

static void
applying_fini(struct applying *a)
{
	catalogue_free(&a->catalogue);
	buf_fini(&a->packed);
	cat_errors_fini(&a->errors);
	registry_fini(&a->registry);
	cat_rows_fini(&a->rows);
}

/* A3: what a figure was measured by. Names, bounds and validity may change, and
 * the decimals grow. */
static bool
same_measure(const struct cat_definition *was, const struct cat_definition *is)
{
	return is->decimals >= was->decimals && is->factor == was->factor &&
	       is->direction == was->direction && is->change == was->change &&
	       is->place == was->place && is->time == was->time &&
	       is->accumulation == was->accumulation &&
	       is->frequency == was->frequency &&
	       strcmp(is->scope, was->scope) == 0 &&
	       strcmp(is->counted, was->counted) == 0;
}

/* The id of number in the former catalogue if it must not go the way it would;
 * NULL: nothing is wrong. */
static const char *
in_force(const struct catalogue *was, const struct catalogue *is,
         enum used_kind kind, uint32_t number)
{
	bool kept = true;
	const char *id = "";

	if (kind == USED_UNIT) {
		id = was->units[number].id;
		kept = is->units[number].declared;
	} else if (kind == USED_DEFINITION) {
		id = was->definitions[number].id;
		kept = is->definitions[number].declared &&
		       same_measure(&was->definitions[number],
		                    &is->definitions[number]);
	} else if (kind == USED_SOURCE) {
		id = was->sources[number].id;
		kept = is->sources[number].declared;
	} else if (kind == USED_DOCUMENT) {
		id = was->documents[number].id;
		kept = is->documents[number].declared;
	}
	return kept ? NULL : id;
}

/* A3: as far as what was admitted can still be written (A1). */
static const char *
outgrown(const struct ingest *ingest, const struct catalogue *is)
{
	const struct catalogue *was = ingest->catalogue;

	for (uint32_t i = 0; i < was->n_definitions; i++)
		if (is->definitions[i].declared &&
		    was->definitions[i].declared &&
		    !largest_fits(&ingest->largest, i, &was->definitions[i],
		                  &is->definitions[i]))
			return was->definitions[i].id;
	return NULL;
}

/* A3: what figures name stays, as it is. */
static enum err
apply_keeps_used(const struct ingest *ingest, struct applying *a)
{
	/* without a catalogue before, no figure was admitted */
	if (ingest->catalogue == NULL)
		return ERR_OK;
	a->why = ERR_IN_FORCE;
	for (int kind = 0; kind < USED_KINDS; kind++) {
		uint32_t n = ingest->used.n[kind];

		for (uint32_t i = 0; i < n && a->in_force == NULL; i++)
			if (used_has(&ingest->used, (enum used_kind)kind, i))
				a->in_force =
				    in_force(ingest->catalogue, a->catalogue,
				             (enum used_kind)kind, i);
	}
	if (a->in_force == NULL) {
		a->why = ERR_OUT_OF_RANGE;
		a->in_force = outgrown(ingest, a->catalogue);
	}
	return a->in_force == NULL ? ERR_OK : a->why;
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

static void
apply_answer(struct ingest *ingest, const struct request *r,
             const struct wire_applied *applied)
{
	struct wire_message m = {.type = WIRE_APPLIED, .id = r->m.id};

	m.as.applied = *applied;
	reply_send(ingest, r, &m);
}

static enum err
apply_room(struct ingest *ingest)
{
	enum err err = used_resize(&ingest->used, ingest->catalogue);

	return err == ERR_OK
	           ? largest_resize(&ingest->largest, ingest->catalogue)
	           : err;
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
	apply_answer(ingest, r,
	             &(struct wire_applied){version, request_commit(r), true});
	return apply_room(ingest);
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

static enum err
apply_checked(struct ingest *ingest, struct request *r, struct applying *a)
{
	struct fault fault = {.field = "packed"};
	enum err err = apply_build(ingest, r, a);

	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		fault.code = err;
		if (err == ERR_REFUSED && a->errors.n > 0)
			fault.code = a->errors.list[0].code;
		if (a->in_force != NULL)
			fault.field = a->in_force;
		reply_error(ingest, r, &fault);
		return ERR_OK;
	}
	if (ingest->catalogue != NULL &&
	    hash_bytes(buf_span(&a->packed), 0) == ingest->packed_hash) {
		apply_answer(
		    ingest, r,
		    &(struct wire_applied){
		        ingest->catalogue_version,
		        r->m.as.apply.dry_run ? 0 : ingest->catalogue_commit,
		        false});
		return ERR_OK;
	}
	if (r->m.as.apply.dry_run) {
		apply_answer(ingest, r,
		             &(struct wire_applied){
		                 ingest->catalogue_version + 1, 0, true});
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
