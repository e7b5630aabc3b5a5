// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocalServer>
#include <QLockFile>

namespace kernelyard {

/// One window for a state folder: a second start hands what it was asked to open to the first and ends. By a local
/// socket of the user's, which works without a desktop's bus too.
class SingleInstance : public QObject
{
    Q_OBJECT

public:
    explicit SingleInstance(const QString &stateFolder, QObject *parent = nullptr);

    /// Blocks, for a moment; call it before there is a window. True: the first has \a address (empty: it raises
    /// itself). False: listen() is to follow; others who start meanwhile wait for it.
    bool handOver(const QString &address);
    /// Becomes the first. Where that does not work the program runs as ever, only not alone.
    void listen();

Q_SIGNALS:
    void asked(const QString &address);

private:
    bool isTaken(const QString &address) const;
    void take();

    QString m_name;
    QLockFile m_starting; ///< held from the question whether there is a first until there is one
    QLocalServer m_server;
};

} // namespace kernelyard
