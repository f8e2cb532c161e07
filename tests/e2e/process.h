/*
 * process.h - starts a program as its user would and reads what it prints.
 *
 * Every wait has a deadline, so that a program that hangs is a failed test. A child gets
 * a process group of its own, no input, and is killed when the test dies.
 */
#ifndef TESTS_E2E_PROCESS_H
#define TESTS_E2E_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#define PROCESS_OUTPUT_SIZE 262144 /* what is printed beyond is dropped */
#define PROCESS_DEADLINE_MS 30000  /* generous: a failure, not a measurement */

struct process_output {
	int fd; /* -1: at its end */
	size_t length;
	char text[PROCESS_OUTPUT_SIZE]; /* all that was printed so far; ends with 0 */
};

struct process {
	pid_t pid; /* also its group */
	int pid_fd;
	size_t lines_read; /* bytes of out.text that process_read_line has handed out */
	struct process_output out, err;
};

/* Starts argv[0] (a path) with its stdout and stderr in pipes. NULL: it could not. The
 * caller frees it with process_free. */
struct process *process_start(const char *const *argv);

/* The next line of stdout, without its newline and cut to `size`. 0, -ETIMEDOUT, or -EPIPE when
 * the output ended before one. */
int process_read_line(struct process *process, char *line, size_t size, int timeout_ms);

/* Waits for the end and takes what was printed until then. The exit status, 128 + the
 * number of the signal that ended it, or -ETIMEDOUT (it still runs). */
int process_wait(struct process *process, int timeout_ms);

void process_signal(const struct process *process, int number);

/* Stops it, until SIGCONT: all its threads stand still when this returns. */
void process_hold(const struct process *process);

/* Kills the whole group and waits for the child where nobody did. Accepts NULL. */
void process_free(struct process *process);

/* process_start of the program under test with `arguments` (ends with NULL), and
 * process_wait. The process is stored for its output and is freed by the caller. */
int program_run(const char *const *arguments, struct process **ret_process);

/* The program under test with `arguments`, started. */
struct process *program_start(const char *const *arguments);

#endif
