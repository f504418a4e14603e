#include "services/alert/alert_note.h"

#include "services/alert/alert_state.h"

static struct alert_key
notes_key(uint32_t target, uint32_t unit)
{
	uint32_t numbers[] = {target, unit};

	return alert_key_of(ALERT_TABLE_NOTES, numbers, 2);
}

enum err
alert_note_put(struct kv *state, const struct alert_note *note,
               struct span record)
{
	struct alert_key prefix = notes_key(note->note.target, note->note.unit);
	struct alert_key oldest = {.len = 0};
	struct alert_key key = {.len = 0};
	uint32_t n = 0;
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK && more) {
		struct span value;

		err = alert_prefix_next(state, &prefix, &key, &value, &more);
		if (n == 0)
			oldest = key;
		n += err == ERR_OK && more;
	}
	if (err != ERR_OK)
		return err;
	if (n >= NOTES_KEPT_MAX)
		kv_del(state, alert_key_span(&oldest));
	alert_key_long(&prefix, note->commit);
	alert_key_long(&prefix, note->place);
	kv_put(state, alert_key_span(&prefix), record);
	return ERR_OK;
}

enum err
alert_notes_read(struct kv *state, const struct alert_notes_of *of,
                 struct alert_notes *notes)
{
	struct alert_key prefix = notes_key(of->target, of->unit);
	struct alert_key key = {.len = 0};

	notes->n = 0;
	while (notes->n < NOTES_KEPT_MAX) {
		struct alert_note *at = &notes->list[notes->n];
		struct span value;
		bool more;
		enum err err =
		    alert_prefix_next(state, &prefix, &key, &value, &more);

		if (err != ERR_OK || !more)
			return err;
		at->commit = (uint64_t)alert_key_number(&key, 2) << 32 |
		             alert_key_number(&key, 3);
		at->place = alert_key_number(&key, 5);
		if (note_read(value, &at->note) != ERR_OK)
			return ERR_CORRUPT;
		if (at->commit > of->by)
			return ERR_OK;
		notes->n++;
	}
	return ERR_OK;
}

void
alert_note_print(const struct catalogue *c, const struct note *note,
                 struct buf *out)
{
	buf_put(out, note->text.ptr, note->text.len);
	if (note->document < c->n_documents)
		buf_printf(out, " (%s)", c->documents[note->document].id);
}
