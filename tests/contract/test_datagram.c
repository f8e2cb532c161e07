/* test_datagram.c - what every datagram model promises, on the model named. */
#include <stdio.h>

#include "models/registry.h"
#include "tests/contract/datagram_client.h"

const struct io_model *model;
const char *model_options;

int main(int argc, char **argv)
{
	const struct test_case *const parts[] = {
		datagram_byte_cases, datagram_work_cases, datagram_stop_cases,
		datagram_kernel_cases, datagram_option_cases};
	int failures = 0;

	model = argc >= 2 ? io_model_find(io_models, argv[1]) : NULL;
	model_options = argc >= 3 ? argv[2] : NULL;
	if (!model || !(model->flags & IO_MODEL_DATAGRAM)) {
		fprintf(stderr, "usage: %s DATAGRAM-MODEL [key=value,..]\n", argv[0]);
		return 2;
	}
	const char *reason = io_model_reason(model);
	if (reason) {
		printf("%s: %s\n", model->name, reason);
		return TEST_SKIPPED;
	}
	datagram_share_batch();
	setvbuf(stdout, NULL, _IONBF, 0); /* a case that hangs is named */
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		failures += test_suite_run(model->name, parts[i]);
	return failures != 0;
}
