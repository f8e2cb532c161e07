/* test_io_server.c - opening, stopping and closing a server, and every reason not to. */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/io_model.h"
#include "tests/suite.h"

struct test_options {
	int64_t workers;
	int64_t open_result; /* 0, or the errno with which open is to fail */
};

static const struct option_spec options[] = {
	{.name = "workers",
	 .metavar = "N",
	 .help = "workers",
	 .type = OPTION_COUNT,
	 .offset = offsetof(struct test_options, workers),
	 .fallback = "2",
	 .min = 1,
	 .max = 8},
	{.name = "open",
	 .metavar = "N",
	 .help = "errno of open",
	 .type = OPTION_COUNT,
	 .offset = offsetof(struct test_options, open_result),
	 .max = 4096},
	{.name = NULL},
};

static int closed; /* how often a model's close ran */

static unsigned count_workers(const struct io_server *server)
{
	return (unsigned)((const struct test_options *)server->options)->workers;
}

static int open_or_fail(struct io_server *server)
{
	const struct test_options *values = server->options;

	if (values->open_result == ENOTSUP)
		server->refusal = "it has its own words";
	return -(int)values->open_result;
}

static void count_close(struct io_server *server)
{
	(void)server;
	closed++;
}

/* Serves nobody; says on which CPUs it ran. */
static int run_until_stop(struct io_server *server)
{
	struct pollfd stop = {.fd = server->stop_fd, .events = POLLIN};

	sched_getaffinity(0, sizeof(cpu_set_t), server->state);
	return poll(&stop, 1, -1) == 1 ? 0 : -errno;
}

static const struct io_model plain = {.name = "plain",
				      .summary = "without options",
				      .family = "test",
				      .flags = IO_MODEL_STREAM,
				      .run = run_until_stop};

static const struct io_model pool = {.name = "pool",
				     .summary = "with workers",
				     .family = "test",
				     .flags = IO_MODEL_STREAM,
				     .options = options,
				     .options_size = sizeof(struct test_options),
				     .workers = count_workers,
				     .open = open_or_fail,
				     .run = run_until_stop,
				     .close = count_close};

static struct io_server_config defaults(void)
{
	struct io_server_config config;

	options_defaults(io_server_options, &config, sizeof(config));
	return config;
}

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Opening fails with this error and a line that holds these words, and leaves nothing. */
static void refuses(const struct io_model *model, const struct io_server_config *config,
		    const char *model_options, int error, const char *words)
{
	const int before = open_descriptors();
	char line[OPTION_ERROR_SIZE] = "";
	struct io_server server;

	CU_ASSERT_EQUAL(io_server_open(&server, model, config, model_options, line),
			error);
	if (!strstr(line, words))
		printf("\n'%s' has no '%s'\n", line, words);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, words));
	CU_ASSERT_PTR_NULL(strchr(line, '\n'));
	CU_ASSERT_EQUAL(open_descriptors(), before);
}

static void defaults_are_the_documented_ones(void)
{
	const struct io_server_config config = defaults();

	CU_ASSERT_STRING_EQUAL(config.listen, "tcp:127.0.0.1:0");
	CU_ASSERT_EQUAL(config.workers, 0);
	CU_ASSERT_EQUAL(config.backlog, 4096);
	CU_ASSERT_EQUAL(config.max_frame, ECHO_MAX_FRAME_DEFAULT);
	CU_ASSERT_EQUAL(config.buffer, 16 << 10);
	CU_ASSERT_EQUAL(config.max_connections, 0);
	CU_ASSERT_EQUAL(config.idle_timeout_ns, 0);
	CU_ASSERT_EQUAL(config.max_work_ns, NS_PER_S);
	CU_ASSERT_EQUAL(config.drain_timeout_ns, 5 * NS_PER_S);
	CU_ASSERT_EQUAL(config.burn_ns, 0);
	CU_ASSERT_EQUAL(CPU_COUNT(&config.pin), 0);
}

static void models_get_limits_address_and_workers(void)
{
	struct io_server_config config = defaults();
	char error[OPTION_ERROR_SIZE];
	struct io_server server;

	config.max_frame = 100;
	config.max_work_ns = 7 * NS_PER_MS;
	config.idle_timeout_ns = 9;
	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &pool, &config, NULL, error), 0);
	CU_ASSERT_EQUAL(server.limits.max_frame, 100);
	CU_ASSERT_EQUAL(server.limits.max_work_us, 7000);
	CU_ASSERT_EQUAL(server.limits.idle_timeout_ns, 9);
	CU_ASSERT_EQUAL(server.counters->workers, 2);
	CU_ASSERT_EQUAL(server.address.transport, TRANSPORT_TCP);
	CU_ASSERT(server.spin.rounds_per_ns > 0);
	CU_ASSERT_FALSE(io_server_stopping(&server));
	io_server_close(&server);

	config.workers = 5;
	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &pool, &config, "", error), 0);
	CU_ASSERT_EQUAL(server.counters->workers, 5);
	io_server_close(&server);
	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &pool, &config, "workers=5", error),
			      0);
	CU_ASSERT_EQUAL(server.counters->workers, 5);
	io_server_close(&server);
	config.workers = 0;
	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &pool, &config, "workers=3", error),
			      0);
	CU_ASSERT_EQUAL(server.counters->workers, 3);
	io_server_close(&server);
}

static void wrong_options_are_refused(void)
{
	struct io_server_config config = defaults();
	struct io_model absent = plain;

	refuses(&plain, &config, "workers=1", -EINVAL, "'plain' has no options");
	refuses(&pool, &config, "workers=9", -EINVAL, "9");
	refuses(&pool, &config, "werkers=1", -EINVAL, "werkers");
	config.workers = 4;
	refuses(&pool, &config, "workers=3", -EINVAL,
		"--workers 4: 'pool:workers=3' says otherwise");
	refuses(&plain, &config, NULL, -EINVAL, "'plain' has no option `workers`");
	config.workers = 9;
	refuses(&pool, &config, NULL, -EINVAL, "9");
	config = defaults();
	CPU_SET(CPU_SETSIZE - 1, &config.pin);
	refuses(&plain, &config, NULL, -EINVAL, "--pin 1023");
	config = defaults();
	absent.unavailable = "built without it";
	refuses(&absent, &config, NULL, -ENOTSUP, "'plain' cannot run here: built");
}

static void wrong_addresses_are_refused(void)
{
	struct io_server_config config = defaults();
	struct io_model datagram = plain;

	datagram.flags = IO_MODEL_DATAGRAM;
	refuses(&datagram, &config, NULL, -EINVAL, "serves udp: only");
	config.listen = "udp:127.0.0.1:0";
	refuses(&plain, &config, NULL, -EINVAL, "serves tcp: and unix: only");
	config.listen = "tcp:nowhere";
	refuses(&plain, &config, NULL, -EINVAL, "tcp:nowhere");
	config.listen = "unix:/nowhere/at/all";
	refuses(&plain, &config, NULL, -ENOENT, "unix:/nowhere/at/all");
}

static void address_in_use_is_refused(void)
{
	struct io_server_config config = defaults();
	char error[OPTION_ERROR_SIZE], text[ADDRESS_TEXT_SIZE];
	struct io_server server;

	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &plain, &config, NULL, error), 0);
	address_format(&server.address, text);
	config.listen = text;
	refuses(&plain, &config, NULL, -EADDRINUSE, text);
	io_server_close(&server);
	CU_ASSERT_EQUAL(io_server_open(&server, &plain, &config, NULL, error), 0);
	io_server_close(&server);
}

static void failed_open_is_closed(void)
{
	const struct io_server_config config = defaults();

	closed = 0;
	refuses(&pool, &config, "open=12", -ENOMEM, "model 'pool': Cannot allocate");
	CU_ASSERT_EQUAL(closed, 1);
	refuses(&pool, &config, "open=95", -ENOTSUP,
		"model 'pool': it has its own words");
	CU_ASSERT_EQUAL(closed, 2);
	refuses(&pool, &config, "open=x", -EINVAL, "open");
	CU_ASSERT_EQUAL(closed, 2); /* it was never opened */
}

static void stop_wakes_everything(void)
{
	const struct io_server_config config = defaults();
	char error[OPTION_ERROR_SIZE];
	struct io_server server;
	int pair[2];
	char byte;

	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &plain, &config, NULL, error), 0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	io_server_block_on(&server, pair[0]);
	errno = EBADMSG;
	io_server_stop(&server);
	io_server_stop(&server);
	CU_ASSERT_EQUAL(errno, EBADMSG);
	CU_ASSERT_TRUE(io_server_stopping(&server));
	CU_ASSERT_EQUAL(accept(server.listener, NULL, NULL), -1);
	CU_ASSERT_EQUAL(read(pair[0], &byte, 1), 0);
	CU_ASSERT_EQUAL(write(pair[0], "x", 1), 1); /* only its input ended */
	close(pair[0]);
	close(pair[1]);
	io_server_close(&server);
	io_server_close(&server);
}

static void pinned_servers_run_on_their_cpus(void)
{
	struct io_server_config config = defaults();
	char error[OPTION_ERROR_SIZE];
	cpu_set_t before, during, after;
	struct io_server server;
	int cpu = 0;

	sched_getaffinity(0, sizeof(before), &before);
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	CPU_SET(cpu, &config.pin);
	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &plain, &config, NULL, error), 0);
	server.state = &during;
	io_server_stop(&server);
	CU_ASSERT_EQUAL(io_server_run(&server), 0);
	io_server_close(&server);
	sched_getaffinity(0, sizeof(after), &after);
	CU_ASSERT_TRUE(CPU_EQUAL(&during, &config.pin));
	CU_ASSERT_TRUE(CPU_EQUAL(&before, &after));
}

static void socket_files_go_with_the_server(void)
{
	struct io_server_config config = defaults();
	char error[OPTION_ERROR_SIZE], text[64];
	struct io_server server;

	snprintf(text, sizeof(text), "unix:/tmp/test_io_server.%d", getpid());
	config.listen = text;
	CU_ASSERT_EQUAL_FATAL(io_server_open(&server, &plain, &config, NULL, error), 0);
	CU_ASSERT_EQUAL(access(text + 5, F_OK), 0);
	refuses(&plain, &config, NULL, -EADDRINUSE, text);
	CU_ASSERT_EQUAL(access(text + 5, F_OK), 0); /* not the refused one's to remove */
	io_server_close(&server);
	CU_ASSERT_EQUAL(access(text + 5, F_OK), -1);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"defaults are the documented ones", defaults_are_the_documented_ones},
		{"models get limits, address and workers",
		 models_get_limits_address_and_workers},
		{"wrong options are refused", wrong_options_are_refused},
		{"wrong addresses are refused", wrong_addresses_are_refused},
		{"address in use is refused", address_in_use_is_refused},
		{"failed open is closed", failed_open_is_closed},
		{"stop wakes everything", stop_wakes_everything},
		{"pinned servers run on their CPUs", pinned_servers_run_on_their_cpus},
		{"socket files go with the server", socket_files_go_with_the_server},
		{NULL, NULL},
	};

	return test_suite_run("io_server", cases) != 0;
}
