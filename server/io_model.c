/* io_model.c - the table of models: is it well-formed, who is in it, can it run here. */
#include "server/io_model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *io_model_reason(const struct io_model *model)
{
	if (model->unavailable)
		return model->unavailable;
	return model->probe ? model->probe() : NULL;
}

const struct io_model *io_model_find(const struct io_model *const *models,
				     const char *name)
{
	for (; *models; models++)
		if (strcmp((*models)->name, name) == 0)
			return *models;
	return NULL;
}

static bool is_word(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == 0;
}

/* What is wrong with one table, or NULL. */
static const char *model_fault(const struct io_model *model)
{
	if (!is_word(model->name))
		return "its name is no word of a-z, 0-9 and -";
	if (!model->summary || !*model->summary)
		return "it has no summary";
	if (!model->family || !*model->family)
		return "it has no family";
	if (!(model->flags & (IO_MODEL_STREAM | IO_MODEL_DATAGRAM)))
		return "it serves neither streams nor datagrams";
	if (!model->run && !model->unavailable)
		return "it has no run";
	if (model->options && model->options_size == 0)
		return "it has options without their size";
	return NULL;
}

int io_models_check(const struct io_model *const *models, char *error)
{
	for (const struct io_model *const *m = models; *m; m++) {
		const char *name = (*m)->name ? (*m)->name : "";
		const char *fault = (*m)->name ? model_fault(*m) : "it has no name";

		if (!fault && io_model_find(models, name) != *m)
			fault = "its name is used twice";
		if (!fault)
			continue;
		snprintf(error, OPTION_ERROR_SIZE, "model %td, '%s': %s", m - models + 1,
			 name, fault);
		return -EINVAL;
	}
	return 0;
}
