/*
 * plain_echo.c - the plainest epoll echo server: level-triggered, recv, send, nothing else.
 *
 * What models are compared with. No protocol, no counters, no stop; prints its address as
 * `iomodels serve` does. A client that does not read blocks it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH       256
#define BUFFER_SIZE 16384

static int listen_on(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    listen(fd, 4096) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
		perror("plain_echo");
		exit(1);
	}
	printf("ready tcp:127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void add(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void echo(int fd)
{
	static char buffer[BUFFER_SIZE];
	ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

	if (n <= 0 || send(fd, buffer, (size_t)n, MSG_NOSIGNAL) != n)
		close(fd);
}

int main(int argc, char **argv)
{
	static struct epoll_event events[BATCH];
	int listener = listen_on(argc > 1 ? atoi(argv[1]) : 0);
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	add(epoll_fd, listener);
	for (;;) {
		int count = epoll_wait(epoll_fd, events, BATCH, -1);
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == listener)
				add(epoll_fd,
				    accept4(listener, NULL, NULL, SOCK_CLOEXEC));
			else
				echo(events[i].data.fd);
		}
	}
}
