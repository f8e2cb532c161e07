/* hdr_log.c - HdrHistogram's interval log, version 1.3. */
#include "loadgen/hdr_log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "build_info.h"
#include "loadgen/histogram.h"
#include "server/clock.h"

#define LEGEND                                    \
	"\"StartTimestamp\",\"Interval_Length\"," \
	"\"Interval_Max\",\"Interval_Compressed_Histogram\""

static double seconds(int64_t ns)
{
	return (double)ns / NS_PER_S;
}

int hdr_log_begin(FILE *out, int64_t started_ns)
{
	const time_t at = (time_t)(started_ns / NS_PER_S);
	char date[64];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(date, sizeof(date), "%a %b %d %H:%M:%S UTC %Y", &tm);
	fprintf(out, "#[Logged with iomodels %s]\n", IOMODELS_VERSION);
	fprintf(out, "#[Histogram log format version 1.3]\n");
	fprintf(out, "#[BaseTime: %.3f (seconds since epoch)]\n", seconds(started_ns));
	fprintf(out, "#[StartTime: %.3f (seconds since epoch), %s]\n",
		seconds(started_ns), date);
	fprintf(out, LEGEND "\n");
	return ferror(out) ? -EIO : 0;
}

void hdr_log_writer_release(struct hdr_log_writer *writer)
{
	hdr_bytes_release(&writer->counts);
	hdr_bytes_release(&writer->block);
}

/* One behind the last cell that is not empty. */
static size_t end_of(const uint64_t *cells)
{
	size_t end = HISTOGRAM_CELLS;

	while (end > 0 && cells[end - 1] == 0)
		end--;
	return end;
}

int hdr_log_write(struct hdr_log_writer *writer, FILE *out, const char *tag,
		  const struct hdr_log_span *span, const uint64_t *cells)
{
	size_t end = end_of(cells);
	double max = end > 0 ? (double)histogram_highest(end - 1) : 0;
	char *text;

	writer->counts.length = 0;
	if (hdr_counts_append(&writer->counts, cells, NULL, 0, end) < 0 ||
	    hdr_block_build(&hdr_shape_own, &writer->counts, &writer->block) < 0 ||
	    hdr_block_encode(&writer->block, &text) < 0)
		return -ENOMEM;
	fprintf(out, "Tag=%s,%.3f,%.3f,%.3f,%s\n", tag, seconds(span->start_ns),
		seconds(span->length_ns), max / NS_PER_MS, text);
	free(text);
	return ferror(out) ? -EIO : 0;
}

/* Cuts the field before the next comma off; NULL: there is none. */
static char *take_field(char **rest)
{
	char *field = *rest, *comma = strchr(field, ',');

	if (!comma)
		return NULL;
	*comma = '\0';
	*rest = comma + 1;
	return field;
}

static bool take_number(char **rest, double *ret_value)
{
	char *field = take_field(rest), *end;

	if (!field)
		return false;
	*ret_value = strtod(field, &end);
	return end != field && *end == '\0';
}

int hdr_log_parse(char *text, struct hdr_log_line *ret_line)
{
	text[strcspn(text, "\r\n")] = '\0';
	if (text[0] == '#' || text[0] == '"' || text[0] == '\0')
		return 0;
	ret_line->tag = "";
	if (strncmp(text, "Tag=", 4) == 0) {
		ret_line->tag = take_field(&text);
		if (!ret_line->tag)
			return -EBADMSG;
		ret_line->tag += 4;
	}
	if (!take_number(&text, &ret_line->start_s) ||
	    !take_number(&text, &ret_line->length_s) ||
	    !take_number(&text, &ret_line->max))
		return -EBADMSG;
	ret_line->histogram = text;
	ret_line->histogram_length = strlen(text);
	return 1;
}
