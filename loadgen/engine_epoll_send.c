/* engine_epoll_send.c - the engine `epoll`: sends, and what the kernel did not take. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "loadgen/engine_epoll.h"

/* How much the kernel took of the spans: bytes, or -errno. */
static inline ssize_t send_spans(int fd, const struct iovec *iov, int iov_count)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)iov,
				       .msg_iovlen = (size_t)iov_count};
	ssize_t n;

	do {
		n = iov_count == 1
			    ? send(fd, iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL)
			    : sendmsg(fd, &message, MSG_NOSIGNAL);
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

int engine_epoll_send(struct engine *engine, uint32_t connection, const struct iovec *iov,
		      int iov_count)
{
	struct slot *slot = &engine->slots[connection];
	ssize_t sent = send_spans(slot->fd, iov, iov_count);

	if (sent < 0)
		return (int)sent;
	if (iov_count == 1 && (size_t)sent == iov[0].iov_len)
		return 0;
	if (!keep_rest(&engine->rests[connection], iov, iov_count, (size_t)sent))
		return 0;
	int rc = engine_epoll_control(engine, EPOLL_CTL_MOD, connection,
				      INTEREST | EPOLLOUT);
	if (rc < 0)
		return rc;
	slot->sending = true;
	return -EINPROGRESS;
}

bool engine_epoll_go_on_sending(struct engine *engine, uint32_t connection,
				struct engine_event *ret_event)
{
	struct slot *slot = &engine->slots[connection];
	struct rest *rest = &engine->rests[connection];
	ssize_t sent = send_spans(slot->fd, rest->iov, rest->count);
	int rc = (int)sent;

	if (sent >= 0) {
		if (keep_rest(rest, rest->iov, rest->count, (size_t)sent))
			return false;
		rc = engine_epoll_control(engine, EPOLL_CTL_MOD, connection, INTEREST);
	}
	slot->sending = false;
	*ret_event = (struct engine_event){ENGINE_SENT, connection, rc, NULL};
	return true;
}
