/* Refuses a program the permission to use Intel's tile registers (AMX), so that
   it takes its next code path:

       gcc -shared -fPIC docs/benchmarks/notiles.c -o notiles.so -ldl
       LD_PRELOAD=./notiles.so python docs/benchmarks/onnxruntime.py            */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long n, ...) {
  va_list v;
  va_start(v, n);
  long a = va_arg(v, long), b = va_arg(v, long), c = va_arg(v, long);
  long d = va_arg(v, long), e = va_arg(v, long), f = va_arg(v, long);
  va_end(v);
  if (n == SYS_arch_prctl && a == 0x1023) { /* ARCH_REQ_XCOMP_PERM */
    errno = EINVAL;
    return -1;
  }
  long (*real)(long, ...) = dlsym(RTLD_NEXT, "syscall");
  return real(n, a, b, c, d, e, f);
}
