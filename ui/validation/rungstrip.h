// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/card.h"
#include "ui/widgets/ladder.h"

namespace kernelyard {

/// One rung of a RungStrip: the shape of its state, its name, and its evidence as far as there is room; the tooltip has
/// all of it, with the remedy. Takes the focus; Left and Right move between rungs, Ctrl+C copies.
class RungCell : public QWidget
{
    Q_OBJECT

public:
    explicit RungCell(QWidget *parent);

    void setRung(const LadderRung &rung, bool isLast);
    const LadderRung &rung() const { return m_rung; }
    int nameWidth() const; ///< what it needs at the least
    int textWidth() const; ///< what it would like to have

    /// The rest of the cell is the line to the next rung.
    void setTextRoom(int width);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    LadderRung m_rung;
    bool m_isLast = false;
    int m_room = 0;
};

/// A ladder that lies on its side: for rungs that mostly are passed. Where one line is too short there are two.
class RungStrip : public Card
{
    Q_OBJECT

public:
    explicit RungStrip(const QString &accessibleName, QWidget *parent = nullptr);

    void setRungs(const QList<LadderRung> &rungs);
    const QList<RungCell *> &cells() const { return m_cells; }

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void arrange();

    QList<RungCell *> m_cells;
};

} // namespace kernelyard
