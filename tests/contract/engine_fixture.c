/* engine_fixture.c - the engine under test over real sockets, the other end held here. */
#include "tests/contract/engine_fixture.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct engine *engine;
struct address address;
int listener = -1;

void engine_open_at(const char *text, int backlog, uint32_t connections)
{
	char error[512];

	CU_ASSERT_EQUAL_FATAL(address_parse(text, &address, error, sizeof(error)), 0);
	CU_ASSERT_EQUAL_FATAL(socket_listen(&address, backlog, &listener), 0);
	CU_ASSERT_EQUAL(socket_bound_address(listener, address.transport, &address), 0);
	CU_ASSERT_EQUAL_FATAL(ops->open(connections, &engine), 0);
}

void engine_open_tcp(void)
{
	engine_open_at("tcp:127.0.0.1:0", 16, CONNECTIONS);
}

void engine_open_unix(int backlog)
{
	char path[64];

	snprintf(path, sizeof(path), "unix:/tmp/iomodels-engine-%d.sock", (int)getpid());
	engine_open_at(path, backlog, CONNECTIONS);
}

void engine_close_all(void)
{
	ops->free(engine);
	engine = NULL;
	if (listener >= 0)
		close(listener);
	listener = -1;
	socket_unlink(&address);
}

int next(struct engine_event *event, int64_t patience_ns)
{
	int rc = ops->wait(engine, ops->now(engine) + patience_ns, 0, event);

	CU_ASSERT_TRUE(rc >= 0);
	return rc > 0 ? (int)event->kind : -1;
}

void expect(enum engine_event_kind kind, uint32_t connection, int result)
{
	struct engine_event event = {.result = 1};

	CU_ASSERT_EQUAL(next(&event, LONG_NS), (int)kind);
	CU_ASSERT_EQUAL(event.connection, connection);
	CU_ASSERT_EQUAL(event.result, result);
}

void expect_text(uint32_t connection, const char *text)
{
	struct engine_event event = {.result = -1};

	CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
	CU_ASSERT_EQUAL(event.connection, connection);
	CU_ASSERT_EQUAL(event.result, (int)strlen(text));
	if (event.result == (int)strlen(text))
		CU_ASSERT_EQUAL(memcmp(event.data, text, strlen(text)), 0);
}

void expect_nothing(void)
{
	struct engine_event event;

	CU_ASSERT_EQUAL(next(&event, SHORT_NS), -1);
}

void flush(void)
{
	struct engine_event event;

	CU_ASSERT_EQUAL(next(&event, 0), -1);
}

int connect_one(uint32_t connection)
{
	CU_ASSERT_EQUAL(ops->connect(engine, connection, &address, NULL), 0);
	int fd = accept(listener, NULL, NULL);
	CU_ASSERT_TRUE(fd >= 0);
	expect(ENGINE_CONNECTED, connection, 0);
	return fd;
}

int send_text(uint32_t connection, const char *text)
{
	struct iovec iov = {(void *)text, strlen(text)};

	return ops->send(engine, connection, &iov, 1);
}
