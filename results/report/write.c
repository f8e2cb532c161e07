/* write.c - the page of a result, a check or a comparison, as a file. */
#include "results/report/write.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/data.h"
#include "results/report/latency.h"
#include "results/report/page.h"
#include "results/report/plots.h"
#include "results/report/source.h"
#include "server/options.h"

/* Beside the page. */
static int write_plots(const struct report_source *source, const json_t *latency,
		       const char *page, char *error)
{
	char *directory = strdup(page);

	if (!directory)
		return -ENOMEM;
	const int rc = report_plots(source, latency, dirname(directory), error);
	free(directory);
	return rc;
}

static int write_page(struct report_source *source, const struct report_request *request,
		      json_t *latency, char *error)
{
	json_t *data = report_data_new(source);
	json_t *comparison = request->comparison ? request->comparison : json_null();
	int rc = -ENOMEM;

	if (data && json_object_set(data, "latency", latency) == 0 &&
	    json_object_set(data, "comparison", comparison) == 0)
		rc = report_page_write(data, request->path);
	json_decref(data);
	if (rc < 0 && rc != -ENOMEM)
		snprintf(error, OPTION_ERROR_SIZE, "%.300s: %s", request->path,
			 strerror(-rc));
	return rc;
}

int report_write(const struct report_request *request, char *error)
{
	struct report_source source;
	json_t *latency = NULL;
	int rc = report_source_open(&source, request->base, request->new,
				    request->catalogue);

	if (rc == 0) {
		latency = report_latency_new(&source);
		rc = latency ? write_page(&source, request, latency, error) : -ENOMEM;
	}
	if (rc == 0 && request->named)
		puts(request->path);
	if (rc == 0 && !report_page_has_curves())
		warn_user("report: built without Chart.js (Debian package "
			  "libjs-chart.js): the page has no curves");
	if (rc == 0 && request->plots)
		rc = write_plots(&source, latency, request->path, error);
	json_decref(latency);
	report_source_release(&source);
	return rc;
}

int report_write_check(const struct io_catalogue *catalogue, const char *directory,
		       const char *path, char *error)
{
	struct input input;
	const struct report_request request = {
		.catalogue = catalogue, .base = &input, .path = path};
	int rc = input_read("report", directory, NULL, &input, error);

	if (rc < 0)
		return rc;
	rc = report_write(&request, error);
	csv_file_release(&input.file);
	return rc;
}
