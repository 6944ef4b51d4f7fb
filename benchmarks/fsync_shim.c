/* LD_PRELOAD: counts fsync and fdatasync in a shared file, and makes each take OTPPI_FSYNC_MS milliseconds longer.
 * OTPPI_FSYNC_COUNT names a file of at least 8 octets that holds the count as a native 64-bit integer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t *count;
static long delay_ms;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void)
{
    const char *ms = getenv("OTPPI_FSYNC_MS"), *path = getenv("OTPPI_FSYNC_COUNT");
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    delay_ms = ms ? atol(ms) : 0;
    if (path) {
        int file = open(path, O_RDWR | O_CLOEXEC);
        if (file >= 0) {
            void *page = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (page != MAP_FAILED)
                count = page;
            close(file);
        }
    }
}

static void noted(void)
{
    if (count)
        __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
    if (delay_ms > 0) {
        struct timespec pause = {delay_ms / 1000, (delay_ms % 1000) * 1000000L};
        nanosleep(&pause, NULL);
    }
}

int fsync(int file) { int result = real_fsync(file); noted(); return result; }
int fdatasync(int file) { int result = real_fdatasync(file); noted(); return result; }
