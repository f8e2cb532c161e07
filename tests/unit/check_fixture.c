/* check_fixture.c - see check_fixture.h. */
#include "tests/unit/check_fixture.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So many launches around a logarithm. */
static void fill_values(struct check_values *values, double middle, double spread,
			size_t count)
{
	values->count = count;
	for (size_t i = 0; i < count; i++)
		values->value[i] =
			middle + spread * ((double)i / (double)(count - 1) - 0.5);
}

static void fill_metric(struct check_metric *metric, double middle, double spread,
			size_t count)
{
	fill_values(&metric->screen, middle, spread, count);
	CU_ASSERT_EQUAL(decision_take(metric->screen.value, decision_look_at(count),
				      metric->limit, &metric->finding),
			0);
}

static void begin_metric(struct check_metric *metric, enum launch_metric which)
{
	*metric = (struct check_metric){
		.gated = which <= LAUNCH_CPU,
		.verdict = which <= LAUNCH_CPU ? CHECK_EQUIVALENT : CHECK_REPORTED,
		.margin = 0.05,
		.attenuation = 0.5,
		.limit = log1p(0.05) * 0.5,
		.estimate_real = NAN,
		.median = {1234567.8 / (which + 1), 1200000.4 / (which + 1)},
	};
	fill_metric(metric, 0.001 * (which + 1), 0.008, 8);
}

static void begin_row(struct check_fixture *fixture, int i)
{
	static const char *const names[] = {"epoll", "poll",    FIXTURE_NAME, "fork",
					    "same",  "sockmap", "select"};
	static const char *const ids[] = {"epoll/tcp/c16", "poll/tcp/c16", "exec/tcp/c16",
					  "fork/tcp/c16",  "same/tcp/c16", "sockmap/c16",
					  "select/tcp/c16"};
	struct check_row *row = &fixture->rows[i];

	fixture->cells[i] = (struct cell){.model = "epoll", .id = (char *)ids[i]};
	*row = (struct check_row){
		.name = (char *)names[i],
		.scenario = (char *)"tcp/c16/d1/64B/shared",
		.cell = &fixture->cells[i],
		.verdict = CHECK_EQUIVALENT,
		.exact = {{3, 0}, {3, 0}},
		.exact_verdict = CHECK_EQUIVALENT,
		.pairs = 80,
		.seconds = 12.5,
	};
	for (int m = 0; m < LAUNCH_METRICS; m++)
		begin_metric(&row->metric[m], (enum launch_metric)m);
}

static void make_slower(struct check_row *row)
{
	struct check_metric *metric = &row->metric[LAUNCH_THROUGHPUT];

	fill_metric(metric, 0.05, 0.01, 8);
	fill_values(&metric->confirm, 0.052, 0.01, DECISION_CONFIRM);
	fill_values(&metric->size, 0.1, 0.02, 4);
	metric->confirmation = (struct confirmation){.values = metric->confirm.value,
						     .count = DECISION_CONFIRM,
						     .margin = metric->limit};
	CU_ASSERT_EQUAL(decision_confirm(&metric->confirmation, 1), 0);
	metric->estimate_real = 0.1;
	metric->verdict = row->verdict = CHECK_REGRESSION;
	strcpy(metric->reason, "confirmed on 12 fresh launches");
	strcpy(row->reason, "throughput: confirmed on 12 fresh launches");
}

static void make_hostile(struct check_row *row)
{
	struct check_metric *metric = &row->metric[LAUNCH_CPU];

	fill_metric(metric, 0.03, 0.2, 24);
	metric->verdict = row->verdict = CHECK_INCONCLUSIVE;
	strcpy(metric->reason, "24 launches: so much noise | <b>");
	strcpy(row->reason, "cpu: 24 launches: so much noise | <b>");
	strcpy(row->mode_reason, "the new one uses 1.9 CPUs, base 0.9");
	row->mode = LAUNCH_ABBA;
	row->dropped = 3;
	row->exact[0] = row->exact[1] = (struct exact){3.1, 0.4};
	row->exact_verdict = CHECK_REPORTED;
}

static void make_failed(struct check_row *row)
{
	row->verdict = CHECK_INVALID;
	row->server_failed = true;
	strcpy(row->reason, "new: the server ended by signal 11");
	row->exact[0] = row->exact[1] = (struct exact){NAN, NAN};
	row->exact_verdict = CHECK_REPORTED;
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		struct check_metric *metric = &row->metric[m];
		metric->screen.count = 2;
		metric->finding = (struct finding){.launches = 0};
		metric->verdict = metric->gated ? CHECK_INVALID : CHECK_REPORTED;
		metric->median[0] = metric->median[1] = NAN;
	}
}

static void make_faster(struct check_row *row)
{
	fill_metric(&row->metric[LAUNCH_CPU], -0.08, 0.01, 8);
	row->metric[LAUNCH_CPU].verdict = row->verdict = CHECK_IMPROVED;
}

static void make_exact(struct check_row *row)
{
	row->exact[1].per_request = 4;
	row->exact_verdict = row->verdict = CHECK_REGRESSION;
}

static void fill_null(struct check_null *null)
{
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		fill_values(&null->values[m], 0.001, 0.002, 4);
		null->estimate[m] = 0.001;
		null->limit[m] = m <= LAUNCH_CPU ? log1p(0.05) / 4 : INFINITY;
	}
}

void check_fixture_fill(struct check_fixture *fixture)
{
	*fixture = (struct check_fixture){
		.report = {.rows = fixture->rows,
			   .count = FIXTURE_ROWS,
			   .valid = true,
			   .seed = 4242,
			   .seconds = 123.4,
			   .directory = "check-1",
			   .command_line = "iomodels check --base 'a|b' <x>"}};
	for (int i = 0; i < FIXTURE_ROWS; i++)
		begin_row(fixture, i);
	make_slower(&fixture->rows[FIXTURE_SLOWER]);
	make_hostile(&fixture->rows[FIXTURE_HOSTILE]);
	make_failed(&fixture->rows[FIXTURE_FAILED]);
	fixture->rows[FIXTURE_SAME].same_program = true;
	make_faster(&fixture->rows[FIXTURE_FASTER]);
	make_exact(&fixture->rows[FIXTURE_EXACT]);
	fill_null(&fixture->report.null);
}

void check_fixture_keep(struct check_fixture *fixture, const enum fixture_row *which,
			size_t count)
{
	struct check_row kept[FIXTURE_ROWS];

	for (size_t i = 0; i < count; i++)
		kept[i] = fixture->rows[which[i]];
	memcpy(fixture->rows, kept, count * sizeof(*kept));
	fixture->report.count = count;
}

char *check_fixture_print(const struct check_fixture *fixture,
			  check_fixture_printer *print)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(print(&fixture->report, out), 0);
	fclose(out);
	return text;
}

bool check_fixture_holds(const char *text, const char *part)
{
	const bool found = strstr(text, part) != NULL;

	if (!found)
		fprintf(stderr, "\nlacks '%s':\n%s\n", part, text);
	return found;
}
