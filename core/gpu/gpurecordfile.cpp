// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpurecordfile.h"

#include "core/gpu/gpujson.h"

#include <QFile>
#include <QJsonDocument>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QByteArray lineOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

GpuRecordFile::GpuRecordFile(QString path, qint64 most)
    : m_path(std::move(path))
    , m_most(most)
{}

GpuRecordFile::~GpuRecordFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

bool GpuRecordFile::open()
{
    m_descriptor = ::open(QFile::encodeName(m_path).constData(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (m_descriptor < 0)
        return false;
    // A process that was killed may have left half a line.
    const off_t size = ::lseek(m_descriptor, 0, SEEK_END);
    char last = '\n';
    if (size > 0 && ::pread(m_descriptor, &last, 1, size - 1) == 1 && last != '\n')
        return write("\n");
    return true;
}

bool GpuRecordFile::write(const QByteArray &line)
{
    for (qsizetype done = 0; done < line.size();) {
        const ssize_t count = ::write(m_descriptor, line.constData() + done, size_t(line.size() - done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        done += count;
    }
    return true;
}

bool GpuRecordFile::add(const GpuReading &reading)
{
    if (m_descriptor < 0 && (!open() || !write(lineOf({{u"began"_s, reading.atMs}}))))
        return false;
    GpuReading kept = reading;
    for (GpuStatus &gpu : kept.gpus)
        gpu.processes.reset();
    if (!write(lineOf({{u"reading"_s, toJson(kept)}})))
        return false;
    struct stat found = {};
    return ::fstat(m_descriptor, &found) == 0 && (found.st_size <= m_most || thin());
}

/// The new file takes the old one's place at once, so that a reader never sees half of one.
bool GpuRecordFile::thin()
{
    const QString next = m_path + u".next"_s;
    QFile from(m_path), to(next);
    if (!from.open(QIODevice::ReadOnly) || !to.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return false;
    bool keep = true;
    while (!from.atEnd()) {
        const QByteArray line = from.readLine();
        const bool isReading = line.startsWith("{\"reading\"");
        if ((!isReading || keep) && to.write(line) != line.size())
            return false;
        keep = isReading ? !keep : true; // the first one after a beginning stays
    }
    to.close();
    if (to.error() != QFile::NoError ||
        ::rename(QFile::encodeName(next).constData(), QFile::encodeName(m_path).constData()) != 0)
        return false;
    ::close(m_descriptor);
    m_stride *= 2;
    return open();
}

} // namespace kernelyard
