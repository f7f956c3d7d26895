/* SPDX-License-Identifier: MIT */
/*
 * syscall.S - syscall(), of which close.c sees what closes.
 *
 * Anything else jumps on with registers and stack as they came: a child that the caller gives a stack of its own returns
 * to what lies on that, and a frame of ours would stand in between. As safe as close(): any thread, signal handler or
 * child.
 */
#include <sys/syscall.h>

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
