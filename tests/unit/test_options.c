/* test_options.c - one table: command lines, defaults, pairs, help, and what is refused. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/suite.h"

struct values {
	bool json;
	int64_t connections, size, duration_ns;
	double rate;
	const char *out;
	int engine;
	cpu_set_t pin;
	struct option_list require;
};

static const char *const engines[] = {"epoll", "io-uring", NULL};

#define AT(field) offsetof(struct values, field)
static const struct option_spec table[] = {
	{"connections", "N", "connections", OPTION_COUNT, AT(connections), "64", 1, 1000,
	 NULL},
	{"size", "BYTES", "payload", OPTION_SIZE, AT(size), "64", 0, 64 << 20, NULL},
	{"duration", "TIME", "the window", OPTION_DURATION, AT(duration_ns), "10s",
	 1000000, 3600000000000, NULL},
	{"rate", "R", "requests per second", OPTION_RATE, AT(rate), NULL, 1, 0, NULL},
	{"engine", "NAME", "how it does I/O", OPTION_CHOICE, AT(engine), "epoll", 0, 0,
	 engines},
	{"pin", "CPUS", "CPUs to run on", OPTION_CPUS, AT(pin), NULL, 0, 0, NULL},
	{"out", "DIR", "where to write", OPTION_TEXT, AT(out), NULL, 0, 0, NULL},
	{"require", "CONDITION", "must hold", OPTION_REPEAT, AT(require), NULL, 0, 0,
	 NULL},
	{"json", NULL, "print JSON", OPTION_FLAG, AT(json), NULL, 0, 0, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const struct option_command command = {"load", "drive a server", "ADDR", 1, 1,
					      table,  "Exit codes: 0."};

/* What a parse printed, and where its values and operands are. */
struct parse {
	char *argv[16];
	struct values values;
	char **operands;
	char out[4096], err[2048];
};

static void capture_end(FILE *file, int target, int saved, char *text, size_t size)
{
	fflush(target == STDOUT_FILENO ? stdout : stderr);
	dup2(saved, target);
	close(saved);
	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static int parse_words(struct parse *p, const char *const *words)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int argc = 0;

	memset(p, 0, sizeof(*p));
	for (p->argv[argc++] = "load"; *words; words++)
		p->argv[argc++] = (char *)*words;
	fflush(stdout);
	int saved_out = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(err), STDERR_FILENO);
	int result = options_parse(&command, argc, p->argv, &p->values, sizeof(p->values),
				   &p->operands);
	capture_end(err, STDERR_FILENO, saved_err, p->err, sizeof(p->err));
	capture_end(out, STDOUT_FILENO, saved_out, p->out, sizeof(p->out));
	return result;
}

#define PARSE(p, ...) parse_words(p, (const char *const[]){__VA_ARGS__, NULL})

static void defaults_then_arguments(void)
{
	struct parse p;

	CU_ASSERT_EQUAL(PARSE(&p, "tcp:1"), 1);
	CU_ASSERT_EQUAL(p.values.connections, 64);
	CU_ASSERT_EQUAL(p.values.duration_ns, 10000000000);
	CU_ASSERT_EQUAL(p.values.rate, 0.0);
	CU_ASSERT_EQUAL(CPU_COUNT(&p.values.pin), 0);
	CU_ASSERT_STRING_EQUAL(p.operands[0], "tcp:1");
	CU_ASSERT_EQUAL(PARSE(&p, "--connections", "8", "tcp:2", "--size=4k", "--engine",
			      "io-uring", "--pin=0", "--rate", "1.5k", "--json", "--out",
			      "x"),
			1);
	CU_ASSERT_EQUAL(p.values.connections, 8);
	CU_ASSERT_EQUAL(p.values.size, 4096);
	CU_ASSERT_EQUAL(p.values.engine, 1);
	CU_ASSERT_EQUAL(p.values.rate, 1500.0);
	CU_ASSERT(CPU_ISSET(0, &p.values.pin) && p.values.json);
	CU_ASSERT_STRING_EQUAL(p.values.out, "x");
	CU_ASSERT_STRING_EQUAL(p.operands[0], "tcp:2");
	CU_ASSERT_STRING_EQUAL(p.err, "");
}

static void repeated_options_are_kept(void)
{
	struct parse p;

	CU_ASSERT_EQUAL(PARSE(&p, "--require", "a<=1", "tcp:1", "--require=b>=2"), 1);
	CU_ASSERT_EQUAL(p.values.require.count, 2);
	CU_ASSERT_STRING_EQUAL(p.values.require.items[1], "b>=2");
	option_list_release(&p.values.require);
	CU_ASSERT_PTR_NULL(p.values.require.items);
	CU_ASSERT_EQUAL(PARSE(&p, "--require", "a", "tcp:1", "--size", "x"), -EINVAL);
	CU_ASSERT_PTR_NULL(p.values.require.items);
	option_list_release(NULL);
}

static int count_lines(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void mistakes_are_one_line(void)
{
	static const struct {
		const char *words[4];
		const char *said[3];
	} cases[] = {
		{{"a", "--connectoins", "1"},
		 {"unknown option '--connectoins'", "--connections"}},
		{{"a", "--xyzzy"}, {"unknown option '--xyzzy'"}},
		{{"a", "-c"}, {"unknown option '-c'"}},
		{{"a", "--size"}, {"--size needs a value", "0 to 64M"}},
		{{"a", "--json=1"}, {"'--json=1'", "takes no value"}},
		{{"a", "--help=1"}, {"--help '1'", "text|man|words"}},
		{{"a", "--connections", "0"}, {"--connections '0'", "1 to 1000"}},
		{{"a", "--connections", "1001"}, {"'1001'", "1 to 1000"}},
		{{"a", "--connections", "ten"}, {"'ten'", "a whole number"}},
		{{"a", "--connections", ""}, {"--connections ''", "1 to 1000"}},
		{{"a", "--size", "65M"}, {"--size '65M'", "0 to 64M"}},
		{{"a", "--duration", "10"},
		 {"--duration '10'", "ns us ms s m", "1ms to 60m"}},
		{{"a", "--rate", "nan"}, {"--rate 'nan'", "1 or more"}},
		{{"a", "--engine", "epol"}, {"--engine 'epol'", "epoll|io-uring"}},
		{{"a", "--pin", "1023"}, {"--pin '1023'", "CPUs 0"}},
		{{"a", "--pin", "1-0"}, {"--pin '1-0'", "0-3,6"}},
		{{"a", "b"}, {"unexpected operand 'b'", "ADDR"}},
		{{"--json"}, {"no ADDR given", "usage: iomodels load ADDR"}},
		{{"a", "--size", "1\n2"}, {"--size '1?2'"}},
		{{"a", "--ou"}, {"--out needs a value"}},
		{{"a", "--"}, {NULL}},
	};
	struct parse p;

	for (size_t i = 0; cases[i].said[0]; i++) {
		CU_ASSERT_EQUAL(parse_words(&p, cases[i].words), -EINVAL);
		CU_ASSERT_EQUAL(strncmp(p.err, "iomodels: load: ", 16), 0);
		CU_ASSERT_EQUAL(count_lines(p.err), 1);
		CU_ASSERT_STRING_EQUAL(p.out, "");
		for (int j = 0; j < 3 && cases[i].said[j]; j++) {
			if (!strstr(p.err, cases[i].said[j]))
				printf("'%s' is not in: %s", cases[i].said[j], p.err);
			CU_ASSERT_PTR_NOT_NULL(strstr(p.err, cases[i].said[j]));
		}
	}
	CU_ASSERT_EQUAL(PARSE(&p, "a", "--"), 1);
}

static void help_shows_every_option_and_default(void)
{
	struct parse p;

	CU_ASSERT_EQUAL(PARSE(&p, "--help"), -ECANCELED);
	CU_ASSERT_STRING_EQUAL(p.err, "");
	CU_ASSERT_EQUAL(strncmp(p.out, "usage: iomodels load ADDR [options]\n", 36), 0);
	for (const struct option_spec *spec = table; spec->name; spec++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(p.out, spec->name));
		CU_ASSERT_PTR_NOT_NULL(strstr(p.out, spec->help));
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(p.out, "--duration TIME"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.out, "(default 10s)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.out, "(epoll|io-uring; default epoll)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.out, "Exit codes: 0."));
	CU_ASSERT_EQUAL(PARSE(&p, "-h"), -ECANCELED);
	CU_ASSERT_EQUAL(options_exit_status(-ECANCELED), EXIT_VALID);
	CU_ASSERT_EQUAL(options_exit_status(-EINVAL), EXIT_USAGE);
	CU_ASSERT_EQUAL(options_exit_status(-ENOMEM), EXIT_FAILED);
}

static void pairs_go_over_the_defaults(void)
{
	char error[OPTION_ERROR_SIZE], *scratch;
	struct values v;

	options_defaults(table, &v, sizeof(v));
	CU_ASSERT_EQUAL(options_parse_pairs(table, "connections=3,json,out=dir", &v,
					    &scratch, error, sizeof(error)),
			0);
	CU_ASSERT_EQUAL(v.connections, 3);
	CU_ASSERT_EQUAL(v.size, 64);
	CU_ASSERT(v.json);
	CU_ASSERT_STRING_EQUAL(v.out, "dir");
	free(scratch);
	CU_ASSERT_EQUAL(
		options_parse_pairs(table, "json=no", &v, &scratch, error, sizeof(error)),
		0);
	CU_ASSERT(!v.json);
	free(scratch);
	CU_ASSERT_EQUAL(
		options_parse_pairs(table, NULL, &v, &scratch, error, sizeof(error)), 0);
	CU_ASSERT_PTR_NULL(scratch);
	CU_ASSERT_EQUAL(options_parse_pairs(NULL, "", &v, &scratch, error, sizeof(error)),
			0);
}

static void wrong_pairs_name_key_and_value(void)
{
	static const char *const cases[][3] = {
		{"engin=epoll", "'engin', did you mean engine", "connections, size"},
		{"size", "'size' needs a value", "size=BYTES"},
		{"size=1,", "unknown option ''", "size"},
		{"connections=-1", "connections '-1'", "1 to 1000"},
		{"json=maybe", "json 'maybe'", "yes|no"},
	};
	char error[OPTION_ERROR_SIZE], *scratch;
	struct values v = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(options_parse_pairs(table, cases[i][0], &v, &scratch,
						    error, sizeof(error)),
				-EINVAL);
		CU_ASSERT_PTR_NULL(scratch);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i][1]));
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i][2]));
	}
	CU_ASSERT_EQUAL(
		options_parse_pairs(NULL, "a=1", &v, &scratch, error, sizeof(error)),
		-EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "there are none"));
}

static void near_words_are_found(void)
{
	static const char *const words[] = {"iterative", "fork-per-connection", "epoll",
					    "poll", NULL};

	CU_ASSERT_STRING_EQUAL(nearest_word("epol", words), "epoll");
	CU_ASSERT_STRING_EQUAL(nearest_word("itreative", words), "iterative");
	CU_ASSERT_STRING_EQUAL(nearest_word("EPOLL", words), "epoll");
	CU_ASSERT_STRING_EQUAL(nearest_word("Fork", words), "fork-per-connection");
	CU_ASSERT_STRING_EQUAL(nearest_word("fork", words), "fork-per-connection");
	CU_ASSERT_STRING_EQUAL(nearest_word("fork-per-conection", words),
			       "fork-per-connection");
	CU_ASSERT_PTR_NULL(nearest_word("libuv", words));
	CU_ASSERT_PTR_NULL(nearest_word("", words));
	char longer[200];
	memset(longer, 'e', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	CU_ASSERT_PTR_NULL(nearest_word(longer, words));
}

static void types_have_names(void)
{
	char text[OPTION_ERROR_SIZE];

	CU_ASSERT_STRING_EQUAL(option_type_name(OPTION_DURATION), "duration");
	CU_ASSERT_STRING_EQUAL(option_type_name(OPTION_REPEAT), "repeat");
	option_accepts(option_find(table, "size"), text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "bytes (k and M mean 1024), 0 to 64M");
	option_accepts(option_find(table, "engine"), text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "epoll|io-uring");
	option_accepts(option_find(table, "out"), text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "DIR");
	CU_ASSERT_PTR_NULL(option_find(table, "sizes"));
	CU_ASSERT_PTR_NULL(option_find(NULL, "size"));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"defaults, then arguments", defaults_then_arguments},
		{"repeated options are kept", repeated_options_are_kept},
		{"mistakes are one line", mistakes_are_one_line},
		{"help shows every option and default",
		 help_shows_every_option_and_default},
		{"pairs go over the defaults", pairs_go_over_the_defaults},
		{"wrong pairs name key and value", wrong_pairs_name_key_and_value},
		{"near words are found", near_words_are_found},
		{"types have names", types_have_names},
		{NULL, NULL},
	};

	return test_suite_run("options", cases) != 0;
}
