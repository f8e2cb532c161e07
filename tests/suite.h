/* suite.h - runs a table of test cases with CUnit. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#define TEST_SKIPPED 77 /* exit status: CTest's SKIP_RETURN_CODE */

struct test_case {
	const char *name;
	void (*run)(void);
};

/* Runs `cases` (ends with .name NULL) and returns the number of failed assertions, or a
 * positive number when CUnit itself failed: main returns `test_suite_run(..) != 0`. */
int test_suite_run(const char *name, const struct test_case *cases);

#endif
