#include "services/alert/alert_note.h"

#include <string.h>

#include "services/alert/alert_state.h"

/* Downwards, so that the first key from a commit on is the last note by then. */
static struct alert_key
notes_key(uint32_t target, uint32_t unit, uint64_t commit)
{
	uint32_t numbers[] = {target, unit};
	struct alert_key key = alert_key_of(ALERT_TABLE_NOTES, numbers, 2);

	alert_key_long(&key, UINT64_MAX - commit);
	return key;
}

void
alert_note_put(struct kv *state, const struct alert_note *note,
               struct span record)
{
	struct alert_key key =
	    notes_key(note->note.target, note->note.unit, note->commit);

	alert_key_long(&key, UINT64_MAX - note->place);
	kv_put(state, alert_key_span(&key), record);
}

static uint64_t
number_below(const struct alert_key *key, int n)
{
	return UINT64_MAX - ((uint64_t)alert_key_number(key, n) << 32 |
	                     alert_key_number(key, n + 1));
}

/* The latest first. */
static enum err
notes_gather(struct kv *state, const struct alert_notes_of *of,
             struct alert_notes *notes)
{
	uint32_t numbers[] = {of->target, of->unit};
	struct alert_key prefix = alert_key_of(ALERT_TABLE_NOTES, numbers, 2);
	struct alert_key key = notes_key(of->target, of->unit, of->by);

	notes->n = 0;
	while (notes->n < NOTES_SHOWN_MAX) {
		struct alert_note *at = &notes->list[notes->n];
		struct span value;
		bool more;
		enum err err =
		    alert_prefix_next(state, &prefix, &key, &value, &more);

		if (err != ERR_OK || !more)
			return err;
		at->commit = number_below(&key, 2);
		at->place = (uint32_t)number_below(&key, 4);
		if (note_read(value, &at->note) != ERR_OK)
			return ERR_CORRUPT;
		notes->n++;
	}
	return ERR_OK;
}

enum err
alert_notes_read(struct kv *state, const struct alert_notes_of *of,
                 struct alert_notes *notes)
{
	enum err err = notes_gather(state, of, notes);

	for (uint32_t i = 0; i < notes->n / 2; i++) {
		struct alert_note *early = &notes->list[notes->n - 1 - i];
		struct alert_note late = notes->list[i];

		notes->list[i] = *early;
		*early = late;
	}
	return err;
}

/* Whole characters alone. */
static size_t
cut(struct span text, size_t most)
{
	size_t n = most < text.len ? most : text.len;

	while (n > 0 && n < text.len && (text.ptr[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void
alert_note_print(const struct catalogue *c, const struct note *note,
                 size_t most, struct buf *out)
{
	static const char more[] = "...";
	const char *document = note->document < c->n_documents
	                           ? c->documents[note->document].id
	                           : NULL;
	size_t taken = document != NULL ? strlen(document) + 3 : 0;
	size_t left = most > taken ? most - taken : 0;

	if (note->text.len <= left) {
		buf_put(out, note->text.ptr, note->text.len);
	} else {
		left = left > strlen(more) ? left - strlen(more) : 0;
		buf_put(out, note->text.ptr, cut(note->text, left));
		buf_put_str(out, more);
	}
	if (document != NULL)
		buf_printf(out, " (%s)", document);
}
