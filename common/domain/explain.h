/*
 * explain - a verdict in words, with its whole arithmetic.
 *
 * Every number that decided is printed as a formula that a program can evaluate
 * again: `name = expression = result`, one a line, the result rounded half away
 * from zero at the decimals it shows; a ratio method's is a quotient of two growths.
 * Vietnamese texts have a decimal comma, and a semicolon between the arguments of
 * min and max. Written from a journaled verdict and the
 * catalogue alone; nothing is judged here. Texts are const tables, one a
 * language. Called by the alert service for `tiendo explain` and by the command.
 */
#ifndef COMMON_DOMAIN_EXPLAIN_H
#define COMMON_DOMAIN_EXPLAIN_H

#include "common/base/buf.h"
#include "common/domain/alert_fold.h"
#include "common/domain/catalogue.h"
#include "common/domain/verdict.h"

enum lang { LANG_VI, LANG_EN, LANGS };

/* LANGS if the text is neither "vi" nor "en". */
enum lang lang_parse(struct span text);

/*
 * explain_write - some ten to thirty lines of UTF-8 to out.
 *
 * c        the catalogue the verdict was judged with, or a later one: numbers
 *          are permanent; the target must still be declared
 * v        from verdict_judge or verdict_record_read
 * gaps     of v; NULL: not known, so not told
 */
void explain_write(const struct catalogue *c, const struct verdict *v,
                   const struct verdict_gaps *gaps, enum lang lang,
                   struct buf *out);

/* One line: a resolve says its reason first (L2). Figures carry the unit of measure of
 * their indicator; in English a unit has its English name, where one is declared. */
void alert_summary_write(const struct catalogue *c, const struct alert *a,
                         enum lang lang, struct buf *out);

/* The word of a verdict for people: "chậm tiến độ", "behind". */
const char *verdict_word(enum verdict_kind kind, enum lang lang);

#endif
