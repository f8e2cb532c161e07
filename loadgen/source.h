/*
 * source.h - where connections come from: more than one of loopback's addresses when one
 * has too few ports.
 *
 * An address has about 28,000 ephemeral ports towards one server. Churn leaves each in
 * TIME_WAIT, since the client, which half-closes first, ends first; on loopback the kernel
 * gives such a port to a new connection after a second (net.ipv4.tcp_tw_reuse = 2, its
 * default). Four addresses hold 56,000 connections per second that way, and no more
 * sockets in TIME_WAIT than the kernel keeps (tcp_max_tw_buckets).
 */
#ifndef LOADGEN_SOURCE_H
#define LOADGEN_SOURCE_H

#include "server/socket.h"

#define SOURCE_SOCKETS 20000LL /* per source address, so that a port is found quickly */
#define SOURCE_CHURN   4

/* How many source addresses `sockets` connections to `target` want; 1 unless it is one of
 * IPv4's loopback, where any address is ours. */
uint32_t source_count(const struct address *target, int64_t sockets, bool churn);

/* The n-th of loopback's, 127.0.0.1 being the first. */
void source_address(uint32_t n, struct address *ret_source);

#endif
