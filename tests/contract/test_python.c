/* test_python.c - what every model promises on the wire, on the Python peer named. */
#include <stdio.h>
#include <string.h>

#include "results/subject/peers.h"
#include "tests/contract/datagram_client.h"

const struct io_model *model;
const char *model_options;

/* Few workers, so that they are soon all taken. */
static const char *options_of(const struct io_model *peer)
{
	if (option_find(peer->options, "threads"))
		return "workers=2,threads=3";
	return option_find(peer->options, "workers") ? "workers=4" : NULL;
}

static int run_cases(void)
{
	const struct test_case *const streams[] = {byte_cases, limit_cases, time_cases,
						   stop_cases, edge_cases,  NULL};
	const struct test_case *const datagrams[] = {
		datagram_byte_cases, datagram_work_cases, datagram_stop_cases, NULL};
	const struct test_case *const *part =
		model->flags & IO_MODEL_DATAGRAM ? datagrams : streams;
	int failures = 0;

	for (; *part; part++)
		failures += test_suite_run(model->name, *part);
	return failures;
}

int main(int argc, char **argv)
{
	char name[64] = PEER_PREFIX;
	struct peers peers;

	strncat(name, argc >= 2 ? argv[1] : "", sizeof(name) - strlen(name) - 1);
	model = io_model_find(python_peers, name);
	if (!model) {
		fprintf(stderr, "usage: %s PEER [key=value,..]\n", argv[0]);
		return 2;
	}
	model_options = argc >= 3 ? argv[2] : options_of(model);
	peers_init(&peers);
	const char *reason = peers_reason(&peers, model);
	if (reason)
		printf("%s: %s\n", model->name, reason);
	peers_release(&peers);
	if (reason)
		return TEST_SKIPPED;
	setvbuf(stdout, NULL, _IONBF, 0); /* a case that hangs is named */
	return run_cases() != 0;
}
