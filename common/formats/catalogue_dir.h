/*
 * catalogue_dir - a catalogue's directory to rows.
 *
 * Reads units.csv and its fellows (cat_kinds), then the YAML files of programmes/ in order of
 * name. Only units.csv must be there. A CSV file of an unknown name, or a programme
 * that ends in .yml, is an error, since it would be left out in silence. The only file of formats that
 * touches the disk.
 */
#ifndef COMMON_FORMATS_CATALOGUE_DIR_H
#define COMMON_FORMATS_CATALOGUE_DIR_H

#include "common/base/err.h"
#include "common/domain/catalogue_rows.h"

#define CATALOGUE_FILE_BYTES     (16u << 20)
#define CATALOGUE_PROGRAMMES_MAX 1000

/*
 * catalogue_dir_read - adds the rows of every file, with places.
 *
 * rows     initialised; file names in places and errors live in its memory
 * errors   of every file, so that one run finds them all; where a file cannot be
 *          read, ERR_IO, ERR_NOT_FOUND or ERR_TOO_LARGE with its name
 * returns  ERR_OK; ERR_REFUSED (errors were added; do not build); ERR_NOT_FOUND
 *          (no such directory); ERR_NOMEM
 */
NODISCARD enum err catalogue_dir_read(const char *dir, struct cat_rows *rows,
                                      struct cat_errors *errors);

#endif
