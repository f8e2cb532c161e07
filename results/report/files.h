/* files.h - what else lies in the directory of a result, for its page. `directory` NULL: there
 * is none. All return JSON that the caller owns, null where there is nothing, and NULL when
 * memory is lacking; what cannot be read is said in source->missing. */
#ifndef RESULTS_REPORT_FILES_H
#define RESULTS_REPORT_FILES_H

#include "results/report/source.h"

/* The directory's own name, whatever it is called by. */
json_t *report_files_title(struct report_source *source, const char *directory);

/* environment.json, plan.ini as text, check.json. */
json_t *report_files_environment(struct report_source *source, const char *directory);
json_t *report_files_plan(struct report_source *source, const char *directory);
json_t *report_files_check(struct report_source *source, const char *directory);

#endif
