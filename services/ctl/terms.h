/*
 * terms - the codes that tables and messages show, in Vietnamese.
 *
 * Codes are stable and English: JSON and CSV have them as they are, in either
 * language, and so have English tables. A Vietnamese table shows these words
 * instead, and a Vietnamese message these texts. Constant tables; a test goes
 * through every code that the domain has.
 */
#ifndef SERVICES_CTL_TERMS_H
#define SERVICES_CTL_TERMS_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* One clause without full stop, in Vietnamese or as err_text has it; never NULL. */
const char *term_err(enum err err, bool vi);

/* The words of a code, NULL: not known here. */
const char *term_of(struct span code);

/*
 * term_put - a text that stands under a column of a table (or in a field of the
 * line below it), in Vietnamese.
 *
 * column   as the service names the field: only those that hold codes are
 *          translated; of `flags` each word, of `not_formed` what follows each unit,
 *          of `unit_name` the words of a validity
 * returns  false: nothing was written, the text may be shown as it is
 */
bool term_put(struct buf *out, const char *column, struct span text);

/* What a service said of an error, "code: text (field)", in Vietnamese; one that
 * doesn't begin with a known code as it is. */
void term_put_problem(struct buf *out, const char *problem);

#endif
