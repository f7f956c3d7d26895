/* SPDX-License-Identifier: MIT */
/*
 * test_preload.c - the list of LD_PRELOAD with the object in it once.
 */
#include "cli/preload.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const char object[] = "/nowhere/libcutout.so";

static void expect(const char *existing, const char *list)
{
	char *made = preload_with(existing, object);

	cr_expect_str_eq(made, list, "%s: %s", existing, made);
	free(made);
}

Test(preload, alone_where_nothing_is_set)
{
	expect(NULL, "/nowhere/libcutout.so");
	expect("", "/nowhere/libcutout.so");
	expect(" : ", "/nowhere/libcutout.so");
}

Test(preload, comes_first_and_keeps_the_others_in_their_order)
{
	expect("libjemalloc.so.2", "/nowhere/libcutout.so:libjemalloc.so.2");
	expect("/a/b.so:/c/d.so", "/nowhere/libcutout.so:/a/b.so:/c/d.so");
}

Test(preload, separators_are_colons_and_blanks)
{
	expect("/a/b.so  /c/d.so:libe.so", "/nowhere/libcutout.so:/a/b.so:/c/d.so:libe.so");
}

Test(preload, is_not_added_twice_and_keeps_its_place)
{
	expect("/nowhere/libcutout.so", "/nowhere/libcutout.so");
	expect("/a/b.so:/nowhere/libcutout.so", "/a/b.so:/nowhere/libcutout.so");
	expect("/nowhere/libcutout.so /a/b.so /nowhere/libcutout.so", "/nowhere/libcutout.so:/a/b.so");
}

Test(preload, replaces_another_libcutout)
{
	expect("/elsewhere/libcutout.so:/a/b.so", "/nowhere/libcutout.so:/a/b.so");
	expect("libcutout.so.0", "/nowhere/libcutout.so");
	expect("/a/b.so:/nowhere/libcutout.so:/elsewhere/libcutout.so", "/a/b.so:/nowhere/libcutout.so");
	expect("libcutout.sox:xlibcutout.so", "/nowhere/libcutout.so:libcutout.sox:xlibcutout.so");
}

Test(preload, stays_behind_the_runtimes_of_sanitizers)
{
	expect("/usr/lib/libasan.so.8:/a/b.so", "/usr/lib/libasan.so.8:/nowhere/libcutout.so:/a/b.so");
	expect("libclang_rt.asan-x86_64.so libubsan.so.1",
	       "libclang_rt.asan-x86_64.so:libubsan.so.1:/nowhere/libcutout.so");
	expect("/a/b.so:libasan.so.8", "/nowhere/libcutout.so:/a/b.so:libasan.so.8");
}

Test(preload, a_path_with_a_separator_cannot_be_held)
{
	cr_assert(preload_can_hold("/usr/lib/cutout/libcutout.so"));
	cr_assert_not(preload_can_hold("/home/a b/libcutout.so"));
	cr_assert_not(preload_can_hold("/home/a:b/libcutout.so"));
}
