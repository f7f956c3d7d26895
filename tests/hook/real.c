/* SPDX-License-Identifier: MIT */
/*
 * real.c - stands in for the object's table of real functions: libc's own, or what a test puts there.
 */
#include "hook/real.h"

struct real real = {
	.close = close,
	.poll = poll,
	.read = read,
	.sendto = sendto,
	.socket = socket,
	.write = write,
};
