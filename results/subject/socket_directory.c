/* socket_directory.c - a private directory for the Unix socket of a server under test. */
#include "results/subject/socket_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX      "iomodels-socket-"
#define UNIQUE      "XXXXXX" /* as mkdtemp(3) asks for */
#define PARENT_MOST 40       /* sun_path holds 108 bytes */

static const char *find_parent(void)
{
	const char *parent = getenv("TMPDIR");

	return parent && parent[0] && strlen(parent) <= PARENT_MOST ? parent : "/tmp";
}

/* Opens and locks it: a descriptor, or -errno; -EWOULDBLOCK: somebody owns it. */
static int lock(int parent_fd, const char *name)
{
	const int fd =
		openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	const int rc = -errno;
	close(fd);
	return rc;
}

/* Our own, that nobody holds. */
static void remove_left(int parent_fd, const char *name)
{
	const int fd = lock(parent_fd, name);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid()) {
		(void)unlinkat(fd, "socket", 0);
		(void)unlinkat(parent_fd, name, AT_REMOVEDIR);
	}
	close(fd);
}

static bool is_our_name(const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
	       strlen(name) == strlen(PREFIX UNIQUE);
}

static void remove_all_left(const char *parent)
{
	DIR *dir = opendir(parent);

	if (!dir)
		return;
	for (struct dirent *d; (d = readdir(dir));)
		if (is_our_name(d->d_name))
			remove_left(dirfd(dir), d->d_name);
	closedir(dir);
}

static bool is_there(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* -EAGAIN: another one has taken it for left. */
static int make(struct socket_directory *directory, const char *parent)
{
	snprintf(directory->path, sizeof(directory->path), "%.*s/" PREFIX UNIQUE,
		 PARENT_MOST, parent);
	if (!mkdtemp(directory->path))
		return -errno;
	const int fd = lock(AT_FDCWD, directory->path);
	if (fd >= 0 && is_there(fd)) {
		directory->fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || fd == -ENOENT || fd == -EWOULDBLOCK)
		return -EAGAIN;
	rmdir(directory->path);
	return fd;
}

int socket_directory_make(struct socket_directory *directory)
{
	const char *parent = find_parent();
	int rc;

	remove_all_left(parent);
	do
		rc = make(directory, parent);
	while (rc == -EAGAIN);
	if (rc < 0)
		directory->path[0] = '\0';
	return rc;
}

void socket_directory_remove(struct socket_directory *directory)
{
	if (!directory->path[0])
		return;
	(void)unlinkat(directory->fd, "socket", 0);
	rmdir(directory->path);
	close(directory->fd);
	directory->path[0] = '\0';
}
