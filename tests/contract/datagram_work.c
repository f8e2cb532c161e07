/* datagram_work.c - the datagram contract: work takes its time, as the mechanism waits. */
#include <CUnit/CUnit.h>
#include <string.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/datagram_client.h"

#define OTHERS   16
#define SLEEPERS 300

static void a_sleep_takes_its_time_and_no_more(void)
{
	struct echo_header header = {0};
	struct served served;

	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	const int64_t start_ns = clock_ns();
	datagram_send_work(fd, ECHO_OP_SLEEP, 30 * NS_PER_MS, 7);
	CU_ASSERT_EQUAL(datagram_await_reply(fd, &header), 0);
	const int64_t elapsed_ns = clock_ns() - start_ns;
	CU_ASSERT_TRUE(elapsed_ns >= 30 * NS_PER_MS);
	CU_ASSERT_TRUE(elapsed_ns < 2 * NS_PER_S);
	CU_ASSERT_EQUAL(header.op, ECHO_OP_SLEEP);
	CU_ASSERT_EQUAL(header.tag, 7);
	CU_ASSERT_TRUE(served_stop(&served).cpu_ns < NS_PER_S);
	close(fd);
}

static void a_spin_burns(void)
{
	struct setup setup = datagram_setup();
	struct served served;

	if (model_is_peer())
		return; /* has no --burn */
	setup.config.burn_ns = 20 * NS_PER_MS;
	served_start(&served, &setup);
	int fd = datagram_client(&served);
	const int64_t before_ns = served_cpu_ns(&served);
	datagram_send_work(fd, ECHO_OP_SPIN, 40 * NS_PER_MS, 1);
	CU_ASSERT_EQUAL(datagram_await_reply(fd, NULL), 0);
	const int64_t spun_ns = served_cpu_ns(&served);
	CU_ASSERT_TRUE(spun_ns - before_ns >= 60 * NS_PER_MS);
	check_echo(fd, 10, 2); /* --burn adds to every request */
	CU_ASSERT_TRUE(served_cpu_ns(&served) - spun_ns >= 20 * NS_PER_MS);
	datagram_send_work(fd, ECHO_OP_SLEEP, NS_PER_MS, 3);
	CU_ASSERT_EQUAL(datagram_await_reply(fd, NULL), 0);
	CU_ASSERT_TRUE(served_cpu_ns(&served) - spun_ns >= 40 * NS_PER_MS);
	served_stop(&served);
	close(fd);
}

/* How many of OTHERS, each on a socket of its own, are answered while one sleeps. */
static int answered_meanwhile(const struct served *served, int sleeper)
{
	int clients[OTHERS], count = 0;

	for (uint32_t i = 0; i < OTHERS; i++) {
		clients[i] = datagram_client(served);
		datagram_send_echo(clients[i], 100, i);
	}
	CU_ASSERT_EQUAL(datagram_await_reply(sleeper, NULL), 0);
	for (int i = 0; i < OTHERS; i++)
		count += !datagram_is_silent(clients[i]);
	for (int i = 0; i < OTHERS; i++) {
		CU_ASSERT_EQUAL(datagram_await_reply(clients[i], NULL), 0);
		close(clients[i]);
	}
	return count;
}

/* Who has one worker blocks; where the kernel picks the worker by the sender, those who
 * share the sleeper's wait. */
static void a_sleep_blocks_its_worker_alone(void)
{
	struct served served;

	datagram_start_plain(&served);
	if (served.capacity < 2) {
		served_stop(&served);
		return;
	}
	int sleeper = datagram_client(&served);
	datagram_send_work(sleeper, ECHO_OP_SLEEP, 900 * NS_PER_MS, 1);
	const int count = answered_meanwhile(&served, sleeper);
	const bool is_shared_out = strcmp(model->name, "udp-reuseport") == 0;
	CU_ASSERT_TRUE(is_shared_out ? count >= 1 : count == OTHERS);
	served_stop(&served);
	close(sleeper);
}

/* One after the other they would take half a minute. */
static void sleeps_of_a_loop_do_not_add_up(void)
{
	struct served served;

	if (model->flags & (IO_MODEL_ONE | IO_MODEL_PER_WORKER))
		return;
	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	const int64_t start_ns = clock_ns();
	for (uint32_t i = 0; i < SLEEPERS; i++)
		datagram_send_work(fd, ECHO_OP_SLEEP, 100 * NS_PER_MS, i);
	for (int i = 0; i < SLEEPERS; i++)
		CU_ASSERT_EQUAL_FATAL(datagram_await_reply(fd, NULL), 0);
	CU_ASSERT_TRUE(clock_ns() - start_ns < 10 * NS_PER_S);
	CU_ASSERT_TRUE(served_stop(&served).cpu_ns < 2 * NS_PER_S);
	close(fd);
}

const struct test_case datagram_work_cases[] = {
	{"a sleep takes its time and no more", a_sleep_takes_its_time_and_no_more},
	{"a spin burns", a_spin_burns},
	{"a sleep blocks its worker alone", a_sleep_blocks_its_worker_alone},
	{"sleeps of a loop do not add up", sleeps_of_a_loop_do_not_add_up},
	{NULL, NULL},
};
