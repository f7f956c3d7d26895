/* SPDX-License-Identifier: MIT */
/*
 * vdso.h - find things in the object that the kernel maps into every process. See vdso(7).
 *
 * The image is walked by hand: dlsym() would take locks, may allocate, and can be interposed.
 * Pure; safe everywhere.
 */
#ifndef CUTOUT_BASE_VDSO_H
#define CUTOUT_BASE_VDSO_H

#include <stdint.h>

/* The function's address in the mapped image; NULL if it is not there. `image` may be NULL. */
void *vdso_symbol(const void *image, const char *name);

/* LINUX_VERSION_CODE of the kernel that made the image; 0 if that does not say. `image` may be NULL. */
uint32_t vdso_linux_version(const void *image);

#endif
