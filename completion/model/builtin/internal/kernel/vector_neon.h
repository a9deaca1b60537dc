// The vectors of arm64: 32 bytes of weights in two registers, and four rows side
// by side. IS_NEON or IS_DotProd is defined.

typedef struct {
	uint8x16_t a, b;
} bytes;                // 32 uint8 or int8
typedef bytes scales16; // 16 int16: of the first halves of groups, then of the second
typedef int32x4_t sums; // to be added up

INLINE bytes load32(const void *p) { return (bytes){vld1q_u8(p), vld1q_u8((const uint8_t *)p + 16)}; }

// nibbles are the low halves of 16 bytes, then the high ones.
INLINE bytes nibbles(const uint8_t *p) {
	uint8x16_t x = vld1q_u8(p);
	return (bytes){vandq_u8(x, vdupq_n_u8(15)), vshrq_n_u8(x, 4)};
}

INLINE bytes either(bytes v, bytes w) { return (bytes){vorrq_u8(v.a, w.a), vorrq_u8(v.b, w.b)}; }

// moved brings the bits of mask, from bit from of each byte, to bit to.
INLINE bytes moved(bytes v, int from, int mask, int to) {
	const uint8x16_t m = vdupq_n_u8((uint8_t)(mask << from));
	v = (bytes){vandq_u8(v.a, m), vandq_u8(v.b, m)};
	if (from >= to) return (bytes){v.a >> (from - to), v.b >> (from - to)};
	return (bytes){v.a << (to - from), v.b << (to - from)};
}

// withFifth adds 16 where a bit of the 32 is set.
INLINE bytes withFifth(bytes v, const uint8_t *bits) {
	const uint8x16_t which = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201)), sixteen = vdupq_n_u8(16);
	uint8x16_t low = vcombine_u8(vdup_n_u8(bits[0]), vdup_n_u8(bits[1]));
	uint8x16_t high = vcombine_u8(vdup_n_u8(bits[2]), vdup_n_u8(bits[3]));
	return (bytes){vorrq_u8(v.a, vandq_u8(vtstq_u8(low, which), sixteen)), vorrq_u8(v.b, vandq_u8(vtstq_u8(high, which), sixteen))};
}

// eightBias is what the bytes of Q8_0 are above their values.
enum { eightBias = 0 };
INLINE bytes eight(bytes v) { return v; }

// dotHalf adds products of weights and activations to four neighbours' sum.
// Weights are below 128, or signed.
INLINE sums dotHalf(sums acc, uint8x16_t w, uint8x16_t x) {
	int8x16_t v = vreinterpretq_s8_u8(w), y = vreinterpretq_s8_u8(x);
#if IS_DotProd
	return vdotq_s32(acc, v, y);
#else
	return vpadalq_s16(acc, vmlal_high_s8(vmull_s8(vget_low_s8(v), vget_low_s8(y)), v, y));
#endif
}

INLINE sums dot(bytes w, bytes x, bool q8) { return dotHalf(dotHalf(vdupq_n_s32(0), w.a, x.a), w.b, x.b); }

// total4 adds up four vectors, each to one element.
INLINE int4 total4(sums a, sums b, sums c, sums d) {
	return (int4)vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
}

INLINE int32_t total(sums a) { return vaddvq_s32(a); }

INLINE int16x8_t firsts(scales16 s) { return vreinterpretq_s16_u8(s.a); }
INLINE int16x8_t seconds(scales16 s) { return vreinterpretq_s16_u8(s.b); }
INLINE scales16 scales(int16x8_t first, int16x8_t second) {
	return (scales16){vreinterpretq_u8_s16(first), vreinterpretq_u8_s16(second)};
}

// scaledDot adds to acc the products, times the scales of group's two halves.
INLINE sums scaledDot(sums acc, bytes w, bytes x, scales16 s, int group) {
	acc = vmlaq_n_s32(acc, dotHalf(vdupq_n_s32(0), w.a, x.a), firsts(s)[group]);
	return vmlaq_n_s32(acc, dotHalf(vdupq_n_s32(0), w.b, x.b), seconds(s)[group]);
}

// eachTwice are eight scales that hold for both halves.
INLINE scales16 eachTwice(uint64_t eight) {
	int16x8_t s = vmovl_s8(vcreate_s8(eight));
	return scales(s, s);
}

// halvesApart are sixteen scales, of first and second halves by turns.
INLINE scales16 halvesApart(uint64_t a, uint64_t b) {
	int8x8x2_t s = vuzp_s8(vcreate_s8(a), vcreate_s8(b));
	return scales(vmovl_s8(s.val[0]), vmovl_s8(s.val[1]));
}

INLINE scales16 plus(scales16 s, int n) {
	int16x8_t by = vdupq_n_s16((int16_t)n);
	return scales(vaddq_s16(firsts(s), by), vaddq_s16(seconds(s), by));
}

INLINE scales16 times(scales16 s, int n) {
	return scales(vmulq_n_s16(firsts(s), (int16_t)n), vmulq_n_s16(seconds(s), (int16_t)n));
}

INLINE int32x4_t dot8x16(int32x4_t acc, int16x8_t a, int16x8_t b) {
	return vmlal_high_s16(vmlal_s16(acc, vget_low_s16(a), vget_low_s16(b)), a, b);
}

// dot16 is the product of scales and sums of activations.
INLINE sums dot16(scales16 a, const int16_t *b) {
	return dot8x16(dot8x16(vdupq_n_s32(0), firsts(a), vld1q_s16(b)), seconds(a), vld1q_s16(b + 8));
}

INLINE float half(const uint8_t *p) {
	__fp16 h;
	memcpy(&h, p, 2);
	return (float)h;
}

// halves are the half-precision numbers at four places.
INLINE float4 halves(const uint8_t *const p[4], long at) {
	uint16_t v[4];
	for (int i = 0; i < 4; i++) memcpy(&v[i], p[i] + at, 2);
	return (float4)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(v)));
}

// A panel has PANEL rows, one in each element of its vectors, and is multiplied
// with TILE tokens at once.
#define PANEL 4
#define TILE 8
enum { TRANSPOSED = 4 }; // rows
typedef int4 rowsInt;
typedef float4 rowsFloat;

INLINE void transposeHalf(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d, char *to, long stride) {
	int32x4x2_t ab = vtrnq_s32(vreinterpretq_s32_u8(a), vreinterpretq_s32_u8(b));
	int32x4x2_t cd = vtrnq_s32(vreinterpretq_s32_u8(c), vreinterpretq_s32_u8(d));
	for (int i = 0; i < 2; i++) {
		vst1q_s32((int32_t *)(to + i * stride), vcombine_s32(vget_low_s32(ab.val[i]), vget_low_s32(cd.val[i])));
		vst1q_s32((int32_t *)(to + (i + 2) * stride), vcombine_s32(vget_high_s32(ab.val[i]), vget_high_s32(cd.val[i])));
	}
}

// transpose writes elements i of four rows together, stride bytes after those of
// i-1.
INLINE void transpose(const bytes w[4], void *to, long stride) {
	transposeHalf(w[0].a, w[1].a, w[2].a, w[3].a, to, stride);
	transposeHalf(w[0].b, w[1].b, w[2].b, w[3].b, (char *)to + 4 * stride, stride);
}

// rowsDot adds the products of four columns of each row with x.
INLINE rowsInt rowsDot(rowsInt acc, rowsInt w, const int8_t *x, bool q8) {
	int32_t four;
	memcpy(&four, x, 4);
	int8x16_t v = vreinterpretq_s8_s32((int32x4_t)w), y = vreinterpretq_s8_s32(vdupq_n_s32(four));
#if IS_DotProd
	return (rowsInt)vdotq_s32((int32x4_t)acc, v, y);
#else
	int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(v), vget_low_s8(y))), high = vpaddlq_s16(vmull_high_s8(v, y));
	return acc + (rowsInt)vpaddq_s32(low, high);
#endif
}

// rowsDot16 adds the products of two int16 of each row with two of x.
INLINE rowsInt rowsDot16(rowsInt acc, rowsInt w, const int16_t *x) {
	int32_t two;
	memcpy(&two, x, 4);
	int16x8_t v = vreinterpretq_s16_s32((int32x4_t)w), y = vreinterpretq_s16_s32(vdupq_n_s32(two));
	return acc + (rowsInt)vpaddq_s32(vmull_s16(vget_low_s16(v), vget_low_s16(y)), vmull_high_s16(v, y));
}

// f8 is eight float32.
typedef struct {
	float32x4_t a, b;
} f8;
INLINE f8 dup8(float x) { return (f8){vdupq_n_f32(x), vdupq_n_f32(x)}; }
INLINE f8 load8(const float *p) { return (f8){vld1q_f32(p), vld1q_f32(p + 4)}; }
INLINE void store8(float *p, f8 v) { vst1q_f32(p, v.a), vst1q_f32(p + 4, v.b); }
INLINE f8 add8(f8 x, f8 y) { return (f8){vaddq_f32(x.a, y.a), vaddq_f32(x.b, y.b)}; }
INLINE f8 sub8(f8 x, f8 y) { return (f8){vsubq_f32(x.a, y.a), vsubq_f32(x.b, y.b)}; }
INLINE f8 mul8(f8 x, f8 y) { return (f8){vmulq_f32(x.a, y.a), vmulq_f32(x.b, y.b)}; }
INLINE f8 div8(f8 x, f8 y) { return (f8){vdivq_f32(x.a, y.a), vdivq_f32(x.b, y.b)}; }
INLINE f8 max8(f8 x, f8 y) { // y, if x is no number
	return (f8){vbslq_f32(vcgtq_f32(x.a, y.a), x.a, y.a), vbslq_f32(vcgtq_f32(x.b, y.b), x.b, y.b)};
}
INLINE f8 min8(f8 x, f8 y) {
	return (f8){vbslq_f32(vcltq_f32(x.a, y.a), x.a, y.a), vbslq_f32(vcltq_f32(x.b, y.b), x.b, y.b)};
}
INLINE f8 abs8(f8 x) { return (f8){vabsq_f32(x.a), vabsq_f32(x.b)}; }

INLINE float32x4_t power4(float32x4_t n) {
	return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vreinterpretq_s32_f32(n), vdupq_n_s32(127)), 23));
}

// power8 is 2^n, of n + 3·2^22.
INLINE f8 power8(f8 n) { return (f8){power4(n.a), power4(n.b)}; }

// toHalf rounds to half precision.
INLINE float toHalf(float x) { return (float)(__fp16)x; }

// round32 rounds 32 elements times a factor to int8, and adds up the first and
// the last sixteen.
INLINE void round32(int8_t *q, int16_t sum[2], const float *x, float factor) {
	for (int part = 0; part < 2; part++, q += 16, x += 16) {
		int16x4_t i[4];
		for (int j = 0; j < 4; j++) i[j] = vqmovn_s32(vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + j * 4), factor)));
		int8x16_t all = vcombine_s8(vqmovn_s16(vcombine_s16(i[0], i[1])), vqmovn_s16(vcombine_s16(i[2], i[3])));
		vst1q_s8(q, all);
		sum[part] = vaddlvq_s8(all);
	}
}

// wide are sixteen float32 in WIDE_PARTS registers; WIDE_TILE rows by as many
// tokens of them have room.
typedef float32x4_t wide;
enum { WIDE_PARTS = 4, WIDE_TILE = 2 };
INLINE wide fusedWide(wide acc, wide a, wide b) { return vfmaq_f32(acc, a, b); }
INLINE wide loadWide(int type, const void *p) {
	if (type == F32) return vreinterpretq_f32_u8(vld1q_u8(p));
	uint16x4_t x = vreinterpret_u16_u8(vld1_u8(p));
	if (type == F16) return vcvt_f32_f16(vreinterpret_f16_u16(x));
	return vreinterpretq_f32_u32(vshll_n_u16(x, 16));
}

INLINE float fused(float acc, float a, float b) { return __builtin_fmaf(a, b, acc); }
