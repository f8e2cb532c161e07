/*
 * test_hdr_block.c - histograms as HdrHistogram's V2 text, both ways: vectors that were
 * checked with HdrHistogram_c 0.11.10, and a line of jHiccup's.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/base64.h"
#include "loadgen/hdr_block.h"
#include "loadgen/histogram.h"
#include "loadgen/random.h"
#include "tests/suite.h"

/* 1000 three times, 2000, 5000, 1000000, of at most 3.6e9. */
static const uint8_t golden_block[] = {
	0x1c, 0x84, 0x93, 0x13, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
	0x00, 0x00, 0xd6, 0x93, 0xa4, 0x00, 0x3f, 0xf0, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0xcf, 0x0f, 0x06, 0xcd, 0x0f, 0x02, 0xa1, 0x14, 0x02, 0xfb, 0x7a, 0x02,
};
static const char golden_text[] =
	"HISTFAAAACx4nJNpmSzMwMDAwwABzFCaEURcm7yEwf4DROA8P9tZfqaFIky/q5gAo7MIgw==";
static const char golden_stored[] =
	"HISTFAAAAD94AQE0AMv/HISTEwAAAAwAAAAAAAAAAwAAAAAAAAABAAAAANaTpAA/"
	"8AAAAAAAAM8PBs0PAqEUAvt6AqOzCIM=";
static const char golden_jhiccup[] =
	"HISTFAAAAEV42pNpmSzMwMCgyAABTBDKT4GBgdnNYMcCBvsPEBEJISEuATEZMQ4uASkhIR4nrxg9v2lM"
	"axhvMekILGZkKmcCAEf2CsI=";

static struct histogram *golden_histogram(void)
{
	static const int64_t samples[] = {1000, 1000, 1000, 2000, 5000, 1000000};
	struct histogram *h = histogram_new();

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		histogram_record(h, samples[i]);
	return h;
}

/* The text of all cells; the caller frees it. */
static char *text_of(const uint64_t *cells, size_t end)
{
	struct hdr_bytes counts = {NULL, 0, 0}, block = {NULL, 0, 0};
	char *text = NULL;

	CU_ASSERT_EQUAL(hdr_counts_append(&counts, cells, NULL, 0, end), 0);
	CU_ASSERT_EQUAL(hdr_block_build(&hdr_shape_own, &counts, &block), 0);
	CU_ASSERT_EQUAL(hdr_block_encode(&block, &text), 0);
	hdr_bytes_release(&counts);
	hdr_bytes_release(&block);
	return text;
}

static void the_block_is_the_golden_one(void)
{
	const struct hdr_shape shape = {1, 3600000000, 3};
	struct hdr_bytes counts = {NULL, 0, 0}, block = {NULL, 0, 0};
	struct histogram *h = golden_histogram();

	CU_ASSERT_EQUAL(hdr_counts_append(&counts, h->cells, NULL, 0, HISTOGRAM_CELLS),
			0);
	CU_ASSERT_EQUAL(hdr_block_build(&shape, &counts, &block), 0);
	CU_ASSERT_EQUAL(block.length, sizeof(golden_block));
	CU_ASSERT_EQUAL(memcmp(block.data, golden_block, sizeof(golden_block)), 0);
	histogram_free(h);
	hdr_bytes_release(&counts);
	hdr_bytes_release(&block);
}

/* What a text holds. */
struct contents {
	struct hdr_shape shape;
	struct hdr_layout layout;
	int rc;
	uint64_t total;
	size_t last;
	uint64_t cells[HISTOGRAM_CELLS];
};

static void read_text(const char *text, size_t length, struct contents *ret)
{
	struct hdr_bytes counts;
	size_t cell;
	uint64_t count;

	memset(ret, 0, sizeof(*ret));
	ret->rc = hdr_block_decode(text, length, &ret->shape, &counts);
	if (ret->rc < 0)
		return;
	CU_ASSERT_EQUAL_FATAL(hdr_layout_init(&ret->layout, &ret->shape), 0);
	struct hdr_counts_reader reader = {counts.data, counts.data + counts.length, 0};
	while ((ret->rc = hdr_counts_next(&reader, ret->layout.cells, &cell, &count)) >
	       0) {
		ret->total += count;
		ret->last = cell;
		if (cell < HISTOGRAM_CELLS)
			ret->cells[cell] = count;
	}
	hdr_bytes_release(&counts);
}

static struct contents contents; /* too large for a stack */

static void check_golden(const char *text)
{
	read_text(text, strlen(text), &contents);
	CU_ASSERT_EQUAL(contents.rc, 0);
	CU_ASSERT_EQUAL(contents.shape.lowest, 1);
	CU_ASSERT_EQUAL(contents.shape.highest, 3600000000);
	CU_ASSERT_EQUAL(contents.shape.digits, 3);
	CU_ASSERT_EQUAL(contents.total, 6);
	CU_ASSERT_EQUAL(contents.cells[1000], 3);
	CU_ASSERT_EQUAL(contents.cells[2000], 1);
	CU_ASSERT_EQUAL(contents.cells[3298], 1);
	CU_ASSERT_EQUAL(contents.cells[11169], 1);
	CU_ASSERT_EQUAL(hdr_layout_lowest(&contents.layout, 11169), 999936);
	CU_ASSERT_EQUAL(hdr_layout_highest(&contents.layout, contents.last), 1000447);
}

static void golden_texts_are_read(void)
{
	check_golden(golden_text);
	check_golden(golden_stored);
}

static void another_shape_is_read(void)
{
	read_text(golden_jhiccup, strlen(golden_jhiccup), &contents);
	CU_ASSERT_EQUAL(contents.rc, 0);
	CU_ASSERT_EQUAL(contents.shape.digits, 2);
	CU_ASSERT_EQUAL(contents.shape.lowest, 20000);
	CU_ASSERT_EQUAL(contents.shape.highest, 3600000000000);
	CU_ASSERT_EQUAL(contents.total, 741);
	CU_ASSERT_EQUAL(hdr_layout_highest(&contents.layout, contents.last), 2768895);
}

static void our_layout_is_that_of_the_histogram(void)
{
	struct hdr_layout layout;

	CU_ASSERT_EQUAL(hdr_layout_init(&layout, &hdr_shape_own), 0);
	CU_ASSERT_EQUAL(layout.cells, HISTOGRAM_CELLS);
	CU_ASSERT_EQUAL(layout.buckets, 32);
	for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
		if (hdr_layout_lowest(&layout, i) != histogram_lowest(i) ||
		    hdr_layout_highest(&layout, i) != histogram_highest(i))
			CU_FAIL("a cell lies elsewhere");
}

static void layouts_have_the_sizes_of_others(void)
{
	static const struct {
		struct hdr_shape shape;
		size_t cells;
	} known[] = {{{1, 3600000000000, 2}, 4608}, {{1, 3600000000000, 3}, 33792}};
	static const struct hdr_shape none[] = {{0, 1000, 3},
						{1, 1000, 6},
						{1, 1000, -1},
						{1000, 1999, 3},
						{1LL << 60, INT64_MAX, 3}};
	struct hdr_layout layout;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		CU_ASSERT_EQUAL(hdr_layout_init(&layout, &known[i].shape), 0);
		CU_ASSERT_EQUAL(layout.cells, known[i].cells);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CU_ASSERT_EQUAL(hdr_layout_init(&layout, &none[i]), -EBADMSG);
}

/* Counts of every length of number, the greatest too. */
static void what_is_written_is_read(void)
{
	static uint64_t cells[HISTOGRAM_CELLS];
	uint64_t random = 5, total = 0;
	size_t last = 0;

	for (size_t i = 0; i < HISTOGRAM_CELLS; i++) {
		uint64_t number = random_next(&random);
		cells[i] = number % 7 < 3 ? 0 : number >> (7 + i % 57);
		total += cells[i];
		last = cells[i] > 0 ? i : last;
	}
	cells[17] = INT64_MAX;
	cells[18] = (1ULL << 55) - 1; /* the ninth byte has its upper bits */
	cells[19] = 1ULL << 62;
	char *text = text_of(cells, HISTOGRAM_CELLS);
	read_text(text, strlen(text), &contents);
	CU_ASSERT_EQUAL(contents.rc, 0);
	CU_ASSERT_EQUAL(contents.last, last);
	CU_ASSERT_EQUAL(memcmp(contents.cells, cells, sizeof(cells)), 0);
	free(text);
	CU_ASSERT_TRUE(total > 0);
}

static void an_empty_one_is_one_empty_cell(void)
{
	static const uint64_t cells[HISTOGRAM_CELLS];
	struct hdr_bytes counts = {NULL, 0, 0};

	CU_ASSERT_EQUAL(hdr_counts_append(&counts, cells, NULL, 0, 0), 0);
	CU_ASSERT_EQUAL(counts.length, 1);
	CU_ASSERT_EQUAL(counts.data[0], 0x01);
	hdr_bytes_release(&counts);
	char *text = text_of(cells, HISTOGRAM_CELLS);
	read_text(text, strlen(text), &contents);
	CU_ASSERT_EQUAL(contents.rc, 0);
	CU_ASSERT_EQUAL(contents.total, 0);
	free(text);
}

static void only_what_was_gained_is_written(void)
{
	uint64_t before[8] = {0, 5, 0, 7, 0, 0, 0, 0},
		 cells[8] = {0, 5, 0, 9, 0, 0, 1, 0};
	static const uint8_t expected[] = {0x05, 0x04, 0x03, 0x02}; /* -3, 2, -2, 1 */
	struct hdr_bytes counts = {NULL, 0, 0};

	CU_ASSERT_EQUAL(hdr_counts_append(&counts, cells, before, 1, 8), 0);
	CU_ASSERT_EQUAL_FATAL(counts.length, sizeof(expected));
	CU_ASSERT_EQUAL(memcmp(counts.data, expected, sizeof(expected)), 0);
	hdr_bytes_release(&counts);
}

/* Every text that is cut, and every text with one other character: no crash, and either an
 * error or a histogram. */
static void damaged_texts_are_refused(void)
{
	char text[sizeof(golden_text)];
	int refused = 0;

	for (size_t i = 0; i < strlen(golden_text); i++) {
		read_text(golden_text, i, &contents);
		CU_ASSERT_EQUAL(contents.rc, -EBADMSG);
		memcpy(text, golden_text, sizeof(text));
		text[i] = text[i] == 'A' ? 'B' : 'A';
		read_text(text, strlen(text), &contents);
		CU_ASSERT_TRUE(contents.rc == 0 || contents.rc == -EBADMSG);
		refused += contents.rc != 0;
	}
	CU_ASSERT_TRUE(refused > 60); /* of 72; zlib has a checksum */
	read_text("HISTFAAAACx4nJNp mSz", 20, &contents);
	CU_ASSERT_EQUAL(contents.rc, -EBADMSG);
}

static void counts_that_overflow_are_refused(void)
{
	static const uint8_t runs_over[] = {0x09}; /* 5 empty cells */
	static const uint8_t ends_within[] = {0x80, 0x80};
	size_t cell;
	uint64_t count;
	struct hdr_counts_reader reader = {runs_over, runs_over + 1, 0};

	CU_ASSERT_EQUAL(hdr_counts_next(&reader, 5, &cell, &count), 0);
	reader = (struct hdr_counts_reader){runs_over, runs_over + 1, 0};
	CU_ASSERT_EQUAL(hdr_counts_next(&reader, 4, &cell, &count), -EBADMSG);
	reader = (struct hdr_counts_reader){ends_within, ends_within + 2, 0};
	CU_ASSERT_EQUAL(hdr_counts_next(&reader, 4, &cell, &count), -EBADMSG);
}

static void base64_is_that_of_the_rfc(void)
{
	static const char *const texts[][2] = {{"", ""},
					       {"f", "Zg=="},
					       {"fo", "Zm8="},
					       {"foo", "Zm9v"},
					       {"foob", "Zm9vYg=="},
					       {"fooba", "Zm9vYmE="},
					       {"foobar", "Zm9vYmFy"}};
	char text[BASE64_SIZE(6)];
	uint8_t bytes[6];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t length = strlen(texts[i][0]);
		base64_encode((const uint8_t *)texts[i][0], length, text);
		CU_ASSERT_STRING_EQUAL(text, texts[i][1]);
		CU_ASSERT_EQUAL(base64_decode(text, strlen(text), bytes),
				(ptrdiff_t)length);
		CU_ASSERT_EQUAL(memcmp(bytes, texts[i][0], length), 0);
	}
	CU_ASSERT_EQUAL(base64_decode("Zm9", 3, bytes), -1);
	CU_ASSERT_EQUAL(base64_decode("Zm=v", 4, bytes), -1);
	CU_ASSERT_EQUAL(base64_decode("Zm9\n", 4, bytes), -1);
}

static const struct test_case cases[] = {
	{"the block is the golden one", the_block_is_the_golden_one},
	{"golden texts are read", golden_texts_are_read},
	{"another shape is read", another_shape_is_read},
	{"our layout is that of the histogram", our_layout_is_that_of_the_histogram},
	{"layouts have the sizes of others", layouts_have_the_sizes_of_others},
	{"what is written is read", what_is_written_is_read},
	{"an empty one is one empty cell", an_empty_one_is_one_empty_cell},
	{"only what was gained is written", only_what_was_gained_is_written},
	{"damaged texts are refused", damaged_texts_are_refused},
	{"counts that overflow are refused", counts_that_overflow_are_refused},
	{"base64 is that of the RFC", base64_is_that_of_the_rfc},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("hdr_block", cases) != 0;
}
