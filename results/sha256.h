/* sha256.h - SHA-256 (FIPS 180-4): which binary was measured, on which host. */
#ifndef RESULTS_SHA256_H
#define RESULTS_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_TEXT_SIZE 65

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t size);

/* Stores 64 hexadecimal digits. `sha` is used up. */
void sha256_text(struct sha256 *sha, char ret_text[SHA256_TEXT_SIZE]);

#endif
