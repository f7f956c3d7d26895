/* SPDX-License-Identifier: MIT */
/*
 * test_lookup.c - what a lookup teaches, with a resolver of the test's own.
 */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "hook/names.h"
#include "hook/real.h"

static struct sockaddr_in v4 = { .sin_family = AF_INET };
static struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
static struct addrinfo second = { .ai_addr = (struct sockaddr *)&v6, .ai_addrlen = sizeof(v6) };
static struct addrinfo again = { .ai_addr = (struct sockaddr *)&v4, .ai_addrlen = sizeof(v4), .ai_next = &second };
static struct addrinfo first = { .ai_addr = (struct sockaddr *)&v4, .ai_addrlen = sizeof(v4), .ai_next = &again };
static char *addresses[] = { (char *)&v4.sin_addr, NULL };
static struct hostent host = { .h_addrtype = AF_INET, .h_length = 4, .h_addr_list = addresses };
static int answer;

static int resolve(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	(void)node;
	(void)service;
	(void)hints;
	errno = 123;
	if (answer == 0)
		*list = &first;
	return answer;
}

static struct hostent *resolve_host(const char *name)
{
	(void)name;
	errno = 123;
	h_errno = 45;
	return answer == 0 ? &host : NULL;
}

static int resolve_host_r(const char *name, struct hostent *buffer, char *room, size_t size, struct hostent **result,
			  int *error)
{
	(void)name;
	(void)buffer;
	(void)room;
	(void)size;
	(void)error;
	errno = 123;
	*result = answer == 0 ? &host : NULL;
	return 0;
}

static void prepare(void)
{
	inet_pton(AF_INET, "10.0.0.1", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	real.getaddrinfo = resolve;
	real.gethostbyname = resolve_host;
	real.gethostbyname_r = resolve_host_r;
	names_init();
}

static const char *name_of(const void *sa, socklen_t length)
{
	static struct names_found found;
	struct addr addr;

	cr_assert(addr_from_sockaddr(&addr, sa, length));
	names_find(&addr, &found);
	return found.count == 1 ? found.names[0].text : "";
}

TestSuite(lookup, .init = prepare);

Test(lookup, getaddrinfo_teaches_every_address_and_changes_nothing)
{
	struct addrinfo *list;

	cr_assert_eq(getaddrinfo("a.example", NULL, NULL, &list), 0);
	cr_assert_eq(errno, 123);
	cr_assert_eq(list, &first);
	cr_assert_str_eq(name_of(&v4, sizeof(v4)), "a.example");
	cr_assert_str_eq(name_of(&v6, sizeof(v6)), "a.example");
}

Test(lookup, a_failed_one_one_without_a_name_and_a_numeric_one_teach_nothing)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *list;

	cr_assert_eq(getaddrinfo(NULL, "80", NULL, &list), 0);
	cr_assert_eq(getaddrinfo("a.example", NULL, &hints, &list), 0);
	cr_assert_eq(getaddrinfo("10.0.0.1", NULL, NULL, &list), 0);
	answer = EAI_AGAIN;
	cr_assert_eq(getaddrinfo("a.example", NULL, NULL, &list), EAI_AGAIN);
	cr_assert_not(names_any());
}

Test(lookup, gethostbyname_teaches_and_keeps_both_errors)
{
	cr_assert_eq(gethostbyname("b.example"), &host);
	cr_assert_eq(errno, 123);
	cr_assert_eq(h_errno, 45);
	cr_assert_str_eq(name_of(&v4, sizeof(v4)), "b.example");
	answer = HOST_NOT_FOUND;
	cr_assert_null(gethostbyname("c.example"));
	cr_assert_str_eq(name_of(&v4, sizeof(v4)), "b.example");
}

Test(lookup, the_reentrant_form_may_succeed_without_an_answer)
{
	struct hostent buffer, *result;
	char room[16];
	int error;

	answer = HOST_NOT_FOUND;
	cr_assert_eq(gethostbyname_r("d.example", &buffer, room, sizeof(room), &result, &error), 0);
	cr_assert_not(names_any());
	answer = 0;
	cr_assert_eq(gethostbyname_r("d.example", &buffer, room, sizeof(room), &result, &error), 0);
	cr_assert_eq(errno, 123);
	cr_assert_str_eq(name_of(&v4, sizeof(v4)), "d.example");
}
