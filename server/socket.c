/* socket.c - addresses and sockets: the one place that knows socket options. */
#include "server/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/options.h"

#define ADDRESS_FORMS "tcp:HOST:PORT, tcp:[IPV6]:PORT, udp:HOST:PORT or unix:PATH"
#define HOST_SIZE     256

#define DATAGRAM_BACKLOG (4 << 20) /* bytes */

static const char *const transport_names[] = {
	[TRANSPORT_TCP] = "tcp", [TRANSPORT_UNIX] = "unix", [TRANSPORT_UDP] = "udp"};

const char *transport_name(enum transport transport)
{
	return transport_names[transport];
}

static int refuse(const char *text, const char *reason, char *error, size_t error_size)
{
	snprintf(error, error_size, "address '%.128s': %s", text, reason);
	return -EINVAL;
}

static int parse_unix(const char *text, const char *path, struct address *address,
		      char *error, size_t error_size)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&address->sockaddr;
	size_t length = strlen(path);

	if (length == 0 || length >= sizeof(un->sun_path))
		return refuse(text, "a path of 1 to 107 bytes is accepted", error,
			      error_size);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, length);
	address->length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
	return 0;
}

static int resolve(const char *text, const char *host, const char *port,
		   struct address *address, char *error, size_t error_size)
{
	int type = address->transport == TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found;

	int result = getaddrinfo(host, port, &hints, &found);
	if (result != 0)
		return refuse(text, gai_strerror(result), error, error_size);
	memcpy(&address->sockaddr, found->ai_addr, found->ai_addrlen);
	address->length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

/* "HOST:PORT" or "[IPV6]:PORT" in two; false when it is neither. */
static bool split_host(const char *text, char *host, const char **ret_port)
{
	bool brackets = text[0] == '[';
	const char *start = text + brackets;
	size_t length = strcspn(start, brackets ? "]" : ":");
	const char *end = start + length;

	if (length == 0 || length >= HOST_SIZE || (brackets && *end++ != ']') ||
	    *end != ':')
		return false;
	memcpy(host, start, length);
	host[length] = '\0';
	*ret_port = end + 1;
	return true;
}

static int parse_inet(const char *text, const char *rest, struct address *address,
		      char *error, size_t error_size)
{
	char host[HOST_SIZE];
	const char *port;
	int64_t number;

	if (!split_host(rest, host, &port))
		return refuse(text, "accepted is " ADDRESS_FORMS, error, error_size);
	if (strchr(port, ':'))
		return refuse(text,
			      "an IPv6 address stands in brackets, as in tcp:[::1]:7",
			      error, error_size);
	if (parse_count(port, &number) < 0 || number > UINT16_MAX)
		return refuse(text, "a port is a number, 0 to 65535", error, error_size);
	return resolve(text, host, port, address, error, error_size);
}

int address_parse(const char *text, struct address *ret_address, char *error,
		  size_t error_size)
{
	struct address address = {0};
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	enum transport t = TRANSPORT_TCP;
	int result;

	while (t <= TRANSPORT_UDP && (strlen(transport_names[t]) != length ||
				      strncmp(text, transport_names[t], length) != 0))
		t++;
	if (t > TRANSPORT_UDP)
		return refuse(text, "accepted is " ADDRESS_FORMS, error, error_size);
	address.transport = t;
	if (t == TRANSPORT_UNIX)
		result = parse_unix(text, colon + 1, &address, error, error_size);
	else
		result = parse_inet(text, colon + 1, &address, error, error_size);
	if (result == 0)
		*ret_address = address;
	return result;
}

void address_format(const struct address *address, char *text)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->sockaddr;
	const char *transport = transport_name(address->transport);
	char host[96], port[8];

	if (address->transport == TRANSPORT_UNIX) {
		const struct sockaddr_un *un = (const struct sockaddr_un *)sockaddr;
		snprintf(text, ADDRESS_TEXT_SIZE, "%s:%.*s", transport,
			 (int)sizeof(un->sun_path), un->sun_path);
		return;
	}
	if (getnameinfo(sockaddr, address->length, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(text, ADDRESS_TEXT_SIZE, "%s:?", transport);
	else if (sockaddr->sa_family == AF_INET6)
		snprintf(text, ADDRESS_TEXT_SIZE, "%s:[%s]:%s", transport, host, port);
	else
		snprintf(text, ADDRESS_TEXT_SIZE, "%s:%s:%s", transport, host, port);
}

static int socket_new(const struct address *address, int flags)
{
	int type = address->transport == TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(address->sockaddr.ss_family, type | SOCK_CLOEXEC | flags, 0);

	return fd < 0 ? -errno : fd;
}

static int set_option(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on)) < 0 ? -errno : 0;
}

static int bind_address(int fd, const struct address *address)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->sockaddr;

	return bind(fd, sockaddr, address->length) < 0 ? -errno : 0;
}

/* A socket file whose listener is gone: connect says ECONNREFUSED. */
static bool unix_path_is_stale(const struct address *address)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&address->sockaddr;
	struct stat status;
	int fd = -1;

	if (lstat(un->sun_path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;
	int result = socket_connect(address, &fd);
	if (fd >= 0)
		close(fd);
	return result == -ECONNREFUSED;
}

static int bind_unix(int fd, const struct address *address)
{
	int result = bind_address(fd, address);

	if (result != -EADDRINUSE || !unix_path_is_stale(address))
		return result;
	socket_unlink(address);
	return bind_address(fd, address);
}

/* Not for datagrams: there SO_REUSEADDR lets two servers share a port unnoticed. */
static int bind_tcp(int fd, const struct address *address)
{
	int result = set_option(fd, SOL_SOCKET, SO_REUSEADDR);

	if (result == 0)
		result = set_option(fd, IPPROTO_TCP, TCP_NODELAY);
	return result < 0 ? result : bind_address(fd, address);
}

/* A burst waits in the kernel, since nobody holds a datagram's sender back. The kernel
 * doubles the value for its own book-keeping, and who may not force it gets rmem_max. */
static void enlarge_receive_buffer(int fd)
{
	const int bytes = DATAGRAM_BACKLOG;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static int bind_transport(int fd, const struct address *address)
{
	switch (address->transport) {
	case TRANSPORT_UNIX:
		return bind_unix(fd, address);
	case TRANSPORT_TCP:
		return bind_tcp(fd, address);
	default:
		enlarge_receive_buffer(fd);
		return bind_address(fd, address);
	}
}

/* Binds and listens on a new socket, for whose address others may ask too if `shared`. */
static int listen_on(const struct address *address, int backlog, bool shared, int *ret_fd)
{
	int fd = socket_new(address, 0);
	if (fd < 0)
		return fd;
	int result = shared ? set_option(fd, SOL_SOCKET, SO_REUSEPORT) : 0;
	if (result == 0)
		result = bind_transport(fd, address);
	if (result == 0 && address->transport != TRANSPORT_UDP &&
	    listen(fd, backlog) < 0) {
		result = -errno;
		socket_unlink(address);
	}
	if (result < 0) {
		close(fd);
		return result;
	}
	*ret_fd = fd;
	return 0;
}

int socket_listen(const struct address *address, int backlog, int *ret_fd)
{
	return listen_on(address, backlog, false, ret_fd);
}

int socket_listen_beside(int listener, const struct address *bound, int backlog,
			 int *ret_fd)
{
	int result = set_option(listener, SOL_SOCKET, SO_REUSEPORT);

	return result < 0 ? result : listen_on(bound, backlog, true, ret_fd);
}

void socket_stop_listening(int fd, enum transport transport)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog all = {.len = 1, .filter = &drop};

	if (transport != TRANSPORT_UDP) {
		(void)shutdown(fd, SHUT_RDWR);
		return;
	}
	/* Without the filter, datagrams would still be queued after shutdown: the drain
	 * would not end while clients send. With SHUT_RDWR, no reply could be sent. It
	 * says ENOTCONN, and works. */
	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof(all));
	(void)shutdown(fd, SHUT_RD);
}

int socket_dropped(int fd, uint64_t *ret_count)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t length = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &length) < 0)
		return -errno;
	if (length < (SK_MEMINFO_DROPS + 1) * sizeof(*info))
		return -ENOTSUP;
	*ret_count = info[SK_MEMINFO_DROPS];
	return 0;
}

int socket_bound_address(int fd, enum transport transport, struct address *ret_address)
{
	struct address address = {.transport = transport,
				  .length = sizeof(address.sockaddr)};

	if (getsockname(fd, (struct sockaddr *)&address.sockaddr, &address.length) < 0)
		return -errno;
	*ret_address = address;
	return 0;
}

void socket_unlink(const struct address *address)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&address->sockaddr;

	if (address->transport == TRANSPORT_UNIX)
		(void)unlink(un->sun_path); /* gone already is as good */
}

int socket_connect(const struct address *address, int *ret_fd)
{
	return socket_connect_from(address, NULL, ret_fd);
}

int socket_connect_from(const struct address *address, const struct address *source,
			int *ret_fd)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->sockaddr;
	int result = 0;

	int fd = socket_new(address, SOCK_NONBLOCK);
	if (fd < 0)
		return fd;
	if (address->transport == TRANSPORT_TCP)
		result = set_option(fd, IPPROTO_TCP, TCP_NODELAY);
	if (address->transport == TRANSPORT_UDP)
		enlarge_receive_buffer(fd);
	if (result == 0 && source)
		result = set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
	if (result == 0 && source)
		result = bind_address(fd, source);
	if (result == 0 && connect(fd, sockaddr, address->length) < 0)
		result = -errno;
	if (result < 0 && result != -EINPROGRESS) {
		close(fd);
		return result;
	}
	*ret_fd = fd;
	return result;
}

int socket_error(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return -errno;
	return -error;
}

int socket_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

long descriptor_limit_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return sysconf(_SC_OPEN_MAX);
	rlim_t soft = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		limit.rlim_cur = soft;
	return limit.rlim_cur > LONG_MAX ? LONG_MAX : (long)limit.rlim_cur;
}
