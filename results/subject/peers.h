/*
 * peers.h - the Python peers: real servers of that world whose designs our models are,
 * python:NAME wherever a SERVER is named.
 *
 * A peer is described by the table of a model, of which nothing runs in this program: name,
 * family, flags and options mean the same. peers.def lists them.
 */
#ifndef RESULTS_SUBJECT_PEERS_H
#define RESULTS_SUBJECT_PEERS_H

#include <jansson.h>

#include "server/io_model.h"

#define PEER_PREFIX    "python:"
#define PEER_PYTHON    "/usr/bin/python3"
#define PEERS_MAX      32
#define PEER_DIRECTORY "IOMODELS_PYTHON" /* environment: where the files are instead */

/* Ends with NULL; their names begin with PEER_PREFIX. */
extern const struct io_model *const python_peers[];

/* The interpreter, and what it said of each peer. One thread. */
struct peers {
	const char *python; /* a path; borrowed */
	char *reasons[PEERS_MAX];
	bool wanted[PEERS_MAX], asked[PEERS_MAX];
	json_t *facts; /* see peers_facts; NULL: nothing was asked */
};

/* With PEER_PYTHON, nothing asked. */
void peers_init(struct peers *peers);
void peers_release(struct peers *peers);

/* The line of option --python in a command's table; the value is a const char *. */
#define PEERS_OPTION(offset)                                                         \
	{                                                                            \
		"python", "PATH", "interpreter of python:NAME servers", OPTION_TEXT, \
			offset, PEER_PYTHON, 0, 0, NULL                              \
	}

/* Another interpreter: 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes) when
 * the path is none. */
int peers_use(struct peers *peers, const char *python, char *error);

/* Why this machine cannot run a model or a peer, or NULL. A peer is asked once: it imports
 * what it needs, and the reason is the last line of what Python says to that. All that are
 * wanted are asked together, in one process. Lives as long as `peers`. */
const char *peers_reason(struct peers *peers, const struct io_model *model);

/* Has a peer asked about when any is (`peers` NULL, or no peer: nothing is to be asked). */
void peers_want(struct peers *peers, const struct io_model *model);

/* The interpreter that was asked, for environment.json: {"interpreter": its path,
 * "implementation", "version", "packages": {NAME: version or null}}, null where it could not
 * be run. Borrowed. NULL: none was. */
json_t *peers_facts(const struct peers *peers);

/* The same, asked now if nobody has. */
json_t *peers_ask_facts(struct peers *peers);

/* Runs the interpreter with `words`: NULL when that went well, else why not, which the
 * caller frees. */
char *peers_ask(const struct peers *peers, char *const *words);

/* The folder with the files: as the environment says, else beside the installed program,
 * else in the source tree. The caller frees it; NULL: no memory. */
char *peers_directory(void);

/* The file of a peer; the caller frees it. NULL: no memory. */
char *peers_script(const struct io_model *peer);

#endif
