/* SPDX-License-Identifier: MIT */
/*
 * test_self.c - what the process and its kernel are, without asking, is what one is told who asks.
 */
#include "base/self.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/kernel.h"

Test(self, user_and_name_are_those_of_the_start)
{
	char comm[SELF_NAME_SIZE] = "", name[SELF_NAME_SIZE];

	cr_assert_eq(self_first_user(), getuid());
	prctl(PR_GET_NAME, comm);
	prctl(PR_SET_NAME, "renamed");
	self_first_name(name);
	if (strncmp((const char *)getauxval(AT_EXECFN), "/dev/fd/", 8) != 0)
		cr_assert_str_eq(name, comm);
}

Test(self, kernel_says_the_version_that_it_answers_with)
{
	struct utsname system;
	unsigned major, minor;

	cr_assert_eq(uname(&system), 0);
	cr_assert_eq(sscanf(system.release, "%u.%u", &major, &minor), 2);
	cr_assert_eq(kernel_version(), KERNEL(major, minor));
	cr_assert(kernel_says() == 0 || kernel_says() == KERNEL(major, minor));
}
