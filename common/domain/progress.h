/*
 * progress - what published methods and the trend say beside a verdict.
 *
 * The verdict chose the figure and knows the base and the target; this hands them
 * to the methods (method.h), and the series behind it to the projection
 * (projection.h). Nothing here changes a verdict. Pure. Called by alert for
 * `status`.
 */
#ifndef COMMON_DOMAIN_PROGRESS_H
#define COMMON_DOMAIN_PROGRESS_H

#include <stdbool.h>

#include "common/domain/method.h"
#include "common/domain/projection.h"
#include "common/domain/verdict.h"

/*
 * progress_method - one method on the verdict's own figure, base and target.
 *
 * in, v    what verdict_judge was given and gave
 * out      refused no_figure: the judged period has no usable exact figure; no_base;
 *          no_target: nothing is due at the end as a level
 */
void progress_method(const struct verdict_input *in, const struct verdict *v,
                     enum method method, struct method_result *out);

/*
 * progress_project - when the trend of the released figures reaches the target.
 *
 * Figures: those that would be judged (R2), exact and released, of the version's
 * definition and of the judged period's length, up to the judged period; also
 * from before the base. Forecasts never. Nothing is told of periods before the
 * judged one: what no figure shows was not reached.
 * returns  false: fewer than three, or no question of it: achieved, no level is
 *          due at the end, or each period is judged by itself (steps: each, count
 *          a year, plan, relative, maintain)
 */
bool progress_project(const struct verdict_input *in, const struct verdict *v,
                      struct projection *out);

#endif
