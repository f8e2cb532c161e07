/* selectors.c - the selectors as data: what selectors.def lists. */
#include "models/selector/selector.h"

#include <stddef.h>
#include <string.h>

#define SELECTOR(name, summary) extern const struct selector selector_##name;
#include "models/selector/selectors.def"
#undef SELECTOR

const struct selector *const selectors[] = {
#define SELECTOR(name, summary) &selector_##name,
#include "models/selector/selectors.def"
#undef SELECTOR
	NULL,
};

const struct selector *selector_find(const char *name)
{
	for (const struct selector *const *s = selectors; *s; s++)
		if (strcmp((*s)->name, name) == 0)
			return *s;
	return NULL;
}
