/* test_crew.c - worker processes that die are replaced, but never in a hurry. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/child.h"
#include "models/crew.h"
#include "server/clock.h"
#include "tests/suite.h"

#define WORKERS 3

/* Seen by the test and its children. */
static struct tally {
	unsigned made;
	unsigned lost;
	unsigned of[WORKERS]; /* by number */
} * tally;

static void count(unsigned *field)
{
	__atomic_fetch_add(field, 1, __ATOMIC_SEQ_CST);
}

static unsigned counted(const unsigned *field)
{
	return __atomic_load_n(field, __ATOMIC_SEQ_CST);
}

static void die_at_once(struct io_server *server, struct crew *crew, unsigned number)
{
	(void)server;
	(void)crew;
	count(&tally->made);
	count(&tally->of[number]);
	_exit(1);
}

/* Stays until its stop; the first of each number but 0 is killed by its own hand. */
static void stay(struct io_server *server, struct crew *crew, unsigned number)
{
	child_begin(&crew->children, -1, -1);
	count(&tally->of[number]);
	if (number > 0 && counted(&tally->of[number]) == 1) {
		server->counters->line[1 + number].accepted = 1;
		raise(SIGKILL);
	}
	count(&tally->made);
	while (!child_is_stopping())
		poll(NULL, 0, 10);
	_exit(0);
}

static void note_lost(struct io_server *server, unsigned number)
{
	(void)server;
	(void)number;
	count(&tally->lost);
}

static const struct io_model model = {.name = "crew"};

static void server_open(struct io_server *server)
{
	*server = (struct io_server){.model = &model, .listener = -1, .stop_fd = -1};
	server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CU_ASSERT_EQUAL_FATAL(counters_open(WORKERS, &server->counters), 0);
	*tally = (struct tally){0};
}

static void server_close(struct io_server *server)
{
	close(server->stop_fd);
	counters_close(server->counters);
	CU_ASSERT_TRUE(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* What ends crew_watch: a child, as the test is inside of it. */
static pid_t stop_when(struct io_server *server, bool (*is_due)(void), int64_t after_ns)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	int64_t due_ns = clock_ns() + after_ns, end_ns = clock_ns() + 20 * NS_PER_S;
	while (clock_ns() < end_ns && (clock_ns() < due_ns || !is_due()))
		poll(NULL, 0, 5);
	eventfd_write(server->stop_fd, 1);
	pause();
	_exit(0);
}

static bool always(void)
{
	return true;
}

static bool all_stay(void)
{
	return counted(&tally->made) == WORKERS;
}

static void watch(struct io_server *server, crew_main *main, bool (*is_due)(void),
		  int64_t after_ns)
{
	struct crew *crew = NULL;
	pid_t stopper = stop_when(server, is_due, after_ns);

	CU_ASSERT_EQUAL(crew_open(server, WORKERS, 1, main, note_lost, &crew), 0);
	crew_watch(crew);
	kill(stopper, SIGKILL);
	crew_drain(crew, NS_PER_S);
	crew_close(crew);
	(void)waitpid(stopper, NULL, 0); /* the crew may have reaped it */
}

/* A second would do for a thousand forks. */
static void workers_that_cannot_live_are_made_seldom(void)
{
	struct io_server server;

	server_open(&server);
	watch(&server, die_at_once, always, NS_PER_S);
	CU_ASSERT_TRUE(counted(&tally->made) > WORKERS);
	CU_ASSERT_TRUE(counted(&tally->made) <= 12 * WORKERS);
	server_close(&server);
}

static void the_dead_are_replaced_with_their_number(void)
{
	struct io_server server;

	server_open(&server);
	watch(&server, stay, all_stay, 0);
	CU_ASSERT_EQUAL(counted(&tally->of[0]), 1);
	for (unsigned i = 1; i < WORKERS; i++)
		CU_ASSERT_EQUAL(counted(&tally->of[i]), 2);
	struct counters_line sum = counters_sum(server.counters);
	CU_ASSERT_EQUAL(sum.closed, WORKERS - 1);
	CU_ASSERT_EQUAL(sum.errors, WORKERS - 1);
	CU_ASSERT_EQUAL(counted(&tally->lost), 2 * WORKERS - 1); /* the drain's too */
	server_close(&server);
}

static void closes_without_having_run(void)
{
	struct io_server server;
	struct crew *crew = NULL;

	server_open(&server);
	CU_ASSERT_EQUAL(crew_open(&server, WORKERS, 1, stay, NULL, &crew), 0);
	crew_close(crew);
	crew_close(NULL);
	server_close(&server);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"workers that cannot live are made seldom",
		 workers_that_cannot_live_are_made_seldom},
		{"the dead are replaced with their number",
		 the_dead_are_replaced_with_their_number},
		{"closes without having run", closes_without_having_run},
		{NULL, NULL},
	};

	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		return 1;
	return test_suite_run("crew", cases) != 0;
}
