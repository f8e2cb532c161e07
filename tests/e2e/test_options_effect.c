/*
 * test_options_effect.c - every option that a model has does something that can be seen
 * from outside.
 *
 * A row per option: the server is started twice, with two values, and each time something
 * of it is looked at (its threads and processes, its descriptors) that must be as the row
 * says. A bad value of every option is refused by its name. An option without a row fails
 * the test.
 */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/io_model.h"
#include "tests/e2e/looks.h"
#include "tests/e2e/served.h"
#include "tests/suite.h"

#define CLIENTS    4
#define LOOK_MS    20
#define SETTLED_MS 200

struct row {
	const char *model, *option;
	look *look; /* NULL: nothing can be seen, but that bad values are refused */
	bool with_clients; /* CLIENTS are connected first, and idle */
	struct {
		const char *options;
		int64_t seen;
	} try[2];
};

static const struct row rows[] = {
	{"nonblocking",
	 "backoff",
	 look_is_busy,
	 true,
	 {{"backoff=0s", 1}, {"backoff=1s", 0}}},
	{"prefork", "workers", look_threads, false, {{"workers=2", 3}, {"workers=5", 6}}},
	{"prefork-fcntl",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"prefork-mutex",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"prefork-reuseport",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"process-pool",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"process-pool",
	 "grow",
	 look_threads,
	 false,
	 {{"workers=3,grow=fixed", 4}, {"workers=3,grow=lazy", 1}}},
	{"process-pool", "queue", NULL, false, {{0}}},
	{"process-pool",
	 "max-tasks",
	 look_is_replaced,
	 false,
	 {{"workers=1,max-tasks=1", 1}, {"workers=1,max-tasks=0", 0}}},
	{"prethread",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"prethread-mutex",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"thread-pool",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"thread-pool",
	 "grow",
	 look_threads,
	 false,
	 {{"workers=3,grow=fixed", 4}, {"workers=3,grow=lazy", 1}}},
	{"thread-pool",
	 "queue",
	 look_sockets,
	 true,
	 {{"workers=1,queue=1", 1 + 2}, {"workers=1,queue=9", 1 + CLIENTS}}},
	{"thread-pool",
	 "max-tasks",
	 look_is_replaced,
	 false,
	 {{"workers=1,max-tasks=1", 1}, {"workers=1,max-tasks=0", 0}}},
	{"hybrid-pool",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=1,threads=3", 1 + 4}, {"workers=2,threads=3", 1 + 8}}},
	{"hybrid-pool",
	 "threads",
	 look_threads,
	 false,
	 {{"workers=2,threads=1", 1 + 4}, {"workers=2,threads=5", 1 + 12}}},
	{"leader-followers",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"reactor-pool",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"reactor-pool",
	 "grow",
	 look_threads,
	 false,
	 {{"workers=3,grow=fixed", 4}, {"workers=3,grow=lazy", 1}}},
	{"reactor-pool", "queue", NULL, false, {{0}}},
	{"multi-reactor",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 2}, {"workers=5", 5}}},
	{"multi-reactor",
	 "accept",
	 look_sockets_and_eventfds,
	 false,
	 {{"workers=3,accept=reuseport", 31}, {"workers=3,accept=handoff", 13}}},
	{"multi-reactor",
	 "accept",
	 look_sockets_and_eventfds,
	 false,
	 {{"workers=3,accept=auto", 31}, {"workers=3,accept=exclusive", 11}}},
	{"libev",
	 "backend",
	 look_epolls,
	 false,
	 {{"backend=epoll", 1}, {"backend=poll", 0}}},
	{"coroutine",
	 "workers",
	 look_sockets,
	 true,
	 {{"workers=1,queue=1", 1 + 2}, {"workers=9,queue=1", 1 + CLIENTS}}},
	{"coroutine",
	 "queue",
	 look_sockets,
	 true,
	 {{"workers=1,queue=1", 1 + 2}, {"workers=1,queue=9", 1 + CLIENTS}}},
	{"coroutine", "max-tasks", NULL, false, {{0}}},
	{"io-uring",
	 "entries",
	 look_ring_mask,
	 false,
	 {{"entries=64", 63}, {"entries=256", 255}}},
	{"io-uring-multishot",
	 "entries",
	 look_ring_mask,
	 false,
	 {{"entries=64", 63}, {"entries=256", 255}}},
	{"io-uring-multishot", "buffers", NULL, false, {{0}}},
	{"io-uring-sqpoll",
	 "entries",
	 look_ring_mask,
	 false,
	 {{"entries=64", 63}, {"entries=256", 255}}},
	{"io-uring-sqpoll", "buffers", NULL, false, {{0}}},
	{"io-uring-sqpoll", "sq-cpu", NULL, false, {{0}}},
	{"io-uring-sqpoll", "sq-idle", NULL, false, {{0}}},
	{"udp-thread-pool", "queue", NULL, false, {{0}}},
	{"udp-thread-pool",
	 "workers",
	 look_threads,
	 false,
	 {{"workers=2", 3}, {"workers=5", 6}}},
	{"udp-mmsg", "batch", NULL, false, {{0}}},
	{"udp-reuseport",
	 "workers",
	 look_sockets,
	 false,
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

static void check_try(const struct row *row, const char *options, int64_t expected)
{
	bool datagrams = strncmp(row->model, "udp-", 4) == 0;
	const char *const words[] = {"--drain-timeout", "100ms",
				     datagrams ? "--listen" : NULL, "udp:127.0.0.1:0",
				     NULL};
	int clients[CLIENTS] = {0};
	struct served s;
	char model[96];

	snprintf(model, sizeof(model), "%s:%s", row->model, options);
	served_start(&s, model, words);
	for (int i = 0; row->with_clients && i < CLIENTS; i++)
		clients[i] = client_open(&s);
	int64_t seen = look_for(row, &s, expected);
	if (seen != expected)
		printf("\n    %s: %lld is seen, not %lld\n", model, (long long)seen,
		       (long long)expected);
	CU_ASSERT_EQUAL(seen, expected);
	for (int i = 0; row->with_clients && i < CLIENTS; i++)
		close(clients[i]);
	served_stop(&s, SIGTERM);
	served_free(&s);
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
		for (int j = 0; rows[i].look && j < 2; j++)
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
