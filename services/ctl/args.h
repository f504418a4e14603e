/*
 * args - the command line of `tiendo`, and its --help, from the same tables.
 */
#ifndef SERVICES_CTL_ARGS_H
#define SERVICES_CTL_ARGS_H

#include "services/ctl/ctl.h"

/*
 * args_parse - fills command, options, operands and the options that every
 * subcommand has: --data -o --lang --help --version, before or after it.
 *
 * argv     is put in order: operands move together; ctl->operands points into it
 * returns  -1: go on; or the code to exit with: help or version was printed (0),
 *          or one line says what is wrong (64)
 */
NODISCARD int args_parse(struct ctl *ctl, int argc, char **argv);

#endif
