/*
 * arena - memory that is taken piece by piece and given back whole.
 *
 * For the rows of a catalogue and for what is built from them. An arena is one
 * pointer, NULL at first; it grows in chunks, so a piece never moves. Not for
 * things that live and die one by one.
 */
#ifndef COMMON_DOMAIN_ARENA_H
#define COMMON_DOMAIN_ARENA_H

#include <stddef.h>

#include "common/base/buf.h"

/* Zeroed, aligned for any type; NULL: out of memory (also n * size too large).
 * Nothing asked for still gives a pointer that is not NULL. */
void *arena_take(void **arena, size_t n, size_t size);
/* A copy with a NUL behind; NULL: out of memory. */
char *arena_text(void **arena, struct span text);
void arena_fini(void **arena); /* frees all, sets NULL */

#endif
