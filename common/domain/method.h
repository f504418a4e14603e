/*
 * method - published ways to judge progress between a base and a target.
 *
 * Each takes three points (base, latest figure, target), gives one number, puts
 * it in a category by published thresholds, and maps the category onto a verdict.
 * Pure: it picks no figure, knows no margin and no missing report; the judge does
 * (verdict.h). Called by the judge for targets whose `method` is a ratio method,
 * by alert for `status --methods`, by the catalogue check for the names.
 *
 * Symbols: y0 at t0 the base, yt at t the latest figure, yT at T the target; d = +1
 * if greater is better, else -1; times in years (months / 12).
 *
 *   path           share of the way over share of the time:
 *                  ((yt - y0) / (yT - y0)) / ((t - t0) / (T - t0))
 *                  By definition of a straight line: under 1 is behind it.
 *   step           mean step a year: d (yt - y0) / (t - t0), against the step asked,
 *                  else against d (yT - y0) / (T - t0)
 *   required-rate  what is required a year from here over what was made so far:
 *                  ((yT - yt) / (T - t)) / ((yt - y0) / (t - t0)); over 1 means that
 *                  it must go faster. Says the same as the line, in other words.
 *   eurostat       R = d CAGR / |required CAGR|, CAGR = (yt / y0)^(1 / (t - t0)) - 1,
 *                  required CAGR = (yT / y0)^(1 / (T - t0)) - 1.
 *                  Source: Eurostat, "Sustainable development in the European
 *                  Union: monitoring report on progress towards the SDGs in an
 *                  EU context", annex on indicators with a quantitative target:
 *                  significant from 95 %, moderate from 60 %, insufficient from
 *                  0 %, below that movement away. (Where values are below
 *                  zero, growth leads downward, and d changes its sign.)
 *   opensdg        the same R. Source: Open SDG, "Progress Measurement Methodology
 *                  for the Sustainable Development Goals" (method of Statistics
 *                  Canada): "target achieved" is asked before any rate, then on
 *                  track from 95 %, needs acceleration from 60 %, limited from
 *                  0 %, else deterioration. Open SDG replaces zero by 0.001; we
 *                  refuse it, for the category would hang on that number.
 *
 * Numbers: path, required-rate and both ratios are rounded half away to six decimals
 * before they are compared (A2), the first two exactly, the ratios from double;
 * step keeps the indicator's decimals and four more.
 */
#ifndef COMMON_DOMAIN_METHOD_H
#define COMMON_DOMAIN_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/domain/decimal.h"
#include "common/domain/verdict.h"

#define METHOD_PLACES 6 /* decimals of all values but step's (A2) */

enum method {
	METHOD_PATH, /* what a target without `method` says */
	METHOD_STEP,
	METHOD_REQUIRED_RATE,
	METHOD_EUROSTAT,
	METHOD_OPENSDG,
	METHODS
};

/* Why there is no category; the first that applies. */
enum method_refusal {
	METHOD_ACCEPTED,
	METHOD_NO_FIGURE, /* no usable figure (said by the caller) */
	METHOD_NO_BASE,   /* no base to count from (said by the caller) */
	METHOD_NO_TARGET, /* no level is due at the end (said by the caller) */
	METHOD_NO_TIME,   /* t is not after t0, or T is not after t0 */
	METHOD_ZERO,      /* ratio methods: y0, yt or yT is zero */
	METHOD_SIGN_CHANGE, /* ratio methods: not all of one sign */
	METHOD_NO_DISTANCE, /* yT = y0; path, step, required-rate: or yT is not on
	                     * the good side of y0 */
	METHOD_NO_TIME_LEFT, /* required-rate: t is at or after T */
	METHOD_NO_PROGRESS,  /* required-rate: yt = y0, any rate is too much */
	METHOD_OUT_OF_RANGE, /* the number cannot be written */
	METHOD_REFUSALS
};

/* Values are fine mantissas (DECIMAL_EXTRA more digits than `places`); a time is
 * the number of the month with whose end the period ends (year * 12 + month). */
struct method_input {
	i128 base, value, target;
	int base_month, month, target_month;
	uint8_t places; /* declared decimals of the indicator */
	bool up;
	/* The whole target is met by the value. The caller's to say, for it knows
	 * what strict, all and zero mean. */
	bool met;
	i128
	    step; /* step: asked a year (fine, in the good direction); 0: none */
};

struct method_result {
	enum method_refusal refused;
	bool has_value; /* false: refused, or achieved before any rate */
	int64_t value;  /* mantissa at value_places */
	uint8_t value_places;
	const char *category;      /* code; NULL if refused */
	enum verdict_kind verdict; /* VERDICT_UNDECIDED if refused */
};

/*
 * method_apply - one method.
 *
 * Verdict: achieved if in->met, else missed if t is at or after T (J2's order), else
 * what the category stands for: significant/on track: on-track; moderate/needs
 * acceleration: at-risk; insufficient/limited: behind; away/deterioration:
 * reversing. path, step, required-rate: on-track, behind, reversing.
 * The category is the method's own, also where the verdict is achieved or missed.
 */
void method_apply(enum method method, const struct method_input *in,
                  struct method_result *out);

/* One row of a method's thresholds, best first; the last has the lowest. */
struct method_threshold {
	int64_t at_least; /* millionths */
	const char *category;
	enum verdict_kind verdict;
};
/* The thresholds of a method, *n rows: of the value, but of step's value over the
 * step asked, and of the inverse of required-rate's. */
const struct method_threshold *method_thresholds(enum method method, int *n);

const char *method_name(enum method method); /* "required-rate"; else "?" */
enum method method_parse(struct span text);  /* METHODS if none */
/* Judged by its thresholds instead of a path: eurostat, opensdg. */
bool method_is_ratio(enum method method);
const char *method_refusal_name(enum method_refusal refusal); /* "zero" */

#endif
