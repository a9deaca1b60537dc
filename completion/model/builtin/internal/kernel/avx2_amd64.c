#include "native.h"
#include <immintrin.h>

#define LEVEL AVX2
#define IS_AVX2 1
#define FEATURES "avx2,fma,f16c"
#include "kernels.h"
