/* test_model.c - what every model promises (docs/ARCHITECTURE.md), on the model named. */
#include <stdio.h>
#include <string.h>

#include "models/registry.h"
#include "tests/contract/served.h"

const struct io_model *model;
const char *model_options;

static const char *reason_to_skip(void)
{
#if defined(__SANITIZE_THREAD__)
	if (model->flags & IO_MODEL_PROCESSES)
		return "TSan puts signals off, and a fork with its threads misleads it";
#endif
	return io_model_reason(model);
}

/* The kernel goes on by itself between the calls of these. */
static bool is_kernel_driven(void)
{
	return strcmp(model->family, "completion") == 0 || model_is_echo_only();
}

int main(int argc, char **argv)
{
	const struct test_case *const parts[] = {byte_cases, limit_cases, time_cases,
						 stop_cases, edge_cases,  worker_cases,
						 pool_cases};
	int failures = 0;

	model = argc >= 2 ? io_model_find(io_models, argv[1]) : NULL;
	model_options = argc >= 3 ? argv[2] : NULL;
	if (!model) {
		fprintf(stderr, "usage: %s MODEL [key=value,..]\n", argv[0]);
		return 2;
	}
	const char *reason = reason_to_skip();
	if (reason) {
		printf("%s: %s\n", model->name, reason);
		return TEST_SKIPPED;
	}
	setvbuf(stdout, NULL, _IONBF, 0); /* a case that hangs is named */
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		failures += test_suite_run(model->name, parts[i]);
	if (is_kernel_driven())
		failures += test_suite_run(model->name, kernel_cases);
	return failures != 0;
}
