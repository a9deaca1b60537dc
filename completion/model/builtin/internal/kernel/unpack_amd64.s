#include "textflag.h"

// The functions in this file unpack the weights of eight rows, rowStride bytes
// apart, to a panel (see Panel): four columns of each row side by side. What
// unpack.go does for one row stands here for eight.

// A mask or a summand for each byte, and for each 32 bits.
#define BYTES(name, x) \
	DATA name<>+0(SB)/8, x; DATA name<>+8(SB)/8, x; DATA name<>+16(SB)/8, x; DATA name<>+24(SB)/8, x; \
	GLOBL name<>(SB), RODATA|NOPTR, $32

BYTES(low4, $0x0f0f0f0f0f0f0f0f)
BYTES(low6, $0x3f3f3f3f3f3f3f3f)
BYTES(bit5, $0x1010101010101010)
BYTES(bits56, $0x3030303030303030)
BYTES(bias128, $0x8080808080808080)
BYTES(bias120, $0x7878787878787878)
BYTES(bias96, $0x6060606060606060)
BYTES(byte0, $0x000000ff000000ff)
BYTES(half0, $0x0000ffff0000ffff)

// ROWS points SI and DI to the rows 0 and 4; R8 and R9 are one and three rows.
#define ROWS(source, stride) \
	MOVQ source, SI;       \
	MOVQ stride, R8;       \
	LEAQ (R8)(R8*2), R9;   \
	LEAQ (SI)(R8*4), DI

// TRANSPOSE loads sixteen bytes of each row into Y0 to Y3, in each the 32 bits
// of a column from all eight rows. It uses Y4 to Y7.
#define TRANSPOSE(off) \
	VMOVDQU     (off)(SI), X0;                   \
	VMOVDQU     (off)(SI)(R8*1), X1;             \
	VMOVDQU     (off)(SI)(R8*2), X2;             \
	VMOVDQU     (off)(SI)(R9*1), X3;             \
	VINSERTI128 $1, (off)(DI), Y0, Y0;           \
	VINSERTI128 $1, (off)(DI)(R8*1), Y1, Y1;     \
	VINSERTI128 $1, (off)(DI)(R8*2), Y2, Y2;     \
	VINSERTI128 $1, (off)(DI)(R9*1), Y3, Y3;     \
	VPUNPCKLDQ  Y1, Y0, Y4;                      \
	VPUNPCKHDQ  Y1, Y0, Y5;                      \
	VPUNPCKLDQ  Y3, Y2, Y6;                      \
	VPUNPCKHDQ  Y3, Y2, Y7;                      \
	VPUNPCKLQDQ Y6, Y4, Y0;                      \
	VPUNPCKHQDQ Y6, Y4, Y1;                      \
	VPUNPCKLQDQ Y7, Y5, Y2;                      \
	VPUNPCKHQDQ Y7, Y5, Y3

// HALVES converts a float16 of each row to Y8.
#define HALVES(off) \
	VPXOR     X8, X8, X8;                     \
	VPINSRW   $0, (off)(SI), X8, X8;          \
	VPINSRW   $1, (off)(SI)(R8*1), X8, X8;    \
	VPINSRW   $2, (off)(SI)(R8*2), X8, X8;    \
	VPINSRW   $3, (off)(SI)(R9*1), X8, X8;    \
	VPINSRW   $4, (off)(DI), X8, X8;          \
	VPINSRW   $5, (off)(DI)(R8*1), X8, X8;    \
	VPINSRW   $6, (off)(DI)(R8*2), X8, X8;    \
	VPINSRW   $7, (off)(DI)(R9*1), X8, X8;    \
	VCVTPH2PS X8, Y8

// AHEAD asks for the cache line, off bytes into the block, of each row of what is
// unpacked next, R11 bytes ahead: the processor by itself sees eight streams, not
// where they go on.
#define AHEAD(off) \
	LEAQ        (SI)(R11*1), R12;        \
	LEAQ        (DI)(R11*1), R13;        \
	PREFETCHT0  (off)(R12);              \
	PREFETCHT0  (off)(R12)(R8*1);        \
	PREFETCHT0  (off)(R12)(R8*2);        \
	PREFETCHT0  (off)(R12)(R9*1);        \
	PREFETCHT0  (off)(R13);              \
	PREFETCHT0  (off)(R13)(R8*1);        \
	PREFETCHT0  (off)(R13)(R8*2);        \
	PREFETCHT0  (off)(R13)(R9*1)

#define STORE4(to) \
	VMOVDQU Y0, (to)(BX);    \
	VMOVDQU Y1, (to+32)(BX); \
	VMOVDQU Y2, (to+64)(BX); \
	VMOVDQU Y3, (to+96)(BX)

// func transposeAVX2(u, rows *byte, rowStride, blocks int)
TEXT ·transposeAVX2(SB), NOSPLIT, $0-32
	MOVQ u+0(FP), BX
	ROWS(rows+8(FP), rowStride+16(FP))
	MOVQ blocks+24(FP), CX

transpose:
	TRANSPOSE(0)
	STORE4(0)
	TRANSPOSE(16)
	STORE4(128)
	ADDQ $32, SI
	ADDQ $32, DI
	ADDQ $256, BX
	DECQ CX
	JNZ  transpose
	VZEROUPPER
	RET

// func unpackQ80AVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)
TEXT ·unpackQ80AVX2(SB), NOSPLIT, $0-40
	MOVQ    p+0(FP), BX
	LEAQ    8192(BX), DX        // scales
	ROWS(rows+8(FP), rowStride+16(FP))
	MOVQ    blocks+24(FP), CX
	MOVQ    ahead+32(FP), R11
	VMOVDQU bias128<>(SB), Y15

#define FLIP4 \
	VPXOR Y15, Y0, Y0; \
	VPXOR Y15, Y1, Y1; \
	VPXOR Y15, Y2, Y2; \
	VPXOR Y15, Y3, Y3

q80:
	AHEAD(0)
	TRANSPOSE(2)
	FLIP4
	STORE4(0)
	TRANSPOSE(18)
	FLIP4
	STORE4(128)
	HALVES(0)
	VMOVUPS Y8, (DX)
	ADDQ    $34, SI
	ADDQ    $34, DI
	ADDQ    $256, BX
	ADDQ    $32, DX
	DECQ    CX
	JNZ     q80
	VZEROUPPER
	RET

// func unpackQ80Wide(p *Panel, rows *byte, rowStride, blocks, ahead int)
TEXT ·unpackQ80Wide(SB), NOSPLIT, $0-40
	MOVQ    p+0(FP), BX
	LEAQ    8192(BX), DX        // scales
	ROWS(rows+8(FP), rowStride+16(FP))
	MOVQ    ahead+32(FP), R11
	VMOVDQU bias128<>(SB), Y15
	MOVQ    $2, R10             // eight rows, then eight more

// STORE4WIDE stores four columns of eight of sixteen rows.
#define STORE4WIDE(to) \
	VMOVDQU Y0, (to)(BX);    \
	VMOVDQU Y1, (to+64)(BX); \
	VMOVDQU Y2, (to+128)(BX); \
	VMOVDQU Y3, (to+192)(BX)

eight:
	MOVQ blocks+24(FP), CX

q80wide:
	AHEAD(0)
	TRANSPOSE(2)
	FLIP4
	STORE4WIDE(0)
	TRANSPOSE(18)
	FLIP4
	STORE4WIDE(256)
	HALVES(0)
	VMOVUPS Y8, (DX)
	ADDQ    $34, SI
	ADDQ    $34, DI
	ADDQ    $512, BX
	ADDQ    $64, DX
	DECQ    CX
	JNZ     q80wide

	MOVQ rows+8(FP), SI
	LEAQ (SI)(R8*8), SI
	LEAQ (SI)(R8*4), DI
	MOVQ p+0(FP), BX
	LEAQ (8192+32)(BX), DX
	ADDQ $32, BX
	DECQ R10
	JNZ  eight
	VZEROUPPER
	RET

// func unpackQ40AVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)
TEXT ·unpackQ40AVX2(SB), NOSPLIT, $0-40
	MOVQ    p+0(FP), BX
	LEAQ    8192(BX), DX        // scales
	ROWS(rows+8(FP), rowStride+16(FP))
	MOVQ    blocks+24(FP), CX
	MOVQ    ahead+32(FP), R11
	VMOVDQU low4<>(SB), Y14
	VMOVDQU bias120<>(SB), Y15

// The low halves to one place, the high ones to another; Y4 is used.
#define NIBBLES120(Y, low, high) \
	VPAND   Y14, Y, Y4;      \
	VPSRLW  $4, Y, Y;        \
	VPADDB  Y15, Y4, Y4;     \
	VPAND   Y14, Y, Y;       \
	VMOVDQU Y4, (low)(BX);   \
	VPADDB  Y15, Y, Y;       \
	VMOVDQU Y, (high)(BX)

q40:
	AHEAD(0)
	TRANSPOSE(2)
	NIBBLES120(Y0, 0, 128)
	NIBBLES120(Y1, 32, 160)
	NIBBLES120(Y2, 64, 192)
	NIBBLES120(Y3, 96, 224)
	HALVES(0)
	VMOVUPS Y8, (DX)
	ADDQ    $18, SI
	ADDQ    $18, DI
	ADDQ    $256, BX
	ADDQ    $32, DX
	DECQ    CX
	JNZ     q40
	VZEROUPPER
	RET

// FOURSCALES stores four of the six-bit numbers in Y times D; Y12 is used.
#define FOURSCALES(Y, D, to) \
	VPAND     byte0<>(SB), Y, Y12; \
	VCVTDQ2PS Y12, Y12;            \
	VMULPS    D, Y12, Y12;         \
	VMOVUPS   Y12, to;             \
	VPSRLD    $8, Y, Y12;          \
	VPAND     byte0<>(SB), Y12, Y12; \
	VCVTDQ2PS Y12, Y12;            \
	VMULPS    D, Y12, Y12;         \
	VMOVUPS   Y12, 32+to;          \
	VPSRLD    $16, Y, Y12;         \
	VPAND     byte0<>(SB), Y12, Y12; \
	VCVTDQ2PS Y12, Y12;            \
	VMULPS    D, Y12, Y12;         \
	VMOVUPS   Y12, 64+to;          \
	VPSRLD    $24, Y, Y12;         \
	VCVTDQ2PS Y12, Y12;            \
	VMULPS    D, Y12, Y12;         \
	VMOVUPS   Y12, 96+to

// SIXBITS decodes the sixteen bytes before the weights of Q4_K and Q5_K: eight
// scales to DX, eight minimums to R10.
#define SIXBITS \
	TRANSPOSE(0);                   \
	VPAND        half0<>(SB), Y0, Y8; \
	VPSRLD       $16, Y0, Y9;       \
	VPACKUSDW    Y9, Y8, Y8;        \
	VPERMQ       $0xd8, Y8, Y8;     \
	VEXTRACTI128 $1, Y8, X9;        \
	VCVTPH2PS    X8, Y8;            \
	VCVTPH2PS    X9, Y9;            \
	VPAND        low6<>(SB), Y1, Y4; \
	FOURSCALES(Y4, Y8, 0(DX));      \
	VPAND        low6<>(SB), Y2, Y4; \
	FOURSCALES(Y4, Y9, 0(R10));     \
	VPAND        low4<>(SB), Y3, Y4; \
	VPSRLD       $2, Y1, Y1;        \
	VPAND        bits56<>(SB), Y1, Y1; \
	VPOR         Y1, Y4, Y4;        \
	FOURSCALES(Y4, Y8, 128(DX));    \
	VPSRLD       $4, Y3, Y3;        \
	VPAND        low4<>(SB), Y3, Y3; \
	VPSRLD       $2, Y2, Y2;        \
	VPAND        bits56<>(SB), Y2, Y2; \
	VPOR         Y2, Y3, Y3;        \
	FOURSCALES(Y3, Y9, 128(R10))

// NIBBLES is NIBBLES120 without the summand.
#define NIBBLES(Y, low, high) \
	VPAND   Y14, Y, Y4;      \
	VPSRLW  $4, Y, Y;        \
	VMOVDQU Y4, (low)(BX);   \
	VPAND   Y14, Y, Y;       \
	VMOVDQU Y, (high)(BX)

#define NIBBLES4(from, low) \
	TRANSPOSE(from);                   \
	NIBBLES(Y0, low, low+256);         \
	NIBBLES(Y1, low+32, low+32+256);   \
	NIBBLES(Y2, low+64, low+64+256);   \
	NIBBLES(Y3, low+96, low+96+256)

// func unpackQ4KAVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)
TEXT ·unpackQ4KAVX2(SB), NOSPLIT, $0-40
	MOVQ    p+0(FP), BX
	LEAQ    8192(BX), DX        // scales
	LEAQ    10240(BX), R10      // minimums
	ROWS(rows+8(FP), rowStride+16(FP))
	MOVQ    blocks+24(FP), CX
	MOVQ    ahead+32(FP), R11
	VMOVDQU low4<>(SB), Y14

q4k:
	AHEAD(0)
	AHEAD(64)
	AHEAD(128)
	SIXBITS
	NIBBLES4(16, 0)
	NIBBLES4(32, 128)
	NIBBLES4(48, 512)
	NIBBLES4(64, 640)
	NIBBLES4(80, 1024)
	NIBBLES4(96, 1152)
	NIBBLES4(112, 1536)
	NIBBLES4(128, 1664)
	ADDQ $144, SI
	ADDQ $144, DI
	ADDQ $2048, BX
	ADDQ $256, DX
	ADDQ $256, R10
	DECQ CX
	JNZ  q4k
	VZEROUPPER
	RET

// FIVEBITS is NIBBLES with a fifth bit each from H, shifted into its place.
#define FIVEBITS(Y, H, SHIFT1, n1, SHIFT2, n2, low, high) \
	SHIFT1  $n1, H, Y5;      \
	SHIFT2  $n2, H, Y6;      \
	VPAND   Y13, Y5, Y5;     \
	VPAND   Y13, Y6, Y6;     \
	VPAND   Y14, Y, Y4;      \
	VPSRLW  $4, Y, Y;        \
	VPOR    Y5, Y4, Y4;      \
	VPAND   Y14, Y, Y;       \
	VMOVDQU Y4, (low)(BX);   \
	VPOR    Y6, Y, Y;        \
	VMOVDQU Y, (high)(BX)

#define FIVEBITS4(from, SHIFT1, n1, SHIFT2, n2, low) \
	TRANSPOSE(from);                                                    \
	FIVEBITS(Y0, Y8, SHIFT1, n1, SHIFT2, n2, low, low+256);             \
	FIVEBITS(Y1, Y9, SHIFT1, n1, SHIFT2, n2, low+32, low+32+256);       \
	FIVEBITS(Y2, Y10, SHIFT1, n1, SHIFT2, n2, low+64, low+64+256);      \
	FIVEBITS(Y3, Y11, SHIFT1, n1, SHIFT2, n2, low+96, low+96+256)

// HIGHBITS loads sixteen bytes of each row into Y8 to Y11.
#define HIGHBITS(from) \
	TRANSPOSE(from);   \
	VMOVDQA Y0, Y8;    \
	VMOVDQA Y1, Y9;    \
	VMOVDQA Y2, Y10;   \
	VMOVDQA Y3, Y11

// func unpackQ5KAVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)
TEXT ·unpackQ5KAVX2(SB), NOSPLIT, $0-40
	MOVQ    p+0(FP), BX
	LEAQ    8192(BX), DX        // scales
	LEAQ    10240(BX), R10      // minimums
	ROWS(rows+8(FP), rowStride+16(FP))
	MOVQ    blocks+24(FP), CX
	MOVQ    ahead+32(FP), R11
	VMOVDQU low4<>(SB), Y14
	VMOVDQU bit5<>(SB), Y13

q5k:
	AHEAD(0)
	AHEAD(64)
	AHEAD(128)
	SIXBITS
	HIGHBITS(16)
	FIVEBITS4(48, VPSLLW, 4, VPSLLW, 3, 0)
	FIVEBITS4(80, VPSLLW, 2, VPSLLW, 1, 512)
	FIVEBITS4(112, VPSLLW, 0, VPSRLW, 1, 1024)
	FIVEBITS4(144, VPSRLW, 2, VPSRLW, 3, 1536)
	HIGHBITS(32)
	FIVEBITS4(64, VPSLLW, 4, VPSLLW, 3, 128)
	FIVEBITS4(96, VPSLLW, 2, VPSLLW, 1, 640)
	FIVEBITS4(128, VPSLLW, 0, VPSRLW, 1, 1152)
	FIVEBITS4(160, VPSRLW, 2, VPSRLW, 3, 1664)
	ADDQ $176, SI
	ADDQ $176, DI
	ADDQ $2048, BX
	ADDQ $256, DX
	ADDQ $256, R10
	DECQ CX
	JNZ  q5k
	VZEROUPPER
	RET

// SIGNEDSCALES stores four int8 in Y times Y8; Y12 is used.
#define SIGNEDSCALES(Y, to) \
	VPSLLD    $24, Y, Y12;    \
	VPSRAD    $24, Y12, Y12;  \
	VCVTDQ2PS Y12, Y12;       \
	VMULPS    Y8, Y12, Y12;   \
	VMOVUPS   Y12, (to)(DX);  \
	VPSLLD    $16, Y, Y12;    \
	VPSRAD    $24, Y12, Y12;  \
	VCVTDQ2PS Y12, Y12;       \
	VMULPS    Y8, Y12, Y12;   \
	VMOVUPS   Y12, (to+32)(DX); \
	VPSLLD    $8, Y, Y12;     \
	VPSRAD    $24, Y12, Y12;  \
	VCVTDQ2PS Y12, Y12;       \
	VMULPS    Y8, Y12, Y12;   \
	VMOVUPS   Y12, (to+64)(DX); \
	VPSRAD    $24, Y, Y12;    \
	VCVTDQ2PS Y12, Y12;       \
	VMULPS    Y8, Y12, Y12;   \
	VMOVUPS   Y12, (to+96)(DX)

// SIXBITWEIGHTS joins the halves of Y with two bits each of H and subtracts 32
// from what the bias makes 128.
#define SIXBITWEIGHTS(Y, H, SHIFT1, n1, SHIFT2, n2, low, high) \
	SHIFT1  $n1, H, Y5;      \
	SHIFT2  $n2, H, Y6;      \
	VPAND   Y13, Y5, Y5;     \
	VPAND   Y13, Y6, Y6;     \
	VPAND   Y14, Y, Y4;      \
	VPSRLW  $4, Y, Y;        \
	VPOR    Y5, Y4, Y4;      \
	VPAND   Y14, Y, Y;       \
	VPADDB  Y15, Y4, Y4;     \
	VPOR    Y6, Y, Y;        \
	VMOVDQU Y4, (low)(BX);   \
	VPADDB  Y15, Y, Y;       \
	VMOVDQU Y, (high)(BX)

#define SIXBITWEIGHTS4(from, SHIFT1, n1, SHIFT2, n2, low) \
	TRANSPOSE(from);                                                         \
	SIXBITWEIGHTS(Y0, Y8, SHIFT1, n1, SHIFT2, n2, low, low+512);             \
	SIXBITWEIGHTS(Y1, Y9, SHIFT1, n1, SHIFT2, n2, low+32, low+32+512);       \
	SIXBITWEIGHTS(Y2, Y10, SHIFT1, n1, SHIFT2, n2, low+64, low+64+512);      \
	SIXBITWEIGHTS(Y3, Y11, SHIFT1, n1, SHIFT2, n2, low+96, low+96+512)

// func unpackQ6KAVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)
TEXT ·unpackQ6KAVX2(SB), NOSPLIT, $0-40
	MOVQ    p+0(FP), BX
	LEAQ    8192(BX), DX        // scales
	ROWS(rows+8(FP), rowStride+16(FP))
	MOVQ    blocks+24(FP), CX
	MOVQ    ahead+32(FP), R11
	VMOVDQU low4<>(SB), Y14
	VMOVDQU bits56<>(SB), Y13
	VMOVDQU bias96<>(SB), Y15

q6k:
	AHEAD(0)
	AHEAD(64)
	AHEAD(128)
	AHEAD(192)
	TRANSPOSE(192)
	HALVES(208)
	SIGNEDSCALES(Y0, 0)
	SIGNEDSCALES(Y1, 128)
	SIGNEDSCALES(Y2, 256)
	SIGNEDSCALES(Y3, 384)
	HIGHBITS(128)
	SIXBITWEIGHTS4(0, VPSLLW, 4, VPSLLW, 0, 0)
	SIXBITWEIGHTS4(32, VPSLLW, 2, VPSRLW, 2, 256)
	HIGHBITS(144)
	SIXBITWEIGHTS4(16, VPSLLW, 4, VPSLLW, 0, 128)
	SIXBITWEIGHTS4(48, VPSLLW, 2, VPSRLW, 2, 384)
	HIGHBITS(160)
	SIXBITWEIGHTS4(64, VPSLLW, 4, VPSLLW, 0, 1024)
	SIXBITWEIGHTS4(96, VPSLLW, 2, VPSRLW, 2, 1280)
	HIGHBITS(176)
	SIXBITWEIGHTS4(80, VPSLLW, 4, VPSLLW, 0, 1152)
	SIXBITWEIGHTS4(112, VPSLLW, 2, VPSRLW, 2, 1408)
	ADDQ $210, SI
	ADDQ $210, DI
	ADDQ $2048, BX
	ADDQ $512, DX
	DECQ CX
	JNZ  q6k
	VZEROUPPER
	RET
