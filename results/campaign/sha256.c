/* sha256.c - see sha256.h. */
#include "results/campaign/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The first 64 characters that the program prints are the digest. */
static bool read_digest(int fd, char text[SHA256_TEXT_SIZE])
{
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, text + used, SHA256_TEXT_SIZE - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 && used < SHA256_TEXT_SIZE - 1);
	text[used] = '\0';
	return strspn(text, "0123456789abcdef") == SHA256_TEXT_SIZE - 1;
}

static int spawn_sha256sum(int input, int output, pid_t *ret_pid)
{
	char name[] = "sha256sum";
	char *const argv[] = {name, NULL};
	posix_spawn_file_actions_t actions;
	int result = -posix_spawn_file_actions_init(&actions);

	if (result < 0)
		return result;
	result = -posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (result == 0)
		result = -posix_spawn_file_actions_adddup2(&actions, output,
							   STDOUT_FILENO);
	if (result == 0) /* its failure is ours to tell */
		result = -posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
							   "/dev/null", O_WRONLY, 0);
	if (result == 0)
		result = -posix_spawnp(ret_pid, name, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return result;
}

int sha256_of_fd(int fd, char ret_text[SHA256_TEXT_SIZE])
{
	char text[SHA256_TEXT_SIZE];
	int pipe_fds[2], status;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	int result = spawn_sha256sum(fd, pipe_fds[1], &pid);
	close(pipe_fds[1]);
	if (result == 0) {
		if (!read_digest(pipe_fds[0], text))
			result = -EIO;
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(pipe_fds[0]);
	if (result == 0)
		memcpy(ret_text, text, sizeof(text));
	return result;
}
