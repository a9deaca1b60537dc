#include "textflag.h"
#include "product_amd64.h"

// VNNI adds to Y the products of the four columns in Y16 with a token's.
#define VNNI(at, Y) VPDPBUSD.BCST at(BX), Y16, Y

// SCALEVNNI adds the integers in Y, times the scales Y17 and the token's, to A.
#define SCALEVNNI(t, Y, A) \
	VCVTDQ2PS   Y, Y;                      \
	VMULPS.BCST (256+4*t)(R9), Y17, Y18;   \
	VMULPS      Y18, Y, Y;                 \
	VADDPS      Y, A, A

// LOWERVNNI subtracts from A the minimums Y19 times the token's sum.
#define LOWERVNNI(t, A) \
	VMULPS.BCST (384+4*t)(R9), Y19, Y18; \
	VSUBPS      Y18, A, A

// The same for eight, four and one token of a tile. One token has four sums of
// integers, so that additions need not wait for each other.

#define BIASVNNI8(off) \
	VPBROADCASTD (off+0)(R9), Y0; \
	VPBROADCASTD (off+4)(R9), Y1; \
	VPBROADCASTD (off+8)(R9), Y2; \
	VPBROADCASTD (off+12)(R9), Y3; \
	VPBROADCASTD (off+16)(R9), Y4; \
	VPBROADCASTD (off+20)(R9), Y5; \
	VPBROADCASTD (off+24)(R9), Y6; \
	VPBROADCASTD (off+28)(R9), Y7

#define BIASVNNI4(off) \
	VPBROADCASTD (off+0)(R9), Y0; \
	VPBROADCASTD (off+4)(R9), Y1; \
	VPBROADCASTD (off+8)(R9), Y2; \
	VPBROADCASTD (off+12)(R9), Y3

#define BIASVNNI1(off) \
	VPBROADCASTD (off)(R9), Y0; \
	VPXOR Y1, Y1, Y1; \
	VPXOR Y2, Y2, Y2; \
	VPXOR Y3, Y3, Y3

#define ZERO8 \
	ZERO4; \
	VPXOR Y4, Y4, Y4; \
	VPXOR Y5, Y5, Y5; \
	VPXOR Y6, Y6, Y6; \
	VPXOR Y7, Y7, Y7

#define VNNI8(j) \
	VMOVDQU32 (32*j)(SI), Y16; \
	VNNI((0+4*j), Y0); \
	VNNI((32+4*j), Y1); \
	VNNI((64+4*j), Y2); \
	VNNI((96+4*j), Y3); \
	VNNI((128+4*j), Y4); \
	VNNI((160+4*j), Y5); \
	VNNI((192+4*j), Y6); \
	VNNI((224+4*j), Y7)

#define VNNI4(j) \
	VMOVDQU32 (32*j)(SI), Y16; \
	VNNI((0+4*j), Y0); \
	VNNI((32+4*j), Y1); \
	VNNI((64+4*j), Y2); \
	VNNI((96+4*j), Y3)

#define VNNI1(j, Y) \
	VMOVDQU32 (32*j)(SI), Y16; \
	VNNI((4*j), Y)

#define SCALEVNNI8(off) \
	VMOVUPS (off)(DX), Y17; \
	SCALEVNNI(0, Y0, Y8); \
	SCALEVNNI(1, Y1, Y9); \
	SCALEVNNI(2, Y2, Y10); \
	SCALEVNNI(3, Y3, Y11); \
	SCALEVNNI(4, Y4, Y12); \
	SCALEVNNI(5, Y5, Y13); \
	SCALEVNNI(6, Y6, Y14); \
	SCALEVNNI(7, Y7, Y15)

#define LOWERVNNI8 \
	VMOVUPS (R8), Y19; \
	LOWERVNNI(0, Y8); \
	LOWERVNNI(1, Y9); \
	LOWERVNNI(2, Y10); \
	LOWERVNNI(3, Y11); \
	LOWERVNNI(4, Y12); \
	LOWERVNNI(5, Y13); \
	LOWERVNNI(6, Y14); \
	LOWERVNNI(7, Y15); \
	ADDQ $32, R8

#define SCALEVNNI4(off) \
	VMOVUPS (off)(DX), Y17; \
	SCALEVNNI(0, Y0, Y4); \
	SCALEVNNI(1, Y1, Y5); \
	SCALEVNNI(2, Y2, Y6); \
	SCALEVNNI(3, Y3, Y7)

#define LOWERVNNI4 \
	VMOVUPS (R8), Y19; \
	LOWERVNNI(0, Y4); \
	LOWERVNNI(1, Y5); \
	LOWERVNNI(2, Y6); \
	LOWERVNNI(3, Y7); \
	ADDQ $32, R8

#define SCALEVNNI1(off) \
	JOIN1; \
	VMOVUPS (off)(DX), Y17; \
	SCALEVNNI(0, Y0, Y4)

#define LOWERVNNI1 \
	VMOVUPS (R8), Y19; \
	LOWERVNNI(0, Y4); \
	ADDQ $32, R8

#define LOAD8 \
	VMOVUPS 0(DI), Y8; \
	VMOVUPS 32(DI), Y9; \
	VMOVUPS 64(DI), Y10; \
	VMOVUPS 96(DI), Y11; \
	VMOVUPS 128(DI), Y12; \
	VMOVUPS 160(DI), Y13; \
	VMOVUPS 192(DI), Y14; \
	VMOVUPS 224(DI), Y15

#define STORE8 \
	VMOVUPS Y8, 0(DI); \
	VMOVUPS Y9, 32(DI); \
	VMOVUPS Y10, 64(DI); \
	VMOVUPS Y11, 96(DI); \
	VMOVUPS Y12, 128(DI); \
	VMOVUPS Y13, 160(DI); \
	VMOVUPS Y14, 192(DI); \
	VMOVUPS Y15, 224(DI); \
	VZEROUPPER

// func mulBiased8VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulBiased8VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD8

biased8vnni:
	BIASVNNI8(288)
	VNNI8(0)
	VNNI8(1)
	VNNI8(2)
	VNNI8(3)
	VNNI8(4)
	VNNI8(5)
	VNNI8(6)
	VNNI8(7)
	SCALEVNNI8(0)
	NEXT(32)
	JNZ  biased8vnni
	STORE8
	RET

// func mulBiased4VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulBiased4VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD4

biased4vnni:
	BIASVNNI4(288)
	VNNI4(0)
	VNNI4(1)
	VNNI4(2)
	VNNI4(3)
	VNNI4(4)
	VNNI4(5)
	VNNI4(6)
	VNNI4(7)
	SCALEVNNI4(0)
	NEXT(32)
	JNZ  biased4vnni
	STORE4
	RET

// func mulBiased1VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulBiased1VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD1

biased1vnni:
	BIASVNNI1(288)
	VNNI1(0, Y0)
	VNNI1(1, Y1)
	VNNI1(2, Y2)
	VNNI1(3, Y3)
	VNNI1(4, Y0)
	VNNI1(5, Y1)
	VNNI1(6, Y2)
	VNNI1(7, Y3)
	SCALEVNNI1(0)
	NEXT(32)
	JNZ  biased1vnni
	STORE1
	RET

// func mulAffine8VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulAffine8VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD8

affine8vnni:
	ZERO8
	VNNI8(0)
	VNNI8(1)
	VNNI8(2)
	VNNI8(3)
	VNNI8(4)
	VNNI8(5)
	VNNI8(6)
	VNNI8(7)
	SCALEVNNI8(0)
	LOWERVNNI8
	NEXT(32)
	JNZ  affine8vnni
	STORE8
	RET

// func mulAffine4VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulAffine4VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD4

affine4vnni:
	ZERO4
	VNNI4(0)
	VNNI4(1)
	VNNI4(2)
	VNNI4(3)
	VNNI4(4)
	VNNI4(5)
	VNNI4(6)
	VNNI4(7)
	SCALEVNNI4(0)
	LOWERVNNI4
	NEXT(32)
	JNZ  affine4vnni
	STORE4
	RET

// func mulAffine1VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulAffine1VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD1

affine1vnni:
	ZERO4
	VNNI1(0, Y0)
	VNNI1(1, Y1)
	VNNI1(2, Y2)
	VNNI1(3, Y3)
	VNNI1(4, Y0)
	VNNI1(5, Y1)
	VNNI1(6, Y2)
	VNNI1(7, Y3)
	SCALEVNNI1(0)
	LOWERVNNI1
	NEXT(32)
	JNZ  affine1vnni
	STORE1
	RET

// func mulHalf8VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulHalf8VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD8

half8vnni:
	BIASVNNI8(320)
	VNNI8(0)
	VNNI8(1)
	VNNI8(2)
	VNNI8(3)
	SCALEVNNI8(0)
	BIASVNNI8(352)
	VNNI8(4)
	VNNI8(5)
	VNNI8(6)
	VNNI8(7)
	SCALEVNNI8(32)
	NEXT(64)
	JNZ  half8vnni
	STORE8
	RET

// func mulHalf4VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulHalf4VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD4

half4vnni:
	BIASVNNI4(320)
	VNNI4(0)
	VNNI4(1)
	VNNI4(2)
	VNNI4(3)
	SCALEVNNI4(0)
	BIASVNNI4(352)
	VNNI4(4)
	VNNI4(5)
	VNNI4(6)
	VNNI4(7)
	SCALEVNNI4(32)
	NEXT(64)
	JNZ  half4vnni
	STORE4
	RET

// func mulHalf1VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulHalf1VNNI(SB), NOSPLIT, $0-40
	ARGUMENTS
	LOAD1

half1vnni:
	BIASVNNI1(320)
	VNNI1(0, Y0)
	VNNI1(1, Y1)
	VNNI1(2, Y2)
	VNNI1(3, Y3)
	SCALEVNNI1(0)
	BIASVNNI1(352)
	VNNI1(4, Y0)
	VNNI1(5, Y1)
	VNNI1(6, Y2)
	VNNI1(7, Y3)
	SCALEVNNI1(32)
	NEXT(64)
	JNZ  half1vnni
	STORE1
	RET
