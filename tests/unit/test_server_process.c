/* test_server_process.c - commands as servers: readiness, ends, and that nothing is left. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/subject/server_process.h"
#include "tests/suite.h"

static const struct io_model *const no_models[] = {NULL};
static const struct io_catalogue catalogue = {.models = no_models};

/* A server in a few lines of Python, for a file: LISTEN is replaced. */
#define PYTHON(listen)                      \
	"exec:exec /usr/bin/python3 -c '\n" \
	"import socket, os\n" listen "\n"   \
	"while True:\n"                     \
	"    c, _ = s.accept()\n"           \
	"    d = c.recv(100)\n"             \
	"    while d:\n        c.sendall(d); d = c.recv(100)\n    c.close()\n'"

#define TCP_SERVER  "s = socket.socket(); s.bind((\"{host}\", {port})); s.listen(9)"
#define UNIX_SERVER "s = socket.socket(socket.AF_UNIX); s.bind(\"{path}\"); s.listen(9)"
#define OWN_PORT_SERVER                                                  \
	"s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen(9)\n" \
	"print(\"hello\\nready tcp:127.0.0.1:%d\" % s.getsockname()[1], flush=True)"

static struct server_process_config configuration(const struct server_spec *spec)
{
	return (struct server_process_config){
		.spec = spec,
		.transport = TRANSPORT_TCP,
		.ready_timeout_ns = 20 * NS_PER_S, /* of a busy machine with sanitizers */
		.drain_timeout_ns = 20 * NS_PER_S,
	};
}

static int start(struct server_process *server, struct server_spec *spec,
		 struct server_process_config config, const char *text, char *error)
{
	error[0] = '\0';
	CU_ASSERT_EQUAL(server_spec_parse(text, &catalogue, spec, error), 0);
	config.spec = spec;
	return server_process_start(server, &config, error);
}

/* Nobody is left: neither a child of ours nor a member of the group. */
static void check_nothing_left(pid_t group)
{
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
	CU_ASSERT_EQUAL(errno, ECHILD);
	for (int i = 0; group > 0 && kill(-group, 0) == 0 && i < 1000; i++)
		usleep(10000); /* killed members whose reaper is init */
	if (group > 0)
		CU_ASSERT_EQUAL(kill(-group, 0), -1);
}

static bool echoes(const struct address *address)
{
	char reply[4] = "";
	int fd;

	int rc = socket_connect(address, &fd);
	if (rc < 0 && rc != -EINPROGRESS)
		return false;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	bool ok = poll(&p, 1, 10000) == 1 && write(fd, "abc", 3) == 3;
	p.events = POLLIN;
	ok = ok && poll(&p, 1, 10000) == 1 && read(fd, reply, 3) == 3;
	close(fd);
	return ok && strcmp(reply, "abc") == 0;
}

static void serves_and_stops(const char *text, enum transport transport)
{
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_report report;
	struct server_spec spec;
	struct server_process_config config = configuration(NULL);

	config.transport = transport;
	CU_ASSERT_EQUAL(start(&server, &spec, config, text, error), 0);
	CU_ASSERT_STRING_EQUAL(error, "");
	const pid_t group = server.pid;
	char directory[64];
	memcpy(directory, server.directory.path, sizeof(directory));
	CU_ASSERT_TRUE(echoes(&server.address));
	server_process_stop(&server, &report);
	CU_ASSERT_STRING_EQUAL(report.problem, "");
	CU_ASSERT_FALSE(report.has_counters);
	check_nothing_left(group);
	CU_ASSERT_NOT_EQUAL(access(directory, F_OK), 0);
	server_spec_release(&spec);
}

static void is_ready_when_a_connect_succeeds(void)
{
	serves_and_stops(PYTHON(TCP_SERVER), TRANSPORT_TCP);
}

static void is_ready_when_it_says_so(void)
{
	serves_and_stops(PYTHON(OWN_PORT_SERVER), TRANSPORT_TCP);
}

static void listens_on_a_private_unix_path(void)
{
	serves_and_stops(PYTHON(UNIX_SERVER), TRANSPORT_UNIX);
}

static void says_why_a_server_did_not_start(void)
{
	static const struct {
		const char *command, *words[2];
	} cases[] = {
		{"exec:echo first >&2; echo out of luck >&2; exit 3",
		 {"status 3", "first out of luck"}},
		{"exec:kill -9 $$", {"signal 9", "Killed"}},
		{"exec:/nonexistent/server {port}", {"status 127", "not found"}},
		{"exec:echo ready nowhere; sleep 60", {"'nowhere'", "no address"}},
	};
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_spec spec;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(start(&server, &spec, configuration(NULL),
				      cases[i].command, error),
				-ECHILD);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i].words[0]));
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i].words[1]));
		CU_ASSERT_PTR_NULL(strchr(error, '\n'));
		check_nothing_left(0);
		server_spec_release(&spec);
	}
}

static void gives_up_on_a_server_that_is_never_ready(void)
{
	struct server_process_config config = configuration(NULL);
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_spec spec;

	config.ready_timeout_ns = 50 * NS_PER_MS;
	CU_ASSERT_EQUAL(start(&server, &spec, config, "exec:sleep 60 & sleep 60", error),
			-ECHILD);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "50ms"));
	check_nothing_left(0);
	server_spec_release(&spec);
}

static void does_not_wait_once_cancelled(void)
{
	struct server_process_config config = configuration(NULL);
	static const volatile int cancelled = 1;
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_spec spec;

	config.cancel = &cancelled;
	CU_ASSERT_EQUAL(start(&server, &spec, config, "exec:sleep 60", error), -EINTR);
	check_nothing_left(0);
	server_spec_release(&spec);
}

static void kills_what_ignores_the_signal(void)
{
	struct server_process_config config = configuration(NULL);
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_report report;
	struct server_spec spec;

	config.drain_timeout_ns = 50 * NS_PER_MS;
	CU_ASSERT_EQUAL(start(&server, &spec, config,
			      "exec:trap '' TERM; sleep 60 & echo ready tcp:127.0.0.1:9; "
			      "while true; do sleep 60; done",
			      error),
			0);
	const pid_t group = server.pid;
	server_process_stop(&server, &report);
	check_nothing_left(group);
	server_spec_release(&spec);
}

static void tells_an_early_end(void)
{
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_report report;
	struct server_spec spec;

	CU_ASSERT_EQUAL(start(&server, &spec, configuration(NULL),
			      "exec:echo ready tcp:127.0.0.1:9; exec sleep 60", error),
			0);
	kill(server.pid, SIGKILL);
	siginfo_t info;
	waitid(P_PID, (id_t)server.pid, &info, WEXITED | WNOWAIT);
	server_process_stop(&server, &report);
	CU_ASSERT_PTR_NOT_NULL(strstr(report.problem, "signal 9"));
	CU_ASSERT_PTR_NOT_NULL(strstr(report.problem, "before it was stopped"));
	check_nothing_left(0);
	server_spec_release(&spec);
}

static void reads_the_counters(void)
{
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_report report;
	struct server_spec spec;

	CU_ASSERT_EQUAL(
		start(&server, &spec, configuration(NULL),
		      "exec:trap 'echo \"{\\\"requests\\\": 12, \\\"workers\\\": [8, 4]}\"; "
		      "exit 0' TERM; echo ready tcp:127.0.0.1:9; while true; do sleep 0.01; "
		      "done",
		      error),
		0);
	server_process_stop(&server, &report);
	CU_ASSERT_TRUE(report.has_counters);
	CU_ASSERT_EQUAL(report.requests, 12);
	CU_ASSERT_EQUAL(report.workers, 2);
	CU_ASSERT_DOUBLE_EQUAL(report.worker_requests_cv, 1.0 / 3.0, 1e-9);
	check_nothing_left(0);
	server_spec_release(&spec);
}

/* A server that talks a lot must not be held up by a pipe that nobody reads. */
static void output_never_blocks_the_server(void)
{
	char error[OPTION_ERROR_SIZE];
	struct server_process server;
	struct server_report report;
	struct server_spec spec;

	CU_ASSERT_EQUAL(start(&server, &spec, configuration(NULL),
			      "exec:head -c 3000000 /dev/zero >&2; echo ready "
			      "tcp:127.0.0.1:9; exec sleep 60",
			      error),
			0);
	server_process_stop(&server, &report);
	CU_ASSERT_STRING_EQUAL(report.problem, "");
	server_spec_release(&spec);
}

static void pins_the_server(void)
{
	struct server_process_config config = configuration(NULL);
	char error[OPTION_ERROR_SIZE], expected[64];
	cpu_set_t available;
	struct server_process server;
	struct server_spec spec;
	int cpu = 0;

	sched_getaffinity(0, sizeof(available), &available);
	while (!CPU_ISSET(cpu, &available))
		cpu++;
	CPU_ZERO(&config.cpus);
	CPU_SET(cpu, &config.cpus);
	snprintf(expected, sizeof(expected), "Cpus_allowed_list: %d", cpu);
	CU_ASSERT_EQUAL(start(&server, &spec, config,
			      "exec:grep Cpus_allowed_list /proc/self/status >&2; exit 1",
			      error),
			-ECHILD);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, expected));
	server_spec_release(&spec);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"ready when a connect succeeds", is_ready_when_a_connect_succeeds},
		{"ready when it says so", is_ready_when_it_says_so},
		{"a private path for a Unix socket", listens_on_a_private_unix_path},
		{"says why a server did not start", says_why_a_server_did_not_start},
		{"gives up on a server that is never ready",
		 gives_up_on_a_server_that_is_never_ready},
		{"does not wait once cancelled", does_not_wait_once_cancelled},
		{"kills what ignores the signal", kills_what_ignores_the_signal},
		{"tells an early end", tells_an_early_end},
		{"reads the counters", reads_the_counters},
		{"output never blocks the server", output_never_blocks_the_server},
		{"pins the server", pins_the_server},
		{NULL, NULL},
	};

	return test_suite_run("server_process", cases) != 0;
}
