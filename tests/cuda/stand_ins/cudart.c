/* CUDA's run-time without a GPU: device memory is the host's, kernels do nothing, and what is copied is counted.
   What the environment variable SOAR_STAND_IN says goes wrong: no_device, old_driver, or memory=BYTES. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, OUT_OF_MEMORY = 2, OLD_DRIVER = 35, NO_DEVICE = 100 };
enum { LAUNCHES, TO_DEVICE, TO_DEVICE_BYTES, TO_HOST, TO_HOST_BYTES, ON_DEVICE, ON_DEVICE_BYTES, ALLOCATED, EARLY, COUNTERS };

static uint64_t counters[COUNTERS];
static size_t held;

/* What was launched, copied and allocated so far. */
void stand_in_counters(uint64_t *out) { memcpy(out, counters, sizeof counters); }

static const char *wrong(void) {
  const char *text = getenv("SOAR_STAND_IN");
  return text == NULL ? "" : text;
}

static int state(void) {
  if (strcmp(wrong(), "no_device") == 0) return NO_DEVICE;
  if (strcmp(wrong(), "old_driver") == 0) return OLD_DRIVER;
  return SUCCESS;
}

const char *cudaGetErrorName(int error) {
  return error == OUT_OF_MEMORY ? "cudaErrorMemoryAllocation"
       : error == OLD_DRIVER    ? "cudaErrorInsufficientDriver"
       : error == NO_DEVICE     ? "cudaErrorNoDevice"
                                : "cudaErrorUnknown";
}

const char *cudaGetErrorString(int error) {
  return error == OUT_OF_MEMORY ? "out of memory"
       : error == OLD_DRIVER    ? "CUDA driver version is insufficient for CUDA runtime version"
       : error == NO_DEVICE     ? "no CUDA-capable device is detected"
                                : "unknown error";
}

/* The layout of cudaDeviceProp in CUDA 13, as far as ONNX Runtime reads it. */
typedef struct {
  char name[256], uuid[16], luid[8];
  unsigned luidDeviceNodeMask;
  size_t totalGlobalMem, sharedMemPerBlock;
  int regsPerBlock, warpSize;
  size_t memPitch;
  int maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3];
  size_t totalConstMem;
  int major, minor;
  size_t textureAlignment, texturePitchAlignment;
  int multiProcessorCount;
} Properties;

int cudaGetDeviceProperties(Properties *p, int device) {
  memset(p, 0, sizeof *p);
  strcpy(p->name, "Stand-in");
  p->totalGlobalMem = (size_t)8 << 30;
  p->sharedMemPerBlock = 49152;
  p->regsPerBlock = 65536;
  p->warpSize = 32;
  p->memPitch = 1 << 30;
  p->maxThreadsPerBlock = p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024;
  p->maxThreadsDim[2] = 64;
  p->maxGridSize[0] = 2147483647;
  p->maxGridSize[1] = p->maxGridSize[2] = 65535;
  p->totalConstMem = 65536;
  p->major = 9;
  p->textureAlignment = 512;
  p->texturePitchAlignment = 32;
  p->multiProcessorCount = 132;
  return state();
}

int cudaDeviceGetAttribute(int *value, int attribute, int device) {
  switch (attribute) {
    case 10: *value = 32; break;       /* warp size */
    case 16: *value = 132; break;      /* multiprocessors */
    case 75: *value = 9; break;        /* compute capability, major */
    case 76: *value = 0; break;        /* and minor */
    case 97: *value = 232448; break;   /* shared memory of a block, opted in */
    default: *value = 1024;
  }
  return state();
}

static int chosen;
int cudaGetDeviceCount(int *count) {
  *count = state() == SUCCESS ? 2 : 0;
  return state();
}
int cudaSetDevice(int device) {
  if (state() != SUCCESS) return state();
  if (device > 1) return 101; /* cudaErrorInvalidDevice */
  chosen = device;
  return SUCCESS;
}
int cudaGetDevice(int *device) {
  *device = chosen;
  return state();
}
int cudaMemGetInfo(size_t *free, size_t *total) {
  *free = (size_t)7 << 30;
  *total = (size_t)8 << 30;
  return SUCCESS;
}
int cudaDriverGetVersion(int *version) {
  *version = state() == OLD_DRIVER ? 12000 : state() == NO_DEVICE ? 0 : 13000;
  return SUCCESS;
}
int cudaRuntimeGetVersion(int *version) {
  *version = 13000;
  return SUCCESS;
}

static int last;
int cudaGetLastError(void) {
  int error = last;
  last = SUCCESS;
  return error;
}
int cudaPeekAtLastError(void) { return last; }

static int host(void **memory, size_t bytes) {
  *memory = NULL;
  if (posix_memalign(memory, 256, bytes == 0 ? 256 : bytes) != 0) return last = OUT_OF_MEMORY;
  memset(*memory, 0x3c, bytes); /* small numbers in float32, about 1 in float16 */
  return SUCCESS;
}
static int device(void **memory, size_t bytes) {
  const char *most = strncmp(wrong(), "memory=", 7) == 0 ? wrong() + 7 : NULL;
  if (most != NULL && held + bytes > strtoull(most, NULL, 10)) {
    *memory = NULL;
    return last = OUT_OF_MEMORY;
  }
  held += bytes;
  counters[ALLOCATED] += bytes;
  return host(memory, bytes);
}
int cudaMalloc(void **memory, size_t bytes) { return device(memory, bytes); }
int cudaMallocFromPoolAsync(void **memory, size_t bytes, void *pool, void *stream) { return device(memory, bytes); }
int cudaMallocHost(void **memory, size_t bytes) { return host(memory, bytes); }
int cudaHostAlloc(void **memory, size_t bytes, unsigned flags) { return host(memory, bytes); }
int cudaFree(void *memory) { free(memory); return SUCCESS; }
int cudaFreeAsync(void *memory, void *stream) { free(memory); return SUCCESS; }
int cudaFreeHost(void *memory) { free(memory); return SUCCESS; }

static int copy(void *to, const void *from, size_t bytes, int kind) {
  int counter = kind == 1 ? TO_DEVICE : kind == 2 ? TO_HOST : ON_DEVICE;
  memmove(to, from, bytes);
  counters[counter]++;
  counters[counter + 1] += bytes;
  return SUCCESS;
}
/* A copy to the device may be under way still when this returns: kernels of other streams are early until it was waited for. */
static int under_way;
int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) {
  if (kind == 1) under_way = 1;
  return copy(to, from, bytes, kind);
}
int cudaStreamSynchronize(void *stream) {
  if (stream == NULL) under_way = 0;
  return SUCCESS;
}
int cudaDeviceSynchronize(void) { under_way = 0; return SUCCESS; }
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) {
  return copy(to, from, bytes, kind);
}
int cudaMemset(void *to, int value, size_t bytes) { memset(to, value, bytes); return SUCCESS; }
int cudaMemsetAsync(void *to, int value, size_t bytes, void *stream) { memset(to, value, bytes); return SUCCESS; }

static int made(void **handle) { *handle = calloc(1, 64); return SUCCESS; }
int cudaStreamCreate(void **stream) { return made(stream); }
int cudaStreamCreateWithFlags(void **stream, unsigned flags) { return made(stream); }
int cudaEventCreate(void **event) { return made(event); }
int cudaEventCreateWithFlags(void **event, unsigned flags) { return made(event); }
int cudaMemPoolCreate(void **pool) { return made(pool); }
int cudaStreamIsCapturing(void *stream, int *status) { *status = 0; return SUCCESS; }
int cudaLaunchHostFunc(void *stream, void (*function)(void *), void *data) { function(data); return SUCCESS; }
int cudaEventElapsedTime(float *milliseconds) { *milliseconds = 1; return SUCCESS; }
int cudaMemPoolGetAttribute(void *pool, int attribute, uint64_t *value) { *value = 0; return SUCCESS; }
int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks) { *blocks = 2; return SUCCESS; }
int cudaFuncGetAttributes(void *attributes) { memset(attributes, 0, 56); return SUCCESS; }
int cudaPointerGetAttributes(int *attributes, const void *memory) {
  memset(attributes, 0, 32);
  attributes[0] = 2; /* device memory */
  return SUCCESS;
}

static int launched(void) {
  counters[LAUNCHES]++;
  counters[EARLY] += under_way;
  return SUCCESS;
}
int cudaLaunchKernel(void) { return launched(); }
int cudaLaunchKernelExC(void) { return launched(); }
int cudaLaunchCooperativeKernel(void) { return launched(); }
int __cudaLaunchKernel(void) { return launched(); }
int __cudaGetKernel(void **kernel, const void *function) { *kernel = (void *)function; return SUCCESS; }
void **__cudaRegisterFatBinary(void *binary) {
  static char handle[64];
  return (void **)handle;
}
