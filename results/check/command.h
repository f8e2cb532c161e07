/* command.h - the command `iomodels check`: whether the new of two servers is slower. */
#ifndef RESULTS_CHECK_COMMAND_H
#define RESULTS_CHECK_COMMAND_H

#include "server/io_model.h"

int check_command(const struct io_catalogue *catalogue, int argc, char **argv);

#endif
