// What computes on float32: attention, the activation function, rounding, and
// products with weights that are numbers by themselves. Sums run over eight
// partial sums, or sixteen; see the Go functions for the order.

INLINE float sum8(f8 a) {
	float s[8];
	memcpy(s, &a, sizeof s);
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static void NAME(scores)(float *dst, const float *query, const float *keys, long tiles, long dim, float scale) {
	for (long i = 0; i < tiles; i++, dst += 8) {
		f8 even = dup8(0), odd = even;
		for (long d = 0; d < dim; d += 2, keys += 16) {
			even = add8(even, mul8(dup8(query[d]), load8(keys)));
			odd = add8(odd, mul8(dup8(query[d + 1]), load8(keys + 8)));
		}
		store8(dst, mul8(add8(even, odd), dup8(scale)));
	}
}

INLINE void weightedSumOf(float *dst, const float *weight, const float *values, long positions, long dim, const int n) {
	f8 even[4], odd[4];
	for (int i = 0; i < n; i++) even[i] = odd[i] = dup8(0);
	long p = 0;
	for (; p + 2 <= positions; p += 2, values += 2 * dim) {
		for (int i = 0; i < n; i++) {
			even[i] = add8(even[i], mul8(dup8(weight[p]), load8(values + 8 * i)));
			odd[i] = add8(odd[i], mul8(dup8(weight[p + 1]), load8(values + dim + 8 * i)));
		}
	}
	for (int i = 0; i < n; i++) {
		if (p < positions) even[i] = add8(even[i], mul8(dup8(weight[p]), load8(values + 8 * i)));
		store8(dst + 8 * i, add8(even[i], odd[i]));
	}
}

static void NAME(weightedSum)(float *dst, const float *weight, const float *values, long positions, long dim) {
	long d = 0;
	for (; d + 32 <= dim; d += 32) weightedSumOf(dst + d, weight, values + d, positions, dim, 4);
	for (; d < dim; d += 8) weightedSumOf(dst + d, weight, values + d, positions, dim, 1);
}

// exp8 is exp of attention.go.
INLINE f8 exp8(f8 x) {
	x = min8(max8(x, dup8(-87)), dup8(88));
	f8 shifted = add8(mul8(x, dup8(1.44269504088896341f)), dup8(3 << 22)); // rounded to an integer
	f8 n = sub8(shifted, dup8(3 << 22));
	f8 r = sub8(sub8(x, mul8(n, dup8(0.693359375f))), mul8(n, dup8(-2.12194440e-4f)));
	f8 p = dup8(1.9875691500e-4f);
	p = add8(mul8(p, r), dup8(1.3981999507e-3f));
	p = add8(mul8(p, r), dup8(8.3334519073e-3f));
	p = add8(mul8(p, r), dup8(4.1665795894e-2f));
	p = add8(mul8(p, r), dup8(1.6666665459e-1f));
	p = add8(mul8(p, r), dup8(5.0000001201e-1f));
	f8 y = add8(add8(mul8(p, mul8(r, r)), r), dup8(1));
	return mul8(y, power8(shifted));
}

static void NAME(softmax)(float *x, long n) {
	f8 largest = load8(x), acc = dup8(0);
	for (long i = 8; i < n; i += 8) largest = max8(load8(x + i), largest);
	float l[8], most;
	memcpy(l, &largest, sizeof l);
	most = l[0];
	for (int i = 1; i < 8; i++) most = l[i] > most ? l[i] : most;
	for (long i = 0; i < n; i += 8) {
		f8 e = exp8(sub8(load8(x + i), dup8(most)));
		store8(x + i, e);
		acc = add8(acc, e);
	}
	f8 inverse = dup8(1 / sum8(acc));
	for (long i = 0; i < n; i += 8) store8(x + i, mul8(load8(x + i), inverse));
}

static void NAME(swiglu)(float *dst, const float *gate, const float *up, long n) {
	for (long i = 0; i < n; i += 8) {
		f8 g = load8(gate + i), one = dup8(1);
		store8(dst + i, mul8(div8(g, add8(one, exp8(sub8(dup8(-0.0f), g)))), load8(up + i)));
	}
}

// largest is the largest magnitude of n elements.
INLINE float largest(const float *x, int n) {
	f8 m = dup8(0);
	for (int i = 0; i < n; i += 8) m = max8(abs8(load8(x + i)), m);
	float l[8], most = 0;
	memcpy(l, &m, sizeof l);
	for (int i = 0; i < 8; i++) most = l[i] > most ? l[i] : most;
	return most;
}

#define leastMagnitude 1e-30f

static void NAME(quantize)(int8_t *q, float *scale, int16_t *sum, const float *x, long n, bool super) {
	if (!super) {
		for (; n > 0; n -= 32, x += 32, q += 32) {
			float most = largest(x, 32);
			int16_t s[2];
			round32(q, s, x, most >= leastMagnitude ? 127 / most : 0);
			*sum++ = s[0] + s[1];
			*scale++ = toHalf(most / 127);
		}
		return;
	}
	for (; n > 0; n -= 256, x += 256, q += 256, sum += 16) {
		float most = largest(x, 256), inverse = 0;
		*scale = 0;
		if (most >= leastMagnitude) {
			int i = 0;
			while (i < 255 && x[i] != most && x[i] != -most) i++;
			inverse = -127 / x[i];
			*scale = 1 / inverse;
		}
		scale++;
		for (int g = 0; g < 8; g++) {
			int16_t s[2];
			round32(q + g * 32, s, x + g * 32, inverse);
			sum[g] = s[0], sum[8 + g] = s[1];
		}
	}
}

// number is a weight by itself.
INLINE float number(int type, const uint8_t *p) {
	if (type == F16) return half(p);
	uint32_t bits = 0;
	memcpy((char *)&bits + (type == F32 ? 0 : 2), p, type == F32 ? 4 : 2);
	float f;
	memcpy(&f, &bits, 4);
	return f;
}

// floatTile multiplies some rows of numbers with some tokens.
INLINE void floatTile(int type, const struct floatProduct *p, long row, long token, const int rows, const int tokens) {
	const long size = type == F32 ? 4 : 2;
	const uint8_t *w[4];
	const float *x[4];
	for (int i = 0; i < rows; i++) w[i] = p->weights + (row + i < p->rows ? row + i : p->rows - 1) * p->cols * size;
	for (int t = 0; t < tokens; t++) x[t] = p->x + (token + t) * p->cols;
	wide acc[4][4][WIDE_PARTS] = {{{{0}}}};
	long c = 0;
	for (; c + 16 <= p->cols; c += 16) {
#pragma GCC unroll 4
		for (int k = 0; k < WIDE_PARTS; k++) {
			wide a[4];
			const long at = c + k * (16 / WIDE_PARTS);
#pragma GCC unroll 4
			for (int i = 0; i < rows; i++) {
				a[i] = loadWide(type, w[i] + at * size);
				if (k == 0) __builtin_prefetch(w[i] + at * size + aheadOfBlocks);
			}
#pragma GCC unroll 4
			for (int t = 0; t < tokens; t++) {
				wide b = loadWide(F32, x[t] + at);
#pragma GCC unroll 4
				for (int i = 0; i < rows; i++) acc[i][t][k] = fusedWide(acc[i][t][k], a[i], b);
			}
		}
	}
	for (int i = 0; i < rows && row + i < p->rows; i++) {
		for (int t = 0; t < tokens; t++) {
			float s[16];
			memcpy(s, acc[i][t], sizeof s);
			for (int n = 8; n > 0; n /= 2)
				for (int j = 0; j < n; j++) s[j] += s[j + n];
			for (long rest = c; rest < p->cols; rest++) s[0] = fused(s[0], number(type, w[i] + rest * size), x[t][rest]);
			p->dst[(token + t) * p->stride + row + i] = s[0];
		}
	}
}

INLINE void floatMultiply(int type, const struct floatProduct *p) {
	for (long r = 0; r < p->rows; r += 4) { // they stay in the cache
		long t = 0;
		for (; t + WIDE_TILE <= p->tokens; t += WIDE_TILE)
			for (int i = 0; i < 4 && r + i < p->rows; i += WIDE_TILE) floatTile(type, p, r + i, t, WIDE_TILE, WIDE_TILE);
		for (; t < p->tokens; t++) floatTile(type, p, r, t, 4, 1);
	}
}

static void NAME(floatProduct)(const struct floatProduct *p) {
	switch (p->type) {
	case F32: floatMultiply(F32, p); break;
	case F16: floatMultiply(F16, p); break;
	default: floatMultiply(BF16, p);
	}
}

static void NAME(roundFloats)(float *dst, const float *x, long n, int type) {
	for (long i = 0; i < n; i++) {
		if (type == F16) {
			dst[i] = toHalf(x[i]);
			continue;
		}
		uint32_t bits;
		memcpy(&bits, &x[i], 4);
		if (x[i] == x[i]) bits += 0x7fff + (bits >> 16 & 1);
		bits &= 0xffff0000;
		memcpy(&dst[i], &bits, 4);
	}
}
