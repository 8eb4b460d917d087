/*
 * libfleet-busypoll.so: the application's half of NAPI interrupt suspension, for a server that knows nothing of it.
 *
 * Preloaded (LD_PRELOAD) it issues EPIOCSPARAMS on each epoll descriptor that the server creates. The kernel suspends device
 * interrupts only for an epoll instance with prefer_busy_poll (Documentation/networking/napi.rst, "IRQ suspension").
 *
 *   FLEET_BUSYPOLL_USECS    busy poll time, microseconds, 0 to 2147483647 (default 0)
 *   FLEET_BUSYPOLL_BUDGET   packets per poll, 1 to 64 without CAP_NET_ADMIN (default 64)
 *   FLEET_BUSYPOLL_PREFER   1: prefer busy polling from the start; 0: not (default 0)
 *   FLEET_BUSYPOLL_CONTROL  a file of at least one byte, mapped shared: its first byte, '1' or '0', is the preference from
 *                           then on, so that another process switches it while the server runs (overrides PREFER)
 *   FLEET_BUSYPOLL_LOG      a file to which each ioctl's result is appended, one line each
 *
 * A failing ioctl never breaks the server: epoll then works as without this library.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* struct epoll_params of linux/eventpoll.h (6.9 and newer); older C libraries do not have it. */
struct params {
    uint32_t busy_poll_usecs;
    uint16_t busy_poll_budget;
    uint8_t prefer_busy_poll;
    uint8_t pad;
};

#define SET_PARAMS _IOW(0x8A, 0x01, struct params)
#define MAX_FD 1024

static const volatile char *control;

/* Preference last issued per descriptor, plus one; 0: the descriptor is no epoll instance of ours. */
static unsigned char issued[MAX_FD];

static unsigned long from_environment(const char *name, unsigned long fallback, unsigned long max)
{
    const char *text = getenv(name);
    if (!text || !*text) {
        return fallback;
    }

    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    return errno || *end || value > max ? fallback : value;
}

static void log_result(int fd, const struct params *p, int result, int error)
{
    const char *path = getenv("FLEET_BUSYPOLL_LOG");
    if (!path || !*path) {
        return;
    }

    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0) {
        return;
    }

    dprintf(log, "fd=%d usecs=%u budget=%u prefer=%u result=%d errno=%d\n", fd, p->busy_poll_usecs, p->busy_poll_budget,
            p->prefer_busy_poll, result, result ? error : 0);
    close(log);
}

static int wanted(void)
{
    return control ? *control == '1' : (int)from_environment("FLEET_BUSYPOLL_PREFER", 0, 1);
}

static void issue(int fd, int prefer)
{
    int saved = errno;
    struct params p = {
        .busy_poll_usecs = (uint32_t)from_environment("FLEET_BUSYPOLL_USECS", 0, INT32_MAX),
        .busy_poll_budget = (uint16_t)from_environment("FLEET_BUSYPOLL_BUDGET", 64, UINT16_MAX),
        .prefer_busy_poll = (uint8_t)prefer,
    };
    errno = 0;
    int result = ioctl(fd, SET_PARAMS, &p);
    log_result(fd, &p, result, errno);
    if (fd < MAX_FD) {
        issued[fd] = (unsigned char)(prefer + 1);
    }

    errno = saved;
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("FLEET_BUSYPOLL_CONTROL");
    if (!path || !*path) {
        return;
    }

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat file;
    if (fd >= 0 && fstat(fd, &file) == 0 && file.st_size > 0) {
        void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
        control = map == MAP_FAILED ? NULL : map;
    }

    if (fd >= 0) {
        close(fd);
    }
}

static int created(int fd)
{
    if (fd >= 0) {
        issue(fd, wanted());
    }

    return fd;
}

int epoll_create1(int flags)
{
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "epoll_create1");
    }

    return created(real(flags));
}

int epoll_create(int size)
{
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "epoll_create");
    }

    return created(real(size));
}

/* Issues the preference again when the control file changed it since the last wait. */
static void follow_control(int fd)
{
    if (control && fd >= 0 && fd < MAX_FD && issued[fd] && issued[fd] != wanted() + 1) {
        issue(fd, wanted());
    }
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
    static int (*real)(int, struct epoll_event *, int, int);
    if (!real) {
        real = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
    }

    follow_control(fd);
    return real(fd, events, max, timeout);
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
    static int (*real)(int, struct epoll_event *, int, int, const sigset_t *);
    if (!real) {
        real = (int (*)(int, struct epoll_event *, int, int, const sigset_t *))dlsym(RTLD_NEXT, "epoll_pwait");
    }

    follow_control(fd);
    return real(fd, events, max, timeout, mask);
}

int epoll_pwait2(int fd, struct epoll_event *events, int max, const struct timespec *timeout, const sigset_t *mask)
{
    static int (*real)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
    if (!real) {
        real = (int (*)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *))dlsym(RTLD_NEXT, "epoll_pwait2");
    }

    follow_control(fd);
    if (!real) {
        /* A C library that is older than the call: the caller falls back to epoll_wait. */
        errno = ENOSYS;
        return -1;
    }

    return real(fd, events, max, timeout, mask);
}
