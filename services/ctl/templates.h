/*
 * templates - an example of each kind of catalogue row, to begin a file with.
 */
#ifndef SERVICES_CTL_TEMPLATES_H
#define SERVICES_CTL_TEMPLATES_H

#include "common/domain/catalogue_rows.h"

/* Lines behind the header of a CSV file, or a whole YAML file; `catalogue check`
 * accepts their form. */
const char *template_example(enum cat_kind kind);

#endif
