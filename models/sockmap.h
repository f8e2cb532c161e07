/* sockmap.h - the part of `sockmap` that lives in the kernel: a map of sockets, and the
 * program that answers what arrives at them. Private to models/sockmap*.c. */
#ifndef MODELS_SOCKMAP_H
#define MODELS_SOCKMAP_H

#include "server/io_model.h"

struct sockmap {
	int map_fd;
	int program_fd;
};

/* Room for `capacity` sockets. 0 or -errno; sockmap_close in either case. */
int sockmap_open(struct sockmap *sockmap, unsigned capacity);
void sockmap_close(struct sockmap *sockmap);

/* From here on the kernel answers what arrives at `fd`, and what has arrived already, until
 * it is closed. 0, -EOPNOTSUPP for a peer that has ended its output, or -errno. */
int sockmap_add(const struct sockmap *sockmap, int fd);

/* Why this machine cannot, or NULL. */
const char *sockmap_probe(void);

/* The slots of the model. */
int sockmap_model_open(struct io_server *server);
int sockmap_model_run(struct io_server *server);
void sockmap_model_close(struct io_server *server);

#endif
