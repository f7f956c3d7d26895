/* SPDX-License-Identifier: MIT */
/*
 * errname.c - errno values and their names.
 *
 * The values are those of the machine it is compiled for; the names are all of Linux' names. Pure.
 */
#include "base/errname.h"

#include <errno.h>
#include <string.h>

/* Each value once, by its usual name. */
#define ERRORS(X)                                                                                                    \
	X(EPERM) X(ENOENT) X(ESRCH) X(EINTR) X(EIO) X(ENXIO) X(E2BIG) X(ENOEXEC) X(EBADF) X(ECHILD) X(EAGAIN)        \
	X(ENOMEM) X(EACCES) X(EFAULT) X(ENOTBLK) X(EBUSY) X(EEXIST) X(EXDEV) X(ENODEV) X(ENOTDIR) X(EISDIR)          \
	X(EINVAL) X(ENFILE) X(EMFILE) X(ENOTTY) X(ETXTBSY) X(EFBIG) X(ENOSPC) X(ESPIPE) X(EROFS) X(EMLINK)           \
	X(EPIPE) X(EDOM) X(ERANGE) X(EDEADLK) X(ENAMETOOLONG) X(ENOLCK) X(ENOSYS) X(ENOTEMPTY) X(ELOOP) X(ENOMSG)    \
	X(EIDRM) X(ECHRNG) X(EL2NSYNC) X(EL3HLT) X(EL3RST) X(ELNRNG) X(EUNATCH) X(ENOCSI) X(EL2HLT) X(EBADE)         \
	X(EBADR) X(EXFULL) X(ENOANO) X(EBADRQC) X(EBADSLT) X(EBFONT) X(ENOSTR) X(ENODATA) X(ETIME) X(ENOSR)          \
	X(ENONET) X(ENOPKG) X(EREMOTE) X(ENOLINK) X(EADV) X(ESRMNT) X(ECOMM) X(EPROTO) X(EMULTIHOP) X(EDOTDOT)       \
	X(EBADMSG) X(EOVERFLOW) X(ENOTUNIQ) X(EBADFD) X(EREMCHG) X(ELIBACC) X(ELIBBAD) X(ELIBSCN) X(ELIBMAX)         \
	X(ELIBEXEC) X(EILSEQ) X(ERESTART) X(ESTRPIPE) X(EUSERS) X(ENOTSOCK) X(EDESTADDRREQ) X(EMSGSIZE)              \
	X(EPROTOTYPE) X(ENOPROTOOPT) X(EPROTONOSUPPORT) X(ESOCKTNOSUPPORT) X(EOPNOTSUPP) X(EPFNOSUPPORT)             \
	X(EAFNOSUPPORT) X(EADDRINUSE) X(EADDRNOTAVAIL) X(ENETDOWN) X(ENETUNREACH) X(ENETRESET) X(ECONNABORTED)       \
	X(ECONNRESET) X(ENOBUFS) X(EISCONN) X(ENOTCONN) X(ESHUTDOWN) X(ETOOMANYREFS) X(ETIMEDOUT) X(ECONNREFUSED)    \
	X(EHOSTDOWN) X(EHOSTUNREACH) X(EALREADY) X(EINPROGRESS) X(ESTALE) X(EUCLEAN) X(ENOTNAM) X(ENAVAIL)           \
	X(EISNAM) X(EREMOTEIO) X(EDQUOT) X(ENOMEDIUM) X(EMEDIUMTYPE) X(ECANCELED) X(ENOKEY) X(EKEYEXPIRED)           \
	X(EKEYREVOKED) X(EKEYREJECTED) X(EOWNERDEAD) X(ENOTRECOVERABLE) X(ERFKILL) X(EHWPOISON)

/* Of lookups. */
#define LOOKUP_ERRORS(X) X(EAI_AGAIN) X(EAI_FAIL)

/* Second names; on some machines a value of their own. */
#define ALIASES(X) X(EWOULDBLOCK) X(EDEADLOCK) X(ENOTSUP)

#define NAME(error)  #error,
#define VALUE(error) error,

#define LOOKUP_VALUE(error) ERRNAME_##error,

static const char *const names[] = { ERRORS(NAME) LOOKUP_ERRORS(NAME) ALIASES(NAME) };
static const short values[] = { ERRORS(VALUE) LOOKUP_ERRORS(LOOKUP_VALUE) ALIASES(VALUE) };

enum { NAMES = sizeof(names) / sizeof(names[0]) };

const char *errname_of(int error)
{
	for (size_t i = 0; i < NAMES; i++)
		if (values[i] == error)
			return names[i];
	return NULL;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

int errname_parse(const char *text, size_t length)
{
	for (size_t i = 0; i < NAMES; i++) {
		size_t at = 0;

		while (at < length && names[i][at] != '\0' && upper(text[at]) == names[i][at])
			at++;
		if (at == length && names[i][at] == '\0')
			return values[i];
	}
	return 0;
}

const char *const *errname_all(size_t *count)
{
	*count = NAMES;
	return names;
}
