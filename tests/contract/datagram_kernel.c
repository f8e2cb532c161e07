/*
 * datagram_kernel.c - the datagram contract: what the kernel does not take, or drops.
 *
 * On loopback a send never has to wait and never fails, so the linker puts these two in
 * front of the real calls (--wrap), and the server's process is told what to refuse.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/contract/datagram_client.h"

#define BURST 40
#define FLOOD 6000

/* Set before the server is started; counted down in its process. */
static atomic_int refusals;
static int refusal;         /* errno; EAGAIN: every other call, else in a row */
static unsigned most_taken; /* by one sendmmsg; 0: all */

static atomic_int *largest_batch; /* shared with the server's process */

void datagram_share_batch(void)
{
	largest_batch = mmap(NULL, sizeof(*largest_batch), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (largest_batch == MAP_FAILED)
		abort();
}

int datagram_largest_batch(void)
{
	return atomic_load(largest_batch);
}

static bool is_refused(void)
{
	int left = atomic_load(&refusals);

	if (left <= 0)
		return false;
	atomic_fetch_sub(&refusals, 1);
	errno = refusal;
	return refusal != EAGAIN || left % 2 == 0;
}

/* The linker's names are not for C. */
ssize_t real_sendto(int fd, const void *p, size_t n, int flags, const struct sockaddr *to,
		    socklen_t length) __asm__("__real_sendto");
ssize_t tried_sendto(int fd, const void *p, size_t n, int flags,
		     const struct sockaddr *to,
		     socklen_t length) __asm__("__wrap_sendto");
int real_sendmmsg(int fd, struct mmsghdr *messages, unsigned count,
		  int flags) __asm__("__real_sendmmsg");
int tried_sendmmsg(int fd, struct mmsghdr *messages, unsigned count,
		   int flags) __asm__("__wrap_sendmmsg");

ssize_t tried_sendto(int fd, const void *p, size_t n, int flags,
		     const struct sockaddr *to, socklen_t length)
{
	return is_refused() ? -1 : real_sendto(fd, p, n, flags, to, length);
}

int tried_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	if ((int)count > atomic_load(largest_batch))
		atomic_store(largest_batch, (int)count);
	if (most_taken && count > most_taken)
		count = most_taken;
	return is_refused() ? -1 : real_sendmmsg(fd, messages, count, flags);
}

static void start_refusing(struct served *served, int count, int error, unsigned most)
{
	atomic_store(&refusals, count);
	refusal = error;
	most_taken = most;
	datagram_start_plain(served);
	atomic_store(&refusals, 0);
	most_taken = 0;
}

/* A burst of which `lost` are not answered. */
static struct counters_line burst(struct served *served, int lost)
{
	int fd = datagram_client(served);
	uint64_t seen = 0;

	kill(served->pid, SIGSTOP); /* so that it finds them all at once */
	for (uint32_t i = 0; i < BURST; i++)
		datagram_send_echo(fd, 10 * i, i);
	kill(served->pid, SIGCONT);
	for (int i = 0; i < BURST - lost; i++) {
		struct echo_header header = {0};
		CU_ASSERT_EQUAL_FATAL(datagram_await_reply(fd, &header), 0);
		seen |= 1ULL << header.tag;
	}
	CU_ASSERT_EQUAL(__builtin_popcountll(seen), BURST - lost);
	struct counters_line counters = served_stop(served).counters;
	CU_ASSERT_TRUE(datagram_is_silent(fd));
	close(fd);
	return counters;
}

static void a_refused_reply_is_counted(void)
{
	struct served served;

	start_refusing(&served, 3, EPERM, 0);
	struct counters_line counters = burst(&served, 3);
	CU_ASSERT_EQUAL(counters.errors, 3);
	CU_ASSERT_EQUAL(counters.requests, BURST - 3);
}

static void a_signal_loses_no_reply(void)
{
	struct served served;

	start_refusing(&served, 5, EINTR, 0);
	struct counters_line counters = burst(&served, 0);
	CU_ASSERT_EQUAL(counters.errors, 0);
	CU_ASSERT_EQUAL(counters.requests, BURST);
}

/* Who does not block waits until the socket is writable. */
static void a_reply_that_would_block_is_sent_later(void)
{
	struct served served;

	if (model->flags & (IO_MODEL_ONE | IO_MODEL_PER_WORKER))
		return;
	start_refusing(&served, 30, EAGAIN, 0);
	struct counters_line counters = burst(&served, 0);
	CU_ASSERT_EQUAL(counters.errors, 0);
	CU_ASSERT_EQUAL(counters.requests, BURST);
}

static void a_batch_that_is_taken_in_part_goes_on(void)
{
	struct served served;

	start_refusing(&served, 0, 0, 3);
	struct counters_line counters = burst(&served, 0);
	CU_ASSERT_EQUAL(counters.requests, BURST);
	CU_ASSERT_EQUAL(counters.bytes_out, counters.bytes_in);
}

/* More than the kernel keeps for a server that does not come round to receiving. */
static void what_the_kernel_drops_is_counted(void)
{
	struct served served;
	struct script script = {0};

	script_add_echo(&script, 8000, 1);
	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	kill(served.pid, SIGSTOP);
	for (int i = 0; i < FLOOD; i++)
		datagram_send_bytes(fd, script.bytes, script.length);
	kill(served.pid, SIGCONT);
	check_serves(&served);
	struct counters_line counters = served_stop(&served).counters;
	CU_ASSERT_TRUE(counters.refused > 0);
	CU_ASSERT_TRUE(counters.requests > 1);
	CU_ASSERT_TRUE(counters.requests + counters.refused <= FLOOD + 1);
	CU_ASSERT_EQUAL(counters.requests * (8000 + ECHO_HEADER_SIZE),
			counters.bytes_out + 8000 - 64);
	script_release(&script);
	close(fd);
}

const struct test_case datagram_kernel_cases[] = {
	{"a refused reply is counted", a_refused_reply_is_counted},
	{"a signal loses no reply", a_signal_loses_no_reply},
	{"a reply that would block is sent later",
	 a_reply_that_would_block_is_sent_later},
	{"a batch that is taken in part goes on", a_batch_that_is_taken_in_part_goes_on},
	{"what the kernel drops is counted", what_the_kernel_drops_is_counted},
	{NULL, NULL},
};
