/* load_session.c - one run of a worker against a simulated peer. */
#include "tests/unit/load_session.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "loadgen/hold.h"
#include "loadgen/merge.h"
#include "loadgen/recording.h"
#include "loadgen/watch.h"

struct session session_new(void)
{
	return (struct session){
		.config = {.connections = 4,
			   .depth = 1,
			   .size = "64",
			   .duration_ns = 1 * S,
			   .warmup_ns = 100 * MS,
			   .threads = 1,
			   .timeout_ns = 2 * S},
		.script = {.start_ns = 5 * S,
			   .connect_ns = 30 * US,
			   .service_ns = 1 * MS},
	};
}

struct session session_open(void)
{
	struct session s = session_new();

	s.config.rate = 1000;
	s.config.arrivals = ARRIVALS_CONSTANT;
	return s;
}

static const struct worker *running;

int64_t session_now(void)
{
	return target_now(&running->target) - sim_script->start_ns;
}

static void run_worker(struct session *session, struct worker *worker,
		       const struct pattern *pattern)
{
	const struct address address = {.transport = session->transport};
	const struct target_share share = {0, 1, (uint32_t)session->config.connections,
					   (uint32_t)session->config.idle};
	struct merge merge;
	struct run run;

	run_init(&run, &session->config, session->transport, &engine_sim, pattern,
		 &session->cancel);
	run.holds = hold_wanted(&session->config, session->hooks);
	if (session->hooks && session->hooks->progress)
		run.watch = watch_new();
	run.lead_ns = 77 * US; /* the window's ends fall between the replies */
	worker_init(worker, &run, &address);
	worker->hooks = session->hooks;
	running = worker;
	CU_ASSERT_EQUAL(worker_run(worker, &share), 0);
	merge_init(&merge, &session->config, &session->result);
	CU_ASSERT_EQUAL(merge_worker(&merge, worker), 0);
	merge_finish(&merge);
	session->start_ns = atomic_load(&run.start_ns) - session->script.start_ns;
	session->ended_ns = target_now(&worker->target) - session->script.start_ns;
	worker_release(worker);
	watch_free(run.watch);
}

void session_run(struct session *session)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	struct pattern *pattern = pattern_new();

	sim_script = &session->script;
	const int rc = load_result_init(&session->result, session->config.log);
	session->result.interrupted = session->cancel != 0;
	if (worker && pattern && rc == 0)
		run_worker(session, worker, pattern);
	else
		CU_FAIL("no memory");
	pattern_free(pattern);
	free(worker);
}

void session_end(struct session *session)
{
	load_result_release(&session->result);
}

void session_check_all_recorded(const struct session *session, uint64_t arrivals)
{
	const struct load_result *result = &session->result;

	CU_ASSERT_EQUAL(result->arrivals, arrivals);
	CU_ASSERT_EQUAL(result->response->count, arrivals);
	CU_ASSERT_EQUAL(result->lag_client->count, arrivals);
	CU_ASSERT_EQUAL(result->lag_blocked->count, arrivals);
}

void session_check_valid(const struct session *session)
{
	CU_ASSERT_EQUAL(session->result.verdict, LOAD_VALID);
	bool is_short = session->result.steady.state == STEADY_SHORT;
	CU_ASSERT_STRING_EQUAL(session->result.reason, is_short ? SESSION_SHORT : "");
	CU_ASSERT_STRING_EQUAL(session->result.first_mismatch, "");
	CU_ASSERT_EQUAL(load_exit_status(&session->result), EXIT_VALID);
}

uint64_t session_errors(const struct session *session)
{
	uint64_t sum = 0;

	for (int i = 0; i < LOAD_ERRORS; i++)
		sum += session->result.errors[i];
	return sum;
}
