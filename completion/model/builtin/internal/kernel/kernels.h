// All kernels, for one level of instructions: LEVEL is its name,
// FEATURES what the compiler may use.

#define JOINED(a, b) a##b
#define JOIN(a, b) JOINED(a, b)
#define NAME(x) JOIN(x, LEVEL)
#define TEXT(x) #x
#define PRAGMA(x) _Pragma(TEXT(x))
#define INLINE static inline __attribute__((always_inline))

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
PRAGMA(clang attribute push(__attribute__((target(FEATURES))), apply_to = function))
#else // -std=c11 keeps multiplication and addition apart
#pragma GCC push_options
PRAGMA(GCC target(FEATURES))
#endif

typedef int32_t int4 __attribute__((vector_size(16)));
typedef float float4 __attribute__((vector_size(16)));

#ifdef __x86_64__
#include "vector_x86.h"
#else
#include "vector_neon.h"
#endif
#include "decode.h"
#include "product.h"
#include "float.h"

const struct kernels NAME(kernels) = {
	NAME(product), NAME(floatProduct), NAME(quantize), NAME(roundFloats), NAME(scores), NAME(weightedSum), NAME(softmax), NAME(swiglu),
};

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
