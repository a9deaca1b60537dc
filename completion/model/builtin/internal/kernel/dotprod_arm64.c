#include "native.h"
#include <arm_neon.h>

#define LEVEL DotProd
#define IS_DotProd 1
#ifdef __clang__
#define FEATURES "dotprod"
#else
#define FEATURES "arch=armv8.2-a+dotprod"
#endif
#include "kernels.h"
