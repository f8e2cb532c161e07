/*
 * plain_client.c - the plainest closed-loop epoll client: level-triggered, recv, send.
 *
 * What the load generator's CPU per request is compared with: it verifies nothing, reads no
 * clock, keeps no latency. Prints requests and CPU seconds of the measured time.
 *
 *	plain_client tcp:127.0.0.1:PORT CONNECTIONS BYTES SECONDS
 *
 * A reply may come in pieces; a send takes a request whole, for the sockets block.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#define BATCH       128
#define BUFFER_SIZE 65536
#define HEADER_SIZE 16

static volatile sig_atomic_t alarms;

static void on_alarm(int signal_number)
{
	(void)signal_number;
	alarms++;
}

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int connect_to(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("plain_client");
		exit(1);
	}
	return fd;
}

/* One frame of the protocol, all zero but for what a server checks. */
static char *make_request(size_t payload)
{
	char *request = calloc(1, HEADER_SIZE + payload);
	uint32_t length = htonl((uint32_t)payload);

	memcpy(request, &length, sizeof(length));
	request[4] = (char)0xEC;
	return request;
}

struct client {
	int epoll_fd;
	int *fds;
	size_t *left; /* of the reply that a connection waits for */
	const char *request;
	size_t size;
	uint64_t requests;
};

static void lost(void)
{
	perror("plain_client: lost a connection");
	exit(1);
}

static void begin(struct client *client, uint32_t connection)
{
	client->left[connection] = client->size;
	if (send(client->fds[connection], client->request, client->size, MSG_NOSIGNAL) !=
	    (ssize_t)client->size)
		lost();
}

static void drive(struct client *client)
{
	static struct epoll_event events[BATCH];
	static char buffer[BUFFER_SIZE];
	int count = epoll_wait(client->epoll_fd, events, BATCH, -1);

	for (int i = 0; i < count; i++) {
		uint32_t connection = events[i].data.u32;
		ssize_t n = recv(client->fds[connection], buffer, sizeof(buffer), 0);
		if (n <= 0 || (size_t)n > client->left[connection])
			lost();
		client->left[connection] -= (size_t)n;
		if (client->left[connection] > 0)
			continue;
		client->requests++;
		begin(client, connection);
	}
}

static void measure(struct client *client, double seconds)
{
	long us = (long)(seconds * 1e6);
	struct itimerval timer = {
		.it_interval = {us / 1000000, us % 1000000},
		.it_value = {0, 300000}, /* warm-up */
	};

	setitimer(ITIMER_REAL, &timer, NULL);
	while (alarms < 1)
		drive(client);
	double cpu = -cpu_seconds();
	uint64_t first = client->requests;
	while (alarms < 2)
		drive(client);
	cpu += cpu_seconds();
	printf("{\"requests\": %llu, \"client_cpu_s\": %.6f}\n",
	       (unsigned long long)(client->requests - first), cpu);
}

int main(int argc, char **argv)
{
	if (argc != 5 || !strrchr(argv[1], ':')) {
		fprintf(stderr,
			"usage: plain_client tcp:127.0.0.1:PORT CONNECTIONS BYTES SECONDS\n");
		return 2;
	}
	int port = atoi(strrchr(argv[1], ':') + 1);
	size_t payload = (size_t)atol(argv[3]);
	uint32_t connections = (uint32_t)atoi(argv[2]);
	struct client client = {
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.fds = calloc(connections, sizeof(*client.fds)),
		.left = calloc(connections, sizeof(*client.left)),
		.request = make_request(payload),
		.size = HEADER_SIZE + payload,
	};

	for (uint32_t i = 0; i < connections; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
		client.fds[i] = connect_to(port);
		epoll_ctl(client.epoll_fd, EPOLL_CTL_ADD, client.fds[i], &event);
		begin(&client, i);
	}
	signal(SIGALRM, on_alarm);
	measure(&client, atof(argv[4]));
	free((void *)client.request);
	free(client.fds);
	free(client.left);
	return 0;
}
