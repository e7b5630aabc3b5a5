// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QWidget>

namespace kernelyard {

/// A state as shape and word on its tint.
class Badge : public QWidget
{
    Q_OBJECT

public:
    explicit Badge(QWidget *parent = nullptr);

    void setState(State state, const QString &word);
    State state() const { return m_state; }
    QString word() const { return m_word; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    State m_state = State::Unknown;
    QString m_word;
};

/// A state's shape and a sentence beside it, on no ground: a fact of the machine, a last result.
class StateLine : public QWidget
{
    Q_OBJECT

public:
    explicit StateLine(QWidget *parent = nullptr);

    /// Without a state the text stands alone, at the left edge.
    void setFact(std::optional<State> state, const QString &text);
    QString text() const { return m_text; }
    std::optional<State> state() const { return m_state; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    int textLeft() const;

    std::optional<State> m_state;
    QString m_text;
};

} // namespace kernelyard
