/* sim_engine.c - an engine whose peer is simulated, on a virtual clock. */
#include "tests/unit/sim_engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/echo.h"
#include "tests/unit/sim_events.h"

#define STREAM_MAX (1 << 20) /* bytes of a request that the peer has not answered */

const struct sim_script *sim_script;
struct sim_counts sim_counts;

struct peer {
	uint32_t generation;
	uint32_t requests; /* answered */
	bool connected, serving, silent, half_closed;
	int64_t last_ns; /* of its last reply: order is kept */
	uint8_t *in;     /* received and not answered */
	size_t in_length;
	struct iovec rest[ENGINE_IOV_MAX]; /* of a send under way */
	int rest_count;
};

struct engine {
	struct sim_script script;
	int64_t now_ns;
	uint32_t connections;
	uint32_t serving;
	struct peer *peers;
	struct sim_event *events;
	struct sim_event *given; /* whose bytes the caller still looks at */
	size_t given_bytes;
	struct sim_event *held; /* a reply that waits to be swapped with another */
};

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

static void schedule(struct engine *engine, struct sim_event *event)
{
	sim_events_insert(&engine->events, event);
}

static struct sim_event *new_event(const struct engine *engine, int64_t at_ns,
				   enum engine_event_kind kind, uint32_t connection,
				   int result, size_t length)
{
	const struct engine_event event = {kind, connection, result, NULL};

	return sim_event_new(at_ns, event, engine->peers[connection].generation, length);
}

static void schedule_plain(struct engine *engine, int64_t at_ns,
			   enum engine_event_kind kind, uint32_t connection, int result)
{
	schedule(engine, new_event(engine, at_ns, kind, connection, result, 0));
}

static bool strikes(const struct engine *engine, enum sim_fault fault,
		    uint32_t connection)
{
	return engine->script.fault == fault &&
	       (engine->script.fault_connection == SIM_ALL ||
		engine->script.fault_connection == connection);
}

static bool strikes_request(const struct engine *engine, enum sim_fault fault,
			    uint32_t connection)
{
	return strikes(engine, fault, connection) &&
	       engine->peers[connection].requests == engine->script.fault_request;
}

static int64_t reply_time(const struct engine *engine, uint32_t connection)
{
	const struct sim_script *script = &engine->script;
	const struct peer *peer = &engine->peers[connection];
	int64_t service = script->service ? script->service(connection, peer->requests)
					  : script->service_ns;
	int64_t at = engine->now_ns + service;

	if (at >= script->freeze_ns && at < script->thaw_ns)
		at = script->thaw_ns;
	return at > peer->last_ns ? at : peer->last_ns;
}

/* Ends the connection from the peer's side, behind half of the reply. */
static void cut(struct engine *engine, struct sim_event *reply, int result)
{
	reply->length /= 2;
	engine->peers[reply->event.connection].silent = true;
	schedule(engine, reply);
	schedule_plain(engine, reply->at_ns, ENGINE_RECEIVED, reply->event.connection,
		       result);
}

static void swap(struct engine *engine, struct sim_event *reply)
{
	struct sim_event *other = engine->held;

	if (!other) {
		engine->held = reply;
		return;
	}
	engine->held = NULL;
	uint8_t bytes[STREAM_MAX / 16];
	memcpy(bytes, reply->bytes, reply->length);
	memcpy(reply->bytes, other->bytes, reply->length);
	memcpy(other->bytes, bytes, reply->length);
	other->at_ns = reply->at_ns;
	schedule(engine, other);
	schedule(engine, reply);
}

/* Sends one reply on its way, as the script wants it. */
static void deliver(struct engine *engine, uint32_t connection, struct sim_event *reply)
{
	const struct sim_script *script = &engine->script;
	bool neighbour =
		connection > 0 && strikes_request(engine, SIM_SWAP, connection - 1);

	if (strikes_request(engine, SIM_FLIP, connection))
		reply->bytes[script->byte] ^= 0x10;
	if (strikes_request(engine, SIM_SURPLUS, connection))
		reply->bytes[reply->length++] = 0x55;
	if (strikes_request(engine, SIM_INSERT, connection)) {
		memmove(reply->bytes + 1, reply->bytes, reply->length++);
		reply->bytes[0] = 0x55;
	}
	if (strikes_request(engine, SIM_TRUNCATE, connection))
		cut(engine, reply, 0);
	else if (strikes_request(engine, SIM_RESET, connection))
		cut(engine, reply, -ECONNRESET);
	else if (strikes_request(engine, SIM_SWAP, connection) || neighbour)
		swap(engine, reply);
	else
		schedule(engine, reply);
}

static void answer(struct engine *engine, uint32_t connection, size_t length)
{
	struct peer *peer = &engine->peers[connection];

	if (strikes_request(engine, SIM_SILENT, connection))
		peer->silent = true;
	if (!peer->silent) {
		int64_t at = reply_time(engine, connection);
		struct sim_event *reply =
			new_event(engine, at, ENGINE_RECEIVED, connection, 1, length);
		memcpy(reply->bytes, peer->in, length);
		deliver(engine, connection, reply);
		peer->last_ns = at;
		peer->requests++;
		sim_counts.requests++;
	}
	peer->in_length -= length;
	memmove(peer->in, peer->in + length, peer->in_length);
}

/* Answers the whole frames received, when it is the connection's turn. */
static void serve(struct engine *engine, uint32_t connection)
{
	struct peer *peer = &engine->peers[connection];
	struct echo_header header;

	while (peer->serving && peer->in_length >= ECHO_HEADER_SIZE) {
		int rc = echo_header_decode(peer->in, &header);
		assert(rc == 0);
		(void)rc;
		if (peer->in_length < ECHO_HEADER_SIZE + header.length)
			break;
		answer(engine, connection, ECHO_HEADER_SIZE + header.length);
	}
}

/* Gives free places to connections that wait, in their order. */
static void admit(struct engine *engine)
{
	uint32_t capacity = engine->script.capacity;

	for (uint32_t i = 0; i < engine->connections; i++) {
		struct peer *peer = &engine->peers[i];
		if (capacity > 0 && engine->serving >= capacity)
			return;
		if (!peer->connected || peer->serving || peer->half_closed)
			continue;
		peer->serving = true;
		engine->serving++;
		serve(engine, i);
	}
}

static void leave(struct engine *engine, struct peer *peer)
{
	if (peer->serving)
		engine->serving--;
	peer->serving = false;
}

static int sim_connect(struct engine *engine, uint32_t connection,
		       const struct address *address)
{
	struct peer *peer = &engine->peers[connection];
	bool refused = strikes(engine, SIM_REFUSE, connection);

	(void)address;
	if (strikes(engine, SIM_NO_DESCRIPTOR, connection))
		return -EMFILE;
	peer->in = malloc(STREAM_MAX);
	assert(peer->in);
	if (!strikes(engine, SIM_NO_ANSWER, connection))
		schedule_plain(engine, engine->now_ns + engine->script.connect_ns,
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
	for (int i = 0; i < count; i++)
		length += iov[i].iov_len;
	sim_counts.sends++;
	if (length > sim_counts.largest_send)
		sim_counts.largest_send = length;
	if (strikes_request(engine, SIM_BROKEN_PIPE, connection))
		return -EPIPE;
	take(engine, connection, iov, count,
	     engine->script.take ? engine->script.take : SIZE_MAX);
	serve(engine, connection);
	if (peer->rest_count == 0)
		return 0;
	schedule_plain(engine, engine->now_ns + 1000, ENGINE_SENT, connection, 0);
	return -EINPROGRESS;
}

static void sim_shut_wr(struct engine *engine, uint32_t connection)
{
	struct peer *peer = &engine->peers[connection];

	sim_counts.half_closes++;
	peer->half_closed = true;
	if (strikes(engine, SIM_SURPLUS_AT_END, connection)) {
		struct sim_event *event = new_event(engine, engine->now_ns,
						    ENGINE_RECEIVED, connection, 1, 1);
		event->bytes[0] = 0x55;
		schedule(engine, event);
	}
	if (!engine->script.endless)
		schedule_plain(engine, engine->now_ns, ENGINE_RECEIVED, connection, 0);
	leave(engine, peer);
	admit(engine);
}

static void sim_close(struct engine *engine, uint32_t connection)
{
	struct peer *peer = &engine->peers[connection];

	leave(engine, peer);
	free(peer->in);
	*peer = (struct peer){.generation = peer->generation + 1};
	admit(engine);
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

	if (event->kind == ENGINE_CONNECTED && event->result == 0) {
		peer->connected = true;
		admit(engine);
	}
	if (event->kind == ENGINE_SENT) {
		take(engine, event->connection, peer->rest, peer->rest_count, SIZE_MAX);
		serve(engine, event->connection);
	}
}

static int sim_wait(struct engine *engine, int64_t deadline_ns,
		    struct engine_event *ret_event)
{
	if (give_piece(engine, ret_event))
		return 1;
	free(engine->given);
	engine->given = NULL;
	while (engine->events && engine->events->at_ns <= deadline_ns) {
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
	if (deadline_ns > engine->now_ns)
		engine->now_ns = deadline_ns;
	return 0;
}

const struct engine_ops engine_sim = {
	.name = "sim",
	.open = sim_open,
	.free = sim_free,
	.connect = sim_connect,
	.send = sim_send,
	.shut_wr = sim_shut_wr,
	.close = sim_close,
	.now = sim_now,
	.wait = sim_wait,
};
