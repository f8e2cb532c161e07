/* test_source.c - where connections come from. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/source.h"
#include "tests/suite.h"

static struct address parse(const char *text)
{
	struct address address = {0};
	char error[512];

	CU_ASSERT_EQUAL(address_parse(text, &address, error, sizeof(error)), 0);
	return address;
}

static void loopback_has_as_many_as_are_wanted(void)
{
	struct address here = parse("tcp:127.0.0.1:7"), also = parse("tcp:127.9.9.9:7");

	CU_ASSERT_EQUAL(source_count(&here, 1, false), 1);
	CU_ASSERT_EQUAL(source_count(&here, SOURCE_SOCKETS, false), 1);
	CU_ASSERT_EQUAL(source_count(&here, SOURCE_SOCKETS + 1, false), 2);
	CU_ASSERT_EQUAL(source_count(&also, 5 * SOURCE_SOCKETS, false), 5);
	CU_ASSERT_EQUAL(source_count(&here, 1, true), SOURCE_CHURN);
	CU_ASSERT_EQUAL(source_count(&here, 9 * SOURCE_SOCKETS, true), 9);
}

static void other_addresses_are_left_to_the_kernel(void)
{
	static const char *const texts[] = {"tcp:10.0.0.1:7", "tcp:[::1]:7",
					    "udp:127.0.0.1:7", "unix:/tmp/x"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct address target = parse(texts[i]);
		CU_ASSERT_EQUAL(source_count(&target, 100000, true), 1);
	}
}

/* What the server sees of a connection from the n-th source. */
static uint32_t seen_from(const struct address *listener, int fd, uint32_t n)
{
	struct sockaddr_in peer = {0};
	socklen_t length = sizeof(peer);
	struct address source;
	int client = -1;

	source_address(n, &source);
	int rc = socket_connect_from(listener, &source, &client);
	CU_ASSERT_TRUE(rc == 0 || rc == -EINPROGRESS);
	int accepted = accept(fd, (struct sockaddr *)&peer, &length);
	CU_ASSERT_TRUE(accepted >= 0);
	CU_ASSERT_NOT_EQUAL(peer.sin_port, 0);
	close(accepted);
	close(client);
	return ntohl(peer.sin_addr.s_addr);
}

static void connections_come_from_there(void)
{
	struct address listener = parse("tcp:127.0.0.1:0");
	int fd = -1;

	CU_ASSERT_EQUAL_FATAL(socket_listen(&listener, 16, &fd), 0);
	CU_ASSERT_EQUAL(socket_bound_address(fd, TRANSPORT_TCP, &listener), 0);
	for (uint32_t n = 0; n < 5; n++)
		CU_ASSERT_EQUAL(seen_from(&listener, fd, n), INADDR_LOOPBACK + n);
	close(fd);
}

static const struct test_case cases[] = {
	{"loopback has as many as are wanted", loopback_has_as_many_as_are_wanted},
	{"other addresses are left to the kernel",
	 other_addresses_are_left_to_the_kernel},
	{"connections come from there", connections_come_from_there},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("source", cases) != 0;
}
