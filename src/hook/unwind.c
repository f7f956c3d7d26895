/* SPDX-License-Identifier: MIT */
/*
 * unwind.c - the two functions of libgcc that a cleanup needs when a thread is cancelled.
 *
 * The compiler refers to them wherever a frame has a cleanup. Both must come from the very copy of libgcc
 * that unwinds the stack: a copy linked into the object (-static-libgcc) aborts, since its tables were never
 * set up; and needing libgcc_s.so.1 would load it into every program. So they are borrowed from the
 * copy that libc itself has loaded by then, pthread_cancel() and pthread_exit() unwind with no other.
 * musl cancels without unwinding: what a call left open then expires, as after a longjmp.
 *
 * Any thread; only called while it unwinds. Never seen by other objects.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#ifndef __ARM_EABI_UNWINDER__ /* another calling convention; there the compiler's own library is linked */

_Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
					 struct _Unwind_Exception *exception, struct _Unwind_Context *context);

/* With -flto nothing refers to them before the compiler's last step does, and by then they would be gone. */
#define KEPT __attribute__((used))

/* RTLD_NOLOAD: what is there already, by its name; no file is looked for. */
static void *find(const char *name)
{
	void *libgcc = dlopen("libgcc_s.so.1", RTLD_LAZY | RTLD_NOLOAD);

	return libgcc ? dlsym(libgcc, name) : NULL;
}

/*
 * Cleanups run for a cancelled thread only. Another unwinder (a C++ exception thrown by a signal handler, in
 * a program with a libgcc of its own) passes by; what a call left open then expires, as after a longjmp.
 */
KEPT _Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
					      struct _Unwind_Exception *exception, struct _Unwind_Context *context)
{
	__typeof__(__gcc_personality_v0) *personality = NULL;
	void *found = actions & _UA_FORCE_UNWIND ? find("__gcc_personality_v0") : NULL;

	memcpy(&personality, &found, sizeof(found));
	return personality ? personality(version, actions, class, exception, context) : _URC_CONTINUE_UNWIND;
}

/* Reached from a cleanup that was entered through the function above, so that the library is there. */
KEPT void _Unwind_Resume(struct _Unwind_Exception *exception)
{
	__typeof__(_Unwind_Resume) *resume = NULL;
	void *found = find("_Unwind_Resume");

	memcpy(&resume, &found, sizeof(found));
	if (resume)
		resume(exception);
	abort();
}

#endif
