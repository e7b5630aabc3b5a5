// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/page.h"

#include <QAbstractButton>
class QVBoxLayout;

namespace kernelyard {

/// A row of the sidebar that opens a page.
class NavigationRow : public QAbstractButton
{
    Q_OBJECT

public:
    NavigationRow(const QString &title, Glyph glyph, QWidget *parent);

    void setNarrow(bool narrow);
    void setCount(int count, State state);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Glyph m_glyph;
    bool m_narrow = false;
    int m_count = 0;
    State m_state = State::Running;
};

/// The field that opens the command palette; it looks like a field and is a button.
class PaletteField : public QAbstractButton
{
    Q_OBJECT

public:
    explicit PaletteField(QWidget *parent);

    void setNarrow(bool narrow);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    bool m_narrow = false;
};

/// Palette field, pages, a rule, Settings, and the machine's footer at the bottom.
class Sidebar : public QWidget
{
    Q_OBJECT

public:
    explicit Sidebar(QWidget *footer, QWidget *parent = nullptr);

    NavigationRow *addPage(const QString &title, Glyph glyph);
    void addRule();
    void setCurrent(int index);
    void setNarrow(bool narrow);
    bool isNarrow() const { return m_narrow; }
    QWidget *currentRow() const;

Q_SIGNALS:
    void pageChosen(int index);
    void paletteAsked();

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    PaletteField *m_field;
    QVBoxLayout *m_column;
    QWidget *m_footer;
    QList<NavigationRow *> m_rows;
    bool m_narrow = false;
};

} // namespace kernelyard
