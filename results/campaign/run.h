/* run.h - the command `iomodels run`: a plan, measured, as a directory of results. */
#ifndef RESULTS_CAMPAIGN_RUN_H
#define RESULTS_CAMPAIGN_RUN_H

#include "server/io_model.h"

int run_command(const struct io_catalogue *catalogue, int argc, char **argv);

#endif
