/* server_output.h - what a server under test has printed, kept in memory files. */
#ifndef RESULTS_SUBJECT_SERVER_OUTPUT_H
#define RESULTS_SUBJECT_SERVER_OUTPUT_H

#include <stddef.h>

#include "results/subject/server_process.h"
#include "server/socket.h"

/* Looks for the line `ready ADDR`: 1 and the address, 0 when it is not there yet, -ECHILD
 * with one line in `error` when its address is none. */
int server_output_ready(int fd, struct address *ret_address, char *error);

/* The last two lines as one, "" when there are none; unprintable bytes become '?'. */
void server_output_tail(int fd, char *text, size_t size);

/* Fills requests and workers from the last line, when that is a JSON object. */
void server_output_counters(int fd, struct server_report *report);

#endif
