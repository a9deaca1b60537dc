#include "native.h"
#include <arm_neon.h>

#define LEVEL NEON
#define IS_NEON 1
#ifdef __clang__
#define FEATURES "neon"
#else
#define FEATURES "arch=armv8-a"
#endif
#include "kernels.h"
