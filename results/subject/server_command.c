/* server_command.c - the command line of a server under test, and its address. */
#include "results/subject/server_command.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/subject/peers.h"

#define HOST    "127.0.0.1"
#define PADDING "IOMODELS_PADDING="

/* A port that nobody has at the moment; the server binds it a moment later. */
static int choose_port(int *ret_port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(in);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&in, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &length) < 0)
		rc = -errno;
	close(fd);
	*ret_port = ntohs(in.sin_port);
	return rc;
}

/* Replaces {host}, {port} and {path}; *ret_told says whether an address was among them. */
static int replace_words(const char *command, const char *port, const char *path,
			 char **ret_text, bool *ret_told)
{
	const char *const names[] = {"{host}", "{port}", "{path}"};
	const char *const values[] = {HOST, port, path};
	size_t size;
	FILE *out = open_memstream(ret_text, &size);

	if (!out)
		return -errno;
	*ret_told = false;
	while (*command) {
		size_t i = 0;
		while (i < 3 && strncmp(command, names[i], strlen(names[i])) != 0)
			i++;
		if (i == 3) {
			fputc(*command++, out);
			continue;
		}
		fputs(values[i], out);
		command += strlen(names[i]);
		*ret_told |= i > 0;
	}
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

/* The address the server is to listen on, as text for address_parse. */
static int choose_address(struct server_process *server, char *text, size_t size)
{
	int rc;

	if (server->config.transport == TRANSPORT_UNIX) {
		rc = socket_directory_make(&server->directory);
		snprintf(text, size, "unix:%s/socket", server->directory.path);
		return rc;
	}
	rc = server->config.spec->command ? choose_port(&server->port) : 0;
	snprintf(text, size, "%s:" HOST ":%d", transport_name(server->config.transport),
		 server->port);
	return rc;
}

/* exec:COMMAND by /bin/sh -c. */
static int prepare_command(struct server_process *server, const char *address,
			   char **ret_argv)
{
	char port[16], error[OPTION_ERROR_SIZE];
	const char *path = strchr(address, ':') + 1;
	bool told = false;

	snprintf(port, sizeof(port), "%d", server->port);
	const int rc = replace_words(server->config.spec->command, port,
				     server->directory.path[0] ? path : "",
				     &server->command, &told);
	if (rc < 0)
		return rc;
	ret_argv[0] = "/bin/sh";
	ret_argv[1] = "-c";
	ret_argv[2] = server->command;
	ret_argv[3] = NULL;
	/* Not told: only its `ready ADDR` can say where it listens. */
	return told ? address_parse(address, &server->address, error, sizeof(error)) : 0;
}

/* The words of a model behind its program, each with a zero at its end. 0 or -errno. */
static int write_model_words(const struct server_process *server, const char *address,
			     FILE *out)
{
	const struct server_process_config *config = &server->config;
	const char *options = config->spec->options;
	char text[32];

	fprintf(out, "serve%c%s%s%s%c--listen=%s%c", '\0', config->spec->name,
		options ? ":" : "", options ? options : "", '\0', address, '\0');
	if (config->workers > 0)
		fprintf(out, "--workers=%u%c", config->workers, '\0');
	if (config->max_work_ns > 0) {
		format_duration(config->max_work_ns, text, sizeof(text));
		fprintf(out, "--max-work=%s%c", text, '\0');
	}
	if (config->burn_ns > 0) {
		format_duration(config->burn_ns, text, sizeof(text));
		fprintf(out, "--burn=%s%c", text, '\0');
	}
	return 0;
}

/* Those of a peer behind its interpreter, which leaves no compiled files behind. */
static int write_peer_words(const struct server_process *server, const char *address,
			    FILE *out)
{
	const struct server_process_config *config = &server->config;
	char *script = peers_script(config->spec->model);

	if (!script)
		return -ENOMEM;
	fprintf(out, "-B%c%s%c--listen=%s%c", '\0', script, '\0', address, '\0');
	free(script);
	if (config->workers > 0)
		fprintf(out, "--workers=%u%c", config->workers, '\0');
	if (config->max_work_ns > 0)
		fprintf(out, "--max-work=%.9g%c", (double)config->max_work_ns / NS_PER_S,
			'\0');
	for (const char *p = config->spec->options; p && *p;) {
		const int length = (int)strcspn(p, ",");
		fprintf(out, "--%.*s%c", length, p, '\0');
		p += length + (p[length] == ',');
	}
	return 0;
}

/* Who reads the words. */
static char *words_reader(const struct server_spec *spec)
{
	if (spec->peers)
		return (char *)spec->peers->python;
	return spec->program ? (char *)spec->program : "/proc/self/exe";
}

static int prepare_words(struct server_process *server, const char *address,
			 char **ret_argv)
{
	const struct peers *peers = server->config.spec->peers;
	size_t size;
	int count = 0;
	FILE *out = open_memstream(&server->command, &size);

	if (!out)
		return -errno;
	int rc = peers ? write_peer_words(server, address, out)
		       : write_model_words(server, address, out);
	if (fclose(out) != 0)
		rc = -ENOMEM;
	if (rc < 0)
		return rc;
	ret_argv[count++] = words_reader(server->config.spec);
	for (char *p = server->command;
	     p < server->command + size && count < SERVER_COMMAND_WORDS - 1;
	     p += strlen(p) + 1)
		ret_argv[count++] = p;
	ret_argv[count] = NULL;
	return 0;
}

/* Ours and one more text of so many bytes. 0 or -ENOMEM. */
static int pad_environment(struct server_process *server)
{
	const size_t padding = (size_t)server->config.padding;
	size_t count = 0;

	while (environ[count])
		count++;
	server->environment = calloc(count + 2, sizeof(*environ));
	char *text = malloc(sizeof(PADDING) + padding);
	if (!server->environment || !text) {
		free(text);
		return -ENOMEM;
	}
	memcpy(server->environment, environ, count * sizeof(*environ));
	memcpy(text, PADDING, sizeof(PADDING));
	memset(text + sizeof(PADDING) - 1, 'x', padding);
	text[sizeof(PADDING) - 1 + padding] = '\0';
	server->environment[count] = text;
	return 0;
}

int server_command_prepare(struct server_process *server, char **ret_argv)
{
	char address[ADDRESS_TEXT_SIZE];
	int rc = choose_address(server, address, sizeof(address));

	if (rc == 0 && server->config.padding > 0)
		rc = pad_environment(server);
	if (rc < 0)
		return rc;
	if (server->config.spec->command)
		return prepare_command(server, address, ret_argv);
	return prepare_words(server, address, ret_argv);
}

static void release_environment(struct server_process *server)
{
	char **last = server->environment;

	if (!last)
		return;
	while (last[0] && last[1])
		last++;
	free(*last); /* the padding; the others are the process's */
	free(server->environment);
	server->environment = NULL;
}

void server_command_release(struct server_process *server)
{
	free(server->command);
	server->command = NULL;
	release_environment(server);
	socket_directory_remove(&server->directory);
}
