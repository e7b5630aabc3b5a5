// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/filelog.h"

#include <QWidget>

namespace kernelyard {

class Label;
class LogPane;

/// A log file in a window of its own: read while it is shown, of any size.
class LogWindow : public QWidget
{
    Q_OBJECT

public:
    explicit LogWindow(const QString &file, QWidget *parent = nullptr);
    ~LogWindow() override;

    LogPane *pane() const { return m_pane; }
    const FileLog &log() const { return m_log; }
    QString facts() const;           ///< "10,000,000 lines, 1.8 GB"
    void showLine(qint64 line);      ///< as soon as it is known; the last one where there are fewer
    void write(const QString &file); ///< a copy of every byte; says so in the window when it can't be written

private:
    void makeActions();
    void showFacts();
    void showError(const Error &error);
    void save();
    void firstError();

    FileLog m_log;
    LogPane *m_pane;
    Label *m_facts;
    QWidget *m_trouble;
    Label *m_troubleWords;
    Label *m_remedy;
    qint64 m_wantedLine = -1;
};

} // namespace kernelyard
