/* SPDX-License-Identifier: MIT */
/*
 * test_destination.c - HOST:PORT as a person writes it.
 */
#include "cli/destination.h"

#include <criterion/criterion.h>

static struct destination parsed(const char *text)
{
	struct destination destination;
	char why[256] = "";

	cr_assert(destination_parse(&destination, text, why, sizeof(why)), "%s", why);
	return destination;
}

static void expect_complaint(const char *text, const char *complaint)
{
	struct destination destination;
	char why[256] = "";

	cr_expect_not(destination_parse(&destination, text, why, sizeof(why)), "%s", text);
	cr_expect_str_eq(why, complaint);
}

Test(destination, a_name_has_a_port_and_no_address)
{
	struct destination destination = parsed("db.internal:5432");

	cr_assert_str_eq(destination.name, "db.internal");
	cr_assert_eq(destination.addr.port, 5432);
	cr_assert_eq(destination.addr.family, ADDR_NONE);
	cr_assert_str_eq(destination.text, "db.internal:5432");
}

Test(destination, an_address_has_no_name)
{
	struct destination destination = parsed("10.0.0.5:80");

	cr_assert_str_eq(destination.name, "");
	cr_assert_eq(destination.addr.family, ADDR_IPV4);
	cr_assert_str_eq(destination.text, "10.0.0.5:80");
	destination = parsed("[0:0::1]:80");
	cr_assert_eq(destination.addr.family, ADDR_IPV6);
	cr_assert_str_eq(destination.text, "[::1]:80");
}

Test(destination, a_scheme_of_tcp_and_a_final_dot_are_taken_off)
{
	cr_assert_str_eq(parsed("tcp://db.internal.:1").text, "db.internal:1");
	cr_assert_str_eq(parsed("localhost:65535").text, "localhost:65535");
}

Test(destination, a_host_with_the_name_of_a_scheme_is_told_from_it)
{
	cr_assert_str_eq(parsed("lookup.:80").text, "tcp://lookup:80");
	cr_assert_str_eq(parsed("tcp://unix:80").text, "tcp://unix:80");
	cr_assert_str_eq(parsed("tcp://lookup:80").name, "lookup");
	cr_assert_str_eq(parsed("Unix.:80").text, "tcp://Unix:80");
	cr_assert_str_eq(parsed("tcp://unixes:80").text, "unixes:80");
	cr_assert_str_eq(parsed("tcp://uni:80").text, "uni:80");
}

Test(destination, what_is_none_is_told_why)
{
	expect_complaint("db.internal", "\"db.internal\": it has no port: HOST:PORT");
	expect_complaint("::1", "\"::1\": an IPv6 destination is [ADDRESS]:PORT");
	expect_complaint("[::1]", "\"[::1]\": an IPv6 destination is [ADDRESS]:PORT");
	expect_complaint("[db]:1", "\"[db]:1\": what stands in brackets is no IPv6 address");
	expect_complaint("db:0", "\"db:0\": its port is no number from 1 to 65535");
	expect_complaint("db:65536", "\"db:65536\": its port is no number from 1 to 65535");
	expect_complaint("db:http", "\"db:http\": its port is no number from 1 to 65535");
	expect_complaint("db:", "\"db:\": its port is no number from 1 to 65535");
	expect_complaint(":80", "\":80\": its host is neither a name nor an address");
	expect_complaint("10.0.0.256:80", "\"10.0.0.256:80\": its host is neither a name nor an address");
	expect_complaint("a b:80", "\"a b:80\": its host is neither a name nor an address");
	expect_complaint("*.internal:80", "\"*.internal:80\": it is a pattern, not one destination");
	expect_complaint("http://db:80", "\"http://db:80\": it is a URL; a destination is HOST:PORT");
	expect_complaint("unix:", "\"unix:\": it has no path");
	expect_complaint("lookup:10.0.0.1:80", "\"lookup:10.0.0.1:80\": an address is not looked up");
	expect_complaint("lookup:db:http", "\"lookup:db:http\": its port is no number from 1 to 65535");
}

Test(destination, what_is_not_tcp_has_its_protocol_in_front)
{
	cr_assert_eq(parsed("db.internal:5432").protocol, PROTOCOL_TCP);
	cr_assert_eq(parsed("udp://10.0.0.5:53").protocol, PROTOCOL_UDP);
	cr_assert_str_eq(parsed("udp://10.0.0.5:53").text, "udp://10.0.0.5:53");
	cr_assert_eq(parsed("unix:/run/db.sock").protocol, PROTOCOL_UNIX);
	cr_assert_str_eq(parsed("unix:/run/db.sock").name, "/run/db.sock");
	cr_assert_str_eq(parsed("unix:@a:1").text, "unix:@a:1");
	cr_assert_eq(parsed("lookup:db.internal:5432").protocol, PROTOCOL_LOOKUP);
	cr_assert_str_eq(parsed("lookup:db.internal.:5432").text, "lookup:db.internal:5432");
	cr_assert_str_eq(parsed("lookup:db.internal").text, "lookup:db.internal");
}
