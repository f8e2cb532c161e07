/* environment.h - where and with what a run was made: environment.json. */
#ifndef RESULTS_CAMPAIGN_ENVIRONMENT_H
#define RESULTS_CAMPAIGN_ENVIRONMENT_H

#include <jansson.h>
#include <stdint.h>

/* The facts of docs/RESULTS.md; one that cannot be read is null. Where there are Python peers
 * the caller adds `python`, see peers_facts. `started_at` is now,
 * `ended_at` null. The caller owns the reference; NULL: no memory. */
json_t *environment_new(const char *command_line, int64_t seed);

#define RUN_ID_SIZE 48

/* Tells runs apart: the time and the process. `text` holds RUN_ID_SIZE bytes. */
void format_run_id(char *text);

/* Writes the object to `path` whole or not at all (by way of a second file). 0 or
 * -errno. */
int environment_write(const json_t *environment, const char *path);

/* The same as DIRECTORY/environment.json. */
int environment_write_into(const json_t *environment, const char *directory);

/* The words of a command as one line; the caller frees it. NULL: no memory. */
char *environment_command_line(int argc, char **argv);

/* Now in UTC as "2026-01-31T12:00:00Z". */
void format_now(char *text, size_t size);

#endif
