/*
 * open_loop.h - requests that come by a schedule, whatever the server does.
 *
 * Arrival k belongs to connection k mod N. It waits when its connection has no slot or no
 * socket space, or is being made anew, and keeps the moment at which it was due. Four
 * stamps per request: `due`; `ready`, when its connection could take it, at `due` or
 * later; `handed`, the clock read immediately before the send; `received`.
 *
 *	due ---lag.blocked---> ready ---lag.client---> handed ---service---> received
 *	 \------------------------------ response --------------------------/
 *
 * Requests whose `due` lies in the window are recorded, whenever their reply comes. All
 * functions want a target whose `open` is set, and its thread.
 */
#ifndef LOADGEN_OPEN_LOOP_H
#define LOADGEN_OPEN_LOOP_H

#include "loadgen/backlog.h"
#include "loadgen/schedule.h"
#include "loadgen/target.h"

#define OPEN_PATIENCE_NS 200000000 /* 0.2 s: no warm-up is shorter */

/* Stamps of a request in flight beside handed_ns, in a ring of the same size. */
struct open_slot {
	int64_t due_ns;
	int64_t ready_ns; /* not before it was handed over if that is earlier */
};

/* Behind each connection's ring of stamps. */
struct open_connection {
	struct backlog_queue waiting;
	uint32_t base;     /* sequence at which it was connected */
	uint32_t arrivals; /* due in the window */
	int64_t room_ns;   /* since when it can take a request; INT64_MAX: it cannot */
	struct open_slot slots[];
};

struct open_loop {
	struct schedule schedule;
	struct backlog backlog;
	size_t offset; /* of a connection's struct open_connection */
	int64_t origin_ns;
	int64_t due_ns;     /* of the target's next arrival; INT64_MAX: not begun */
	uint32_t index;     /* of its connection in the group */
	uint32_t run_count; /* connections of the whole run */
	uint32_t fill;      /* the next connection to be looked at, */
	uint32_t unfilled;  /* as so many from there on have had an arrival */
	uint64_t arrivals;  /* due in the window */
	uint64_t received;  /* replies in the window */
	uint64_t starved;   /* of the arrivals, those of starved connections */
	bool over;          /* what has no reply is being recorded, nothing is sent */
	struct histogram *response, *lag_client, *lag_blocked;
	struct histogram *on_time; /* response less lag_client */
	int64_t censored_ns;       /* as the target's, of `response` */
};

/* From the beginning of the schedule to that of the window. */
int64_t open_warm_ns(const struct load_config *config);

static inline struct open_connection *open_of(const struct target *target,
					      const struct connection *c)
{
	return (struct open_connection *)(void *)((uint8_t *)c + target->open->offset);
}

/* 0 or -ENOMEM; `offset` as above. Release accepts a target without. */
int open_init(struct target *target, const struct load_config *config, size_t offset);
void open_release(struct target *target);

/* Bytes of a connection's own behind its ring of stamps. */
size_t open_extra(uint32_t slot_mask);

/* The schedule begins; the window's ends are set. */
void open_begin(struct target *target, int64_t origin_ns);

/* When the pump wants to be called next; in the past: at once, after a look at the engine.
 */
int64_t open_wake_ns(const struct target *target);

/* Takes every arrival that is due and hands over what can be, on a few connections. */
void open_pump(struct target *target, int64_t now);

/* Requests that are due on the connection and can still be handed over. */
uint32_t open_waiting(const struct target *target, const struct connection *c);

/* The sequence up to which the connection may begin requests now. */
uint32_t open_end(const struct target *target, const struct connection *c);

/* In churn: it has carried its share. */
bool open_share_done(const struct target *target, const struct connection *c);

/* It is connected. */
void open_connected(struct target *target, struct connection *c);

/* The oldest of those that wait become the requests `first` .. `end` - 1. */
void open_take(struct target *target, struct connection *c, uint32_t first, uint32_t end);

/* After each event of the connection, dealt with at `now`: whether it has room. */
void open_settle(struct target *target, struct connection *c, int64_t now);

/* Replies to the requests `first` .. `end` - 1, all verified at `now`. */
void open_replies(struct target *target, struct connection *c, uint32_t first,
		  uint32_t end, int64_t now);

/* The request whose stamps lie at `place` of its ring will have no reply any more: recorded
 * at its age. True when it is one of the window's. */
bool open_unanswered(struct target *target, const struct connection *c, uint32_t place,
		     int64_t now);

/* Likewise all that are in flight on a connection that is lost. */
void open_lost(struct target *target, struct connection *c);

/* At the window's end: has had no reply in it, though a request has waited for 200 ms, or
 * for the whole window. */
bool open_starved(const struct target *target, const struct connection *c);

/* The end of the run, `over` being set: what is unanswered is recorded at its age; returns
 * how many requests of the window that were. */
uint64_t open_finish(struct target *target, struct connection *c, int64_t now);

#endif
