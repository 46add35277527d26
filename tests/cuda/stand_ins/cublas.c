/* cuBLAS without a GPU: products are not computed. */
#include <stdlib.h>

int cublasCreate_v2(void **handle) { *handle = calloc(1, 64); return 0; }
int cublasGetMathMode(void *handle, int *mode) { *mode = 0; return 0; }
const char *cublasGetStatusName(int status) { return "status"; }
const char *cublasGetStatusString(int status) { return "status"; }
