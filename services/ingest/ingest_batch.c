/*
 * BATCH: rows admitted, journaled, and the answer kept for repetitions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ingest/ingest_parts.h"

#define FIGURES_FIRST_CAP 1024

void
batch_id_of(const struct request *r, struct batch_id *id)
{
	const struct wire_batch *b = &r->m.as.batch;

	id->producer = b->producer;
	id->epoch = b->epoch;
	id->sequence = b->sequence;
	wire_batch_hash(&r->m, id->hash);
}

static enum err
figure_room(struct ingest *ingest, uint32_t n)
{
	struct figure *figures;
	struct refused_row *refused;
	uint32_t cap = ingest->n_figures_cap;

	if (n <= cap)
		return ERR_OK;
	while (cap < n)
		cap = cap == 0 ? FIGURES_FIRST_CAP : cap * 2;
	figures = realloc(ingest->figures, cap * sizeof(*figures));
	if (figures == NULL)
		return ERR_NOMEM;
	ingest->figures = figures;
	refused = realloc(ingest->refused, cap * sizeof(*refused));
	if (refused == NULL)
		return ERR_NOMEM;
	ingest->refused = refused;
	ingest->n_figures_cap = cap;
	return ERR_OK;
}

static enum err
dictionary_room(struct ingest *ingest, uint32_t n)
{
	struct span *dictionary;

	if (n <= ingest->dictionary_cap)
		return ERR_OK;
	dictionary = realloc(ingest->dictionary, n * sizeof(*dictionary));
	if (dictionary == NULL)
		return ERR_NOMEM;
	ingest->dictionary = dictionary;
	ingest->dictionary_cap = n;
	return ERR_OK;
}

void
row_reject(struct ingest *ingest, struct batch_result *result,
           const struct refused_row *why, struct wire_row_error *error)
{
	ingest->refused[result->n_rejected++] = *why;
	error->code = span_str(err_name(why->code));
	if (!wire_errors_add(&ingest->errors, error))
		result->errors_cut = true;
}

static struct draft_number
draft_number(struct wire_decimal d)
{
	struct draft_number number = {.value = {d.mantissa, d.places},
	                              .given = d.given};

	return number;
}

static void
draft_of(const struct wire_row *row, uint32_t number, struct draft_row *draft)
{
	*draft = (struct draft_row){
	    .row = number,
	    .indicator = row->indicator,
	    .unit = row->unit,
	    .period = row->period,
	    .document = row->document,
	    .released = row->released,
	    .source = row->source,
	    .value = draft_number(row->value),
	    .numerator = draft_number(row->numerator),
	    .denominator = draft_number(row->denominator),
	    .status = row->status,
	    .bound = row->bound,
	    .action = row->action,
	};
}

struct number_text {
	char text[DECIMAL_TEXT_MAX];
	struct span span;
};

/* What a figure says in that field; empty: nothing. */
static void
field_text(const struct ingest *ingest, const struct figure *f,
           const char *field, struct number_text *out)
{
	const struct cat_definition *d =
	    &ingest->catalogue->definitions[f->definition];
	uint8_t needed = FIGURE_PARTS;
	int64_t number = f->numerator;

	out->text[0] = '\0';
	if (strcmp(field, "bound") == 0) {
		(void)snprintf(out->text, sizeof(out->text), "%s",
		               bound_text((enum bound)f->bound));
	} else {
		if (strcmp(field, "value") == 0) {
			needed = FIGURE_VALUE;
			number = f->value;
		} else if (strcmp(field, "denominator") == 0) {
			number = f->denominator;
		}
		if (f->has & needed)
			(void)decimal_format(
			    number, needed == FIGURE_VALUE ? d->decimals : 0,
			    out->text);
	}
	out->span = span_str(out->text);
}

/* The first field in which two figures differ, and what each says there. */
static const char *
field_differs(const struct ingest *ingest, const struct figure *a,
              const struct figure *b, struct number_text out[2])
{
	static const char *const fields[] = {"value", "numerator",
	                                     "denominator", "bound"};
	size_t i = 0;

	do {
		field_text(ingest, a, fields[i], &out[0]);
		field_text(ingest, b, fields[i], &out[1]);
	} while (span_equal(out[0].span, out[1].span) && ++i < 4);
	return fields[i < 4 ? i : 0];
}

/* Two different values for one key and status in one block: both go (F4), and each
 * names the other. */
static enum err
batch_conflicts(struct ingest *ingest, struct batch_result *result)
{
	const struct admission *a = &ingest->admission;
	struct figure *figures = ingest->figures;
	uint32_t kept = 0;
	enum err err =
	    admission_conflicts(&ingest->admission, figures, ingest->n_figures);

	if (err != ERR_OK)
		return err;
	for (uint32_t i = 0; i < ingest->n_figures; i++) {
		struct wire_row_error error = {.row = figures[i].row,
		                               .contradicted = true};
		const struct figure *rival;
		struct refused_row why = {figures[i].source, ERR_CONFLICT};
		struct number_text said[2];

		if (!admission_conflicting(a, i))
			continue;
		rival = &figures[admission_rival(a, figures, i)];
		error.field =
		    span_str(field_differs(ingest, &figures[i], rival, said));
		error.value = said[0].span;
		error.other = rival->row;
		error.other_value = said[1].span;
		row_reject(ingest, result, &why, &error);
	}
	for (uint32_t i = 0; i < ingest->n_figures; i++)
		if (!admission_conflicting(a, i))
			figures[kept++] = figures[i];
	ingest->n_figures = kept;
	return ERR_OK;
}

/* "rows[17].period": the place of a row that refuses the whole batch. */
static void
row_fault(struct ingest *ingest, const struct wire_rows *rows,
          struct fault *fault)
{
	const char *field;

	buf_reset(&ingest->field);
	wire_rows_field(rows, fault, &ingest->field);
	field = buf_cstr(&ingest->field);
	if (field != NULL)
		fault->field = field;
}

static uint32_t
row_source(const struct ingest *ingest, const struct draft_row *draft)
{
	struct span id = draft->source == DRAFT_NONE
	                     ? span_of(NULL, 0)
	                     : ingest->dictionary[draft->source];

	return id.len > 0 ? catalogue_source(ingest->catalogue, id)
	                  : ingest->admission.batch.source;
}

static enum err
rows_admit(struct ingest *ingest, const struct request *r,
           struct batch_result *result, struct fault *fault)
{
	struct wire_rows rows;
	struct wire_row row;
	struct draft_row draft;
	enum err err;

	wire_rows_open(r->frame, &r->m.as.batch, &rows);
	while ((err = wire_rows_next(&rows, &row, fault)) == ERR_OK) {
		const char *field = "";

		draft_of(&row, rows.row, &draft);
		err =
		    admission_row(&ingest->admission, &draft,
		                  &ingest->figures[ingest->n_figures], &field);
		if (err == ERR_OK) {
			ingest->n_figures++;
			continue;
		}
		row_reject(
		    ingest, result,
		    &(struct refused_row){row_source(ingest, &draft), err},
		    &(struct wire_row_error){
		        .row = rows.row,
		        .field = span_str(field),
		        .value =
		            admission_text(&ingest->admission, &draft, field)});
	}
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	row_fault(ingest, &rows, fault);
	return err;
}

static enum err
batch_begin(struct ingest *ingest, const struct request *r, struct fault *fault)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct admission_batch batch = {
	    .source = NUMBER_NONE,
	    .received = day_of_ms(r->now_ms),
	    .today = ingest->tick.date,
	    .units_as_of = {DAY_NONE},
	};
	enum err err = dictionary_room(ingest, b->dictionary.n);

	if (err != ERR_OK)
		return err;
	wire_texts_read(b->dictionary, ingest->dictionary);
	if ((b->flags & WIRE_FLAG_AGAIN) != 0)
		batch.flags |= FIGURE_FLAG_AGAIN;
	if ((b->flags & WIRE_FLAG_BACKFILL) != 0)
		batch.flags |= FIGURE_FLAG_BACKFILL;
	if (b->source.len > 0) {
		batch.source = catalogue_source(ingest->catalogue, b->source);
		*fault = (struct fault){ERR_UNKNOWN_SOURCE, "source", 0};
		if (batch.source == NUMBER_NONE)
			return ERR_UNKNOWN_SOURCE;
	}
	if (b->units_as_of.len > 0) {
		*fault = (struct fault){ERR_BAD_DATE, "units_as_of", 0};
		err = day_parse(b->units_as_of, false, &batch.units_as_of);
	}
	if (err == ERR_OK)
		err = admission_begin(&ingest->admission, ingest->catalogue,
		                      &batch, ingest->dictionary,
		                      b->dictionary.n);
	return err;
}

enum err
batch_admit(struct ingest *ingest, const struct request *r,
            struct batch_result *result, struct fault *fault)
{
	const struct wire_batch *b = &r->m.as.batch;
	enum err err = figure_room(ingest, b->rows.n);

	*result = (struct batch_result){.n_rows = b->rows.n};
	wire_writer_reset(&ingest->errors);
	ingest->n_figures = 0;
	*fault = (struct fault){ERR_NO_CATALOGUE, "dictionary", 0};
	if (err == ERR_OK && ingest->catalogue == NULL)
		return ERR_NO_CATALOGUE;
	if (err == ERR_OK)
		err = batch_begin(ingest, r, fault);
	if (err == ERR_OK)
		err = rows_admit(ingest, r, result, fault);
	if (err == ERR_OK)
		err = batch_conflicts(ingest, result);
	result->n_accepted = ingest->n_figures;
	return err;
}

void
batch_count_refused(struct ingest *ingest, const struct batch_result *result,
                    bool rows)
{
	struct sources *s = &ingest->sources;

	for (uint32_t i = 0; i < result->n_rejected; i++) {
		sources_count_code(s, ingest->refused[i].code);
		if (rows)
			sources_count(s, ingest->refused[i].source,
			              ROWS_REJECTED, 1);
	}
}

uint32_t
batch_source(const struct ingest *ingest, const struct request *r)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct wire_list texts = b->dictionary;
	struct span id = b->source;
	struct wire_rows rows;
	struct wire_row row;
	struct fault fault;
	uint32_t i = 0;

	wire_rows_open(r->frame, b, &rows);
	if (id.len == 0 && wire_rows_next(&rows, &row, &fault) == ERR_OK &&
	    row.source != WIRE_NONE)
		while (i++ <= row.source && wire_texts_next(&texts, &id))
			continue;
	return id.len > 0 && ingest->catalogue != NULL
	           ? catalogue_source(ingest->catalogue, id)
	           : NUMBER_NONE;
}

void
batch_journal(struct ingest *ingest, const struct request *r,
              const struct batch_result *result)
{
	struct block head = {.n_rows = ingest->n_figures,
	                     .n_rejected = result->n_rejected,
	                     .received = day_of_ms(r->now_ms)};
	struct record_list *records = &r->out->records;
	struct block_writer writer;
	const struct figure *last = NULL;
	const struct figure *run = ingest->figures; /* of one source */
	enum err err;

	if (ingest->n_figures == 0)
		return;
	batch_id_of(r, &head.id);
	head.flags = ingest->figures[0].flags &
	             (FIGURE_FLAG_AGAIN | FIGURE_FLAG_BACKFILL);
	block_write_begin(&writer, &records->bytes, &head);
	for (uint32_t i = 0; i < ingest->n_figures; i++) {
		const struct figure *f = &ingest->figures[i];

		block_write_row(&writer, f);
		if (last == NULL || last->unit != f->unit)
			used_set(&ingest->used, r->state, USED_UNIT, f->unit);
		used_set(&ingest->used, r->state, USED_DEFINITION,
		         f->definition);
		used_set(&ingest->used, r->state, USED_SOURCE, f->source);
		used_set(&ingest->used, r->state, USED_DOCUMENT, f->document);
		if (f->source != run->source) {
			sources_count(&ingest->sources, run->source,
			              ROWS_ACCEPTED, (uint64_t)(f - run));
			run = f;
		}
		last = f;
	}
	record_list_close_record(records);
	sources_count(&ingest->sources, run->source, ROWS_ACCEPTED,
	              (uint64_t)(ingest->figures + ingest->n_figures - run));
	largest_take(&ingest->largest, r->state, ingest->catalogue,
	             ingest->figures, ingest->n_figures);
	latest_take(&ingest->latest, r->state, ingest->figures,
	            ingest->n_figures);
	err = known_take(&ingest->known, r->state, ingest->figures,
	                 ingest->n_figures);
	if (err != ERR_OK && r->state->err == ERR_OK)
		r->state->err = err;
}

/* Streams are forgotten behind the window; a file's blocks never, so that sending
 * a large file again is recognised from its first block on. */
static bool
is_file(struct span producer)
{
	return producer.len > 5 && memcmp(producer.ptr, "file:", 5) == 0;
}

void
batch_remember(struct ingest *ingest, const struct request *r,
               const struct wire_ack *ack)
{
	struct producer producer = {.epoch = r->m.as.batch.epoch,
	                            .last_sequence = r->m.as.batch.sequence};
	struct answer answer = {.commit = ack->commit,
	                        .accepted = ack->accepted,
	                        .rejected = ack->rejected,
	                        .errors_cut = ack->errors_cut,
	                        .errors = ack->errors};
	struct batch_id id;

	batch_id_of(r, &id);
	answer.hash[0] = id.hash[0];
	answer.hash[1] = id.hash[1];
	answer_put(r->state, &id, &answer, &ingest->scratch);
	producer_put(r->state, id.producer, &producer);
	if (id.sequence > INGEST_WINDOW && !is_file(id.producer))
		answer_del(r->state, id.producer, id.epoch,
		           id.sequence - INGEST_WINDOW);
}

/* A number that was used before: the first answer, if the content is the same. */
static enum err
batch_repeated(struct ingest *ingest, struct request *r)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct fault fault = {.code = ERR_SEQUENCE_REUSED, .field = "sequence"};
	struct wire_ack ack;
	struct answer answer;
	uint64_t hash[2];
	uint32_t source;
	enum err err =
	    answer_get(r->state, b->producer, b->epoch, b->sequence, &answer);

	if (err == ERR_NOT_FOUND) {
		fault.code = ERR_TOO_OLD;
		reply_nack(ingest, r, &fault, 0);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	wire_batch_hash(&r->m, hash);
	if (hash[0] != answer.hash[0] || hash[1] != answer.hash[1]) {
		reply_nack(ingest, r, &fault, 0);
		return ERR_OK;
	}
	ack = (struct wire_ack){.commit = answer.commit,
	                        .duplicate = answer.accepted,
	                        .rejected = answer.rejected,
	                        .errors = answer.errors,
	                        .errors_cut = answer.errors_cut};
	ingest->counts.rows_duplicate += ack.duplicate;
	ingest->counts.rows_rejected += ack.rejected;
	source = batch_source(ingest, r);
	sources_count(&ingest->sources, source, ROWS_DUPLICATE, ack.duplicate);
	sources_count(&ingest->sources, source, ROWS_REJECTED, ack.rejected);
	reply_ack(ingest, r, &ack);
	return ERR_OK;
}

enum err
batch_backfills(struct ingest *ingest, const struct request *r, bool last,
                uint64_t n_rows)
{
	const struct wire_batch *b = &r->m.as.batch;

	return (b->flags & WIRE_FLAG_BACKFILL) == 0
	           ? ERR_OK
	           : backfills_take(&ingest->backfills, r->state, b, last,
	                            n_rows);
}

static enum err
figures_count(void *self, struct cells *cells)
{
	const struct ingest *ingest = self;

	return cells_add(cells, ingest->figures, ingest->n_figures);
}

/* K1b */
static enum err
batch_fits(struct ingest *ingest, const struct request *r, bool dry_run)
{
	struct fit *fit = &ingest->fit;
	struct fitting what = {.rows = ingest->n_figures,
	                       .cells = reach_rows(&fit->reach, ingest->figures,
	                                           ingest->n_figures),
	                       .count = figures_count,
	                       .self = ingest};

	return dry_run ? fit_alone(fit, &what)
	               : fit_take(fit, &r->out->records, &what);
}

static enum err
batch_new(struct ingest *ingest, struct request *r)
{
	const struct wire_batch *b = &r->m.as.batch;
	bool dry_run = (b->flags & WIRE_FLAG_DRY_RUN) != 0;
	struct fault fault = {.code = ERR_OK};
	struct batch_result result;
	struct wire_ack ack;
	enum err err = batch_admit(ingest, r, &result, &fault);

	if (err == ERR_OK) {
		fault.field = "rows";
		err = batch_fits(ingest, r, dry_run);
		r->later = err == ERR_AGAIN;
	}
	if (err == ERR_NOMEM || r->later)
		return r->later ? ERR_OK : err;
	if (err != ERR_OK) {
		fault.code = err;
		reply_nack(ingest, r, &fault, 0);
		return ERR_OK;
	}
	ack = (struct wire_ack){
	    .commit = ingest->n_figures > 0 && !dry_run ? request_commit(r) : 0,
	    .accepted = result.n_accepted,
	    .rejected = result.n_rejected,
	    .errors = wire_writer_list(&ingest->errors),
	    .errors_cut = result.errors_cut};
	if (!dry_run) {
		batch_journal(ingest, r, &result);
		batch_count_refused(ingest, &result, true);
		batch_remember(ingest, r, &ack);
		ingest->counts.batches++;
		ingest->counts.rows_accepted += result.n_accepted;
		ingest->counts.rows_rejected += result.n_rejected;
		err =
		    batch_backfills(ingest, r, (b->flags & WIRE_FLAG_LAST) != 0,
		                    result.n_accepted);
	}
	reply_ack(ingest, r, &ack);
	return err;
}

/* ERR_OK: the next one. ERR_AGAIN: one from before. */
static enum err
batch_place(const struct wire_batch *b, const struct producer *p)
{
	if (p->epoch == 0)
		return ERR_NO_HELLO;
	if (b->epoch != p->epoch)
		return b->epoch < p->epoch ? ERR_FENCED : ERR_NO_HELLO;
	if (b->sequence <= p->last_sequence)
		return ERR_AGAIN;
	return b->sequence == p->last_sequence + 1 ? ERR_OK : ERR_SEQUENCE_GAP;
}

enum err
batch_take(struct ingest *ingest, struct request *r)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct fault fault = {.field = "sequence"};
	struct producer producer;
	bool handled = false;
	enum err err;

	if ((b->flags & WIRE_FLAG_DRY_RUN) != 0)
		return batch_new(ingest, r);
	err = producer_get(r->state, b->producer, &producer);
	if (err == ERR_OK && (b->flags & WIRE_FLAG_STRICT) != 0)
		err = strict_take(ingest, r, &producer, &handled);
	if (err != ERR_OK || handled)
		return err;
	fault.code = batch_place(b, &producer);
	if (fault.code == ERR_OK) {
		/* it takes the number that a strict one began with */
		strict_forget(ingest, b->producer);
		return batch_new(ingest, r);
	}
	if (fault.code == ERR_AGAIN)
		return batch_repeated(ingest, r);
	reply_nack(ingest, r, &fault, 0);
	return ERR_OK;
}
