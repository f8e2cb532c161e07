/* process.c - see process.h. */
#include "tests/e2e/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/clock.h"

#define ARGUMENTS_MAX 64

static void run_child(const char *const *argv, int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		_exit(126);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

/* Closes both ends of a pipe that may not have been opened. */
static void close_pipe(const int *ends)
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

static int fork_child(struct process *process, const char *const *argv, const int *out,
		      const int *err)
{
	process->pid = fork();
	if (process->pid < 0)
		return -errno;
	if (process->pid == 0)
		run_child(argv, out[1], err[1]);
	setpgid(process->pid,
		process->pid); /* whoever comes first: kill needs the group */
	process->pid_fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	process->out.fd = out[0];
	process->err.fd = err[0];
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	close(out[1]);
	close(err[1]);
	return 0;
}

struct process *process_start(const char *const *argv)
{
	struct process *process = calloc(1, sizeof(*process));
	int out[2] = {-1, -1}, err[2] = {-1, -1};

	if (!process)
		return NULL;
	process->pid_fd = process->out.fd = process->err.fd = -1;
	if (pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0 &&
	    fork_child(process, argv, out, err) == 0)
		return process;
	close_pipe(out);
	close_pipe(err);
	free(process);
	return NULL;
}

/* Takes what is there; at the end of the output the descriptor is closed. */
static void output_take(struct process_output *output)
{
	char chunk[65536];
	ssize_t n;

	while (output->fd >= 0 && (n = read(output->fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		size_t room = sizeof(output->text) - 1 - output->length;
		size_t taken = (size_t)n < room ? (size_t)n : room;
		memcpy(output->text + output->length, chunk, taken);
		output->length += taken;
	}
	if (output->fd >= 0)
		close(output->fd);
	output->fd = -1;
}

/* Waits for output or the end. 1: the process has ended; 0: it has not; -ETIMEDOUT. */
static int process_pump(struct process *process, int64_t deadline_ns)
{
	struct pollfd fds[] = {
		{.fd = process->out.fd, .events = POLLIN},
		{.fd = process->err.fd, .events = POLLIN},
		{.fd = process->pid_fd, .events = POLLIN},
	};
	int64_t left_ms = (deadline_ns - clock_ns()) / NS_PER_MS;

	int ready = poll(fds, 3, left_ms > 0 ? (int)left_ms : 0);
	if (ready == 0)
		return -ETIMEDOUT;
	output_take(&process->out);
	output_take(&process->err);
	return (fds[2].revents & POLLIN) != 0;
}

int process_read_line(struct process *process, char *line, size_t size, int timeout_ms)
{
	int64_t deadline_ns = clock_ns() + timeout_ms * NS_PER_MS;
	int result = 0;

	for (;;) {
		const char *start = process->out.text + process->lines_read;
		size_t length = strcspn(start, "\n");
		if (start[length] == '\n') {
			process->lines_read += length + 1;
			length = length < size ? length : size - 1;
			memcpy(line, start, length);
			line[length] = '\0';
			return 0;
		}
		if (result != 0)
			return result < 0 ? result : -EPIPE;
		result = process_pump(process, deadline_ns);
	}
}

int process_wait(struct process *process, int timeout_ms)
{
	int64_t deadline_ns = clock_ns() + timeout_ms * NS_PER_MS;
	int result, status;

	do
		result = process_pump(process, deadline_ns);
	while (result == 0);
	if (result < 0)
		return result;
	if (waitpid(process->pid, &status, 0) < 0)
		return -errno;
	close(process->pid_fd);
	process->pid_fd = -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void process_signal(const struct process *process, int number)
{
	kill(process->pid, number);
}

void process_hold(const struct process *process)
{
	siginfo_t info;

	process_signal(process, SIGSTOP);
	(void)waitid(P_PID, (id_t)process->pid, &info, WSTOPPED);
}

void process_free(struct process *process)
{
	if (!process)
		return;
	if (process->pid_fd >= 0) {
		kill(-process->pid, SIGKILL);
		(void)waitpid(process->pid, NULL, 0);
		close(process->pid_fd);
	}
	if (process->out.fd >= 0)
		close(process->out.fd);
	if (process->err.fd >= 0)
		close(process->err.fd);
	free(process);
}

struct process *program_start(const char *const *arguments)
{
	const char *argv[ARGUMENTS_MAX] = {PROGRAM_PATH};

	for (int i = 1; i < ARGUMENTS_MAX - 1 && arguments[i - 1]; i++)
		argv[i] = arguments[i - 1];
	return process_start(argv);
}

int program_run(const char *const *arguments, struct process **ret_process)
{
	*ret_process = program_start(arguments);
	if (!*ret_process)
		return -ECHILD;
	return process_wait(*ret_process, PROCESS_DEADLINE_MS);
}
