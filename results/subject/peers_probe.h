/* peers_probe.h - asks the interpreter about all peers that are wanted, in one process. */
#ifndef RESULTS_SUBJECT_PEERS_PROBE_H
#define RESULTS_SUBJECT_PEERS_PROBE_H

#include "results/subject/peers.h"

/* Sets `reasons` and `asked` of those that are wanted and not asked yet, and `facts`. */
void peers_probe(struct peers *peers);

#endif
