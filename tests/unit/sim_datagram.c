/* sim_datagram.c - the simulated peer of a datagram socket: each request by itself. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "server/echo.h"
#include "tests/unit/sim_peer.h"

static struct sim_event *make_reply(struct engine *engine, uint32_t connection,
				    const struct iovec *iov, int count, size_t length)
{
	const struct sim_script *script = &engine->script;
	uint32_t request = engine->peers[connection].requests;
	int64_t service = script->service ? script->service(connection, request)
					  : script->service_ns;
	struct sim_event *reply = sim_peer_event(engine, engine->now_ns + service,
						 ENGINE_RECEIVED, connection, 1, length);
	size_t at = 0;

	for (int i = 0; i < count; i++) {
		memcpy(reply->bytes + at, iov[i].iov_base, iov[i].iov_len);
		at += iov[i].iov_len;
	}
	return reply;
}

/* The same once more, `late_ns` behind the first. */
static void send_again(struct engine *engine, const struct sim_event *reply)
{
	struct sim_event *again = sim_peer_event(
		engine, reply->at_ns + engine->script.late_ns, ENGINE_RECEIVED,
		reply->event.connection, 1, reply->length);

	memcpy(again->bytes, reply->bytes, reply->length);
	sim_peer_schedule(engine, again);
}

static void deliver(struct engine *engine, uint32_t connection, struct sim_event *reply)
{
	const struct sim_script *script = &engine->script;

	if (sim_peer_strikes_request(engine, SIM_FLIP, connection))
		reply->bytes[script->byte] ^= 0x10;
	if (sim_peer_strikes_request(engine, SIM_SURPLUS, connection))
		reply->bytes[reply->length++] = 0x55;
	if (sim_peer_strikes_request(engine, SIM_TRUNCATE, connection))
		reply->length /= 2;
	if (sim_peer_strikes_request(engine, SIM_LATE, connection))
		reply->at_ns += script->late_ns;
	if (sim_peer_strikes_request(engine, SIM_DUPLICATE, connection))
		send_again(engine, reply);
	if (sim_peer_strikes_request(engine, SIM_DROP, connection))
		sim_event_free(reply);
	else
		sim_peer_schedule(engine, reply);
}

int sim_datagram_send(struct engine *engine, uint32_t connection, const struct iovec *iov,
		      int count)
{
	struct peer *peer = &engine->peers[connection];
	struct echo_header header;
	size_t length = 0;

	for (int i = 0; i < count; i++)
		length += iov[i].iov_len;
	int rc = echo_header_decode(iov[0].iov_base, &header);
	assert(rc == 0 && length == ECHO_HEADER_SIZE + header.length);
	(void)rc;
	sim_counts.sends++;
	if (sim_peer_is_dead(engine)) {
		sim_peer_say(engine, engine->now_ns, ENGINE_RECEIVED, connection,
			     -ECONNREFUSED);
		return 0;
	}
	deliver(engine, connection, make_reply(engine, connection, iov, count, length));
	peer->requests++;
	sim_counts.requests++;
	return 0;
}
