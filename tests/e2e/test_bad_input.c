/*
 * test_bad_input.c - a mistake is one line on stderr that names the value and what is
 * accepted; the exit code is 2, nothing is started and nothing is overwritten.
 */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/socket.h"
#include "tests/e2e/process.h"
#include "tests/suite.h"

#define WORDS_MAX 8
#define ADDR      "tcp:127.0.0.1:9" /* never connected to */

struct mistake {
	const char *words[WORDS_MAX];
	const char *said[3]; /* all of them stand in the line */
};

static char directory[] = "/tmp/iomodels-input-XXXXXX";

/* stderr of an ended process is one line that says all of `said`. */
static void check_line(const struct process *process, const char *const *said)
{
	const char *line = process->err.text;
	const char *end = strchr(line, '\n');

	CU_ASSERT_EQUAL(strncmp(line, "iomodels: ", 10), 0);
	CU_ASSERT(end && end[1] == '\0');
	CU_ASSERT_STRING_EQUAL(process->out.text, "");
	for (int i = 0; i < 3 && said[i]; i++) {
		if (!strstr(line, said[i]))
			printf("\n'%s' is not in: %s", said[i], line);
		CU_ASSERT_PTR_NOT_NULL(strstr(line, said[i]));
	}
}

static void check_mistake(const char *const *words, const char *const *said)
{
	struct process *process;
	int status = program_run(words, &process);

	if (status != 2)
		printf("\n%s %s ..: exit %d", words[0] ? words[0] : "",
		       words[0] && words[1] ? words[1] : "", status);
	CU_ASSERT_EQUAL(status, 2);
	check_line(process, said);
	process_free(process);
}

static void check_mistakes(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_mistake(mistakes[i].words, mistakes[i].said);
}

#define CHECK_MISTAKES(table) check_mistakes(table, sizeof(table) / sizeof((table)[0]))

static void unknown_commands(void)
{
	static const struct mistake mistakes[] = {
		{{NULL}, {"no command", "--help"}},
		{{"srve"}, {"'srve'", "did you mean serve"}},
		{{"xyzzy"}, {"'xyzzy'", "--help"}},
		{{"--xyzzy"}, {"'--xyzzy'", "--help"}},
		{{""}, {"unknown command ''"}},
	};

	CHECK_MISTAKES(mistakes);
}

static void options_of_serve(void)
{
	static const struct mistake mistakes[] = {
		{{"serve"}, {"no MODEL", "usage: iomodels serve MODEL"}},
		{{"serve", "epoll", "poll"}, {"'poll'", "MODEL"}},
		{{"serve", "epoll", "--wrokers", "1"},
		 {"'--wrokers'", "did you mean --workers"}},
		{{"serve", "epoll", "-p", "1"}, {"'-p'", "--help"}},
		{{"serve", "epoll", "--listen"}, {"--listen needs a value"}},
		{{"serve", "epoll", "--max-frame", "65M"}, {"--max-frame '65M'", "64M"}},
		{{"serve", "epoll", "--max-frame", "67108865"}, {"'67108865'", "64M"}},
		{{"serve", "epoll", "--max-frame", "-1"}, {"--max-frame '-1'", "64M"}},
		{{"serve", "epoll", "--buffer", "1"}, {"--buffer '1'", "16 to"}},
		{{"serve", "epoll", "--buffer", "16kk"}, {"--buffer '16kk'", "k and M"}},
		{{"serve", "epoll", "--backlog", "0"}, {"--backlog '0'", "1 to"}},
		{{"serve", "epoll", "--idle-timeout", "10"},
		 {"--idle-timeout '10'", "ns us ms s m"}},
		{{"serve", "prefork:workers=2", "--workers", "3"},
		 {"--workers 3", "'prefork:workers=2'"}},
		{{"serve", "epoll", "--max-work", "-1s"},
		 {"--max-work '-1s'", "ns us ms s m"}},
		{{"serve", "epoll", "--drain-timeout", "nan"}, {"'nan'", "ns us ms s m"}},
		{{"serve", "epoll", "--burn", "99999999999999999999ns"},
		 {"--burn '99999", "0s to"}},
		{{"serve", "epoll", "--pin", "1023"}, {"--pin '1023'", "of the CPUs"}},
		{{"serve", "epoll", "--pin", "1-0"}, {"--pin '1-0'", "0-3,6"}},
		{{"serve", "epoll", "--max-connections", "999999999999"},
		 {"'999999999999'", "1 to"}},
		{{"serve", "epoll", "--max-connections", "2147483647"},
		 {"2147483647", "descriptors"}},
		{{"serve", "epoll", "--listen=a\nb"}, {"'a?b'", "tcp:HOST:PORT"}},
	};

	CHECK_MISTAKES(mistakes);
}

static void models_of_serve(void)
{
	static const struct mistake mistakes[] = {
		{{"serve", "epol"}, {"'epol'", "did you mean epoll"}},
		{{"serve", "fork"}, {"'fork'", "did you mean fork-per-connection"}},
		{{"serve", "SELECT"}, {"'SELECT'", "did you mean select"}},
		{{"serve", "xyzzy"}, {"'xyzzy'", "iomodels list"}},
		{{"serve", "skeleton"}, {"'skeleton'", "iomodels list"}},
		{{"serve", ""}, {"unknown model ''", "iomodels list"}},
		{{"serve", "multi-reactor:accept=kqueue"},
		 {"accept 'kqueue'", "auto|reuseport"}},
		{{"serve", "multi-reactor:acept=auto"},
		 {"'acept'", "did you mean accept"}},
		{{"serve", "multi-reactor:accept"},
		 {"'accept' needs a value", "accept=HOW"}},
		{{"serve", "multi-reactor:accept=auto,"},
		 {"unknown option ''", "accept"}},
		{{"serve", "epoll:backend=poll"}, {"'backend=poll'", "no options"}},
		{{"serve", "epoll", "--workers", "4"}, {"--workers 4", "'epoll'"}},
	};

	CHECK_MISTAKES(mistakes);
}

static void addresses_of_serve(void)
{
	static const struct mistake mistakes[] = {
		{{"serve", "epoll", "--listen", ""}, {"address ''", "tcp:HOST:PORT"}},
		{{"serve", "epoll", "--listen", "127.0.0.1:80"},
		 {"'127.0.0.1:80'", "tcp:HOST:PORT"}},
		{{"serve", "epoll", "--listen", "tcp:127.0.0.1"},
		 {"'tcp:127.0.0.1'", "HOST:PORT"}},
		{{"serve", "epoll", "--listen", "tcp:127.0.0.1:65536"},
		 {":65536'", "0 to 65535"}},
		{{"serve", "epoll", "--listen", "tcp:::1:7"},
		 {"'tcp:::1:7'", "unix:PATH"}},
		{{"serve", "epoll", "--listen", "tcp:fe80::1:7"},
		 {"'tcp:fe80::1:7'", "brackets"}},
		{{"serve", "epoll", "--listen", "tcp:300.0.0.1:7"},
		 {"'tcp:300.0.0.1:7'"}},
		{{"serve", "epoll", "--listen", "tcp:192.0.2.1:7"},
		 {"'tcp:192.0.2.1:7'"}},
		{{"serve", "epoll", "--listen", "udp:127.0.0.1:0"},
		 {"'udp:127.0.0.1:0'", "tcp:"}},
		{{"serve", "epoll", "--listen", "unix:"}, {"'unix:'", "1 to 107"}},
		{{"serve", "epoll", "--listen", "unix:/tmp"}, {"'unix:/tmp'"}},
		{{"serve", "epoll", "--listen", "unix:/nonexistent/x"},
		 {"'unix:/nonexistent/x'"}},
		{{"serve", "epoll", "--listen", "unix:/dev/null/x"},
		 {"'unix:/dev/null/x'"}},
	};

	CHECK_MISTAKES(mistakes);
}

static void serve_in_use(const char *text)
{
	const char *words[] = {"serve", "epoll", "--listen", text, NULL};
	const char *said[3] = {text, "in use"};

	check_mistake(words, said);
}

static void addresses_in_use(void)
{
	char unix_text[ADDRESS_TEXT_SIZE], text[ADDRESS_TEXT_SIZE], error[512];
	const char *const all[] = {"tcp:127.0.0.1:0", unix_text};
	struct address address;
	int listener = -1;

	snprintf(unix_text, sizeof(unix_text), "unix:%s/socket", directory);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CU_ASSERT_EQUAL(address_parse(all[i], &address, error, sizeof(error)), 0);
		CU_ASSERT_EQUAL(socket_listen(&address, 16, &listener), 0);
		CU_ASSERT_EQUAL(
			socket_bound_address(listener, address.transport, &address), 0);
		address_format(&address, text);
		serve_in_use(text);
		close(listener);
	}
	CU_ASSERT_EQUAL(access(strchr(unix_text, '/'), F_OK),
			0); /* not the server's to remove */
	socket_unlink(&address);
}

static void files_are_not_overwritten(void)
{
	char path[64], text[80], content[8] = "";

	snprintf(path, sizeof(path), "%s/file", directory);
	snprintf(text, sizeof(text), "unix:%s", path);
	int fd = open(path, O_CREAT | O_RDWR, 0600);
	CU_ASSERT_EQUAL(write(fd, "keep", 4), 4);
	serve_in_use(text);
	CU_ASSERT_EQUAL(pread(fd, content, sizeof(content), 0), 4);
	CU_ASSERT_STRING_EQUAL(content, "keep");
	close(fd);
	CU_ASSERT_EQUAL(unlink(path), 0); /* still there under its name */
}

static void options_of_load(void)
{
	static const struct mistake mistakes[] = {
		{{"load"}, {"no ADDR", "usage: iomodels load ADDR"}},
		{{"load", ADDR, ADDR}, {"'" ADDR "'", "ADDR"}},
		{{"load", "localhost:7"}, {"'localhost:7'", "tcp:HOST:PORT"}},
		{{"load", "tcp:[::1:7"}, {"'tcp:[::1:7'", "tcp:[IPV6]:PORT"}},
		{{"load", ADDR, "--conections", "1"},
		 {"'--conections'", "did you mean --connections"}},
		{{"load", ADDR, "--connections", "0"}, {"--connections '0'", "1 to"}},
		{{"load", ADDR, "--connections", "100000000"}, {"'100000000'", "1 to"}},
		{{"load", ADDR, "--connections", "1.5"}, {"'1.5'", "a whole number"}},
		{{"load", ADDR, "--connections"},
		 {"--connections needs a value", "1 to"}},
		{{"load", ADDR, "--depth", "0"}, {"--depth '0'", "1 to"}},
		{{"load", ADDR, "--size", "65M"}, {"--size '65M'", "64M"}},
		{{"load", ADDR, "--size", "-1"}, {"--size '-1'", "64M"}},
		{{"load", ADDR, "--size", "64X"}, {"--size '64X'", "k and M"}},
		{{"load", ADDR, "--size", "uniform:9-1"}, {"'uniform:9-1'", "A-B"}},
		{{"load", ADDR, "--size", "@/dev/null"},
		 {"'@/dev/null'", "a regular file"}},
		{{"load", ADDR, "--size", "@/nonexistent"}, {"No such file"}},
		{{"load", "udp:127.0.0.1:9", "--size", "uniform:1-64k"},
		 {"--size uniform:1-64k", "65491"}},
		{{"load", ADDR, "--work", "sleep:2s"},
		 {"'sleep:2s'", "1s", "--max-work"}},
		{{"load", ADDR, "--work", "sleep:3s", "--max-work", "2s"},
		 {"'sleep:3s'", "2s", "--max-work"}},
		{{"load", ADDR, "--max-work", "61m"}, {"--max-work '61m'", "60m"}},
		{{"load", ADDR, "--duration", "10"}, {"--duration '10'", "ns us ms s m"}},
		{{"load", ADDR, "--duration", "0s"}, {"--duration '0s'", "1ms to"}},
		{{"load", ADDR, "--duration", "-1s"}, {"--duration '-1s'", "1ms to"}},
		{{"load", ADDR, "--duration", "1e3s"}, {"--duration '1e3s'", "1ms to"}},
		{{"load", ADDR, "--warmup", "1h"}, {"--warmup '1h'", "ns us ms s m"}},
		{{"load", ADDR, "--timeout", ""}, {"--timeout ''", "ns us ms s m"}},
		{{"load", ADDR, "--threads", "0"}, {"--threads '0'", "1 to"}},
		{{"load", ADDR, "--engine", "kqueue"}, {"--engine 'kqueue'", "epoll"}},
		{{"load", ADDR, "--pin", "0-"}, {"--pin '0-'", "0-3,6"}},
		{{"load", ADDR, "--seed", "-1"}, {"--seed '-1'", "0 or more"}},
		{{"load", ADDR, "--rate", "fast"}, {"--rate 'fast'", "0 to 10000000"}},
		{{"load", ADDR, "--rate", "11M"}, {"--rate '11M'", "0 to 10000000"}},
		{{"load", ADDR, "--rate", "0.0001"}, {"--rate 0.0001", "0.001 to 10M"}},
		{{"load", ADDR, "--rate", "1k", "--arrivals", "even"},
		 {"--arrivals 'even'", "poisson|constant"}},
		{{"load", ADDR, "--arrivals", "constant"},
		 {"--arrivals constant", "--rate"}},
		{{"load", ADDR, "--requests", "some"}, {"'some'", "a whole number"}},
		{{"load", ADDR, "--json=1"}, {"'--json=1'", "no value"}},
		{{"load", ADDR, "--json", "--csv"}, {"--csv and --json", "one of them"}},
		{{"load", ADDR, "--require", "p99<1"}, {"'p99<1'", "METRIC<=VALUE"}},
		{{"load", ADDR, "--require", "nope<=1"}, {"'nope<=1'", "service_p99_us"}},
		{{"load", ADDR, "--require", "requests>=x"},
		 {"'requests>=x'", "a number"}},
	};

	CHECK_MISTAKES(mistakes);
}

/* More connections than descriptors: under a hard limit of 100. */
static void connections_over_the_descriptor_limit(void)
{
	static const char limited[] = "ulimit -n 100; exec \"$0\" \"$@\"";
	static const struct mistake mistakes[] = {
		{{"load", ADDR, "--connections", "100"}, {"--connections 100", "100"}},
		{{"serve", "epoll", "--max-connections", "100"},
		 {"--max-connections 100", "100"}},
	};

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const char *const *w = mistakes[i].words;
		const char *argv[] = {"/bin/sh", "-c", limited, PROGRAM_PATH, w[0],
				      w[1],      w[2], w[3],    NULL};
		struct process *process = process_start(argv);
		CU_ASSERT_EQUAL(process_wait(process, PROCESS_DEADLINE_MS), 2);
		check_line(process, mistakes[i].said);
		process_free(process);
	}
}

static void options_of_list(void)
{
	static const struct mistake mistakes[] = {
		{{"list", "modles"}, {"'modles'", "did you mean models"}},
		{{"list", "xyzzy"},
		 {"'xyzzy'", "models, selectors, executors, peers, plans or engines"}},
		{{"list", ""}, {"''", "models, selectors"}},
		{{"list", "models", "plans"}, {"'plans'", "models|selectors"}},
		{{"list", "--jsn"}, {"'--jsn'", "did you mean --json"}},
	};

	CHECK_MISTAKES(mistakes);
}

static void options_of_search(void)
{
	static const struct mistake mistakes[] = {
		{{"search"}, {"no ADDR|SERVER", "usage: iomodels search"}},
		{{"search", ADDR}, {"no objective", "--slo METRIC=TIME"}},
		{{"search", ADDR, "--slo", "p98=1ms"}, {"'p98=1ms'", "p99.9"}},
		{{"search", ADDR, "--slo", "p99=1"}, {"'p99=1'", "TIME with a unit"}},
		{{"search", ADDR, "--slo", "p99=1ms", "--rate", "1k"}, {"'--rate'"}},
		{{"search", ADDR, "--slo", "p99=1ms", "--precision", "2x"},
		 {"'2x'", "0.1% to 50%"}},
		{{"search", ADDR, "--slo", "p99=1ms", "--precision", "0"},
		 {"'0'", "0.1% to 50%"}},
		{{"search", ADDR, "--slo", "p99=1ms", "--engine", "kqueue"},
		 {"--engine 'kqueue'", "auto", "epoll"}},
		{{"search", ADDR, "--slo", "p99=1ms", "--workers", "0"}, {"'0'", "auto"}},
		{{"search", ADDR, "--slo", "p99=1ms", "--json", "--csv"},
		 {"--csv and --json", "one of them"}},
		{{"search", "eepoll", "--slo", "p99=1ms"},
		 {"'eepoll'", "did you mean epoll"}},
		{{"search", "prefork:workers=2", "--slo", "p99=1ms", "--workers", "3"},
		 {"workers 3", "'prefork:workers=2'"}},
		{{"search", "tcp:nowhere", "--slo", "p99=1ms"},
		 {"'tcp:nowhere'", "tcp:HOST:PORT"}},
	};

	CHECK_MISTAKES(mistakes);
}

static void options_of_calibrate(void)
{
	static const struct mistake mistakes[] = {
		{{"calibrate", "epoll"}, {"'epoll'"}},
		{{"calibrate", "--server", "eepoll"}, {"'eepoll'", "epoll"}},
		{{"calibrate", "--connections", "1,x"}, {"'x'", "1 to"}},
		{{"calibrate", "--connections", ","}, {"','", "separated by commas"}},
		{{"calibrate", "--payload-bytes", "65M"}, {"'65M'", "64M"}},
		{{"calibrate", "--repetitions", "0"}, {"--repetitions '0'", "1 to"}},
		{{"calibrate", "--json", "--csv"}, {"--csv and --json", "one of them"}},
		{{"run", "--models", "family:datagram", "--dry-run"},
		 {"no model", "transport"}},
		{{"run", "--models", "prefork:workers=2,prefork", "--workers", "2,3"},
		 {"workers 3", "'prefork:workers=2'"}},
		{{"run", "--models", "epoll", "--engine", "kqueue"},
		 {"engine", "'kqueue'", "auto"}},
	};

	CHECK_MISTAKES(mistakes);
}

/* What is printed on request goes to stdout, and is no mistake. */
static void help_is_no_mistake(void)
{
	static const char *const commands[] = {"list", "serve",  "load",
					       "run",  "search", "calibrate"};
	struct process *process;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *words[] = {commands[i], "--help", NULL};
		char usage[64];

		snprintf(usage, sizeof(usage), "usage: iomodels %s ", commands[i]);
		CU_ASSERT_EQUAL(program_run(words, &process), 0);
		CU_ASSERT_EQUAL(strncmp(process->out.text, usage, strlen(usage)), 0);
		CU_ASSERT_STRING_EQUAL(process->err.text, "");
		process_free(process);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"unknown commands", unknown_commands},
		{"options of serve", options_of_serve},
		{"models of serve", models_of_serve},
		{"addresses of serve", addresses_of_serve},
		{"addresses in use", addresses_in_use},
		{"files are not overwritten", files_are_not_overwritten},
		{"options of load", options_of_load},
		{"connections over the descriptor limit",
		 connections_over_the_descriptor_limit},
		{"options of list", options_of_list},
		{"options of search", options_of_search},
		{"options of calibrate", options_of_calibrate},
		{"help is no mistake", help_is_no_mistake},
		{NULL, NULL},
	};

	if (!mkdtemp(directory))
		return 1;
	int failures = test_suite_run("bad input", cases);
	return rmdir(directory) != 0 || failures != 0;
}
