/*
 * served.h - the model under test, in a process of its own, and what it left behind.
 *
 * The child is forked by the test's only thread; it opens the server, tells the address,
 * runs until it gets SIGTERM, and tells what it has counted and what was left.
 */
#ifndef TESTS_CONTRACT_SERVED_H
#define TESTS_CONTRACT_SERVED_H

#include <sys/types.h>

#include "server/io_model.h"
#include "tests/suite.h"

extern const struct io_model *model; /* named on the command line */
extern const char *model_options;    /* "key=value,.." or NULL */

/* The cases, file by file. */
extern const struct test_case byte_cases[];
extern const struct test_case limit_cases[];
extern const struct test_case time_cases[];
extern const struct test_case stop_cases[];
extern const struct test_case edge_cases[];
extern const struct test_case worker_cases[];
extern const struct test_case pool_cases[];
extern const struct test_case kernel_cases[]; /* of completion models, and sockmap */

/* How to serve. served_setup gives the defaults of `serve`. */
struct setup {
	struct io_server_config config;
	int runs; /* of the model in the one process; one SIGTERM each */
	unsigned spare_descriptors; /* how many more may be opened; 0: no limit */
	int occupied;               /* descriptors below this number are taken */
};

/* What a run left. */
struct report {
	struct counters_line counters;
	int64_t cpu_ns;  /* of the process and its ended children */
	int result;      /* of io_server_run */
	int descriptors; /* after close, minus before open */
	int threads;     /* likewise */
	int children;
	int leaks; /* as LeakSanitizer says, after the last run */
};

struct served {
	pid_t pid;
	int pipe;
	struct address address;
	int open_result;
	int capacity; /* connections that are served at the same time, as the child tells */
};

struct setup served_setup(void);

/* A Unix socket's path in a directory of its own. Closing it checks that the server has
 * removed the socket. */
struct unix_path {
	char directory[40];
	char listen[64]; /* "unix:.." */
};

void unix_path_open(struct unix_path *path);
void unix_path_close(const struct unix_path *path);

/* Starts it: open_result says whether io_server_open went well. */
void served_start(struct served *served, const struct setup *setup);

/* With every default, on tcp:127.0.0.1:0. */
void served_start_plain(struct served *served);

/* The address of the next run, when setup.runs > 1. */
void served_await_open(struct served *served);

/* SIGTERM; does not wait. */
void served_tell_stop(const struct served *served);

/* Waits for the end of a run and checks that it went well and left nothing: result 0, no
 * descriptor, thread, child or leak. */
struct report served_finish_run(struct served *served);

/* served_tell_stop, served_finish_run, and the end of the process. */
struct report served_stop(struct served *served);

/* CPU time that the server's first process has used so far. */
int64_t served_cpu_ns(const struct served *served);

/* At most `count` connections, as many as it serves at the same time. */
int served_at_once(const struct served *served, int count);

/* At most `count` stuck ones, which leave room for one that is served; 1 where there is room
 * for no more than one. */
int served_stuck(const struct served *served, int count);

/* One connection at a time is all that can be relied on. */
bool model_is_one(void);

/* Not where connections are dealt by SO_REUSEPORT, or echoed by the kernel. */
bool model_serves_unix(void);

/* Burns a processor while it waits, and was given no option against it. */
bool model_is_busy(void);

/* Bytes are echoed unparsed: no work, no limits, and no request is counted. */
bool model_is_echo_only(void);

/* A program in another language: of the options of `serve` it has --max-frame, --max-work
 * and --drain-timeout, and it runs once. */
bool model_is_peer(void);

/* What a model's counters say of `count` requests. */
uint64_t counted_requests(uint64_t count);

/* A new connection gets its frame back. */
void check_serves(const struct served *served);

#endif
