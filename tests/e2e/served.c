/* served.c - see served.h. */
#include "tests/e2e/served.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "server/options.h"

#define WORDS_MAX 12

/* `iomodels serve MODEL words..`, ready. Ends the case when it is not. */
void served_start(struct served *s, const char *model, const char *const *words)
{
	const char *arguments[WORDS_MAX + 3] = {"serve", model};
	char error[OPTION_ERROR_SIZE] = "";

	*s = (struct served){0};
	for (int i = 0; words && words[i] && i < WORDS_MAX; i++)
		arguments[2 + i] = words[i];
	s->process = program_start(arguments);
	CU_ASSERT_EQUAL_FATAL(process_read_line(s->process, s->ready, sizeof(s->ready),
						PROCESS_DEADLINE_MS),
			      0);
	CU_ASSERT_EQUAL_FATAL(strncmp(s->ready, "ready ", 6), 0);
	CU_ASSERT_EQUAL_FATAL(
		address_parse(s->ready + 6, &s->address, error, sizeof(error)), 0);
}

/* Waits for an orderly end and reads the counters; nothing of its group is left. */
void served_ended(struct served *s)
{
	char line[512] = "";

	CU_ASSERT_EQUAL(process_wait(s->process, PROCESS_DEADLINE_MS), 0);
	CU_ASSERT_EQUAL(process_read_line(s->process, line, sizeof(line), 0), 0);
	CU_ASSERT_STRING_EQUAL(s->process->err.text, "");
	CU_ASSERT_EQUAL(s->process->lines_read, s->process->out.length);
	s->counters = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	CU_ASSERT_PTR_NOT_NULL(s->counters);
	CU_ASSERT(kill(-s->process->pid, 0) < 0 && errno == ESRCH);
}

void served_stop(struct served *s, int number)
{
	process_signal(s->process, number);
	served_ended(s);
}

void served_free(struct served *s)
{
	process_free(s->process);
	json_decref(s->counters);
}

void check_counter(const struct served *s, const char *name, int64_t expected)
{
	const json_t *value = json_object_get(s->counters, name);

	CU_ASSERT(json_is_integer(value));
	CU_ASSERT_EQUAL(json_integer_value(value), expected);
}

/* A blocking connection on which nothing waits for ever. */
int client_open(const struct served *s)
{
	const struct timeval limit = {.tv_sec = PROCESS_DEADLINE_MS / 1000};
	int fd = socket(s->address.sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	CU_ASSERT_EQUAL_FATAL(connect(fd, (const struct sockaddr *)&s->address.sockaddr,
				      s->address.length),
			      0);
	return fd;
}

static void client_send(int fd, const struct echo_header *header, uint8_t *frame)
{
	size_t size = ECHO_HEADER_SIZE + header->length;

	echo_header_encode(header, frame);
	for (size_t i = ECHO_HEADER_SIZE; i < size; i++)
		frame[i] = (uint8_t)(i * 31 + header->tag);
	CU_ASSERT_EQUAL(send(fd, frame, size, MSG_NOSIGNAL), (ssize_t)size);
}

void client_expect(int fd, const uint8_t *frame, size_t size)
{
	uint8_t reply[ECHO_HEADER_SIZE + PAYLOAD];

	CU_ASSERT_EQUAL(recv(fd, reply, size, MSG_WAITALL), (ssize_t)size);
	CU_ASSERT_EQUAL(memcmp(reply, frame, size), 0);
}

/* One echo of PAYLOAD bytes. */
void client_exchange(int fd, uint32_t tag)
{
	struct echo_header header = {.length = PAYLOAD, .tag = tag};
	uint8_t frame[ECHO_HEADER_SIZE + PAYLOAD];

	client_send(fd, &header, frame);
	client_expect(fd, frame, sizeof(frame));
}

void client_sleeps(int fd, uint32_t amount_us, uint8_t frame[ECHO_HEADER_SIZE])
{
	struct echo_header header = {.op = ECHO_OP_SLEEP, .amount_us = amount_us};

	client_send(fd, &header, frame);
}

/* The server ended the connection: orderly, or by a reset. */
bool client_is_cut(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

void client_half_closes(int fd)
{
	char byte;

	CU_ASSERT_EQUAL(shutdown(fd, SHUT_WR), 0);
	CU_ASSERT_EQUAL(recv(fd, &byte, 1, 0), 0);
	close(fd);
}
