/* summary_best.h - who is best in each column of each table; private to summary*.c. */
#ifndef RESULTS_SHOW_SUMMARY_BEST_H
#define RESULTS_SHOW_SUMMARY_BEST_H

#include "results/show/summary.h"

void summary_mark_best(struct summary *summary);

#endif
