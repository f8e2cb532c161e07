/* datagram_client.c - see datagram_client.h. */
#include "tests/contract/datagram_client.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "server/clock.h"

struct setup datagram_setup(void)
{
	struct setup setup = served_setup();

	setup.config.listen = "udp:127.0.0.1:0";
	return setup;
}

void datagram_start_plain(struct served *served)
{
	struct setup setup = datagram_setup();

	served_start(served, &setup);
}

int datagram_client(const struct served *served)
{
	const int room = 4 << 20; /* for all replies at once */
	int fd = -1;

	CU_ASSERT_EQUAL_FATAL(socket_connect(&served->address, &fd), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

void datagram_send_bytes(int fd, const void *bytes, size_t length)
{
	CU_ASSERT_EQUAL(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

void datagram_send_frame(int fd, const struct echo_header *header)
{
	struct script script = {0};

	script_add(&script, header);
	datagram_send_bytes(fd, script.bytes, script.length);
	script_release(&script);
}

void datagram_send_echo(int fd, uint32_t length, uint32_t tag)
{
	datagram_send_frame(fd, &(struct echo_header){.length = length, .tag = tag});
}

void datagram_send_work(int fd, enum echo_op op, int64_t amount_ns, uint32_t tag)
{
	datagram_send_frame(
		fd, &(struct echo_header){.length = 8,
					  .op = (uint8_t)op,
					  .amount_us = (uint32_t)(amount_ns / NS_PER_US),
					  .tag = tag});
}

static bool is_whole(const uint8_t *p, size_t length, const struct echo_header *header)
{
	struct script expected = {0};

	script_add(&expected, header);
	const bool same =
		length == expected.length && memcmp(p, expected.bytes, length) == 0;
	script_release(&expected);
	return same;
}

int datagram_await_reply(int fd, struct echo_header *ret_header)
{
	static uint8_t bytes[DATAGRAM_SIZE_MAX];
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	struct echo_header header = {0};

	if (poll(&wait, 1, WIRE_PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	const ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
	CU_ASSERT_TRUE(n >= ECHO_HEADER_SIZE);
	CU_ASSERT_EQUAL(echo_header_decode(bytes, &header), 0);
	CU_ASSERT_TRUE(n >= 0 && is_whole(bytes, (size_t)n, &header));
	if (ret_header)
		*ret_header = header;
	return 0;
}

void check_echo(int fd, uint32_t length, uint32_t tag)
{
	struct echo_header header = {0};

	datagram_send_echo(fd, length, tag);
	CU_ASSERT_EQUAL(datagram_await_reply(fd, &header), 0);
	CU_ASSERT_EQUAL(header.length, length);
	CU_ASSERT_EQUAL(header.tag, tag);
}

bool datagram_is_silent(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	return poll(&wait, 1, 0) == 0;
}
