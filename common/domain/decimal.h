/*
 * decimal - exact decimals: an integer mantissa at declared decimals.
 *
 * SEMANTICS A1, A2. No floating point. A quotient is formed once, by long
 * division in 128-bit integers, rounded half away from zero; that decimal is
 * what is printed and judged.
 */
#ifndef COMMON_DOMAIN_DECIMAL_H
#define COMMON_DOMAIN_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

__extension__ typedef __int128 i128;

#define DECIMAL_MANTISSA_MAX  ((INT64_C(1) << 53) - 1) /* A1: below 2^53 */
#define DECIMAL_PLACES_MAX    9   /* declared decimals of an indicator */
#define DECIMAL_EXTRA         4   /* A2: paths, paces, gaps keep four more */
#define DECIMAL_QUOTIENT_BITS 123 /* largest terms of a quotient: 2^123 */
#define DECIMAL_TEXT_MAX      48  /* bytes of any printed decimal with NUL */

struct decimal {
	int64_t mantissa;
	uint8_t places; /* value = mantissa / 10^places */
};

/*
 * decimal_parse - text to mantissa at exactly `places` decimals.
 *
 * text     sign, digits, optional point and digits; at least one digit in all
 *          (".5" and "5." are numbers); no exponent, no space, no thousands
 *          sign; `comma`: the decimal sign is ',' and '.' is refused
 * returns  ERR_OK, ERR_BAD_NUMBER (not a number, exponent), ERR_TOO_PRECISE
 *          (significant decimals past places), ERR_OUT_OF_RANGE (>= 2^53)
 */
NODISCARD enum err decimal_parse(struct span text, uint8_t places, bool comma,
                                 int64_t *mantissa);
/* As above with the places the text itself has (for rows sent as decimals);
 * zeros at the end are dropped where they alone would pass a limit. */
NODISCARD enum err decimal_parse_free(struct span text, bool comma,
                                      struct decimal *value);

/* Same value at other places. Up: ERR_OUT_OF_RANGE past 2^53. Down: only if no
 * significant digit is lost, else ERR_TOO_PRECISE. */
NODISCARD enum err decimal_rescale(struct decimal value, uint8_t places,
                                   int64_t *mantissa);

/* -1, 0, 1 by value. |mantissa| * 10^(difference of places) must fit 127 bits:
 * always so for places up to 18. */
int decimal_compare(struct decimal a, struct decimal b);

/* Rounds half away from zero to fewer places; more places: multiplies exactly
 * (the product must fit 127 bits). */
i128 decimal_round(i128 mantissa, uint8_t from_places, uint8_t to_places);

/*
 * decimal_quotient - numerator * factor / denominator, rounded half away.
 *
 * Whole numbers, denominator >= 0, factor 1..10^6. Digits are formed one by
 * one, so the product with 10^places need not fit.
 * returns  ERR_OK, ERR_ZERO_DENOMINATOR, ERR_OUT_OF_RANGE (|numerator| *
 *          factor or denominator over 2^123, or the quotient over 127 bits)
 */
NODISCARD enum err decimal_quotient(i128 numerator, i128 denominator,
                                    int64_t factor, uint8_t places,
                                    i128 *mantissa);

/* Prints with exactly places <= 38 decimals: "-0.50", "0". Returns out. */
char *decimal_format(i128 mantissa, uint8_t places, char out[DECIMAL_TEXT_MAX]);

#endif
