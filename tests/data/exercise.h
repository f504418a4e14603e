/*
 * The exercise: an invented country, eight invented provinces, ten years. Its
 * verdicts were worked out by hand, year by year; nothing here is real.
 *
 * ex-pov@l2015, per cent, down is good. At most 10.00 by 2026, ex.gao at most 12.00
 * by 2025; base the figure of 2016, straight line, margin 0.50. Figures come on
 * the 41st day of the next year, status A, owed until 16 March. Today is 2026-06-30.
 */
#ifndef TESTS_DATA_EXERCISE_H
#define TESTS_DATA_EXERCISE_H

#include <stddef.h>

#define EXERCISE_FIRST 2016
#define EXERCISE_YEARS 10
#define EXERCISE_TODAY "2026-06-30"

/* a at-risk, o on-track, b behind, r reversing, A achieved, M missed,
 * u undecided; from 2017 */
struct exercise_unit {
	const char *unit;
	const char *target;
	const char *figures[EXERCISE_YEARS]; /* NULL: none */
	const char *verdicts;
};

static const struct exercise_unit exercise_units[] = {
    {"ex.bang",
     "ex/to-2026",
     {"30.00", "28.50", "27.00", "25.50", "24.00", "22.50", "21.00", "19.50",
      "18.00", "16.50"},
     "abbbbbbbb"},
    {"ex.cau",
     "ex/to-2026",
     {"28.00", "26.00", "24.00", "22.00", "20.00", "18.00", "16.00", "14.50",
      "13.60", "14.90"},
     "oooooooar"},
    {"ex.dua",
     "ex/to-2026",
     {"25.00", "23.50", "22.00", "20.50", "19.00", "17.50", "16.00", "14.50",
      "13.00", "11.80"},
     "ooooooooa"},
    {"ex.gao",
     "ex/to-2025",
     {"24.00", "22.90", "21.80", "20.70", "19.60", "18.40", "17.20", "16.00",
      "14.70", "13.40"},
     "aabbbbbbM"},
    {"ex.hoe",
     "ex/to-2026",
     {"20.00", "18.40", "16.80", "15.20", "13.60", "12.00", "10.80", "9.80",
      "9.40", "9.00"},
     "ooooooAAA"},
    {"ex.lim",
     "ex/to-2026",
     {"26.00", "24.40", "22.80", "21.10", "19.40", "17.70", "16.00", "14.20",
      "12.40", NULL},
     "oooooooou"},
    {"ex.mit",
     "ex/to-2026",
     {"32.00", "29.80", "27.60", "25.40", "23.20", "21.00", "18.70", "16.40",
      "13.90", "11.40"},
     "ooooooooo"},
    {"ex.phuong",
     "ex/to-2026",
     {"27.00", "25.30", "23.60", "21.90", "20.20", "18.50", NULL, NULL, NULL,
      NULL},
     "ooooouuuu"},
};

/* ex.phuong by the line of 2022, from 2021 on. */
static const char *const exercise_other_line[] = {"24.10", "22.40", "20.60",
                                                  "18.90", "17.20"};
#define EXERCISE_OTHER_UNIT  "ex.phuong"
#define EXERCISE_OTHER_FIRST 2021

#endif
