/*
 * faulty.c - an echo server with one known fault, to see whether the generator finds it.
 *
 *	faulty FAULT [N]	prints `ready tcp:127.0.0.1:PORT`; serves until killed
 *
 * The fault strikes once, at the N-th reply of all, so that it has an exact count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/known/known.h"

struct fault {
	const char *name, *what;
	/* Gives reply N its way instead of the right one; false: the connection is lost. */
	bool (*strike)(int fd, uint8_t *frame, size_t size);
	bool (*answer)(int fd, uint8_t *frame, size_t size); /* every other reply */
};

/* The reply that waits to be swapped. */
struct held {
	int fd; /* 0: none */
	size_t size;
	uint8_t frame[KNOWN_BUFFER];
};

struct server {
	const struct fault *fault;
	long n, replies, accepted;
	int epoll_fd, listener, port; /* listener -1: closed for a while */
};

static struct held held;

static bool echo(int fd, uint8_t *frame, size_t size)
{
	return known_send(fd, frame, size);
}

static bool nothing(int fd, uint8_t *frame, size_t size)
{
	(void)fd, (void)frame, (void)size;
	return true;
}

static bool bytewise(int fd, uint8_t *frame, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!known_send(fd, frame + i, 1))
			return false;
	return true;
}

static bool flip(int fd, uint8_t *frame, size_t size)
{
	frame[size / 2] ^= 1;
	return known_send(fd, frame, size);
}

static bool surplus(int fd, uint8_t *frame, size_t size)
{
	uint8_t more[KNOWN_BUFFER + 1];

	memcpy(more, frame, size);
	more[size] = '!';
	return known_send(fd, more, size + 1);
}

static bool late(int fd, uint8_t *frame, size_t size)
{
	known_connections[fd].parting = true;
	return known_send(fd, frame, size);
}

static bool silent(int fd, uint8_t *frame, size_t size)
{
	(void)frame, (void)size;
	known_connections[fd].silent = true;
	return true;
}

static bool truncated(int fd, uint8_t *frame, size_t size)
{
	(void)known_send(fd, frame, size / 2);
	return false;
}

static bool reset(int fd, uint8_t *frame, size_t size)
{
	const struct linger linger = {1, 0};

	(void)known_send(fd, frame, size / 2);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	return false;
}

static bool hold(int fd, uint8_t *frame, size_t size)
{
	held.fd = fd;
	held.size = size;
	memcpy(held.frame, frame, size);
	return true;
}

/* Gives each of the two the other's. */
static bool swapped(int fd, uint8_t *frame, size_t size)
{
	int other = held.fd;

	if (other == 0 || other == fd)
		return known_send(fd, frame, size);
	held.fd = 0;
	return known_send(fd, held.frame, held.size) && known_send(other, frame, size);
}

static const struct fault faults[] = {
	{"none", "every byte comes back", echo, echo},
	{"bytes", ".. one at a time", bytewise, bytewise},
	{"flip", "a bit in reply N", flip, echo},
	{"swap", "reply N and the next of another connection change places", hold,
	 swapped},
	{"surplus", "a byte more behind reply N", surplus, echo},
	{"late", "a byte more after the half-close of who got reply N", late, echo},
	{"truncate", "half of reply N, then FIN", truncated, echo},
	{"reset", "half of reply N, then RST", reset, echo},
	{"silent", "nothing more for who awaits reply N", silent, echo},
	{"never", "nothing at all", nothing, nothing},
	{"refuse", "connect N is refused; listens again at the first request", echo,
	 echo},
};

static void end(int fd)
{
	if (known_connections[fd].parting)
		(void)known_send(fd, "!", 1);
	known_close(fd);
}

static void listen_again(struct server *s)
{
	if (s->listener >= 0)
		return;
	s->listener = known_listen(s->port);
	known_watch(s->epoll_fd, s->listener);
}

static bool answer(struct server *s, int fd, size_t size)
{
	uint8_t *frame = known_connections[fd].bytes;

	listen_again(s);
	if (known_connections[fd].silent)
		return true;
	return ++s->replies == s->n ? s->fault->strike(fd, frame, size)
				    : s->fault->answer(fd, frame, size);
}

static void serve(struct server *s, int fd)
{
	size_t size;

	if (!known_receive(fd)) {
		end(fd);
		return;
	}
	while ((size = known_frame(fd)) > 0) {
		if (!answer(s, fd, size)) {
			known_close(fd);
			return;
		}
		known_remove(fd, size);
	}
}

static void admit(struct server *s)
{
	if (known_accept(s->epoll_fd, s->listener) < 0)
		return;
	if (++s->accepted != s->n - 1 || strcmp(s->fault->name, "refuse") != 0)
		return;
	close(s->listener);
	s->listener = -1;
}

static const struct fault *find_fault(const char *name)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(faults[i].name, name) == 0)
			return &faults[i];
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		fprintf(stderr, "%-9s %s\n", faults[i].name, faults[i].what);
	exit(2);
}

int main(int argc, char **argv)
{
	struct server s = {.fault = find_fault(argc > 1 ? argv[1] : ""),
			   .n = argc > 2 ? atol(argv[2]) : 1,
			   .listener = known_listen(0)};
	struct epoll_event event;

	s.port = known_port(s.listener);
	s.epoll_fd = known_epoll(s.listener);
	known_ready(s.listener);
	/* One event at a time: none is of a descriptor that was closed meanwhile. */
	while (epoll_wait(s.epoll_fd, &event, 1, -1) >= 0) {
		if (event.data.fd == s.listener)
			admit(&s);
		else
			serve(&s, event.data.fd);
	}
	return 1;
}
