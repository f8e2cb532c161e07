/*
 * sim_engine.h - an engine whose peer is simulated, on a virtual clock.
 *
 * The peer is an echo server with exactly the service times and exactly the faults of a
 * script; everything above the engine's table runs for real, in no time. Time passes only
 * in wait(), and in send() where the script says so.
 */
#ifndef TESTS_SIM_ENGINE_H
#define TESTS_SIM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "loadgen/engine.h"

#define SIM_ALL UINT32_MAX /* as a connection: every one */

enum sim_fault {
	SIM_NONE,
	SIM_FLIP,    /* one bit of the reply's byte `byte` */
	SIM_SWAP,    /* the replies of this connection and the next are exchanged */
	SIM_STALE,   /* the reply is once more the one before, of an earlier connection */
	SIM_SURPLUS, /* one byte more behind the reply */
	SIM_INSERT,  /* one byte more before the reply */
	SIM_SURPLUS_AT_END, /* one byte more after the half-close */
	SIM_TRUNCATE,       /* half of the reply, then end of input */
	SIM_RESET,          /* half of the reply, then a reset */
	SIM_SILENT,         /* this reply and every later one is not given */
	SIM_REFUSE,         /* the connect */
	SIM_NO_ANSWER,      /* to the connect, ever */
	SIM_NO_DESCRIPTOR,  /* connect says -EMFILE at once */
	SIM_BROKEN_PIPE,    /* the send of this request fails */
	SIM_LEAVE,          /* end of input, leave_ns after the connect */
	SIM_DROP,           /* this reply is not given; datagrams */
	SIM_DUPLICATE,      /* this reply comes again, late_ns later; datagrams */
	SIM_LATE,           /* this reply comes late_ns later; datagrams */
	SIM_GREET           /* one byte unasked, at once after the connect */
};

struct sim_script {
	int64_t start_ns;   /* of the clock */
	int64_t connect_ns; /* from connect to CONNECTED */
	int64_t service_ns; /* from the last byte of a request to its reply */

	/* Instead of service_ns, if set; `request` counts per connection. */
	int64_t (*service)(uint32_t connection, uint32_t request);

	int64_t freeze_ns, thaw_ns; /* nothing is answered in between; 0, 0: never */
	int64_t dead_ns, reborn_ns; /* every connection is reset and connects are refused
				       from .. to; 0, 0: never */
	int64_t away_ns, back_ns; /* the generator does not run from .. to; 0, 0: never */
	int64_t send_ns;          /* that a send takes */
	int64_t leave_ns, late_ns;
	uint32_t capacity; /* connections served at a time; 0: all */
	size_t piece;      /* bytes per RECEIVED; 0: as they come */
	size_t take;       /* bytes a send takes at once, the rest 1 us later; 0: all */
	bool endless;      /* never ends its side after a half-close */

	uint64_t dropped; /* what our side had no room for, of fault_connection */

	enum sim_fault fault;
	uint32_t fault_connection;
	uint32_t fault_every;   /* strikes each so many requests; 0: one only */
	uint32_t fault_request; /* of a connection's; the first one has number 0 */
	uint32_t fault_times;   /* how often it strikes; 0: each time */
	uint32_t byte;
};

/* The script of the engines that are opened from now on; borrowed. */
extern const struct sim_script *sim_script;

/* What the peers saw; of the engine opened last. */
struct sim_counts {
	uint64_t requests, sends, half_closes, connects;
	uint32_t most_requests; /* on one connection that was closed */
	size_t largest_send;
};
extern struct sim_counts sim_counts;

extern const struct engine_ops engine_sim;

#endif
