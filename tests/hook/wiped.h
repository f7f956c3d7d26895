/* SPDX-License-Identifier: MIT */
/*
 * wiped.h - does this kernel wipe a page in a forked child? Some emulators of one say that they will, and do not.
 */
#ifndef CUTOUT_TESTS_WIPED_H
#define CUTOUT_TESTS_WIPED_H

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static inline bool fork_wipes(void)
{
	char *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t child;

	if (page == MAP_FAILED)
		return false;
	*page = 1;
	if (madvise(page, 1, MADV_WIPEONFORK) != 0)
		return true; /* what does not say so is done without */
	child = fork();
	if (child == 0)
		_exit(*page);
	waitpid(child, &status, 0);
	munmap(page, 1);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define NEED_WIPING()                                                                                                \
	do {                                                                                                         \
		if (!fork_wipes())                                                                                   \
			cr_skip("no page is wiped by fork here");                                                    \
	} while (0)

#endif
