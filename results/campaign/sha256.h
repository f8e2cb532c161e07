/* sha256.h - SHA-256 by coreutils' sha256sum: which binary was measured, on which host. */
#ifndef RESULTS_CAMPAIGN_SHA256_H
#define RESULTS_CAMPAIGN_SHA256_H

#define SHA256_TEXT_SIZE 65

/* The digest, in hex, of what can be read from `fd` from its offset to its end. 0; -ENOENT where
 * there is no sha256sum; -EIO when it fails; -errno. */
int sha256_of_fd(int fd, char ret_text[SHA256_TEXT_SIZE]);

#endif
