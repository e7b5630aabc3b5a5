// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/noticebar.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPainter>

namespace kernelyard {

NoticeBar::NoticeBar(QWidget *parent)
    : QFrame(parent)
    , m_message(new StateLine)
    , m_remedy(new Label({}, Type::Secondary, Tone::Muted))
    , m_copy(new QAction(tr("Copy report"), this))
{
    setAccessibleName(tr("Notice"));
    auto *close = new QAction(icon(Glyph::Close, Ink::Muted), tr("Close notice"), this);
    auto *words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(m_message);
    words->addWidget(m_remedy);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(px(16), px(8), px(12), px(8));
    row->setSpacing(px(8));
    row->addLayout(words, 1);
    row->addWidget(new ActionButton(m_copy));
    row->addWidget(new ActionButton(close, ActionButton::Look::IconOnly));
    connect(m_copy, &QAction::triggered, this, &NoticeBar::copy);
    connect(close, &QAction::triggered, this, &QWidget::hide);
    hide();
}

void NoticeBar::show(const Error &error)
{
    m_error = error;
    m_message->setFact(State::Failed, error.message);
    m_remedy->setText(error.remedy.isEmpty() ? error.detail.section(u'\n', 0, 0) : error.remedy);
    m_remedy->setVisible(!m_remedy->text().isEmpty());
    setAccessibleDescription(error.message);
    QWidget::show();
}

void NoticeBar::copy() const
{
    QStringList parts{m_error.message};
    for (const QString &part : {m_error.detail, m_error.remedy})
        if (!part.isEmpty())
            parts.append(part);
    QGuiApplication::clipboard()->setText(parts.join(u'\n'));
}

void NoticeBar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.fillRect(rect(), theme.base);
    painter.fillRect(0, 0, width(), 1, theme.line);
    painter.fillRect(0, 0, px(4), height(), theme.color(State::Failed));
}

} // namespace kernelyard
