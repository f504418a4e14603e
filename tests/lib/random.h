/*
 * random - numbers for tests: seeded, alike on every machine (splitmix64). A
 * test prints the seed it starts from.
 */
#ifndef TESTS_LIB_RANDOM_H
#define TESTS_LIB_RANDOM_H

#include <stdint.h>

static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline uint64_t
below(uint64_t *seed, uint64_t n)
{
	return next_random(seed) % n;
}

/* Short numbers as often as long ones; at most bits of them, 1..64. */
static inline uint64_t
any_bits(uint64_t *seed, unsigned bits)
{
	return next_random(seed) >> (64 - 1 - below(seed, bits));
}

#endif
