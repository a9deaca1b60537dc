#include "native.h"
#include <immintrin.h>

#define LEVEL AVXVNNI
#define IS_AVXVNNI 1
#define FEATURES "avx2,fma,f16c,avxvnni"
#include "kernels.h"
