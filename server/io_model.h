/*
 * io_model.h - the contract between an I/O model and the core.
 *
 * A model is a way to wait plus a place to run handlers: a const table of which only
 * `run` is required. The core parses the options, opens the listener, the counters and the
 * stop descriptor, then calls open, announces the server, calls run, and calls close:
 *
 *	io_server_open     listener, counters, model.open: every step that can fail
 *	  "ready tcp:..."  start-up is never timed
 *	io_server_run      model.run: serves until stop_fd is readable, then drains
 *	io_server_close    model.close, counters, listener
 *
 * All state hangs from struct io_server; a model may run twice in one process, and two
 * servers of models without worker processes may run side by side. Models print nothing
 * and never exit.
 */
#ifndef SERVER_IO_MODEL_H
#define SERVER_IO_MODEL_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/counters.h"
#include "server/echo.h"
#include "server/options.h"
#include "server/socket.h"
#include "server/spin.h"
#include "server/tasks.h"

enum io_model_flags {
	IO_MODEL_STREAM = 1 << 0,     /* serves tcp: and unix: */
	IO_MODEL_DATAGRAM = 1 << 1,   /* serves udp: */
	IO_MODEL_ONE = 1 << 2,        /* one connection at a time, the others wait */
	IO_MODEL_PER_WORKER = 1 << 3, /* a worker holds one connection at a time */
	IO_MODEL_ECHO_ONLY = 1 << 4,  /* bytes echoed unparsed: no work, no limits */
	IO_MODEL_PROCESSES =
		1 << 5,          /* forks: owns SIGCHLD and the children of its process */
	IO_MODEL_DEALT = 1 << 6, /* the kernel deals connections to workers, busy or not
			  (SO_REUSEPORT): one may wait while others are free. Not unix: */
	IO_MODEL_BUSY = 1 << 7,  /* polls: waiting costs a processor, by default */
	IO_MODEL_TWO_CPUS = 1 << 8, /* a kernel thread polls for it on a CPU of its own */
	IO_MODEL_FD_SETSIZE = 1 << 9 /* holds descriptors below FD_SETSIZE only */
};

struct io_server;

struct io_model {
	const char *name; /* one word: command line, file or family, test, result key */
	const char *summary; /* one line: the mechanism */
	const char *family;  /* as in docs/MODELS.md: "process", "reactor", .. */
	unsigned flags;      /* enum io_model_flags; STREAM or DATAGRAM is required */
	const struct option_spec *options; /* key=value options; NULL: none */
	size_t options_size;               /* of the struct that their offsets refer to */
	const char *unavailable; /* why this build cannot run it; NULL: it can */

	/* Why this machine cannot run it, asked once per process before it is listed or
	 * opened; NULL: it can. A static text. Optional. */
	const char *(*probe)(void);

	/* Fixed workers (lines of counters) for these options, before the counters exist.
	 * Optional: none. */
	unsigned (*workers)(const struct io_server *server);

	/* Every step that can fail: 0 or -errno, with server->refusal where that says too
	 * little. What it makes it keeps in server->state, and close undoes it, also
	 * after a failed open. Optional. */
	int (*open)(struct io_server *server);

	/* Serves until stop_fd is readable, then drains; 0 or -errno. */
	int (*run)(struct io_server *server);

	/* Accepts a half-built state. Optional. */
	void (*close)(struct io_server *server);
};

/* The options of `serve`, as parsed. Durations in ns. */
struct io_server_config {
	const char *listen;
	int64_t workers; /* 0: the model's default */
	int64_t backlog;
	int64_t max_frame;       /* bytes of payload */
	int64_t buffer;          /* bytes per connection */
	int64_t max_connections; /* 0: as many as the model holds */
	int64_t idle_timeout_ns; /* 0: off */
	int64_t max_work_ns;
	int64_t drain_timeout_ns;
	int64_t burn_ns; /* CPU added to each request */
	cpu_set_t pin;   /* empty: no pinning */
};

/* The table of the options above: `serve` parses it, tests take its defaults. */
extern const struct option_spec io_server_options[];

/* What a model sees. Read-only for models, but for state and refusal. */
struct io_server {
	const struct io_model *model;
	struct io_server_config config;
	void *options;             /* the model's own, options_size bytes */
	struct echo_limits limits; /* from config, for echo_conn_init */
	struct spin spin;          /* calibrated */
	struct address address;    /* as bound */
	int listener;              /* blocking; a model may make it non-blocking */
	int stop_fd;               /* eventfd: readable = stop. Never read it. */
	struct counters *counters;

	void *state;         /* the model's, from open to close */
	const char *refusal; /* why open failed, in the model's words: a static text;
				  NULL: as its -errno says */

	/* Private to io_server.c. */
	char *options_scratch;
	atomic_bool stopped;   /* stop was called in this process */
	atomic_int blocked_fd; /* as io_server_block_on says */
};

/*
 * Opens a server of `model` with `model_options` ("key=value,.." or NULL). 0, or -errno
 * with one line in `error` (OPTION_ERROR_SIZE bytes): -EINVAL when an option is wrong,
 * -ENOTSUP when the model is unavailable, -EADDRINUSE and so on from the listener. On
 * failure nothing is left.
 */
int io_server_open(struct io_server *server, const struct io_model *model,
		   const struct io_server_config *config, const char *model_options,
		   char *error);

/* Serves until io_server_stop; 0 or -errno. The calling thread is the model's main
 * thread. */
int io_server_run(struct io_server *server);

/* Async-signal-safe, callable from any thread, more than once. Makes stop_fd readable,
 * stops the listener (socket_stop_listening wakes a blocked accept in every thread and
 * process with EINVAL) and ends the input of the connection that is blocked on. */
void io_server_stop(struct io_server *server);

/* A single-threaded model names the connection that it may block on (-1: none), so that a
 * stop ends its input; one that came before does so now. The server's own process only. */
void io_server_block_on(struct io_server *server, int fd);

/* Everything that open made. The server must not be running. */
void io_server_close(struct io_server *server);

/* True once stop was called: for loops that do not wait on stop_fd. */
bool io_server_stopping(const struct io_server *server);

/* Why a model cannot run here (unavailable or probe), or NULL. */
const char *io_model_reason(const struct io_model *model);

/* 0, or -EINVAL with one line in `error`: a table without name, summary or family, without
 * run although it is available, with neither STREAM nor DATAGRAM, with options but not
 * their size, or with a name used twice. `models` ends with NULL. */
int io_models_check(const struct io_model *const *models, char *error);

const struct io_model *io_model_find(const struct io_model *const *models,
				     const char *name);

/* Burns config.burn_ns for each of `frames` answered. */
static inline void io_server_burn(const struct io_server *server, uint32_t frames)
{
	if (server->config.burn_ns > 0)
		spin_burn(&server->spin, server->config.burn_ns * frames);
}

/* What can be listed beside models: selectors, executors. */
struct io_part {
	const char *name;
	const char *summary;
	const char *unavailable; /* NULL: available */
};

/* What main.c hands to the commands that need the gallery. Every array ends with a NULL
 * or a NULL name. */
struct io_catalogue {
	const struct io_model *const *models;
	const struct io_part *selectors;
	const struct io_part *executors;
	tasks_function *run_tasks; /* on an executor of these, by name */
	struct peers *peers; /* of results/: what Python said; NULL: it cannot be asked */
};

#endif
