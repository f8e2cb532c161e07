/* served.c - see served.h. */
#include "tests/contract/served.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/wire.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

struct announcement {
	int result;
	int capacity;
	struct address address;
};

/* In the child: what SIGTERM stops. A handler does it, as in `serve`; or, as TSan puts
 * handlers off until some call that it knows, a thread, which may still be busy with the
 * stop when the model has returned. */
static struct io_server *running;

#if defined(__SANITIZE_THREAD__)
static pthread_mutex_t stop_lock = PTHREAD_MUTEX_INITIALIZER;

/* Else each server waits a second for the thread that stops it. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "atexit_sleep_ms=0";
}

static void *stop_at_sigterm(void *set)
{
	int number;

	while (sigwait(set, &number) == 0) {
		pthread_mutex_lock(&stop_lock);
		if (running)
			io_server_stop(running);
		pthread_mutex_unlock(&stop_lock);
	}
	return NULL;
}

static void set_stop_signal(void)
{
	static sigset_t set;
	pthread_t thread;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, stop_at_sigterm, &set);
}

static void set_running(struct io_server *server)
{
	pthread_mutex_lock(&stop_lock);
	running = server;
	pthread_mutex_unlock(&stop_lock);
}
#else
static void on_terminate(int number)
{
	(void)number;
	if (running)
		io_server_stop(running);
}

static void set_stop_signal(void)
{
	struct sigaction action = {.sa_handler = on_terminate};

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
}

static void set_running(struct io_server *server)
{
	running = server;
}
#endif

static int find_leaks(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return __lsan_do_recoverable_leak_check();
#else
	return 0;
#endif
}

static int count_entries(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static int count_threads(void)
{
	return count_entries("/proc/self/task");
}

/* More than `before`, when the kernel has had time to end its own: the thread of a ring
 * outlives the ring by a moment. */
static int threads_beyond(int before)
{
	int more = count_threads() - before;

	for (int i = 0; i < 200 && more > 0; i++) {
		poll(NULL, 0, 10);
		more = count_threads() - before;
	}
	return more;
}

static int64_t rusage_ns(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

/* The lowest free number is what the next open gets. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static void limit_descriptors(const struct setup *setup)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)next_descriptor() + setup->spare_descriptors;
	if (setup->spare_descriptors)
		setrlimit(RLIMIT_NOFILE, &limit);
}

static void occupy_descriptors(int below)
{
	while (next_descriptor() < below)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return;
}

/* In the child. A model with no bound has INT_MAX. */
static int capacity_of(const struct io_server *server)
{
	if (model_is_one())
		return 1;
	return model->flags & IO_MODEL_PER_WORKER ? (int)server->counters->workers
						  : INT_MAX;
}

/* In the child. */
static void serve_once(const struct setup *setup, int pipe, bool is_last)
{
	static struct io_server server;
	char error[OPTION_ERROR_SIZE] = "";
	struct announcement announcement = {0};
	struct report report = {0};
	int descriptors = count_entries("/proc/self/fd"), threads = count_threads();

	announcement.result =
		io_server_open(&server, model, &setup->config, model_options, error);
	if (announcement.result < 0)
		fprintf(stderr, "%s: %s\n", model->name, error);
	else
		announcement.address = server.address;
	if (announcement.result == 0)
		announcement.capacity = capacity_of(&server);
	set_running(&server);
	limit_descriptors(setup);
	if (write(pipe, &announcement, sizeof(announcement)) < 0 || announcement.result)
		_exit(1);
	report.result = io_server_run(&server);
	set_running(NULL);
	report.counters = counters_sum(server.counters);
	io_server_close(&server);
	report.descriptors = count_entries("/proc/self/fd") - descriptors;
	report.threads = threads_beyond(threads);
	report.children = waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 1;
	report.cpu_ns = rusage_ns(RUSAGE_SELF) + rusage_ns(RUSAGE_CHILDREN);
	if (is_last)
		report.leaks = find_leaks();
	if (write(pipe, &report, sizeof(report)) < 0)
		_exit(1);
}

static _Noreturn void served_main(const struct setup *setup, int pipe)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is killed leaves nothing */
	set_stop_signal();
	descriptor_limit_raise();
	occupy_descriptors(setup->occupied);
	for (int run = 0; run < setup->runs; run++)
		serve_once(setup, pipe, run == setup->runs - 1);
	_exit(0);
}

/* Reads one message of the child's, with patience. */
static bool served_read(struct served *served, void *message, size_t size)
{
	struct pollfd wait = {.fd = served->pipe, .events = POLLIN};

	memset(message, 0, size);
	return poll(&wait, 1, WIRE_PATIENCE_MS) == 1 &&
	       read(served->pipe, message, size) == (ssize_t)size;
}

void served_await_open(struct served *served)
{
	struct announcement announcement;

	if (!served_read(served, &announcement, sizeof(announcement)))
		announcement.result = -ECHILD;
	served->open_result = announcement.result;
	served->address = announcement.address;
	served->capacity = announcement.capacity;
}

void served_start(struct served *served, const struct setup *setup)
{
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	fflush(NULL);
	served->pid = fork();
	CU_ASSERT_TRUE_FATAL(served->pid >= 0);
	if (served->pid == 0) {
		close(ends[0]);
		served_main(setup, ends[1]);
	}
	close(ends[1]);
	served->pipe = ends[0];
	served_await_open(served);
	CU_ASSERT_EQUAL_FATAL(served->open_result, 0);
}

void served_tell_stop(const struct served *served)
{
	kill(served->pid, SIGTERM);
}

struct report served_finish_run(struct served *served)
{
	struct report report;

	if (!served_read(served, &report, sizeof(report)))
		report.result = -ETIMEDOUT;
	CU_ASSERT_EQUAL(report.result, 0);
	CU_ASSERT_EQUAL(report.descriptors, 0);
	CU_ASSERT_EQUAL(report.threads, 0);
	CU_ASSERT_EQUAL(report.children, 0);
	CU_ASSERT_EQUAL(report.leaks, 0);
	CU_ASSERT_EQUAL(report.counters.accepted, report.counters.closed);
	return report;
}

struct report served_stop(struct served *served)
{
	int status = -1;

	served_tell_stop(served);
	struct report report = served_finish_run(served);
	close(served->pipe);
	if (report.result != 0)
		kill(served->pid, SIGKILL);
	waitpid(served->pid, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	return report;
}

bool model_is_peer(void)
{
	return false;
}
