/* outputs.c - the files that `load` writes beside its result: --hgrm and --hlog. */
#include "loadgen/outputs.h"

#include <errno.h>
#include <string.h>

#include "loadgen/hdr_percentiles.h"
#include "loadgen/recording.h"

static int open_one(const char *option, const char *name, FILE **ret_file, char *error)
{
	if (!name)
		return 0;
	*ret_file = strcmp(name, "-") == 0 ? stdout : fopen(name, "we");
	if (*ret_file)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "%s '%.300s': %s; accepted is a file that can be written, or -", option,
		 name, strerror(errno));
	return -EINVAL;
}

int outputs_open(struct outputs *outputs, const char *hgrm, const char *hlog, char *error)
{
	*outputs = (struct outputs){.hgrm_name = hgrm, .hlog_name = hlog};
	if (hgrm && hlog && strcmp(hgrm, hlog) == 0) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "--hgrm '%.200s' and --hlog '%.200s': two files are accepted",
			 hgrm, hlog);
		return -EINVAL;
	}
	int rc = open_one("--hgrm", hgrm, &outputs->hgrm, error);
	return rc == 0 ? open_one("--hlog", hlog, &outputs->hlog, error) : rc;
}

static int finish(int rc, FILE *file, const char *name, char *error)
{
	if (rc == 0 && fflush(file) != 0)
		rc = -errno;
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot write '%.300s': %s", name,
			 strerror(-rc));
	return rc;
}

int outputs_write(const struct outputs *outputs, const struct load_result *result,
		  char *error)
{
	int rc = 0;

	if (outputs->hgrm)
		rc = finish(hdr_percentiles_write(load_headline(result), outputs->hgrm),
			    outputs->hgrm, outputs->hgrm_name, error);
	if (rc == 0 && outputs->hlog)
		rc = finish(recording_write(result->recording, outputs->hlog),
			    outputs->hlog, outputs->hlog_name, error);
	return rc;
}

static void close_one(FILE **file)
{
	if (*file && *file != stdout)
		fclose(*file);
	*file = NULL;
}

void outputs_close(struct outputs *outputs)
{
	close_one(&outputs->hgrm);
	close_one(&outputs->hlog);
}
