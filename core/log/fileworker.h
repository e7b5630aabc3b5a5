// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/filefollower.h"

#include <QElapsedTimer>
#include <QTimer>

namespace kernelyard {

/// The part of FileFollower that lives on a thread of its own. After each `updated` it waits for goOn().
class FileWorker : public QObject
{
    Q_OBJECT

public:
    explicit FileWorker(QString path);

    void start();
    void goOn();

Q_SIGNALS:
    void updated(const kernelyard::FileNews &news);
    void failed(const kernelyard::Error &error);

private:
    void read();
    bool readSlice(); ///< of the index; true when there may be more
    bool markSlice(); ///< of the warnings and errors, which come after the index
    void check();     ///< for a cut or another file
    bool isStillOurs() const;
    void beginAnew();
    void tell();
    std::optional<OpenLine> openLine() const;

    QString m_path;
    std::shared_ptr<const FileBytes> m_file;
    QTimer *m_timer = nullptr;
    QElapsedTimer m_sinceNews;
    QByteArray m_buffer;
    ChunkFinder m_chunks;
    FileNews m_news;
    QByteArray m_lastBytes; ///< of what was indexed: a file written anew has others there
    qint64 m_marked = 0;    ///< bytes looked at for warnings and errors
    qint64 m_markedLines = 0;
    bool m_hasNews = false;
    bool m_waiting = false; ///< for goOn
    bool m_wasGone = false;
    bool m_toldFirst = false;
};

} // namespace kernelyard
