/* test_machine_facts.c - what environment.json says of machines that are only files. */
#include <CUnit/CUnit.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/campaign/machine.h"
#include "tests/suite.h"

struct fact {
	const char *path, *text;
};

/* A machine of one socket, virtual, with a governor. */
static const struct fact server[] = {
	{"/proc/cmdline", "BOOT_IMAGE=/vmlinuz ro mitigations=auto\n"},
	{"/proc/cpuinfo",
	 "processor\t: 0\nmodel name\t: Some CPU @ 3.0GHz\nflags\t\t: fpu hypervisor sse\n"},
	{"/proc/meminfo", "MemTotal:       16303428 kB\nMemFree: 1 kB\n"},
	{"/proc/sys/net/core/somaxconn", "4096\n"},
	{"/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n"},
	{"/etc/os-release", "NAME=\"x\"\nPRETTY_NAME=\"Some Linux 12\"\n"},
	{"/sys/devices/system/cpu/smt/active", "1\n"},
	{"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"},
	{"/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"},
	{"/sys/devices/system/cpu/cpuidle/current_driver", "intel_idle\n"},
	{"/sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n"},
	{"/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"},
	{"/sys/devices/system/node/node0/cpulist", "0\n"},
	{"/sys/devices/system/node/node1/cpulist", "1\n"},
	{"/sys/devices/system/node/possible", "0-1\n"},
	{"/sys/class/dmi/id/sys_vendor", "Some Cloud\n"},
	{NULL, NULL},
};

/* Another one, of iron, in a container. */
static const struct fact iron[] = {
	{"/proc/cpuinfo", "model name\t: Other\nflags\t: fpu sse\n"},
	{"/sys/devices/system/cpu/cpufreq/boost", "1\n"},
	{"/run/.containerenv", "\n"},
	{NULL, NULL},
};

static const struct fact nothing[] = {{NULL, NULL}};

static void write_fact(const char *root, const struct fact *fact)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", root, fact->path);
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	FILE *file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(fact->text, file);
	fclose(file);
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/* The facts of such a machine; the caller's. */
static json_t *facts_of(const struct fact *machine)
{
	char root[] = "/tmp/iomodels-test-XXXXXX";
	json_t *all = json_object();

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
	for (; machine->path; machine++)
		write_fact(root, machine);
	machine_add(all, root);
	nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return all;
}

static void check_text(const json_t *all, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(all, key));

	CU_ASSERT_PTR_NOT_NULL(value);
	if (value)
		CU_ASSERT_STRING_EQUAL(value, text);
}

static void files_become_facts(void)
{
	json_t *all = facts_of(server);

	check_text(all, "kernel_cmdline", "BOOT_IMAGE=/vmlinuz ro mitigations=auto");
	check_text(all, "cpu_model", "Some CPU @ 3.0GHz");
	check_text(all, "os", "Some Linux 12");
	check_text(all, "smt", "1");
	check_text(all, "governor", "powersave");
	check_text(all, "cpuidle_driver", "intel_idle");
	check_text(all, "clocksource", "tsc");
	check_text(all, "virtualisation", "Some Cloud");
	CU_ASSERT_TRUE(json_is_false(json_object_get(all, "turbo")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all, "memory_kib")), 16303428);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all, "numa_nodes")), 2);
	CU_ASSERT_TRUE(json_is_null(json_object_get(all, "container")));
	const json_t *sysctl = json_object_get(all, "sysctl");
	check_text(sysctl, "net.core.somaxconn", "4096");
	check_text(sysctl, "net.ipv4.tcp_rmem", "4096\t131072\t6291456");
	CU_ASSERT_TRUE(json_is_null(json_object_get(sysctl, "net.core.busy_poll")));
	check_text(json_object_get(all, "mitigations"), "meltdown", "Not affected");
	json_decref(all);
}

static void another_machine_has_others(void)
{
	json_t *all = facts_of(iron);

	check_text(all, "virtualisation", "none");
	check_text(all, "container", "podman");
	CU_ASSERT_TRUE(json_is_true(json_object_get(all, "turbo")));
	json_decref(all);
}

/* Every key is there, so that nobody takes a missing one for an older version. */
static void what_nobody_tells_is_null(void)
{
	static const char *const keys[] = {
		"kernel_cmdline", "os",          "cpu_model",
		"numa_nodes",     "smt",         "governor",
		"cpuidle_driver", "turbo",       "virtualisation",
		"memory_kib",     "clocksource", "mitigations"};
	json_t *all = facts_of(nothing);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CU_ASSERT_TRUE(json_is_null(json_object_get(all, keys[i])));
	CU_ASSERT_TRUE(json_integer_value(json_object_get(all, "cpus")) > 0);
	CU_ASSERT_TRUE(json_is_object(json_object_get(all, "sysctl")));
	json_decref(all);
}

static void a_ci_is_known_by_its_variable(void)
{
	setenv("GITLAB_CI", "true", 1);
	unsetenv("GITHUB_ACTIONS");
	json_t *all = facts_of(nothing);
	check_text(all, "ci_provider", "gitlab");
	json_decref(all);
	unsetenv("GITLAB_CI");
}

static const struct test_case cases[] = {
	{"files become facts", files_become_facts},
	{"another machine has others", another_machine_has_others},
	{"what nobody tells is null", what_nobody_tells_is_null},
	{"a CI is known by its variable", a_ci_is_known_by_its_variable},
	{NULL, NULL},
};

int main(void)
{
	unsetenv("container");
	return test_suite_run("machine_facts", cases) != 0;
}
