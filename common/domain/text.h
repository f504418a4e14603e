/*
 * text - is it text, is it an id, and which known word was probably meant.
 *
 * For catalogue rows and the files they come from; what a person reads in an
 * error's hint is found here.
 */
#ifndef COMMON_DOMAIN_TEXT_H
#define COMMON_DOMAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

/* UTF-8 (RFC 3629) without control characters but tab, LF and CR. */
bool text_valid(struct span text);
/* 1 to max bytes of [a-z0-9.-]. */
bool text_is_id(struct span text, size_t max);

#define TEXT_DISTANCE_MAX 2
/* Edit distance in bytes (insert, remove, replace), TEXT_DISTANCE_MAX + 1 if it
 * is larger or a text is longer than 64 bytes. Cost: about 64 * 5 steps. */
unsigned text_distance(struct span a, struct span b);

/* Keeps the nearest of many candidates. */
struct nearest {
	struct span wanted;
	struct span best; /* ptr NULL: none near enough */
	unsigned distance;
};
struct nearest nearest_of(struct span wanted);
/* Offers a candidate; of equally near ones the first stays. */
void nearest_offer(struct nearest *n, struct span candidate);

#endif
