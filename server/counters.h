/*
 * counters.h - what a server did, in memory shared by its threads and its processes.
 *
 *	line 0   the acceptor, and everything that has no fixed worker
 *	line 1.. one per fixed worker
 *
 * One cache line each, so that workers do not slow each other down. A line has either one
 * writer (counters_bump) or several that add after each batch (counters_flush); who reads
 * while they write sees each field whole, the fields not of one instant.
 */
#ifndef SERVER_COUNTERS_H
#define SERVER_COUNTERS_H

#include <stdalign.h>
#include <stdint.h>

#define COUNTERS_LINE 64

/* Eight words, one cache line. active connections = accepted - closed: datagrams have
 * none, and count neither. */
struct counters_line {
	alignas(COUNTERS_LINE) uint64_t accepted;
	uint64_t closed;
	uint64_t refused;   /* accepted by the kernel, closed at once for lack of
				capacity; datagrams: dropped by the kernel */
	uint64_t requests;  /* frames answered, counted when the kernel took the last byte
			     */
	uint64_t bytes_in;  /* as returned by the kernel */
	uint64_t bytes_out; /* as returned by the kernel */
	uint64_t bad_frames; /* malformed headers, and datagrams that are no frame */
	uint64_t errors;     /* connections lost to an error: reset, broken pipe,
				time-out cut; datagrams: not answered for one */
};

/* A MAP_SHARED block: survives fork, is seen by every process of the server. */
struct counters {
	unsigned workers; /* fixed workers: lines 1 .. workers */
	struct counters_line line[];
};

/* Maps a zeroed block; 0 or -errno. The caller unmaps it with counters_close. */
int counters_open(unsigned workers, struct counters **ret_counters);
void counters_close(struct counters *counters); /* accepts NULL */

/* One writer per line: adds without a locked instruction, readers see whole words. */
static inline void counters_bump(uint64_t *field, uint64_t n)
{
	__atomic_store_n(field, __atomic_load_n(field, __ATOMIC_RELAXED) + n,
			 __ATOMIC_RELAXED);
}

/* Several writers per line: adds every field of `delta` atomically and zeroes `delta`. */
void counters_flush(struct counters_line *line, struct counters_line *delta);

/* The sum over all lines, each field read once. */
struct counters_line counters_sum(const struct counters *counters);

#endif
