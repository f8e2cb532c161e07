/* recording.c - the latencies of each second of a run, of all its workers. */
#include "loadgen/recording.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loadgen/hdr_log.h"
#include "server/clock.h"

struct part {
	struct interval_log logs[RECORDER_LOGS];
};

struct recording {
	struct part *parts;
	size_t count;
	int64_t start_ns, end_ns, tail_ns; /* the window, and the time behind it */
};

struct recording *recording_new(void)
{
	return calloc(1, sizeof(struct recording));
}

void recording_free(struct recording *recording)
{
	for (size_t i = 0; recording && i < recording->count; i++)
		for (int log = 0; log < RECORDER_LOGS; log++)
			interval_log_release(&recording->parts[i].logs[log]);
	if (recording)
		free(recording->parts);
	free(recording);
}

int recording_take(struct recording *recording, struct recorder *recorder,
		   int64_t start_ns, int64_t end_ns)
{
	size_t size = (recording->count + 1) * sizeof(struct part);
	struct part *parts = realloc(recording->parts, size);
	int rc = 0;

	if (!parts)
		return -ENOMEM;
	recording->parts = parts;
	recording->start_ns = start_ns;
	if (end_ns > recording->end_ns)
		recording->end_ns = end_ns;
	if (recorder->tail_ns > recording->tail_ns)
		recording->tail_ns = recorder->tail_ns;
	struct interval_log *logs = parts[recording->count++].logs;
	memcpy(logs, recorder->logs, sizeof(recorder->logs));
	memset(recorder->logs, 0, sizeof(recorder->logs));
	for (int log = 0; log < RECORDER_LOGS; log++)
		rc = logs[log].lost ? -ENOMEM : rc;
	return rc;
}

/* The wall clock's time of the window's start, where there was one. */
static int64_t epoch_ns(const struct recording *recording)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	int64_t now_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	return recording->count > 0 ? now_ns - (clock_ns() - recording->start_ns)
				    : now_ns;
}

/* Of those in the window; the piece behind them is the tail. */
static size_t pieces_of(const struct interval_log *log)
{
	return log->count > 0 ? log->count - 1 : 0;
}

/* In the window, of all workers. */
static size_t pieces(const struct recording *recording)
{
	size_t most = 0;

	for (size_t i = 0; i < recording->count; i++)
		if (pieces_of(&recording->parts[i].logs[0]) > most)
			most = pieces_of(&recording->parts[i].logs[0]);
	return most;
}

#define TAIL SIZE_MAX /* as a piece */

/* Sums the cells of a piece over the workers; false: nobody logs such a histogram. */
static bool add_up(const struct recording *recording, int log, size_t piece,
		   uint64_t *cells)
{
	bool logged = false;

	memset(cells, 0, HISTOGRAM_CELLS * sizeof(*cells));
	for (size_t i = 0; i < recording->count; i++) {
		const struct interval_log *one = &recording->parts[i].logs[log];
		logged = logged || one->histogram;
		if (piece == TAIL)
			interval_log_read(one, pieces_of(one), cells);
		else if (piece < pieces_of(one))
			interval_log_read(one, piece, cells);
	}
	return logged;
}

static struct hdr_log_span span_of(const struct recording *recording, size_t piece)
{
	int64_t window_ns = recording->end_ns - recording->start_ns;
	int64_t start_ns = (int64_t)piece * NS_PER_S;

	if (piece == TAIL)
		return (struct hdr_log_span){window_ns, recording->tail_ns};
	return (struct hdr_log_span){start_ns, window_ns - start_ns < NS_PER_S
						       ? window_ns - start_ns
						       : NS_PER_S};
}

static bool is_empty(const uint64_t *cells)
{
	for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
		if (cells[i] > 0)
			return false;
	return true;
}

/* A line for each histogram; an empty tail has none. */
static int write_piece(const struct recording *recording, size_t piece,
		       struct hdr_log_writer *writer, uint64_t *cells, FILE *out)
{
	const struct hdr_log_span span = span_of(recording, piece);
	int rc = 0;

	for (int log = 0; rc == 0 && log < RECORDER_LOGS; log++)
		if (add_up(recording, log, piece, cells) &&
		    !(piece == TAIL && is_empty(cells)))
			rc = hdr_log_write(writer, out, recorder_tag(log), &span, cells);
	return rc;
}

int recording_write(const struct recording *recording, FILE *out)
{
	struct hdr_log_writer writer = {{NULL, 0, 0}, {NULL, 0, 0}};
	uint64_t *cells = malloc(HISTOGRAM_CELLS * sizeof(*cells));
	int rc = cells ? hdr_log_begin(out, epoch_ns(recording)) : -ENOMEM;

	for (size_t piece = 0; rc == 0 && piece < pieces(recording); piece++)
		rc = write_piece(recording, piece, &writer, cells, out);
	if (rc == 0)
		rc = write_piece(recording, TAIL, &writer, cells, out);
	hdr_log_writer_release(&writer);
	free(cells);
	return rc == 0 && fflush(out) != 0 ? -errno : rc;
}
