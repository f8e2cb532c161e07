/*
 * child.h - a worker process's side of a stop: what it does when its parent ends it.
 *
 * Signals are all it is told by. SIGTERM ends the input of the connection that it holds,
 * and of every one that it takes after that; CHILDREN_CUT cuts it; SIGINT, which a terminal
 * sends to everybody, is the parent's to answer.
 *
 * A listener is shared with the other processes, so it cannot be shut down here. Instead
 * the process's own descriptor of it is replaced by one that cannot accept: an accept that
 * waits is restarted on it and fails, one that comes later fails at once. There is no moment
 * between looking for a stop and waiting in which a signal could be missed.
 */
#ifndef MODELS_CHILD_H
#define MODELS_CHILD_H

#include <stdbool.h>

#include "models/children.h"

/* First thing in a child of children_fork: sets the handlers and restores the signal mask.
 * `listener` is replaced at the stop, by `other`, which is none; -1: nothing is. */
void child_begin(const struct children *children, int listener, int other);

/* Names the connection that the process may block on; -1 before it is closed. */
void child_hold(int fd);

/* True once SIGTERM or CHILDREN_CUT came. */
bool child_is_stopping(void);

#endif
