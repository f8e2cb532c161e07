/*
 * packet.h - the requests on a socket where each is a datagram of its own.
 *
 * `depth` are in flight; replies come in any order and are matched by their tag. Request
 * slot i uses the sequences i, i + n, i + 2n, .. (n a power of two), so a tag names its
 * slot. What is not answered in time is lost, is counted, and frees its slot. A reply whose
 * bytes are right and whose request is not in flight any more came late or twice: surplus.
 * A socket that is told that nobody listens is lost and made again like a connection.
 */
#ifndef LOADGEN_PACKET_H
#define LOADGEN_PACKET_H

#include "loadgen/connection.h"

/* Of a zeroed connection. */
void packet_init(const struct target *target, struct connection *c);

/* Sends a request for each free slot; in an open loop, as many as are due. */
void packet_fill(struct target *target, struct connection *c);

/* An event of the engine; returns the time at which it was dealt with. */
int64_t packet_event(struct target *target, struct connection *c,
		     const struct engine_event *event);

/* Gives up the requests that are older than the time-out; during the load their slots are
 * filled again. */
void packet_expire(struct target *target, struct connection *c, int64_t now,
		   int64_t timeout_ns);

/* Counts what came for the socket and found no room, as an error of our own. */
void packet_count_dropped(struct target *target, const struct connection *c);

/* The stamp of the request in slot `slot`, 0 when none is in flight; stores its place in
 * the ring. */
int64_t packet_stamp(const struct target *target, const struct connection *c,
		     uint32_t slot, uint32_t *ret_place);

/* Forgets what is in flight. */
void packet_forget(struct target *target, struct connection *c);

/* Bytes of a socket's own beyond its ring of stamps. */
size_t packet_extra(uint32_t slot_mask);

#endif
