// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QWidget>

class QAbstractButton;
class QAction;
class QVBoxLayout;

namespace kernelyard {

/// One check of a ladder.
struct LadderRung
{
    State state = State::Unknown;
    QString name;
    QString evidence;
    QString remedy;      ///< only shown where it is not passed
    QString command;     ///< to copy; may be empty
    QString action = {}; ///< what a button does instead, where no root is needed; may be empty

    bool operator==(const LadderRung &) const = default;
};

/// Painted: the shape of its state, on a rail that joins it to its neighbours, name and evidence. One that is not
/// passed shows its remedy, and a command with a copy button or a button that acts. Takes the focus; Up and Down move
/// between rungs, Return presses the button.
class LadderRow : public QWidget
{
    Q_OBJECT

public:
    explicit LadderRow(QWidget *parent);

    enum class Place { Only, First, Middle, Last };
    void setRung(const LadderRung &rung, Place place);
    const LadderRung &rung() const { return m_rung; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

Q_SIGNALS:
    void actionAsked();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    bool showsRemedy() const;
    bool showsCommand() const;
    bool showsAction() const;
    QRect textRect(int width) const;
    int textHeight(const QString &text, const QFont &font, int width) const;
    void copy() const;
    void placeButtons();

    LadderRung m_rung;
    Place m_place = Place::Only;
    QAbstractButton *m_copy;
    QAction *m_act;
    QAbstractButton *m_actButton;
};

/// Checks one above the other, as each depends on those before it.
class Ladder : public QWidget
{
    Q_OBJECT

public:
    explicit Ladder(const QString &accessibleName, QWidget *parent = nullptr);

    void setRungs(const QList<LadderRung> &rungs);
    const QList<LadderRow *> &rows() const { return m_rows; }

Q_SIGNALS:
    void actionAsked(qsizetype row);

private:
    QVBoxLayout *m_column;
    QList<LadderRow *> m_rows;
};

} // namespace kernelyard
