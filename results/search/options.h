/* options.h - what `search` accepts, and what follows from it. */
#ifndef RESULTS_SEARCH_OPTIONS_H
#define RESULTS_SEARCH_OPTIONS_H

#include "results/search/steps.h"

struct search_options {
	struct load_config load; /* first: load_options' offsets hold here too */
	int engine;              /* index into engine_choices */
	struct option_list slo;
	const char *precision;
	int64_t again;
	int transport, placement; /* of a SERVER */
	const char *workers;
	const char *python;
	bool csv, json, progress;
};

/* Its own options, then those of `load` but the rate; `table` has OPTIONS_MAX lines. */
void search_options_table(struct option_spec *table);

/* Everything that can be wrong before anything is started: fills `steps` (zeroed) and what
 * of `search` is asked for. 0, or -EINVAL or -ENOMEM with one line in `error`
 * (OPTION_ERROR_SIZE bytes). */
int search_prepare(const struct search_options *options, const char *target,
		   const struct io_catalogue *catalogue, struct search_steps *steps,
		   struct knee_search *search, char *error);

#endif
