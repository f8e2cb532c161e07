/* test_duet.c - two simulated servers under one load, on a virtual clock. */
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "loadgen/duet.h"
#include "loadgen/pattern.h"
#include "tests/suite.h"
#include "tests/unit/sim_engine.h"

#define US 1000LL
#define MS (1000 * US)
#define S  (1000 * MS)

#define CONNECTIONS 4
#define SLICES      6LL

/* Connections 0 .. 3 are the one side's, 4 .. 7 the other's, which takes twice as long. */
static int64_t twice_as_long(uint32_t connection, uint32_t request)
{
	(void)request;
	return connection < CONNECTIONS ? 1 * MS : 2 * MS;
}

struct fixture {
	struct sim_script script;
	struct load_config load;
	struct duet_slice slices[SLICES];
	struct load_result results[DUET_SIDES];
	int edges;
	uint64_t told; /* requests of the first side at the last edge */
};

static void count_edge(void *context, int edge)
{
	struct fixture *f = context;

	CU_ASSERT_EQUAL(edge, f->edges++);
}

static void init(struct fixture *f, unsigned sides)
{
	*f = (struct fixture){
		.script = {.start_ns = 5 * S,
			   .connect_ns = 30 * US,
			   .service = twice_as_long},
		.load = {.connections = CONNECTIONS,
			 .depth = 1,
			 .size = "64",
			 .duration_ns = SLICES * 100 * MS,
			 .warmup_ns = 50 * MS,
			 .threads = 1,
			 .timeout_ns = 2 * S},
	};
	for (int i = 0; i < (int)SLICES; i++)
		f->slices[i].sides = sides;
}

static void run(struct fixture *f)
{
	static const struct address address = {.transport = TRANSPORT_TCP};
	const struct address *const addresses[DUET_SIDES] = {&address, &address};
	const struct duet_config config = {.load = &f->load,
					   .slice_ns = 100 * MS,
					   .slices = f->slices,
					   .count = (int)SLICES,
					   .edge = count_edge,
					   .context = f};
	struct pattern *pattern = pattern_new();

	sim_script = &f->script;
	CU_ASSERT_PTR_NOT_NULL_FATAL(pattern);
	for (int i = 0; i < DUET_SIDES; i++)
		CU_ASSERT_EQUAL_FATAL(load_result_init(&f->results[i], false), 0);
	CU_ASSERT_EQUAL(
		duet_drive(&config, &engine_sim, pattern, addresses, NULL, f->results),
		0);
	pattern_free(pattern);
}

static void end(struct fixture *f)
{
	for (int i = 0; i < DUET_SIDES; i++)
		load_result_release(&f->results[i]);
}

static uint64_t requests_of(const struct fixture *f, int side)
{
	uint64_t sum = 0;

	for (int i = 0; i < (int)SLICES; i++)
		sum += f->slices[i].requests[side];
	return sum;
}

static void check_slice(const struct duet_slice *slice, unsigned one, unsigned two)
{
	CU_ASSERT_TRUE(llabs(slice->length_ns - 100 * MS) <= 1 * MS);
	CU_ASSERT_TRUE(llabs((long long)slice->requests[0] - one) <= CONNECTIONS);
	CU_ASSERT_TRUE(llabs((long long)slice->requests[1] - two) <= CONNECTIONS);
}

/* 4 connections, 1 ms and 2 ms: 400 and 200 in each 100 ms. */
static void both_are_served_at_once(void)
{
	struct fixture f;

	init(&f, 3);
	run(&f);
	CU_ASSERT_EQUAL(f.edges, SLICES + 1);
	for (int i = 0; i < (int)SLICES; i++) {
		check_slice(&f.slices[i], 400, 200);
		CU_ASSERT_TRUE(llabs(f.slices[i].p50_ns[0] - 1 * MS) <= 10 * US);
		CU_ASSERT_TRUE(llabs(f.slices[i].p99_ns[1] - 2 * MS) <= 20 * US);
	}
	for (int i = 0; i < DUET_SIDES; i++) {
		CU_ASSERT_EQUAL(f.results[i].verdict, LOAD_VALID);
		CU_ASSERT_EQUAL(f.results[i].requests, requests_of(&f, i));
		CU_ASSERT_EQUAL(f.results[i].window_ns, SLICES * 100 * MS);
		CU_ASSERT_EQUAL(f.results[i].service->count, f.results[i].requests);
	}
	end(&f);
}

/* A reply that comes behind the edge belongs to the slice it comes in. */
static void turns_leave_the_other_side_alone(void)
{
	static const unsigned turns[SLICES] = {1, 2, 2, 1, 1, 2};
	struct fixture f;

	init(&f, 3);
	for (int i = 0; i < (int)SLICES; i++)
		f.slices[i].sides = turns[i];
	run(&f);
	for (int i = 0; i < (int)SLICES; i++)
		check_slice(&f.slices[i], turns[i] & 1 ? 400 : 0, turns[i] & 2 ? 200 : 0);
	for (int i = 0; i < DUET_SIDES; i++) {
		CU_ASSERT_EQUAL(f.results[i].requests, requests_of(&f, i));
		CU_ASSERT_EQUAL(f.results[i].errors[LOAD_TIMEOUT], 0);
		CU_ASSERT_EQUAL(f.results[i].unfinished, 0);
	}
	end(&f);
}

/* The connection that is flipped is the second side's. */
static void a_fault_is_one_side_s(void)
{
	struct fixture f;

	init(&f, 3);
	f.script.fault = SIM_FLIP;
	f.script.fault_connection = CONNECTIONS + 1;
	f.script.fault_request = 30;
	f.script.fault_times = 1;
	f.script.byte = 20;
	run(&f);
	CU_ASSERT_EQUAL(f.results[0].verdict, LOAD_VALID);
	CU_ASSERT_EQUAL(f.results[1].verdict, LOAD_CORRUPTED);
	CU_ASSERT_EQUAL(f.results[1].errors[LOAD_CORRUPT], 1);
	end(&f);
}

static void both_have_the_same_arrivals(void)
{
	struct fixture f;

	init(&f, 3);
	f.load.rate = 1000;
	f.load.arrivals = ARRIVALS_POISSON;
	f.load.seed = 7;
	run(&f);
	CU_ASSERT_TRUE(f.results[0].arrivals > 500);
	CU_ASSERT_EQUAL(f.results[0].arrivals, f.results[1].arrivals);
	CU_ASSERT_EQUAL(f.results[0].response->count, f.results[0].arrivals);
	CU_ASSERT_TRUE(histogram_mean(f.results[1].response) >
		       histogram_mean(f.results[0].response));
	end(&f);
}

/* It must not hang on the other side's edges. */
static void a_side_that_refuses_ends(void)
{
	struct fixture f;

	init(&f, 3);
	f.script.dead_ns = f.script.start_ns + 200 * MS;
	f.script.reborn_ns = INT64_MAX;
	f.load.timeout_ns = 100 * MS;
	run(&f);
	for (int i = 0; i < DUET_SIDES; i++)
		CU_ASSERT_EQUAL(f.results[i].verdict, LOAD_SERVER_ERRORS);
	end(&f);
}

static void what_a_duet_cannot_have(void)
{
	static const struct address address = {.transport = TRANSPORT_TCP};
	const struct address *const addresses[DUET_SIDES] = {&address, &address};
	char error[OPTION_ERROR_SIZE];
	struct fixture f;

	init(&f, 1);
	f.load.rate = 1000;
	const struct duet_config config = {.load = &f.load,
					   .slice_ns = 100 * MS,
					   .slices = f.slices,
					   .count = (int)SLICES};
	CU_ASSERT_TRUE(duet_run(&config, addresses, NULL, f.results, error) < 0);
	CU_ASSERT_STRING_EQUAL(error, "a duet cannot have turns of an open loop");
	end(&f);
	f.load.threads = 2;
	CU_ASSERT_TRUE(duet_run(&config, addresses, NULL, f.results, error) < 0);
	CU_ASSERT_STRING_EQUAL(error, "a duet cannot have more than one thread");
	end(&f);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"both are served at once", both_are_served_at_once},
		{"turns leave the other side alone", turns_leave_the_other_side_alone},
		{"a fault is one side's", a_fault_is_one_side_s},
		{"both have the same arrivals", both_have_the_same_arrivals},
		{"a side that refuses ends", a_side_that_refuses_ends},
		{"what a duet cannot have", what_a_duet_cannot_have},
		{NULL, NULL},
	};

	return test_suite_run("duet", cases) != 0;
}
