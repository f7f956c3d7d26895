/* SPDX-License-Identifier: MIT */
/*
 * test_hostname.c - names told from addresses.
 */
#include "hook/hostname.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_name(const char *text)
{
	struct name name;

	return hostname_read(&name, text, strlen(text));
}

Test(hostname, names_are_names)
{
	static const char *const names[] = {
		"localhost", "db.internal", "a", "10.example", "3com.com", "1.2.3.4.in-addr.arpa", "cafe", "0xg",
		"dead.beef", "0x.example", "xn--bcher-kva.example", "_srv._tcp.example", "1.2.3.4a", "0x",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect(is_name(names[i]), "%s", names[i]);
}

Test(hostname, addresses_in_any_form_are_none)
{
	static const char *const addresses[] = {
		"127.0.0.1", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "0x7F.1", "017700000001",
		"::1", "::", "2001:db8::1", "::ffff:10.0.0.1", "fe80::1%3", "fe80::1%eth0",
	};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		cr_expect_not(is_name(addresses[i]), "%s", addresses[i]);
}

Test(hostname, an_empty_name_and_the_root_are_none)
{
	cr_assert_not(is_name(""));
	cr_assert_not(is_name("."));
}

Test(hostname, a_final_dot_is_dropped_and_the_rest_is_kept_as_written)
{
	struct name name;

	cr_assert(hostname_read(&name, "Db.Internal.", 12));
	cr_assert_eq(name.length, 11);
	cr_assert_str_eq(name.text, "Db.Internal");
}

Test(hostname, the_longest_name_has_253_bytes)
{
	char text[NAME_MAX_LENGTH + 2];
	struct name name;

	memset(text, 'a', sizeof(text));
	cr_assert(hostname_read(&name, text, NAME_MAX_LENGTH));
	cr_assert_eq(strlen(name.text), NAME_MAX_LENGTH);
	cr_assert_not(hostname_read(&name, text, NAME_MAX_LENGTH + 1));
	text[NAME_MAX_LENGTH] = '.';
	cr_assert(hostname_read(&name, text, NAME_MAX_LENGTH + 1));
	cr_assert_eq(name.length, NAME_MAX_LENGTH);
}
