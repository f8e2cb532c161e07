/* server_command.h - the command line of a server under test, and its address. */
#ifndef RESULTS_SUBJECT_SERVER_COMMAND_H
#define RESULTS_SUBJECT_SERVER_COMMAND_H

#include "results/subject/server_process.h"

#define SERVER_COMMAND_WORDS 16

/* Chooses the port or makes the private directory, and stores a command line that ends
 * with NULL; its words live as long as the server. For a command, server->address is set
 * when it was told one; with padding, server->environment. 0 or -errno; in either case
 * server_command_release undoes it. */
int server_command_prepare(struct server_process *server, char **ret_argv);

/* Removes the socket file with its directory. */
void server_command_release(struct server_process *server);

#endif
