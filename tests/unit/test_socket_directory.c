/* test_socket_directory.c - directories that killed programs left are removed, others not. */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/subject/socket_directory.h"
#include "tests/suite.h"

static char parent[] = "/tmp/iomodels-dir-XXXXXX";

static int entries(void)
{
	DIR *dir = opendir(parent);
	int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count - 2;
}

static void put_socket(const struct socket_directory *directory)
{
	char path[SOCKET_DIRECTORY_SIZE + 16];

	snprintf(path, sizeof(path), "%s/socket", directory->path);
	const int fd = open(path, O_CREAT | O_WRONLY, 0600);
	CU_ASSERT_TRUE(fd >= 0);
	if (fd >= 0)
		close(fd);
}

/* A process that makes one, with a socket in it or not, and is gone without another word. */
static void leave_one(bool with_socket)
{
	struct socket_directory directory = {.fd = -1};
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		const int rc = socket_directory_make(&directory);
		if (with_socket)
			put_socket(&directory);
		_exit(rc != 0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

static void what_was_left_is_removed(void)
{
	struct socket_directory directory = {.fd = -1};

	leave_one(false);
	CU_ASSERT_EQUAL(entries(), 1);
	leave_one(true); /* removes the first */
	CU_ASSERT_EQUAL(entries(), 1);
	CU_ASSERT_EQUAL(socket_directory_make(&directory), 0);
	CU_ASSERT_EQUAL(entries(), 1);
	CU_ASSERT_EQUAL(access(directory.path, W_OK), 0);
	put_socket(&directory);
	socket_directory_remove(&directory);
	CU_ASSERT_EQUAL(entries(), 0);
	socket_directory_remove(&directory); /* there is none any more */
}

static void what_is_used_stays(void)
{
	struct socket_directory one = {.fd = -1}, two = {.fd = -1};

	CU_ASSERT_EQUAL(socket_directory_make(&one), 0);
	leave_one(false); /* another program */
	CU_ASSERT_EQUAL(socket_directory_make(&two), 0);
	CU_ASSERT_EQUAL(access(one.path, W_OK), 0);
	CU_ASSERT_EQUAL(entries(), 2);
	CU_ASSERT_STRING_NOT_EQUAL(one.path, two.path);
	socket_directory_remove(&one);
	socket_directory_remove(&two);
	CU_ASSERT_EQUAL(entries(), 0);
}

static void other_names_stay(void)
{
	struct socket_directory directory = {.fd = -1};
	char path[sizeof(parent) + 32];

	snprintf(path, sizeof(path), "%s/iomodels-socket-of-mine", parent);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	CU_ASSERT_EQUAL(socket_directory_make(&directory), 0);
	socket_directory_remove(&directory);
	CU_ASSERT_EQUAL(rmdir(path), 0);
}

static void no_place_is_an_error(void)
{
	struct socket_directory directory = {.fd = -1};

	setenv("TMPDIR", "/nonexistent", 1);
	CU_ASSERT_EQUAL(socket_directory_make(&directory), -ENOENT);
	CU_ASSERT_STRING_EQUAL(directory.path, "");
	setenv("TMPDIR", parent, 1);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"what was left is removed", what_was_left_is_removed},
		{"what is used stays", what_is_used_stays},
		{"other names stay", other_names_stay},
		{"no place is an error", no_place_is_an_error},
		{NULL, NULL},
	};

	if (!mkdtemp(parent))
		return 1;
	setenv("TMPDIR", parent, 1);
	const int failures = test_suite_run("socket_directory", cases);
	rmdir(parent);
	return failures != 0;
}
