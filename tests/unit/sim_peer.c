/* sim_peer.c - what the simulated peer does with what it gets. */
#include "tests/unit/sim_peer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/echo.h"

void sim_peer_schedule(struct engine *engine, struct sim_event *event)
{
	sim_events_insert(&engine->events, event);
}

struct sim_event *sim_peer_event(const struct engine *engine, int64_t at_ns,
				 enum engine_event_kind kind, uint32_t connection,
				 int result, size_t length)
{
	const struct engine_event event = {kind, connection, result, NULL};

	return sim_event_new(at_ns, event, engine->peers[connection].generation, length);
}

void sim_peer_say(struct engine *engine, int64_t at_ns, enum engine_event_kind kind,
		  uint32_t connection, int result)
{
	sim_peer_schedule(engine,
			  sim_peer_event(engine, at_ns, kind, connection, result, 0));
}

bool sim_peer_strikes(struct engine *engine, enum sim_fault fault, uint32_t connection)
{
	const struct sim_script *script = &engine->script;

	if (script->fault != fault || (script->fault_connection != SIM_ALL &&
				       script->fault_connection != connection))
		return false;
	if (script->fault_times > 0 && engine->struck >= script->fault_times)
		return false;
	engine->struck++;
	return true;
}

bool sim_peer_is_dead(const struct engine *engine)
{
	return engine->died && (engine->script.reborn_ns == 0 ||
				engine->now_ns < engine->script.reborn_ns);
}

bool sim_peer_strikes_request(struct engine *engine, enum sim_fault fault,
			      uint32_t connection)
{
	uint32_t every = engine->script.fault_every;
	uint32_t request = engine->peers[connection].requests;

	if (every > 0)
		request %= every;
	return request == engine->script.fault_request &&
	       sim_peer_strikes(engine, fault, connection);
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
	sim_peer_schedule(engine, reply);
	sim_peer_say(engine, reply->at_ns, ENGINE_RECEIVED, reply->event.connection,
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
	sim_peer_schedule(engine, other);
	sim_peer_schedule(engine, reply);
}

/* Sends one reply on its way, as the script wants it. */
static void deliver(struct engine *engine, uint32_t connection, struct sim_event *reply)
{
	const struct sim_script *script = &engine->script;
	struct peer *peer = &engine->peers[connection];
	bool neighbour = connection > 0 &&
			 sim_peer_strikes_request(engine, SIM_SWAP, connection - 1);

	if (sim_peer_strikes_request(engine, SIM_FLIP, connection))
		reply->bytes[script->byte] ^= 0x10;
	if (peer->last[4] != 0 && sim_peer_strikes_request(engine, SIM_STALE, connection))
		memcpy(reply->bytes, peer->last, reply->length);
	else if (reply->length <= sizeof(peer->last))
		memcpy(peer->last, reply->bytes, reply->length);
	if (sim_peer_strikes_request(engine, SIM_SURPLUS, connection))
		reply->bytes[reply->length++] = 0x55;
	if (sim_peer_strikes_request(engine, SIM_INSERT, connection)) {
		memmove(reply->bytes + 1, reply->bytes, reply->length++);
		reply->bytes[0] = 0x55;
	}
	if (sim_peer_strikes_request(engine, SIM_TRUNCATE, connection))
		cut(engine, reply, 0);
	else if (sim_peer_strikes_request(engine, SIM_RESET, connection))
		cut(engine, reply, -ECONNRESET);
	else if (sim_peer_strikes_request(engine, SIM_SWAP, connection) || neighbour)
		swap(engine, reply);
	else
		sim_peer_schedule(engine, reply);
}

static void answer(struct engine *engine, uint32_t connection, size_t length)
{
	struct peer *peer = &engine->peers[connection];

	if (sim_peer_strikes_request(engine, SIM_SILENT, connection))
		peer->silent = true;
	if (!peer->silent) {
		int64_t at = reply_time(engine, connection);
		struct sim_event *reply = sim_peer_event(engine, at, ENGINE_RECEIVED,
							 connection, 1, length);
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
void sim_peer_serve(struct engine *engine, uint32_t connection)
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
		sim_peer_serve(engine, i);
	}
}

void sim_peer_enter(struct engine *engine, uint32_t connection)
{
	int64_t now = engine->now_ns;

	engine->peers[connection].connected = true;
	if (sim_peer_strikes(engine, SIM_LEAVE, connection))
		sim_peer_say(engine, now + engine->script.leave_ns, ENGINE_RECEIVED,
			     connection, 0);
	if (sim_peer_strikes(engine, SIM_GREET, connection))
		sim_peer_schedule(engine, sim_peer_event(engine, now, ENGINE_RECEIVED,
							 connection, 1, 1));
	admit(engine);
}

void sim_peer_leave(struct engine *engine, uint32_t connection)
{
	struct peer *peer = &engine->peers[connection];

	if (peer->serving)
		engine->serving--;
	peer->serving = false;
	admit(engine);
}

void sim_peer_die(struct engine *engine)
{
	engine->died = true;
	for (uint32_t i = 0; i < engine->connections; i++) {
		struct peer *peer = &engine->peers[i];
		if (!peer->connected || peer->datagrams)
			continue;
		peer->generation++;
		peer->silent = true;
		sim_peer_say(engine, engine->now_ns, ENGINE_RECEIVED, i, -ECONNRESET);
	}
}
