/* server_process.c - one server under test: started, probed, stopped, leaving nothing. */
#include "results/subject/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/subject/server_command.h"
#include "results/subject/server_output.h"

#define POLL_INTERVAL_NS (2 * NS_PER_MS)

/* Sent to a guard when the thread that started it is gone. */
#define ORPHANED SIGRTMAX

static void kill_group(int number)
{
	(void)number;
	kill(0, SIGKILL);
}

static void exec_words(const struct server_process *server, char *const *argv)
{
	execve(argv[0], argv, server->environment ? server->environment : environ);
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/*
 * A shell need not exec its command, and no death signal reaches its children: so the
 * leader of a command's group is this guard, which does nothing but end as the shell does
 * or, when we die, take the whole group along.
 */
static void guard_command(const struct server_process *server, char *const *argv)
{
	int status = 0;

	signal(ORPHANED, kill_group);
	signal(SIGTERM, SIG_IGN); /* meant for the others of the group */
	const pid_t shell = fork();
	if (shell == 0) {
		signal(SIGTERM, SIG_DFL);
		exec_words(server, argv);
	}
	close_range(0, ~0U, 0); /* nobody's files are kept open by a bystander */
	while (shell > 0 && waitpid(shell, &status, 0) < 0 && errno == EINTR)
		;
	if (shell < 0 || !WIFSIGNALED(status))
		_exit(shell < 0 ? 127 : WEXITSTATUS(status));
	prctl(PR_SET_DUMPABLE, 0); /* the core, if any, was the shell's */
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

/* Runs in the child up to the exec: only what is safe there. Never returns. */
static void run_child(const struct server_process *server, char *const *argv, int go_fd,
		      pid_t parent)
{
	const bool command = server->config.spec->command != NULL;
	sigset_t none;
	char byte;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, command ? ORPHANED : SIGTERM);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (CPU_COUNT(&server->config.cpus) > 0)
		sched_setaffinity(0, sizeof(cpu_set_t), &server->config.cpus);
	const int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(null_fd, STDIN_FILENO);
	dup2(server->output_fd, STDOUT_FILENO);
	dup2(server->error_fd, STDERR_FILENO);
	if (read(go_fd, &byte, 1) !=
	    1) /* the probes are open now, or the parent is gone */
		_exit(127);
	if (command)
		guard_command(server, argv);
	exec_words(server, argv);
}

/* The child waits on a pipe until its probes are open. 0 or -errno. */
static int spawn(struct server_process *server, char *const *argv)
{
	const pid_t self = getpid();
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	const pid_t pid = fork();
	if (pid < 0) {
		const int rc = -errno;
		close(go[0]);
		close(go[1]);
		return rc;
	}
	if (pid == 0) {
		close(go[1]);
		run_child(server, argv, go[0], self);
	}
	close(go[0]);
	server->pid = pid;
	setpgid(pid, pid); /* whoever comes first: the group exists before any kill */
	probe_open(&server->probe, pid, server->config.probe);
	const ssize_t sent = write(go[1], "g", 1);
	close(go[1]);
	return sent == 1 ? 0 : -EIO;
}

/* True when the leader is a zombie: its number, and that of its group, stay ours. */
static bool has_ended(struct server_process *server)
{
	siginfo_t info = {.si_pid = 0};

	if (!server->ended &&
	    waitid(P_PID, (id_t)server->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == server->pid)
		server->ended = true;
	return server->ended;
}

static bool wait_for_end(struct server_process *server, int64_t timeout_ns)
{
	const int64_t deadline = clock_ns() + timeout_ns;

	while (!has_ended(server) && clock_ns() < deadline)
		clock_sleep_until(clock_ns() + POLL_INTERVAL_NS);
	return server->ended;
}

static void describe_end(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) > 128) /* as a shell reports it */
		snprintf(text, size, "exited with status %d (128 + signal %d)",
			 WEXITSTATUS(status), WEXITSTATUS(status) - 128);
	else
		snprintf(text, size, "exited with status %d", WEXITSTATUS(status));
}

/* Kills what is left of the group while the zombie still holds its number, then reaps. */
static int reap(struct server_process *server)
{
	int status = 0;

	kill(-server->pid, SIGKILL);
	while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR)
		;
	server->pid = 0;
	return status;
}

static void release(struct server_process *server)
{
	probe_close(&server->probe);
	if (server->output_fd >= 0)
		close(server->output_fd);
	if (server->error_fd >= 0)
		close(server->error_fd);
	server_command_release(server);
}

/* A server that answers on the address it was given, though it prints nothing. */
static bool answers(const struct server_process *server)
{
	int fd;

	if (!server->config.spec->command || server->address.length == 0)
		return false;
	int rc = socket_connect(&server->address, &fd);
	if (rc < 0 && rc != -EINPROGRESS)
		return false;
	if (rc == -EINPROGRESS) {
		struct pollfd writable = {.fd = fd, .events = POLLOUT};
		rc = poll(&writable, 1, 100) == 1 ? socket_error(fd) : -ETIMEDOUT;
	}
	close(fd);
	return rc == 0;
}

/* 1: ready, 0: not yet, -errno. */
static int look_ready(struct server_process *server, char *error)
{
	if (has_ended(server)) {
		char end[80], last[160];
		describe_end(reap(server), end, sizeof(end));
		server_output_tail(server->error_fd, last, sizeof(last));
		snprintf(error, OPTION_ERROR_SIZE,
			 "the server %s before it was ready%s%s", end,
			 last[0] ? ": " : "", last);
		return -ECHILD;
	}
	const int rc = server_output_ready(server->output_fd, &server->address, error);
	if (rc != 0)
		return rc;
	return answers(server) && !has_ended(server);
}

static int wait_until_ready(struct server_process *server, char *error)
{
	const int64_t deadline = clock_ns() + server->config.ready_timeout_ns;
	int rc;

	while ((rc = look_ready(server, error)) == 0) {
		if (server->config.cancel && *server->config.cancel) {
			snprintf(error, OPTION_ERROR_SIZE, "interrupted");
			return -EINTR;
		}
		if (clock_ns() > deadline) {
			char last[160], limit[32];
			server_output_tail(server->error_fd, last, sizeof(last));
			format_duration(server->config.ready_timeout_ns, limit,
					sizeof(limit));
			snprintf(error, OPTION_ERROR_SIZE,
				 "the server was not ready within %s%s%s", limit,
				 last[0] ? ": " : "", last);
			return -ECHILD;
		}
		clock_sleep_until(clock_ns() + POLL_INTERVAL_NS);
	}
	return rc < 0 ? rc : 0;
}

int server_process_start(struct server_process *server,
			 const struct server_process_config *config, char *error)
{
	char *argv[SERVER_COMMAND_WORDS];
	int rc;

	memset(server, 0, sizeof(*server));
	server->config = *config;
	server->probe.cpu_fd = server->probe.switches_fd = -1;
	server->output_fd = memfd_create("server-output", MFD_CLOEXEC);
	server->error_fd = memfd_create("server-error", MFD_CLOEXEC);
	rc = server->output_fd < 0 || server->error_fd < 0 ? -errno : 0;
	if (rc == 0)
		rc = server_command_prepare(server, argv);
	if (rc == 0)
		rc = spawn(server, argv);
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot start the server: %s",
			 strerror(-rc));
	else
		rc = wait_until_ready(server, error);
	if (rc < 0)
		server_process_stop(server, NULL);
	return rc;
}

/* A model is ours: it ends with 0. A command is the user's: to die of SIGTERM is fine. */
static void judge_end(const struct server_process *server, bool early, bool forced,
		      int status, char *problem, size_t size)
{
	char end[80];

	describe_end(status, end, sizeof(end));
	if (early)
		snprintf(problem, size, "the server %s before it was stopped", end);
	else if (server->config.spec->command)
		problem[0] = '\0';
	else if (forced)
		snprintf(problem, size, "the server did not stop and was killed");
	else if (status != 0)
		snprintf(problem, size, "the server %s when it was stopped", end);
}

void server_process_stop(struct server_process *server, struct server_report *ret_report)
{
	struct server_report report = {.worker_requests_cv = NAN};

	if (server->pid > 0) {
		const bool early = has_ended(server);
		bool forced = false;
		if (!early) {
			kill(-server->pid, SIGTERM);
			forced = !wait_for_end(server, server->config.drain_timeout_ns);
		}
		const int status = reap(server);
		judge_end(server, early, forced, status, report.problem,
			  sizeof(report.problem));
		server_output_counters(server->output_fd, &report);
	}
	release(server);
	if (ret_report)
		*ret_report = report;
}
