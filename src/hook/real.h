/* SPDX-License-Identifier: MIT */
/*
 * real.h - the functions behind the hooks: `real.connect(…)` is libc's (or the next preload's).
 *
 * Resolved all at once by real_resolve(), in the constructor, before threads: nothing is ever looked
 * up lazily, since dlsym() may allocate and lock. Calls that come earlier (other constructors, malloc
 * libraries) find the early versions of early.c there, so a member is never NULL. After the constructor
 * the table is only read: any thread, signal handler or child.
 */
#ifndef CUTOUT_HOOK_REAL_H
#define CUTOUT_HOOK_REAL_H

#include "hook/libc.h"

#define HOOK(name, need) __typeof__(name) *name;
#define ALIAS(name, hook)
struct real {
#include "hook/hooks.def"
};
#undef HOOK
#undef ALIAS

extern struct real real;

/* Keeps errno. Names that the running libc lacks keep their early versions. */
void real_resolve(void);

/* The next definition of `name` after ours, NULL if there is none or it is ours again. */
void *real_next(const char *name);

/* A hook that is not concerned is some forty bytes: one line of memory, where it begins one. */
#define HOOK_EXPORT          __attribute__((visibility("default"), aligned(64)))
#define HOOK_ALIAS_OF(hook)  __attribute__((visibility("default"), alias(#hook)))

#endif
