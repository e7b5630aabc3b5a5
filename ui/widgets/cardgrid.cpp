// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/cardgrid.h"

#include "ui/widgets/measure.h"

#include <QGridLayout>

namespace kernelyard {

CardGrid::CardGrid(QWidget *parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(px(12));
}

void CardGrid::setCards(const QList<QWidget *> &cards)
{
    m_cards = cards;
    arrange();
}

int CardGrid::columns() const
{
    const int fit = width() < px(860) ? 1 : width() < px(1500) ? 2 : 3;
    return qMax(1, qMin(fit, static_cast<int>(m_cards.size())));
}

void CardGrid::arrange()
{
    while (QLayoutItem *item = m_grid->takeAt(0))
        delete item;
    for (int i = 0; i < 3; ++i)
        m_grid->setColumnStretch(i, 0);
    m_columns = columns();
    for (int i = 0; i < m_cards.size(); ++i)
        m_grid->addWidget(m_cards[i], i / m_columns, i % m_columns);
    for (int i = 0; i < m_columns; ++i)
        m_grid->setColumnStretch(i, 1);
}

void CardGrid::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    if (columns() != m_columns)
        arrange();
}

} // namespace kernelyard
