/* version.c - `iomodels --version`: what this program was built from, and with. */
#include <stdio.h>

#include "build_info.h"
#include "results/list.h"

static void print_library(const char *name, int found, const char *version,
			  const char *reason)
{
	if (found)
		printf("  %-10s %s\n", name, version);
	else
		printf("  %-10s missing: %s\n", name, reason);
}

void version_print(void)
{
	const char *commit = GIT_COMMIT;

	printf("iomodels %s (%s%s)\n", IOMODELS_VERSION,
	       *commit ? commit : "commit unknown", GIT_DIRTY ? ", with changes" : "");
	printf("built by %s %s\n", COMPILER, COMPILER_FLAGS);
	puts("libraries:");
#define LIBRARY(name, found, version, reason) \
	print_library(#name, found, version, reason);
	LIBRARY_LIST
#undef LIBRARY
}
