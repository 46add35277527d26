/* cuBLASLt without a GPU: descriptors are memory, products are not computed. */
#include <stdlib.h>

static int made(void **handle) { *handle = calloc(1, 512); return 0; }
int cublasLtCreate(void **handle) { return made(handle); }
int cublasLtMatmulDescCreate(void **handle) { return made(handle); }
int cublasLtMatmulPreferenceCreate(void **handle) { return made(handle); }
int cublasLtMatrixLayoutCreate(void **handle) { return made(handle); }
int cublasLtMatrixTransformDescCreate(void **handle) { return made(handle); }
