/* registry.h - the gallery as data: what models.def and selectors.def list. */
#ifndef MODELS_REGISTRY_H
#define MODELS_REGISTRY_H

#include "server/io_model.h"

/* In the order of models.def; ends with NULL. The test build adds `skeleton`. */
extern const struct io_model *const io_models[];

extern const struct io_catalogue io_catalogue;

#endif
