// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace kernelyard {

/// A user name and a password that git's own credential helpers gave. Lives as long as one transfer, in memory alone;
/// the password's bytes are overwritten at the end.
class HelperCredential
{
public:
    /// Asks `git credential fill`, which asks the user's helpers, and the desktop's askpass program where one is set.
    /// Never asks on a terminal. Blocks; nullopt: nobody knows any.
    static std::optional<HelperCredential> ask(const QString &url, const QString &userName);

    ~HelperCredential();
    HelperCredential(HelperCredential &&other) noexcept;
    HelperCredential &operator=(HelperCredential &&other) noexcept;

    const QByteArray &userName() const { return m_userName; }
    const QByteArray &password() const { return m_password; }

    void approve() const; ///< it worked: the helpers may keep it
    void reject() const;  ///< it did not: the helpers forget it

private:
    HelperCredential() = default;

    QByteArray m_answer; ///< what the helpers said, as they want it back
    QByteArray m_userName;
    QByteArray m_password;
};

} // namespace kernelyard
