/*
 * alert_absent - why a target says nothing of a unit, in words.
 *
 * The rules are those of verdict.h ("no row") and of SEMANTICS T1, T2, T5 and J2; here
 * they are only told, in the order in which they are asked. For explain, which is
 * asked by people: no row is an answer like another.
 */
#ifndef SERVICES_ALERT_ALERT_ABSENT_H
#define SERVICES_ALERT_ALERT_ABSENT_H

#include "common/base/buf.h"
#include "common/domain/explain.h"
#include "common/domain/verdict.h"

/* The target binds the unit in no version. Appends lines, each with its line end. */
void alert_unbound_tell(const struct catalogue *c, uint32_t target,
                        uint32_t unit, enum lang lang, struct buf *out);
/* verdict_judge gave no row of this input. The same. */
void alert_absent_tell(const struct verdict_input *in, enum lang lang,
                       struct buf *out);

#endif
