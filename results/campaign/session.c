/* session.c - the sessions of a run: when it was at work, on what. */
#include "results/campaign/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "results/campaign/environment.h"
#include "results/campaign/result_dir.h"

int session_begin(json_t *environment, const char *command_line, size_t rows)
{
	json_t *sessions = json_object_get(environment, "sessions");
	char now[32];

	format_now(now, sizeof(now));
	if (!sessions) {
		sessions = json_array();
		json_object_set_new(environment, "sessions", sessions);
	}
	json_t *session =
		json_pack("{s:s, s:n, s:s, s:I, s:n, s:[]}", "started_at", now,
			  "ended_at", "command_line", command_line, "rows_before",
			  (json_int_t)rows, "rows_after", "left_out");
	json_object_set_new(environment, "ended_at", json_null());
	return session && json_array_append_new(sessions, session) == 0 ? 0 : -ENOMEM;
}

static json_t *left_out(const struct campaign *campaign)
{
	json_t *all = json_array();

	for (size_t i = 0; i < campaign->count; i++) {
		const struct campaign_cell *one = &campaign->prepared[i];
		if (one->left > 0)
			json_array_append_new(all, json_pack("{s:s, s:I}", "cell",
							     one->cell->id, "repetitions",
							     (json_int_t)one->left));
	}
	return all;
}

void session_end(json_t *environment, const struct campaign *campaign, bool complete)
{
	json_t *sessions = json_object_get(environment, "sessions");
	const size_t count = json_array_size(sessions);
	char now[32];

	if (count == 0)
		return;
	json_t *session = json_array_get(sessions, count - 1);
	format_now(now, sizeof(now));
	json_object_set_new(environment, "ended_at", json_string(now));
	json_object_set_new(session, "ended_at", json_string(now));
	json_object_set_new(session, "rows_after",
			    json_integer((json_int_t)campaign->row_count));
	if (complete)
		json_object_set_new(session, "left_out", left_out(campaign));
}

static void describe(const json_t *value, char *text, size_t size)
{
	char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	snprintf(text, size, "%.*s", 120, dumped ? dumped : "unknown");
	free(dumped);
}

static bool differ(const char *name, const json_t *before, const json_t *now,
		   char *difference)
{
	const char *key;
	json_t *value;
	char was[160], is[160], inner[128];

	if (before == now || json_equal(before, now)) /* both absent are equal too */
		return false;
	if (json_is_object(before) && json_is_object(now)) {
		json_object_foreach((json_t *)now, key, value)
		{
			snprintf(inner, sizeof(inner), "%.40s.%.80s", name, key);
			if (differ(inner, json_object_get(before, key), value,
				   difference))
				return true;
		}
	}
	describe(before, was, sizeof(was));
	describe(now, is, sizeof(is));
	snprintf(difference, OPTION_ERROR_SIZE, "%s was %s and is %s", name, was, is);
	return true;
}

bool session_comparable(const json_t *before, const json_t *now, char *difference)
{
	static const char *const facts[] = {
		"hostname_hash",
		"cpu_model",
		"cpus",
		"cpus_allowed",
		"numa_nodes",
		"smt",
		"virtualisation",
		"container",
		"kernel",
		"kernel_cmdline",
		"mitigations",
		"clocksource",
		"governor",
		"turbo",
		"cpuidle_driver",
		"sysctl",
		"os",
		"iomodels_version",
		"compiler_flags",
		"binary_sha256",
		"python",
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (differ(facts[i], json_object_get(before, facts[i]),
			   json_object_get(now, facts[i]), difference))
			return false;
	return true;
}

int session_go_on(const char *directory, const json_t *now, json_t **ret_environment,
		  char *error)
{
	char *file = result_dir_file(directory, "environment.json");
	char difference[OPTION_ERROR_SIZE];
	json_error_t why;

	json_t *before = file ? json_load_file(file, 0, &why) : NULL;
	free(file);
	if (!before) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "cannot read %.300s/environment.json: %.160s", directory,
			 file ? why.text : "out of memory");
		return -EINVAL;
	}
	if (!session_comparable(before, now, difference)) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "cannot go on in %.100s, rows would not be comparable: %.340s",
			 directory, difference);
		json_decref(before);
		return -EINVAL;
	}
	*ret_environment = before;
	return 0;
}
