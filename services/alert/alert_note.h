/*
 * alert_note - what people said about a target and unit.
 *
 * All are kept, newest first within a pair, so that the last ones by any commit are
 * one short scan (SEMANTICS K5b). They are shown beside a verdict and change nothing.
 */
#ifndef SERVICES_ALERT_ALERT_NOTE_H
#define SERVICES_ALERT_ALERT_NOTE_H

#include "common/base/kv.h"
#include "common/domain/catalogue.h"
#include "common/domain/record.h"

#define NOTES_SHOWN_MAX 16 /* of one target and unit: the last ones */

struct alert_note {
	uint64_t commit;
	uint32_t place; /* of the record in its commit */
	struct note note;
};

/* record: as journaled. */
void alert_note_put(struct kv *state, const struct alert_note *note,
                    struct span record);

struct alert_notes_of {
	uint32_t target;
	uint32_t unit;
	uint64_t by; /* commit, inclusive */
};

struct alert_notes {
	struct alert_note list[NOTES_SHOWN_MAX]; /* oldest first */
	uint32_t n;
};
/* The last ones by a commit. Texts are views until the next put or del. ERR_CORRUPT. */
NODISCARD enum err alert_notes_read(struct kv *state,
                                    const struct alert_notes_of *of,
                                    struct alert_notes *notes);

/* "text (document)", in most bytes at most: the text is cut before the document
 * would be, and three points say so. */
void alert_note_print(const struct catalogue *c, const struct note *note,
                      size_t most, struct buf *out);

#endif
