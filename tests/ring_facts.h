/* ring_facts.h - what the kernel tells of a process's io_uring, in /proc/PID/fdinfo. */
#ifndef TESTS_RING_FACTS_H
#define TESTS_RING_FACTS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The number behind `field` ("SqMask:") of the ring that the process has; -1: it has none, or
 * the kernel does not tell. While somebody holds the ring's lock the kernel leaves fields out
 * (io_uring/fdinfo.c), so it is asked again, for some seconds at most.
 */
int64_t ring_fact(pid_t pid, const char *field);

#endif
