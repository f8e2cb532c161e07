/* engine_epoll_connect.c - the engine `epoll`: how a connection begins. */
#include <errno.h>
#include <sys/socket.h>

#include "loadgen/engine_epoll.h"
#include "server/clock.h"

#define RETRY_NS NS_PER_MS /* a Unix listener's backlog is full */

/* 0: under way. */
static int begin_connect(struct engine *engine, uint32_t connection,
			 const struct address *address, const struct address *source)
{
	struct slot *slot = &engine->slots[connection];
	int rc = socket_connect_from(address, source, &slot->fd);

	if (rc < 0 && rc != -EINPROGRESS) {
		slot->fd = -1;
		return rc;
	}
	slot->state = SLOT_CONNECTING;
	slot->datagram = address->transport == TRANSPORT_UDP;
	rc = slot->datagram ? engine_epoll_datagram_prepare(engine) : 0;
	if (rc == 0)
		rc = engine_epoll_control(engine, EPOLL_CTL_ADD, connection, EPOLLOUT);
	if (rc < 0)
		engine_epoll_close(engine, connection);
	return rc;
}

int engine_epoll_connect(struct engine *engine, uint32_t connection,
			 const struct address *address, const struct address *source)
{
	int rc = begin_connect(engine, connection, address, source);

	if (rc != -EAGAIN || address->transport != TRANSPORT_UNIX)
		return rc;
	if (engine->retry_count == 0)
		engine->retry_ns = clock_ns() + RETRY_NS;
	engine->slots[connection].state = SLOT_RETRYING;
	engine->rests[connection].address = address;
	for (uint32_t i = 0; i < engine->retry_count; i++)
		if (engine->retries[i] == connection)
			return 0; /* of an earlier connect that was closed */
	engine->retries[engine->retry_count++] = connection;
	return 0;
}

void engine_epoll_begin_retries(struct engine *engine, int64_t now)
{
	engine->retry_left = engine->retry_count;
	engine->retry_ns = now + RETRY_NS;
}

bool engine_epoll_retry(struct engine *engine, struct engine_event *ret_event)
{
	while (engine->retry_left > 0) {
		uint32_t at = --engine->retry_left;
		uint32_t connection = engine->retries[at];
		bool waits = engine->slots[connection].state == SLOT_RETRYING;
		int rc = 0;
		if (waits)
			rc = begin_connect(engine, connection,
					   engine->rests[connection].address, NULL);
		if (rc == -EAGAIN)
			continue;
		engine->retries[at] = engine->retries[--engine->retry_count];
		if (rc < 0) {
			engine_epoll_close(engine, connection);
			*ret_event = (struct engine_event){ENGINE_CONNECTED, connection,
							   rc, NULL};
			return true;
		}
	}
	return false;
}

void engine_epoll_end_connect(struct engine *engine, uint32_t connection,
			      struct engine_event *ret_event)
{
	struct slot *slot = &engine->slots[connection];
	int rc = socket_error(slot->fd);

	if (rc == 0)
		rc = engine_epoll_control(engine, EPOLL_CTL_MOD, connection, INTEREST);
	if (rc == 0)
		slot->state = SLOT_OPEN;
	else
		engine_epoll_close(engine, connection);
	*ret_event = (struct engine_event){ENGINE_CONNECTED, connection, rc, NULL};
}
