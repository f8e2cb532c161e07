/* test_plan_models.c - models that nobody named have cells only where they serve the
 * transport, also when the plan is read back. */
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#include "results/plan/private.h"
#include "tests/suite.h"

static const struct io_model loop = {
	.name = "loop", .family = "reactor", .flags = IO_MODEL_STREAM};
static const struct io_model packets = {
	.name = "packets", .family = "datagram", .flags = IO_MODEL_DATAGRAM};
static const struct io_model kernel = {
	.name = "kernel",
	.family = "kernel",
	.flags = IO_MODEL_STREAM | IO_MODEL_ECHO_ONLY,
};
static const struct io_model dealt = {
	.name = "dealt",
	.family = "process",
	.flags = IO_MODEL_STREAM | IO_MODEL_DEALT,
};
static const struct io_model *const models[] = {&loop, &packets, &kernel, &dealt, NULL};
static const struct io_catalogue catalogue = {.models = models};

/* The cells as "MODEL/TRANSPORT MODEL/TRANSPORT "; the caller frees it. */
static char *cells_of(const struct plan *plan)
{
	struct cell *cells;
	size_t count, size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_EQUAL_FATAL(plan_expand(plan, &cells, &count), 0);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%.*s ", (int)(strstr(cells[i].id, "/c") - cells[i].id),
			cells[i].id);
	fclose(out);
	plan_cells_free(cells, count);
	return text;
}

/* The plan has these cells, and so has the plan that it is written back as. */
static void check_cells(const char *text, const char *expected, const char *line)
{
	char error[OPTION_ERROR_SIZE] = "", *again, *cells;
	struct plan plan;
	size_t size;

	CU_ASSERT_EQUAL_FATAL(plan_parse(text, "p.ini", &catalogue, &plan, error), 0);
	cells = cells_of(&plan);
	CU_ASSERT_STRING_EQUAL(cells, expected);
	free(cells);
	FILE *out = open_memstream(&again, &size);
	plan_settle_models(&plan);
	CU_ASSERT_EQUAL(plan_write(&plan, out), 0);
	fclose(out);
	plan_release(&plan);
	CU_ASSERT_PTR_NOT_NULL(strstr(again, line));
	CU_ASSERT_EQUAL_FATAL(plan_parse(again, "p.ini", &catalogue, &plan, error), 0);
	cells = cells_of(&plan);
	CU_ASSERT_STRING_EQUAL(cells, expected);
	free(cells);
	free(again);
	plan_release(&plan);
}

static void all_are_those_that_serve_the_transport(void)
{
	check_cells("[cells a]\nmodel = all\n", "loop/tcp kernel/tcp dealt/tcp ",
		    "\nmodel = loop kernel dealt\n");
	check_cells("[cells a]\nmodel = all\ntransport = unix\n", "loop/unix ",
		    "\nmodel = loop\n");
	check_cells("[cells a]\nmodel = all\ntransport = udp\n", "packets/udp ",
		    "\nmodel = packets\n");
	check_cells("[cells a]\nmodel = family:reactor family:datagram\n", "loop/tcp ",
		    "\nmodel = loop\n");
}

static void each_has_the_transports_that_it_serves(void)
{
	check_cells("[cells a]\nmodel = all\ntransport = tcp udp\n",
		    "loop/tcp kernel/tcp dealt/tcp packets/udp ",
		    "\nmodel = ?loop ?packets ?kernel ?dealt\n");
	check_cells("[cells a]\nmodel = all\ntransport = tcp unix\n",
		    "loop/tcp kernel/tcp dealt/tcp loop/unix ",
		    "\nmodel = loop ?kernel ?dealt\n");
}

/* They are reported as unavailable. */
static void who_is_named_is_kept(void)
{
	check_cells("[cells a]\nmodel = packets loop\n", "packets/tcp loop/tcp ",
		    "\nmodel = packets loop\n");
	check_cells("[cells a]\nmodel = packets all\n",
		    "packets/tcp loop/tcp kernel/tcp dealt/tcp ",
		    "\nmodel = packets loop kernel dealt\n");
	check_cells("[cells a]\nmodel = packets\ntransport = tcp udp\n",
		    "packets/tcp packets/udp ", "\nmodel = packets\n");
}

/* The command refuses a plan without cells; a section of it may have none. */
static void a_section_may_have_no_cells(void)
{
	check_cells("[cells a]\nmodel = family:datagram\n", "", "\nmodel = ?packets\n");
	check_cells("[cells a]\nmodel = family:datagram\n\n[cells b]\nmodel = loop\n",
		    "loop/tcp ", "\nmodel = ?packets\n");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"all are those that serve the transport",
		 all_are_those_that_serve_the_transport},
		{"each has the transports that it serves",
		 each_has_the_transports_that_it_serves},
		{"who is named is kept", who_is_named_is_kept},
		{"a section may have no cells", a_section_may_have_no_cells},
		{NULL, NULL},
	};

	return test_suite_run("plan_models", cases) != 0;
}
