/* option_manual.h - a command's table of options for other readers than --help's: the manual
 * and the shell's completion. All on stdout. */
#ifndef SERVER_OPTION_MANUAL_H
#define SERVER_OPTION_MANUAL_H

#include "server/options.h"

/* Its subsection of iomodels(1), in the man macros of roff. */
void options_print_man(const struct option_command *command);

/* For completion, fields separated by tabs; choices by blanks:
 *
 *	operand	OPERANDS
 *	option	--NAME	TYPE	METAVAR	CHOICE ..
 */
void options_print_words(const struct option_command *command);

#endif
