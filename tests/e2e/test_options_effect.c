/*
 * test_options_effect.c - every option that a model has does something that can be seen
 * from outside.
 *
 * A row per option: the server is started twice, with two values, and each time something
 * of it is looked at (its threads, its descriptors, what waits in its sockets) that must
 * be as the row says. A bad value of every option is refused by its name. An option without
 * a row fails the test.
 */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/io_model.h"
#include "tests/e2e/looks.h"
#include "tests/e2e/served.h"
#include "tests/suite.h"

#define CLIENTS    4
#define LOOK_MS    20
#define SETTLED_MS 200
#define SLEEP_US   60000000 /* longer than anything here takes */

/* What CLIENTS do before the look. SLEEP: a datagram of each asks for a sleep to the end,
 * and all have come before the server takes the first. */
enum clients { NONE, IDLE, SLEEP };

/* To be seen is the first or the last CPU that the test may use; it is also what the
 * options end with. */
#define CPU_FIRST (-2)
#define CPU_LAST  (-3)

struct row {
	const char *model, *option;
	look *look;
	enum clients clients;
	struct {
		const char *options;
		int64_t seen;
	} try[2];
};

/* What several models have in common. */
/* clang-format off */
#define WORKERS(model) \
	{model, "workers", look_threads, NONE, {{"workers=2", 3}, {"workers=5", 6}}}
#define GROW(model)                                \
	{model, "grow", look_threads, NONE,        \
	 {{"workers=3,grow=fixed", 4}, {"workers=3,grow=lazy", 1}}}
#define ENTRIES(model) \
	{model, "entries", look_ring_mask, NONE, {{"entries=64", 63}, {"entries=256", 255}}}
/* clang-format on */

static const struct row rows[] = {
	{"nonblocking",
	 "backoff",
	 look_is_busy,
	 IDLE,
	 {{"backoff=0s", 1}, {"backoff=1s", 0}}},
	WORKERS("prefork"),
	WORKERS("prefork-fcntl"),
	WORKERS("prefork-mutex"),
	WORKERS("prefork-reuseport"),
	WORKERS("process-pool"),
	GROW("process-pool"),
	{"process-pool",
	 "queue",
	 look_backlog,
	 IDLE,
	 {{"workers=1,queue=1", CLIENTS - 2}, {"workers=1,queue=9", 0}}},
	{"process-pool",
	 "max-tasks",
	 look_is_replaced,
	 NONE,
	 {{"workers=1,max-tasks=1", 1}, {"workers=1,max-tasks=0", 0}}},
	WORKERS("prethread"),
	WORKERS("prethread-mutex"),
	WORKERS("thread-pool"),
	GROW("thread-pool"),
	{"thread-pool",
	 "queue",
	 look_sockets,
	 IDLE,
	 {{"workers=1,queue=1", 1 + 2}, {"workers=1,queue=9", 1 + CLIENTS}}},
	{"thread-pool",
	 "max-tasks",
	 look_is_replaced,
	 NONE,
	 {{"workers=1,max-tasks=1", 1}, {"workers=1,max-tasks=0", 0}}},
	{"hybrid-pool",
	 "workers",
	 look_threads,
	 NONE,
	 {{"workers=1,threads=3", 1 + 4}, {"workers=2,threads=3", 1 + 8}}},
	{"hybrid-pool",
	 "threads",
	 look_threads,
	 NONE,
	 {{"workers=2,threads=1", 1 + 4}, {"workers=2,threads=5", 1 + 12}}},
	WORKERS("leader-followers"),
	WORKERS("reactor-pool"),
	GROW("reactor-pool"),
	{"multi-reactor",
	 "workers",
	 look_threads,
	 NONE,
	 {{"workers=2", 2}, {"workers=5", 5}}},
	{"multi-reactor",
	 "accept",
	 look_sockets_and_eventfds,
	 NONE,
	 {{"workers=3,accept=reuseport", 31}, {"workers=3,accept=handoff", 13}}},
	{"multi-reactor",
	 "accept",
	 look_sockets_and_eventfds,
	 NONE,
	 {{"workers=3,accept=auto", 31}, {"workers=3,accept=exclusive", 11}}},
	{"libev",
	 "backend",
	 look_epolls,
	 NONE,
	 {{"backend=epoll", 1}, {"backend=poll", 0}}},
	{"coroutine",
	 "workers",
	 look_sockets,
	 IDLE,
	 {{"workers=1,queue=1", 1 + 2}, {"workers=9,queue=1", 1 + CLIENTS}}},
	{"coroutine",
	 "queue",
	 look_sockets,
	 IDLE,
	 {{"workers=1,queue=1", 1 + 2}, {"workers=1,queue=9", 1 + CLIENTS}}},
	ENTRIES("io-uring"),
	ENTRIES("io-uring-multishot"),
	{"io-uring-multishot",
	 "buffers",
	 look_has_64_mib,
	 NONE,
	 {{"buffers=8", 0}, {"buffers=4096", 1}}},
	ENTRIES("io-uring-sqpoll"),
	{"io-uring-sqpoll",
	 "buffers",
	 look_has_64_mib,
	 NONE,
	 {{"buffers=8", 0}, {"buffers=4096", 1}}},
	{"io-uring-sqpoll",
	 "sq-cpu",
	 look_sq_cpu,
	 NONE,
	 {{"sq-cpu=", CPU_FIRST}, {"sq-cpu=", CPU_LAST}}},
	{"io-uring-sqpoll",
	 "sq-idle",
	 look_is_busy,
	 NONE,
	 {{"sq-idle=1m", 1}, {"sq-idle=1ms", 0}}},
	{"udp-thread-pool",
	 "queue",
	 look_leaves_datagrams,
	 SLEEP,
	 {{"workers=1,queue=1", 1}, {"workers=1,queue=9", 0}}},
	WORKERS("udp-thread-pool"),
	{"udp-mmsg",
	 "batch",
	 look_leaves_datagrams,
	 SLEEP,
	 {{"batch=1", 1}, {"batch=9", 0}}},
	{"udp-reuseport",
	 "workers",
	 look_sockets,
	 NONE,
	 {{"workers=2", 2}, {"workers=5", 5}}},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Looks until it is as expected, and once more when it has had time to change. */
static int64_t look_for(const struct row *row, const struct served *s, int64_t expected)
{
	int64_t seen = row->look(s);

	for (int ms = 0; seen != expected && ms < PROCESS_DEADLINE_MS; ms += LOOK_MS) {
		poll(NULL, 0, LOOK_MS);
		seen = row->look(s);
	}
	poll(NULL, 0, SETTLED_MS);
	return row->look == look_is_replaced || row->look == look_is_busy ? seen
									  : row->look(s);
}

static void idle_clients_open(const struct served *s, int clients[CLIENTS])
{
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = client_open(s);
}

static void sleepy_clients_open(const struct served *s, int clients[CLIENTS])
{
	const struct sockaddr *address = (const struct sockaddr *)&s->address.sockaddr;
	uint8_t frame[ECHO_HEADER_SIZE];

	process_hold(s->process);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		CU_ASSERT_FATAL(clients[i] >= 0);
		CU_ASSERT_EQUAL_FATAL(connect(clients[i], address, s->address.length), 0);
		client_sleeps(clients[i], SLEEP_US, frame);
	}
	process_signal(s->process, SIGCONT);
}

/* The CPU where `seen` stands for one, else `seen`. */
static int64_t settle_cpu(int64_t seen)
{
	const int step = seen == CPU_FIRST ? 1 : -1;
	int cpu = seen == CPU_FIRST ? 0 : CPU_SETSIZE - 1;
	cpu_set_t cpus;

	if (seen != CPU_FIRST && seen != CPU_LAST)
		return seen;
	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	while (!CPU_ISSET(cpu, &cpus))
		cpu += step;
	return cpu;
}

static void check_seen(const struct row *row, const char *model, int64_t expected)
{
	const bool datagrams = strncmp(row->model, "udp-", 4) == 0;
	const char *const words[] = {"--drain-timeout",
				     "100ms",
				     "--max-work",
				     "1m",
				     datagrams ? "--listen" : NULL,
				     "udp:127.0.0.1:0",
				     NULL};
	int clients[CLIENTS] = {0};
	struct served s;

	served_start(&s, model, words);
	if (row->clients == IDLE)
		idle_clients_open(&s, clients);
	else if (row->clients == SLEEP)
		sleepy_clients_open(&s, clients);
	int64_t seen = look_for(row, &s, expected);
	if (seen != expected)
		printf("\n    %s: %lld is seen, not %lld\n", model, (long long)seen,
		       (long long)expected);
	CU_ASSERT_EQUAL(seen, expected);
	for (int i = 0; row->clients != NONE && i < CLIENTS; i++)
		close(clients[i]);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

static void check_try(const struct row *row, const char *options, int64_t seen)
{
	const int64_t expected = settle_cpu(seen);
	char model[96], cpu[24] = "";

	if (expected != seen)
		snprintf(cpu, sizeof(cpu), "%lld", (long long)expected);
	snprintf(model, sizeof(model), "%s:%s%s", row->model, options, cpu);
	check_seen(row, model, expected);
}

/* No option of any type takes this for a value. */
static void check_refused(const char *model, const char *option)
{
	struct process *process;
	char text[96];

	snprintf(text, sizeof(text), "%s:%s=-no-value-", model, option);
	const char *const arguments[] = {"serve", text, NULL};
	CU_ASSERT_EQUAL(program_run(arguments, &process), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, option));
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "-no-value-"));
	process_free(process);
}

static void check_option(const char *model, const char *option)
{
	int found = 0;

	check_refused(model, option);
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].model, model) != 0 ||
		    strcmp(rows[i].option, option) != 0)
			continue;
		found++;
		for (int j = 0; j < 2; j++)
			check_try(&rows[i], rows[i].try[j].options, rows[i].try[j].seen);
	}
	if (found == 0)
		printf("\n    %s:%s has no row in tests/e2e/test_options_effect.c: add "
		       "one that looks at what the option changes\n",
		       model, option);
	CU_ASSERT_TRUE(found > 0);
}

static json_t *listed_models(json_t **ret_object)
{
	const char *const arguments[] = {"list", "models", "--json", NULL};
	struct process *process;

	CU_ASSERT_EQUAL(program_run(arguments, &process), 0);
	*ret_object = json_loads(process->out.text, 0, NULL);
	process_free(process);
	CU_ASSERT_PTR_NOT_NULL_FATAL(*ret_object);
	return json_object_get(*ret_object, "models");
}

static void every_option_has_an_effect(void)
{
	json_t *object, *models = listed_models(&object), *model, *option;
	size_t i, j;

	json_array_foreach(models, i, model)
	{
		const char *name = json_string_value(json_object_get(model, "name"));
		if (!json_is_true(json_object_get(model, "available")))
			continue;
		json_array_foreach(json_object_get(model, "options"), j, option)
			check_option(name,
				     json_string_value(json_object_get(option, "name")));
	}
	json_decref(object);
}

/* A row for what does not exist would never be looked at. */
static void every_row_is_about_an_option(void)
{
	json_t *object, *models = listed_models(&object), *model, *option;
	size_t i, j;

	for (size_t row = 0; row < ROWS; row++) {
		bool found = false;
		json_array_foreach(models, i, model)
		{
			const char *name =
				json_string_value(json_object_get(model, "name"));
			json_array_foreach(json_object_get(model, "options"), j, option)
				found |=
				strcmp(name, rows[row].model) == 0 &&
				strcmp(json_string_value(json_object_get(option, "name")),
				       rows[row].option) == 0;
		}
		CU_ASSERT_TRUE(found);
	}
	json_decref(object);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every option has an effect", every_option_has_an_effect},
		{"every row is about an option", every_row_is_about_an_option},
		{NULL, NULL},
	};

	return test_suite_run("options_effect", cases) != 0;
}
