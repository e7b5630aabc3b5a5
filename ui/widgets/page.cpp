// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/page.h"

#include "ui/widgets/label.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace kernelyard {

namespace {

class Header final : public QWidget
{
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter(this).fillRect(0, height() - 1, width(), 1, Theme::of(palette()).line);
    }
};

} // namespace

Page::Page(const QString &title, Glyph glyph, QWidget *parent)
    : QWidget(parent)
    , m_glyph(glyph)
    , m_header(new Header(this))
    , m_headerRow(new QHBoxLayout(m_header))
    , m_scopes(new QHBoxLayout)
    , m_title(new Label(title, Type::Title))
    , m_facts(new Label({}, Type::Body, Tone::Muted))
    , m_body(new QVBoxLayout)
{
    setAccessibleName(title);
    m_header->setFixedHeight(px(52));
    m_header->setAccessibleName(title);
    m_headerRow->setContentsMargins(px(16), 0, px(16), 0);
    m_headerRow->setSpacing(px(12));
    m_scopes->setSpacing(px(12));
    m_title->setElideMode(Qt::ElideNone);
    m_headerRow->addWidget(m_title);
    m_headerRow->addLayout(m_scopes);
    m_headerRow->addWidget(m_facts, 1);
    m_body->setContentsMargins(px(16), px(12), px(16), px(16));
    m_body->setSpacing(px(12));

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_header);
    column->addLayout(m_body, 1);
}

QString Page::title() const
{
    return m_title->text();
}

void Page::setFacts(const QString &sentence)
{
    m_facts->setText(sentence);
}

void Page::addScope(QWidget *widget)
{
    m_scopes->addWidget(widget);
}

void Page::addHeaderWidget(QWidget *widget)
{
    m_headerRow->addWidget(widget);
}

void Page::setCount(int count, State state)
{
    if (count == m_count && state == m_countState)
        return;
    m_count = count;
    m_countState = state;
    Q_EMIT countChanged();
}

} // namespace kernelyard
