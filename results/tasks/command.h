/* command.h - the command `iomodels tasks`. */
#ifndef RESULTS_TASKS_COMMAND_H
#define RESULTS_TASKS_COMMAND_H

#include "server/io_model.h"

int tasks_command(const struct io_catalogue *catalogue, int argc, char **argv);

#endif
