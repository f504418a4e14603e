/*
 * version - what --version prints.
 */
#ifndef COMMON_SERVE_VERSION_H
#define COMMON_SERVE_VERSION_H

#define TIENDO_VERSION "0.1.0"

#endif
