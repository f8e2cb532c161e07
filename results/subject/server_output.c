/* server_output.c - what a server under test has printed, kept in memory files. */
#include "results/subject/server_output.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/statistics/statistics.h"

#define TAIL_MAX ((size_t)256 * 1024) /* the counters of 10,000 workers fit */

/* `size` bytes from the start or, with `tail`, from the end of the file, as a text. */
static char *read_output(int fd, size_t size, bool tail)
{
	struct stat st;
	char *text = malloc(size + 1);

	if (!text || fstat(fd, &st) < 0) {
		free(text);
		return NULL;
	}
	const off_t from =
		tail && st.st_size > (off_t)size ? st.st_size - (off_t)size : 0;
	const ssize_t got = pread(fd, text, size, from); /* leaves the writers' offset */
	text[got > 0 ? got : 0] = '\0';
	return text;
}

int server_output_ready(int fd, struct address *ret_address, char *error)
{
	char *text = read_output(fd, 4096, false);
	char *line = text, why[OPTION_ERROR_SIZE];
	int rc = 0;

	while (line && strncmp(line, "ready ", strlen("ready ")) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	char *end = line ? strchr(line, '\n') : NULL;
	if (end) { /* else it is still being written */
		*end = '\0';
		line += strlen("ready ");
		rc = 1;
		if (address_parse(line, ret_address, why, sizeof(why)) < 0) {
			snprintf(error, OPTION_ERROR_SIZE,
				 "the server is ready at '%.100s', which is no address",
				 line);
			rc = -ECHILD;
		}
	}
	free(text);
	return rc;
}

/* Where the last `lines` lines of a text without a final newline begin. */
static const char *last_lines(const char *text, int lines)
{
	const char *p = text + strlen(text);

	while (p > text)
		if (*--p == '\n' && --lines == 0)
			return p + 1;
	return text;
}

void server_output_tail(int fd, char *text, size_t size)
{
	char *all = read_output(fd, 4096, true);

	text[0] = '\0';
	if (!all)
		return;
	size_t len = strlen(all);
	while (len > 0 && isspace((unsigned char)all[len - 1]))
		all[--len] = '\0';
	const char *from = last_lines(all, 2);
	if (strlen(from) >= size) /* the end says what went wrong */
		from += strlen(from) - size + 1;
	snprintf(text, size, "%s", from);
	free(all);
	for (char *p = text; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = *p == '\n' || *p == '\t' ? ' ' : '?';
}

static void read_workers(const json_t *workers, struct server_report *report)
{
	const size_t count = json_array_size(workers);
	double *requests = calloc(count + 1, sizeof(*requests));

	if (!requests)
		return;
	for (size_t i = 0; i < count; i++)
		requests[i] = json_number_value(json_array_get(workers, i));
	report->workers = (int)count;
	if (count > 1)
		report->worker_requests_cv = statistics_cv(requests, count);
	free(requests);
}

void server_output_counters(int fd, struct server_report *report)
{
	char *text = read_output(fd, TAIL_MAX, true);

	if (!text)
		return;
	size_t len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	json_t *counters = json_loads(last_lines(text, 1), 0, NULL);
	const json_t *requests = json_object_get(counters, "requests");
	if (json_is_integer(requests)) {
		report->has_counters = true;
		report->requests = (uint64_t)json_integer_value(requests);
		read_workers(json_object_get(counters, "workers"), report);
	}
	json_decref(counters);
	free(text);
}
