/* calibrate.h - the command `iomodels calibrate`: what the load generator itself costs on
 * this machine, engine by engine, and so what it can drive. */
#ifndef RESULTS_CALIBRATION_CALIBRATE_H
#define RESULTS_CALIBRATION_CALIBRATE_H

#include "server/io_model.h"

int calibrate_command(const struct io_catalogue *catalogue, int argc, char **argv);

#endif
