/* registry.c - see registry.h. The test build compiles it with WITH_SKELETON. */
#include "models/registry.h"

#include "models/executor/tasks.h"

#include <stddef.h>

#define MODEL(name) extern const struct io_model io_model_##name;
#include "models/models.def"
#ifdef WITH_SKELETON
MODEL(skeleton)
#endif
#undef MODEL

#define MODEL(name) &io_model_##name,
const struct io_model *const io_models[] = {
#include "models/models.def"
#ifdef WITH_SKELETON
	MODEL(skeleton)
#endif
		NULL,
};
#undef MODEL

#define SELECTOR(word, text) {.name = #word, .summary = (text)},
static const struct io_part parts_of_selectors[] = {
#include "models/selector/selectors.def"
	{.name = NULL},
};
#undef SELECTOR

#define EXECUTOR(word, text) {.name = #word, .summary = (text)},
static const struct io_part parts_of_executors[] = {
#include "models/executor/executors.def"
	{.name = NULL},
};
#undef EXECUTOR

const struct io_catalogue io_catalogue = {
	.models = io_models,
	.selectors = parts_of_selectors,
	.executors = parts_of_executors,
	.run_tasks = tasks_run,
};
