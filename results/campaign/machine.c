/* machine.c - the facts of the machine that /proc and /sys tell. */
#include "results/campaign/machine.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *open_in(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return fopen(full, "re");
}

static DIR *open_folder(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return opendir(full);
}

/* The first line of a file; false when it cannot be read or is empty. */
static bool read_line(const char *root, const char *path, char *text, size_t size)
{
	FILE *file = open_in(root, path);
	bool read = false;

	if (!file)
		return false;
	if (fgets(text, (int)size, file)) {
		text[strcspn(text, "\n")] = '\0';
		read = text[0] != '\0';
	}
	fclose(file);
	return read;
}

static json_t *line_of(const char *root, const char *path)
{
	char text[4096];

	return read_line(root, path, text, sizeof(text)) ? json_string(text)
							 : json_null();
}

/* The value behind "name<separator>" in a file of such lines, without quotes. */
static json_t *field_of(const char *root, const char *path, const char *name,
			char separator)
{
	char line[4096];
	FILE *file = open_in(root, path);
	json_t *value = NULL;

	while (file && !value && fgets(line, sizeof(line), file)) {
		char *mark = strchr(line, separator);
		if (strncmp(line, name, strlen(name)) != 0 || !mark)
			continue;
		mark += 1 + strspn(mark + 1, " \t\"");
		mark[strcspn(mark, "\"\n")] = '\0';
		value = json_string(mark);
	}
	if (file)
		fclose(file);
	return value ? value : json_null();
}

static const struct {
	const char *key, *path;
} lines[] = {
	{"kernel_cmdline", "/proc/cmdline"},
	{"smt", "/sys/devices/system/cpu/smt/active"},
	{"governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
	{"cpuidle_driver", "/sys/devices/system/cpu/cpuidle/current_driver"},
	{"clocksource",
	 "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
};

static const char *const sysctls[] = {
	"net/core/somaxconn",
	"net/core/rmem_max",
	"net/core/wmem_max",
	"net/core/busy_poll",
	"net/ipv4/tcp_rmem",
	"net/ipv4/tcp_wmem",
	"net/ipv4/tcp_max_syn_backlog",
	"net/ipv4/ip_local_port_range",
	"net/ipv4/tcp_tw_reuse",
	"net/ipv4/tcp_congestion_control",
	"kernel/perf_event_paranoid",
	"kernel/sched_autogroup_enabled",
	"kernel/timer_migration",
	"fs/file-max",
};

static json_t *read_sysctls(const char *root)
{
	json_t *all = json_object();
	char path[128], name[64];

	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		snprintf(path, sizeof(path), "/proc/sys/%s", sysctls[i]);
		snprintf(name, sizeof(name), "%s", sysctls[i]);
		for (char *p = name; *p; p++)
			if (*p == '/')
				*p = '.';
		json_object_set_new(all, name, line_of(root, path));
	}
	return all;
}

static json_t *read_mitigations(const char *root)
{
	static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
	DIR *dir = open_folder(root, folder);
	char path[512];

	if (!dir)
		return json_null();
	json_t *all = json_object();
	for (struct dirent *d; (d = readdir(dir));) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		json_object_set_new(all, d->d_name, line_of(root, path));
	}
	closedir(dir);
	return all;
}

static json_t *count_numa_nodes(const char *root)
{
	DIR *dir = open_folder(root, "/sys/devices/system/node");
	json_int_t count = 0;

	if (!dir)
		return json_null();
	for (struct dirent *d; (d = readdir(dir));)
		if (strncmp(d->d_name, "node", 4) == 0 && d->d_name[4] >= '0' &&
		    d->d_name[4] <= '9')
			count++;
	closedir(dir);
	return json_integer(count);
}

/* intel_pstate says "no turbo", everybody else "boost". */
static json_t *read_turbo(const char *root)
{
	char text[16];

	if (read_line(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", text,
		      sizeof(text)))
		return json_boolean(text[0] == '0');
	if (read_line(root, "/sys/devices/system/cpu/cpufreq/boost", text, sizeof(text)))
		return json_boolean(text[0] == '1');
	return json_null();
}

/* The hypervisor's name where the firmware tells it, "none" where the CPU denies one. */
static json_t *read_virtualisation(const char *root)
{
	json_t *flags = field_of(root, "/proc/cpuinfo", "flags", ':');
	const char *text = json_string_value(flags);
	json_t *value = json_null();
	char vendor[256];

	if (text && !strstr(text, " hypervisor"))
		value = json_string("none");
	else if (read_line(root, "/sys/hypervisor/type", vendor, sizeof(vendor)) ||
		 read_line(root, "/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor)))
		value = json_string(vendor);
	else if (text)
		value = json_string("unknown hypervisor");
	json_decref(flags);
	return value;
}

static json_t *read_memory(const char *root)
{
	json_t *text = field_of(root, "/proc/meminfo", "MemTotal", ':');
	json_t *value = json_is_string(text)
				? json_integer(strtoll(json_string_value(text), NULL, 10))
				: json_null();

	json_decref(text);
	return value;
}

static bool exists(const char *root, const char *path)
{
	FILE *file = open_in(root, path);

	if (file)
		fclose(file);
	return file != NULL;
}

static json_t *read_container(const char *root)
{
	const char *told = getenv("container");

	if (exists(root, "/.dockerenv"))
		return json_string("docker");
	if (exists(root, "/run/.containerenv"))
		return json_string("podman");
	return told && told[0] ? json_string(told) : json_null();
}

static json_t *read_ci_provider(void)
{
	static const char *const providers[][2] = {
		{"GITHUB_ACTIONS", "github-actions"},
		{"GITLAB_CI", "gitlab"},
		{"CIRCLECI", "circleci"},
		{"BUILDKITE", "buildkite"},
		{"JENKINS_URL", "jenkins"},
		{"CI", "unknown"},
	};

	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (getenv(providers[i][0]))
			return json_string(providers[i][1]);
	return json_null();
}

void machine_add(json_t *all, const char *root)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		json_object_set_new(all, lines[i].key, line_of(root, lines[i].path));
	json_object_set_new(all, "os",
			    field_of(root, "/etc/os-release", "PRETTY_NAME", '='));
	json_object_set_new(all, "cpu_model",
			    field_of(root, "/proc/cpuinfo", "model name", ':'));
	json_object_set_new(all, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(all, "numa_nodes", count_numa_nodes(root));
	json_object_set_new(all, "turbo", read_turbo(root));
	json_object_set_new(all, "virtualisation", read_virtualisation(root));
	json_object_set_new(all, "memory_kib", read_memory(root));
	json_object_set_new(all, "sysctl", read_sysctls(root));
	json_object_set_new(all, "mitigations", read_mitigations(root));
	json_object_set_new(all, "container", read_container(root));
	json_object_set_new(all, "ci_provider", read_ci_provider());
}

/* Ticks of a line of /proc/stat behind its name: user nice system idle iowait irq softirq
 * steal; guest time is in user. */
struct ticks {
	long long of[8];
};

enum { TICKS_IDLE = 3, TICKS_IOWAIT = 4, TICKS_STEAL = 7 };

static bool parse_ticks(const char *text, struct ticks *ret)
{
	long long *t = ret->of;

	return sscanf(text, "%lld %lld %lld %lld %lld %lld %lld %lld", &t[0], &t[1],
		      &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8;
}

static long long sum_of(const struct ticks *ticks)
{
	long long sum = 0;

	for (int i = 0; i < 8; i++)
		sum += ticks->of[i];
	return sum;
}

int machine_steal(long long *ret_steal, long long *ret_total)
{
	char line[512];
	struct ticks ticks;

	if (!read_line("", "/proc/stat", line, sizeof(line)) ||
	    strncmp(line, "cpu ", 4) != 0 || !parse_ticks(line + 4, &ticks))
		return -ENOTSUP;
	*ret_steal = ticks.of[TICKS_STEAL];
	*ret_total = sum_of(&ticks);
	return 0;
}

int machine_ticks(const cpu_set_t *cpus, struct machine_ticks *ret_ticks)
{
	FILE *file = fopen("/proc/stat", "re");
	char line[512];
	struct ticks ticks;
	int found = 0;

	*ret_ticks = (struct machine_ticks){0};
	while (file && fgets(line, sizeof(line), file) && strncmp(line, "cpu", 3) == 0) {
		char *rest = line + 3;
		long cpu = strtol(line + 3, &rest, 10);
		if (rest == line + 3 || !CPU_ISSET((size_t)cpu, cpus) ||
		    !parse_ticks(rest, &ticks))
			continue;
		ret_ticks->idle += ticks.of[TICKS_IDLE] + ticks.of[TICKS_IOWAIT];
		ret_ticks->steal += ticks.of[TICKS_STEAL];
		ret_ticks->total += sum_of(&ticks);
		found++;
	}
	if (file)
		fclose(file);
	return found > 0 && found == CPU_COUNT(cpus) ? 0 : -ENOTSUP;
}
