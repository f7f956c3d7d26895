/* SPDX-License-Identifier: MIT */
/*
 * holder.c - who is who (holder.h).
 *
 * Two threads that ask at once agree by compare-and-swap on the page that fork wipes; orders are relaxed, since each
 * word stands for itself. A pid means something in its namespace only, and the kernel tells start times as that of the
 * reader's time namespace has them, so that both are part of what is compared.
 */
#include "hook/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/hash.h"
#include "base/text.h"
#include "hook/owner.h"
#include "hook/real.h"

#define SPACE_UNKNOWN UINT32_MAX

enum { STAT_MAX = 1024, FIELD_STATE = 3, FIELD_THREADS = 20, FIELD_START = 22 };

static uint64_t inode_of(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 ? found.st_ino : 0;
}

/* Without a time namespace there is one time. */
static uint32_t find_space(void)
{
	uint64_t pids = inode_of("/proc/self/ns/pid");
	uint32_t space = (uint32_t)(hash_mix(pids ^ inode_of("/proc/self/ns/time") << 32) >> (64 - HOLDER_SPACE_BITS));

	if (pids == 0)
		return SPACE_UNKNOWN;
	return space != 0 ? space : 1;
}

static uint32_t space(void)
{
	uint32_t known = atomic_load_explicit(&owner_page()->space, memory_order_relaxed);

	if (known == 0) {
		known = find_space();
		atomic_store_explicit(&owner_page()->space, known, memory_order_relaxed);
	}
	return known == SPACE_UNKNOWN ? 0 : known;
}

bool holder_identify(struct panel_holder *holder)
{
	uint64_t since = atomic_load_explicit(&owner_page()->since, memory_order_relaxed);
	int saved = errno;
	bool first = false;

	if (since == 0) {
		uint64_t now = clock_boot();

		first = atomic_compare_exchange_strong_explicit(&owner_page()->since, &since, now, memory_order_relaxed,
								memory_order_relaxed);
		since = first ? now : since;
	}
	*holder = (struct panel_holder){ .pid = (uint32_t)owner_mark(), .space = space(), .since = since };
	errno = saved;
	return first;
}

/* "/proc/42/stat", NUL-terminated; false where there is none. */
static bool read_stat(uint32_t pid, char stat[STAT_MAX])
{
	char path[40];
	struct text text;
	ssize_t length;
	int fd;

	text_init(&text, path, sizeof(path));
	text_put(&text, "/proc/");
	text_put_number(&text, pid);
	text_put(&text, "/stat");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = real.read(fd, stat, STAT_MAX - 1);
	real.close(fd);
	stat[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* The fields behind the name, which is in brackets and may hold anything; proc_pid_stat(5). */
static const char *field(const char *stat, int number)
{
	const char *at = strrchr(stat, ')');

	for (int i = 2; at != NULL && i < number; i++)
		at = strchr(at + 1, ' ');
	return at != NULL ? at + 1 : NULL;
}

/* A thread group whose first thread has ended is a zombie to look at, and may live on in the others. */
static bool has_ended(const char *stat)
{
	const char *state = field(stat, FIELD_STATE), *threads = field(stat, FIELD_THREADS);

	return state != NULL && threads != NULL && (*state == 'Z' || *state == 'X') && strtoul(threads, NULL, 10) <= 1;
}

static bool began_after(const char *stat, uint64_t since)
{
	const char *start = field(stat, FIELD_START);
	unsigned long ticks = getauxval(AT_CLKTCK);

	if (start == NULL || ticks == 0)
		return false;
	return strtoull(start, NULL, 10) * (NSEC_PER_SEC / ticks) > since;
}

bool holder_is_gone(uint32_t pid, uint64_t since)
{
	char stat[STAT_MAX];
	int saved = errno;
	bool gone;

	if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
		gone = true;
	else
		gone = read_stat(pid, stat) && (has_ended(stat) || began_after(stat, since));
	errno = saved;
	return gone;
}
