// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QFrame>

class QHBoxLayout;
class QVBoxLayout;

namespace kernelyard {

class Label;

/// A frame on the base ground with an optional header line. What it holds goes into body().
class Card : public QFrame
{
    Q_OBJECT

public:
    explicit Card(QWidget *parent = nullptr);

    /// Shows the header: the title, and a muted word or sentence beside it.
    void setHeader(const QString &title, const QString &sub = {});
    QHBoxLayout *headerActions(); ///< at the header's right; setHeader first
    QVBoxLayout *body() const { return m_body; }
    /// No space around the body: for a table that reaches the frame.
    void setFlush();

    void setBar(std::optional<State> state); ///< the coloured bar of a verdict or diagnosis
    void setSelected(bool selected);         ///< an accent border

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QVBoxLayout *m_outer;
    QVBoxLayout *m_body;
    QWidget *m_header = nullptr;
    Label *m_title = nullptr;
    Label *m_sub = nullptr;
    QHBoxLayout *m_actions = nullptr;
    std::optional<State> m_bar;
    bool m_selected = false;
};

} // namespace kernelyard
