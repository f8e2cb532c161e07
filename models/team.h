/*
 * team.h - the connections of leader_followers.c: who may touch one, and for how long.
 *
 * While a connection is served its events must not go to another thread. The textbook takes
 * the handle out of the set and puts it back, two system calls per request (EPOLLONESHOT: one).
 * Here the set is edge-triggered, and a word per connection says who has it:
 *
 *	told of an event:  word |= CLAIMED + event; if it was CLAIMED already: go, its
 *	                   holder will see the event
 *	served:            word: CLAIMED -> 0; if an event is in it by now: serve on
 *
 * An event that a thread took before another closed its connection meets memory that is never
 * freed, with a word that stays CLAIMED, or a successor that a needless look does not harm.
 */
#ifndef MODELS_TEAM_H
#define MODELS_TEAM_H

#include <pthread.h>

#include "models/slots.h"
#include "models/stream.h"
#include "models/timers.h"
#include "server/acceptor.h"

enum told { CLAIMED = 1, READABLE = 2, WRITABLE = 4, HANGUP = 8, EXPIRED = 16 };

struct connection; /* private to team.c */

struct member {
	struct team *team;
	pthread_t thread;
	struct counters_line *counters;
};

struct team {
	struct io_server *server;
	int epoll_fd, timer_fd, end_fd;
	pthread_mutex_t accepting;
	struct acceptor acceptor;
	pthread_mutex_t lock;
	pthread_cond_t none_left;
	struct slots slots;
	struct timers timers;
	int64_t timer_ns; /* timer_fd is set to */
	atomic_bool cut;
	atomic_int result;
	struct member main; /* of the calling thread, which only ends the others */
	struct member *members;
};

/* The sets and locks, with the listener in the set; 0 or -errno. team_close in either case. */
int team_open(struct team *team, struct io_server *server);
void team_close(struct team *team);

/* A connection that is claimed by the caller and watched, or NULL. */
struct connection *team_adopt(struct team *team, int fd);

/* By who has claimed it, until nothing new was told. */
void connection_serve(struct connection *c, struct member *member);

/* Something happened to it: serves it, unless somebody has it, who then goes on. */
void connection_tell(struct connection *c, struct member *member, unsigned told);

/* The time of some has come. */
void team_expire(struct team *team, struct member *member);

/* How many there are. */
uint64_t team_active(struct team *team);

/* Ends the input of all. */
void team_end_input(struct team *team);

/* Until none is left, at most until `end_ns`. */
void team_await(struct team *team, int64_t end_ns);

/* Ends all as errors; who is being served is closed at the end of its turn. */
void team_cut(struct team *team);

#endif
