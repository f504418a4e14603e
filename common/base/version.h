/*
 * version - of the whole project: what --version, metrics and logs say.
 */
#ifndef COMMON_BASE_VERSION_H
#define COMMON_BASE_VERSION_H

#define TIENDO_VERSION "0.1.0"

_Static_assert(sizeof(TIENDO_VERSION) > 1, "a version is never empty");

#endif
