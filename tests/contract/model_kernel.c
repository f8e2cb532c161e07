/* model_kernel.c - the model contract where the kernel works by itself between two calls:
 * what it holds for stuck peers, and what came before a connection was accepted. */
#include <CUnit/CUnit.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/model_kernel.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define STUCK_PEERS 24 /* more than there are shared buffers, below */
#define PIECE       1500
#define CYCLES      12

static void shrink(int fd)
{
	const int size = 65536;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* Sends piece by piece, each when the server has taken the one before, until it takes no
 * more: then what it cannot send back is what it has just received. */
static void stuff_piecewise(struct wire *wire)
{
	const struct script *script = wire->script;
	int untaken = 0;

	while (wire->sent < script->length && untaken == 0) {
		size_t left = script->length - wire->sent;
		ssize_t n = send(wire->fd, script->bytes + wire->sent,
				 left < PIECE ? left : PIECE, MSG_NOSIGNAL);
		if (n < 0)
			return;
		wire->sent += (size_t)n;
		for (int i = 0; i < 500; i++) {
			if (ioctl(wire->fd, SIOCOUTQ, &untaken) < 0 || untaken == 0)
				break;
			if (i > 100)
				poll(NULL, 0, 1);
		}
	}
}

static void serve_beside_stuck_peers(const struct served *served,
				     const struct script *script)
{
	struct wire stuck[STUCK_PEERS];

	for (int i = 0; i < STUCK_PEERS; i++) {
		CU_ASSERT_EQUAL(wire_open(&stuck[i], &served->address, script), 0);
		stuff_piecewise(&stuck[i]);
		CU_ASSERT_TRUE(stuck[i].sent < script->length);
	}
	int64_t cpu_ns = served_cpu_ns(served);
	poll(NULL, 0, 300);
	CU_ASSERT_TRUE(served_cpu_ns(served) - cpu_ns < 150 * NS_PER_MS);
	for (int i = 0; i < 3; i++)
		check_serves(served);
	CU_ASSERT_EQUAL(wire_play(stuck, 2), 0); /* held back, and right */
	CU_ASSERT_TRUE(wire_is_whole(&stuck[0]));
	CU_ASSERT_TRUE(wire_is_whole(&stuck[1]));
	for (int i = 0; i < STUCK_PEERS; i++)
		wire_close(&stuck[i]);
}

/* On a Unix socket, whose buffers do not grow. */
static void more_stuck_peers_than_shared_buffers_starve_nobody(void)
{
	const char *options = model_options;
	struct setup setup = served_setup();
	struct script script = {0};
	struct served served;
	struct unix_path path;

	if (model_is_echo_only())
		return; /* the kernel takes all they send */
	unix_path_open(&path);
	setup.config.listen = path.listen;
	if (model->options && option_find(model->options, "buffers"))
		model_options = "buffers=8";
	for (uint32_t i = 0; i < 4; i++)
		script_add_echo(&script, ECHO_MAX_FRAME_DEFAULT, i);
	served_start(&served, &setup);
	model_options = options;
	serve_beside_stuck_peers(&served, &script);
	served_stop(&served);
	unix_path_close(&path);
	script_release(&script);
}

/* Reads a little now and then, so that every send is short. */
static void read_slowly(struct wire *wire)
{
	uint8_t bytes[3000];

	for (int i = 0; i < 100; i++) {
		struct pollfd entry = {.fd = wire->fd, .events = POLLIN};
		if (poll(&entry, 1, WIRE_PATIENCE_MS) != 1)
			return;
		ssize_t n = recv(wire->fd, bytes, sizeof(bytes), 0);
		if (n <= 0 ||
		    memcmp(bytes, wire->script->bytes + wire->received, (size_t)n) != 0) {
			wire->wrong = true;
			return;
		}
		wire->received += (size_t)n;
		poll(NULL, 0, 1);
	}
}

static void a_large_frame_comes_back_to_a_slow_reader(void)
{
	struct script script = {0};
	struct served served;
	struct wire wire;

	for (uint32_t i = 0; i < 8; i++)
		script_add_echo(&script, ECHO_MAX_FRAME_DEFAULT, i);
	served_start_plain(&served);
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &script), 0);
	shrink(wire.fd);
	wire.half_close = true;
	wire_stuff(&wire);
	read_slowly(&wire);
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	CU_ASSERT_TRUE(wire_is_whole(&wire));
	CU_ASSERT_TRUE(wire.ended);
	wire_close(&wire);
	CU_ASSERT_EQUAL(served_stop(&served).counters.errors, 0);
	script_release(&script);
}

/* Stopped, the server accepts nothing: the kernel does all there is. One peer goes on
 * sending afterwards, the other has ended its output by then. */
static void what_came_before_the_accept_comes_back_first(void)
{
	struct script script = {0};
	struct wire wires[2];
	struct served served;
	int status;

	for (uint32_t i = 0; i < 4; i++)
		script_add_echo(&script, 10000, i);
	struct script head = {script.bytes, 12345};
	served_start_plain(&served);
	kill(served.pid, SIGSTOP);
	waitpid(served.pid, &status, WUNTRACED);
	CU_ASSERT_EQUAL(wire_open(&wires[0], &served.address, &head), 0);
	CU_ASSERT_EQUAL(wire_open(&wires[1], &served.address, &script), 0);
	wires[1].half_close = true;
	for (int i = 0; i < 2; i++)
		wire_stuff(&wires[i]);
	kill(served.pid, SIGCONT);
	wires[0].script = &script;
	wires[0].half_close = true;
	CU_ASSERT_EQUAL(wire_play(wires, 2), 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(wire_is_whole(&wires[i]));
		CU_ASSERT_TRUE(wires[i].ended);
		CU_ASSERT_FALSE(wires[i].reset);
		wire_close(&wires[i]);
	}
	CU_ASSERT_EQUAL(served_stop(&served).counters.errors, 0);
	script_release(&script);
}

/* Each run checks that no descriptor, thread or memory is left. */
static void many_starts_and_stops_leave_nothing(void)
{
	struct setup setup = served_setup();
	struct served served;

	setup.runs = CYCLES;
	served_start(&served, &setup);
	for (int run = 1; run < CYCLES; run++) {
		check_serves(&served);
		served_tell_stop(&served);
		served_finish_run(&served);
		served_await_open(&served);
		CU_ASSERT_EQUAL(served.open_result, 0);
	}
	check_serves(&served);
	CU_ASSERT_EQUAL(served_stop(&served).counters.accepted, 1);
}

const struct test_case kernel_cases[] = {
	{"more stuck peers than shared buffers starve nobody",
	 more_stuck_peers_than_shared_buffers_starve_nobody},
	{"a large frame comes back to a slow reader",
	 a_large_frame_comes_back_to_a_slow_reader},
	{"what came before the accept comes back first",
	 what_came_before_the_accept_comes_back_first},
	{"many starts and stops leave nothing", many_starts_and_stops_leave_nothing},
	{"entries are those of the queue", entries_are_those_of_the_queue},
	{"buffers take their memory", buffers_take_their_memory},
	{"sq-cpu is where the thread runs", sq_cpu_is_where_the_thread_runs},
	{"sq-idle is how long the thread polls", sq_idle_is_how_long_the_thread_polls},
	{NULL, NULL},
};
