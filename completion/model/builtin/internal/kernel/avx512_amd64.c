#include "native.h"
#include <immintrin.h>

#define LEVEL AVX512
#define IS_AVX512 1
#define FEATURES "avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512vnni"
#include "kernels.h"
