/* connection.c - one connection of a closed loop: sends, verifies, takes the stamps. */
#include "loadgen/connection.h"

#include <errno.h>
#include <string.h>

#include "loadgen/target.h"

static enum load_error class_of(int rc)
{
	switch (-rc) {
	case 0:
		return LOAD_EOF;
	case EADDRNOTAVAIL:
	case EADDRINUSE:
	case EAGAIN: /* connect(2): no local port is free */
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EACCES:
	case EPERM:
		return LOAD_CLIENT;
	case ETIMEDOUT:
		return LOAD_TIMEOUT;
	case ECONNREFUSED:
	case ENOENT: /* no such Unix socket */
	case ENETUNREACH:
	case EHOSTUNREACH:
		return LOAD_REFUSED;
	default:
		return LOAD_RESET;
	}
}

static uint32_t engine_number(const struct target *t, const struct connection *c)
{
	return c->number - target_connection(t, 0)->number;
}

void connection_lose(struct target *t, struct connection *c, int error)
{
	t->ops->close(t->engine, engine_number(t, c));
	target_take_scratch(t, c);
	if (c->state == CONNECTION_CONNECTING)
		t->connecting--;
	if (c->state == CONNECTION_OPEN)
		t->open--;
	if (c->state == CONNECTION_ENDING)
		t->ending--;
	c->state = CONNECTION_LOST;
	t->live--;
	t->answered -= c->answered;
	t->errors[error]++;
}

static void lose_by(struct target *t, struct connection *c, int rc)
{
	enum load_error error = class_of(rc);

	if (error == LOAD_CLIENT && t->client_errno == 0)
		t->client_errno = -rc;
	connection_lose(t, c, error);
}

void connection_connect(struct target *t, struct connection *c)
{
	c->state = CONNECTION_CONNECTING;
	t->connecting++;
	c->handed_ns[0] = target_now(t);
	int rc = t->ops->connect(t->engine, engine_number(t, c), t->address);
	if (rc < 0)
		lose_by(t, c, rc);
}

static void connected(struct target *t, struct connection *c, int result, int64_t now)
{
	if (result < 0) {
		lose_by(t, c, result);
		return;
	}
	histogram_record(t->connect, now - c->handed_ns[0]);
	c->state = CONNECTION_OPEN;
	t->connecting--;
	t->open++;
}

void connection_end(struct target *t, struct connection *c)
{
	t->ops->shut_wr(t->engine, engine_number(t, c));
	c->state = CONNECTION_ENDING;
	t->open--;
	t->ending++;
}

static void stamp(const struct target *t, struct connection *c,
		  const struct pattern_cursor *next, int64_t now)
{
	uint32_t end = next->sequence + (next->offset > 0);

	for (uint32_t s = connection_begun(c); s != end; s++)
		c->handed_ns[s & t->slot_mask] = now;
}

/* False when no more can be sent now. */
static bool hand_over(struct target *t, struct connection *c, const struct iovec *iov,
		      int count)
{
	int rc = t->ops->send(t->engine, engine_number(t, c), iov, count);

	if (rc == 0)
		return true;
	if (rc != -EINPROGRESS) {
		lose_by(t, c, rc);
		return false;
	}
	t->blocked++;
	if (!target_give_scratch(t, c))
		lose_by(t, c, -ENOMEM);
	return false;
}

/*
 * The bytes are made before the stamp, so that nothing lies between it and the send. The
 * same stamp serves as `received` of the replies that made room: recording them comes
 * after the send.
 */
int64_t connection_fill(struct target *t, struct connection *c)
{
	struct iovec iov[PATTERN_IOV_MAX];
	int64_t first = 0;

	for (;;) {
		uint32_t end =
			t->draining ? connection_begun(c) : c->in.sequence + t->depth;
		struct pattern_cursor next = c->out;
		int count =
			pattern_build(&t->shape, c->number, &next, end, t->scratch, iov);
		int64_t now = target_now(t);
		if (first == 0)
			first = now;
		if (now >= t->end_ns && !t->draining) {
			t->draining = true; /* frames begun are completed, no new one */
			continue;
		}
		if (count == 0)
			return first;
		stamp(t, c, &next, now);
		c->out = next;
		if (!hand_over(t, c, iov, count))
			return first;
		if (c->out.sequence == end && c->out.offset == 0)
			return first;
	}
}

/* Sums over replies that were dealt with after an end of the window had come, but before
 * target_window_start or _end looked: what these would have seen of them. */
static void settle_at_edge(struct target *t, const struct connection *c, uint32_t first,
			   bool inside)
{
	for (uint32_t s = first; s != c->in.sequence; s++) {
		int64_t handed = c->handed_ns[s & t->slot_mask];
		int64_t before = handed < t->start_ns ? t->start_ns - handed : 0;
		if (inside)
			t->served_ns -= (double)before;
		else if (c->replies > 0)
			t->served_ns += (double)(t->end_ns - handed);
		else
			t->served_ns += (double)before;
	}
}

/* Records the replies from `first` on at their service time; returns its sum. */
static double record_service(struct target *t, const struct connection *c, uint32_t first,
			     int64_t now)
{
	int64_t sum = 0;

	for (uint32_t s = first; s != c->in.sequence; s++) {
		int64_t service = now - c->handed_ns[s & t->slot_mask];
		histogram_record(t->service, service);
		sum += service;
	}
	return (double)sum;
}

/* Replies `first` .. up to the cursor, verified at `now`. Those that come after the window
 * are measured only of a starved connection. */
static void record(struct target *t, struct connection *c, uint32_t first, int64_t now)
{
	if (!c->answered) {
		c->answered = true;
		t->answered++;
	}
	if (now < t->start_ns)
		return;
	if (now < t->end_ns) {
		t->served_ns += record_service(t, c, first, now);
		if (!t->window_begun)
			settle_at_edge(t, c, first, true);
		c->replies += c->in.sequence - first;
		t->requests += c->in.sequence - first;
		return;
	}
	if (!t->window_over)
		settle_at_edge(t, c, first, false);
	if (c->replies == 0)
		(void)record_service(t, c, first, now);
}

/*
 * Whether the wrong bytes stand between two replies: the right header comes behind them, or
 * they are too few to be a reply's header.
 */
static bool inserted(const struct target *t, const struct connection *c,
		     const uint8_t *data, size_t n, size_t right)
{
	struct pattern_cursor frame = c->in;
	uint8_t header[ECHO_HEADER_SIZE];

	if (frame.offset >= ECHO_HEADER_SIZE || frame.offset > right)
		return false;
	const uint8_t *from = data + right - frame.offset;
	size_t length = n - (size_t)(from - data);
	frame.offset = 0;
	pattern_expect(&t->shape, c->number, frame, header, sizeof(header));
	return length < sizeof(header) || memmem(from, length, header, sizeof(header));
}

static void wrong_bytes(struct target *t, struct connection *c, const uint8_t *data,
			size_t n, size_t right)
{
	bool nothing_due = c->in.sequence == connection_begun(c);

	if (t->first_mismatch[0] == '\0') {
		if (nothing_due)
			pattern_describe_surplus(
				&t->shape, c->number, &c->in, data + right, n - right,
				t->first_mismatch, sizeof(t->first_mismatch));
		else
			pattern_describe(&t->shape, c->number, &c->in, data + right,
					 n - right, t->first_mismatch,
					 sizeof(t->first_mismatch));
	}
	bool surplus = nothing_due || inserted(t, c, data, n, right);
	connection_lose(t, c, surplus ? LOAD_SURPLUS : LOAD_CORRUPT);
}

static int64_t received_bytes(struct target *t, struct connection *c, const uint8_t *data,
			      size_t n)
{
	uint32_t first = c->in.sequence;
	size_t right = pattern_verify(&t->shape, c->number, &c->in, connection_begun(c),
				      data, n);
	bool refill = right == n && c->in.sequence != first && !c->scratch;
	int64_t now = refill ? connection_fill(t, c) : target_now(t);

	if (c->in.sequence != first)
		record(t, c, first, now);
	if (right < n)
		wrong_bytes(t, c, data, n, right);
	return now;
}

static int64_t received(struct target *t, struct connection *c,
			const struct engine_event *event)
{
	int64_t now;

	if (event->result > 0) {
		now = received_bytes(t, c, event->data, (size_t)event->result);
	} else {
		now = target_now(t);
		if (c->state == CONNECTION_ENDING) {
			t->ops->close(t->engine, event->connection);
			c->state = CONNECTION_ENDED;
			t->ending--;
		} else {
			lose_by(t, c, event->result);
		}
	}
	return now;
}

static int64_t sent(struct target *t, struct connection *c, int result)
{
	target_take_scratch(t, c);
	if (result < 0) {
		lose_by(t, c, result);
		return target_now(t);
	}
	return connection_fill(t, c);
}

int64_t connection_event(struct target *t, struct connection *c,
			 const struct engine_event *event)
{
	int64_t now;

	if (event->kind == ENGINE_RECEIVED) {
		now = received(t, c, event);
	} else if (event->kind == ENGINE_SENT) {
		now = sent(t, c, event->result);
	} else {
		now = target_now(t);
		connected(t, c, event->result, now);
	}
	if (t->draining && c->state == CONNECTION_OPEN && !c->scratch &&
	    connection_in_flight(c) == 0)
		connection_end(t, c);
	return now;
}
