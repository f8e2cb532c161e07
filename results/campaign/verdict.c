/* verdict.c - the verdict of a row as results.csv holds it, and the exit code of many. */
#include "results/campaign/verdict.h"

#include <stdio.h>
#include <string.h>

#include "server/options.h"

static const struct {
	const char *name;
	int exit_status;
} verdicts[] = {
	[VERDICT_VALID] = {"VALID", EXIT_VALID},
	[VERDICT_UNAVAILABLE] = {"UNAVAILABLE", EXIT_VALID},
	[VERDICT_UNSTABLE] = {"UNSTABLE", EXIT_UNSTABLE},
	[VERDICT_CLIENT_LIMITED] = {"CLIENT_LIMITED", EXIT_CLIENT_LIMITED},
	[VERDICT_SERVER_ERRORS] = {"SERVER_ERRORS", EXIT_SERVER_ERRORS},
	[VERDICT_CORRUPT] = {"CORRUPT", EXIT_CORRUPT},
};

#define VERDICTS (sizeof(verdicts) / sizeof(verdicts[0]))

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

enum verdict verdict_of(const struct row *row)
{
	const char *text = row_text(row, "verdict");

	for (size_t i = 0; text && i < VERDICTS; i++)
		if (strcmp(verdicts[i].name, text) == 0)
			return (enum verdict)i;
	return VERDICT_SERVER_ERRORS;
}

void verdict_add_failure(struct row *row, const char *reason)
{
	const char *before = row_text(row, "verdict_reason");
	char text[2 * OPTION_ERROR_SIZE];

	snprintf(text, sizeof(text), "%s%s%s", before ? before : "", before ? "; " : "",
		 reason);
	if (!row_text(row, "verdict"))
		row_set_text(row, "verdict", verdict_name(VERDICT_CLIENT_LIMITED));
	row_set_text(row, "verdict_reason", text);
}

int verdict_exit_status(const struct row *rows, size_t count)
{
	enum verdict gravest = VERDICT_VALID;

	for (size_t i = 0; i < count; i++)
		if (verdict_of(&rows[i]) > gravest)
			gravest = verdict_of(&rows[i]);
	return verdicts[gravest].exit_status;
}
