/* model_limits.c - the model contract: what is refused, and what must not matter. */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define STUCK 4
#define CROWD 30

/* Two bytes of a good header, made bad. */
struct damage {
	const char *what;
	size_t offset[2];
	uint8_t value[2];
};

static const struct damage damages[] = {
	{"magic", {4, 4}, {0, 0}},
	{"op", {5, 5}, {3, 3}},
	{"reserved", {6, 7}, {0, 1}},
	{"amount of an echo", {8, 11}, {0, 1}},
	{"length over max-frame", {0, 1}, {0, 0x11}},
	{"spin over max-work", {5, 8}, {ECHO_OP_SPIN, 1}},
	{"sleep over max-work", {5, 8}, {ECHO_OP_SLEEP, 1}},
};

#define DAMAGES (sizeof(damages) / sizeof(damages[0]))

/* A good frame, then a bad one: the good one is answered and the connection closed. */
static void check_rejected(const struct served *served, const struct damage *damage)
{
	struct script script = {0};
	struct wire wire;

	script_add_echo(&script, 40, 1);
	size_t good = script.length;
	script_add_echo(&script, 0, 2);
	for (int i = 0; i < 2; i++)
		script.bytes[good + damage->offset[i]] = damage->value[i];
	CU_ASSERT_EQUAL(wire_open(&wire, &served->address, &script), 0);
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	CU_ASSERT_TRUE(wire.ended);
	CU_ASSERT_FALSE(wire.reset);
	CU_ASSERT_FALSE(wire.wrong);
	CU_ASSERT_EQUAL(wire.received, good);
	wire_close(&wire);
	script_release(&script);
}

static void a_malformed_frame_closes_only_its_own_connection(void)
{
	struct script script = {0};
	struct served served;
	struct wire other;

	if (model_is_echo_only())
		return;
	script_add_echo(&script, 64, 1);
	served_start_plain(&served);
	bool is_one = served.capacity == 1;
	if (!is_one)
		CU_ASSERT_EQUAL(wire_open(&other, &served.address, &script), 0);
	for (size_t i = 0; i < DAMAGES; i++)
		check_rejected(&served, &damages[i]);
	if (!is_one) {
		CU_ASSERT_EQUAL(wire_play(&other, 1), 0);
		CU_ASSERT_TRUE(wire_is_whole(&other));
		wire_close(&other);
	}
	check_serves(&served);
	CU_ASSERT_EQUAL(served_stop(&served).counters.bad_frames, DAMAGES);
	script_release(&script);
}

static void a_reset_peer_costs_nothing_to_the_others(void)
{
	struct script script = {0};
	struct served served;

	script_add_echo(&script, 300000, 1);
	served_start_plain(&served);
	for (size_t part = 1; part < script.length; part = 7 * part + 1) {
		struct script first = {script.bytes, part};
		struct wire wire;
		CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &first), 0);
		wire_stuff(&wire);
		wire_abort(&wire);
		check_serves(&served);
	}
	served_stop(&served);
	script_release(&script);
}

/* Peers that send and never read, until the kernel takes no more of them. */
static void stuff_peers(const struct served *served, const struct script *script,
			struct wire *stuck, int count)
{
	for (int i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(wire_open(&stuck[i], &served->address, script), 0);
		wire_stuff(&stuck[i]);
		CU_ASSERT_TRUE(stuck[i].sent < script->length);
	}
}

static void script_add_flood(struct script *script)
{
	for (uint32_t i = 0; i < 24; i++)
		script_add_echo(script, ECHO_MAX_FRAME_DEFAULT, i);
}

/* Nobody is slowed down, no processor burns, and what was held back is still right. (An
 * echo-only model holds nothing back: the kernel keeps all that a peer does not read.) */
static void a_peer_that_never_reads_costs_nothing_to_the_others(void)
{
	struct script script = {0};
	struct wire stuck[STUCK];
	struct served served;

	if (model_is_echo_only())
		return;
	script_add_flood(&script);
	served_start_plain(&served);
	int count = served_stuck(&served, STUCK);
	stuff_peers(&served, &script, stuck, count);
	int64_t cpu_ns = served_cpu_ns(&served);
	poll(NULL, 0, 300);
	CU_ASSERT_TRUE(model_is_busy() ||
		       served_cpu_ns(&served) - cpu_ns < 150 * NS_PER_MS);
	if (served.capacity > count)
		check_serves(&served);
	CU_ASSERT_EQUAL(wire_play(stuck, 1), 0);
	CU_ASSERT_TRUE(wire_is_whole(&stuck[0]));
	for (int i = 0; i < count; i++)
		wire_close(&stuck[i]);
	check_serves(&served);
	served_stop(&served);
	script_release(&script);
}

static void max_connections_are_held_and_more_refused(void)
{
	struct setup setup = served_setup();
	struct script script = {0};
	struct wire wires[3];
	struct served served;

	if (model_is_peer())
		return;
	setup.config.max_connections = 2;
	served_start(&served, &setup);
	if (served.capacity < 3) { /* the next one waits: that is the model */
		served_stop(&served);
		return;
	}
	script_add_echo(&script, 64, 1);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served.address, &script), 0);
		CU_ASSERT_EQUAL(wire_play(&wires[i], 1), 0);
	}
	CU_ASSERT_TRUE(wire_is_whole(&wires[0]));
	CU_ASSERT_TRUE(wire_is_whole(&wires[1]));
	CU_ASSERT_TRUE(wires[2].ended);
	for (int i = 0; i < 3; i++)
		wire_close(&wires[i]);
	/* When the server has seen an end, there is room again. */
	struct wire next = {.ended = true};
	for (int tries = 0; tries < 500 && next.ended; tries++) {
		poll(NULL, 0, 10);
		CU_ASSERT_EQUAL(wire_open(&next, &served.address, &script), 0);
		CU_ASSERT_EQUAL(wire_play(&next, 1), 0);
		wire_close(&next);
	}
	CU_ASSERT_TRUE(wire_is_whole(&next));
	struct report report = served_stop(&served);
	CU_ASSERT_EQUAL(report.counters.accepted, 3);
	CU_ASSERT_TRUE(report.counters.refused >= 1);
	script_release(&script);
}

/* Connects a crowd of `count`; each is served, or refused by a close. Returns how many were
 * served. */
static int serve_crowd(const struct served *served, int count, int64_t *ret_idle_cpu_ns)
{
	struct script script = {0};
	struct wire crowd[CROWD];
	int whole = 0;

	script_add_echo(&script, 64, 1);
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(wire_open(&crowd[i], &served->address, &script), 0);
	CU_ASSERT_EQUAL(wire_play(crowd, count), 0);
	int64_t cpu_ns = served_cpu_ns(served);
	poll(NULL, 0, 300);
	*ret_idle_cpu_ns = served_cpu_ns(served) - cpu_ns;
	for (int i = 0; i < count; i++) {
		CU_ASSERT_TRUE(wire_is_whole(&crowd[i]) || crowd[i].ended);
		whole += wire_is_whole(&crowd[i]);
		wire_close(&crowd[i]);
	}
	script_release(&script);
	return whole;
}

/* Processes hold their connection by themselves: nothing can run out in the parent; a
 * worker may keep a descriptor for the one connection that it holds. */
static bool holds_descriptors(void)
{
	return !(model->flags & (IO_MODEL_PROCESSES | IO_MODEL_PER_WORKER));
}

static void running_out_of_descriptors_is_survived(void)
{
	struct setup setup = served_setup();
	struct served served;
	int64_t idle_cpu_ns;

	if (model_is_one() || model_is_peer())
		return; /* never has more than one, or lets them wait */
	setup.spare_descriptors = CROWD / 2;
	served_start(&served, &setup);
	int crowd = served_at_once(&served, CROWD);
	int whole = serve_crowd(&served, crowd, &idle_cpu_ns);
	CU_ASSERT_TRUE(model_is_busy() || idle_cpu_ns < 150 * NS_PER_MS);
	CU_ASSERT_TRUE(whole > 0);
	if (holds_descriptors())
		CU_ASSERT_TRUE(whole < crowd);
	poll(NULL, 0, 200); /* until the ends have been seen */
	check_serves(&served);
	struct report report = served_stop(&served);
	CU_ASSERT_EQUAL(report.counters.refused, (uint64_t)(crowd - whole));
	CU_ASSERT_EQUAL(report.counters.accepted, (uint64_t)(whole + 1));
}

/* select(2) refuses what lies beyond its sets; the others do not know that border. */
static void descriptors_beyond_fd_setsize_are_held_or_refused(void)
{
	struct setup setup = served_setup();
	struct served served;
	int64_t idle_cpu_ns;

	if (model_is_one() || model_is_peer() ||
	    descriptor_limit_raise() < FD_SETSIZE + 2 * CROWD)
		return;
	setup.occupied = FD_SETSIZE - CROWD / 2;
	served_start(&served, &setup);
	int crowd = served_at_once(&served, CROWD);
	int whole = serve_crowd(&served, crowd, &idle_cpu_ns);
	CU_ASSERT_TRUE(model_is_busy() || idle_cpu_ns < 150 * NS_PER_MS);
	if (strcmp(model->name, "select") == 0)
		CU_ASSERT_TRUE(whole > 0 && whole < crowd)
	else
		CU_ASSERT_EQUAL(whole, crowd);
	poll(NULL, 0, 200);
	check_serves(&served);
	CU_ASSERT_EQUAL(served_stop(&served).counters.refused, (uint64_t)(crowd - whole));
}

const struct test_case limit_cases[] = {
	{"a malformed frame closes only its own connection",
	 a_malformed_frame_closes_only_its_own_connection},
	{"a reset peer costs nothing to the others",
	 a_reset_peer_costs_nothing_to_the_others},
	{"a peer that never reads costs nothing to the others",
	 a_peer_that_never_reads_costs_nothing_to_the_others},
	{"max-connections are held and more refused",
	 max_connections_are_held_and_more_refused},
	{"running out of descriptors is survived",
	 running_out_of_descriptors_is_survived},
	{"descriptors beyond FD_SETSIZE are held or refused",
	 descriptors_beyond_fd_setsize_are_held_or_refused},
	{NULL, NULL},
};
