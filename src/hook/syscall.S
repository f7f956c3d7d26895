/* SPDX-License-Identifier: MIT */
/*
 * syscall.S - syscall(), of which close.c sees what closes.
 *
 * Anything else jumps on with registers and stack as they came: a child that the caller gives a stack of its own returns
 * to what lies on that, and a frame of ours would stand in between. As safe as close(): any thread, signal handler or
 * child.
 */
#include <sys/syscall.h>

/*
 * Flags that the others are compiled with: -fcf-protection, or -mbranch-protection. This file keeps to what they ask for,
 * and has to say so: of one that does not, the linker makes an object that does not, and the loader a program.
 */
#if defined(__CET__)
#define FEATURES_KIND 0xc0000002 /* GNU_PROPERTY_X86_FEATURE_1_AND */
#define FEATURES      (__CET__ & 3)
#elif defined(__aarch64__)
#define FEATURES_KIND 0xc0000000 /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
#ifdef __ARM_FEATURE_BTI_DEFAULT
#define FEATURE_BTI 1
#endif
#ifdef __ARM_FEATURE_PAC_DEFAULT
#define FEATURE_PAC 2
#endif
#define FEATURES (FEATURE_BTI + 0 | FEATURE_PAC + 0)
#endif

#if FEATURES + 0
	.pushsection .note.gnu.property, "a"
	.p2align __SIZEOF_LONG__ / 4 + 1
	.long 4, 2f - 1f, 5 /* sizes of name and value, NT_GNU_PROPERTY_TYPE_0 */
	.asciz "GNU"
1:
	.long FEATURES_KIND, 4, FEATURES
	.p2align __SIZEOF_LONG__ / 4 + 1
2:
	.popsection
#endif

#if defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))
	.text
	.p2align 6
	.globl syscall
	.type syscall, %function
	.hidden real
	.hidden syscall_that_closes
syscall:
	.cfi_startproc
#ifdef __x86_64__
	endbr64
	cmpq	$SYS_close, %rdi
	je	syscall_that_closes
	cmpq	$436, %rdi /* close_range, which older headers lack */
	je	syscall_that_closes
	jmp	*real(%rip)
#else
	hint	34 /* bti c */
	cmp	x0, SYS_close
	b.eq	syscall_that_closes
	cmp	x0, 436
	b.eq	syscall_that_closes
	adrp	x16, real
	ldr	x16, [x16, :lo12:real]
	br	x16
#endif
	.cfi_endproc
	.size syscall, . - syscall
#endif

	.section .note.GNU-stack, "", %progbits
