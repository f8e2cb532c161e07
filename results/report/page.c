/* page.c - the page of a report, around its data. */
#include "results/report/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/report/assets.h"

#define JSON_DIGITS 12 /* of a real number */

bool report_page_has_curves(void)
{
	return report_chart_version[0] != '\0';
}

/* json_dump_callback_t: what could be markup leaves as an escape. */
static int write_harmless(const char *text, size_t size, void *out)
{
	for (size_t i = 0; i < size; i++) {
		if (strchr("<>&", text[i]) && text[i])
			fprintf(out, "\\u%04x", (unsigned)text[i]);
		else
			putc(text[i], out);
	}
	return ferror((FILE *)out) ? -1 : 0;
}

static int write_page(const json_t *data, FILE *out)
{
	fwrite(report_page_head, 1, report_page_head_size, out);
	if (json_dump_callback(data, write_harmless, out,
			       JSON_COMPACT | JSON_ENSURE_ASCII |
				       JSON_REAL_PRECISION(JSON_DIGITS)) < 0)
		return -EIO;
	fwrite(report_page_tail, 1, report_page_tail_size, out);
	return ferror(out) ? -EIO : 0;
}

int report_page_write(const json_t *data, const char *path)
{
	char *temporary;

	if (!data || asprintf(&temporary, "%s.new", path) < 0)
		return -ENOMEM;
	FILE *file = fopen(temporary, "we");
	int rc = file ? write_page(data, file) : -errno;
	if (file && fclose(file) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0 && file)
		unlink(temporary);
	free(temporary);
	return rc;
}
