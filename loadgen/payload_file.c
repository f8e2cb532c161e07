/* payload_file.c - sizes with weights, read from a file, drawn in constant time. */
#include "loadgen/payload_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loadgen/random.h"
#include "server/echo.h"
#include "server/options.h"

#define SHOWN 60 /* bytes of a line that a message shows */

struct payload_slot {
	double share; /* of the first size; 1: it has the slot for itself */
	uint32_t first, second;
};

/* What the lines say. */
struct weights {
	uint32_t *sizes;
	double *weights; /* none is 0 */
	uint32_t count;
	double sum;
};

static void weights_release(struct weights *w)
{
	free(w->sizes);
	free(w->weights);
}

static int parse_line(const char *line, int64_t *ret_size, double *ret_weight)
{
	char size[32], weight[32], more;

	if (sscanf(line, " %31[^ \t,] , %31s %c", size, weight, &more) != 2)
		return -EINVAL;
	if (parse_size(size, ret_size) < 0 || *ret_size > ECHO_MAX_FRAME_LIMIT)
		return -EINVAL;
	return parse_rate(weight, ret_weight);
}

static int add_line(struct weights *w, const char *line, size_t length)
{
	int64_t bytes;
	double weight;

	if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0')
		return strlen(line) == length ? 0 : -EINVAL; /* a NUL in it */
	if (strlen(line) != length || parse_line(line, &bytes, &weight) < 0)
		return -EINVAL;
	if (w->count == PAYLOAD_LINES_MAX)
		return -E2BIG;
	if (weight == 0)
		return 0;
	w->sizes[w->count] = (uint32_t)bytes;
	w->weights[w->count++] = weight;
	w->sum += weight;
	return 0;
}

static void refuse_line(int number, const char *line, char *why, size_t size)
{
	size_t length = strcspn(line, "\r\n");

	if (length > SHOWN)
		length = SHOWN;
	snprintf(
		why, size,
		"line %d: '%.*s': SIZE,WEIGHT is accepted, such as 4k,0.5, SIZE being 0 to 64M",
		number, (int)length, line);
}

static int read_lines(FILE *in, struct weights *w, char *why, size_t size)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int rc = 0;

	for (int number = 1; rc == 0 && (length = getline(&line, &room, in)) >= 0;
	     number++) {
		rc = add_line(w, line, (size_t)length);
		if (rc == -EINVAL)
			refuse_line(number, line, why, size);
		else if (rc == -E2BIG)
			snprintf(why, size, "at most %d sizes are accepted",
				 PAYLOAD_LINES_MAX);
	}
	free(line);
	if (rc == 0 && ferror(in)) {
		snprintf(why, size, "cannot be read");
		rc = -EIO;
	} else if (rc == 0 && w->count == 0) {
		snprintf(why, size, "no line SIZE,WEIGHT with a weight above 0 in it");
		rc = -EINVAL;
	}
	return rc;
}

/* Fills what a slot has free from one that has too much, until each holds one count-th of
 * all weight. `scaled` are the weights, 1 being a slot; `order` has room for `count`: those
 * below 1 from its begin, the others from its end. */
static void fill_slots(struct payload_slot *slots, double *scaled, uint32_t *order,
		       uint32_t count)
{
	uint32_t poor = 0, rich = count;

	for (uint32_t i = 0; i < count; i++)
		order[scaled[i] < 1 ? poor++ : --rich] = i;
	while (poor > 0 && rich < count) {
		const uint32_t to = order[--poor], from = order[rich];
		slots[to].share = scaled[to];
		slots[to].second = slots[from].first;
		scaled[from] -= 1 - scaled[to];
		if (scaled[from] >= 1)
			continue;
		rich++;
		order[poor++] = from;
	}
}

static int make_slots(struct weights *w, struct payload *payload)
{
	uint32_t *order = calloc(w->count, sizeof(*order));

	*payload = (struct payload){
		.kind = PAYLOAD_FILE, .least = UINT32_MAX, .count = w->count};
	payload->slots = calloc(w->count, sizeof(*payload->slots));
	if (!order || !payload->slots) {
		free(order);
		payload_release(payload);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < w->count; i++) {
		const uint32_t bytes = w->sizes[i];
		payload->slots[i] = (struct payload_slot){1, bytes, bytes};
		payload->mean += bytes * (w->weights[i] / w->sum);
		payload->least = bytes < payload->least ? bytes : payload->least;
		payload->most = bytes > payload->most ? bytes : payload->most;
		w->weights[i] *= w->count / w->sum;
	}
	fill_slots(payload->slots, w->weights, order, w->count);
	free(order);
	return 0;
}

/* A pipe would block, and would not be there for the next who asks. */
static FILE *open_regular(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return NULL;
	if (!S_ISREG(status.st_mode)) {
		errno = ENOTSUP;
		return NULL;
	}
	return fopen(path, "re");
}

int payload_file_read(const char *path, struct payload *payload, char *why, size_t size)
{
	FILE *in = open_regular(path);
	int rc = in ? -ENOMEM : -errno;
	struct weights w = {
		.sizes = calloc(PAYLOAD_LINES_MAX, sizeof(*w.sizes)),
		.weights = calloc(PAYLOAD_LINES_MAX, sizeof(*w.weights)),
	};

	snprintf(why, size, "%s",
		 rc == -ENOTSUP ? "a regular file is accepted" : strerror(-rc));
	if (in && w.sizes && w.weights) {
		rc = read_lines(in, &w, why, size);
		if (rc == 0)
			rc = make_slots(&w, payload);
	}
	if (in)
		fclose(in);
	weights_release(&w);
	return rc;
}

uint32_t payload_slot_draw(const struct payload *payload, uint64_t number)
{
	const struct payload_slot *slot =
		&payload->slots[random_below(number, payload->count)];

	/* The product's lower half: where in the slot the number lies. */
	return random_unit(number * payload->count) < slot->share ? slot->first
								  : slot->second;
}
