/* environment.c - where and with what a run was made: environment.json. */
#include "results/campaign/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"
#include "results/campaign/machine.h"
#include "results/campaign/sha256.h"
#include "server/options.h"

void format_now(char *text, size_t size)
{
	const time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void format_run_id(char *text)
{
	const time_t now = time(NULL);
	char moment[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(moment, sizeof(moment), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(text, RUN_ID_SIZE, "%s-%d", moment, (int)getpid());
}

static json_t *now(void)
{
	char text[32];

	format_now(text, sizeof(text));
	return json_string(text);
}

/* The first `length` digits of the digest of what `fd` holds, or null; closes `fd`. */
static json_t *digest(int fd, int length)
{
	char text[SHA256_TEXT_SIZE];

	if (fd < 0)
		return json_null();
	const int result = sha256_of_fd(fd, text);
	close(fd);
	return result == 0 ? json_stringn(text, (size_t)length) : json_null();
}

static json_t *binary_sha256(void)
{
	return digest(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), SHA256_TEXT_SIZE - 1);
}

/* Tells hosts apart without naming them. */
static json_t *hostname_hash(void)
{
	char name[256] = "";
	const int fd = memfd_create("hostname", MFD_CLOEXEC);

	if (fd < 0 || gethostname(name, sizeof(name) - 1) < 0 ||
	    dprintf(fd, "%s", name) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		if (fd >= 0)
			close(fd);
		return json_null();
	}
	return digest(fd, 16);
}

static json_t *libraries(void)
{
	json_t *all = json_object();

#define LIBRARY(name, found, version, reason) \
	json_object_set_new(all, #name, (found) ? json_string(version) : json_null());
	LIBRARY_LIST
#undef LIBRARY
	return all;
}

static json_t *kernel(void)
{
	struct utsname name;

	return uname(&name) == 0 ? json_string(name.release) : json_null();
}

static json_t *nofile(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0
		       ? json_integer((json_int_t)limit.rlim_cur)
		       : json_null();
}

/* Of this process: a taskset is no other machine, but other CPUs. */
static json_t *cpus_allowed(void)
{
	cpu_set_t cpus;
	char text[256];

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return json_null();
	format_cpus(&cpus, text, sizeof(text));
	return json_string(text);
}

static void add_build(json_t *all)
{
	json_object_set_new(all, "schema", json_integer(1));
	json_object_set_new(all, "iomodels_version", json_string(IOMODELS_VERSION));
	json_object_set_new(all, "git_commit",
			    GIT_COMMIT[0] ? json_string(GIT_COMMIT) : json_null());
	json_object_set_new(all, "git_dirty", json_boolean(GIT_DIRTY));
	json_object_set_new(all, "compiler", json_string(COMPILER));
	json_object_set_new(all, "compiler_flags", json_string(COMPILER_FLAGS));
	json_object_set_new(all, "binary_sha256", binary_sha256());
	json_object_set_new(all, "libraries", libraries());
}

json_t *environment_new(const char *command_line, int64_t seed)
{
	json_t *all = json_object();

	if (!all)
		return NULL;
	add_build(all);
	json_object_set_new(all, "hostname_hash", hostname_hash());
	json_object_set_new(all, "kernel", kernel());
	machine_add(all, "");
	json_object_set_new(all, "ulimit_nofile", nofile());
	json_object_set_new(all, "cpus_allowed", cpus_allowed());
	json_object_set_new(all, "started_at", now());
	json_object_set_new(all, "ended_at", json_null());
	json_object_set_new(all, "command_line", json_string(command_line));
	json_object_set_new(all, "seed", json_integer(seed));
	return all;
}

int environment_write(const json_t *environment, const char *path)
{
	char *temporary;
	int rc = 0;

	if (asprintf(&temporary, "%s.new", path) < 0)
		return -ENOMEM;
	FILE *file = fopen(temporary, "we");
	if (!file) {
		rc = -errno;
		goto out;
	}
	if (json_dumpf(environment, file, JSON_INDENT(2)) < 0 || fputc('\n', file) < 0)
		rc = -EIO;
	if (fclose(file) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(temporary);
out:
	free(temporary);
	return rc;
}

int environment_write_into(const json_t *environment, const char *directory)
{
	char *path;

	if (asprintf(&path, "%s/environment.json", directory) < 0)
		return -ENOMEM;
	const int rc = environment_write(environment, path);
	free(path);
	return rc;
}

char *environment_command_line(int argc, char **argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("iomodels", out);
	for (int i = 0; i < argc; i++)
		fprintf(out, " %s", argv[i]);
	fclose(out);
	return text;
}
