#include "textflag.h"
#include "product_amd64.h"

DATA ones16<>+0(SB)/8, $0x0001000100010001
DATA ones16<>+8(SB)/8, $0x0001000100010001
DATA ones16<>+16(SB)/8, $0x0001000100010001
DATA ones16<>+24(SB)/8, $0x0001000100010001
GLOBL ones16<>(SB), RODATA|NOPTR, $32

DATA flip<>+0(SB)/8, $0x8080808080808080
DATA flip<>+8(SB)/8, $0x8080808080808080
DATA flip<>+16(SB)/8, $0x8080808080808080
DATA flip<>+24(SB)/8, $0x8080808080808080
GLOBL flip<>(SB), RODATA|NOPTR, $32

// SIGNED adds to Y the products of the columns in Y12, their magnitudes in Y13,
// with a token's: VPMADDUBSW wants one factor unsigned, so the weight's sign
// moves over to x. Its int16 sums do not saturate: 2 · 128 · 127 < 2^15.
#define SIGNED(at, Y) \
	VPBROADCASTD at(BX), Y14;     \
	VPSIGNB      Y12, Y14, Y14;   \
	VPMADDUBSW   Y14, Y13, Y14;   \
	VPMADDWD     Y11, Y14, Y14;   \
	VPADDD       Y14, Y, Y

// UNSIGNED does so with weights from 0 to 31.
#define UNSIGNED(at, Y) \
	VPBROADCASTD at(BX), Y14;     \
	VPMADDUBSW   Y14, Y12, Y14;   \
	VPMADDWD     Y11, Y14, Y14;   \
	VPADDD       Y14, Y, Y

#define SCALEAVX2(t, Y, A) \
	VCVTDQ2PS    Y, Y;                   \
	VBROADCASTSS (256+4*t)(R9), Y9;      \
	VMULPS       Y8, Y9, Y9;             \
	VMULPS       Y9, Y, Y;               \
	VADDPS       Y, A, A

#define LOWERAVX2(t, A) \
	VBROADCASTSS (384+4*t)(R9), Y9;      \
	VMULPS       Y10, Y9, Y9;            \
	VSUBPS       Y9, A, A


#define SIGNED4(j) \
	VPXOR (32*j)(SI), Y15, Y12; \
	VPABSB Y12, Y13; \
	SIGNED((0+4*j), Y0); \
	SIGNED((32+4*j), Y1); \
	SIGNED((64+4*j), Y2); \
	SIGNED((96+4*j), Y3)

#define SIGNED1(j, Y) \
	VPXOR (32*j)(SI), Y15, Y12; \
	VPABSB Y12, Y13; \
	SIGNED((4*j), Y)

#define UNSIGNED4(j) \
	VMOVDQU (32*j)(SI), Y12; \
	UNSIGNED((0+4*j), Y0); \
	UNSIGNED((32+4*j), Y1); \
	UNSIGNED((64+4*j), Y2); \
	UNSIGNED((96+4*j), Y3)

#define UNSIGNED1(j, Y) \
	VMOVDQU (32*j)(SI), Y12; \
	UNSIGNED((4*j), Y)

#define SCALEAVX24(off) \
	VMOVUPS (off)(DX), Y8; \
	SCALEAVX2(0, Y0, Y4); \
	SCALEAVX2(1, Y1, Y5); \
	SCALEAVX2(2, Y2, Y6); \
	SCALEAVX2(3, Y3, Y7)

#define LOWERAVX24 \
	VMOVUPS (R8), Y10; \
	LOWERAVX2(0, Y4); \
	LOWERAVX2(1, Y5); \
	LOWERAVX2(2, Y6); \
	LOWERAVX2(3, Y7); \
	ADDQ $32, R8

#define SCALEAVX21(off) \
	JOIN1; \
	VMOVUPS (off)(DX), Y8; \
	SCALEAVX2(0, Y0, Y4)

#define LOWERAVX21 \
	VMOVUPS (R8), Y10; \
	LOWERAVX2(0, Y4); \
	ADDQ $32, R8

// func mulBiased4AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulBiased4AVX2(SB), NOSPLIT, $0-40
	ARGUMENTS
	VMOVDQU ones16<>(SB), Y11
	VMOVDQU flip<>(SB), Y15
	LOAD4

biased4avx2:
	ZERO4
	SIGNED4(0)
	SIGNED4(1)
	SIGNED4(2)
	SIGNED4(3)
	SIGNED4(4)
	SIGNED4(5)
	SIGNED4(6)
	SIGNED4(7)
	SCALEAVX24(0)
	NEXT(32)
	JNZ  biased4avx2
	STORE4
	RET

// func mulBiased1AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulBiased1AVX2(SB), NOSPLIT, $0-40
	ARGUMENTS
	VMOVDQU ones16<>(SB), Y11
	VMOVDQU flip<>(SB), Y15
	LOAD1

biased1avx2:
	ZERO4
	SIGNED1(0, Y0)
	SIGNED1(1, Y1)
	SIGNED1(2, Y2)
	SIGNED1(3, Y3)
	SIGNED1(4, Y0)
	SIGNED1(5, Y1)
	SIGNED1(6, Y2)
	SIGNED1(7, Y3)
	SCALEAVX21(0)
	NEXT(32)
	JNZ  biased1avx2
	STORE1
	RET

// func mulAffine4AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulAffine4AVX2(SB), NOSPLIT, $0-40
	ARGUMENTS
	VMOVDQU ones16<>(SB), Y11
	LOAD4

affine4avx2:
	ZERO4
	UNSIGNED4(0)
	UNSIGNED4(1)
	UNSIGNED4(2)
	UNSIGNED4(3)
	UNSIGNED4(4)
	UNSIGNED4(5)
	UNSIGNED4(6)
	UNSIGNED4(7)
	SCALEAVX24(0)
	LOWERAVX24
	NEXT(32)
	JNZ  affine4avx2
	STORE4
	RET

// func mulAffine1AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulAffine1AVX2(SB), NOSPLIT, $0-40
	ARGUMENTS
	VMOVDQU ones16<>(SB), Y11
	LOAD1

affine1avx2:
	ZERO4
	UNSIGNED1(0, Y0)
	UNSIGNED1(1, Y1)
	UNSIGNED1(2, Y2)
	UNSIGNED1(3, Y3)
	UNSIGNED1(4, Y0)
	UNSIGNED1(5, Y1)
	UNSIGNED1(6, Y2)
	UNSIGNED1(7, Y3)
	SCALEAVX21(0)
	LOWERAVX21
	NEXT(32)
	JNZ  affine1avx2
	STORE1
	RET

// func mulHalf4AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulHalf4AVX2(SB), NOSPLIT, $0-40
	ARGUMENTS
	VMOVDQU ones16<>(SB), Y11
	VMOVDQU flip<>(SB), Y15
	LOAD4

half4avx2:
	ZERO4
	SIGNED4(0)
	SIGNED4(1)
	SIGNED4(2)
	SIGNED4(3)
	SCALEAVX24(0)
	ZERO4
	SIGNED4(4)
	SIGNED4(5)
	SIGNED4(6)
	SIGNED4(7)
	SCALEAVX24(32)
	NEXT(64)
	JNZ  half4avx2
	STORE4
	RET

// func mulHalf1AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulHalf1AVX2(SB), NOSPLIT, $0-40
	ARGUMENTS
	VMOVDQU ones16<>(SB), Y11
	VMOVDQU flip<>(SB), Y15
	LOAD1

half1avx2:
	ZERO4
	SIGNED1(0, Y0)
	SIGNED1(1, Y1)
	SIGNED1(2, Y2)
	SIGNED1(3, Y3)
	SCALEAVX21(0)
	ZERO4
	SIGNED1(4, Y0)
	SIGNED1(5, Y1)
	SIGNED1(6, Y2)
	SIGNED1(7, Y3)
	SCALEAVX21(32)
	NEXT(64)
	JNZ  half1avx2
	STORE1
	RET
