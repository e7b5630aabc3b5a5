// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/icon.h"

#include <QWidget>

class QHBoxLayout;
class QVBoxLayout;

namespace kernelyard {

class Label;

/// A page of the window: header (title, facts or a scope switch, actions) over a body. The shell shows pages, lists
/// their QActions (QWidget::actions) in the command palette, and steps through their regions with F6.
class Page : public QWidget
{
    Q_OBJECT

public:
    Page(const QString &title, Glyph glyph, QWidget *parent = nullptr);

    QString title() const;
    Glyph glyph() const { return m_glyph; }

    void setFacts(const QString &sentence); ///< beside the title; replaced by scope widgets where there are any
    void addScope(QWidget *widget);         ///< after the title
    void addHeaderWidget(QWidget *widget);  ///< at the right, in order
    QVBoxLayout *body() const { return m_body; }

    /// A count for the sidebar, only while something runs or is in trouble; a count of 0 shows nothing.
    void setCount(int count, State state);
    int count() const { return m_count; }
    State countState() const { return m_countState; }

    /// What F6 steps through after the header, in order: lists, details, logs.
    virtual QList<QWidget *> regions() const { return {}; }
    QWidget *header() const { return m_header; }

    /// F5.
    virtual void checkAgain() {}

Q_SIGNALS:
    void countChanged();

private:
    Glyph m_glyph;
    QWidget *m_header;
    QHBoxLayout *m_headerRow;
    QHBoxLayout *m_scopes;
    Label *m_title;
    Label *m_facts;
    QVBoxLayout *m_body;
    int m_count = 0;
    State m_countState = State::Running;
};

} // namespace kernelyard
