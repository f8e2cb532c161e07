/*
 * model_edges.c - the model contract where news is told once: what came while a
 * connection was not served, more than a turn's worth of it, and news of the dead.
 *
 * A level-triggered loop gets all this for nothing. What makes the cases certain is
 * work: while a connection sleeps, or the server spins, everything arrives.
 */
#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "server/clock.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define BUFFER 4096
#define CROWD  24

/* Plays `script`, whose first frame sleeps, on a server with a small buffer: all of it is
 * with the server before that wakes up, and nothing follows. */
static void check_behind_a_sleep(const struct script *script, bool half_close)
{
	struct setup setup = served_setup();
	struct served served;
	struct wire wire;

	setup.config.buffer = BUFFER;
	served_start(&served, &setup);
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, script), 0);
	wire.half_close = half_close;
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	CU_ASSERT_TRUE(wire_is_whole(&wire));
	CU_ASSERT_EQUAL(wire.ended, half_close);
	wire_close(&wire);
	served_stop(&served);
}

/* The end shows only to who reads on behind the last bytes. */
static void an_end_beside_the_last_bytes_is_seen(void)
{
	struct script script = {0};

	script_add_work(&script, ECHO_OP_SLEEP, 100000);
	script_add_echo(&script, 64, 1);
	check_behind_a_sleep(&script, true);
	script_release(&script);
}

/* Loops serve a connection some 16 buffers long, then the next; nothing new will come to
 * tell them of what is left. */
static void more_than_a_turn_is_not_forgotten(void)
{
	struct script script = {0};

	script_add_work(&script, ECHO_OP_SLEEP, 100000);
	for (uint32_t i = 0; i < 40; i++)
		script_add_echo(&script, BUFFER / 2, i);
	check_behind_a_sleep(&script, false);
	script_release(&script);
}

/* The reply stalls, then room comes while nothing else happens. */
static void a_stalled_reply_goes_on(void)
{
	struct script script = {0};
	struct served served;
	struct wire wire;

	for (uint32_t i = 0; i < 12; i++)
		script_add_echo(&script, ECHO_MAX_FRAME_DEFAULT, i);
	served_start_plain(&served);
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &script), 0);
	wire_stuff(&wire);
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	CU_ASSERT_TRUE(wire_is_whole(&wire));
	wire_close(&wire);
	served_stop(&served);
	script_release(&script);
}

static void open_all(const struct served *served, const struct script *script,
		     struct wire *wires, int count)
{
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served->address, script), 0);
}

/* Each says something, which will not be heard, and ends: in order or by a reset. */
static void end_all(struct wire *wires, const struct script *script, int count)
{
	for (int i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(
			send(wires[i].fd, script->bytes, script->length, MSG_NOSIGNAL),
			(ssize_t)script->length);
		if (i % 2)
			wire_abort(&wires[i]);
		else
			wire_close(&wires[i]);
	}
}

/* While a loop spins, connections say something and end, and others come, which get the
 * descriptors of the former: news of the former is no news of theirs. */
static void those_who_come_are_not_taken_for_those_who_went(void)
{
	struct wire busy, former[CROWD], next[CROWD];
	struct script work = {0}, script = {0};
	struct served served;

	script_add_work(&work, ECHO_OP_SPIN, 100000);
	script_add_echo(&script, 64, 1);
	served_start_plain(&served);
	int count = served_at_once(&served, 2 * CROWD + 1) / 2;
	open_all(&served, &script, former, count);
	CU_ASSERT_EQUAL(wire_play(former, count), 0);
	if (count > 0) {
		CU_ASSERT_EQUAL(wire_open(&busy, &served.address, &work), 0);
		wire_stuff(&busy);
	}
	end_all(former, &script, count);
	open_all(&served, &script, next, count);
	CU_ASSERT_EQUAL(wire_play(next, count), 0);
	for (int i = 0; i < count; i++) {
		CU_ASSERT_TRUE(wire_is_whole(&next[i]));
		CU_ASSERT_FALSE(next[i].ended);
		wire_close(&next[i]);
	}
	if (count > 0) {
		CU_ASSERT_EQUAL(wire_play(&busy, 1), 0);
		wire_close(&busy);
	}
	served_stop(&served);
	script_release(&script);
	script_release(&work);
}

/* Signals that the kernel cannot queue: it says so once, for all connections. */
static void check_with_pending_signals(rlim_t pending)
{
	struct rlimit limit, former;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_SIGPENDING, &former), 0);
	limit = former;
	limit.rlim_cur = pending;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
	those_who_come_are_not_taken_for_those_who_went();
	a_stalled_reply_goes_on();
	an_end_beside_the_last_bytes_is_seen();
	more_than_a_turn_is_not_forgotten();
	setrlimit(RLIMIT_SIGPENDING, &former);
}

static void signals_may_be_lost(void)
{
	if (strcmp(model->name, "sigio") != 0)
		return;
	check_with_pending_signals(0);
	check_with_pending_signals(5);
}

const struct test_case edge_cases[] = {
	{"an end beside the last bytes is seen", an_end_beside_the_last_bytes_is_seen},
	{"more than a turn is not forgotten", more_than_a_turn_is_not_forgotten},
	{"a stalled reply goes on", a_stalled_reply_goes_on},
	{"those who come are not taken for those who went",
	 those_who_come_are_not_taken_for_those_who_went},
	{"signals may be lost", signals_may_be_lost},
	{NULL, NULL},
};
