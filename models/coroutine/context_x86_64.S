/*
 * context_x86_64.S - the switch for the System V ABI: void context_switch(from, to).
 *
 * The resume address is loaded early and jumped to: a `ret` would pop the return-stack
 * predictor of the stack that was left, and be mispredicted at each switch (7 ns, 30 with
 * many stacks). The control words are restored only where control bits differ: the sticky
 * exception flags of mxcsr differ all the time, and an ldmxcsr that changes them costs up
 * to 50 ns.
 */
#if defined(__x86_64__)
	.text
	.globl	context_switch
	.type	context_switch, @function
	.p2align 4
context_switch:
	movq	(%rsi), %r8
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movq	56(%r8), %rdx
	movl	(%rsp), %eax
	movzwl	4(%rsp), %ecx
	movq	%rsp, (%rdi)
	movq	%r8, %rsp
	xorl	(%rsp), %eax
	testl	$0xffc0, %eax
	jne	.Lmxcsr
.Lmxcsr_done:
	cmpw	4(%rsp), %cx
	jne	.Lx87
.Lx87_done:
	movq	8(%rsp), %r15
	movq	16(%rsp), %r14
	movq	24(%rsp), %r13
	movq	32(%rsp), %r12
	movq	40(%rsp), %rbx
	movq	48(%rsp), %rbp
	addq	$64, %rsp
	jmp	*%rdx
.Lmxcsr:
	ldmxcsr	(%rsp)
	jmp	.Lmxcsr_done
.Lx87:
	fldcw	4(%rsp)
	jmp	.Lx87_done
	.size	context_switch, . - context_switch

	.globl	context_start
	.type	context_start, @function
context_start:
	.cfi_startproc
	.cfi_undefined rip
	movq	%rbx, %rdi
	call	*%r12
	ud2
	.cfi_endproc
	.size	context_start, . - context_start
#endif
	.section .note.GNU-stack, "", %progbits
