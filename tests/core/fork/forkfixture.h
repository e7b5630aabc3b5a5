// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

#define VERIFY_RESULT(result) QVERIFY2(result, qPrintable((result) ? QString() : (result).error().message))

namespace kernelyard::test {

void write(const QString &path, const QByteArray &bytes);
QByteArray read(const QString &path);

/// The real git: it makes the repositories, and is the second opinion on what became of them.
QString git(const QString &folder, const QStringList &arguments);

/// A server that a test started and ends.
struct Server
{
    ~Server();

    QProcess process;
    int port = 0;
};

/// Real repositories in a folder of their own, made anew for each test.
class ForkFixture : public QObject
{
protected:
    void begin() { m_folder = std::make_unique<QTemporaryDir>(); }
    QString folder() const { return m_folder->path(); }
    QString at(const QString &name) const { return m_folder->filePath(name); }

    void makeRepository(const QString &name, const QString &file = QStringLiteral("kernel.cu")) const;
    QString commit(const QString &name, const QString &file, const QByteArray &bytes) const; ///< its hash
    /// outer → third_party/middle → deep/inner, each a repository of its own.
    void makeNested(const QString &base = {}) const;
    void addSubmodule(const QString &name, const QString &url, const QString &path) const;
    Result<ForkStatus> clone(const QString &url, const QString &name = QStringLiteral("fork")) const;
    /// Serves the folder by git's own http-backend.
    void startHttp(Server &server, const QStringList &credentials = {}) const;

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

} // namespace kernelyard::test
