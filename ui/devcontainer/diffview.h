// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/devcontainer/linediff.h"

#include <QPlainTextEdit>

namespace kernelyard {

/// A difference to read: lines that come and go on their tints, each with its own mark.
class DiffView : public QPlainTextEdit
{
    Q_OBJECT

public:
    explicit DiffView(QWidget *parent = nullptr);

    void setDiff(const QList<DiffLine> &lines);

protected:
    void changeEvent(QEvent *event) override;

private:
    void paintKinds();

    QList<DiffLine::Kind> m_kinds; ///< by line
};

} // namespace kernelyard
