/* engine_sockets.c - what the engines over real sockets have in common. */
#include "loadgen/engine_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"

#define RETRY_NS NS_PER_MS /* a Unix listener's backlog is full */

int sockets_init(struct sockets *s, uint32_t count)
{
	*s = (struct sockets){
		.slots = calloc(count, sizeof(*s->slots)),
		.rests = calloc(count, sizeof(*s->rests)),
		.retries = calloc(count, sizeof(*s->retries)),
	};
	if (!s->slots || !s->rests || !s->retries)
		return -ENOMEM;
	s->count = count;
	for (uint32_t i = 0; i < count; i++)
		s->slots[i].fd = -1;
	return 0;
}

void sockets_release(struct sockets *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->slots[i].fd >= 0)
			close(s->slots[i].fd);
	free(s->slots);
	free(s->rests);
	free(s->retries);
	*s = (struct sockets){0};
}

/* The connection's next try comes with the others'. */
static void try_again(struct sockets *s, uint32_t connection,
		      const struct address *address)
{
	if (s->retry_count == 0)
		s->retry_ns = clock_ns() + RETRY_NS;
	s->slots[connection].state = SLOT_RETRYING;
	s->rests[connection].address = address;
	for (uint32_t i = 0; i < s->retry_count; i++)
		if (s->retries[i] == connection)
			return; /* of an earlier connect that was closed */
	s->retries[s->retry_count++] = connection;
}

int sockets_connect(struct sockets *s, uint32_t connection, const struct address *address,
		    const struct address *source)
{
	struct slot *slot = &s->slots[connection];
	int rc = socket_connect_from(address, source, &slot->fd);

	if (rc == -EAGAIN && address->transport == TRANSPORT_UNIX) {
		try_again(s, connection, address);
		return 1;
	}
	if (rc < 0 && rc != -EINPROGRESS)
		return rc;
	slot->state = SLOT_CONNECTING;
	slot->datagram = address->transport == TRANSPORT_UDP;
	return 0;
}

int sockets_connected(struct sockets *s, uint32_t connection)
{
	int rc = socket_error(s->slots[connection].fd);

	if (rc < 0)
		sockets_close(s, connection);
	else
		s->slots[connection].state = SLOT_OPEN;
	return rc;
}

bool sockets_begin_retries(struct sockets *s, int64_t now)
{
	if (s->retry_count == 0 || now < s->retry_ns)
		return false;
	s->retry_left = s->retry_count;
	s->retry_ns = now + RETRY_NS;
	return true;
}

/* From the end, so that what is tried in vain again comes to stand behind those left. */
static bool next_retry(struct sockets *s, uint32_t *ret_connection)
{
	while (s->retry_left > 0) {
		uint32_t at = --s->retry_left;
		uint32_t connection = s->retries[at];
		s->retries[at] = s->retries[--s->retry_count];
		if (s->slots[connection].state != SLOT_RETRYING)
			continue; /* closed meanwhile */
		*ret_connection = connection;
		return true;
	}
	return false;
}

bool sockets_retry(struct sockets *s,
		   int (*connect)(struct engine *engine, uint32_t connection,
				  const struct address *address,
				  const struct address *source),
		   struct engine *engine, struct engine_event *ret_event)
{
	uint32_t connection;

	while (next_retry(s, &connection)) {
		int rc = connect(engine, connection, s->rests[connection].address, NULL);
		if (rc == 0)
			continue;
		sockets_close(s, connection);
		*ret_event =
			(struct engine_event){ENGINE_CONNECTED, connection, rc, NULL};
		return true;
	}
	return false;
}

int64_t sockets_wake_ns(const struct sockets *s, int64_t until_ns)
{
	return s->retry_count > 0 && s->retry_ns < until_ns ? s->retry_ns : until_ns;
}

/* How much the kernel took of the spans: bytes, or -errno. */
static inline ssize_t send_spans(int fd, const struct iovec *iov, int iov_count)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)iov,
				       .msg_iovlen = (size_t)iov_count};
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	ssize_t n;

	do {
		n = iov_count == 1 ? send(fd, iov[0].iov_base, iov[0].iov_len, flags)
				   : sendmsg(fd, &message, flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return n;
}

/* Keeps what follows the first `sent` bytes; false when nothing does. */
static bool keep_rest(struct rest *rest, const struct iovec *iov, int iov_count,
		      size_t sent)
{
	int first = 0;

	while (first < iov_count && sent >= iov[first].iov_len)
		sent -= iov[first++].iov_len;
	rest->count = iov_count - first;
	memmove(rest->iov, iov + first, (size_t)rest->count * sizeof(*iov));
	if (rest->count == 0)
		return false;
	rest->iov[0].iov_base = (uint8_t *)rest->iov[0].iov_base + sent;
	rest->iov[0].iov_len -= sent;
	return true;
}

int sockets_send(struct sockets *s, uint32_t connection, const struct iovec *iov,
		 int iov_count)
{
	struct slot *slot = &s->slots[connection];
	ssize_t sent = send_spans(slot->fd, iov, iov_count);

	if (sent < 0)
		return (int)sent;
	if (iov_count == 1 && (size_t)sent == iov[0].iov_len)
		return 0;
	slot->sending = keep_rest(&s->rests[connection], iov, iov_count, (size_t)sent);
	return slot->sending ? -EINPROGRESS : 0;
}

int sockets_keep(struct sockets *s, uint32_t connection, const struct iovec *iov,
		 int iov_count)
{
	s->slots[connection].sending =
		keep_rest(&s->rests[connection], iov, iov_count, 0);
	return -EINPROGRESS;
}

int sockets_send_rest(struct sockets *s, uint32_t connection)
{
	const struct rest *rest = &s->rests[connection];

	s->slots[connection].sending = false;
	return sockets_send(s, connection, rest->iov, rest->count);
}

void sockets_close(struct sockets *s, uint32_t connection)
{
	struct slot *slot = &s->slots[connection];

	if (slot->fd >= 0)
		close(slot->fd);
	*slot = (struct slot){.fd = -1, .generation = slot->generation + 1};
}

void sockets_shut_wr(struct sockets *s, uint32_t connection)
{
	/* Of a peer that is gone already the next receive tells. */
	(void)shutdown(s->slots[connection].fd, SHUT_WR);
}

uint64_t sockets_dropped(const struct sockets *s, uint32_t connection)
{
	uint64_t count = 0;

	(void)socket_dropped(s->slots[connection].fd, &count); /* 0 if unknown */
	return count;
}
