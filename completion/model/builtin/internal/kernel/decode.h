// The block formats, as ggml defines them (ggml-common.h): how the bytes of a
// group of 32 elements come out of a block, and its scales.

// blockOf is the size in bytes of a format's blocks, of 32 elements, or of 256
// from Q3_K.
INLINE long blockOf(int format) {
	switch (format) {
	case Q4_0: return 18;
	case Q4_1: return 20;
	case Q5_0: return 22;
	case Q5_1: return 24;
	case Q8_0: return 34;
	case Q3_K: return 110;
	case Q4_K: return 144;
	case Q5_K: return 176;
	default: return 210; // Q6_K
	}
}

INLINE bool isAffine(int format) { return format == Q4_1 || format == Q5_1 || format == Q4_K || format == Q5_K; }

// biasOf is what the decoded bytes are above the values.
INLINE int biasOf(int format) {
	switch (format) {
	case Q4_0: return 8;
	case Q5_0: return 16;
	case Q8_0: return eightBias;
	case Q3_K: return 4;
	case Q6_K: return 32;
	default: return 0;
	}
}

// decode is a group of 32 elements of block b.
INLINE bytes decode(int format, const uint8_t *b, int group) {
	switch (format) {
	case Q4_0: return nibbles(b + 2);
	case Q4_1: return nibbles(b + 4);
	case Q5_0: return withFifth(nibbles(b + 6), b + 2);
	case Q5_1: return withFifth(nibbles(b + 8), b + 4);
	case Q8_0: return eight(load32(b + 2));
	case Q3_K:
		return either(moved(load32(b + 32 + group / 4 * 32), group % 4 * 2, 3, 0), moved(load32(b), group, 1, 2));
	case Q4_K: return moved(load32(b + 16 + group / 2 * 32), group % 2 * 4, 15, 0);
	case Q5_K:
		return either(moved(load32(b + 48 + group / 2 * 32), group % 2 * 4, 15, 0), moved(load32(b + 16), group, 1, 4));
	default: { // Q6_K
		const uint8_t *low = b + group / 4 * 64 + group % 2 * 32, *high = b + 128 + group / 4 * 32;
		return either(moved(load32(low), group % 4 / 2 * 4, 15, 0), moved(load32(high), group % 4 * 2, 3, 4));
	}
	}
}

// superScales are what the groups of a block of 256 are multiplied with: the
// products with scale, the sums of the activations with least, and all of it
// with d, the latter with dmin in the affine formats.
struct superScales {
	scales16 scale, least;
	float d, dmin;
};

INLINE struct superScales scalesOf(int format, const uint8_t *b) {
	struct superScales s;
	if (format == Q4_K || format == Q5_K) { // eight scales and minimums of six bits
		uint32_t q[3];
		memcpy(q, b + 4, 12);
		uint64_t low = q[2] & 0x0f0f0f0f, high = q[2] >> 4 & 0x0f0f0f0f;
		low |= (q[0] >> 6 & 0x03030303) << 4;
		high |= (q[1] >> 6 & 0x03030303) << 4;
		s.scale = eachTwice((q[0] & 0x3f3f3f3f) | low << 32);
		s.least = eachTwice((q[1] & 0x3f3f3f3f) | high << 32);
		s.d = half(b), s.dmin = half(b + 2);
		return s;
	}
	if (format == Q3_K) { // scales of six bits, above their values by 32
		uint32_t q[3];
		memcpy(q, b + 96, 12);
#define FOUR(i) (uint64_t)((q[i % 2] >> i / 2 * 4 & 0x0f0f0f0f) | (q[2] >> 2 * i & 0x03030303) << 4)
		s.scale = plus(halvesApart(FOUR(0) | FOUR(1) << 32, FOUR(2) | FOUR(3) << 32), -32);
#undef FOUR
		s.d = half(b + 108);
	} else {
		uint64_t sixteen[2];
		memcpy(sixteen, b + 192, 16);
		s.scale = halvesApart(sixteen[0], sixteen[1]);
		s.d = half(b + 208);
	}
	s.least = times(s.scale, biasOf(format));
	s.dmin = 0;
	return s;
}
