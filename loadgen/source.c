/* source.c - where connections come from. */
#include "loadgen/source.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool is_loopback(const struct address *target)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&target->sockaddr;

	return target->transport == TRANSPORT_TCP &&
	       target->sockaddr.ss_family == AF_INET &&
	       ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

uint32_t source_count(const struct address *target, int64_t sockets, bool churn)
{
	uint32_t wanted = (uint32_t)((sockets + SOURCE_SOCKETS - 1) / SOURCE_SOCKETS);

	if (!is_loopback(target))
		return 1;
	return churn && wanted < SOURCE_CHURN ? SOURCE_CHURN : wanted;
}

void source_address(uint32_t n, struct address *ret_source)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&ret_source->sockaddr;

	ret_source->transport = TRANSPORT_TCP;
	ret_source->length = sizeof(*in);
	*in = (struct sockaddr_in){.sin_family = AF_INET};
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK + n);
}
