/*
 * load.h - the load generator: drives an echo server, verifies every byte, takes the
 * numbers.
 *
 * Used by the command `load` and, as a library, by whatever starts servers (`run`).
 * Share-nothing threads, each with its engine, connections and histograms; the calling
 * thread waits and merges.
 */
#ifndef LOADGEN_LOAD_H
#define LOADGEN_LOAD_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "loadgen/histogram.h"
#include "loadgen/schedule.h"
#include "loadgen/steady.h"
#include "loadgen/work.h"
#include "server/options.h"
#include "server/row.h"
#include "server/socket.h"

/* The options of `load`, as parsed; durations in ns. load_options is their table, so that
 * every command shows the same defaults. */
struct load_config {
	int64_t connections;
	int64_t depth;       /* requests in flight per connection */
	const char *size;    /* bytes per request: "64", "uniform:64-4k", see payload.h;
				NULL: 64; borrowed */
	int64_t duration_ns; /* of the window */
	int64_t warmup_ns;
	int64_t threads;
	int64_t timeout_ns;  /* 0: of transport and work, see load_timeout_ns */
	const char *work;    /* "none", "spin:200us", see work.h; NULL: none; borrowed */
	int64_t max_work_ns; /* what the server does for a request; 0: WORK_MOST_US */
	int64_t churn;       /* requests per connection; 0: as many as there are */
	int64_t idle;        /* connections beside those, which never send */
	double connect_rate; /* per second, but for churn's own; 0: the default */
	double rate;         /* open loop: requests per second; 0: closed loop */
	int arrivals;        /* of an open loop, enum arrivals */
	bool shares_cpu;     /* with the server: no waiting for arrivals awake */
	int64_t requests;    /* that make the window; 0: duration_ns does */
	int64_t seed;
	int engine;    /* index into load_engines */
	bool log;      /* keep the latencies of each second, see recording.h */
	cpu_set_t pin; /* thread i runs on the i-th of these CPUs, round robin; empty:
			  free */
};

extern const struct option_spec load_options[];

/* Names of the engines, for OPTION_CHOICE; ends with NULL. */
extern const char *const load_engines[];

/* By fault: the first six are the server's, the last is the client's own. */
enum load_error {
	LOAD_REFUSED,
	LOAD_RESET,
	LOAD_EOF,
	LOAD_TIMEOUT,
	LOAD_CORRUPT,
	LOAD_SURPLUS,
	LOAD_CLIENT, /* EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM */
	LOAD_ERRORS
};

enum load_verdict {
	LOAD_VALID,
	LOAD_CLIENT_LIMITED,
	LOAD_UNSTABLE,
	LOAD_CORRUPTED,
	LOAD_SERVER_ERRORS
};

struct recording;

/* What one run measured, merged over threads. In an open loop what is said of requests
 * holds for those that were due in the window. */
struct load_result {
	struct histogram
		*service; /* received - handed, ns; starved and unfinished at their age */
	struct histogram *connect; /* ns */

	/* Of an open loop, else empty: received - due; handed - ready; ready - due. */
	struct histogram *response, *lag_client, *lag_blocked;
	struct histogram *on_time; /* response less lag_client, request by request */

	int64_t window_ns; /* the measured window's length */
	uint64_t requests; /* closed loop: verified replies received in the window; open
			       loop: that were due in it and have had one */
	uint64_t received; /* verified replies received in the window, in either loop */
	uint64_t arrivals; /* open loop: requests due in the window */
	uint64_t starved_arrivals; /* those of them on connections that are starved */
	uint64_t bytes;            /* of payload, one way, in the window */
	bool datagrams;            /* errors count requests, not connections */
	uint64_t unfinished;       /* requests still unanswered when the run ended */
	uint64_t starved;          /* connections without a reply in the whole window */
	uint64_t unended;          /* half-closed connections whose end never came */
	int64_t censored_ns;       /* least age at which a request is in `service` without
				      its reply: percentiles from there on are lower
				      bounds; INT64_MAX: none */
	int64_t response_censored_ns; /* the same for `response` */
	uint64_t errors[LOAD_ERRORS];
	double fairness_jain; /* over the connections' requests; 0: no request at all */
	double client_cpu_s;  /* of the generator's threads, in the window */
	double client_busy;   /* its CPU per thread and second of the window, 0 .. 1 */
	double client_waited; /* likewise, what it was ready for and had no CPU */
	struct steady steady;
	const char *steady_of;       /* what that was judged by, in words */
	struct recording *recording; /* of each second's latencies; NULL: not asked for */
	enum load_verdict verdict;
	int client_errno;         /* the first of the client's own errors; 0: none */
	char reason[256];         /* "" when there is nothing to say */
	char first_mismatch[512]; /* connection, offset, expected and actual bytes; "" if
				     none */
	bool interrupted;
};

/* What is told of a run inside its window; rate and latencies since the last time. */
struct load_progress {
	double done; /* of the window, 0 .. 1 */
	int64_t left_ns;
	uint64_t requests, errors; /* so far */
	double rate;               /* requests per second */
	int64_t p50_ns, p99_ns;    /* 0: no sample */
};

/* Called in the calling thread at the window's two ends (about: its moments are the
 * schedule's, the call comes within microseconds), and a few times a second in between.
 * `loaded` comes behind the window, see hold.h: every connection that was not lost is still
 * open, nothing is in flight that a served one waits for, and the call may take its time. It
 * does not come when the run is cancelled or had no window, nor in churn, where what waits is
 * served only once others have ended. Each is optional. */
struct load_hooks {
	void (*window_start)(void *context);
	void (*window_end)(void *context);
	void (*loaded)(void *context);
	void (*progress)(void *context, const struct load_progress *progress);
	void *context;
};

/*
 * Runs one load: connect phase, warm-up, window, drain. Ends within connect + warm-up +
 * duration
 * + timeout whatever the server does, or soon after *cancel becomes non-zero. 0 (the
 * verdict says how it went; a server that refuses is a result), or -errno when the
 * generator itself could not run, with one line in `error` (OPTION_ERROR_SIZE bytes). The
 * result is initialised in either case; release it with load_result_release.
 */
int load_run(const struct load_config *config, const struct address *address,
	     const struct load_hooks *hooks, const volatile int *cancel,
	     struct load_result *ret_result, char *error);

/* Empty, with its histograms, and with a recording where a `log` is asked for. 0 or -ENOMEM;
 * load_result_release in either case. */
int load_result_init(struct load_result *ret_result, bool log);
void load_result_release(struct load_result *result);

struct engine_ops;

/* 0, or -ENOTSUP with one line in `error`: this machine or build has it not. */
int load_check_engine(const struct engine_ops *ops, char *error);

/* What the tables of options cannot check. 0; or with one line in `error` -EMFILE: more
 * connections than descriptors; -EINVAL, such as churn of datagrams; -ENOMEM. */
int load_config_check(const struct load_config *config, enum transport transport,
		      char *error);

/* How long a reply may take: as given, else 5 s (a datagram: 200 ms) and twice the longest
 * work of as many requests as can be in flight, which the server may do one by one; an hour at
 * most. Streams: of a connection that has had one, which is lost then. Datagrams: of any
 * request, which is lost then. */
int64_t load_timeout_ns(const struct load_config *config, enum transport transport);

/* The latencies that a user of the server sees. */
static inline const struct histogram *load_headline(const struct load_result *result)
{
	bool open = result->response && result->response->count > 0;

	return open ? result->response : result->service;
}

/* The schema of results.csv (docs/METHOD.md): ends with a NULL name. */
extern const struct row_column result_columns[];

/* Fills what the generator knows of a row: the workload, counts, percentiles, errors,
 * fairness, the client's CPU, verdict. The server's side is the caller's. */
void load_result_to_row(const struct load_config *config, const struct address *address,
			const struct load_result *result, struct row *row);

/* Whether a server that answered so many requests in a window kept up with those that were
 * offered in it: all but 1 %, and but what its queue grows by at random while it keeps up.
 */
bool load_kept_up(double offered, double answered);

/* Looks once more when the load of the server's CPUs in the window is known, 0 .. 1, whoever
 * loaded them: in a closed loop whose two sides have CPUs of their own, a generator that
 * always had something to do while they had not makes the row CLIENT_LIMITED. */
void load_judge_server(struct load_result *result, double server_busy);

/* Looks once more when it is known what part of the CPU time of both sides' CPUs others took in
 * the window (0 .. 1; NAN: not known), the host or `who`: more than a tenth makes the row
 * UNSTABLE, for it measures the neighbours. */
void load_judge_neighbours(struct load_result *result, const char *who, double share);

/* Looks once more where the generator was to have CPUs of its own: a closed loop that waited
 * for them is CLIENT_LIMITED. Elsewhere it may have waited for the server. */
void load_judge_waiting(const struct load_config *config, struct load_result *result);

/* Fills `payload_bytes`: a number where all requests have one size, else `size` in words. */
void load_size_to_row(const char *size, struct row *row);

const char *load_verdict_name(
	enum load_verdict verdict); /* "VALID", "CLIENT_LIMITED", .. */
int load_exit_status(const struct load_result *result);

/* The command `iomodels load ADDR`. */
int load_command(int argc, char **argv);

#endif
