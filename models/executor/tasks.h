/* tasks.h - the pool experiment on the executors of this program. */
#ifndef MODELS_EXECUTOR_TASKS_H
#define MODELS_EXECUTOR_TASKS_H

#include "models/executor/executor.h"
#include "server/tasks.h"

/* config->executor is one of executors.def; -EINVAL: it is not. */
tasks_function tasks_run;

#endif
