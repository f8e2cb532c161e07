/*
 * crew.h - a fixed number of worker processes, each replaced by a new one when it dies.
 *
 * The parent serves nobody: it waits for the stop and for ends of its children. A dead
 * worker's successor has its number, and with it its lines of the counters, in which what
 * it held is counted as lost.
 */
#ifndef MODELS_CREW_H
#define MODELS_CREW_H

#include "models/children.h"
#include "server/io_model.h"

struct crew;

/* The life of worker `number`, in its process: begins with child_begin, and never returns. */
typedef void crew_main(struct io_server *server, struct crew *crew, unsigned number);

struct crew {
	struct io_server *server;
	struct children children;
	crew_main *main;
	void (*lost)(struct io_server *server, unsigned number); /* parent: it died */
	unsigned count;
	unsigned lines; /* of the counters per worker: worker 0 has lines 1 .. lines */
	struct crew_member {
		pid_t pid; /* 0: died, is to be replaced */
		int64_t made_ns;
	} member[];
};

/* Forks `count` workers; they are named MODEL/number. `lost` is optional. 0 or -errno;
 * crew_close in either case. */
int crew_open(struct io_server *server, unsigned count, unsigned lines, crew_main *main,
	      void (*lost)(struct io_server *server, unsigned number),
	      struct crew **ret_crew);

/* Replaces who dies, until the server is to stop. */
void crew_watch(struct crew *crew);

/* Ends all workers: as children_stop. */
void crew_drain(struct crew *crew, int64_t timeout_ns);

/* Accepts NULL; ends at once who is left. */
void crew_close(struct crew *crew);

#endif
