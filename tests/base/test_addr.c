/* SPDX-License-Identifier: MIT */
/*
 * test_addr.c - addresses from sockaddr and from text, and back to text.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static const char *formatted(const struct addr *addr)
{
	static char text[ADDR_TEXT_MAX];

	cr_assert_eq(addr_format(addr, text, sizeof(text)), strlen(text));
	return text;
}

static bool parses(const char *text)
{
	struct addr addr;

	return addr_parse_host(&addr, text, strlen(text));
}

static struct addr parsed(const char *text)
{
	struct addr addr;

	cr_assert(addr_parse_host(&addr, text, strlen(text)), "%s", text);
	return addr;
}

static struct sockaddr_in6 in6(const char *text, uint16_t port, uint32_t scope)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = scope };

	cr_assert_eq(inet_pton(AF_INET6, text, &sa.sin6_addr), 1);
	return sa;
}

Test(addr, value_is_24_bytes_without_padding)
{
	cr_assert_eq(sizeof(struct addr), 24);
}

Test(addr, ipv4_sockaddr_gives_address_and_port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(5432) };
	struct addr addr;

	sa.sin_addr.s_addr = htonl(0x0a000005);
	cr_assert(addr_from_sockaddr(&addr, (struct sockaddr *)&sa, sizeof(sa)));
	cr_assert_str_eq(formatted(&addr), "10.0.0.5:5432");
	cr_assert_eq(addr.family, ADDR_IPV4);
}

Test(addr, goes_back_into_a_sockaddr_of_the_family_that_is_asked_for)
{
	static const struct { const char *text; sa_family_t family; socklen_t length; } cases[] = {
		{ "10.0.0.5", AF_INET, sizeof(struct sockaddr_in) },
		{ "10.0.0.5", AF_INET6, sizeof(struct sockaddr_in6) },
		{ "2001:db8::1", AF_INET6, sizeof(struct sockaddr_in6) },
		{ "fe80::1%3", AF_INET6, sizeof(struct sockaddr_in6) },
		{ "2001:db8::1", AF_INET, 0 },
		{ "10.0.0.5", AF_UNIX, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr addr = parsed(cases[i].text), back;
		_Alignas(8) char room[ADDR_SOCKADDR_MAX];

		addr.port = 5432;
		cr_assert_eq(addr_to_sockaddr(&addr, cases[i].family, room), cases[i].length, "%s", cases[i].text);
		if (cases[i].length == 0)
			continue;
		cr_assert_eq(((struct sockaddr *)room)->sa_family, cases[i].family);
		cr_assert(addr_from_sockaddr(&back, (struct sockaddr *)room, cases[i].length));
		cr_assert(addr_equal(&addr, &back), "%s", cases[i].text);
	}
}

Test(addr, ipv6_sockaddr_keeps_the_scope_of_a_link_local_address_only)
{
	struct sockaddr_in6 local = in6("fe80::1", 80, 3);
	struct sockaddr_in6 global = in6("2001:db8::1", 80, 3);
	struct addr addr;

	cr_assert(addr_from_sockaddr(&addr, (struct sockaddr *)&local, sizeof(local)));
	cr_assert_str_eq(formatted(&addr), "[fe80::1%3]:80");
	cr_assert(addr_from_sockaddr(&addr, (struct sockaddr *)&global, sizeof(global)));
	cr_assert_str_eq(formatted(&addr), "[2001:db8::1]:80");
}

Test(addr, mapped_address_equals_the_ipv4_address)
{
	struct sockaddr_in6 mapped = in6("::ffff:10.0.0.5", 5432, 0);
	struct addr from_mapped;
	struct addr plain = parsed("10.0.0.5");

	plain.port = 5432;
	cr_assert(addr_from_sockaddr(&from_mapped, (struct sockaddr *)&mapped, sizeof(mapped)));
	cr_assert(addr_equal(&from_mapped, &plain));
	plain = parsed("::ffff:10.0.0.5");
	cr_assert_str_eq(formatted(&plain), "10.0.0.5");
	cr_assert_eq(plain.family, ADDR_IPV4);
}

Test(addr, sockaddr_of_another_family_null_or_short_is_cleared)
{
	struct sockaddr_in6 sa = in6("::1", 80, 0);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct addr addr;
	static const struct addr none;

	cr_assert_not(addr_from_sockaddr(&addr, NULL, sizeof(sa)));
	cr_assert(addr_equal(&addr, &none));
	cr_assert_not(addr_from_sockaddr(&addr, (struct sockaddr *)&un, sizeof(un)));
	cr_assert_not(addr_from_sockaddr(&addr, (struct sockaddr *)&sa, 0));
	cr_assert_not(addr_from_sockaddr(&addr, (struct sockaddr *)&sa, sizeof(struct sockaddr_in)));
	cr_assert(addr_equal(&addr, &none));
	sa.sin6_family = AF_UNSPEC;
	cr_assert_not(addr_from_sockaddr(&addr, (struct sockaddr *)&sa, sizeof(sa)));
}

Test(addr, ipv6_sockaddr_may_end_before_the_scope_as_the_kernel_allows)
{
	struct sockaddr_in6 sa = in6("fe80::1", 80, 3);
	struct addr addr;

	cr_assert(addr_from_sockaddr(&addr, (struct sockaddr *)&sa, 24));
	cr_assert_str_eq(formatted(&addr), "[fe80::1]:80");
}

Test(addr, unaligned_sockaddr_is_read)
{
	struct sockaddr_in6 sa = in6("2001:db8::7", 443, 0);
	char bytes[sizeof(sa) + 1];
	struct addr addr;

	memcpy(bytes + 1, &sa, sizeof(sa));
	cr_assert(addr_from_sockaddr(&addr, (struct sockaddr *)(void *)(bytes + 1), sizeof(sa)));
	cr_assert_str_eq(formatted(&addr), "[2001:db8::7]:443");
}

Test(addr, parses_and_formats_by_rfc_5952)
{
	static const struct {
		const char *text;
		const char *canonical;
	} cases[] = {
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "2001:DB8::ABCD", "2001:db8::abcd" },
		{ "2001:0db8:0:0:0:0:0:0001", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "1:0:0:0:0:0:0:0", "1::" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
		{ "::1.2.3.4", "::102:304" },
		{ "fe80::1%3", "fe80::1%3" },
		{ "febf::1%4294967295", "febf::1%4294967295" },
		{ "ff02::1%2", "ff02::1%2" },
		{ "::ffff:1.2.3.4", "1.2.3.4" },
		{ "::ffff:a00:5", "10.0.0.5" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr addr = parsed(cases[i].text);

		cr_assert_str_eq(formatted(&addr), cases[i].canonical, "%s: %s", cases[i].text, formatted(&addr));
	}
}

Test(addr, agrees_with_libc_about_ipv6_text)
{
	uint64_t random = 1;

	for (int i = 0; i < 20000; i++) {
		struct in6_addr bytes = { .s6_addr = { 0 } };
		char theirs[INET6_ADDRSTRLEN];
		struct addr addr;

		for (unsigned b = 0; b < 16; b++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			/* mostly zeros, so that there are gaps of all kinds */
			bytes.s6_addr[b] = random >> 62 == 0 ? (uint8_t)(random >> 40) : 0;
		}
		bytes.s6_addr[0] |= 0x20; /* libc writes ::1.2.3.4 in another way */
		inet_ntop(AF_INET6, &bytes, theirs, sizeof(theirs));
		addr = parsed(theirs);
		cr_assert_arr_eq(addr.bytes, bytes.s6_addr, 16);
		cr_assert_str_eq(formatted(&addr), theirs);
	}
}

Test(addr, refuses_what_is_no_address)
{
	static const char *const cases[] = {
		"", "1", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.05", "010.0.0.5", "0x0a.0.0.5", "10.0.0.",
		".0.0.1", "10..0.1", " 10.0.0.5", "10.0.0.5 ", "10.0.0.-5", "10.0.0.5%1", ":", ":::", ":1", "1:",
		"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3",
		"12345::", "g::", "::1%1", "fe80::1%", "fe80::1%eth0", "fe80::1%03", "fe80::1%4294967296",
		"1.2.3.4::", "::1.2.3", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "[::1]", "::1/64", "localhost",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_not(parses(cases[i]), "%s", cases[i]);
}

Test(addr, parsing_reads_no_further_than_the_length)
{
	struct addr addr;

	cr_assert(addr_parse_host(&addr, "10.0.0.55", 8));
	cr_assert_str_eq(formatted(&addr), "10.0.0.5");
	cr_assert(addr_parse_host(&addr, "::1]:80", 3));
}

Test(addr, text_of_no_address_is_a_dash_and_text_is_cut_to_the_buffer)
{
	static const struct addr none;
	struct addr addr = parsed("10.0.0.5");
	char small[6];

	cr_assert_str_eq(formatted(&none), "-");
	cr_assert_eq(addr_format(&addr, small, sizeof(small)), 5);
	cr_assert_str_eq(small, "10.0.");
}

Test(addr, prefix_is_compared_to_the_bit)
{
	static const struct {
		const char *addr;
		const char *prefix;
		unsigned bits;
		bool within;
	} cases[] = {
		{ "10.0.0.5", "10.0.0.4", 31, true },
		{ "10.0.0.5", "10.0.0.4", 32, false },
		{ "10.0.0.5", "10.0.0.5", 32, true },
		{ "10.127.255.255", "10.0.0.0", 9, true },
		{ "10.128.0.0", "10.0.0.0", 9, false },
		{ "192.0.2.1", "0.0.0.0", 0, true },
		{ "192.0.2.1", "0.0.0.0", 33, false },
		{ "::1", "0.0.0.0", 0, false },
		{ "192.0.2.1", "::", 0, false },
		{ "2001:db8:ffff::", "2001:db8::", 32, true },
		{ "2001:db9::", "2001:db8::", 32, false },
		{ "2001:db9::", "2001:db8::", 31, true },
		{ "::1", "::1", 128, true },
		{ "::1", "::", 128, false },
		{ "::1", "::1", 129, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr addr = parsed(cases[i].addr);
		struct addr prefix = parsed(cases[i].prefix);

		cr_assert_eq(addr_in_prefix(&addr, &prefix, cases[i].bits), cases[i].within, "%s in %s/%u",
			     cases[i].addr, cases[i].prefix, cases[i].bits);
	}
}

Test(addr, equality_looks_at_port_scope_and_family)
{
	struct addr a = parsed("fe80::1%3");
	struct addr b = parsed("fe80::1%3");

	cr_assert(addr_equal(&a, &b));
	b.scope = 4;
	cr_assert_not(addr_equal(&a, &b));
	b = a;
	b.port = 1;
	cr_assert_not(addr_equal(&a, &b));
}
