/* check.c - what a check's report says as a whole; see check.h. */
#include "results/check/check.h"

#include <math.h>

const char *check_verdict_name(enum check_verdict verdict)
{
	static const char *const names[] = {
		[CHECK_REGRESSION] = "REGRESSION",     [CHECK_INVALID] = "INVALID",
		[CHECK_INCONCLUSIVE] = "INCONCLUSIVE", [CHECK_IMPROVED] = "IMPROVED",
		[CHECK_EQUIVALENT] = "EQUIVALENT",     [CHECK_REPORTED] = "REPORTED",
	};

	return names[verdict];
}

static size_t count_of(const struct check_report *report, enum check_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->rows[i].verdict == verdict;
	return count;
}

size_t check_undecided(const struct check_report *report)
{
	return count_of(report, CHECK_INVALID) + count_of(report, CHECK_INCONCLUSIVE);
}

bool check_counted_more(const struct check_row *row)
{
	return row->verdict == CHECK_REGRESSION && row->exact_verdict == CHECK_REGRESSION;
}

int check_exit_status(const struct check_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (check_counted_more(&report->rows[i]))
			return CHECK_SLOWER;
	if (!report->valid || report->count == 0)
		return CHECK_NO_VERDICT;
	if (count_of(report, CHECK_REGRESSION) > 0)
		return CHECK_SLOWER;
	if (count_of(report, CHECK_INVALID) > 0)
		return CHECK_NO_VERDICT;
	return report->strict && check_undecided(report) > 0 ? CHECK_NO_VERDICT
							     : CHECK_PASSED;
}

double check_percent(enum launch_metric metric, double value)
{
	return 100 * expm1(metric == LAUNCH_THROUGHPUT ? -value : value);
}

const char *check_metric_name(enum launch_metric metric)
{
	static const char *const names[] = {
		[LAUNCH_THROUGHPUT] = "throughput",
		[LAUNCH_CPU] = "cpu",
		[LAUNCH_P50] = "p50",
		[LAUNCH_P99] = "p99",
	};

	return names[metric];
}

const char *check_metric_column(enum launch_metric metric, bool open_loop)
{
	switch (metric) {
	case LAUNCH_THROUGHPUT:
		return "throughput_rps";
	case LAUNCH_CPU:
		return "cpu_us_per_request";
	case LAUNCH_P50:
		return open_loop ? "response_p50_us" : "service_p50_us";
	default:
		return open_loop ? "response_p99_us" : "service_p99_us";
	}
}
