// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QTest>

#include <sys/mount.h>

namespace kernelyard::test {

/// A small file system of its own, for as long as it lives. Not mounted where this user may not.
class SmallDisk
{
public:
    SmallDisk(const QString &path, const QByteArray &size)
        : m_path(QFile::encodeName(path))
        , m_size(size)
    {
        m_mounted = QDir().mkpath(path) && mount(0, size);
    }
    ~SmallDisk()
    {
        if (m_mounted)
            ::umount2(m_path.constData(), MNT_DETACH);
    }
    Q_DISABLE_COPY_MOVE(SmallDisk)

    bool isMounted() const { return m_mounted; }
    bool remount(unsigned long how) const { return mount(MS_REMOUNT | how, m_size); }
    bool resize(const QByteArray &size) const { return mount(MS_REMOUNT, size); }
    /// Leaves no byte free.
    void fill() const
    {
        QFile file(filler());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
        while (file.write(QByteArray(4096, 'x')) == 4096) {
        }
    }
    void empty() const { QVERIFY(QFile::remove(filler())); }

private:
    bool mount(unsigned long how, const QByteArray &size) const
    {
        const QByteArray options = "size=" + size;
        return ::mount("tmpfs", m_path.constData(), "tmpfs", how, options.constData()) == 0;
    }
    QString filler() const { return QFile::decodeName(m_path) + QStringLiteral("/filler"); }

    QByteArray m_path;
    QByteArray m_size;
    bool m_mounted = false;
};

} // namespace kernelyard::test
