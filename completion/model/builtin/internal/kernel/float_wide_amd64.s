#include "textflag.h"

// What float_amd64.s does, on vectors of sixteen, in the same order of additions:
// the bits are the same.

// func scoresWide(dst, query, room, keys *float32, tiles, dim int, scale float32)
//
// A vector holds eight positions at an even dimension and the same eight at the
// odd one behind it. room holds the query so, 16 numbers for two dimensions.
TEXT ·scoresWide(SB), NOSPLIT, $0-52
	MOVQ         dst+0(FP), DI
	MOVQ         query+8(FP), SI
	MOVQ         room+16(FP), BX
	MOVQ         keys+24(FP), DX
	MOVQ         tiles+32(FP), R8
	MOVQ         dim+40(FP), R9
	VBROADCASTSS scale+48(FP), Y15
	MOVL         $0xff00, AX
	KMOVW        AX, K1
	MOVQ         R9, CX

spread:
	VBROADCASTSS (SI), Z0
	VBROADCASTSS 4(SI), K1, Z0
	VMOVUPS      Z0, (BX)
	ADDQ         $8, SI
	ADDQ         $64, BX
	SUBQ         $2, CX
	JNZ          spread

	MOVQ BX, R12                // the end of room
	SHLQ $5, R9                 // bytes of a tile
	LEAQ (R9)(R9*2), R10
	SUBQ $4, R8
	JLT  rest

#define TOTAL(Z, Y, at) \
	VEXTRACTF64X4 $1, Z, Y5; \
	VADDPS  Y5, Y, Y;        \
	VMULPS  Y15, Y, Y;       \
	VMOVUPS Y, at(DI)

four:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	MOVQ   room+16(FP), BX

pair4:
	VMOVUPS (BX), Z4
	VMULPS  (DX), Z4, Z5
	VMULPS  (DX)(R9*1), Z4, Z6
	VMULPS  (DX)(R9*2), Z4, Z7
	VMULPS  (DX)(R10*1), Z4, Z8
	VADDPS  Z5, Z0, Z0
	VADDPS  Z6, Z1, Z1
	VADDPS  Z7, Z2, Z2
	VADDPS  Z8, Z3, Z3
	ADDQ    $64, DX
	ADDQ    $64, BX
	CMPQ    BX, R12
	JNE     pair4

	TOTAL(Z0, Y0, 0)
	TOTAL(Z1, Y1, 32)
	TOTAL(Z2, Y2, 64)
	TOTAL(Z3, Y3, 96)
	ADDQ R10, DX
	ADDQ $128, DI
	SUBQ $4, R8
	JGE  four

rest:
	ADDQ $4, R8
	JZ   done

one:
	VPXORD Z0, Z0, Z0
	MOVQ   room+16(FP), BX

pair1:
	VMOVUPS (BX), Z4
	VMULPS  (DX), Z4, Z5
	VADDPS  Z5, Z0, Z0
	ADDQ    $64, DX
	ADDQ    $64, BX
	CMPQ    BX, R12
	JNE     pair1

	TOTAL(Z0, Y0, 0)
	ADDQ $32, DI
	DECQ R8
	JNZ  one

done:
	VZEROUPPER
	RET

// func weightedSumWide(dst, weight, values *float32, positions, dim int)
TEXT ·weightedSumWide(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ values+16(FP), DX
	MOVQ dim+32(FP), R9
	LEAQ (DI)(R9*4), R10        // the end of dst
	SHLQ $2, R9                 // bytes of a value

slice: // 32 dimensions at a time
	MOVQ   weight+8(FP), SI
	MOVQ   positions+24(FP), CX
	MOVQ   DX, BX
	VPXORD Z0, Z0, Z0           // even positions
	VPXORD Z1, Z1, Z1
	VPXORD Z4, Z4, Z4           // odd positions
	VPXORD Z5, Z5, Z5
	SUBQ   $2, CX
	JLT    last

two:
	VBROADCASTSS (SI), Z8
	VBROADCASTSS 4(SI), Z9
	VMULPS       (BX), Z8, Z10
	VMULPS       64(BX), Z8, Z11
	VMULPS       (BX)(R9*1), Z9, Z12
	VMULPS       64(BX)(R9*1), Z9, Z13
	VADDPS       Z10, Z0, Z0
	VADDPS       Z11, Z1, Z1
	VADDPS       Z12, Z4, Z4
	VADDPS       Z13, Z5, Z5
	LEAQ         (BX)(R9*2), BX
	ADDQ         $8, SI
	SUBQ         $2, CX
	JGE          two

last:
	CMPQ         CX, $-1
	JNE          store
	VBROADCASTSS (SI), Z8
	VMULPS       (BX), Z8, Z10
	VMULPS       64(BX), Z8, Z11
	VADDPS       Z10, Z0, Z0
	VADDPS       Z11, Z1, Z1

store:
	VADDPS  Z4, Z0, Z0
	VADDPS  Z5, Z1, Z1
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	ADDQ    $128, DX
	ADDQ    $128, DI
	CMPQ    DI, R10
	JNE     slice
	VZEROUPPER
	RET

// EXPWIDE is EXP for sixteen.
#define EXPWIDE \
	VMAXPS.BCST    ·expTable+0(SB), Z0, Z0; \
	VMINPS.BCST    ·expTable+32(SB), Z0, Z0; \
	VMULPS.BCST    ·expTable+64(SB), Z0, Z1; \
	VADDPS.BCST    ·expTable+96(SB), Z1, Z1; \
	VSUBPS.BCST    ·expTable+96(SB), Z1, Z1; \
	VMULPS.BCST    ·expTable+128(SB), Z1, Z2; \
	VSUBPS    Z2, Z0, Z0;                \
	VMULPS.BCST    ·expTable+160(SB), Z1, Z2; \
	VSUBPS    Z2, Z0, Z0;                \
	VCVTPS2DQ Z1, Z1;                    \
	VPADDD.BCST    ·expTable+416(SB), Z1, Z1; \
	VPSLLD    $23, Z1, Z1;               \
	VMULPS.BCST    ·expTable+192(SB), Z0, Z2; \
	VADDPS.BCST    ·expTable+224(SB), Z2, Z2; \
	VMULPS    Z0, Z2, Z2;                \
	VADDPS.BCST    ·expTable+256(SB), Z2, Z2; \
	VMULPS    Z0, Z2, Z2;                \
	VADDPS.BCST    ·expTable+288(SB), Z2, Z2; \
	VMULPS    Z0, Z2, Z2;                \
	VADDPS.BCST    ·expTable+320(SB), Z2, Z2; \
	VMULPS    Z0, Z2, Z2;                \
	VADDPS.BCST    ·expTable+352(SB), Z2, Z2; \
	VMULPS    Z0, Z0, Z3;                \
	VMULPS    Z3, Z2, Z2;                \
	VADDPS    Z0, Z2, Z2;                \
	VADDPS.BCST    ·expTable+384(SB), Z2, Z2; \
	VMULPS    Z1, Z2, Z0

// func softmaxWide(x *float32, vectors int)
//
// vectors are of eight, as elsewhere: so are the sums. The last may stand alone.
TEXT ·softmaxWide(SB), NOSPLIT, $0-16
	MOVQ    x+0(FP), SI
	MOVQ    vectors+8(FP), CX
	SHLQ    $5, CX
	LEAQ    (SI)(CX*1), DX      // the end of x
	MOVQ    CX, R8
	ANDQ    $-64, R8
	ADDQ    SI, R8              // the end of its pairs of vectors
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
	VBROADCASTSS X4, Z4
	VPXOR        Y5, Y5, Y5
	MOVQ         SI, DI
	CMPQ         DI, R8
	JE           lastexp

exps:
	VMOVUPS       (DI), Z0
	VSUBPS        Z4, Z0, Z0
	EXPWIDE
	VMOVUPS       Z0, (DI)
	VADDPS        Y0, Y5, Y5
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS        Y1, Y5, Y5
	ADDQ          $64, DI
	CMPQ          DI, R8
	JNE           exps

lastexp:
	CMPQ    DI, DX
	JE      total
	VMOVUPS (DI), Y0
	VSUBPS  Y4, Y0, Y0
	EXPWIDE
	VMOVUPS Y0, (DI)
	VADDPS  Y0, Y5, Y5

total:
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

// func swigluWide(dst, gate, up *float32, vectors int)
//
// vectors are of sixteen.
TEXT ·swigluWide(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ gate+8(FP), SI
	MOVQ up+16(FP), DX
	MOVQ vectors+24(FP), CX

swiglu:
	VMOVUPS     (SI), Z4
	VPXORD.BCST ·expTable+448(SB), Z4, Z0 // -gate
	EXPWIDE
	VADDPS.BCST ·expTable+384(SB), Z0, Z0
	VDIVPS      Z0, Z4, Z0
	VMULPS      (DX), Z0, Z0
	VMOVUPS     Z0, (DI)
	ADDQ        $64, SI
	ADDQ        $64, DX
	ADDQ        $64, DI
	DECQ        CX
	JNZ         swiglu
	VZEROUPPER
	RET
