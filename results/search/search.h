/* search.h - the command `iomodels search`: the highest rate that keeps an objective. */
#ifndef RESULTS_SEARCH_SEARCH_H
#define RESULTS_SEARCH_SEARCH_H

#include "server/io_model.h"

int search_command(const struct io_catalogue *catalogue, int argc, char **argv);

#endif
