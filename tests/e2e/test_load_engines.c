/*
 * test_load_engines.c - `iomodels load` with each engine against `iomodels serve`: every
 * transport, and whatever asks something else of an engine.
 */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/engines.h"
#include "server/options.h"
#include "tests/e2e/served.h"
#include "tests/suite.h"

#define WORDS_MAX 32

static const struct engine_ops *engine; /* under test */

static int64_t count_in(const json_t *row, const char *column)
{
	return json_integer_value(json_object_get(row, column));
}

/* Every request that the server counts was answered, verified, and its connection ended in
 * order. `options`, ended by NULL, come last. */
static void check_load(const char *model, const char *listen, const char *const *options)
{
	const char *const listens[] = {"--listen", listen, NULL};
	struct process *load;
	struct served s;

	served_start(&s, model, listens);
	const char *words[WORDS_MAX] = {"load",       s.ready + 6,  "--engine",
					engine->name, "--json",     "--warmup",
					"50ms",       "--duration", "300ms"};
	for (int n = 9; *options; options++)
		words[n++] = *options;
	CU_ASSERT_EQUAL(program_run(words, &load), EXIT_VALID);
	json_t *row = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	const char *name = json_string_value(json_object_get(row, "engine"));
	CU_ASSERT_TRUE(name && strcmp(name, engine->name) == 0);
	CU_ASSERT_TRUE(count_in(row, "requests") > 0);
	CU_ASSERT_EQUAL(count_in(row, "unfinished"), 0);
	served_stop(&s, SIGTERM);
	CU_ASSERT_TRUE(json_integer_value(json_object_get(s.counters, "requests")) >=
		       count_in(row, "requests"));
	json_decref(row);
	process_free(load);
	served_free(&s);
}

#define CHECK(model, listen, ...) \
	check_load(model, listen, (const char *const[]){__VA_ARGS__, NULL})

#define TCP "tcp:127.0.0.1:0"

static void small_requests(void)
{
	CHECK("epoll", TCP, "--connections", "64");
	CHECK("epoll", TCP, "--connections", "1", "--size", "0");
	CHECK("epoll", TCP, "--connections", "8", "--depth", "64");
}

/* Larger than what a socket holds, and than a send of the generator's. */
static void large_requests(void)
{
	CHECK("epoll", TCP, "--connections", "16", "--size", "16k");
	CHECK("epoll", TCP, "--connections", "4", "--size", "1M", "--depth", "4");
}

static void many_connections(void)
{
	CHECK("epoll", TCP, "--connections", "700", "--idle", "100", "--depth", "2");
}

static void connections_that_come_and_go(void)
{
	CHECK("epoll", TCP, "--connections", "16", "--churn", "1");
	CHECK("epoll", TCP, "--connections", "16", "--churn", "7", "--depth", "3");
}

static void several_threads(void)
{
	CHECK("epoll", TCP, "--connections", "16", "--threads", "3");
}

static void unix_sockets(void)
{
	char path[64];

	snprintf(path, sizeof(path), "unix:/tmp/iomodels-engines-%d.sock", (int)getpid());
	CHECK("epoll", path, "--connections", "16", "--size", "4k", "--depth", "8");
	CHECK("epoll", path, "--connections", "16", "--churn", "2");
}

static void datagrams(void)
{
	CHECK("udp-epoll", "udp:127.0.0.1:0", "--connections", "16", "--timeout", "5s");
	CHECK("udp-epoll", "udp:127.0.0.1:0", "--connections", "4", "--depth", "8",
	      "--size", "1000", "--timeout", "5s");
}

static const struct test_case cases[] = {
	{"small requests", small_requests},
	{"large requests", large_requests},
	{"many connections", many_connections},
	{"connections that come and go", connections_that_come_and_go},
	{"several threads", several_threads},
	{"Unix sockets", unix_sockets},
	{"datagrams", datagrams},
	{NULL, NULL},
};

int main(void)
{
	int failures = 0, skipped = 0;

	for (const struct engine_ops *const *e = engines; *e; e++) {
		const char *reason = engine_reason(*e);
		engine = *e;
		if (reason)
			printf("%s: %s\n", engine->name, reason);
		else
			failures += test_suite_run(engine->name, cases);
		skipped += reason != NULL;
	}
	if (failures == 0 && skipped > 0)
		return TEST_SKIPPED;
	return failures != 0;
}
