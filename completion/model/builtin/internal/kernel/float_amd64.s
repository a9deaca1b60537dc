#include "textflag.h"

// func scoresAVX2(dst, query, keys *float32, tiles, dim int, scale float32)
TEXT ·scoresAVX2(SB), NOSPLIT, $0-44
	MOVQ         dst+0(FP), DI
	MOVQ         query+8(FP), SI
	MOVQ         keys+16(FP), DX
	MOVQ         tiles+24(FP), R8
	MOVQ         dim+32(FP), R9
	VBROADCASTSS scale+40(FP), Y15

tile:
	VXORPS Y0, Y0, Y0           // even dimensions
	VXORPS Y1, Y1, Y1           // odd dimensions
	XORQ   CX, CX

dimension:
	VBROADCASTSS (SI)(CX*4), Y2
	VBROADCASTSS 4(SI)(CX*4), Y3
	VMULPS       (DX), Y2, Y2
	VMULPS       32(DX), Y3, Y3
	VADDPS       Y2, Y0, Y0
	VADDPS       Y3, Y1, Y1
	ADDQ         $64, DX
	ADDQ         $2, CX
	CMPQ         CX, R9
	JNE          dimension

	VADDPS  Y1, Y0, Y0
	VMULPS  Y15, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	DECQ    R8
	JNZ     tile
	VZEROUPPER
	RET

// func weightedSumAVX2(dst, weight, values *float32, positions, dim int)
TEXT ·weightedSumAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ values+16(FP), DX
	MOVQ dim+32(FP), R9
	LEAQ (DI)(R9*4), R10        // the end of dst
	SHLQ $2, R9                 // bytes of a value

slice: // 32 dimensions at a time
	MOVQ   weight+8(FP), SI
	MOVQ   positions+24(FP), CX
	MOVQ   DX, BX
	VXORPS Y0, Y0, Y0           // even positions
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4           // odd positions
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	SUBQ   $2, CX
	JLT    last

two:
	VBROADCASTSS (SI), Y8
	VMULPS       (BX), Y8, Y9
	VMULPS       32(BX), Y8, Y10
	VMULPS       64(BX), Y8, Y11
	VMULPS       96(BX), Y8, Y12
	VADDPS       Y9, Y0, Y0
	VADDPS       Y10, Y1, Y1
	VADDPS       Y11, Y2, Y2
	VADDPS       Y12, Y3, Y3
	ADDQ         R9, BX
	VBROADCASTSS 4(SI), Y8
	VMULPS       (BX), Y8, Y9
	VMULPS       32(BX), Y8, Y10
	VMULPS       64(BX), Y8, Y11
	VMULPS       96(BX), Y8, Y12
	VADDPS       Y9, Y4, Y4
	VADDPS       Y10, Y5, Y5
	VADDPS       Y11, Y6, Y6
	VADDPS       Y12, Y7, Y7
	ADDQ         R9, BX
	ADDQ         $8, SI
	SUBQ         $2, CX
	JGE          two

last:
	CMPQ         CX, $-1
	JNE          store
	VBROADCASTSS (SI), Y8
	VMULPS       (BX), Y8, Y9
	VMULPS       32(BX), Y8, Y10
	VMULPS       64(BX), Y8, Y11
	VMULPS       96(BX), Y8, Y12
	VADDPS       Y9, Y0, Y0
	VADDPS       Y10, Y1, Y1
	VADDPS       Y11, Y2, Y2
	VADDPS       Y12, Y3, Y3

store:
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $128, DX
	ADDQ    $128, DI
	CMPQ    DI, R10
	JNE     slice
	VZEROUPPER
	RET

// EXP replaces Y0 by e^Y0; it uses Y1 to Y3. See exp in attention.go for the
// steps, and expTable for the constants.
#define EXP \
	VMAXPS    ·expTable+0(SB), Y0, Y0;   \
	VMINPS    ·expTable+32(SB), Y0, Y0;  \
	VMULPS    ·expTable+64(SB), Y0, Y1;  \
	VADDPS    ·expTable+96(SB), Y1, Y1;  \
	VSUBPS    ·expTable+96(SB), Y1, Y1;  \
	VMULPS    ·expTable+128(SB), Y1, Y2; \
	VSUBPS    Y2, Y0, Y0;                \
	VMULPS    ·expTable+160(SB), Y1, Y2; \
	VSUBPS    Y2, Y0, Y0;                \
	VCVTPS2DQ Y1, Y1;                    \
	VPADDD    ·expTable+416(SB), Y1, Y1; \
	VPSLLD    $23, Y1, Y1;               \
	VMULPS    ·expTable+192(SB), Y0, Y2; \
	VADDPS    ·expTable+224(SB), Y2, Y2; \
	VMULPS    Y0, Y2, Y2;                \
	VADDPS    ·expTable+256(SB), Y2, Y2; \
	VMULPS    Y0, Y2, Y2;                \
	VADDPS    ·expTable+288(SB), Y2, Y2; \
	VMULPS    Y0, Y2, Y2;                \
	VADDPS    ·expTable+320(SB), Y2, Y2; \
	VMULPS    Y0, Y2, Y2;                \
	VADDPS    ·expTable+352(SB), Y2, Y2; \
	VMULPS    Y0, Y0, Y3;                \
	VMULPS    Y3, Y2, Y2;                \
	VADDPS    Y0, Y2, Y2;                \
	VADDPS    ·expTable+384(SB), Y2, Y2; \
	VMULPS    Y1, Y2, Y0

// func softmaxAVX2(x *float32, vectors int)
TEXT ·softmaxAVX2(SB), NOSPLIT, $0-16
	MOVQ    x+0(FP), SI
	MOVQ    vectors+8(FP), CX
	SHLQ    $5, CX
	LEAQ    (SI)(CX*1), DX      // the end of x
	MOVQ    SI, DI
	VMOVUPS (DI), Y4

largest:
	VMAXPS (DI), Y4, Y4
	ADDQ   $32, DI
	CMPQ   DI, DX
	JNE    largest

	VEXTRACTF128 $1, Y4, X0
	VMAXPS       X0, X4, X4
	VMOVHLPS     X4, X4, X0
	VMAXPS       X0, X4, X4
	VMOVSHDUP    X4, X0
	VMAXSS       X0, X4, X4
	VBROADCASTSS X4, Y4
	VXORPS       Y5, Y5, Y5
	MOVQ         SI, DI

exps:
	VMOVUPS (DI), Y0
	VSUBPS  Y4, Y0, Y0
	EXP
	VMOVUPS Y0, (DI)
	VADDPS  Y0, Y5, Y5
	ADDQ    $32, DI
	CMPQ    DI, DX
	JNE     exps

	VEXTRACTF128 $1, Y5, X0
	VADDPS       X0, X5, X0
	VMOVHLPS     X0, X0, X1
	VADDPS       X1, X0, X0
	VMOVSHDUP    X0, X1
	VADDSS       X1, X0, X0
	VMOVSS       ·expTable+384(SB), X1
	VDIVSS       X0, X1, X0     // 1 / sum
	VBROADCASTSS X0, Y0
	MOVQ         SI, DI

scale:
	VMULPS  (DI), Y0, Y1
	VMOVUPS Y1, (DI)
	ADDQ    $32, DI
	CMPQ    DI, DX
	JNE     scale
	VZEROUPPER
	RET

// func swigluAVX2(dst, gate, up *float32, vectors int)
TEXT ·swigluAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ gate+8(FP), SI
	MOVQ up+16(FP), DX
	MOVQ vectors+24(FP), CX

swiglu:
	VMOVUPS (SI), Y4
	VXORPS  ·expTable+448(SB), Y4, Y0 // -gate
	EXP
	VADDPS  ·expTable+384(SB), Y0, Y0
	VDIVPS  Y0, Y4, Y0
	VMULPS  (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	DECQ    CX
	JNZ     swiglu
	VZEROUPPER
	RET

// func dotAVX2(a, b *float32, vectors int) float32
TEXT ·dotAVX2(SB), NOSPLIT, $0-28
	MOVQ   a+0(FP), SI
	MOVQ   b+8(FP), DX
	MOVQ   vectors+16(FP), CX
	VXORPS Y0, Y0, Y0

dot:
	VMOVUPS (SI), Y1
	VMULPS  (DX), Y1, Y1
	VADDPS  Y1, Y0, Y0
	ADDQ    $32, SI
	ADDQ    $32, DX
	DECQ    CX
	JNZ     dot

	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VMOVHLPS     X0, X0, X1
	VADDPS       X1, X0, X0
	VMOVSHDUP    X0, X1
	VADDSS       X1, X0, X0
	VMOVSS       X0, ret+24(FP)
	VZEROUPPER
	RET

// func dotsAVX2(dst *[4]float32, a, b *float32, n, vectors int)
TEXT ·dotsAVX2(SB), NOSPLIT, $0-40
	MOVQ   dst+0(FP), DI
	MOVQ   a+8(FP), SI
	MOVQ   b+16(FP), DX
	MOVQ   n+24(FP), R8
	SHLQ   $2, R8
	LEAQ   (R8)(R8*2), R9
	MOVQ   vectors+32(FP), CX
	VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11

dots:
	VMOVUPS (SI), Y0
	VMULPS  (DX), Y0, Y1
	VMULPS  (DX)(R8*1), Y0, Y2
	VMULPS  (DX)(R8*2), Y0, Y3
	VMULPS  (DX)(R9*1), Y0, Y4
	VADDPS  Y1, Y8, Y8
	VADDPS  Y2, Y9, Y9
	VADDPS  Y3, Y10, Y10
	VADDPS  Y4, Y11, Y11
	ADDQ    $32, SI
	ADDQ    $32, DX
	DECQ    CX
	JNZ     dots

	// Add up the eight lanes of each by halves, the four side by side.
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
	VMOVUPS      X0, (DI)
	VZEROUPPER
	RET

// func decodeF16AVX2(dst *float32, data *byte, vectors int)
TEXT ·decodeF16AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ data+8(FP), SI
	MOVQ vectors+16(FP), CX

f16:
	VCVTPH2PS (SI), Y0
	VMOVUPS   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	DECQ      CX
	JNZ       f16
	VZEROUPPER
	RET

// func decodeBF16AVX2(dst *float32, data *byte, vectors int)
TEXT ·decodeBF16AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ data+8(FP), SI
	MOVQ vectors+16(FP), CX

bf16:
	VPMOVZXWD (SI), Y0
	VPSLLD    $16, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	DECQ      CX
	JNZ       bf16
	VZEROUPPER
	RET

// func Pause()
TEXT ·Pause(SB), NOSPLIT, $0-0
	PAUSE
	RET
