/*
 * admission_case - a small catalogue, a batch and rows to try against them, for
 * the tests of admission.h. Include cmocka.h first.
 */
#ifndef TESTS_LIB_ADMISSION_CASE_H
#define TESTS_LIB_ADMISSION_CASE_H

#include "common/domain/admission.h"

/* Texts of the dictionary by index; the texts are in admission_case.c. */
enum {
	T_POV,
	T_C16,
	T_KM,
	T_INC,
	T_TQ,
	T_HG,
	T_X1,
	T_2018,
	T_2019,
	T_2021,
	T_2024,
	T_2026,
	T_Q1,
	T_D16,
	T_D20,
	T_UNDATED,
	T_DATE,
	T_TQS,
	T_EMPTY,
	T_WRONG,
	T_WRONG_DEFINITION,
	T_CODE_TQ,
	T_CODE_SHARED,
	T_M,
	T_MONTH,
	T_S1,
	T_SPAN,
	TEXTS
};

struct admission_case {
	struct catalogue *c;
	struct admission a;
	struct admission_batch batch;
	struct span dictionary[TEXTS];
	uint32_t gso;
	uint32_t tqs;
};

/* cmocka fixtures: *state is a struct admission_case whose batch has begun. */
int admission_case_setup(void **state);
int admission_case_teardown(void **state);
/* Again, after the batch or the dictionary was changed. */
void admission_case_begin(struct admission_case *f);

struct draft_number number(int64_t mantissa, uint8_t places);
/* pov of tq for 2018: without a number, with a value, with parts. */
struct draft_row draft(void);
struct draft_row draft_value(int64_t mantissa, uint8_t places);
struct draft_row draft_parts(int64_t numerator, int64_t denominator);

struct figure accepted(struct admission_case *f, struct draft_row row);
void refused(struct admission_case *f, struct draft_row row, enum err err,
             const char *field);
const char *definition_of(struct admission_case *f,
                          const struct figure *figure);

#endif
