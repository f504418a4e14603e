/*
 * templates - an example of each kind of catalogue row, to begin a file with.
 */
#ifndef SERVICES_CTL_TEMPLATES_H
#define SERVICES_CTL_TEMPLATES_H

#include "common/domain/catalogue_rows.h"

/* Lines behind the header of a CSV file, or a whole YAML file with every key. All
 * together are a catalogue that `catalogue check` accepts. In parts, from 0; NULL
 * behind the last. */
const char *template_example(enum cat_kind kind, int part);

#endif
