/* model_time.c - the model contract: work and time-outs take their time and no more. */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/clock.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define SLEEPERS 32

/* How long `count` connections take to play one frame of work each, at once. */
static int64_t play_work(const struct served *served, enum echo_op op, int64_t work_ns,
			 int count)
{
	struct wire wires[SLEEPERS];
	struct script script = {0};

	script_add_work(&script, op, (uint32_t)(work_ns / NS_PER_US));
	int64_t start_ns = clock_ns();
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served->address, &script), 0);
	CU_ASSERT_EQUAL(wire_play(wires, count), 0);
	int64_t elapsed_ns = clock_ns() - start_ns;
	for (int i = 0; i < count; i++) {
		CU_ASSERT_TRUE(wire_is_whole(&wires[i]));
		wire_close(&wires[i]);
	}
	script_release(&script);
	return elapsed_ns;
}

static void a_sleep_takes_its_time_and_no_more(void)
{
	struct served served;

	if (model_is_echo_only())
		return;
	served_start_plain(&served);
	int64_t elapsed_ns = play_work(&served, ECHO_OP_SLEEP, 30 * NS_PER_MS, 1);
	CU_ASSERT_TRUE(elapsed_ns >= 30 * NS_PER_MS);
	CU_ASSERT_TRUE(elapsed_ns < 2 * NS_PER_S);
	CU_ASSERT_TRUE(served_stop(&served).cpu_ns < NS_PER_S);
}

/* One after the other they would take 0.2 s each, every time; a machine that is busy with
 * something else may be slow once. */
static void sleeps_of_many_do_not_add_up(void)
{
	struct served served;

	if (model_is_one() || model_is_echo_only())
		return;
	served_start_plain(&served);
	int count = served_at_once(&served, SLEEPERS);
	int64_t bound_ns = count * (150LL * NS_PER_MS), elapsed_ns;
	int tries = 0;
	do {
		elapsed_ns = play_work(&served, ECHO_OP_SLEEP, 200 * NS_PER_MS, count);
		CU_ASSERT_TRUE(elapsed_ns >= 200 * NS_PER_MS);
	} while (count >= 4 && elapsed_ns >= bound_ns && ++tries < 3);
	CU_ASSERT_TRUE(count < 4 || elapsed_ns < bound_ns);
	served_stop(&served);
}

/* While it sleeps nothing of its connection is read, and nothing burns, whatever comes. */
static void a_sleeping_connection_costs_nothing(void)
{
	struct script script = {0};
	struct served served;
	struct wire wires[3];

	if (model_is_echo_only())
		return;
	script_add_work(&script, ECHO_OP_SLEEP, 500000);
	script_add_echo(&script, 1000, 7);
	served_start_plain(&served);
	int count = served.capacity < 3 ? 1 : 3;
	for (int i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served.address, &script), 0);
		wire_stuff(&wires[i]);
	}
	poll(NULL, 0, 50);
	if (count == 3) {
		shutdown(wires[1].fd, SHUT_WR);
		wire_abort(&wires[2]); /* a hang-up is reported whatever is asked for */
	}
	int64_t cpu_ns = served_cpu_ns(&served);
	poll(NULL, 0, 300);
	CU_ASSERT_TRUE(model_is_busy() ||
		       served_cpu_ns(&served) - cpu_ns < 150 * NS_PER_MS);
	CU_ASSERT_EQUAL(wire_play(wires, count == 3 ? 2 : 1), 0);
	for (int i = 0; i < count - (count == 3); i++) {
		CU_ASSERT_TRUE(wire_is_whole(&wires[i]));
		wire_close(&wires[i]);
	}
	served_stop(&served);
	script_release(&script);
}

static void a_spin_burns_processor_time(void)
{
	struct served served;

	if (model_is_echo_only())
		return;
	served_start_plain(&served);
	int64_t elapsed_ns = play_work(&served, ECHO_OP_SPIN, 60 * NS_PER_MS, 1);
	CU_ASSERT_TRUE(elapsed_ns >= 55 * NS_PER_MS);
	CU_ASSERT_TRUE(served_stop(&served).cpu_ns >= 55 * NS_PER_MS);
}

static void an_idle_connection_is_closed_in_time(void)
{
	struct setup setup = served_setup();
	struct script script = {0};
	struct served served;
	struct wire wire;

	if (model_is_echo_only() || model_is_peer())
		return;
	setup.config.idle_timeout_ns = 100 * NS_PER_MS;
	script_add_echo(&script, 64, 1);
	served_start(&served, &setup);
	int64_t start_ns = clock_ns();
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &script), 0);
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	CU_ASSERT_TRUE(wire_is_whole(&wire));
	CU_ASSERT_EQUAL(wire_await_end(&wire), 0);
	CU_ASSERT_TRUE(clock_ns() - start_ns >= 100 * NS_PER_MS);
	wire_close(&wire);
	/* One that never says anything is closed too. */
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &script), 0);
	wire.sent = script.length;
	CU_ASSERT_EQUAL(wire_await_end(&wire), 0);
	wire_close(&wire);
	check_serves(&served);
	served_stop(&served);
	script_release(&script);
}

/* Fifteen pauses of a fifth of the time-out: three time-outs in all. */
static void a_busy_connection_is_not_idle(void)
{
	struct setup setup = served_setup();
	struct script script = {0};
	struct served served;
	struct wire wire;

	if (model_is_echo_only() || model_is_peer())
		return;
	setup.config.idle_timeout_ns = 500 * NS_PER_MS;
	script_add_echo(&script, 64, 1);
	served_start(&served, &setup);
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &script), 0);
	for (int i = 0; i < 15; i++) {
		wire.sent = wire.received = 0;
		CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
		CU_ASSERT_TRUE(wire_is_whole(&wire));
		poll(NULL, 0, 100);
	}
	wire_close(&wire);
	CU_ASSERT_EQUAL(served_stop(&served).counters.requests, 15);
	script_release(&script);
}

const struct test_case time_cases[] = {
	{"a sleep takes its time and no more", a_sleep_takes_its_time_and_no_more},
	{"the sleeps of many do not add up", sleeps_of_many_do_not_add_up},
	{"a sleeping connection costs nothing", a_sleeping_connection_costs_nothing},
	{"a spin burns processor time", a_spin_burns_processor_time},
	{"an idle connection is closed in time", an_idle_connection_is_closed_in_time},
	{"a busy connection is not idle", a_busy_connection_is_not_idle},
	{NULL, NULL},
};
