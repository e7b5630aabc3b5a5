// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desktop/goingonnotice.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

using namespace std::chrono_literals;

namespace kernelyard {

static constexpr auto shownFor = 12s;

QString GoingOnNotice::words(int running)
{
    return running == 1 ? tr("A build goes on. Open Kernelyard again to see it.")
                        : tr("%1 builds go on. Open Kernelyard again to see them.").arg(running);
}

GoingOnNotice::GoingOnNotice(int running, QWidget *parent)
    : QWidget(parent, Qt::Dialog | Qt::WindowTitleHint | Qt::WindowCloseButtonHint)
    , m_never(new QCheckBox(tr("Don't tell again")))
{
    setWindowTitle(tr("Kernelyard"));
    setAttribute(Qt::WA_ShowWithoutActivating);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    auto *text = new Label(words(running), Type::Body);
    text->setElideMode(Qt::ElideNone);
    column->addWidget(text);
    auto *row = new QHBoxLayout;
    row->addWidget(m_never, 1);
    auto *close = new QPushButton(tr("Close"));
    connect(close, &QPushButton::clicked, this, &QWidget::close);
    row->addWidget(close);
    column->addLayout(row);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &QWidget::close);
    m_timer.start(shownFor);
}

void GoingOnNotice::closeEvent(QCloseEvent *event)
{
    QWidget::closeEvent(event);
    Q_EMIT closed(m_never->isChecked());
}

void GoingOnNotice::enterEvent(QEnterEvent *event)
{
    QWidget::enterEvent(event);
    m_timer.stop(); // somebody reads it
}

void GoingOnNotice::leaveEvent(QEvent *event)
{
    QWidget::leaveEvent(event);
    m_timer.start(shownFor);
}

} // namespace kernelyard
