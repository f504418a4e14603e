/*
 * beside - lines below a row of status: one for each method asked for, and one for
 * the projection, in the columns of the row.
 */
#ifndef SERVICES_CTL_BESIDE_H
#define SERVICES_CTL_BESIDE_H

#include "services/ctl/table.h"
#include "services/ctl/view.h"

/*
 * A line for each of the row's objects methods.NAME and projection (one for all methods
 * that are refused for the same reason): its name under
 * `target`, a method's value, verdict and category (or why it was refused) under
 * `value`, `verdict`, `reason`; of the projection the period by Theil-Sen under
 * `period`, and "low .. high" under `reason`.
 */
void beside_lines(const struct ctl *ctl, struct wire_list pairs,
                  const struct view_column *columns, struct table *table);

#endif
