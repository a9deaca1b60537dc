//go:build amd64 || arm64

// Where Go's calls arrive (native.go).
#include "native.h"

#ifndef _WIN32
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

// A page of a mapped file that is shorter by now cannot be read: the thread gets
// SIGBUS. Go turns the signal into a panic where Go
// code reads, and ends the process where C code does. So while a product reads
// weights its thread knows a place to go back to, and what this handler does not
// recognise as its own is handed on to Go's, which was there before.
static _Thread_local sigjmp_buf *volatile landing;

static struct sigaction before;

static void onFault(int number, siginfo_t *info, void *context) {
	if (landing != NULL && info->si_code > 0) { // not sent by a process
		// The mask of before the signal, which longjmp would not restore.
		pthread_sigmask(SIG_SETMASK, &((ucontext_t *)context)->uc_sigmask, NULL);
		siglongjmp(*landing, 1);
	}
	if (before.sa_flags & SA_SIGINFO) before.sa_sigaction(number, info, context);
	else signal(number, SIG_DFL); // it comes again, and ends the process
}

void kernelCatchFaults(void) {
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK}; // as os/signal asks for
	action.sa_sigaction = onFault;
	sigfillset(&action.sa_mask);
	sigaction(SIGBUS, &action, &before);
}

// GUARDED is call, unless it cannot read the weights: then it returns -1.
#define GUARDED(call)                    \
	sigjmp_buf here;                     \
	if (sigsetjmp(here, 0) != 0) {       \
		landing = NULL;                  \
		return -1;                       \
	}                                    \
	landing = &here;                     \
	call;                                \
	landing = NULL;                      \
	return 0
#else
// A mapped file cannot become shorter there.
void kernelCatchFaults(void) {}

#define GUARDED(call) \
	call;             \
	return 0
#endif

static const struct kernels *const levels[] = {
#ifdef __x86_64__
	[AVX2] = &kernelsAVX2, [AVXVNNI] = &kernelsAVXVNNI, [AVX512] = &kernelsAVX512,
#else
	[NEON] = &kernelsNEON, [DotProd] = &kernelsDotProd,
#endif
};

int kernelProduct(int level, int format, float *dst, long stride, const uint8_t *weights, long rows, long cols,
                  const int8_t *q, long qStride, const float *scale, const int16_t *sum, long tokens) {
	const struct product p = {dst, stride, weights, rows, cols, q, qStride, scale, sum, tokens, format};
	GUARDED(levels[level]->product(&p));
}

int kernelFloatProduct(int level, int type, float *dst, long stride, const uint8_t *weights, long rows, long cols,
                       const float *x, long tokens) {
	const struct floatProduct p = {dst, stride, weights, rows, cols, x, tokens, type};
	GUARDED(levels[level]->floatProduct(&p));
}

void kernelQuantize(int level, int8_t *q, float *scale, int16_t *sum, const float *x, long n, bool super) {
	levels[level]->quantize(q, scale, sum, x, n, super);
}

void kernelRoundFloats(int level, float *dst, const float *x, long n, int type) {
	levels[level]->roundFloats(dst, x, n, type);
}

void kernelScores(int level, float *dst, const float *query, const float *keys, long tiles, long dim, float scale) {
	levels[level]->scores(dst, query, keys, tiles, dim, scale);
}

void kernelWeightedSum(int level, float *dst, const float *weight, const float *values, long positions, long dim) {
	levels[level]->weightedSum(dst, weight, values, positions, dim);
}

void kernelSoftmax(int level, float *x, long n) { levels[level]->softmax(x, n); }

void kernelSwiglu(int level, float *dst, const float *gate, const float *up, long n) {
	levels[level]->swiglu(dst, gate, up, n);
}
