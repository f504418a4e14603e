#include "common/domain/text.h"

#include <stdint.h>
#include <string.h>

enum {
	TEXT_NEAR_BYTES = 64,
};

/* Bytes of the UTF-8 sequence that a first byte opens; 0: none. */
static size_t
sequence_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* The second byte keeps out overlong forms, surrogates and what is past
 * U+10FFFF. */
static bool
second_valid(uint8_t first, uint8_t second)
{
	uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return second >= low && second <= high;
}

static bool
control(uint8_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

static bool
sequence_valid(const uint8_t *at, size_t len)
{
	if (len == 1)
		return !control(at[0]);
	if (!second_valid(at[0], at[1]))
		return false;
	for (size_t i = 2; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return false;
	return true;
}

bool
text_valid(struct span text)
{
	for (size_t i = 0; i < text.len;) {
		size_t len = sequence_len(text.ptr[i]);

		if (len == 0 || len > text.len - i ||
		    !sequence_valid(text.ptr + i, len))
			return false;
		i += len;
	}
	return true;
}

bool
text_is_id(struct span text, size_t max)
{
	if (text.len == 0 || text.len > max)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '-')
			return false;
	}
	return true;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* One row of the table of Wagner and Fischer, from the row above it. */
static void
distance_row(unsigned row[static TEXT_NEAR_BYTES + 1], uint8_t c, struct span b)
{
	unsigned diagonal = row[0]++;

	for (size_t j = 0; j < b.len; j++) {
		unsigned above = row[j + 1];

		row[j + 1] = least(row[j] + 1, above + 1,
		                   diagonal + (c == b.ptr[j] ? 0 : 1));
		diagonal = above;
	}
}

unsigned
text_distance(struct span a, struct span b)
{
	unsigned row[TEXT_NEAR_BYTES + 1];
	size_t longer = a.len > b.len ? a.len : b.len;
	size_t shorter = a.len > b.len ? b.len : a.len;

	if (longer > TEXT_NEAR_BYTES || longer - shorter > TEXT_DISTANCE_MAX)
		return TEXT_DISTANCE_MAX + 1;
	for (unsigned j = 0; j <= TEXT_NEAR_BYTES; j++)
		row[j] = j;
	for (size_t i = 0; i < a.len; i++)
		distance_row(row, a.ptr[i], b);
	return row[b.len] > TEXT_DISTANCE_MAX ? TEXT_DISTANCE_MAX + 1
	                                      : row[b.len];
}

struct nearest
nearest_of(struct span wanted)
{
	return (struct nearest){.wanted = wanted,
	                        .distance = TEXT_DISTANCE_MAX + 1};
}

void
nearest_offer(struct nearest *n, struct span candidate)
{
	unsigned distance = text_distance(n->wanted, candidate);

	/* A word of two letters resembles every other one. */
	if (distance >= n->distance || distance >= n->wanted.len)
		return;
	n->distance = distance;
	n->best = candidate;
}
