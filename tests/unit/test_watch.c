/* test_watch.c - what is told of a run while it goes on. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/watch.h"
#include "loadgen/worker.h"
#include "server/clock.h"
#include "tests/suite.h"

static struct worker workers[2];
static struct watch *watch;
static struct load_progress progress;

static void begin(void)
{
	for (int i = 0; i < 2; i++) {
		memset(&workers[i], 0, sizeof(workers[i]));
		workers[i].target.service = histogram_new();
	}
	watch = watch_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(watch);
}

static void end(void)
{
	for (int i = 0; i < 2; i++)
		histogram_free(workers[i].target.service);
	watch_free(watch);
}

/* So many more replies of a worker, each after `ns`. */
static void replies(int worker, int count, int64_t ns)
{
	atomic_fetch_add(&workers[worker].requests, (unsigned)count);
	for (int i = 0; i < count; i++)
		histogram_record(workers[worker].target.service, ns);
}

/* At `now` in a window from 10 s to 20 s. */
static void look(int64_t now)
{
	watch_begin(watch);
	watch_add(watch, &workers[0]);
	watch_add(watch, &workers[1]);
	watch_tell(watch, now, 10 * NS_PER_S, 20 * NS_PER_S, &progress);
}

static void workers_are_added_up(void)
{
	begin();
	replies(0, 198, 1000);
	replies(1, 2, 2000);
	atomic_store(&workers[1].errors, 3);
	look(10 * NS_PER_S + NS_PER_S / 2);
	CU_ASSERT_EQUAL(progress.requests, 200);
	CU_ASSERT_EQUAL(progress.errors, 3);
	CU_ASSERT_DOUBLE_EQUAL(progress.rate, 400, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(progress.done, 0.05, 1e-9);
	CU_ASSERT_EQUAL(progress.left_ns, 19 * NS_PER_S / 2);
	CU_ASSERT_EQUAL(progress.p50_ns, 1000);
	CU_ASSERT_EQUAL(progress.p99_ns, 1000); /* the 198th of 200 */
	end();
}

static void rate_and_latency_are_of_the_time_since_the_last_look(void)
{
	begin();
	replies(0, 1000, 5000000);
	look(11 * NS_PER_S);
	CU_ASSERT_DOUBLE_EQUAL(progress.rate, 1000, 1e-6);
	replies(0, 98, 700);
	replies(1, 2, 900);
	look(11 * NS_PER_S + NS_PER_S / 4);
	CU_ASSERT_EQUAL(progress.requests, 1100);
	CU_ASSERT_DOUBLE_EQUAL(progress.rate, 400, 1e-6);
	CU_ASSERT_EQUAL(progress.p50_ns, 700);
	CU_ASSERT_EQUAL(progress.p99_ns, 900); /* the 99th of 100 */
	look(11 * NS_PER_S + NS_PER_S / 2);
	CU_ASSERT_EQUAL(progress.requests, 1100);
	CU_ASSERT_EQUAL(progress.rate, 0);
	CU_ASSERT_EQUAL(progress.p50_ns, 0);
	end();
}

static void the_text_is_short(void)
{
	const struct load_progress some = {.requests = 7,
					   .errors = 1,
					   .rate = 171234.4,
					   .p50_ns = 355400,
					   .p99_ns = 1204000};
	const struct load_progress most = {.errors = UINT64_MAX,
					   .rate = 1e18,
					   .p50_ns = HISTOGRAM_HIGHEST,
					   .p99_ns = HISTOGRAM_HIGHEST};
	const struct load_progress none = {.done = 0.5};
	char text[WATCH_TEXT_SIZE];

	watch_format(&some, text);
	CU_ASSERT_STRING_EQUAL(text,
			       "171234 requests/s  p50 355 us  p99 1.20 ms  1 error");
	watch_format(&none, text);
	CU_ASSERT_STRING_EQUAL(text, "0 requests/s  p50 -  p99 -  0 errors");
	watch_format(&most, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " errors"));
}

static const struct test_case cases[] = {
	{"workers are added up", workers_are_added_up},
	{"rate and latency are of the time since the last look",
	 rate_and_latency_are_of_the_time_since_the_last_look},
	{"the text is short", the_text_is_short},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("watch", cases) != 0;
}
