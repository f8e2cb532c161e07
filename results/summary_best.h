/* summary_best.h - who is best in each column of each table; private to summary*.c. */
#ifndef RESULTS_SUMMARY_BEST_H
#define RESULTS_SUMMARY_BEST_H

#include "results/summary.h"

void summary_mark_best(struct summary *summary);

#endif
