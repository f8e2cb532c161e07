/* engines.h - the engines there are, in the order of load_engines (load.h). */
#ifndef LOADGEN_ENGINES_H
#define LOADGEN_ENGINES_H

#include "loadgen/engine.h"

#define ENGINE(name, text) extern const struct engine_ops engine_##name;
#include "loadgen/engines.def"
#undef ENGINE

/* Also where it is left out. */
#define ENGINE_IO_URING_SUMMARY "completions: one call receives for many connections"

extern const struct engine_ops *const engines[]; /* ends with NULL */

/* Why the engine cannot be used, or NULL; tries it out where the machine decides. */
const char *engine_reason(const struct engine_ops *ops);

#endif
