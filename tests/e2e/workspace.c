/* workspace.c - a directory of a test's own, and who is left when a program has ended. */
#include "tests/e2e/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/process.h"

static char directory[64];

bool workspace_open(void)
{
	strcpy(directory, "/tmp/iomodels-e2e-XXXXXX");
	return mkdtemp(directory) && setenv("TMPDIR", directory, 1) == 0 &&
	       prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

const char *workspace_path(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

int workspace_children_left(void)
{
	for (int waited_ms = 0; waited_ms < PROCESS_DEADLINE_MS; waited_ms += 10) {
		pid_t pid;
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return 0;
		usleep(10000);
	}
	return 1;
}

static bool is_named(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

bool workspace_holds_only(const char *const *names)
{
	DIR *dir = opendir(directory);
	bool only = dir != NULL;

	for (struct dirent *d; dir && (d = readdir(dir));) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
		    is_named(d->d_name, names))
			continue;
		fprintf(stderr, "\nleft: %s/%s\n", directory, d->d_name);
		only = false;
	}
	if (dir)
		closedir(dir);
	return only;
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void workspace_close(void)
{
	nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
