/* test_datagram.c - what the ground floor knows of datagrams: the frame, the sockets. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "server/echo.h"
#include "server/socket.h"
#include "tests/suite.h"

#define CLIENTS 64

static const struct echo_limits limits = {.max_frame = ECHO_MAX_FRAME_DEFAULT,
					  .max_work_us = 1000};

/* What the decoder says to `header` in a datagram of `length` bytes. */
static int decode(struct echo_header header, size_t length, struct echo_header *ret)
{
	uint8_t p[ECHO_HEADER_SIZE];

	echo_header_encode(&header, p);
	return echo_datagram_decode(p, length, &limits, ret);
}

static void whole_frames_are_taken(void)
{
	static const uint32_t lengths[] = {0, 1, 1456, ECHO_MAX_DATAGRAM};
	struct echo_header header;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct echo_header sent = {.length = lengths[i],
						 .op = ECHO_OP_SLEEP,
						 .amount_us = 1000,
						 .tag = 7};
		CU_ASSERT_EQUAL(decode(sent, ECHO_HEADER_SIZE + lengths[i], &header), 0);
		CU_ASSERT_EQUAL(header.length, lengths[i]);
		CU_ASSERT_EQUAL(header.op, ECHO_OP_SLEEP);
		CU_ASSERT_EQUAL(header.amount_us, 1000);
		CU_ASSERT_EQUAL(header.tag, 7);
	}
}

static void what_is_no_frame_is_refused(void)
{
	const uint32_t most = ECHO_MAX_DATAGRAM;
	struct echo_header header = {.tag = 99};

	CU_ASSERT_EQUAL(echo_datagram_decode(NULL, 0, &limits, &header), -EBADMSG);
	CU_ASSERT_EQUAL(decode((struct echo_header){0}, 15, &header), -EBADMSG);
	CU_ASSERT_EQUAL(decode((struct echo_header){0}, 17, &header), -EBADMSG);
	CU_ASSERT_EQUAL(decode((struct echo_header){.length = 10}, 25, &header),
			-EBADMSG);
	CU_ASSERT_EQUAL(decode((struct echo_header){.length = 10}, 27, &header),
			-EBADMSG);
	CU_ASSERT_EQUAL(
		decode((struct echo_header){.length = most + 1}, most + 17, &header),
		-EBADMSG);
	CU_ASSERT_EQUAL(decode((struct echo_header){.op = 3}, 16, &header), -EBADMSG);
	CU_ASSERT_EQUAL(
		decode((struct echo_header){.op = ECHO_OP_SPIN, .amount_us = 1001}, 16,
		       &header),
		-EBADMSG);
	CU_ASSERT_EQUAL(header.tag, 99);
}

static void the_largest_frame_is_a_limit(void)
{
	const struct echo_limits small = {.max_frame = 100};
	struct echo_header header;
	uint8_t p[ECHO_HEADER_SIZE];

	echo_header_encode(&(struct echo_header){.length = 100}, p);
	CU_ASSERT_EQUAL(echo_datagram_decode(p, 116, &small, &header), 0);
	echo_header_encode(&(struct echo_header){.length = 101}, p);
	CU_ASSERT_EQUAL(echo_datagram_decode(p, 117, &small, &header), -EBADMSG);
}

static int bound_socket(struct address *ret_bound)
{
	struct address address;
	char error[256];
	int fd = -1;

	CU_ASSERT_EQUAL_FATAL(
		address_parse("udp:127.0.0.1:0", &address, error, sizeof(error)), 0);
	CU_ASSERT_EQUAL_FATAL(socket_listen(&address, 0, &fd), 0);
	CU_ASSERT_EQUAL(socket_bound_address(fd, TRANSPORT_UDP, ret_bound), 0);
	return fd;
}

/* `text` from a socket of its own, which is returned. */
static int sent(const struct address *to, const char *text)
{
	int fd = -1;

	CU_ASSERT_EQUAL_FATAL(socket_connect(to, &fd), 0);
	CU_ASSERT_EQUAL(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	return fd;
}

struct receiver {
	int fd;
	ssize_t length;
	socklen_t peer_length;
};

static void *receive(void *argument)
{
	struct receiver *r = argument;
	struct sockaddr_storage peer;
	char p[8];

	r->peer_length = sizeof(peer);
	r->length = recvfrom(r->fd, p, sizeof(p), 0, (struct sockaddr *)&peer,
			     &r->peer_length);
	if (r->peer_length > 0)
		r->length = sendto(r->fd, p, (size_t)r->length, 0,
				   (struct sockaddr *)&peer, r->peer_length);
	return NULL;
}

/* A receive in another thread, which a stop ends. */
static void a_stop_wakes_a_receiver(void)
{
	struct address bound;
	struct receiver r = {.fd = bound_socket(&bound)};
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, receive, &r), 0);
	socket_stop_listening(r.fd, TRANSPORT_UDP);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(r.length, 0);
	CU_ASSERT_EQUAL(r.peer_length, 0);
	close(r.fd);
}

/* What came before the stop is received and answered, what comes after it is not. */
static void a_stop_leaves_what_has_come(void)
{
	struct address bound;
	struct receiver r = {.fd = bound_socket(&bound)};
	int before = sent(&bound, "before"), after;
	uint64_t dropped = 0;
	char p[8];

	socket_stop_listening(r.fd, TRANSPORT_UDP);
	after = sent(&bound, "after");
	receive(&r);
	CU_ASSERT_EQUAL(r.length, 6);
	CU_ASSERT_EQUAL(recv(before, p, sizeof(p), 0), 6);
	receive(&r);
	CU_ASSERT_EQUAL(r.length, 0);
	CU_ASSERT_EQUAL(r.peer_length, 0);
	CU_ASSERT_EQUAL(socket_dropped(r.fd, &dropped), 0);
	CU_ASSERT_EQUAL(dropped, 1);
	close(before);
	close(after);
	close(r.fd);
}

static void drops_are_counted(void)
{
	struct address bound;
	int fd = bound_socket(&bound), least = 1, client = sent(&bound, "first");
	uint64_t dropped = 1, count = 0;

	CU_ASSERT_EQUAL(socket_dropped(fd, &dropped), 0);
	CU_ASSERT_EQUAL(dropped, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(send(client, "more", 4, 0), 4);
	CU_ASSERT_EQUAL(socket_dropped(fd, &dropped), 0);
	while (recv(fd, &(char){0}, 1, MSG_DONTWAIT) >= 0)
		count++;
	CU_ASSERT_TRUE(dropped > 0);
	CU_ASSERT_EQUAL(dropped + count, 101);
	CU_ASSERT_EQUAL(socket_dropped(-1, &dropped), -EBADF);
	close(client);
	close(fd);
}

static void a_burst_waits_in_the_kernel(void)
{
	struct address bound;
	int fd = bound_socket(&bound), plain = socket(AF_INET, SOCK_DGRAM, 0);
	int size = 0, usual = 0;
	socklen_t length = sizeof(int);

	getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length);
	getsockopt(plain, SOL_SOCKET, SO_RCVBUF, &usual, &length);
	CU_ASSERT_TRUE(size > usual);
	close(plain);
	close(fd);
}

/* Senders are shared out; each datagram goes to one socket. */
static void sockets_stand_side_by_side(void)
{
	struct address bound;
	int fd = bound_socket(&bound), second = -1, got[2] = {0, 0}, clients[CLIENTS];

	CU_ASSERT_EQUAL_FATAL(socket_listen_beside(fd, &bound, 0, &second), 0);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = sent(&bound, "x");
	while (recv(fd, &(char){0}, 1, MSG_DONTWAIT) == 1)
		got[0]++;
	while (recv(second, &(char){0}, 1, MSG_DONTWAIT) == 1)
		got[1]++;
	CU_ASSERT_EQUAL(got[0] + got[1], CLIENTS);
	CU_ASSERT_TRUE(got[0] > 0);
	CU_ASSERT_TRUE(got[1] > 0);
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i]);
	CU_ASSERT_EQUAL(socket_listen_beside(-1, &bound, 0, &second), -EBADF);
	close(second);
	close(fd);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"whole frames are taken", whole_frames_are_taken},
		{"what is no frame is refused", what_is_no_frame_is_refused},
		{"the largest frame is a limit", the_largest_frame_is_a_limit},
		{"a stop wakes a receiver", a_stop_wakes_a_receiver},
		{"a stop leaves what has come", a_stop_leaves_what_has_come},
		{"drops are counted", drops_are_counted},
		{"a burst waits in the kernel", a_burst_waits_in_the_kernel},
		{"sockets stand side by side", sockets_stand_side_by_side},
		{NULL, NULL},
	};

	return test_suite_run("datagram", cases) != 0;
}
