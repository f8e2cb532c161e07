/* test_payload.c - what `--size` accepts, and the sizes that are drawn. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loadgen/payload.h"
#include "server/options.h"
#include "tests/suite.h"

#define DRAWS 200000

static char path[] = "@/tmp/iomodels-sizes-XXXXXX";

static void write_file(const char *text, size_t length)
{
	FILE *out = fopen(path + 1, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(fwrite(text, 1, length, out), length);
	CU_ASSERT_EQUAL(fclose(out), 0);
}

static struct payload parsed(const char *text)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct payload payload;

	CU_ASSERT_EQUAL_FATAL(payload_parse("--size", text, &payload, error), 0);
	CU_ASSERT_STRING_EQUAL(error, "");
	return payload;
}

static void texts_are_read_and_written_back(void)
{
	static const struct {
		const char *text, *written;
		enum payload_kind kind;
		uint32_t least, most;
		double mean;
	} good[] = {
		{"0", "0", PAYLOAD_FIXED, 0, 0, 0},
		{NULL, "64", PAYLOAD_FIXED, 64, 64, 64},
		{"16384", "16k", PAYLOAD_FIXED, 16384, 16384, 16384},
		{"64M", "64M", PAYLOAD_FIXED, 64 << 20, 64 << 20, 64 << 20},
		{"uniform:64-4096", "uniform:64-4k", PAYLOAD_UNIFORM, 64, 4096, 2080},
		{"uniform:0-1", "uniform:0-1", PAYLOAD_UNIFORM, 0, 1, 0.5},
		{"uniform:7-7", "uniform:7-7", PAYLOAD_UNIFORM, 7, 7, 7},
	};
	char text[64];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct payload payload = parsed(good[i].text);
		CU_ASSERT_EQUAL(payload.kind, good[i].kind);
		CU_ASSERT_EQUAL(payload.least, good[i].least);
		CU_ASSERT_EQUAL(payload.most, good[i].most);
		CU_ASSERT_EQUAL(payload.mean, good[i].mean);
		payload_format(good[i].text, text, sizeof(text));
		CU_ASSERT_STRING_EQUAL(text, good[i].written);
		payload_release(&payload);
	}
	payload_format("@some file", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "@some file");
}

/* One line that names option and value. */
static void check_refused(const char *text, const char *word)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct payload payload;

	CU_ASSERT_TRUE(payload_parse("--size", text, &payload, error) < 0);
	CU_ASSERT_PTR_NULL(payload.slots);
	CU_ASSERT_EQUAL(strncmp(error, "--size '", 8), 0);
	CU_ASSERT_EQUAL(strncmp(error + 8, text, strlen(text)), 0);
	if (!strstr(error, word)) {
		printf("\n%s", error);
		CU_FAIL("a refusal without its reason");
	}
	CU_ASSERT_PTR_NULL(strchr(error, '\n'));
}

static void other_texts_are_refused_in_one_line(void)
{
	static const char *const bad[] = {
		"",
		"-1",
		"64 ",
		"1.5k",
		"65M",
		"uniform",
		"uniform:",
		"uniform:1",
		"uniform:1-",
		"uniform:-1",
		"uniform:2-1",
		"uniform:1-65M",
		"uniform:1-2-3",
		"fixed:1",
		"exp:100",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(bad[i], "0 to 64M, uniform:A-B or @FILE is accepted");
}

static void damaged_files_are_refused_in_one_line(void)
{
	static const struct {
		const char *text;
		size_t length; /* 0: to its end */
		const char *word;
	} bad[] = {
		{"", 0, "no line SIZE,WEIGHT"},
		{"# nothing\n\n", 0, "no line SIZE,WEIGHT"},
		{"64,0\n", 0, "no line SIZE,WEIGHT"},
		{"64,1\n128;1\n", 0, "line 2: '128;1': SIZE,WEIGHT is accepted"},
		{"64\n", 0, "line 1: '64'"},
		{"64,\n", 0, "line 1: '64,'"},
		{",1\n", 0, "line 1: ',1'"},
		{"64,1,2\n", 0, "line 1: '64,1,2'"},
		{"64,1 2\n", 0, "line 1"},
		{"64,-1\n", 0, "line 1: '64,-1'"},
		{"64,nan\n", 0, "line 1"},
		{"64,1e3\n", 0, "line 1"},
		{"-64,1\n", 0, "line 1"},
		{"65M,1\n", 0, "line 1: '65M,1'"},
		{"4.5k,1\n", 0, "line 1"},
		{"64,1\n\n64,1\0,3\n", 14, "line 3"},
		{"size,weight\n64,1\n", 0, "line 1: 'size,weight'"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(bad[i].text,
			   bad[i].length ? bad[i].length : strlen(bad[i].text));
		check_refused(path, bad[i].word);
	}
}

static void what_is_no_file_is_refused(void)
{
	check_refused("@/tmp", "a regular file");
	check_refused("@/dev/null", "a regular file");
	check_refused("@", "No such file");
	check_refused("@/nonexistent/sizes", "No such file");
}

static void a_file_has_its_bounds_and_mean(void)
{
	static const char text[] = "# sizes of a day\n64,3\r\n\n 4k , 0.5 \n0,0.5\n9,0";

	write_file(text, strlen(text));
	struct payload payload = parsed(path);
	CU_ASSERT_EQUAL(payload.kind, PAYLOAD_FILE);
	CU_ASSERT_EQUAL(payload.least, 0);
	CU_ASSERT_EQUAL(payload.most, 4096);
	CU_ASSERT_DOUBLE_EQUAL(payload.mean, (3 * 64 + 0.5 * 4096) / 4, 1e-9);
	payload_release(&payload);
	payload_release(&payload);
}

/* Within 4.5 standard deviations of a binomial: one false alarm in 150,000. */
static void check_share(int count, double expected)
{
	CU_ASSERT_DOUBLE_EQUAL((double)count / DRAWS, expected,
			       4.5 * sqrt(expected * (1 - expected) / DRAWS));
}

static void every_weight_has_its_share(void)
{
	static const double weights[] = {1, 0.25, 30, 7, 0.01, 1, 2, 12.5};
	int seen[8] = {0};
	char text[256];
	size_t used = 0;
	double sum = 0;

	for (size_t i = 0; i < 8; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%zu,%g\n", i,
					 weights[i]);
		sum += weights[i];
	}
	write_file(text, used);
	struct payload payload = parsed(path);
	for (uint32_t i = 0; i < DRAWS; i++)
		seen[payload_draw(&payload, 5, i % 64, i / 64) & 7]++;
	for (size_t i = 0; i < 8; i++)
		check_share(seen[i], weights[i] / sum);
	payload_release(&payload);
}

static void a_file_of_one_size_has_one_size(void)
{
	write_file("77,3\n77,1\n", 10);
	struct payload payload = parsed(path);
	CU_ASSERT_EQUAL(payload.least, payload.most);
	for (uint32_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(payload_draw(&payload, 1, 2, i), 77);
	payload_release(&payload);
}

static void uniform_sizes_are_alike(void)
{
	struct payload payload = parsed("uniform:3-12");
	int seen[13] = {0};

	for (uint32_t i = 0; i < DRAWS; i++) {
		uint32_t size = payload_draw(&payload, 7, i % 64, i / 64);
		if (size < 3 || size > 12)
			CU_FAIL_FATAL("a size out of bounds");
		seen[size]++;
	}
	for (int i = 3; i <= 12; i++)
		check_share(seen[i], 0.1);
}

static void draws_depend_on_seed_connection_and_sequence_alone(void)
{
	struct payload payload = parsed("uniform:0-64M");
	int same = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t size = payload_draw(&payload, 1, 5, i);
		CU_ASSERT_EQUAL(payload_draw(&payload, 1, 5, i), size);
		same += payload_draw(&payload, 2, 5, i) == size;
		same += payload_draw(&payload, 1, 6, i) == size;
		same += payload_draw(&payload, 1, 5, i + 1) == size;
	}
	CU_ASSERT_TRUE(same < 3);
}

static const struct test_case cases[] = {
	{"texts are read and written back", texts_are_read_and_written_back},
	{"other texts are refused in one line", other_texts_are_refused_in_one_line},
	{"damaged files are refused in one line", damaged_files_are_refused_in_one_line},
	{"what is no file is refused", what_is_no_file_is_refused},
	{"a file has its bounds and mean", a_file_has_its_bounds_and_mean},
	{"every weight has its share", every_weight_has_its_share},
	{"a file of one size has one size", a_file_of_one_size_has_one_size},
	{"uniform sizes are alike", uniform_sizes_are_alike},
	{"draws depend on seed, connection and sequence alone",
	 draws_depend_on_seed_connection_and_sequence_alone},
	{NULL, NULL},
};

int main(void)
{
	int fd = mkstemp(path + 1);

	if (fd < 0)
		return 1;
	close(fd);
	int failures = test_suite_run("payload", cases);
	unlink(path + 1);
	return failures != 0;
}
