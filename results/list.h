/* list.h - the commands `iomodels list` and `iomodels --version`: what there is, and why
 * not. */
#ifndef RESULTS_LIST_H
#define RESULTS_LIST_H

#include "server/io_model.h"

int list_command(const struct io_catalogue *catalogue, int argc, char **argv);

/* Version, commit, compiler, and each library found or why not, on stdout. */
void version_print(void);

#endif
