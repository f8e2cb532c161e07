/* names.c - the names that a command line may have, for completion. */
#include "results/plan/names.h"

#include <stdio.h>

#include "results/plan/plan.h"
#include "results/subject/peers.h"

static void print_models(const char *kind, const struct io_model *const *models)
{
	printf("%s\t", kind);
	for (int i = 0; models[i]; i++)
		printf("%s%s", i ? " " : "", models[i]->name);
	putchar('\n');
}

void names_print(const struct io_catalogue *catalogue)
{
	print_models("models", catalogue->models);
	print_models("peers", python_peers);
	fputs("plans\t", stdout);
	for (int i = 0; shipped_plans[i].name; i++)
		printf("%s%s", i ? " " : "", shipped_plans[i].name);
	putchar('\n');
}
