/* peers_probe.c - asks the interpreter about all peers that are wanted, in one process. */
#include "results/subject/peers_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/subject/captured.h"

#define WORDS_BEFORE 3 /* the interpreter, -B, the program */

struct question {
	char *words[WORDS_BEFORE + PEERS_MAX + 1];
	int peers[PEERS_MAX]; /* whose scripts are behind those words */
	int count;
};

/* False: no memory. */
static bool prepare(const struct peers *peers, struct question *question)
{
	char *directory = peers_directory();

	memset(question, 0, sizeof(*question));
	question->words[0] = (char *)peers->python;
	question->words[1] = "-B";
	if (directory && asprintf(&question->words[2], "%s/probe.py", directory) < 0)
		question->words[2] = NULL;
	free(directory);
	bool whole = question->words[2] != NULL;
	for (int i = 0; whole && python_peers[i]; i++) {
		if (!peers->wanted[i] || peers->asked[i])
			continue;
		char *script = peers_script(python_peers[i]);
		whole = script != NULL;
		question->words[WORDS_BEFORE + question->count] = script;
		question->peers[question->count++] = i;
	}
	return whole;
}

static void release(struct question *question)
{
	for (int i = 0; i < question->count; i++)
		free(question->words[WORDS_BEFORE + i]);
	free(question->words[2]);
}

/* What it said of itself, with its path. */
static json_t *make_facts(const struct peers *peers, const json_t *answer)
{
	static const char *const names[] = {"implementation", "version", "packages"};
	json_t *facts = json_pack("{ss}", "interpreter", peers->python);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *value = json_object_get(answer, names[i]);
		json_object_set(facts, names[i], value ? value : json_null());
	}
	return facts;
}

/* An interpreter that has no answer can run none of them, for the reason that it gave. */
static void take(struct peers *peers, const struct question *question,
		 const json_t *answer, const char *failure)
{
	const json_t *reasons = json_object_get(answer, "reasons");

	for (int i = 0; i < question->count; i++) {
		const json_t *reason = json_array_get(reasons, (size_t)i);
		const char *text = reason ? json_string_value(reason) : failure;
		peers->reasons[question->peers[i]] = text ? strdup(text) : NULL;
		peers->asked[question->peers[i]] = true;
	}
	if (!peers->facts)
		peers->facts = make_facts(peers, answer);
}

/* Why there is no answer; `line` is the last that was said. The caller frees it. */
static char *describe_failure(const struct peers *peers, int status, const char *line)
{
	char *reason = NULL;

	if (status > 0 && line && line[0])
		return strdup(line);
	const int length =
		status < 0 ? asprintf(&reason, "cannot run %s: %s", peers->python,
				      strerror(-status))
			   : asprintf(&reason, "%s does not answer as Python does",
				      peers->python);
	return length < 0 ? NULL : reason;
}

void peers_probe(struct peers *peers)
{
	struct question question;
	char *line = NULL, *reason = NULL;

	if (prepare(peers, &question)) {
		const int status = captured_run(question.words, &line);
		json_t *answer = status == 0 && line ? json_loads(line, 0, NULL) : NULL;
		if (!answer)
			reason = describe_failure(peers, status, line);
		take(peers, &question, answer, reason);
		json_decref(answer);
	}
	free(reason);
	free(line);
	release(&question);
}
