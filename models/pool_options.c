/* pool_options.c - see pool_options.h. */
#include "models/pool_options.h"

enum { GROW_FIXED, GROW_LAZY };

const char *const pool_grow_names[] = {"fixed", "lazy", NULL};

struct executor_config pool_config(const struct io_server *server, unsigned workers)
{
	const struct pool_options *options = server->options;

	return (struct executor_config){
		.name = server->model->name,
		.workers = workers,
		.queue = (unsigned)options->queue,
		.max_tasks = (unsigned)options->max_tasks,
		.lazy = options->grow == GROW_LAZY,
	};
}
