// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/credentials.h"

#include <QDir>
#include <QProcess>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr int helperLimitMs = 120'000; // an askpass program waits for a person

/// Runs `git credential WHAT` with \a input, in the format of git-credential(1). Empty when it failed.
QByteArray gitCredential(const QString &what, const QByteArray &input)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"LC_ALL"_s, u"C"_s);
    environment.insert(u"GIT_TERMINAL_PROMPT"_s, u"0"_s);
    QProcess git;
    git.setProcessEnvironment(environment);
    git.setWorkingDirectory(QDir::rootPath());
    git.start(u"git"_s, {u"credential"_s, what});
    if (!git.waitForStarted())
        return {};
    git.write(input);
    git.closeWriteChannel();
    if (!git.waitForFinished(helperLimitMs)) {
        git.kill();
        git.waitForFinished();
        return {};
    }
    return git.exitStatus() == QProcess::NormalExit && git.exitCode() == 0 ? git.readAllStandardOutput() : QByteArray();
}

void wipe(QByteArray &bytes)
{
    std::ranges::fill(bytes, '\0');
    bytes.clear();
}

} // namespace

std::optional<HelperCredential> HelperCredential::ask(const QString &url, const QString &userName)
{
    QByteArray question = "url=" + url.toUtf8() + '\n';
    if (!userName.isEmpty())
        question += "username=" + userName.toUtf8() + '\n';
    HelperCredential credential;
    credential.m_answer = gitCredential(u"fill"_s, question + '\n');
    for (const QByteArray &line : credential.m_answer.split('\n')) {
        if (line.startsWith("username="))
            credential.m_userName = line.mid(9);
        else if (line.startsWith("password="))
            credential.m_password = line.mid(9);
    }
    if (credential.m_userName.isEmpty() && credential.m_password.isEmpty())
        return {};
    return credential;
}

HelperCredential::~HelperCredential()
{
    wipe(m_answer);
    wipe(m_password);
}

HelperCredential::HelperCredential(HelperCredential &&other) noexcept
    : m_answer(std::exchange(other.m_answer, {}))
    , m_userName(std::exchange(other.m_userName, {}))
    , m_password(std::exchange(other.m_password, {}))
{}

HelperCredential &HelperCredential::operator=(HelperCredential &&other) noexcept
{
    std::swap(m_answer, other.m_answer);
    std::swap(m_userName, other.m_userName);
    std::swap(m_password, other.m_password);
    return *this;
}

void HelperCredential::approve() const
{
    gitCredential(u"approve"_s, m_answer + '\n');
}

void HelperCredential::reject() const
{
    gitCredential(u"reject"_s, m_answer + '\n');
}

} // namespace kernelyard
