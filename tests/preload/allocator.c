/* SPDX-License-Identifier: MIT */
/*
 * allocator.c - a malloc to preload that uses interposed calls itself, from its first allocation on.
 *
 * As allocators do that read their configuration: it opens, reads and closes a file, and asks a socket. It gives
 * memory away and takes nothing back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);
void *memalign(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **result, size_t alignment, size_t size);
void free(void *memory);

enum { HEAP = 256 << 20, HEADER = 16 };

static char *heap;
static size_t taken;
static int inside;

static void use_interposed_calls(void)
{
	char text[16];
	int file = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error;
	socklen_t length = sizeof(error);

	if (read(file, text, sizeof(text)) < 0)
		_exit(85);
	close(file);
	getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &length);
	close(sock);
}

static void *take(size_t alignment, size_t size)
{
	size_t start;
	int error = errno;

	if (!heap)
		heap = mmap(NULL, HEAP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!__atomic_exchange_n(&inside, 1, __ATOMIC_ACQUIRE)) {
		use_interposed_calls();
		__atomic_store_n(&inside, 0, __ATOMIC_RELEASE);
	}
	errno = error;
	start = __atomic_fetch_add(&taken, size + alignment + HEADER, __ATOMIC_RELAXED) + HEADER;
	if (start + size + alignment > HEAP)
		return NULL;
	start = (start + alignment - 1) & ~(alignment - 1);
	memcpy(heap + start - sizeof(size), &size, sizeof(size));
	return heap + start;
}

void *malloc(size_t size)
{
	return take(16, size);
}

void *calloc(size_t count, size_t size)
{
	return take(16, count * size);
}

void *memalign(size_t alignment, size_t size)
{
	return take(alignment < 16 ? 16 : alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
	*result = memalign(alignment, size);
	return *result ? 0 : ENOMEM;
}

void *realloc(void *old, size_t size)
{
	void *memory = take(16, size);
	size_t before = 0;

	if (old) {
		memcpy(&before, (char *)old - sizeof(before), sizeof(before));
		memcpy(memory, old, before < size ? before : size);
	}
	return memory;
}

void free(void *memory)
{
	(void)memory;
}
