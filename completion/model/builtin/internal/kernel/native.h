// What Go calls (native.go), compiled once for each level of instructions.
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// The order is that of Level in level.go.
enum level { PureGo, AVX2, AVXVNNI, AVX512, NEON, DotProd };

// The order is that of Format in format.go.
#define EACH_FORMAT(X) X(Q4_0) X(Q4_1) X(Q5_0) X(Q5_1) X(Q8_0) X(Q3_K) X(Q4_K) X(Q5_K) X(Q6_K)
#define NAMED(f) f,
enum format { EACH_FORMAT(NAMED) };
#undef NAMED

// product is a matrix and the activations that it is multiplied with: see
// Format.Mul and Activations.
struct product {
	float *dst;
	long stride;
	const uint8_t *weights;
	long rows, cols;
	const int8_t *q;
	long qStride;
	const float *scale;
	const int16_t *sum;
	long tokens;
	int format;
};

// floatProduct is the same with weights that are numbers by themselves: see
// Number.Mul.
struct floatProduct {
	float *dst;
	long stride;
	const uint8_t *weights;
	long rows, cols;
	const float *x;
	long tokens;
	int type;
};

// The order is that of Number in float.go.
enum number { F32, F16, BF16 };

// kernels are what a level has: see the Go functions of these names.
struct kernels {
	void (*product)(const struct product *);
	void (*floatProduct)(const struct floatProduct *);
	void (*quantize)(int8_t *q, float *scale, int16_t *sum, const float *x, long n, bool super);
	void (*roundFloats)(float *dst, const float *x, long n, int type);
	void (*scores)(float *dst, const float *query, const float *keys, long tiles, long dim, float scale);
	void (*weightedSum)(float *dst, const float *weight, const float *values, long positions, long dim);
	void (*softmax)(float *x, long n);
	void (*swiglu)(float *dst, const float *gate, const float *up, long n);
};

extern const struct kernels kernelsAVX2, kernelsAVXVNNI, kernelsAVX512, kernelsNEON, kernelsDotProd;

// kernelCatchFaults makes the products return where weights cannot be read. To
// be called once.
void kernelCatchFaults(void);

// kernelProduct and kernelFloatProduct multiply. They return -1 where the
// weights cannot be read.
int kernelProduct(int level, int format, float *dst, long stride, const uint8_t *weights, long rows, long cols,
                  const int8_t *q, long qStride, const float *scale, const int16_t *sum, long tokens);
int kernelFloatProduct(int level, int type, float *dst, long stride, const uint8_t *weights, long rows, long cols,
                       const float *x, long tokens);

void kernelQuantize(int level, int8_t *q, float *scale, int16_t *sum, const float *x, long n, bool super);
void kernelRoundFloats(int level, float *dst, const float *x, long n, int type);
void kernelScores(int level, float *dst, const float *query, const float *keys, long tiles, long dim, float scale);
void kernelWeightedSum(int level, float *dst, const float *weight, const float *values, long positions, long dim);
void kernelSoftmax(int level, float *x, long n);
void kernelSwiglu(int level, float *dst, const float *gate, const float *up, long n);
