// The vectors of amd64: 32 bytes of weights, and PANEL rows side by side
// (8, or 16 with AVX-512). IS_AVX2, IS_AVXVNNI or IS_AVX512 is defined.

typedef __m256i bytes;    // 32 uint8 or int8
typedef __m256i scales16; // 16 int16: of the first halves of groups, then of the second
typedef __m256i sums;     // int32, to be added up

INLINE bytes load32(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }

// nibbles are the low halves of 16 bytes, then the high ones.
INLINE bytes nibbles(const uint8_t *p) {
	__m128i x = _mm_loadu_si128((const __m128i *)p);
	bytes both = _mm256_inserti128_si256(_mm256_castsi128_si256(x), _mm_srli_epi16(x, 4), 1);
	return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

INLINE bytes either(bytes a, bytes b) { return _mm256_or_si256(a, b); }
INLINE bytes flip(bytes a) { return _mm256_xor_si256(a, _mm256_set1_epi8((char)0x80)); }

// moved brings the bits of mask, from bit from of each byte, to bit to.
INLINE bytes moved(bytes v, int from, int mask, int to) {
	v = _mm256_and_si256(v, _mm256_set1_epi8((char)(mask << from)));
	return from >= to ? _mm256_srli_epi16(v, from - to) : _mm256_slli_epi16(v, to - from);
}

// withFifth adds 16 where a bit of the 32 is set.
INLINE bytes withFifth(bytes v, const uint8_t *bits) {
	uint32_t b;
	memcpy(&b, bits, 4);
#if IS_AVX512
	return _mm256_mask_add_epi8(v, b, v, _mm256_set1_epi8(16));
#else
	const __m256i which = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
	bytes x = _mm256_shuffle_epi8(_mm256_set1_epi32((int)b), which);
	const __m256i one = _mm256_set1_epi64x((long long)0x8040201008040201);
	x = _mm256_cmpeq_epi8(_mm256_and_si256(x, one), one);
	return either(v, _mm256_and_si256(x, _mm256_set1_epi8(16)));
#endif
}

// eightBias is what the bytes of Q8_0 are above their values.
#if IS_AVX2
enum { eightBias = 0 };
INLINE bytes eight(bytes v) { return v; }
#else
enum { eightBias = 128 };
INLINE bytes eight(bytes v) { return flip(v); }
#endif

INLINE sums pairs(__m256i products) { return _mm256_madd_epi16(products, _mm256_set1_epi16(1)); }

// dot adds products of weights and activations to four neighbours' sum. Weights
// are unsigned, below 128; those of Q8_0 as eight left them.
INLINE sums dot(bytes w, bytes x, bool q8) {
#if IS_AVX2
	if (q8) return pairs(_mm256_maddubs_epi16(_mm256_sign_epi8(w, w), _mm256_sign_epi8(x, w)));
	return pairs(_mm256_maddubs_epi16(w, x));
#elif IS_AVXVNNI
	return _mm256_dpbusd_avx_epi32(_mm256_setzero_si256(), w, x);
#else
	return _mm256_dpbusd_epi32(_mm256_setzero_si256(), w, x);
#endif
}

// total4 adds up four vectors, each to one element.
INLINE int4 total4(sums a, sums b, sums c, sums d) {
	sums t = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
	return (int4)_mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1));
}

INLINE int32_t total(sums a) {
	__m128i t = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
	t = _mm_add_epi32(t, _mm_shuffle_epi32(t, 0x4e));
	return _mm_cvtsi128_si32(_mm_add_epi32(t, _mm_shuffle_epi32(t, 0xb1)));
}

// scaledDot adds to acc the products, times the scales of group's two halves.
INLINE sums scaledDot(sums acc, bytes w, bytes x, scales16 s, int group) {
	s = _mm256_shuffle_epi8(s, _mm256_set1_epi16((short)(2 * group | (2 * group + 1) << 8)));
	__m256i products = _mm256_maddubs_epi16(w, x);
#if IS_AVX2
	return _mm256_add_epi32(acc, _mm256_madd_epi16(products, s));
#elif IS_AVXVNNI
	return _mm256_dpwssd_avx_epi32(acc, products, s);
#else
	return _mm256_dpwssd_epi32(acc, products, s);
#endif
}

// eachTwice are eight scales that hold for both halves.
INLINE scales16 eachTwice(uint64_t eight) { return _mm256_cvtepi8_epi16(_mm_set1_epi64x((long long)eight)); }

// halvesApart are sixteen scales, of first and second halves by turns.
INLINE scales16 halvesApart(uint64_t a, uint64_t b) {
	__m128i s = _mm_set_epi64x((long long)b, (long long)a);
	return _mm256_cvtepi8_epi16(_mm_shuffle_epi8(s, _mm_set_epi8(15, 13, 11, 9, 7, 5, 3, 1, 14, 12, 10, 8, 6, 4, 2, 0)));
}

INLINE scales16 plus(scales16 s, int n) { return _mm256_add_epi16(s, _mm256_set1_epi16((short)n)); }
INLINE scales16 times(scales16 s, int n) { return _mm256_mullo_epi16(s, _mm256_set1_epi16((short)n)); }

// dot16 is the product of scales and sums of activations.
INLINE sums dot16(scales16 a, const int16_t *b) { return _mm256_madd_epi16(a, load32(b)); }

INLINE float half(const uint8_t *p) {
	uint16_t h;
	memcpy(&h, p, 2);
	return _cvtsh_ss(h);
}

// halves are the half-precision numbers at four places.
INLINE float4 halves(const uint8_t *const p[4], long at) {
	__m128i h = _mm_setzero_si128();
	uint16_t v[4];
	for (int i = 0; i < 4; i++) memcpy(&v[i], p[i] + at, 2);
	h = _mm_insert_epi16(h, v[0], 0);
	h = _mm_insert_epi16(h, v[1], 1);
	h = _mm_insert_epi16(h, v[2], 2);
	h = _mm_insert_epi16(h, v[3], 3);
	return (float4)_mm_cvtph_ps(h);
}

// A panel has PANEL rows, one in each element of its vectors, and is multiplied
// with TILE tokens at once.
#if IS_AVX512
#define PANEL 16
#define TILE 8
#else
#define PANEL 8
#define TILE 4
#endif
enum { TRANSPOSED = 8 }; // rows
typedef int32_t rowsInt __attribute__((vector_size(4 * PANEL)));
typedef float rowsFloat __attribute__((vector_size(4 * PANEL)));

// transpose writes elements i of eight rows together, stride bytes after those
// of i-1.
INLINE void transpose(const __m256i w[8], void *to, long stride) {
	__m256i a[8], b[8];
#pragma GCC unroll 4
	for (int i = 0; i < 8; i += 2) {
		a[i] = _mm256_unpacklo_epi32(w[i], w[i + 1]);
		a[i + 1] = _mm256_unpackhi_epi32(w[i], w[i + 1]);
	}
#pragma GCC unroll 4
	for (int i = 0; i < 8; i += 4) {
		b[i] = _mm256_unpacklo_epi64(a[i], a[i + 2]);
		b[i + 1] = _mm256_unpackhi_epi64(a[i], a[i + 2]);
		b[i + 2] = _mm256_unpacklo_epi64(a[i + 1], a[i + 3]);
		b[i + 3] = _mm256_unpackhi_epi64(a[i + 1], a[i + 3]);
	}
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		_mm256_storeu_si256((__m256i *)((char *)to + i * stride), _mm256_permute2x128_si256(b[i], b[i + 4], 0x20));
		_mm256_storeu_si256((__m256i *)((char *)to + (i + 4) * stride), _mm256_permute2x128_si256(b[i], b[i + 4], 0x31));
	}
}

// rowsDot adds the products of four columns of each row with x.
INLINE rowsInt rowsDot(rowsInt acc, rowsInt w, const int8_t *x, bool q8) {
	int32_t four;
	memcpy(&four, x, 4);
#if IS_AVX512
	return (rowsInt)_mm512_dpbusd_epi32((__m512i)acc, (__m512i)w, _mm512_set1_epi32(four));
#elif IS_AVXVNNI
	return (rowsInt)_mm256_dpbusd_avx_epi32((__m256i)acc, (__m256i)w, _mm256_set1_epi32(four));
#else
	return acc + (rowsInt)dot((__m256i)w, _mm256_set1_epi32(four), q8);
#endif
}

// rowsDot16 adds the products of two int16 of each row with two of x.
INLINE rowsInt rowsDot16(rowsInt acc, rowsInt w, const int16_t *x) {
	int32_t two;
	memcpy(&two, x, 4);
#if IS_AVX512
	return (rowsInt)_mm512_dpwssd_epi32((__m512i)acc, (__m512i)w, _mm512_set1_epi32(two));
#else
	return acc + (rowsInt)_mm256_madd_epi16((__m256i)w, _mm256_set1_epi32(two));
#endif
}

// f8 is eight float32.
typedef __m256 f8;
INLINE f8 dup8(float x) { return _mm256_set1_ps(x); }
INLINE f8 load8(const float *p) { return _mm256_loadu_ps(p); }
INLINE void store8(float *p, f8 v) { _mm256_storeu_ps(p, v); }
INLINE f8 add8(f8 a, f8 b) { return _mm256_add_ps(a, b); }
INLINE f8 sub8(f8 a, f8 b) { return _mm256_sub_ps(a, b); }
INLINE f8 mul8(f8 a, f8 b) { return _mm256_mul_ps(a, b); }
INLINE f8 div8(f8 a, f8 b) { return _mm256_div_ps(a, b); }
INLINE f8 max8(f8 a, f8 b) { return _mm256_max_ps(a, b); } // b, if a is no number
INLINE f8 min8(f8 a, f8 b) { return _mm256_min_ps(a, b); }
INLINE f8 abs8(f8 a) { return _mm256_andnot_ps(dup8(-0.0f), a); }

// power8 is 2^n, of n + 3·2^22.
INLINE f8 power8(f8 n) {
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_castps_si256(n), _mm256_set1_epi32(127)), 23));
}

// toHalf rounds to half precision.
INLINE float toHalf(float x) { return _cvtsh_ss(_cvtss_sh(x, 0)); }

// round32 rounds 32 elements times a factor to int8, and adds up the first and
// the last sixteen.
INLINE void round32(int8_t *q, int16_t sum[2], const float *x, float factor) {
	__m256i i[4];
	for (int j = 0; j < 4; j++) i[j] = _mm256_cvtps_epi32(mul8(load8(x + j * 8), dup8(factor)));
	__m256i all = _mm256_packs_epi16(_mm256_packs_epi32(i[0], i[1]), _mm256_packs_epi32(i[2], i[3]));
	all = _mm256_permutevar8x32_epi32(all, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
	_mm256_storeu_si256((__m256i *)q, all);
	__m256i t = _mm256_maddubs_epi16(_mm256_set1_epi8(1), all);
	t = pairs(t);
	t = _mm256_hadd_epi32(t, t);
	t = _mm256_hadd_epi32(t, t);
	sum[0] = (int16_t)_mm256_extract_epi32(t, 0), sum[1] = (int16_t)_mm256_extract_epi32(t, 4);
}

// wide are sixteen float32 in WIDE_PARTS registers; WIDE_TILE rows by as many
// tokens of them have room.
#if IS_AVX512
typedef __m512 wide;
enum { WIDE_PARTS = 1, WIDE_TILE = 4 };
INLINE wide fusedWide(wide acc, wide a, wide b) { return _mm512_fmadd_ps(a, b, acc); }
INLINE wide loadWide(int type, const void *p) {
	if (type == F32) return _mm512_loadu_ps(p);
	if (type == F16) return _mm512_cvtph_ps(load32(p));
	return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(load32(p)), 16));
}
#else
typedef __m256 wide;
enum { WIDE_PARTS = 2, WIDE_TILE = 2 };
INLINE wide fusedWide(wide acc, wide a, wide b) { return _mm256_fmadd_ps(a, b, acc); }
INLINE wide loadWide(int type, const void *p) {
	if (type == F32) return _mm256_loadu_ps(p);
	__m128i x = _mm_loadu_si128((const __m128i *)p);
	if (type == F16) return _mm256_cvtph_ps(x);
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16));
}
#endif

INLINE float fused(float acc, float a, float b) {
	return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(acc)));
}
