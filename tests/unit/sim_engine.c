/* sim_engine.c - an engine whose peer is simulated, on a virtual clock. */
#include "tests/unit/sim_engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim_peer.h"

const struct sim_script *sim_script;
struct sim_counts sim_counts;

static void sim_free(struct engine *engine)
{
	if (!engine)
		return;
	sim_events_free(engine->events);
	for (uint32_t i = 0; i < engine->connections; i++)
		free(engine->peers[i].in);
	free(engine->given);
	free(engine->held);
	free(engine->peers);
	free(engine);
}

static int sim_open(uint32_t connections, struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	assert(engine && sim_script);
	engine->script = *sim_script;
	engine->now_ns = sim_script->start_ns;
	engine->connections = connections;
	engine->peers = calloc(connections, sizeof(*engine->peers));
	assert(engine->peers);
	sim_counts = (struct sim_counts){0};
	*ret_engine = engine;
	return 0;
}

static int sim_connect(struct engine *engine, uint32_t connection,
		       const struct address *address, const struct address *source)
{
	struct peer *peer = &engine->peers[connection];
	bool refused = sim_peer_strikes(engine, SIM_REFUSE, connection) ||
		       sim_peer_is_dead(engine);

	(void)source;
	sim_counts.connects++;
	peer->datagrams = address->transport == TRANSPORT_UDP;
	if (sim_peer_strikes(engine, SIM_NO_DESCRIPTOR, connection))
		return -EMFILE;
	peer->in = malloc(STREAM_MAX);
	assert(peer->in);
	if (!sim_peer_strikes(engine, SIM_NO_ANSWER, connection))
		sim_peer_say(engine, engine->now_ns + engine->script.connect_ns,
			     ENGINE_CONNECTED, connection, refused ? -ECONNREFUSED : 0);
	return 0;
}

/* The first `most` bytes of the spans reach the peer; the rest is kept. */
static void take(struct engine *engine, uint32_t connection, const struct iovec *iov,
		 int count, size_t most)
{
	struct peer *peer = &engine->peers[connection];
	struct iovec rest[ENGINE_IOV_MAX];
	int kept = 0;

	for (int i = 0; i < count; i++) {
		size_t n = iov[i].iov_len < most ? iov[i].iov_len : most;
		assert(peer->in_length + n <= STREAM_MAX);
		memcpy(peer->in + peer->in_length, iov[i].iov_base, n);
		peer->in_length += n;
		most -= n;
		if (n < iov[i].iov_len)
			rest[kept++] = (struct iovec){(uint8_t *)iov[i].iov_base + n,
						      iov[i].iov_len - n};
	}
	memcpy(peer->rest, rest, (size_t)kept * sizeof(rest[0]));
	peer->rest_count = kept;
}

static int sim_send(struct engine *engine, uint32_t connection, const struct iovec *iov,
		    int count)
{
	struct peer *peer = &engine->peers[connection];
	size_t length = 0;

	assert(peer->connected && peer->rest_count == 0 && count <= ENGINE_IOV_MAX);
	if (peer->datagrams)
		return sim_datagram_send(engine, connection, iov, count);
	for (int i = 0; i < count; i++)
		length += iov[i].iov_len;
	sim_counts.sends++;
	if (length > sim_counts.largest_send)
		sim_counts.largest_send = length;
	if (sim_peer_strikes_request(engine, SIM_BROKEN_PIPE, connection))
		return -EPIPE;
	take(engine, connection, iov, count,
	     engine->script.take ? engine->script.take : SIZE_MAX);
	sim_peer_serve(engine, connection);
	engine->now_ns += engine->script.send_ns;
	if (peer->rest_count == 0)
		return 0;
	sim_peer_say(engine, engine->now_ns + 1000, ENGINE_SENT, connection, 0);
	return -EINPROGRESS;
}

static void sim_shut_wr(struct engine *engine, uint32_t connection)
{
	struct peer *peer = &engine->peers[connection];

	sim_counts.half_closes++;
	peer->half_closed = true;
	if (sim_peer_strikes(engine, SIM_SURPLUS_AT_END, connection)) {
		struct sim_event *event = sim_peer_event(
			engine, engine->now_ns, ENGINE_RECEIVED, connection, 1, 1);
		event->bytes[0] = 0x55;
		sim_peer_schedule(engine, event);
	}
	if (!engine->script.endless)
		sim_peer_say(engine, engine->now_ns, ENGINE_RECEIVED, connection, 0);
	sim_peer_leave(engine, connection);
}

static void sim_close(struct engine *engine, uint32_t connection)
{
	struct peer *peer = &engine->peers[connection];

	peer->connected = false; /* or it would be given its place again */
	sim_peer_leave(engine, connection);
	free(peer->in);
	if (peer->requests > sim_counts.most_requests)
		sim_counts.most_requests = peer->requests;
	peer->in = NULL;
	peer->in_length = 0;
	peer->rest_count = 0;
	peer->requests = 0;
	peer->last_ns = 0;
	peer->silent = peer->half_closed = false;
	peer->generation++;
}

static int64_t sim_now(const struct engine *engine)
{
	return engine->now_ns;
}

/* The bytes of the event now given, a piece at a time. */
static bool give_piece(struct engine *engine, struct engine_event *ret_event)
{
	struct sim_event *given = engine->given;
	size_t left = given ? given->length - engine->given_bytes : 0;
	size_t piece = engine->script.piece;

	if (left == 0 ||
	    given->generation != engine->peers[given->event.connection].generation)
		return false;
	if (piece > 0 && left > piece)
		left = piece;
	*ret_event = given->event;
	ret_event->result = (int)left;
	ret_event->data = given->bytes + engine->given_bytes;
	engine->given_bytes += left;
	return true;
}

/* What an event does to the peer, when its time has come. */
static void happen(struct engine *engine, const struct engine_event *event)
{
	struct peer *peer = &engine->peers[event->connection];

	if (event->kind == ENGINE_CONNECTED && event->result == 0)
		sim_peer_enter(engine, event->connection);
	if (event->kind == ENGINE_SENT) {
		take(engine, event->connection, peer->rest, peer->rest_count, SIZE_MAX);
		sim_peer_serve(engine, event->connection);
	}
}

/* Dies when its time has come before the next event and the deadline. */
static void die_in_time(struct engine *engine, int64_t deadline_ns)
{
	int64_t dead_ns = engine->script.dead_ns;

	if (engine->died || dead_ns == 0 || dead_ns > deadline_ns ||
	    (engine->events && engine->events->at_ns < dead_ns))
		return;
	if (dead_ns > engine->now_ns)
		engine->now_ns = dead_ns;
	sim_peer_die(engine);
}

static int next_event(struct engine *engine, int64_t deadline_ns,
		      struct engine_event *ret_event)
{
	if (deadline_ns < engine->now_ns)
		deadline_ns = engine->now_ns;
	if (give_piece(engine, ret_event))
		return 1;
	free(engine->given);
	engine->given = NULL;
	for (die_in_time(engine, deadline_ns);
	     engine->events && engine->events->at_ns <= deadline_ns;
	     die_in_time(engine, deadline_ns)) {
		struct sim_event *event = engine->events;
		engine->events = event->next;
		engine->given = event;
		engine->given_bytes = 0;
		if (event->generation ==
		    engine->peers[event->event.connection].generation) {
			if (event->at_ns > engine->now_ns)
				engine->now_ns = event->at_ns;
			happen(engine, &event->event);
			*ret_event = event->event;
			if (event->length == 0 || give_piece(engine, ret_event))
				return 1;
		}
		free(event);
		engine->given = NULL;
	}
	engine->now_ns = deadline_ns;
	return 0;
}

/* Spinning is waiting where time does not pass by itself. */
static int sim_wait(struct engine *engine, int64_t deadline_ns, int64_t spin_ns,
		    struct engine_event *ret_event)
{
	const struct sim_script *script = &engine->script;
	int rc = next_event(engine, deadline_ns, ret_event);

	(void)spin_ns;
	if (engine->now_ns >= script->away_ns && engine->now_ns < script->back_ns)
		engine->now_ns = script->back_ns;
	return rc;
}

static uint64_t sim_dropped(const struct engine *engine, uint32_t connection)
{
	bool strikes = engine->script.fault_connection == SIM_ALL ||
		       engine->script.fault_connection == connection;

	return strikes ? engine->script.dropped : 0;
}

const struct engine_ops engine_sim = {
	.name = "sim",
	.summary = "a simulated peer on a virtual clock",
	.open = sim_open,
	.free = sim_free,
	.connect = sim_connect,
	.send = sim_send,
	.shut_wr = sim_shut_wr,
	.close = sim_close,
	.dropped = sim_dropped,
	.now = sim_now,
	.wait = sim_wait,
};
