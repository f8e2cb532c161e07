/* test_sha256.c - the examples of FIPS 180-4, through a descriptor. */
#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "results/campaign/sha256.h"
#include "tests/suite.h"

static void expect(const char *input, const char *digest)
{
	char text[SHA256_TEXT_SIZE] = "";
	int fd = memfd_create("input", MFD_CLOEXEC);
	const ssize_t size = (ssize_t)strlen(input);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, input, (size_t)size), size);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	CU_ASSERT_EQUAL(sha256_of_fd(fd, text), 0);
	CU_ASSERT_STRING_EQUAL(text, digest);
	close(fd);
}

static void examples(void)
{
	expect("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_descriptor_that_cannot_be_read_is_an_error(void)
{
	char text[SHA256_TEXT_SIZE] = "kept";
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	CU_ASSERT(sha256_of_fd(ends[1], text) < 0);
	CU_ASSERT_STRING_EQUAL(text, "kept");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the examples of FIPS 180-4", examples},
		{"a descriptor that cannot be read is an error",
		 a_descriptor_that_cannot_be_read_is_an_error},
		{NULL, NULL},
	};

	return test_suite_run("sha256", cases) != 0;
}
