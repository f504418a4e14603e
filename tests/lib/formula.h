/*
 * formula - a second opinion on printed arithmetic.
 *
 * Evaluates `name = expression = result` exactly, in fractions of integers, and
 * rounds half away from zero to the decimals the result shows. Shares nothing with
 * the product. Numbers, + - * /, parentheses, min(a, b), max(a, b), and one
 * comparison whose result is true or false. A quotient of two growths (with ^) is
 * evaluated in doubles, to six decimals.
 */
#ifndef TESTS_LIB_FORMULA_H
#define TESTS_LIB_FORMULA_H

#include <stdbool.h>

/* False: not of this form, or the result is another one; *why says which. */
bool formula_holds(const char *line, const char **why);
/* "name = expression = result": has two equal signs of its own. */
bool formula_is_one(const char *line);

#endif
