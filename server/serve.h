/* serve.h - the command `iomodels serve`: one model on one address, until a signal. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server/io_model.h"

/*
 * Prints `ready ADDR` on stdout once it accepts; on SIGTERM or SIGINT drains and prints
 * one JSON line: model accepted refused requests bytes_in bytes_out bad_frames errors
 * active workers, `workers` being an array of requests per fixed worker. Returns an exit
 * status.
 */
int serve_command(const struct io_catalogue *catalogue, int argc, char **argv);

#endif
