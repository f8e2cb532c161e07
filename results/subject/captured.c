/* captured.c - a program, run to its end, and what it said. */
#include "results/subject/captured.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Starts it with its output in `fd` and waits for it. */
static int run(char *const *words, int fd)
{
	posix_spawn_file_actions_t actions;
	int status = 0;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY,
					 0);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
	const int rc = -posix_spawn(&pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc < 0)
		return rc;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The last line that is not empty. */
static char *last_line(int fd)
{
	char text[16384]; /* a line for each of many peers is one */
	const off_t end = lseek(fd, 0, SEEK_END);
	const off_t room = (off_t)sizeof(text) - 1;
	ssize_t length = pread(fd, text, (size_t)room, end > room ? end - room : 0);

	while (length > 0 && text[length - 1] == '\n')
		length--;
	text[length > 0 ? length : 0] = '\0';
	const char *line = strrchr(text, '\n');
	return strdup(line ? line + 1 : text);
}

static char *all_text(int fd)
{
	const off_t length = lseek(fd, 0, SEEK_END);
	char *text = length < 0 ? NULL : malloc((size_t)length + 1);

	if (!text)
		return NULL;
	const ssize_t got = pread(fd, text, (size_t)length, 0);
	text[got > 0 ? got : 0] = '\0';
	return text;
}

/* Takes of its output what `take` does. */
static int run_and_take(char *const *words, char *(*take)(int fd), char **ret_text)
{
	const int fd = memfd_create("captured", MFD_CLOEXEC);

	*ret_text = NULL;
	if (fd < 0)
		return -errno;
	const int rc = run(words, fd);
	*ret_text = take(fd);
	close(fd);
	return rc;
}

int captured_run(char *const *words, char **ret_line)
{
	return run_and_take(words, last_line, ret_line);
}

int captured_all(char *const *words, char **ret_text)
{
	return run_and_take(words, all_text, ret_text);
}
