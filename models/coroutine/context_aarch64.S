/*
 * context_aarch64.S - the switch for AAPCS64: void context_switch(from, to).
 *
 * Left by a plain branch, not `ret`, and fpcr written only when it differs, for the
 * reasons that context_x86_64.S gives.
 */
#if defined(__aarch64__)
	.text
	.globl	context_switch
	.type	context_switch, %function
	.p2align 4
context_switch:
	ldr	x9, [x1]
	sub	sp, sp, #176
	stp	x19, x20, [sp]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mrs	x10, fpcr
	str	x10, [sp, #160]
	mov	x11, sp
	str	x11, [x0]
	mov	sp, x9
	ldp	x29, x30, [sp, #80]
	ldr	x11, [sp, #160]
	cmp	x10, x11
	b.eq	1f
	msr	fpcr, x11
1:
	ldp	x19, x20, [sp]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	add	sp, sp, #176
	br	x30
	.size	context_switch, . - context_switch

	.globl	context_start
	.type	context_start, %function
context_start:
	.cfi_startproc
	.cfi_undefined x30
	mov	x0, x19
	blr	x20
	brk	#0
	.cfi_endproc
	.size	context_start, . - context_start
#endif
	.section .note.GNU-stack, "", %progbits
