/*
 * hdr_log.h - HdrHistogram's interval log, version 1.3: histograms over time, as text.
 *
 *	#[Histogram log format version 1.3]
 *	#[BaseTime: 1700000000.500 (seconds since epoch)]
 *	"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
 *	Tag=service,0.000,1.000,2.769,HISTFAAA..
 *
 * Values are nanoseconds, Interval_Max is in milliseconds, start and length in seconds, the
 * start since the base time. Readers of others have traps that the writer keeps clear of:
 * no comment longer than 126 bytes, none below the legend, plain numbers.
 *
 * Source: HdrHistogram's HistogramLogWriter and HistogramLogReader.
 */
#ifndef LOADGEN_HDR_LOG_H
#define LOADGEN_HDR_LOG_H

#include <stdio.h>

#include "loadgen/hdr_block.h"

/* The lines above the intervals; `started_ns` since the epoch. 0 or -EIO. */
int hdr_log_begin(FILE *out, int64_t started_ns);

struct hdr_log_writer {
	struct hdr_bytes counts, block; /* kept from line to line; zeroed at first */
};
void hdr_log_writer_release(struct hdr_log_writer *writer);

/* An interval's times: after the start of the log, and how long. */
struct hdr_log_span {
	int64_t start_ns, length_ns;
};

/* One line: the cells of a struct histogram. 0, -ENOMEM or -EIO. */
int hdr_log_write(struct hdr_log_writer *writer, FILE *out, const char *tag,
		  const struct hdr_log_span *span, const uint64_t *cells);

/* A line, read: texts point into it. */
struct hdr_log_line {
	const char *tag; /* "" where there is none */
	double start_s, length_s, max;
	const char *histogram; /* for hdr_block_decode */
	size_t histogram_length;
};

/* 1; 0 for a comment, the legend or an empty line; -EBADMSG. Changes the text. */
int hdr_log_parse(char *text, struct hdr_log_line *ret_line);

#endif
