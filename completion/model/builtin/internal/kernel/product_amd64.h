// Products of a panel of eight rows with one, four or eight tokens of a tile
// (see Panel and tileGroup), with AVX512-VNNI on vectors of eight or with AVX2.
// In all of them
//
//	SI  the bytes of the panel, 256 for a group of 32 columns
//	DX  its scales, eight for a group
//	R8  its minimums, eight for a group of 32
//	BX  the int8 activations of the first token, 32 bytes a token
//	R9  the numbers beside them, 4 bytes a token: scale at 256, minusBias at
//	    288, minusBiasHalf at 320 and 352, sum at 384; the next group is at 416
//	CX  the groups of 32 that are left
//
// and the integer sums of token t are in Y(t), its sum in float32 in the
// register after these. Arguments and order of the float32 operations are those
// of multiplyGo.

// ARGUMENTS loads the arguments of a product.
#define ARGUMENTS \
	MOVQ acc+0(FP), DI;    \
	MOVQ p+8(FP), SI;      \
	LEAQ 8192(SI), DX;     \
	LEAQ 10240(SI), R8;    \
	MOVQ x+16(FP), BX;     \
	MOVQ lane+24(FP), R9;  \
	MOVQ groups+32(FP), CX; \
	MOVQ R9, AX;           \
	SHLQ $5, AX;           \
	SHLQ $2, R9;           \
	ADDQ BX, R9;           \
	ADDQ AX, BX

// ZERO4 clears the integer sums of four tokens, or the four of one.
#define ZERO4 \
	VPXOR Y0, Y0, Y0; \
	VPXOR Y1, Y1, Y1; \
	VPXOR Y2, Y2, Y2; \
	VPXOR Y3, Y3, Y3

// JOIN1 adds up the four integer sums of one token.
#define JOIN1 \
	VPADDD Y1, Y0, Y0; \
	VPADDD Y3, Y2, Y2; \
	VPADDD Y2, Y0, Y0

// LOAD and STORE bring the float32 sums of four tokens or of one from and to acc.
#define LOAD4 \
	VMOVUPS 0(DI), Y4; \
	VMOVUPS 32(DI), Y5; \
	VMOVUPS 64(DI), Y6; \
	VMOVUPS 96(DI), Y7

#define STORE4 \
	VMOVUPS Y4, 0(DI); \
	VMOVUPS Y5, 32(DI); \
	VMOVUPS Y6, 64(DI); \
	VMOVUPS Y7, 96(DI); \
	VZEROUPPER

#define LOAD1 \
	VMOVUPS (DI), Y4

#define STORE1 \
	VMOVUPS Y4, (DI); \
	VZEROUPPER

// NEXT goes on to the next group, which has so many bytes of scales.
#define NEXT(scales) \
	ADDQ $256, SI; \
	ADDQ $scales, DX; \
	ADDQ $416, BX; \
	ADDQ $416, R9; \
	DECQ CX
