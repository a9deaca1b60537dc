// Products of weights with activations. For one token, weights are decoded in
// registers; for more they are decoded once, into a panel that lies in the
// first-level cache. Both read each weight once, and both give the same bits: a
// group's products are added up as integers, those of a block of 256 times their
// scales, and the float32 sums run from the first block of a row to the last.

// How far ahead of the decoding memory is read, in bytes.
enum { aheadOfBlocks = 4096, aheadOfSupers = 2048 };

// one32 multiplies four rows of a format with blocks of 32.
INLINE void one32(int format, const struct product *p, const uint8_t *const row[4], float out[4]) {
	const long size = blockOf(format);
	float4 acc = {0};
	for (long g = 0; g < p->cols / 32; g++) {
		bytes x = load32(p->q + g * 32);
		sums s[4];
#pragma GCC unroll 4
		for (int i = 0; i < 4; i++) {
			s[i] = dot(decode(format, row[i] + g * size, 0), x, format == Q8_0);
			__builtin_prefetch(row[i] + g * size + aheadOfBlocks);
		}
		int4 products = total4(s[0], s[1], s[2], s[3]) - biasOf(format) * (int)p->sum[g];
		acc += __builtin_convertvector(products, float4) * (halves(row, g * size) * p->scale[g]);
		if (isAffine(format)) acc += halves(row, g * size + 2) * (p->scale[g] * (float)p->sum[g]);
	}
	memcpy(out, &acc, sizeof acc);
}

// one256 multiplies a row of a format with blocks of 256.
INLINE float one256(int format, const struct product *p, const uint8_t *b) {
	float acc = 0;
	for (long i = 0; i < p->cols / 256; i++, b += blockOf(format)) {
		for (long at = 0; at < blockOf(format); at += 64) __builtin_prefetch(b + at + aheadOfSupers);
		struct superScales s = scalesOf(format, b);
		sums products = {0};
#pragma GCC unroll 8
		for (int g = 0; g < 8; g++)
			products = scaledDot(products, decode(format, b, g), load32(p->q + i * 256 + g * 32), s.scale, g);
		int32_t sum = total(products), least = total(dot16(s.least, p->sum + i * 16));
		if (!isAffine(format)) sum -= least;
		acc += (float)sum * (s.d * p->scale[i]);
		if (isAffine(format)) acc -= (float)least * (s.dmin * p->scale[i]);
	}
	return acc;
}

INLINE void one(int format, const struct product *p) {
	const long rowBytes = p->cols / (format < Q3_K ? 32 : 256) * blockOf(format);
	for (long r = 0; r < p->rows; r += 4) {
		const long n = p->rows - r < 4 ? p->rows - r : 4;
		const uint8_t *row[4]; // the last one again, where there are no more
		for (int i = 0; i < 4; i++) row[i] = p->weights + (r + (i < n ? i : n - 1)) * rowBytes;
		float out[4];
		if (format < Q3_K) one32(format, p, row, out);
		else for (int i = 0; i < n; i++) out[i] = one256(format, p, row[i]);
		memcpy(p->dst + r, out, (size_t)n * sizeof *out);
	}
}

// panel is up to 256 columns of PANEL rows, decoded.
struct panel {
	uint8_t columns[64][PANEL][4];
	// Of blocks of 32: for each group.
	float scale[8][PANEL], minimum[8][PANEL];
	// Of blocks of 256: the scales of the sixteen halves of groups, the first
	// halves before the second ones; pairs of what the sums of activations are
	// multiplied with, in the same order; and the scales of both.
	int32_t scales[16][PANEL];
	int16_t least[8][PANEL][2];
	float d[PANEL], dmin[PANEL];
};

INLINE void fill32(int format, struct panel *to, const uint8_t *const row[PANEL], long groups) {
	for (long g = 0; g < groups; g++) {
		const long at = g * blockOf(format);
		for (int r = 0; r < PANEL; r += TRANSPOSED) {
			bytes w[TRANSPOSED];
#pragma GCC unroll 8
			for (int i = 0; i < TRANSPOSED; i++) w[i] = decode(format, row[r + i] + at, 0);
			transpose(w, to->columns[g * 8][r], sizeof to->columns[0]);
		}
		for (int r = 0; r < PANEL; r += 4) {
			float4 d = halves(row + r, at);
			memcpy(to->scale[g] + r, &d, sizeof d);
			if (!isAffine(format)) continue;
			float4 m = halves(row + r, at + 2);
			memcpy(to->minimum[g] + r, &m, sizeof m);
		}
	}
}

INLINE void fill256(int format, struct panel *to, const uint8_t *const row[PANEL]) {
	for (int r = 0; r < PANEL; r += TRANSPOSED) {
		scales16 scale[TRANSPOSED], least[TRANSPOSED];
		for (int i = 0; i < TRANSPOSED; i++) {
			struct superScales s = scalesOf(format, row[r + i]);
			scale[i] = s.scale, least[i] = s.least;
			to->d[r + i] = s.d, to->dmin[r + i] = s.dmin;
		}
		transpose(least, to->least[0][r], sizeof to->least[0]);
		transpose(scale, &to->scales[0][r], 2 * sizeof to->scales[0]);
#pragma GCC unroll 8
		for (int g = 0; g < 8; g++) {
			bytes w[TRANSPOSED];
#pragma GCC unroll 8
			for (int i = 0; i < TRANSPOSED; i++) w[i] = decode(format, row[r + i], g);
			transpose(w, to->columns[g * 8][r], sizeof to->columns[0]);
		}
	}
	for (int i = 0; i < 16; i += 2) { // pairs of int16 apart
		rowsInt two;
		memcpy(&two, to->scales[i], sizeof two);
		rowsInt first = (rowsInt)((rowsInt)two << 16) >> 16, second = two >> 16;
		memcpy(to->scales[i], &first, sizeof first);
		memcpy(to->scales[i + 1], &second, sizeof second);
	}
}

INLINE rowsInt rowsOf(const void *p) {
	rowsInt v;
	memcpy(&v, p, sizeof v);
	return v;
}

INLINE rowsFloat floatsOf(const float *p) {
	rowsFloat v;
	memcpy(&v, p, sizeof v);
	return v;
}

// tile adds to acc the products of a panel with some tokens, from column col.
INLINE void tile(int format, const struct product *p, const struct panel *w, float acc[][PANEL], long token, long col, long groups, const int tokens) {
	const bool super = format >= Q3_K, thirds = format == Q3_K || format == Q6_K;
	const long perToken = p->cols / (super ? 256 : 32);
	const int8_t *q = p->q + token * p->qStride + col;
	const float *scale = p->scale + token * perToken + col / (super ? 256 : 32);
	const int16_t *sum = p->sum + (super ? token * perToken * 16 + col / 16 : token * perToken + col / 32);
	const long sumStride = super ? perToken * 16 : perToken;
	rowsInt total[TILE] = {{0}};
	rowsFloat out[TILE];
	for (int t = 0; t < tokens; t++) out[t] = floatsOf(acc[t]);
	for (long g = 0; g < groups; g++) {
		for (int part = 0; part < (thirds ? 2 : 1); part++) {
			rowsInt s[TILE];
#pragma GCC unroll 8
			for (int t = 0; t < tokens; t++) s[t] = (rowsInt){0} - (super ? 0 : biasOf(format) * (int)sum[t * sumStride + g]);
			const int steps = thirds ? 4 : 8;
#pragma GCC unroll 8
			for (int c = 0; c < steps; c++) {
				const long at = g * 8 + part * 4 + c;
				rowsInt columns = rowsOf(w->columns[at]);
#pragma GCC unroll 8
				for (int t = 0; t < tokens; t++) s[t] = rowsDot(s[t], columns, q + t * p->qStride + at * 4, format == Q8_0);
			}
			if (super) {
				rowsInt times = rowsOf(w->scales[thirds ? part * 8 + g : g]);
#pragma GCC unroll 8
				for (int t = 0; t < tokens; t++) total[t] += s[t] * times;
			} else {
				rowsFloat d = floatsOf(w->scale[g]);
#pragma GCC unroll 8
				for (int t = 0; t < tokens; t++) {
					float by = scale[t * perToken + g];
					out[t] += __builtin_convertvector(s[t], rowsFloat) * (d * by);
					if (isAffine(format)) out[t] += floatsOf(w->minimum[g]) * (by * (float)sum[t * sumStride + g]);
				}
			}
		}
	}
	if (super) {
		rowsInt least[TILE] = {{0}};
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++) {
			rowsInt two = rowsOf(w->least[i]);
#pragma GCC unroll 8
			for (int t = 0; t < tokens; t++) least[t] = rowsDot16(least[t], two, sum + t * sumStride + i * 2);
		}
#pragma GCC unroll 8
		for (int t = 0; t < tokens; t++) {
			float by = scale[t * perToken];
			if (!isAffine(format)) total[t] -= least[t];
			out[t] += __builtin_convertvector(total[t], rowsFloat) * (floatsOf(w->d) * by);
			if (isAffine(format)) out[t] -= __builtin_convertvector(least[t], rowsFloat) * (floatsOf(w->dmin) * by);
		}
	}
	for (int t = 0; t < tokens; t++) memcpy(acc[t], &out[t], sizeof out[t]);
}

// most is how many tokens a panel is multiplied with before the next.
enum { most = 64 };

INLINE void many(int format, const struct product *p, long token, long tokens) {
	const long size = blockOf(format), elements = format < Q3_K ? 32 : 256, rowBytes = p->cols / elements * size;
	struct panel w;
	for (long first = 0; first < p->rows; first += PANEL) {
		const long n = p->rows - first < PANEL ? p->rows - first : PANEL;
		float acc[most][PANEL] = {{0}};
		for (long col = 0; col < p->cols; col += 256) {
			const long width = p->cols - col < 256 ? p->cols - col : 256;
			const long bytesHere = width / elements * size;
			const long next = col + 256 < p->cols ? bytesHere : PANEL * rowBytes - col / elements * size;
			const uint8_t *row[PANEL];
			for (int i = 0; i < PANEL; i++) { // the last one again, where there are no more
				row[i] = p->weights + (first + (i < n ? i : n - 1)) * rowBytes + col / elements * size;
				for (long at = 0; at < bytesHere; at += 64) __builtin_prefetch(row[i] + next + at);
			}
			if (format < Q3_K) fill32(format, &w, row, width / 32);
			else fill256(format, &w, row);
			for (long t = 0; t < tokens;) {
#define SOME(n) (tile(format, p, &w, acc + t, token + t, col, width / 32, n), t += n)
				const long left = tokens - t;
				if (left >= TILE) SOME(TILE);
				else if (left >= 4) SOME(4);
				else if (left >= 2) SOME(2);
				else SOME(1);
#undef SOME
			}
		}
		for (long t = 0; t < tokens; t++) memcpy(p->dst + (token + t) * p->stride + first, acc[t], (size_t)n * sizeof(float));
	}
}

INLINE void multiply(int format, const struct product *p) {
	if (p->tokens == 1) {
		one(format, p);
		return;
	}
	for (long t = 0; t < p->tokens; t += most) many(format, p, t, p->tokens - t < most ? p->tokens - t : most);
}

static void NAME(product)(const struct product *p) {
	switch (p->format) {
#define CASE(f) case f: multiply(f, p); break;
	EACH_FORMAT(CASE)
#undef CASE
	}
}
