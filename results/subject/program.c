/* program.c - see program.h. */
#include "results/subject/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/subject/captured.h"
#include "server/options.h"

static const char name[] = "iomodels ";

/* NULL: it could not be run, or said nothing; *ret_status is what captured_all said. */
static char *ask(const char *path, const char *const *words, int *ret_status)
{
	char *argv[8] = {(char *)path};
	char *text;

	for (int i = 0; words[i]; i++)
		argv[i + 1] = (char *)words[i];
	*ret_status = captured_all(argv, &text);
	return text;
}

static int ask_version(struct program *program, const char *option, char *error)
{
	const char *const words[] = {"--version", NULL};
	int status;
	char *text = ask(program->path, words, &status);
	const bool ours = text && strncmp(text, name, strlen(name)) == 0;

	if (ours)
		snprintf(program->version, sizeof(program->version), "%.*s",
			 (int)strcspn(text, "\n"), text);
	free(text);
	if (status == 0 && ours)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "--%s '%.200s': %s; expected an iomodels",
		 option, program->path,
		 status < 0 ? strerror(-status) : "its --version is none of ours");
	return -EINVAL;
}

int program_ask(struct program *program, const char *option, const char *path,
		char *error)
{
	const char *const words[] = {"list", "models", "--json", NULL};
	int status;

	*program = (struct program){.path = path};
	if (!path)
		return 0;
	const int rc = ask_version(program, option, error);
	if (rc < 0)
		return rc;
	char *text = ask(path, words, &status);
	json_t *all = text ? json_loads(text, 0, NULL) : NULL;
	program->models = json_incref(json_object_get(all, "models"));
	json_decref(all);
	free(text);
	if (json_is_array(program->models))
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "--%s '%.200s' lists no models", option, path);
	return -EINVAL;
}

void program_release(struct program *program)
{
	json_decref(program->models);
	*program = (struct program){.path = NULL};
}

int program_has(const struct program *program, const char *model, char *error)
{
	size_t i;
	json_t *one;

	if (!program->path)
		return 0;
	json_array_foreach(program->models, i, one)
	{
		const char *its = json_string_value(json_object_get(one, "name"));
		if (!its || strcmp(its, model) != 0)
			continue;
		if (json_is_true(json_object_get(one, "available")))
			return 0;
		const char *reason = json_string_value(json_object_get(one, "reason"));
		snprintf(error, OPTION_ERROR_SIZE, "%.200s cannot run model %s: %.200s",
			 program->path, model, reason ? reason : "no reason given");
		return -EINVAL;
	}
	snprintf(error, OPTION_ERROR_SIZE, "%.200s has no model %s", program->path,
		 model);
	return -EINVAL;
}
