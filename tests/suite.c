/*
 * suite.c - the only place that touches CUnit's registry.
 *
 * The failure count is read before the registry is cleaned: CU_get_error() is 0 after a
 * failed assertion, and a program that returns it can never fail.
 */
#include "tests/suite.h"

#include <CUnit/Basic.h>

int test_suite_run(const char *name, const struct test_case *cases)
{
	int failures = 1;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return failures;
	CU_pSuite suite = CU_add_suite(name, NULL, NULL);
	for (const struct test_case *c = cases; suite && c->name; c++)
		if (!CU_add_test(suite, c->name, c->run))
			suite = NULL;
	if (!suite)
		goto out;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (CU_basic_run_tests() == CUE_SUCCESS)
		failures = (int)CU_get_number_of_failures();
out:
	CU_cleanup_registry();
	return failures;
}
