/* datagram_stop.c - the datagram contract: a stop answers what has come, leaves nothing. */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/datagram_client.h"

#define QUEUED 200

static void stops_before_the_first_datagram(void)
{
	struct served served;

	datagram_start_plain(&served);
	CU_ASSERT_EQUAL(served_stop(&served).counters.requests, 0);
}

/* The stop comes while it works; what the kernel holds behind that is answered too. */
static void answers_what_has_come(void)
{
	struct served served;

	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	datagram_send_work(fd, ECHO_OP_SLEEP, 500 * NS_PER_MS, QUEUED);
	for (uint32_t i = 0; i < QUEUED; i++)
		datagram_send_echo(fd, 100, i);
	poll(NULL, 0, 100); /* the network may be as late as that */
	struct counters_line counters = served_stop(&served).counters;
	CU_ASSERT_EQUAL(counters.requests, QUEUED + 1);
	CU_ASSERT_EQUAL(counters.errors, 0);
	for (int i = 0; i < QUEUED + 1; i++)
		CU_ASSERT_EQUAL_FATAL(datagram_await_reply(fd, NULL), 0);
	CU_ASSERT_TRUE(datagram_is_silent(fd));
	close(fd);
}

static void runs_twice_in_one_process(void)
{
	struct setup setup = datagram_setup();
	struct served served;

	if (model_is_peer())
		return;
	setup.runs = 2;
	served_start(&served, &setup);
	for (uint32_t run = 1; run <= 2; run++) {
		int fd = datagram_client(&served);
		for (uint32_t i = 0; i < run; i++)
			check_echo(fd, 100, i);
		close(fd);
		if (run == 2)
			break;
		served_tell_stop(&served);
		CU_ASSERT_EQUAL(served_finish_run(&served).counters.requests, run);
		served_await_open(&served);
		CU_ASSERT_EQUAL_FATAL(served.open_result, 0);
	}
	CU_ASSERT_EQUAL(served_stop(&served).counters.requests, 2);
}

/* What sleeps longer than the drain is not answered, and counted. */
static void cuts_work_that_outlasts_the_drain(void)
{
	struct setup setup = datagram_setup();
	struct served served;

	if (model_is_peer())
		return; /* while its threads spin it does not receive all that has come */
	setup.config.drain_timeout_ns = 300 * NS_PER_MS;
	setup.config.max_work_ns = 60 * NS_PER_S;
	served_start(&served, &setup);
	int fd = datagram_client(&served);
	check_echo(fd, 10, 1);
	for (uint32_t i = 0; i < 20; i++)
		datagram_send_work(fd, i % 2 ? ECHO_OP_SPIN : ECHO_OP_SLEEP,
				   i % 2 ? 200 * NS_PER_MS : 60 * NS_PER_S, i);
	poll(NULL, 0, 100);
	const int64_t start_ns = clock_ns();
	struct counters_line counters = served_stop(&served).counters;
	CU_ASSERT_TRUE(clock_ns() - start_ns < 5 * NS_PER_S);
	CU_ASSERT_TRUE(counters.errors >= 10);
	CU_ASSERT_EQUAL(counters.errors + counters.requests, 21);
	close(fd);
}

struct flood {
	int fd;
	atomic_bool ends;
	uint64_t sent;
};

static void *flood(void *argument)
{
	struct flood *f = argument;
	uint8_t frame[ECHO_HEADER_SIZE];

	echo_header_encode(&(struct echo_header){0}, frame);
	while (!atomic_load(&f->ends))
		f->sent += send(f->fd, frame, sizeof(frame), MSG_NOSIGNAL) > 0;
	return NULL;
}

static void clients_that_go_on_do_not_hold_it_up(void)
{
	struct setup setup = datagram_setup();
	struct served served;
	struct flood f = {.sent = 0};
	pthread_t thread;

	setup.config.drain_timeout_ns = 60 * NS_PER_S;
	served_start(&served, &setup);
	f.fd = datagram_client(&served);
	check_echo(f.fd, 10, 1);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, flood, &f), 0);
	poll(NULL, 0, 200);
	struct counters_line counters = served_stop(&served).counters;
	atomic_store(&f.ends, true);
	pthread_join(thread, NULL);
	CU_ASSERT_TRUE(counters.requests > 1);
	CU_ASSERT_TRUE(counters.requests + counters.refused <= f.sent + 1);
	close(f.fd);
}

const struct test_case datagram_stop_cases[] = {
	{"stops before the first datagram", stops_before_the_first_datagram},
	{"answers what has come", answers_what_has_come},
	{"runs twice in one process", runs_twice_in_one_process},
	{"cuts work that outlasts the drain", cuts_work_that_outlasts_the_drain},
	{"clients that go on do not hold it up", clients_that_go_on_do_not_hold_it_up},
	{NULL, NULL},
};
