/*
 * server_spec.h - what is measured: SERVER as a user names it, everywhere.
 *
 *	epoll			a model of this program
 *	libev:backend=poll	the same, with options
 *	python:thread-pool	a Python peer, with options likewise
 *	exec:COMMAND		any server in any language; {host} {port} {path} are
 *				replaced in COMMAND, which /bin/sh -c runs
 */
#ifndef RESULTS_SUBJECT_SERVER_SPEC_H
#define RESULTS_SUBJECT_SERVER_SPEC_H

#include "server/io_model.h"
#include "server/socket.h"

struct server_spec {
	char *name;    /* column `model`: "libev", "exec:COMMAND" */
	char *options; /* column `server_options`: "backend=poll"; NULL: none */
	const struct io_model *model; /* or the table of a peer; NULL: a command */
	const char *command;          /* within name; NULL: a model or a peer */
	struct peers *peers;          /* of the catalogue; NULL: no peer */
	const char
		*program; /* that serves the model, borrowed; NULL: this one. Set by who
				compares two builds */
};

/* 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes): an unknown model with
 * the nearest known one, a wrong option; -ENOMEM. */
int server_spec_parse(const char *text, const struct io_catalogue *catalogue,
		      struct server_spec *ret_spec, char *error);
void server_spec_release(struct server_spec *spec);

/* Why this machine cannot run it, or NULL. Lives as long as the catalogue. */
const char *server_spec_reason(const struct server_spec *spec);

/* Why it cannot serve `transport`, or NULL: nobody knows what a command can. Static. */
const char *server_spec_transport_reason(const struct server_spec *spec,
					 enum transport transport);

/* Whether it can be told how many workers to have: a model with the option `workers`,
 * which its own options do not give. */
bool server_spec_takes_workers(const struct server_spec *spec);

/* 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes) when `workers` is a number
 * and its own options give another. */
int server_spec_check_workers(const struct server_spec *spec, const char *workers,
			      char *error);

/* The workers that it is to be told, 0: as many as it has by itself. `workers` is a number
 * or "auto", where a worker holds one connection, or one in each of its `threads`: enough
 * for every connection, at most 256. */
unsigned server_spec_workers(const struct server_spec *spec, const char *workers,
			     int64_t connections);

/* The names of all models; the caller frees the array, not the names. NULL: no memory. */
const char **server_spec_names(const struct io_catalogue *catalogue);

#endif
