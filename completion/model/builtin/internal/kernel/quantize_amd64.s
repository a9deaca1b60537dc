#include "textflag.h"

// The order that undoes how VPACKSSDW and VPACKSSWB interleave register halves.
DATA unpack<>+0(SB)/8, $0x0000000400000000
DATA unpack<>+8(SB)/8, $0x0000000500000001
DATA unpack<>+16(SB)/8, $0x0000000600000002
DATA unpack<>+24(SB)/8, $0x0000000700000003
GLOBL unpack<>(SB), RODATA|NOPTR, $32

DATA magnitude<>+0(SB)/4, $0x7fffffff
GLOBL magnitude<>(SB), RODATA|NOPTR, $4
DATA c127<>+0(SB)/4, $0x42fe0000 // 127
GLOBL c127<>(SB), RODATA|NOPTR, $4
DATA least<>+0(SB)/4, $0x0da24260 // 1e-30
GLOBL least<>(SB), RODATA|NOPTR, $4

// func quantizeQ8AVX2(q []int8, scale []float32, x []float32)
TEXT ·quantizeQ8AVX2(SB), NOSPLIT, $0-72
	MOVQ         q_base+0(FP), DI
	MOVQ         scale_base+24(FP), BX
	MOVQ         x_base+48(FP), SI
	MOVQ         x_len+56(FP), CX
	SHRQ         $5, CX
	JZ           done
	VBROADCASTSS magnitude<>(SB), Y15
	VMOVSS       c127<>(SB), X14
	VMOVSS       least<>(SB), X13
	VMOVDQU      unpack<>(SB), Y12

quantize:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVUPS 64(SI), Y2
	VMOVUPS 96(SI), Y3

	// The largest magnitude, to X4.
	VANDPS       Y15, Y0, Y4
	VANDPS       Y15, Y1, Y5
	VANDPS       Y15, Y2, Y6
	VANDPS       Y15, Y3, Y7
	VMAXPS       Y5, Y4, Y4
	VMAXPS       Y7, Y6, Y6
	VMAXPS       Y6, Y4, Y4
	VEXTRACTF128 $1, Y4, X5
	VMAXPS       X5, X4, X4
	VMOVHLPS     X4, X4, X5
	VMAXPS       X5, X4, X4
	VMOVSHDUP    X4, X5
	VMAXSS       X5, X4, X4

	// The scale, rounded to float16, and its inverse, 0 for a block of zeros.
	VDIVSS       X14, X4, X5
	VCVTPS2PH    $0, X5, X5
	VCVTPH2PS    X5, X5
	VMOVSS       X5, (BX)
	VCMPSS       $2, X4, X13, X5 // least <= largest
	VDIVSS       X4, X14, X6
	VANDPS       X5, X6, X6
	VBROADCASTSS X6, Y6

	VMULPS    Y6, Y0, Y0
	VMULPS    Y6, Y1, Y1
	VMULPS    Y6, Y2, Y2
	VMULPS    Y6, Y3, Y3
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y1, Y1
	VCVTPS2DQ Y2, Y2
	VCVTPS2DQ Y3, Y3
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKSSWB Y2, Y0, Y0
	VPERMD    Y0, Y12, Y0
	VMOVDQU   Y0, (DI)

	ADDQ $128, SI
	ADDQ $32, DI
	ADDQ $4, BX
	DECQ CX
	JNZ  quantize
	VZEROUPPER

done:
	RET
