/*
 * test_recording.c - what a run keeps of each second and each 50 ms, on the virtual clock:
 * exact counts in exact intervals, and whether the window was steady.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loadgen/hdr_log.h"
#include "loadgen/recording.h"
#include "tests/suite.h"
#include "tests/unit/load_session.h"

#define LINES_MAX 16

/* A log, read back. */
struct log_read {
	char *text;
	double base_s;
	int count;
	struct hdr_log_line lines[LINES_MAX];
	uint64_t totals[LINES_MAX];
	size_t last_cells[LINES_MAX];
};

static uint64_t total_of(const struct hdr_log_line *line, size_t *ret_last)
{
	struct hdr_shape shape;
	struct hdr_bytes counts;
	uint64_t total = 0, count;
	size_t cell;

	CU_ASSERT_EQUAL_FATAL(hdr_block_decode(line->histogram, line->histogram_length,
					       &shape, &counts),
			      0);
	CU_ASSERT_EQUAL(shape.highest, HISTOGRAM_HIGHEST);
	struct hdr_counts_reader reader = {counts.data, counts.data + counts.length, 0};
	*ret_last = 0;
	while (hdr_counts_next(&reader, HISTOGRAM_CELLS, &cell, &count) > 0) {
		total += count;
		*ret_last = cell;
	}
	hdr_bytes_release(&counts);
	return total;
}

static void read_line(struct log_read *log, char *line)
{
	if (sscanf(line, "#[BaseTime: %lf", &log->base_s) == 1)
		return;
	CU_ASSERT_TRUE(line[0] != '#' || strlen(line) <= 126);
	CU_ASSERT_TRUE_FATAL(log->count < LINES_MAX);
	int rc = hdr_log_parse(line, &log->lines[log->count]);
	CU_ASSERT_TRUE(rc >= 0);
	if (rc <= 0)
		return;
	log->totals[log->count] =
		total_of(&log->lines[log->count], &log->last_cells[log->count]);
	log->count++;
}

static void read_log(const struct session *s, struct log_read *ret)
{
	size_t size;
	char *rest;

	memset(ret, 0, sizeof(*ret));
	FILE *out = open_memstream(&ret->text, &size);
	CU_ASSERT_EQUAL(recording_write(s->result.recording, out), 0);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(ret->text, "#[Histogram log format version 1.3]\n"
						 "#[BaseTime: "));
	for (char *line = strtok_r(ret->text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		read_line(ret, line);
}

static struct session session_logged(int64_t duration_ns)
{
	struct session s = session_new();

	s.config.log = true;
	s.config.duration_ns = duration_ns;
	return s;
}

static void each_second_has_its_own(void)
{
	struct session s = session_logged(2300 * MS);
	struct log_read log;

	session_run(&s);
	session_check_valid(&s);
	read_log(&s, &log);
	CU_ASSERT_EQUAL_FATAL(log.count, 3);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_STRING_EQUAL(log.lines[i].tag, "service");
		CU_ASSERT_EQUAL(log.lines[i].start_s, i);
		CU_ASSERT_DOUBLE_EQUAL(log.lines[i].length_s, i < 2 ? 1 : 0.3, 1e-9);
		CU_ASSERT_EQUAL(log.totals[i], i < 2 ? 4000 : 1200);
		CU_ASSERT_EQUAL(log.last_cells[i], histogram_index(1 * MS));
		CU_ASSERT_DOUBLE_EQUAL(log.lines[i].max, 1.000447, 0.001); /* in ms */
	}
	free(log.text);
	session_end(&s);
}

static int64_t slower_from_1600(uint32_t connection, uint32_t request)
{
	(void)connection;
	return request < 1600 ? 1 * MS : 4 * MS;
}

static void a_change_shows_in_its_second(void)
{
	struct session s = session_logged(3 * S);
	struct log_read log;

	s.script.service = slower_from_1600;
	session_run(&s);
	read_log(&s, &log);
	CU_ASSERT_EQUAL_FATAL(log.count, 3);
	CU_ASSERT_EQUAL(log.last_cells[0], histogram_index(1 * MS));
	CU_ASSERT_EQUAL(log.last_cells[1], histogram_index(4 * MS));
	CU_ASSERT_EQUAL(log.totals[2], 1000);
	CU_ASSERT_EQUAL(log.totals[0] + log.totals[1] + log.totals[2],
			s.result.service->count);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_UNSTABLE);
	CU_ASSERT_EQUAL(load_exit_status(&s.result), EXIT_UNSTABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, "no steady state: throughput"));
	free(log.text);
	session_end(&s);
}

static void a_second_without_reply_is_there(void)
{
	struct session s = session_logged(4 * S);
	struct log_read log;

	session_run(&s); /* where the window lies */
	session_end(&s);
	s.script.freeze_ns = s.script.start_ns + s.start_ns + 900 * MS;
	s.script.thaw_ns = s.script.freeze_ns + 1300 * MS;
	session_run(&s);
	read_log(&s, &log);
	CU_ASSERT_EQUAL_FATAL(log.count, 4);
	CU_ASSERT_TRUE(log.totals[0] >= 3596 && log.totals[0] <= 3604);
	CU_ASSERT_EQUAL(log.totals[1], 0);
	CU_ASSERT_EQUAL(log.lines[1].max, 0);
	CU_ASSERT_EQUAL(log.last_cells[2], histogram_index(s.result.service->max));
	CU_ASSERT_EQUAL(log.totals[3], 4000);
	free(log.text);
	session_end(&s);
}

static void what_comes_behind_the_window_is_a_piece_of_its_own(void)
{
	struct session s = session_logged(2 * S);
	struct log_read log;

	s.config.connections = 8;
	s.script.capacity = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.starved, 7);
	read_log(&s, &log);
	CU_ASSERT_EQUAL_FATAL(log.count, 3);
	CU_ASSERT_EQUAL(log.totals[0], 1000);
	CU_ASSERT_EQUAL(log.totals[1], 1000);
	CU_ASSERT_EQUAL(log.totals[2], 7);
	CU_ASSERT_EQUAL(log.lines[2].start_s, 2);
	CU_ASSERT_TRUE(log.lines[2].length_s > 0 && log.lines[2].length_s < 0.2);
	CU_ASSERT_EQUAL(log.totals[0] + log.totals[1] + log.totals[2],
			s.result.service->count);
	free(log.text);
	session_end(&s);
}

/* A request each millisecond, and a server that stands still from 1.5 s to 1.9 s. */
static void an_open_loop_logs_its_response_too(void)
{
	struct session s = session_logged(3 * S);
	struct log_read log;
	uint64_t response = 0, service = 0;

	s.config.rate = 1000;
	s.config.arrivals = ARRIVALS_CONSTANT;
	session_run(&s);
	session_end(&s);
	s.script.freeze_ns = s.script.start_ns + s.start_ns + 1500 * MS;
	s.script.thaw_ns = s.script.freeze_ns + 400 * MS;
	session_run(&s);
	read_log(&s, &log);
	CU_ASSERT_EQUAL_FATAL(log.count, 6);
	for (int second = 0; second < 3; second++) {
		int i = 2 * second;
		CU_ASSERT_STRING_EQUAL(log.lines[i].tag, "service");
		CU_ASSERT_STRING_EQUAL(log.lines[i + 1].tag, "response");
		CU_ASSERT_EQUAL(log.lines[i].start_s, second);
		CU_ASSERT_EQUAL(log.lines[i + 1].start_s, second);
		service += log.totals[i];
		response += log.totals[i + 1];
	}
	CU_ASSERT_TRUE(log.totals[1] >= 998 && log.totals[1] <= 1000);
	CU_ASSERT_EQUAL(log.last_cells[1], histogram_index(1 * MS));
	CU_ASSERT_EQUAL(log.last_cells[3], histogram_index(s.result.response->max));
	CU_ASSERT_EQUAL(service, s.result.service->count);
	CU_ASSERT_EQUAL(response, 3000);
	free(log.text);
	session_end(&s);
}

/* Two requests come in the time of one: throughput is steady, response is not. */
static void a_queue_that_grows_is_not_steady(void)
{
	struct session s = session_new();

	s.config.duration_ns = 5 * S;
	s.config.connections = 1;
	s.config.rate = 2000;
	s.config.arrivals = ARRIVALS_CONSTANT;
	s.config.timeout_ns = 20 * S;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_UNSTABLE);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(s.result.reason, "no steady state: response time of the second"));
	session_end(&s);
}

static void the_log_begins_with_the_window(void)
{
	struct session s = session_logged(100 * MS);
	struct log_read log;
	struct timespec now;

	s.script.start_ns = clock_ns(); /* as if the virtual clock were the real one */
	session_run(&s);
	clock_gettime(CLOCK_REALTIME, &now);
	read_log(&s, &log);
	CU_ASSERT_EQUAL(log.count, 1);
	CU_ASSERT_DOUBLE_EQUAL(log.base_s,
			       (double)now.tv_sec + (double)s.start_ns / NS_PER_S, 30);
	free(log.text);
	session_end(&s);
}

static void a_run_without_window_logs_nothing(void)
{
	struct session s = session_logged(1 * S);
	struct log_read log;

	s.script.fault = SIM_REFUSE;
	s.script.fault_connection = SIM_ALL;
	s.script.fault_every = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.window_ns, 0);
	read_log(&s, &log);
	CU_ASSERT_EQUAL(log.count, 0);
	free(log.text);
	session_end(&s);
}

static void a_cut_window_ends_its_last_second(void)
{
	struct session s = session_logged(4 * S);
	struct log_read log;

	session_run(&s);
	session_end(&s);
	s.script.dead_ns = s.script.start_ns + s.start_ns + 1500 * MS;
	s.script.reborn_ns = INT64_MAX;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_TRUE(s.result.window_ns > 1500 * MS && s.result.window_ns < 4 * S);
	read_log(&s, &log);
	uint64_t total = 0;
	double length_s = 0;
	for (int i = 0; i < log.count; i++) {
		total += log.totals[i];
		length_s += log.lines[i].length_s;
	}
	CU_ASSERT_EQUAL(total, s.result.service->count);
	CU_ASSERT_DOUBLE_EQUAL(length_s, (double)s.result.window_ns / NS_PER_S, 0.002);
	free(log.text);
	session_end(&s);
}

static void a_steady_window_is_valid_without_a_word(void)
{
	struct session s = session_new();

	s.config.duration_ns = 2500 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.steady.state, STEADY);
	CU_ASSERT_STRING_EQUAL(s.result.reason, "");
	CU_ASSERT_PTR_NULL(s.result.recording);
	session_end(&s);
	s.config.duration_ns = 2499 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_VALID);
	CU_ASSERT_STRING_EQUAL(s.result.reason, SESSION_SHORT);
	session_end(&s);
}

/* A worker that has recorded `count` samples of `ns` in its first second, one in the next
 * half, and one behind the window. */
static void record(struct recorder *recorder, struct histogram *h, int count, int64_t ns)
{
	memset(recorder, 0, sizeof(*recorder));
	CU_ASSERT_EQUAL(interval_log_open(&recorder->logs[0], h), 0);
	for (int i = 0; i < count; i++)
		histogram_record(h, ns);
	interval_log_cut(&recorder->logs[0]);
	histogram_record(h, 5 * ns);
	interval_log_cut(&recorder->logs[0]);
	histogram_record(h, 7 * ns);
	interval_log_cut(&recorder->logs[0]);
	recorder->tail_ns = ns * MS;
}

static void workers_are_added_up(void)
{
	static const uint64_t totals[] = {30, 2, 2};
	struct session s = {.result = {.recording = recording_new()}};
	struct histogram *h[2] = {histogram_new(), histogram_new()};
	struct recorder recorders[2];
	struct log_read log;

	for (int i = 0; i < 2; i++) {
		record(&recorders[i], h[i], i == 0 ? 10 : 20, i == 0 ? 100 : 200);
		CU_ASSERT_EQUAL(recording_take(s.result.recording, &recorders[i], 1 * S,
					       2500 * MS),
				0);
		recorder_release(&recorders[i]);
		histogram_free(h[i]);
	}
	read_log(&s, &log);
	CU_ASSERT_EQUAL_FATAL(log.count, 3);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(log.totals[i], totals[i]);
	CU_ASSERT_EQUAL(log.last_cells[0], 200);
	CU_ASSERT_EQUAL(log.last_cells[1], 1000);
	CU_ASSERT_EQUAL(log.last_cells[2], 1400);
	CU_ASSERT_DOUBLE_EQUAL(log.lines[1].length_s, 0.5, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(log.lines[2].start_s, 1.5, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(log.lines[2].length_s, 0.2, 1e-9);
	free(log.text);
	session_end(&s);
}

static void damaged_lines_are_refused(void)
{
	static const char *const texts[] = {"Tag=service", "1.0", "1.0,1.0,HISTF",
					    "Tag=a,1.0,x,1.0,HISTF", ",1,1,HISTF"};
	struct hdr_log_line line;
	char text[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(text, sizeof(text), "%s", texts[i]);
		CU_ASSERT_EQUAL(hdr_log_parse(text, &line), -EBADMSG);
	}
	snprintf(text, sizeof(text), "0.127,1.007,2.769,HISTF\r\n");
	CU_ASSERT_EQUAL(hdr_log_parse(text, &line), 1);
	CU_ASSERT_STRING_EQUAL(line.tag, "");
	CU_ASSERT_EQUAL(line.start_s, 0.127);
	CU_ASSERT_EQUAL(line.length_s, 1.007);
	CU_ASSERT_EQUAL(line.max, 2.769);
	CU_ASSERT_EQUAL(line.histogram_length, 5);
}

static const struct test_case cases[] = {
	{"each second has its own", each_second_has_its_own},
	{"a change shows in its second", a_change_shows_in_its_second},
	{"a second without reply is there", a_second_without_reply_is_there},
	{"what comes behind the window is a piece of its own",
	 what_comes_behind_the_window_is_a_piece_of_its_own},
	{"an open loop logs its response too", an_open_loop_logs_its_response_too},
	{"a queue that grows is not steady", a_queue_that_grows_is_not_steady},
	{"the log begins with the window", the_log_begins_with_the_window},
	{"a run without window logs nothing", a_run_without_window_logs_nothing},
	{"a cut window ends its last second", a_cut_window_ends_its_last_second},
	{"a steady window is valid without a word",
	 a_steady_window_is_valid_without_a_word},
	{"workers are added up", workers_are_added_up},
	{"damaged lines are refused", damaged_lines_are_refused},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("recording", cases) != 0;
}
