package syntax

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
static void one_arena(void) { mallopt(M_ARENA_MAX, 1); }
#else
static void one_arena(void) {}
#endif
*/
import "C"

// All threads allocate trees from one heap. By default glibc gives each its
// own, and Go runs C on whichever thread is free: the heaps all grow to the
// size of the largest, and 50 open files took 110 MiB, not 45. It has to be
// said before there are threads.
func init() { C.one_arena() }
