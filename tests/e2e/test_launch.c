/* test_launch.c - launches of two real servers: what is counted, and what goes wrong. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "loadgen/load.h"
#include "models/registry.h"
#include "results/check/exact.h"
#include "results/check/launch.h"
#include "results/subject/subject.h"
#include "tests/suite.h"

#define SERVE(options) \
	"exec:exec " PROGRAM_PATH " serve epoll --listen tcp:127.0.0.1:{port}" options
#define PAIRS 3

/* Two servers under one cell. */
struct fixture {
	struct cell cell;
	struct subject subject[DUET_SIDES];
	struct measure_config config[DUET_SIDES];
	struct launch_config launch_config;
	struct launch launch;
	char error[OPTION_ERROR_SIZE];
};

static void init(struct fixture *f, const char *base, const char *new)
{
	const char *const servers[DUET_SIDES] = {base, new};

	*f = (struct fixture){.error = ""};
	options_defaults(plan_axes, &f->cell, sizeof(f->cell));
	f->cell.connections = 8;
	f->cell.placement = PLACEMENT_SHARED;
	for (int i = 0; i < DUET_SIDES; i++) {
		f->cell.model = servers[i];
		CU_ASSERT_EQUAL_FATAL(subject_prepare(&f->cell, &io_catalogue,
						      &f->subject[i], f->error),
				      0);
		f->subject[i].spec.program = PROGRAM_PATH; /* this one cannot serve */
		f->config[i] = (struct measure_config){
			.cell = &f->cell,
			.spec = &f->subject[i].spec,
			.cpus = &f->subject[i].cpus,
			.warmup_ns = 20 * NS_PER_MS,
			.seed = 1,
		};
		f->launch_config.sides[i] = &f->config[i];
	}
	f->launch_config.pairs = PAIRS;
	f->launch_config.slice_ns = 200 * NS_PER_MS;
	f->launch_config.seed = 5;
}

static void run(struct fixture *f)
{
	CU_ASSERT_EQUAL(launch_run(&f->launch_config, &f->launch, f->error), 0);
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
	CU_ASSERT_EQUAL(errno, ECHILD);
}

static void end(struct fixture *f)
{
	for (int i = 0; i < DUET_SIDES; i++)
		subject_release(&f->subject[i]);
}

static void check_values(const struct fixture *f)
{
	CU_ASSERT_STRING_EQUAL(f->launch.problem, "");
	CU_ASSERT_EQUAL(f->launch.pairs, PAIRS);
	for (int metric = 0; metric < LAUNCH_METRICS; metric++)
		for (int side = 0; side < DUET_SIDES; side++) {
			CU_ASSERT_TRUE(f->launch.whole[metric][side] > 0);
			for (int i = 0; i < PAIRS; i++)
				CU_ASSERT_TRUE(f->launch.pair[i].value[metric][side] > 0);
		}
	for (int side = 0; side < DUET_SIDES; side++) {
		CU_ASSERT_TRUE(f->launch.threads[side] >= 1);
		for (int i = 0; i < PAIRS; i++)
			CU_ASSERT_TRUE(f->launch.pair[i].requests[side] > 0);
	}
	CU_ASSERT_TRUE(f->launch.client_busy > 0);
}

static void a_duet_of_equal_servers(void)
{
	struct fixture f;

	init(&f, SERVE(""), SERVE(""));
	run(&f);
	check_values(&f);
	end(&f);
}

static void turns_of_equal_servers(void)
{
	struct fixture f;

	init(&f, SERVE(""), SERVE(""));
	f.launch_config.mode = LAUNCH_ABBA;
	run(&f);
	check_values(&f);
	end(&f);
}

/* A server that works 2 ms for each request uses CPU that its pair does not. */
static void work_of_one_side_shows(void)
{
	struct fixture f;
	int dropped;

	init(&f, SERVE(""), SERVE(" --burn 2ms"));
	run(&f);
	CU_ASSERT_STRING_EQUAL(f.launch.problem, "");
	CU_ASSERT_TRUE(launch_effect(&f.launch, LAUNCH_CPU, &dropped) > log(5));
	CU_ASSERT_TRUE(f.launch.whole[LAUNCH_CPU][1] >= 1000); /* edges cut requests */
	end(&f);
}

/* The same of models that another program serves, and how many threads they have. */
static void a_burden_is_the_sides_own(void)
{
	struct fixture f;
	int dropped;

	init(&f, "epoll", "thread-pool:workers=6");
	f.config[0].burn_ns = 2 * NS_PER_MS;
	run(&f);
	CU_ASSERT_STRING_EQUAL(f.launch.problem, "");
	CU_ASSERT_TRUE(launch_effect(&f.launch, LAUNCH_CPU, &dropped) < -log(5));
	CU_ASSERT_EQUAL(f.launch.threads[0], 1);
	CU_ASSERT_TRUE(f.launch.threads[1] >= 6);
	end(&f);
}

/* Processes are, a master and a shell that wait are not. */
static void threads_at_work_are_counted(void)
{
	struct fixture f;

	init(&f, "prefork:workers=8",
	     "exec:" PROGRAM_PATH " serve epoll --listen tcp:127.0.0.1:{port}; true");
	run(&f);
	CU_ASSERT_STRING_EQUAL(f.launch.problem, "");
	CU_ASSERT_TRUE(f.launch.threads[0] >= 6 && f.launch.threads[0] <= 8);
	CU_ASSERT_EQUAL(f.launch.threads[1], 1);
	end(&f);
}

static void padding_makes_the_environment_longer(void)
{
	struct fixture f;

	init(&f, SERVE(""), "exec:echo ${#IOMODELS_PADDING} bytes >&2; exit 3 # {port}");
	f.config[1].padding = 4000;
	run(&f);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.launch.problem, "4000 bytes"));
	f.config[1].padding = 0;
	run(&f);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.launch.problem, ": 0 bytes"));
	end(&f);
}

static void a_server_that_does_not_start_is_named(void)
{
	struct fixture f;

	init(&f, SERVE(""), "exec:echo no such luck >&2; exit 3 # {port}");
	run(&f);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.launch.problem, "new: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.launch.problem, "no such luck"));
	CU_ASSERT_EQUAL(f.launch.pairs, 0);
	end(&f);
}

static void a_server_that_lies_is_named(void)
{
	struct fixture f;

	init(&f, "exec:exec " FAULTY_PATH " flip 100", SERVE(""));
	run(&f);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.launch.problem, "base: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.launch.problem, "wrong byte"));
	CU_ASSERT_PTR_NULL(strstr(f.launch.problem, "new: "));
	end(&f);
}

/* epoll waits for each request of a lone connection, receives and answers it: 3 calls. */
static void an_exact_figure_is_exact(void)
{
	struct fixture f;
	struct exact exact;

	if (!probe_can_count_syscalls())
		return;
	init(&f, SERVE(""), SERVE(""));
	CU_ASSERT_EQUAL(exact_measure(&f.config[0], &exact, f.error), 0);
	CU_ASSERT_DOUBLE_EQUAL(exact.per_request, 3, EXACT_AGREES);
	CU_ASSERT_TRUE(exact.spread <= EXACT_AGREES);
	end(&f);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a duet of equal servers", a_duet_of_equal_servers},
		{"turns of equal servers", turns_of_equal_servers},
		{"work of one side shows", work_of_one_side_shows},
		{"a burden is the side's own", a_burden_is_the_sides_own},
		{"threads at work are counted", threads_at_work_are_counted},
		{"padding makes the environment longer",
		 padding_makes_the_environment_longer},
		{"a server that does not start is named",
		 a_server_that_does_not_start_is_named},
		{"a server that lies is named", a_server_that_lies_is_named},
		{"an exact figure is exact", an_exact_figure_is_exact},
		{NULL, NULL},
	};

	return test_suite_run("launch", cases) != 0;
}
