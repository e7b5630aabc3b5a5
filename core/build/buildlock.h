// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <sys/types.h>

#include <optional>
#include <utility>

namespace kernelyard {

/// A lock on a file that ends with the process that holds it, whatever ends that (fcntl(2), "Open file description
/// locks"). A copy of the descriptor in a child holds it too: children must not inherit it, or close it.
class BuildLock
{
public:
    /// Errors: Conflict (another holds it), Permission, NoSpace.
    static Result<BuildLock> take(const QString &path);
    /// Opens without taking. A process forked after this shares what tryTake takes: it is held until both have ended.
    static Result<BuildLock> open(const QString &path);
    /// The lock on \a path that this process was started with as descriptor \a descriptor, if it was.
    static std::optional<BuildLock> inherited(const QString &path, int descriptor);
    /// Asks without taking, so that asking never gets in a holder's way. A file that is not there is not held.
    static bool isHeld(const QString &path);
    /// The pid that the holder wrote; empty when none holds it or it has not written one yet.
    static std::optional<pid_t> holder(const QString &path);

    BuildLock(BuildLock &&other) noexcept
        : m_file(std::exchange(other.m_file, -1))
    {}
    BuildLock &operator=(BuildLock &&other) noexcept
    {
        std::swap(m_file, other.m_file);
        return *this;
    }
    ~BuildLock();

    bool tryTake() const; ///< without waiting
    Result<void> writePid(pid_t pid) const;
    int descriptor() const { return m_file; }

private:
    explicit BuildLock(int file)
        : m_file(file)
    {}

    int m_file;
};

} // namespace kernelyard
