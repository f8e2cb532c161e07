/* test_mailbox.c - words arrive whole and in order, one wake for many. */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <pthread.h>

#include "models/mailbox.h"
#include "tests/suite.h"

#define WORDS 20000

static int is_readable(const struct mailbox *mailbox)
{
	struct pollfd wait = {.fd = mailbox->fd, .events = POLLIN};

	return poll(&wait, 1, 0);
}

static void one_wake_for_many(void)
{
	const uint64_t *words;
	struct mailbox mailbox;

	CU_ASSERT_EQUAL_FATAL(mailbox_open(&mailbox, 2), 0);
	CU_ASSERT_EQUAL(is_readable(&mailbox), 0);
	for (uint64_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(mailbox_post(&mailbox, i), 0);
	CU_ASSERT_EQUAL(is_readable(&mailbox), 1);
	CU_ASSERT_EQUAL(mailbox_take(&mailbox, &words), 5);
	for (uint64_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(words[i], i);
	CU_ASSERT_EQUAL(is_readable(&mailbox), 0);
	CU_ASSERT_EQUAL(mailbox_take(&mailbox, &words), 0);
	CU_ASSERT_EQUAL(mailbox_post(&mailbox, 7), 0);
	CU_ASSERT_EQUAL(is_readable(&mailbox), 1);
	CU_ASSERT_EQUAL(mailbox_take(&mailbox, &words), 1);
	CU_ASSERT_EQUAL(words[0], 7);
	mailbox_close(&mailbox);
}

static void *post_words(void *context)
{
	for (uint64_t i = 0; i < WORDS; i++)
		if (mailbox_post(context, i) < 0)
			break;
	return NULL;
}

static void words_of_another_thread_come_in_order(void)
{
	const uint64_t *words;
	struct mailbox mailbox;
	pthread_t thread;
	uint64_t next = 0;
	int wrong = 0;

	CU_ASSERT_EQUAL_FATAL(mailbox_open(&mailbox, 1), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, post_words, &mailbox), 0);
	while (next < WORDS) {
		struct pollfd wait = {.fd = mailbox.fd, .events = POLLIN};
		if (poll(&wait, 1, 10000) != 1)
			break; /* a wake was lost */
		size_t count = mailbox_take(&mailbox, &words);
		for (size_t i = 0; i < count; i++)
			wrong += words[i] != next++;
	}
	CU_ASSERT_EQUAL(next, WORDS);
	CU_ASSERT_EQUAL(wrong, 0);
	pthread_join(thread, NULL);
	mailbox_close(&mailbox);
}

static void close_accepts_a_zeroed_one(void)
{
	struct mailbox mailbox = {0};

	mailbox_close(&mailbox);
	CU_ASSERT_PTR_NULL(mailbox.words);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"one wake for many", one_wake_for_many},
		{"words of another thread come in order",
		 words_of_another_thread_come_in_order},
		{"close accepts a zeroed one", close_accepts_a_zeroed_one},
		{NULL, NULL},
	};

	return test_suite_run("mailbox", cases) != 0;
}
