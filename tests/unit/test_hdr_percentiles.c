/*
 * test_hdr_percentiles.c - the table for HdrHistogram's plotter: a small one to the letter,
 * as another implementation of the Java form prints it, and what holds for any.
 */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/hdr_percentiles.h"
#include "loadgen/random.h"
#include "tests/suite.h"

static const char golden[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n"
			     "\n"
			     "       1.000 0.000000000000          3           1.00\n"
			     "       1.000 0.100000000000          3           1.11\n"
			     "       1.000 0.200000000000          3           1.25\n"
			     "       1.000 0.300000000000          3           1.43\n"
			     "       1.000 0.400000000000          3           1.67\n"
			     "       1.000 0.500000000000          3           2.00\n"
			     "       2.000 0.550000000000          4           2.22\n"
			     "       2.000 0.600000000000          4           2.50\n"
			     "       2.000 0.650000000000          4           2.86\n"
			     "       5.003 0.700000000000          5           3.33\n"
			     "       5.003 0.750000000000          5           4.00\n"
			     "       5.003 0.775000000000          5           4.44\n"
			     "       5.003 0.800000000000          5           5.00\n"
			     "       5.003 0.825000000000          5           5.71\n"
			     "    1000.447 0.850000000000          6           6.67\n"
			     "    1000.447 1.000000000000          6\n"
			     "#[Mean    =      168.366, StdDeviation   =      372.007]\n"
			     "#[Max     =     1000.447, Total count    =            6]\n"
			     "#[Buckets =           32, SubBuckets     =         2048]\n";

static char *text_of(const struct histogram *h)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_EQUAL(hdr_percentiles_write(h, out), 0);
	fclose(out);
	return text;
}

static void a_small_one_is_printed_to_the_letter(void)
{
	static const int64_t samples[] = {1000, 1000, 1000, 2000, 5000, 1000000};
	struct histogram *h = histogram_new();

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		histogram_record(h, samples[i]);
	char *text = text_of(h);
	CU_ASSERT_STRING_EQUAL(text, golden);
	free(text);
	histogram_free(h);
}

static void an_empty_one_has_head_and_foot(void)
{
	struct histogram *h = histogram_new();
	char *text = text_of(h);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "1/(1-Percentile)\n\n#[Mean    ="));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Total count    =            0]"));
	CU_ASSERT_PTR_NULL(strstr(text, "nan"));
	free(text);
	histogram_free(h);
}

/* The plotter takes a line of exactly four words; the last has three, and no infinity. */
static int words_of(const char *line)
{
	int words = 0;

	for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
		line += strcspn(line, " ");
		words++;
	}
	return words;
}

static void every_line_says_what_the_histogram_says(void)
{
	struct histogram *h = histogram_new();
	uint64_t random = 11, lines = 0;
	char *rest;

	for (int i = 0; i < 200000; i++)
		histogram_record(h, 20000 + (int64_t)(random_next(&random) >>
						      (44 + random_next(&random) % 19)));
	char *text = text_of(h);
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		double us, level;
		unsigned long long seen;
		if (line[0] == '#' || strstr(line, "Value"))
			continue;
		CU_ASSERT_EQUAL(sscanf(line, "%lf %lf %llu", &us, &level, &seen), 3);
		CU_ASSERT_EQUAL(words_of(line), level < 1 ? 4 : 3);
		int64_t value = (int64_t)(us * 1000 + 0.5);
		CU_ASSERT_EQUAL(histogram_index(value),
				histogram_index(histogram_quantile(h, level)));
		lines++;
	}
	CU_ASSERT_TRUE(lines > 50); /* 5 for each half of what is left */
	free(text);
	histogram_free(h);
}

static const struct test_case cases[] = {
	{"a small one is printed to the letter", a_small_one_is_printed_to_the_letter},
	{"an empty one has head and foot", an_empty_one_has_head_and_foot},
	{"every line says what the histogram says",
	 every_line_says_what_the_histogram_says},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("hdr_percentiles", cases) != 0;
}
