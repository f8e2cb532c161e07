/* test_socket.c - addresses as text, listeners, connects, and socket files. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/options.h"
#include "server/socket.h"
#include "tests/suite.h"

static char directory[] = "/tmp/iomodels-test-XXXXXX";

static struct address parsed(const char *text)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct address address = {0};

	int result = address_parse(text, &address, error, sizeof(error));
	if (result != 0)
		printf("%s\n", error);
	CU_ASSERT_EQUAL(result, 0);
	return address;
}

static struct address unix_address(const char *name)
{
	char text[ADDRESS_TEXT_SIZE];

	snprintf(text, sizeof(text), "unix:%s/%s", directory, name);
	return parsed(text);
}

static const char *path_of(const struct address *address)
{
	return ((const struct sockaddr_un *)&address->sockaddr)->sun_path;
}

static void addresses_are_read_and_written(void)
{
	static const char *const cases[] = {"tcp:127.0.0.1:0",    "tcp:[::1]:7",
					    "udp:10.1.2.3:65535", "udp:[fe80::1]:9",
					    "unix:/tmp/x:y",      "unix:relative"};
	char text[ADDRESS_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address address = parsed(cases[i]);
		address_format(&address, text);
		CU_ASSERT_STRING_EQUAL(text, cases[i]);
	}
	CU_ASSERT_STRING_EQUAL(transport_name(TRANSPORT_UDP), "udp");
}

/* A bare machine may have no /etc/hosts, and a name server that does not answer. */
static void names_are_looked_up(void)
{
	struct addrinfo *found;

	setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
	if (getaddrinfo("localhost", NULL, NULL, &found) != 0) {
		printf("no name is known here ");
		return;
	}
	freeaddrinfo(found);
	struct address address = parsed("tcp:localhost:80");
	CU_ASSERT(address.sockaddr.ss_family == AF_INET ||
		  address.sockaddr.ss_family == AF_INET6);
}

static void wrong_addresses_name_what_is_accepted(void)
{
	static const char *const cases[][2] = {
		{"127.0.0.1:80", "tcp:HOST:PORT"},
		{"tcp", "tcp:HOST:PORT"},
		{"", "unix:PATH"},
		{"tcp:", "tcp:HOST:PORT"},
		{"tcp::80", "tcp:HOST:PORT"},
		{"tcp:127.0.0.1", "tcp:HOST:PORT"},
		{"tc:127.0.0.1:1", "unix:PATH"},
		{"TCP:127.0.0.1:1", "unix:PATH"},
		{"tcp:1.2.3.4:", "0 to 65535"},
		{"tcp:1.2.3.4:65536", "0 to 65535"},
		{"tcp:1.2.3.4:http", "0 to 65535"},
		{"tcp:1.2.3.4:-1", "0 to 65535"},
		{"tcp:fe80::1:80", "brackets"},
		{"tcp:[::1]", "tcp:[IPV6]:PORT"},
		{"tcp:[::1:80", "tcp:[IPV6]:PORT"},
		{"tcp:[]:80", "tcp:[IPV6]:PORT"},
		{"unix:", "1 to 107"},
		{"tcp:[::zz]:1", "tcp:[::zz]:1"},
	};
	char error[OPTION_ERROR_SIZE];
	struct address address;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(
			address_parse(cases[i][0], &address, error, sizeof(error)),
			-EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i][0]));
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i][1]));
	}
	char path[200] = "unix:/";
	memset(path + 6, 'p', 107);
	CU_ASSERT_EQUAL(address_parse(path, &address, error, sizeof(error)), -EINVAL);
	path[strlen(path) - 1] = '\0';
	CU_ASSERT_EQUAL(address_parse(path, &address, error, sizeof(error)), 0);
}

static int option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t length = sizeof(value);

	return getsockopt(fd, level, option, &value, &length) < 0 ? -1 : value;
}

/* Connects to a listener, accepts, and passes one byte. */
static void exchange(int listener, const struct address *address)
{
	int client = -1;
	char byte = 0;

	int result = socket_connect(address, &client);
	CU_ASSERT(result == 0 || result == -EINPROGRESS);
	int accepted = accept(listener, NULL, NULL);
	CU_ASSERT(accepted >= 0);
	struct pollfd writable = {.fd = client, .events = POLLOUT};
	CU_ASSERT_EQUAL(poll(&writable, 1, 5000), 1);
	CU_ASSERT_EQUAL(socket_error(client), 0);
	CU_ASSERT_EQUAL(write(client, "x", 1), 1);
	CU_ASSERT_EQUAL(read(accepted, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'x');
	CU_ASSERT(fcntl(client, F_GETFL) & O_NONBLOCK);
	CU_ASSERT(fcntl(client, F_GETFD) & FD_CLOEXEC);
	if (address->transport == TRANSPORT_TCP) {
		CU_ASSERT_EQUAL(option_of(client, IPPROTO_TCP, TCP_NODELAY), 1);
		CU_ASSERT_EQUAL(option_of(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	}
	close(client);
	close(accepted);
}

static void check_tcp(const char *text)
{
	struct address address = parsed(text), bound;
	int listener = -1, second = -1;

	int result = socket_listen(&address, 16, &listener);
	if (result == -EADDRNOTAVAIL || result == -EAFNOSUPPORT) {
		printf("%s is not to be had here: %s ", text, strerror(-result));
		return;
	}
	CU_ASSERT_EQUAL(result, 0);
	CU_ASSERT(fcntl(listener, F_GETFD) & FD_CLOEXEC);
	CU_ASSERT_EQUAL(fcntl(listener, F_GETFL) & O_NONBLOCK, 0);
	CU_ASSERT_EQUAL(socket_bound_address(listener, TRANSPORT_TCP, &bound), 0);
	exchange(listener, &bound);
	CU_ASSERT_EQUAL(socket_listen(&bound, 16, &second), -EADDRINUSE);
	CU_ASSERT_EQUAL(second, -1);
	close(listener);
	/* The accepted connection lingers in TIME_WAIT; SO_REUSEADDR lets a server restart. */
	CU_ASSERT_EQUAL(socket_listen(&bound, 16, &listener), 0);
	close(listener);
}

static void tcp_listens_and_connects(void)
{
	check_tcp("tcp:127.0.0.1:0");
	check_tcp("tcp:[::1]:0");
}

static void listeners_beside_each_other_share_a_port(void)
{
	struct address address = parsed("tcp:127.0.0.1:0");
	int listener[3], client[64], taken = 0;

	CU_ASSERT_EQUAL_FATAL(socket_listen(&address, 64, &listener[0]), 0);
	CU_ASSERT_EQUAL(socket_bound_address(listener[0], TRANSPORT_TCP, &address), 0);
	for (int i = 1; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(
			socket_listen_beside(listener[0], &address, 64, &listener[i]), 0);
	for (int i = 0; i < 64; i++) {
		struct pollfd wait = {.events = POLLOUT};
		CU_ASSERT_TRUE(socket_connect(&address, &client[i]) <= 0);
		wait.fd = client[i];
		CU_ASSERT_EQUAL(poll(&wait, 1, 5000), 1);
	}
	for (int i = 0; i < 3; i++) {
		int before = taken, fd;
		CU_ASSERT_EQUAL(socket_set_nonblocking(listener[i]), 0);
		while ((fd = accept(listener[i], NULL, NULL)) >= 0) {
			close(fd);
			taken++;
		}
		CU_ASSERT_TRUE(taken > before);
		close(listener[i]);
	}
	CU_ASSERT_EQUAL(taken, 64);
	for (int i = 0; i < 64; i++)
		close(client[i]);
}

static void refused_connects_say_so(void)
{
	struct address address = parsed("tcp:127.0.0.1:0"), bound;
	int fd = -1;

	CU_ASSERT_EQUAL(socket_listen(&address, 1, &fd), 0);
	CU_ASSERT_EQUAL(socket_bound_address(fd, TRANSPORT_TCP, &bound), 0);
	close(fd);
	int result = socket_connect(&bound, &fd);
	if (result == -EINPROGRESS) {
		struct pollfd writable = {.fd = fd, .events = POLLOUT};
		CU_ASSERT_EQUAL(poll(&writable, 1, 5000), 1);
		result = socket_error(fd);
		close(fd);
	}
	CU_ASSERT_EQUAL(result, -ECONNREFUSED);
	CU_ASSERT_EQUAL(socket_error(-1), -EBADF);
	CU_ASSERT_EQUAL(socket_set_nonblocking(-1), -EBADF);
}

static void datagram_ports_are_not_shared(void)
{
	struct address address = parsed("udp:127.0.0.1:0"), bound;
	int fd = -1, second = -1;

	CU_ASSERT_EQUAL(socket_listen(&address, 0, &fd), 0);
	CU_ASSERT_EQUAL(socket_bound_address(fd, TRANSPORT_UDP, &bound), 0);
	CU_ASSERT_EQUAL(socket_listen(&bound, 0, &second), -EADDRINUSE);
	CU_ASSERT_EQUAL(socket_connect(&bound, &second), 0);
	CU_ASSERT_EQUAL(write(second, "x", 1), 1);
	CU_ASSERT_EQUAL(recv(fd, &(char){0}, 1, 0), 1);
	close(second);
	close(fd);
}

static void unix_listens_and_connects(void)
{
	struct address address = unix_address("listen"), bound;
	const char *path = path_of(&address);
	char before[ADDRESS_TEXT_SIZE], after[ADDRESS_TEXT_SIZE];
	int fd = -1, second = -1;

	CU_ASSERT_EQUAL(socket_listen(&address, 16, &fd), 0);
	CU_ASSERT_EQUAL(socket_bound_address(fd, TRANSPORT_UNIX, &bound), 0);
	address_format(&address, before);
	address_format(&bound, after);
	CU_ASSERT_STRING_EQUAL(before, after);
	exchange(fd, &bound);
	CU_ASSERT_EQUAL(socket_listen(&address, 16, &second), -EADDRINUSE);
	close(fd);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(socket_listen(&address, 16, &fd), 0); /* stale: replaced */
	exchange(fd, &bound);
	close(fd);
	socket_unlink(&address);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	socket_unlink(&address);
}

static void other_files_stay(void)
{
	struct address address = unix_address("file"), missing = unix_address("none/x");
	const char *path = path_of(&address);
	struct stat status;
	int fd = -1;

	int file = open(path, O_CREAT | O_WRONLY, 0600);
	CU_ASSERT_EQUAL(write(file, "keep", 4), 4);
	close(file);
	CU_ASSERT_EQUAL(socket_listen(&address, 16, &fd), -EADDRINUSE);
	CU_ASSERT_EQUAL(stat(path, &status), 0);
	CU_ASSERT_EQUAL(status.st_size, 4);
	unlink(path);
	CU_ASSERT_EQUAL(symlink("/dev/null", path), 0);
	CU_ASSERT_EQUAL(socket_listen(&address, 16, &fd), -EADDRINUSE);
	unlink(path);
	CU_ASSERT_EQUAL(socket_listen(&missing, 16, &fd), -ENOENT);
}

/* A live server whose backlog is full answers EAGAIN: its socket file is not stale. */
static void full_backlogs_are_alive(void)
{
	struct address address = unix_address("full");
	int fd = -1, clients[4] = {-1, -1, -1, -1}, result = 0, count = 0, second = -1;

	CU_ASSERT_EQUAL(socket_listen(&address, 0, &fd), 0);
	while (count < 4 && (result = socket_connect(&address, &clients[count])) == 0)
		count++;
	CU_ASSERT_EQUAL(result, -EAGAIN);
	CU_ASSERT_EQUAL(socket_listen(&address, 0, &second), -EADDRINUSE);
	for (int i = 0; i < count; i++)
		close(clients[i]);
	close(fd);
	socket_unlink(&address);
}

static void descriptor_limit_is_raised(void)
{
	struct rlimit before, limit;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 64;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CU_ASSERT_EQUAL(descriptor_limit_raise(), (long)before.rlim_max);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	CU_ASSERT_EQUAL(limit.rlim_cur, before.rlim_max);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"addresses are read and written", addresses_are_read_and_written},
		{"names are looked up", names_are_looked_up},
		{"wrong addresses name what is accepted",
		 wrong_addresses_name_what_is_accepted},
		{"TCP listens and connects", tcp_listens_and_connects},
		{"listeners beside each other share a port",
		 listeners_beside_each_other_share_a_port},
		{"refused connects say so", refused_connects_say_so},
		{"datagram ports are not shared", datagram_ports_are_not_shared},
		{"Unix listens and connects", unix_listens_and_connects},
		{"other files stay", other_files_stay},
		{"full backlogs are alive", full_backlogs_are_alive},
		{"descriptor limit is raised", descriptor_limit_is_raised},
		{NULL, NULL},
	};

	if (!mkdtemp(directory))
		return 1;
	int failures = test_suite_run("socket", cases);
	return rmdir(directory) != 0 || failures != 0;
}
