/*
 * pile - a kv that is written first and read afterwards.
 *
 * For many rows whose order is the journal's: a put is an append, and one sort at the
 * end finds what stands; of equal keys the last put holds. In between nothing can
 * be read.
 */
#ifndef SERVICES_CTL_PILE_H
#define SERVICES_CTL_PILE_H

#include "common/base/kv.h"

#define PILE_KEY_MAX   32
#define PILE_BYTES_MAX ((uint64_t)4 << 30) /* of keys and values together */

struct pile;

NODISCARD enum err pile_new(struct pile **pile_p);
void pile_free(struct pile **pile_p);

/* For put and del; get, next and count once it is settled. Errors as kv.h: ERR_TOO_LARGE
 * for a longer key or past PILE_BYTES_MAX; a read before it is settled ERR_AGAIN. */
struct kv *pile_kv(struct pile *pile);

/* Sorts what was put since the last time: some 200 ns a row. */
NODISCARD enum err pile_settle(struct pile *p);
/* Forgets every key that begins with this byte. */
void pile_clear(struct pile *p, uint8_t table);

#endif
