// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QGridLayout;

namespace kernelyard {

/// Cards in equal columns: one in a narrow window, two at the design's width, three in a wide one; a lone card takes
/// the whole width.
class CardGrid : public QWidget
{
    Q_OBJECT

public:
    explicit CardGrid(QWidget *parent = nullptr);

    void setCards(const QList<QWidget *> &cards); ///< takes those that are new, in order; others are only let go

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    int columns() const;
    void arrange();

    QGridLayout *m_grid;
    QList<QWidget *> m_cards;
    int m_columns = 0;
};

} // namespace kernelyard
