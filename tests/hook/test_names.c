/* SPDX-License-Identifier: MIT */
/*
 * test_names.c - which name did an address come from? Alone, with other threads, and in signal handlers.
 */
#include "hook/names.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 10.x.y.z, so that a number stands for an address, and an address for a number. */
static struct addr address(unsigned number)
{
	return (struct addr){
		.bytes = { 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number },
		.family = ADDR_IPV4,
	};
}

static void learn(const char *name, unsigned number)
{
	struct addr addr = address(number);

	names_learn(name, strlen(name), &addr, 1, 0);
}

/* The names of that address, "*" before the first if it is the thread's own: "*b a". */
static const char *names(unsigned number)
{
	static char text[NAMES_PER_ADDRESS * (NAME_MAX_LENGTH + 2) + 2];
	struct addr addr = address(number);
	struct names_found found;

	names_find(&addr, &found);
	strcpy(text, found.own ? "*" : "");
	for (unsigned i = 0; i < found.count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, found.names[i].text);
		cr_assert_eq(found.names[i].length, strlen(found.names[i].text));
	}
	return text;
}

static void *learn_elsewhere(void *name)
{
	learn(name, 1);
	return NULL;
}

static void learn_in_a_thread(const char *name)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, learn_elsewhere, (void *)(uintptr_t)name), 0);
	pthread_join(thread, NULL);
}

Test(names, without_memory_nothing_is_kept_and_nothing_breaks)
{
	learn("a", 1);
	cr_assert_not(names_any());
	cr_assert_str_eq(names(1), "");
}

Test(names, nothing_is_known_before_a_lookup_nor_of_another_address, .init = names_init)
{
	cr_assert_not(names_any());
	cr_assert_str_eq(names(1), "");
	learn("a", 1);
	cr_assert(names_any());
	cr_assert_str_eq(names(2), "");
}

Test(names, all_addresses_of_a_lookup_have_its_name_whatever_the_port, .init = names_init)
{
	struct addr addresses[2] = { address(1), address(2) };
	struct names_found found;

	addresses[0].port = 80;
	names_learn("a", 1, addresses, 2, 0);
	cr_assert_str_eq(names(1), "*a");
	cr_assert_str_eq(names(2), "*a");
	addresses[1].port = 443;
	names_find(&addresses[1], &found);
	cr_assert_eq(found.count, 1);
}

Test(names, the_scope_of_an_address_is_part_of_it, .init = names_init)
{
	struct addr addr = { .bytes = { 0xfe, 0x80, [15] = 1 }, .family = ADDR_IPV6, .scope = 2 };
	struct names_found found;

	names_learn("a", 1, &addr, 1, 0);
	addr.scope = 3;
	names_find(&addr, &found);
	cr_assert_eq(found.count, 0);
}

Test(names, an_address_written_as_text_is_no_name, .init = names_init)
{
	learn("10.0.0.1", 1);
	learn("", 1);
	cr_assert_not(names_any());
	cr_assert_str_eq(names(1), "");
}

Test(names, a_final_dot_is_dropped_and_case_makes_no_other_name, .init = names_init)
{
	learn("Db.Internal.", 1);
	learn("db.internal", 1);
	cr_assert_str_eq(names(1), "*Db.Internal");
}

Test(names, another_threads_lookup_is_found_but_is_not_the_own_one, .init = names_init)
{
	learn_in_a_thread("a");
	cr_assert_str_eq(names(1), "a");
}

Test(names, where_an_address_has_several_names_all_are_found_latest_first, .init = names_init)
{
	learn_in_a_thread("a");
	learn_in_a_thread("b");
	learn_in_a_thread("c");
	learn_in_a_thread("a");
	cr_assert_str_eq(names(1), "a c b");
}

Test(names, the_own_last_lookup_comes_first, .init = names_init)
{
	learn("a", 1);
	learn_in_a_thread("b");
	cr_assert_str_eq(names(1), "*a b");
	learn("b", 1);
	cr_assert_str_eq(names(1), "*b a");
}

Test(names, only_the_last_own_lookup_counts_as_such, .init = names_init)
{
	learn("a", 1);
	learn("b", 2);
	cr_assert_str_eq(names(1), "a");
	cr_assert_str_eq(names(2), "*b");
}

Test(names, a_fifth_name_takes_the_place_of_the_one_learnt_first, .init = names_init)
{
	learn("a", 1);
	learn("b", 1);
	learn("c", 1);
	learn("d", 1);
	learn("e", 1);
	cr_assert_str_eq(names(1), "*e d c b");
}

Test(names, the_table_is_bounded_and_keeps_the_latest, .init = names_init)
{
	enum { MANY = 100000, LATEST = 500 };
	unsigned kept = 0;
	char name[32], own[33];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "host-%u", i);
		learn(name, i);
	}
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(own, sizeof(own), "*host-%u", i);
		if (strcmp(names(i), i == MANY - 1 ? own : own + 1) == 0)
			kept++;
		else
			cr_assert(names(i)[0] == '\0' && i < MANY - LATEST, "%u: %s", i, names(i));
	}
	cr_assert_gt(kept, LATEST);
	cr_assert_lt(kept, 4096);
}

Test(names, errno_is_kept, .init = names_init)
{
	errno = 123;
	learn("a", 1);
	names(1);
	cr_assert_eq(errno, 123);
}

/* --- the relation that must never break: a name found for an address is one that was learnt for it --- */

enum { NUMBERS = 8192, ROUNDS = 40000 };

static atomic_uint wrong, found_some;

/* host-N.PADDING has addresses N and N+1; lengths differ, so that a mixture of two is noticed. */
static void learn_number(unsigned number)
{
	struct addr addresses[2] = { address(number), address(number + 1) };
	char name[NAME_MAX_LENGTH + 1];
	int length = snprintf(name, sizeof(name), "host-%u.", number);

	memset(name + length, 'a' + (int)(number % 26), 8 + number % 200);
	names_learn(name, (size_t)length + 8 + number % 200, addresses, 2, 0);
}

static bool is_right(const struct name *name, unsigned number)
{
	char *end;
	unsigned said = (unsigned)strtoul(name->text + 5, &end, 10);
	size_t padding = 8 + said % 200;

	if (strncmp(name->text, "host-", 5) != 0 || (said != number && said + 1 != number))
		return false;
	end++;
	for (size_t i = 0; i < padding; i++)
		if (end[i] != 'a' + (int)(said % 26))
			return false;
	return end + padding == name->text + name->length;
}

static void check_number(unsigned number)
{
	struct addr addr = address(number);
	struct names_found found;

	names_find(&addr, &found);
	for (unsigned i = 0; i < found.count; i++)
		if (!is_right(&found.names[i], number))
			wrong++;
	if (found.count > 0)
		found_some++;
}

static void *learn_and_find(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		seed = seed * 1103515245 + 12345;
		if (i % 2)
			learn_number(seed >> 8 & (NUMBERS - 1));
		else
			check_number(seed >> 8 & (NUMBERS - 1));
	}
	return NULL;
}

Test(names, threads_that_learn_and_find_at_once_never_find_a_wrong_name, .init = names_init)
{
	pthread_t threads[4];

	for (uintptr_t i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, learn_and_find, (void *)(i + 1)), 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	cr_assert_eq(wrong, 0);
	cr_assert_gt(found_some, 0);
}

static atomic_bool over;
static sigjmp_buf back;
static volatile sig_atomic_t jumps, may_jump;

static void find_and_jump(int signal)
{
	(void)signal;
	for (unsigned number = 0; number < 16; number++)
		check_number(number);
	if (may_jump) {
		may_jump = 0;
		jumps = jumps + 1;
		siglongjmp(back, 1);
	}
}

static void *interrupt(void *thread)
{
	while (!over) {
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
		sched_yield();
	}
	return NULL;
}

Test(names, a_handler_finds_in_mid_write_and_may_jump_out_of_it, .init = names_init)
{
	pthread_t self = pthread_self(), other;

	signal(SIGUSR1, find_and_jump);
	cr_assert_eq(pthread_create(&other, NULL, interrupt, &self), 0);
	while (jumps < 200) {
		sigsetjmp(back, 1);
		may_jump = 1;
		for (unsigned number = 0; number < 64; number++)
			learn_number(number);
		may_jump = 0;
	}
	may_jump = 0;
	over = true;
	pthread_join(other, NULL);
	cr_assert_eq(wrong, 0);
	learn("still.learning", NUMBERS * 2);
	cr_assert_str_eq(names(NUMBERS * 2), "*still.learning");
}

/* What is remembered of it since that moment: "10.0.0.1 ::6". */
static const char *last_good(const char *name, uint64_t since)
{
	static char text[2 * ADDR_TEXT_MAX];
	struct name wanted = { .length = (uint32_t)strlen(name) };
	struct addr addresses[2];
	unsigned count;

	strcpy(wanted.text, name);
	count = names_last_good(&wanted, since, addresses);
	text[0] = '\0';
	for (unsigned i = 0; i < count; i++) {
		char address[ADDR_TEXT_MAX];

		addr_format(&addresses[i], address, sizeof(address));
		strcat(strcat(text, i ? " " : ""), address);
	}
	return text;
}

static void learn_good(const char *name, const struct addr *addresses, size_t count, uint64_t now)
{
	names_learn(name, strlen(name), addresses, count, now);
}

Test(names, the_last_good_address_of_each_family_is_remembered_with_its_time, .init = names_init)
{
	struct addr six = { .bytes = { [15] = 6 }, .family = ADDR_IPV6 };
	struct addr both[] = { six, address(1), address(2) };

	cr_assert_str_eq(last_good("a", 0), "");
	learn("a", 7);
	cr_assert_str_eq(last_good("a", 0), "", "learnt, but not as good");
	learn_good("a", both, 3, 100);
	cr_assert_str_eq(last_good("A", 100), "::6 10.0.0.1");
	cr_assert_str_eq(last_good("a", 101), "");
	learn_good("a", both + 2, 1, 200);
	cr_assert_str_eq(last_good("a", 100), "10.0.0.2 ::6");
	cr_assert_str_eq(last_good("a", 150), "10.0.0.2");
	cr_assert_str_eq(last_good("b", 0), "");
}

Test(names, of_a_name_that_made_room_for_others_nothing_is_remembered, .init = names_init)
{
	struct addr one = address(1);
	char name[32];

	learn_good("a", &one, 1, 100);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "other-%u", i);
		learn(name, i);
	}
	cr_assert_str_eq(last_good("a", 0), "");
	snprintf(name, sizeof(name), "other-%u", 19999u);
	cr_assert_str_eq(last_good(name, 0), "", "another had its place");
}
