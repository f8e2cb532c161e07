/* workspace.h - a directory of a test's own, and who is left when a program has ended. */
#ifndef TESTS_E2E_WORKSPACE_H
#define TESTS_E2E_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the directory, which becomes TMPDIR, and makes orphans of the programs started
 * from now on children of this test. False: it could not. */
bool workspace_open(void);

/* The path of `name` in the directory, good until the next call but three. */
const char *workspace_path(const char *name);

/* The number of children that are left, orphans included; those that end within the
 * deadline of process.h are not counted. */
int workspace_children_left(void);

/* True when the directory has no entry but the ones named (ends with NULL). */
bool workspace_holds_only(const char *const *names);

/* Removes the directory with all that is in it. */
void workspace_close(void);

#endif
