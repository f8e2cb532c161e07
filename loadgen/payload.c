/* payload.c - how many bytes each request carries. */
#include "loadgen/payload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/payload_file.h"
#include "loadgen/random.h"
#include "server/echo.h"
#include "server/options.h"

#define DEFAULT_TEXT "64"
#define STREAM       0x5851f42d4c957f2d /* apart from the draws of work */

static const char uniform[] = "uniform:";

static int parse_bytes(const char *text, uint32_t *ret_bytes)
{
	int64_t bytes;

	if (parse_size(text, &bytes) < 0 || bytes > ECHO_MAX_FRAME_LIMIT)
		return -EINVAL;
	*ret_bytes = (uint32_t)bytes;
	return 0;
}

static int parse_fixed(const char *text, struct payload *payload)
{
	const int rc = parse_bytes(text, &payload->least);

	payload->kind = PAYLOAD_FIXED;
	payload->most = payload->least;
	payload->mean = payload->least;
	return rc;
}

/* Behind "uniform:". */
static int parse_uniform(const char *text, struct payload *payload)
{
	const char *dash = strchr(text, '-');
	char least[32];

	if (!dash || (size_t)(dash - text) >= sizeof(least))
		return -EINVAL;
	snprintf(least, sizeof(least), "%.*s", (int)(dash - text), text);
	if (parse_bytes(least, &payload->least) < 0 ||
	    parse_bytes(dash + 1, &payload->most) < 0 || payload->least > payload->most)
		return -EINVAL;
	payload->kind = PAYLOAD_UNIFORM;
	payload->mean = ((double)payload->least + payload->most) / 2;
	return 0;
}

static bool is_uniform(const char *text)
{
	return strncmp(text, uniform, strlen(uniform)) == 0;
}

int payload_parse(const char *name, const char *text, struct payload *ret_payload,
		  char *error)
{
	char most[32], why[OPTION_ERROR_SIZE / 2];
	int rc;

	*ret_payload = (struct payload){.kind = PAYLOAD_FIXED};
	if (!text)
		text = DEFAULT_TEXT;
	if (text[0] == '@') {
		rc = payload_file_read(text + 1, ret_payload, why, sizeof(why));
		if (rc < 0)
			snprintf(error, OPTION_ERROR_SIZE, "%s '%.200s': %s", name, text,
				 why);
		return rc;
	}
	rc = is_uniform(text) ? parse_uniform(text + strlen(uniform), ret_payload)
			      : parse_fixed(text, ret_payload);
	format_size(ECHO_MAX_FRAME_LIMIT, most, sizeof(most));
	if (rc < 0)
		snprintf(
			error, OPTION_ERROR_SIZE,
			"%s '%.200s': bytes (k and M mean 1024), 0 to %s, uniform:A-B or "
			"@FILE is accepted",
			name, text, most);
	return rc;
}

void payload_release(struct payload *payload)
{
	free(payload->slots);
	*payload = (struct payload){.kind = PAYLOAD_FIXED};
}

void payload_format(const char *text, char *ret_text, size_t size)
{
	struct payload payload = {.kind = PAYLOAD_FIXED};
	char least[32], most[32];

	if (!text)
		text = DEFAULT_TEXT;
	if (is_uniform(text) && parse_uniform(text + strlen(uniform), &payload) == 0) {
		format_size(payload.least, least, sizeof(least));
		format_size(payload.most, most, sizeof(most));
		snprintf(ret_text, size, "%s%s-%s", uniform, least, most);
	} else if (parse_fixed(text, &payload) == 0) {
		format_size(payload.least, ret_text, size);
	} else {
		snprintf(ret_text, size, "%s", text);
	}
}

uint32_t payload_draw(const struct payload *payload, uint64_t seed, uint32_t connection,
		      uint32_t sequence)
{
	const uint64_t number = random_at(seed ^ STREAM, connection, sequence);

	if (payload->kind == PAYLOAD_FILE)
		return payload_slot_draw(payload, number);
	return payload->least + random_below(number, payload->most - payload->least + 1);
}
