/* stream.c - see stream.h. */
#include "models/stream.h"

#include <errno.h>
#include <sys/socket.h>

#include "server/clock.h"

#define ROUNDS 16 /* reads, or pieces of work, per turn */

void stream_init(struct stream *stream, const struct io_server *server, int fd,
		 uint8_t *buffer, struct counters_line *counters)
{
	*stream = (struct stream){.server = server,
				  .counters = counters,
				  .buffer = buffer,
				  .fd = fd,
				  .wait = STREAM_READ,
				  .deadline_ns = STREAM_NEVER,
				  .stepped = true};
	echo_conn_init(&stream->echo, &server->limits, counters);
}

static enum stream_wait stream_rest(struct stream *stream, enum stream_wait wait,
				    int64_t deadline_ns)
{
	stream->wait = wait;
	stream->deadline_ns = deadline_ns;
	return wait;
}

static enum stream_wait stream_rest_read(struct stream *stream, int64_t timeout_ns)
{
	int64_t deadline_ns = stream->deadline_ns;

	/* The time runs from the last step that was not a READ. */
	if (timeout_ns == 0)
		deadline_ns = STREAM_NEVER;
	else if (stream->stepped)
		deadline_ns = clock_ns() + timeout_ns;
	stream->stepped = false;
	return stream_rest(stream, STREAM_READ, deadline_ns);
}

/* One read: 0 or -errno; a short one means drained: no further read to see EAGAIN. But
 * behind the last data may be an end that is not announced again. */
static int stream_read(struct stream *stream)
{
	size_t size = (size_t)stream->server->config.buffer;
	ssize_t n = recv(stream->fd, stream->buffer, size, 0);

	if (n < 0 && errno != EAGAIN)
		return -errno;
	if (n >= 0)
		echo_conn_feed(&stream->echo, stream->buffer, (size_t)n);
	else
		stream->thorough = false;
	stream->readable = n == (ssize_t)size || (n > 0 && stream->thorough);
	return 0;
}

static ssize_t stream_send(struct stream *stream, struct echo_want *want)
{
	struct msghdr message = {.msg_iov = want->iov,
				 .msg_iovlen = (size_t)want->iov_count};

	if (want->iov_count == 1)
		return send(stream->fd, want->iov[0].iov_base, want->iov[0].iov_len,
			    MSG_NOSIGNAL);
	return sendmsg(stream->fd, &message, MSG_NOSIGNAL);
}

/* One write: 0 or -errno; sets `stalled`. */
static int stream_write(struct stream *stream, struct echo_want *want)
{
	size_t length = want->iov[0].iov_len;

	if (want->iov_count == 2)
		length += want->iov[1].iov_len;
	if (!stream->stalled) /* else burnt when it was first tried */
		io_server_burn(stream->server, want->frames);
	ssize_t n = stream_send(stream, want);
	if (n < 0 && errno != EAGAIN)
		return -errno;
	if (n > 0)
		echo_conn_wrote(&stream->echo, (size_t)n);
	stream->stalled = n != (ssize_t)length;
	return 0;
}

static enum stream_wait stream_sleep(struct stream *stream, uint32_t amount_us)
{
	stream->sleeping = true;
	return stream_rest(stream, STREAM_TIMER, clock_ns() + amount_us * NS_PER_US);
}

static enum stream_wait stream_end(struct stream *stream, int result)
{
	if (result < 0)
		counters_bump(&stream->counters->errors, 1);
	return stream_rest(stream, STREAM_END, STREAM_NEVER);
}

/* What a want other than READ and WRITE takes; true: done, false: resting. */
static bool stream_step(struct stream *stream, const struct echo_want *want, int *rounds)
{
	bool is_work = want->kind == ECHO_WANT_SPIN || want->kind == ECHO_WANT_SLEEP;

	if (is_work && stream->hands_over) {
		stream->work_spins = want->kind == ECHO_WANT_SPIN;
		stream->work_us = want->amount_us;
		stream_rest(stream, STREAM_WORK, STREAM_NEVER);
		return false;
	}
	switch (want->kind) {
	case ECHO_WANT_SPIN:
		if ((*rounds)++ == ROUNDS) {
			stream_rest(stream, STREAM_TIMER, clock_ns());
			return false;
		}
		spin_burn(&stream->server->spin, want->amount_us * NS_PER_US);
		break;
	case ECHO_WANT_SLEEP:
		stream_sleep(stream, want->amount_us);
		return false;
	case ECHO_WANT_SHUT_WR:
		/* A peer that is gone already is found by the read that follows. */
		(void)shutdown(stream->fd, SHUT_WR);
		break;
	default:
		stream_end(stream, 0);
		return false;
	}
	echo_conn_done(&stream->echo);
	return true;
}

enum stream_wait stream_pump(struct stream *stream, bool readable)
{
	struct echo_want want;
	int rounds = 0, result;

	stream->readable = readable;
	for (;;) {
		echo_conn_want(&stream->echo, &want);
		if (want.kind == ECHO_WANT_READ) {
			if (!stream->readable || rounds++ == ROUNDS)
				return stream_rest_read(stream, want.timeout_ns);
			result = stream_read(stream);
		} else {
			stream->stepped = true;
			if (want.kind != ECHO_WANT_WRITE) {
				if (!stream_step(stream, &want, &rounds))
					return stream->wait;
				continue;
			}
			result = stream_write(stream, &want);
			if (result == 0 && stream->stalled)
				return stream_rest(stream, STREAM_WRITE, STREAM_NEVER);
		}
		if (result < 0)
			return stream_end(stream, result);
	}
}

void stream_worked(struct stream *stream)
{
	echo_conn_done(&stream->echo);
}

void stream_expire(struct stream *stream)
{
	if (stream->sleeping)
		echo_conn_done(&stream->echo);
	else if (stream->wait == STREAM_READ)
		echo_conn_feed(&stream->echo, stream->buffer, 0);
	stream->sleeping = false;
}
