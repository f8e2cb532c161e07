/* load_session.h - one run of a worker against a simulated peer. */
#ifndef TESTS_LOAD_SESSION_H
#define TESTS_LOAD_SESSION_H

#include "loadgen/load.h"
#include "server/clock.h"
#include "tests/unit/sim_engine.h"

#define US NS_PER_US
#define MS NS_PER_MS
#define S  NS_PER_S

/* What is configured, what the peer does, what came of it. */
struct session {
	struct load_config config;
	struct sim_script script;
	enum transport transport;
	const struct load_hooks *hooks; /* may be NULL */
	int cancel;
	struct load_result result;
	int64_t start_ns,
		ended_ns; /* window and run, on the virtual clock from its start */
};

/* 4 connections, 64 bytes, 1 s, a reply after 1 ms. */
struct session session_new(void);

/* The same in an open loop of 1000 requests per second, one each millisecond. */
struct session session_open(void);

/* Runs it; end it with session_end. */
void session_run(struct session *session);
void session_end(struct session *session);

/* All that is said of a good run that was too short to judge its steady state. */
#define SESSION_SHORT "short: steady state is judged from 2.5 s on"

/* Of an open loop: so many requests were due, and each is in every histogram of theirs. */
void session_check_all_recorded(const struct session *session, uint64_t arrivals);

/* VALID, with nothing to say but that. */
void session_check_valid(const struct session *session);

int64_t session_now(void); /* of the run under way, on the virtual clock from its start */
uint64_t session_errors(const struct session *session); /* of all classes */

#endif
