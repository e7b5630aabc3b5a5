// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"

#include <QWidget>

namespace kernelyard {

class CommandBox;
class Label;

/// A fault of a GPU or of the driver: what failed, what to do, what showed it and since when, the command to copy.
class FaultWords : public QWidget
{
    Q_OBJECT

public:
    explicit FaultWords(QWidget *parent = nullptr);

    /// \a object and \a gpu as in noticeOf. \a lastMs: time of the last reading before it; 0: not said.
    void setFault(const GpuFault &fault, const QString &object, const QString &gpu, qint64 lastMs);
    QString message() const;
    QString command() const;

private:
    Label *m_message;
    Label *m_remedy;
    Label *m_evidence;
    CommandBox *m_command = nullptr;
};

} // namespace kernelyard
