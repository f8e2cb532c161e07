/* result_dir.c - the directory that a run writes: fresh, and complete row by row. */
#include "results/campaign/result_dir.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char *default_path(void)
{
	char text[64];
	const time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "./iomodels-%Y%m%d-%H%M%S", &tm);
	return strdup(text);
}

FILE *result_dir_open(const struct result_dir *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir->path, name) < 0)
		return NULL;
	FILE *file = fopen(path, "wxe");
	const int saved = errno;
	free(path);
	errno = saved;
	return file;
}

static int write_plan(const struct result_dir *dir, const struct plan *plan)
{
	FILE *file = result_dir_open(dir, "plan.ini");

	if (!file)
		return -errno;
	const int rc = plan_write(plan, file);
	return fclose(file) == 0 ? rc : -errno;
}

/* The length up to which the file is whole, or -errno. */
static int flush_rows(struct result_dir *dir, int rc)
{
	if (fflush(dir->csv) != 0)
		return -errno;
	if (rc < 0)
		return rc;
	dir->csv_length = ftell(dir->csv);
	return dir->csv_length < 0 ? -errno : 0;
}

char *result_dir_log_path(const struct result_dir *dir, int64_t order, const char *cell)
{
	char *path;

	if (asprintf(&path, "%s/histograms/%lld-%.100s.hlog", dir->path, (long long)order,
		     cell) < 0)
		return NULL;
	for (char *c = path + strlen(dir->path) + strlen("/histograms/"); *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-.", *c))
			*c = '-';
	return path;
}

static void remove_files(const struct result_dir *dir)
{
	static const char *const names[] = {"results.csv", "tasks.csv", "plan.ini"};
	char *path;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (asprintf(&path, "%s/%s", dir->path, names[i]) < 0)
			continue;
		unlink(path);
		free(path);
	}
	rmdir(dir->path);
}

static int make_histograms(const struct result_dir *dir)
{
	char *path;

	if (asprintf(&path, "%s/histograms", dir->path) < 0)
		return -ENOMEM;
	const int rc = mkdir(path, 0777) < 0 ? -errno : 0;
	free(path);
	return rc;
}

/* For as long as it is open: two runs in one directory would measure rows twice. */
static int lock(struct result_dir *dir)
{
	return flock(fileno(dir->csv), LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int fill(struct result_dir *dir, const char *csv, const struct row_column *columns,
		const struct plan *plan)
{
	dir->csv = result_dir_open(dir, csv);
	if (!dir->csv)
		return -errno;
	int rc = lock(dir);
	if (rc == 0)
		rc = flush_rows(dir, row_write_csv_header(columns, dir->csv));
	if (rc < 0 || !plan)
		return rc;
	rc = write_plan(dir, plan);
	return rc < 0 ? rc : make_histograms(dir);
}

/* `plan` NULL: the CSV file alone. */
static int create(struct result_dir *dir, const char *path, const char *csv,
		  const struct row_column *columns, const struct plan *plan, char *error)
{
	int rc;

	memset(dir, 0, sizeof(*dir));
	dir->path = path ? strdup(path) : default_path();
	if (!dir->path)
		return -ENOMEM;
	if (mkdir(dir->path, 0777) < 0) {
		rc = -errno;
		snprintf(error, OPTION_ERROR_SIZE,
			 rc == -EEXIST ? "--out '%.300s' exists; expected the name of a "
					 "directory to be made"
				       : "--out '%.300s' cannot be made: %s",
			 dir->path, strerror(-rc));
	} else {
		rc = fill(dir, csv, columns, plan);
		if (rc < 0) {
			snprintf(error, OPTION_ERROR_SIZE, "cannot write in '%.300s': %s",
				 dir->path, strerror(-rc));
			remove_files(dir);
		}
	}
	if (rc < 0)
		result_dir_release(dir);
	return rc;
}

int result_dir_create(struct result_dir *dir, const char *path,
		      const struct row_column *columns, const struct plan *plan,
		      char *error)
{
	return create(dir, path, "results.csv", columns, plan, error);
}

int result_dir_make(struct result_dir *dir, const char *path, const char *csv,
		    const struct row_column *columns, char *error)
{
	return create(dir, path, csv, columns, NULL, error);
}

char *result_dir_file(const char *path, const char *name)
{
	char *file;

	return asprintf(&file, "%s/%s", path, name) < 0 ? NULL : file;
}

int result_dir_reopen(struct result_dir *dir, const char *path, char *error)
{
	int rc = -ENOMEM;

	memset(dir, 0, sizeof(*dir));
	dir->path = strdup(path);
	char *file = result_dir_file(path, "results.csv");
	if (dir->path && file) {
		dir->csv = fopen(file, "r+e");
		rc = dir->csv ? lock(dir) : -errno;
	}
	if (rc == -EWOULDBLOCK)
		snprintf(error, OPTION_ERROR_SIZE, "%.300s: another run writes there",
			 path);
	else if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot write %.300s/results.csv: %s",
			 path, strerror(-rc));
	free(file);
	if (rc < 0)
		result_dir_release(dir);
	return rc;
}

int result_dir_cut(struct result_dir *dir, long length)
{
	if (ftruncate(fileno(dir->csv), length) < 0 ||
	    fseek(dir->csv, length, SEEK_SET) < 0)
		return -errno;
	dir->csv_length = length;
	return 0;
}

int result_dir_append(struct result_dir *dir, const struct row *row)
{
	const int rc = flush_rows(dir, row_write_csv(row, dir->csv));

	/* A disk that is full takes part of a row: a row is whole or not there. */
	if (rc < 0 && ftruncate(fileno(dir->csv), dir->csv_length) < 0)
		return -errno;
	return rc;
}

void result_dir_release(struct result_dir *dir)
{
	if (dir->csv)
		fclose(dir->csv);
	free(dir->path);
	memset(dir, 0, sizeof(*dir));
}
