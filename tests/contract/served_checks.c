/* served_checks.c - of served.h, what is the same however the server is run. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"

struct setup served_setup(void)
{
	struct setup setup = {.runs = 1};

	options_defaults(io_server_options, &setup.config, sizeof(setup.config));
	return setup;
}

void unix_path_open(struct unix_path *path)
{
	snprintf(path->directory, sizeof(path->directory),
		 "/tmp/iomodels-contract-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(path->directory));
	snprintf(path->listen, sizeof(path->listen), "unix:%s/socket", path->directory);
}

void unix_path_close(const struct unix_path *path)
{
	CU_ASSERT_EQUAL(rmdir(path->directory), 0);
}

void served_start_plain(struct served *served)
{
	struct setup setup = served_setup();

	served_start(served, &setup);
}

int64_t served_cpu_ns(const struct served *served)
{
	clockid_t clock;
	struct timespec now = {0, 0};

	if (clock_getcpuclockid(served->pid, &clock) == 0)
		clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

int served_at_once(const struct served *served, int count)
{
	return count < served->capacity ? count : served->capacity;
}

int served_stuck(const struct served *served, int count)
{
	return served->capacity == 1 ? 1 : served_at_once(served, count + 1) - 1;
}

bool model_is_one(void)
{
	return model->flags & (IO_MODEL_ONE | IO_MODEL_DEALT);
}

bool model_is_echo_only(void)
{
	return model->flags & IO_MODEL_ECHO_ONLY;
}

bool model_serves_unix(void)
{
	return !(model->flags & IO_MODEL_DEALT) && !model_is_echo_only();
}

uint64_t counted_requests(uint64_t count)
{
	return model_is_echo_only() ? 0 : count;
}

bool model_is_busy(void)
{
	return model->flags & IO_MODEL_BUSY && !model_options;
}

void check_serves(const struct served *served)
{
	struct script script = {0};
	struct wire wire;

	script_add_echo(&script, 64, 1);
	CU_ASSERT_EQUAL(wire_open(&wire, &served->address, &script), 0);
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	CU_ASSERT_TRUE(wire_is_whole(&wire));
	wire_close(&wire);
	script_release(&script);
}
