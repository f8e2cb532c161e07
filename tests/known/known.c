/* known.c - what the servers with known answers share. */
#include "tests/known/known.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct known_connection known_connections[KNOWN_FDS];

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

int known_listen(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	require(fd >= 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	require(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	require(listen(fd, 1024) == 0, "listen");
	return fd;
}

int known_port(int listener)
{
	struct sockaddr_in address = {0};
	socklen_t length = sizeof(address);

	require(getsockname(listener, (struct sockaddr *)&address, &length) == 0,
		"getsockname");
	return ntohs(address.sin_port);
}

void known_ready(int listener)
{
	printf("ready tcp:127.0.0.1:%d\n", known_port(listener));
	fflush(stdout);
}

void known_watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	require(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

int known_epoll(int listener)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	require(epoll_fd >= 0, "epoll_create1");
	known_watch(epoll_fd, listener);
	return epoll_fd;
}

int known_accept(int epoll_fd, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), one = 1;

	if (fd < 0)
		return -1;
	errno = EMFILE;
	require(fd < KNOWN_FDS, "accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	known_watch(epoll_fd, fd);
	return fd;
}

bool known_receive(int fd)
{
	struct known_connection *c = &known_connections[fd];
	ssize_t n = recv(fd, c->bytes + c->length, KNOWN_BUFFER - c->length, 0);

	if (n <= 0)
		return false;
	c->length += (size_t)n;
	return true;
}

size_t known_frame(int fd)
{
	const struct known_connection *c = &known_connections[fd];
	uint32_t payload;

	if (c->length < KNOWN_HEADER)
		return 0;
	memcpy(&payload, c->bytes, sizeof(payload));
	size_t size = KNOWN_HEADER + (size_t)ntohl(payload);
	return c->length >= size ? size : 0;
}

void known_remove(int fd, size_t size)
{
	struct known_connection *c = &known_connections[fd];

	c->length -= size;
	memmove(c->bytes, c->bytes + size, c->length);
}

bool known_send(int fd, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	while (size > 0) {
		ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
		if (n < 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

void known_close(int fd)
{
	struct known_connection *c = &known_connections[fd];

	close(fd);
	c->length = 0;
	c->silent = c->parting = false;
	c->generation++;
}
