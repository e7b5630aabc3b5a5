// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/cacheanswer.h"

#include <QWidget>

class QAction;
class QLabel;

namespace kernelyard {

class ActionButton;

/// Below the steps: why the current one was not cached, asked for by a link and answered there.
class WhyBox : public QWidget
{
    Q_OBJECT

public:
    explicit WhyBox(QWidget *parent = nullptr);

    /// \a name: "builder 6"; empty: nothing is to be asked of the current step. Another step takes the answer away.
    void setStep(int step, const QString &name);
    void setAnswer(int step, const CacheAnswer &answer);
    void setError(int step, const Error &error);
    int step() const { return m_step; }
    QString answerText() const;
    QAction *askAction() const { return m_ask; }

Q_SIGNALS:
    void asked(int step);

private:
    void say(const QString &text);

    int m_step = -1;
    QString m_name;
    QAction *m_ask;
    ActionButton *m_link;
    QLabel *m_answer;
};

} // namespace kernelyard
