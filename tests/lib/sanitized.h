/* SPDX-License-Identifier: MIT */
/*
 * sanitized.h - SANITIZED is defined where a sanitizer is compiled in that keeps memory or threads of its own: what a
 * test says of the process's memory does not hold there.
 */
#ifndef CUTOUT_TESTS_SANITIZED_H
#define CUTOUT_TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#endif
