/* peers.c - the Python peers: their tables, their files, whether they can be run. */
#include "results/subject/peers.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/subject/captured.h"
#include "results/subject/peers_probe.h"

#define WORKERS_MAX 1024
#define POOL        (IO_MODEL_STREAM | IO_MODEL_PER_WORKER)

struct peer_options {
	int64_t workers; /* 0: not given */
	int64_t threads;
};

#define WORKERS(help)                                                                 \
	{                                                                             \
		"workers", "N", help, OPTION_COUNT,                                   \
			offsetof(struct peer_options, workers), NULL, 1, WORKERS_MAX, \
			NULL                                                          \
	}

static const struct option_spec no_options[] = {{.name = NULL}};
static const struct option_spec process_options[] = {
	WORKERS("worker processes; 1 per CPU if not given"), {.name = NULL}};
static const struct option_spec thread_options[] = {
	WORKERS("worker threads; 2 per CPU if not given"), {.name = NULL}};
static const struct option_spec hybrid_options[] = {
	WORKERS("worker processes; 1 per CPU if not given"),
	{"threads", "N", "of each process; twice the processes if not given",
	 OPTION_COUNT, offsetof(struct peer_options, threads), NULL, 1, WORKERS_MAX,
	 NULL},
	{.name = NULL}};

#define PEER(peer_name, peer_family, peer_flags, peer_options_, peer_summary) \
	&(const struct io_model){.name = PEER_PREFIX peer_name,               \
				 .summary = (peer_summary),                   \
				 .family = (peer_family),                     \
				 .flags = (peer_flags),                       \
				 .options = (peer_options_),                  \
				 .options_size = sizeof(struct peer_options)},
const struct io_model *const python_peers[] = {
#include "results/subject/peers.def"
	NULL,
};
#undef PEER
_Static_assert(sizeof(python_peers) / sizeof(python_peers[0]) <= PEERS_MAX + 1,
	       "a reason for each");

void peers_init(struct peers *peers)
{
	memset(peers, 0, sizeof(*peers));
	peers->python = PEER_PYTHON;
}

void peers_release(struct peers *peers)
{
	for (int i = 0; i < PEERS_MAX; i++)
		free(peers->reasons[i]);
	json_decref(peers->facts);
	peers_init(peers);
}

int peers_use(struct peers *peers, const char *python, char *error)
{
	peers_release(peers);
	if (strcmp(python, PEER_PYTHON) != 0 && access(python, X_OK) < 0) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"--python '%.300s': %s; expected the path of a Python interpreter",
			python, strerror(errno));
		return -EINVAL;
	}
	peers->python = python;
	return 0;
}

/* Beside the program, as `cmake --install` puts them; NULL: not there, or no memory. */
static char *installed_directory(void)
{
	char program[4096];
	char *path = NULL;
	const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length < 0)
		return NULL;
	program[length] = '\0';
	if (asprintf(&path, "%s/" PEERS_INSTALLED, dirname(program)) < 0)
		return NULL;
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *peers_directory(void)
{
	const char *told = getenv(PEER_DIRECTORY);

	if (told)
		return strdup(told);
	char *path = installed_directory();
	return path ? path : strdup(PEERS_SOURCE);
}

char *peers_script(const struct io_model *peer)
{
	char *directory = peers_directory(), *path = NULL;

	if (directory && asprintf(&path, "%s/%s_server.py", directory,
				  peer->name + strlen(PEER_PREFIX)) < 0)
		path = NULL;
	for (char *p = path ? path + strlen(directory) : NULL; p && *p; p++)
		if (*p == '-')
			*p = '_';
	free(directory);
	return path;
}

char *peers_ask(const struct peers *peers, char *const *words)
{
	char *line, *reason = NULL;
	const int status = captured_run(words, &line);

	if (status > 0)
		return line;
	if (status < 0 &&
	    asprintf(&reason, "cannot run %s: %s", peers->python, strerror(-status)) < 0)
		reason = NULL;
	free(line);
	return reason;
}

/* The index of a peer, or -1. */
static int find(const struct io_model *model)
{
	for (int i = 0; python_peers[i]; i++)
		if (python_peers[i] == model)
			return i;
	return -1;
}

void peers_want(struct peers *peers, const struct io_model *model)
{
	const int i = find(model);

	if (peers && i >= 0)
		peers->wanted[i] = true;
}

const char *peers_reason(struct peers *peers, const struct io_model *model)
{
	const int i = find(model);

	if (i < 0)
		return io_model_reason(model);
	peers->wanted[i] = true;
	if (!peers->asked[i])
		peers_probe(peers);
	return peers->reasons[i];
}

json_t *peers_facts(const struct peers *peers)
{
	return peers->facts;
}

json_t *peers_ask_facts(struct peers *peers)
{
	if (!peers->facts)
		peers_probe(peers);
	return peers->facts;
}
