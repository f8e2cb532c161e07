/* connection.c - the life of one connection: made, lost, made again, ended. */
#include "loadgen/connection.h"

#include <errno.h>

#include "loadgen/open_loop.h"
#include "loadgen/random.h"
#include "loadgen/source.h"
#include "loadgen/target.h"
#include "server/clock.h"

#define BACKOFF_FIRST_NS (10 * NS_PER_MS)
#define BACKOFF_MOST_NS  (500 * NS_PER_MS)
#define ATTEMPTS_MOST    10 /* so that the doubling does not overflow */

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

static bool is_idle(const struct target *t, const struct connection *c)
{
	return connection_index(t, c) >= t->count;
}

static void enter(struct target *t, struct connection *c, enum connection_state state)
{
	uint32_t *census = is_idle(t, c) ? t->idle_census : t->census;

	census[c->state]--;
	census[state]++;
	c->state = state;
}

static void set_down(struct target *t, struct connection *c, bool down)
{
	if (c->down == down)
		return;
	c->down = down;
	if (!is_idle(t, c))
		t->live += down ? -1U : 1U;
}

static void set_next_attempt(struct target *t, struct connection *c)
{
	int64_t most = BACKOFF_FIRST_NS << c->attempts;
	double part = 1 - random_unit(random_next(&t->jitter)) / 2;

	if (most > BACKOFF_MOST_NS)
		most = BACKOFF_MOST_NS;
	if (c->attempts < ATTEMPTS_MOST)
		c->attempts++;
	c->handed_ns[0] = target_now(t) + (int64_t)((double)most * part);
	if (c->handed_ns[0] < t->retry_ns)
		t->retry_ns = c->handed_ns[0];
}

void connection_lose(struct target *t, struct connection *c, int error)
{
	uint32_t in_flight = connection_in_flight(c);

	if (t->open && !is_idle(t, c))
		open_lost(t, c);
	t->ops->close(t->engine, connection_index(t, c));
	target_take_scratch(t, c);
	enter(t, c, CONNECTION_LOST);
	set_down(t, c, true);
	t->answered -= c->answered;
	c->answered = false;
	t->errors[error] += t->datagrams && in_flight > 1 ? in_flight : 1;
	target_skip_unanswered(t, c);
	set_next_attempt(t, c);
}

void connection_fail(struct target *t, struct connection *c, int rc)
{
	enum load_error error = class_of(rc);

	if (error == LOAD_CLIENT && t->client_errno == 0)
		t->client_errno = -rc;
	connection_lose(t, c, error);
}

/* Where it connects from; NULL: the kernel chooses. */
static const struct address *choose_source(const struct target *t,
					   const struct connection *c,
					   struct address *source)
{
	uint32_t turn = t->churn > 0 ? c->in.sequence / t->churn : 0;

	if (t->sources <= 1)
		return NULL;
	source_address((c->number + turn) % t->sources, source);
	return source;
}

void connection_connect(struct target *t, struct connection *c)
{
	struct address source;

	enter(t, c, CONNECTION_CONNECTING);
	c->handed_ns[0] = target_now(t);
	int rc = t->ops->connect(t->engine, connection_index(t, c), t->address,
				 choose_source(t, c, &source));
	if (rc < 0)
		connection_fail(t, c, rc);
}

void connection_connected(struct target *t, struct connection *c, int result, int64_t now)
{
	if (result < 0) {
		connection_fail(t, c, result);
		return;
	}
	enter(t, c, CONNECTION_OPEN);
	if (t->open && !is_idle(t, c))
		open_connected(t, c);
	if (t->datagrams)
		return; /* nobody has been asked yet */
	histogram_record(t->connect, now - c->handed_ns[0]);
	connection_up(t, c);
}

void connection_up(struct target *t, struct connection *c)
{
	t->connected = true;
	set_down(t, c, false);
}

void connection_blocked(struct target *t, struct connection *c, int rc)
{
	if (rc != -EINPROGRESS) {
		connection_fail(t, c, rc);
		return;
	}
	t->blocked++;
	if (!target_give_scratch(t, c))
		connection_fail(t, c, -ENOMEM);
}

void connection_end(struct target *t, struct connection *c)
{
	if (t->held)
		return;
	if (!t->datagrams)
		t->ops->shut_wr(t->engine, connection_index(t, c));
	enter(t, c, CONNECTION_ENDING);
}

void connection_turn(struct target *t, struct connection *c, int64_t now)
{
	t->ops->shut_wr(t->engine, connection_index(t, c));
	enter(t, c, CONNECTION_TURNING);
	c->handed_ns[0] = now;
}

void connection_drop(struct target *t, struct connection *c)
{
	t->ops->close(t->engine, connection_index(t, c));
	target_take_scratch(t, c);
	enter(t, c, CONNECTION_ENDED);
}

/* One that has carried its share has no successor. */
static bool is_last(const struct target *t, const struct connection *c, int64_t now)
{
	if (t->open)
		return t->draining && open_waiting(t, c) == 0;
	return t->draining || now >= t->end_ns;
}

void connection_ended(struct target *t, struct connection *c, int result, int64_t now)
{
	bool ending = c->state == CONNECTION_ENDING;

	if (!ending && (c->state != CONNECTION_TURNING || result < 0)) {
		connection_fail(t, c, result);
		return;
	}
	t->ops->close(t->engine, connection_index(t, c));
	if (ending || is_last(t, c, now))
		enter(t, c, CONNECTION_ENDED);
	else
		connection_connect(t, c);
}
