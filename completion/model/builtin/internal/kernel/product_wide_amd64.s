#include "textflag.h"
#include "product_amd64.h"

// Products of a panel of sixteen rows with the eight tokens of a tile, with
// AVX512-VNNI on vectors of sixteen: see product_amd64.h, but a group has 512
// bytes of weights and 64 of scales.

#define VNNIWIDE(at, Z) VPDPBUSD.BCST at(BX), Z16, Z

#define COLUMNSWIDE(j) \
	VMOVDQU32 (64*j)(SI), Z16; \
	VNNIWIDE((0+4*j), Z0); \
	VNNIWIDE((32+4*j), Z1); \
	VNNIWIDE((64+4*j), Z2); \
	VNNIWIDE((96+4*j), Z3); \
	VNNIWIDE((128+4*j), Z4); \
	VNNIWIDE((160+4*j), Z5); \
	VNNIWIDE((192+4*j), Z6); \
	VNNIWIDE((224+4*j), Z7)

// SCALEWIDE adds the integers in Z, times the scales Z17 and the token's, to A.
#define SCALEWIDE(t, Z, A) \
	VCVTDQ2PS   Z, Z;                      \
	VMULPS.BCST (256+4*t)(R9), Z17, Z18;   \
	VMULPS      Z18, Z, Z;                 \
	VADDPS      Z, A, A

// func mulBiased8Wide(acc *float32, p *Panel, x *tileGroup, lane, groups int)
TEXT ·mulBiased8Wide(SB), NOSPLIT, $0-40
	ARGUMENTS
	VMOVUPS 0(DI), Z8
	VMOVUPS 64(DI), Z9
	VMOVUPS 128(DI), Z10
	VMOVUPS 192(DI), Z11
	VMOVUPS 256(DI), Z12
	VMOVUPS 320(DI), Z13
	VMOVUPS 384(DI), Z14
	VMOVUPS 448(DI), Z15

biased8wide:
	VPBROADCASTD 288(R9), Z0
	VPBROADCASTD 292(R9), Z1
	VPBROADCASTD 296(R9), Z2
	VPBROADCASTD 300(R9), Z3
	VPBROADCASTD 304(R9), Z4
	VPBROADCASTD 308(R9), Z5
	VPBROADCASTD 312(R9), Z6
	VPBROADCASTD 316(R9), Z7
	COLUMNSWIDE(0)
	COLUMNSWIDE(1)
	COLUMNSWIDE(2)
	COLUMNSWIDE(3)
	COLUMNSWIDE(4)
	COLUMNSWIDE(5)
	COLUMNSWIDE(6)
	COLUMNSWIDE(7)
	VMOVUPS (DX), Z17
	SCALEWIDE(0, Z0, Z8)
	SCALEWIDE(1, Z1, Z9)
	SCALEWIDE(2, Z2, Z10)
	SCALEWIDE(3, Z3, Z11)
	SCALEWIDE(4, Z4, Z12)
	SCALEWIDE(5, Z5, Z13)
	SCALEWIDE(6, Z6, Z14)
	SCALEWIDE(7, Z7, Z15)
	ADDQ $512, SI
	ADDQ $64, DX
	ADDQ $416, BX
	ADDQ $416, R9
	DECQ CX
	JNZ  biased8wide
	VMOVUPS Z8, 0(DI)
	VMOVUPS Z9, 64(DI)
	VMOVUPS Z10, 128(DI)
	VMOVUPS Z11, 192(DI)
	VMOVUPS Z12, 256(DI)
	VMOVUPS Z13, 320(DI)
	VMOVUPS Z14, 384(DI)
	VMOVUPS Z15, 448(DI)
	VZEROUPPER
	RET
