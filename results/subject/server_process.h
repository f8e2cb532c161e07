/*
 * server_process.h - one server under test: started, probed, stopped, leaving nothing.
 *
 * The server runs in a process group of its own, of which the signals of the terminal
 * know nothing; it dies with the thread that started it. Its output goes to memory, so
 * that it never waits for us.
 */
#ifndef RESULTS_SUBJECT_SERVER_PROCESS_H
#define RESULTS_SUBJECT_SERVER_PROCESS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "results/subject/probe.h"
#include "results/subject/server_spec.h"
#include "results/subject/socket_directory.h"
#include "server/clock.h"
#include "server/socket.h"

#define SERVER_READY_TIMEOUT_NS (5 * NS_PER_S)
#define SERVER_PADDING_MAX      4096
#define SERVER_DRAIN_TIMEOUT_NS (6 * NS_PER_S) /* serve's own 5 s, and a margin */

struct server_process_config {
	const struct server_spec *spec;
	enum transport transport;
	unsigned workers;    /* of a model; 0: its default */
	int64_t max_work_ns; /* likewise */
	int64_t burn_ns;     /* of a model of ours: CPU added to each request */
	int padding; /* bytes, at most SERVER_PADDING_MAX, that its environment is longer by:
			where its stack lies is a matter of luck */
	cpu_set_t cpus; /* empty: free */
	enum probe_source probe;
	int64_t ready_timeout_ns;
	int64_t drain_timeout_ns; /* from SIGTERM to SIGKILL */
	const volatile int
		*cancel; /* non-zero: do not wait for the server to get ready */
};

struct server_process {
	struct server_process_config config;
	pid_t pid; /* and process group; 0: none */
	struct address address;
	struct probe probe;

	struct socket_directory directory; /* of the Unix socket */
	char *command;                     /* with its placeholders replaced */
	char **environment; /* the last text is the server's own; NULL: ours */
	int output_fd, error_fd;
	int port; /* chosen for {port}; 0: none */
	bool ended;
};

/* What the server said at its end. */
struct server_report {
	bool has_counters;
	uint64_t requests;
	int workers;               /* fixed ones */
	double worker_requests_cv; /* NAN: fewer than two workers */
	char problem[256]; /* ended before it was stopped, with an error, or had to be
			      killed; "": none */
};

/*
 * Starts the server and waits until it prints `ready ADDR` or, when it is a command with
 * {port} or {path}, until a connect succeeds. 0; -ECHILD when the server did not get
 * ready, -EINTR when cancelled, -errno when it could not be started; with one line in
 * `error` (OPTION_ERROR_SIZE bytes). On failure nothing is left.
 */
int server_process_start(struct server_process *server,
			 const struct server_process_config *config, char *error);

/* SIGTERM to the group, SIGKILL to what is left of it after the drain time, and always
 * once the leader is gone. Releases everything. `ret_report` may be NULL. */
void server_process_stop(struct server_process *server, struct server_report *ret_report);

#endif
