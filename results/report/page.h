/* page.h - the page of a report: template, style and scripts of results/report/, compiled
 * in, around the data. */
#ifndef RESULTS_REPORT_PAGE_H
#define RESULTS_REPORT_PAGE_H

#include <jansson.h>
#include <stdbool.h>

/* Whether this build has Chart.js inside, without which a page has no curves. */
bool report_page_has_curves(void);

/*
 * Writes the page with `data` in it to `path`, whole or not at all (by way of a second file).
 * 0, -errno, or -ENOMEM when `data` is NULL.
 *
 * The data stand in a script element, in JSON: no text in them can end it or begin a comment,
 * as they hold neither '<' nor '>' nor '&' nor any letter beyond ASCII: all these are written as
 * \uXXXX, which JSON allows in strings, and they occur nowhere else in it.
 */
int report_page_write(const json_t *data, const char *path);

#endif
