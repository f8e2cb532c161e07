/*
 * edge_loop.h - one thread that serves many connections by hints: "something may have
 * come". A hint is given once, may be wrong, and must not be forgotten.
 *
 * So the loop remembers for each connection what it was told and has not used up: while
 * it sleeps, while it waits to write, and when its turn was over before its input was.
 * The latter stand in the ready list, since nobody will report them again:
 *
 *	source.collect ──▶ edge_hint ──▶ pumped at once
 *	      ▲                             │ input left
 *	      │ wait 0 while not empty      ▼
 *	      └──────────────────────── ready list ──▶ pumped once per turn
 *
 * Where hints come from is the model: edge-triggered epoll, signals, or nowhere at all.
 */
#ifndef MODELS_EDGE_LOOP_H
#define MODELS_EDGE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "models/connections.h"
#include "models/selector/selector.h"
#include "models/timers.h"

struct edge_loop;

struct edge_connection {
	struct connection base;
	struct timer timer; /* may be early: checked against stream.deadline_ns */
	TAILQ_ENTRY(edge_connection) ready;
	bool is_ready; /* in the ready list */
	uint8_t buffer[];
};

TAILQ_HEAD(edge_connections, edge_connection);

struct edge_source {
	/* Hints for this connection from now on; what came before is looked for anyway.
	 * 0 or -errno. Optional. */
	int (*watch)(struct edge_loop *loop, struct edge_connection *c);

	/* Optional. The descriptor is closed next. */
	void (*unwatch)(struct edge_loop *loop, struct edge_connection *c);

	/* No more hints for listener and stop_fd. Optional. */
	void (*unwatch_listener)(struct edge_loop *loop);

	/* Waits at most `timeout_ns` (0: not at all, < 0: no limit) and calls edge_hint,
	 * edge_accept and connections_drain. 0 or -errno. */
	int (*collect)(struct edge_loop *loop, int64_t timeout_ns);
};

/* First member of the source's own struct. */
struct edge_loop {
	struct connections all;
	const struct edge_source *source;
	struct edge_connections ready;
	struct timers timers;
	struct timer drain_timer;
	bool accepting; /* connections may be waiting at the listener */
};

/* 0 or -errno; edge_loop_close in either case. */
int edge_loop_open(struct edge_loop *loop, struct io_server *server,
		   const struct edge_source *source);

/* Until the server stops and the connections are drained; 0 or -errno. */
int edge_loop_run(struct edge_loop *loop);

/* Accepts a zeroed, or a half-open one. */
void edge_loop_close(struct edge_loop *loop);

/* `ready` of enum selector_flags: what may be so. The connection may be over when this
 * returns. */
void edge_hint(struct edge_loop *loop, struct edge_connection *c, unsigned ready);

/* The same, but it is pumped in its turn: for who cannot have it over by the return. */
void edge_put_off(struct edge_loop *loop, struct edge_connection *c, unsigned ready);

/* Connections may be waiting at the listener. */
void edge_accept(struct edge_loop *loop);

#endif
