/* datagram.c - see datagram.h. */
#include "models/datagram.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/clock.h"

/* Who burns for as long as this looks for the end of the drain before: 0.2 us. */
#define LOOK_UP_NS (100 * NS_PER_US)

struct datagram *datagram_new(void)
{
	return calloc(1, sizeof(struct datagram) + DATAGRAM_ROOM);
}

struct datagram *datagram_copy(const struct datagram *datagram)
{
	const size_t size = sizeof(*datagram) + datagram->length;
	struct datagram *copy = malloc(size);

	if (copy)
		memcpy(copy, datagram, size);
	return copy;
}

bool datagram_check(const struct io_server *server, struct datagram *datagram,
		    struct counters_line *counters)
{
	counters_bump(&counters->bytes_in, datagram->length);
	if (echo_datagram_decode(datagram->bytes, datagram->length, &server->limits,
				 &datagram->header) == 0)
		return true;
	counters_bump(&counters->bad_frames, 1);
	return false;
}

int datagram_receive(const struct io_server *server, int fd, int flags,
		     struct datagram *datagram, struct counters_line *counters)
{
	datagram->peer_length = sizeof(datagram->peer);
	const ssize_t n =
		recvfrom(fd, datagram->bytes, DATAGRAM_ROOM, flags | MSG_TRUNC,
			 (struct sockaddr *)&datagram->peer, &datagram->peer_length);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	/* An empty datagram has a sender, the end of the input has none. */
	if (datagram->peer_length == 0)
		return -ECANCELED;
	datagram->length = (size_t)n;
	return datagram_check(server, datagram, counters);
}

int datagram_send(int fd, struct datagram *datagram, struct counters_line *counters)
{
	const struct sockaddr *peer = (const struct sockaddr *)&datagram->peer;
	ssize_t n;

	do
		n = sendto(fd, datagram->bytes, datagram->length, MSG_NOSIGNAL, peer,
			   datagram->peer_length);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n < 0) {
		counters_bump(&counters->errors, 1);
		return 0;
	}
	counters_bump(&counters->requests, 1);
	counters_bump(&counters->bytes_out, (uint64_t)n);
	return 0;
}

/* Begins with the first who sees the stop, and holds for all. */
static int64_t drain_end(struct datagram_drain *drain)
{
	long long end_ns = atomic_load(&drain->end_ns);

	if (end_ns == 0 && io_server_stopping(drain->server)) {
		const long long mine =
			clock_ns() + drain->server->config.drain_timeout_ns;
		if (atomic_compare_exchange_strong(&drain->end_ns, &end_ns, mine))
			end_ns = mine;
	}
	return end_ns == 0 ? INT64_MAX : end_ns;
}

/* Until `end_ns`, or the end of the drain if that is earlier: then false. */
static bool drain_sleep_until(struct datagram_drain *drain, int64_t end_ns)
{
	struct pollfd stop = {.fd = drain->server->stop_fd, .events = POLLIN};
	int64_t cut_ns = INT64_MAX, now_ns;

	while ((now_ns = clock_ns()) < end_ns) {
		if (now_ns >= cut_ns)
			return false;
		const int64_t left_ns = (end_ns < cut_ns ? end_ns : cut_ns) - now_ns;
		const struct timespec limit = {left_ns / NS_PER_S, left_ns % NS_PER_S};
		if (ppoll(&stop, 1, &limit, NULL) <= 0)
			continue;
		stop.fd = -1;
		cut_ns = drain_end(drain);
	}
	return true;
}

bool datagram_work(struct datagram_drain *drain, const struct echo_header *header,
		   struct counters_line *counters)
{
	const int64_t amount_ns = header->amount_us * NS_PER_US;
	int64_t spin_ns = drain->server->config.burn_ns;
	bool done = true;

	if (header->op == ECHO_OP_SPIN)
		spin_ns += amount_ns;
	else if (header->op == ECHO_OP_SLEEP)
		done = drain_sleep_until(drain, clock_ns() + amount_ns);
	if (done && spin_ns >= LOOK_UP_NS)
		done = clock_ns() < drain_end(drain);
	if (done && spin_ns > 0)
		spin_burn(&drain->server->spin, spin_ns);
	if (!done)
		counters_bump(&counters->errors, 1);
	return done;
}

void datagram_count_dropped(const struct io_server *server, int fd)
{
	uint64_t dropped;

	if (socket_dropped(fd, &dropped) == 0)
		counters_bump(&server->counters->line[0].refused, dropped);
}
