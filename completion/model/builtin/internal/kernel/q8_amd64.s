#include "textflag.h"

// Sixteen ones, int16: VPMADDWD with them adds neighbouring int16 to int32.
DATA ones<>+0(SB)/8, $0x0001000100010001
DATA ones<>+8(SB)/8, $0x0001000100010001
DATA ones<>+16(SB)/8, $0x0001000100010001
DATA ones<>+24(SB)/8, $0x0001000100010001
GLOBL ones<>(SB), RODATA|NOPTR, $32

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

// DOT leaves in Y4 the products of a block as eight float32, times the scale:
// weights Y0, their magnitudes Y1, weight scale Y2, ones Y15. VPMADDUBSW wants
// one factor unsigned, so the weight's sign moves over to x. Its int16 sums do
// not saturate: 2 · 128 · 127 < 2^15.
#define DOT(x, scale) \
	VMOVDQU      x, Y4;          \
	VPSIGNB      Y0, Y4, Y4;     \
	VPMADDUBSW   Y4, Y1, Y4;     \
	VPMADDWD     Y15, Y4, Y4;    \
	VCVTDQ2PS    Y4, Y4;         \
	VBROADCASTSS scale, Y5;      \
	VMULPS       Y2, Y5, Y5;     \
	VMULPS       Y5, Y4, Y4

// func mulQ8x4AVX2(dst *float32, stride int, weights *byte, weightScale *float32, rows, blocks int, q *int8, scale *float32)
TEXT ·mulQ8x4AVX2(SB), NOSPLIT, $0-64
	MOVQ    dst+0(FP), DI
	MOVQ    weights+16(FP), SI
	MOVQ    weightScale+24(FP), DX
	MOVQ    rows+32(FP), R8
	MOVQ    blocks+40(FP), R9
	SHLQ    $2, R9              // bytes of the scales of a row or a token
	MOVQ    q+48(FP), R10       // the four tokens, each blocks*32 bytes
	LEAQ    (R10)(R9*8), R11
	LEAQ    (R11)(R9*8), R12
	LEAQ    (R12)(R9*8), R13
	MOVQ    scale+56(FP), BX
	LEAQ    (R9)(R9*2), AX
	VMOVDQU ones<>(SB), Y15

row4:
	VXORPS Y8, Y8, Y8           // a partial sum for each token
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11
	XORQ   CX, CX               // block * 4

block4:
	VMOVDQU      2(SI), Y0
	VPABSB       Y0, Y1
	VBROADCASTSS (DX)(CX*1), Y2
	LEAQ         (BX)(CX*1), R14
	DOT((R10)(CX*8), (R14))
	VADDPS       Y4, Y8, Y8
	DOT((R11)(CX*8), (R14)(R9*1))
	VADDPS       Y4, Y9, Y9
	DOT((R12)(CX*8), (R14)(R9*2))
	VADDPS       Y4, Y10, Y10
	DOT((R13)(CX*8), (R14)(AX*1))
	VADDPS       Y4, Y11, Y11
	ADDQ         $34, SI
	ADDQ         $4, CX
	CMPQ         CX, R9
	JNE          block4

	// Add up each token's eight lanes by halves, the four tokens side by side.
	VEXTRACTF128 $1, Y8, X0
	VADDPS       X0, X8, X8
	VEXTRACTF128 $1, Y9, X0
	VADDPS       X0, X9, X9
	VEXTRACTF128 $1, Y10, X0
	VADDPS       X0, X10, X10
	VEXTRACTF128 $1, Y11, X0
	VADDPS       X0, X11, X11
	VUNPCKLPS    X9, X8, X0
	VUNPCKHPS    X9, X8, X1
	VADDPS       X1, X0, X0
	VUNPCKLPS    X11, X10, X2
	VUNPCKHPS    X11, X10, X3
	VADDPS       X3, X2, X2
	VMOVLHPS     X2, X0, X1
	VMOVHLPS     X0, X2, X3
	VADDPS       X3, X1, X0

	MOVQ       stride+8(FP), CX
	VMOVSS     X0, (DI)
	VEXTRACTPS $1, X0, (DI)(CX*4)
	VEXTRACTPS $2, X0, (DI)(CX*8)
	LEAQ       (CX)(CX*2), CX
	VEXTRACTPS $3, X0, (DI)(CX*4)
	ADDQ       $4, DI
	ADDQ       R9, DX
	DECQ       R8
	JNZ        row4
	VZEROUPPER
	RET

// func mulQ8x1AVX2(dst *float32, weights *byte, weightScale *float32, rows, blocks int, q *int8, scale *float32)
TEXT ·mulQ8x1AVX2(SB), NOSPLIT, $0-56
	MOVQ    dst+0(FP), DI
	MOVQ    weights+8(FP), SI
	MOVQ    weightScale+16(FP), DX
	MOVQ    rows+24(FP), R8
	MOVQ    blocks+32(FP), R9
	SHLQ    $2, R9
	MOVQ    q+40(FP), R10
	MOVQ    scale+48(FP), BX
	VMOVDQU ones<>(SB), Y15

row1:
	VXORPS Y8, Y8, Y8
	XORQ   CX, CX

block1:
	VMOVDQU      2(SI), Y0
	VPABSB       Y0, Y1
	VBROADCASTSS (DX)(CX*1), Y2
	DOT((R10)(CX*8), (BX)(CX*1))
	VADDPS       Y4, Y8, Y8
	ADDQ         $34, SI
	ADDQ         $4, CX
	CMPQ         CX, R9
	JNE          block1

	VEXTRACTF128 $1, Y8, X0
	VADDPS       X0, X8, X0
	VMOVHLPS     X0, X0, X1
	VADDPS       X1, X0, X0
	VMOVSHDUP    X0, X1
	VADDSS       X1, X0, X0
	VMOVSS       X0, (DI)
	ADDQ         $4, DI
	ADDQ         R9, DX
	DECQ         R8
	JNZ          row1
	VZEROUPPER
	RET

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
