/* SPDX-License-Identifier: MIT */
/*
 * early_libc.c - what is no system call, resolved on first use.
 *
 * dlsym() may allocate and lock: for calls that come before the constructor, and nowhere else. A libc without the
 * name ends in an error that its callers know.
 */
#include "hook/early.h"

#include <errno.h>

#include "hook/real.h"

int early_fclose(FILE *stream)
{
	__typeof__(fclose) *next = (__typeof__(next))real_next("fclose");

	return next ? next(stream) : EOF;
}

FILE *early_freopen(const char *path, const char *mode, FILE *stream)
{
	__typeof__(freopen) *next = (__typeof__(next))real_next("freopen");

	return next ? next(path, mode, stream) : NULL;
}

int early_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			     struct addrinfo **result)
{
	__typeof__(getaddrinfo) *next = (__typeof__(next))real_next("getaddrinfo");

	return next ? next(node, service, hints, result) : EAI_FAIL;
}

struct hostent *early_gethostbyname(const char *name)
{
	__typeof__(gethostbyname) *next = (__typeof__(next))real_next("gethostbyname");

	return next ? next(name) : NULL;
}

struct hostent *early_gethostbyname2(const char *name, int family)
{
	__typeof__(gethostbyname2) *next = (__typeof__(next))real_next("gethostbyname2");

	return next ? next(name, family) : NULL;
}

int early_gethostbyname_r(const char *name, struct hostent *host, char *buffer, size_t size,
				 struct hostent **result, int *error)
{
	__typeof__(gethostbyname_r) *next = (__typeof__(next))real_next("gethostbyname_r");

	return next ? next(name, host, buffer, size, result, error) : ENOSYS;
}

int early_gethostbyname2_r(const char *name, int family, struct hostent *host, char *buffer, size_t size,
				  struct hostent **result, int *error)
{
	__typeof__(gethostbyname2_r) *next = (__typeof__(next))real_next("gethostbyname2_r");

	return next ? next(name, family, host, buffer, size, result, error) : ENOSYS;
}

#ifdef __GLIBC__
FILE *early_freopen64(const char *path, const char *mode, FILE *stream)
{
	__typeof__(freopen64) *next = (__typeof__(next))real_next("freopen64");

	return next ? next(path, mode, stream) : NULL;
}
#endif
