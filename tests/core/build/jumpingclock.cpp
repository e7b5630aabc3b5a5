// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded: the clock of the wall runs beside the true one by the seconds that the file KERNELYARD_TEST_CLOCK holds,
// read anew each time, so that a test can make it jump. The monotonic clocks stay what they are.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

static long offset()
{
    const char *const name = std::getenv("KERNELYARD_TEST_CLOCK");
    const int file = name ? ::open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return 0;
    char text[24] = {};
    const ssize_t count = ::read(file, text, sizeof text - 1);
    ::close(file);
    return count > 0 ? std::strtol(text, nullptr, 10) : 0;
}

static bool isWall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

extern "C" {

int clock_gettime(clockid_t clock, timespec *time) noexcept
{
    const long result = ::syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && isWall(clock))
        time->tv_sec += offset();
    return static_cast<int>(result);
}

int gettimeofday(timeval *time, void *) noexcept
{
    timespec now;
    const int result = clock_gettime(CLOCK_REALTIME, &now);
    *time = {now.tv_sec, now.tv_nsec / 1000};
    return result;
}

time_t time(time_t *result) noexcept
{
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result)
        *result = now.tv_sec;
    return now.tv_sec;
}

} // extern "C"
