// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/commandbox.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPlainTextEdit>

namespace kernelyard {

CommandBox::CommandBox(const QString &text, int visibleLines, QWidget *parent)
    : QWidget(parent)
    , m_text(new QPlainTextEdit(text))
{
    m_text->setReadOnly(true);
    m_text->setFont(kernelyard::font(Type::Mono));
    m_text->setTabChangesFocus(true);
    m_text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_text->setAccessibleName(tr("Command"));
    m_text->document()->setDocumentMargin(px(5)); // more would bring a scroll bar
    m_text->setMinimumHeight(m_text->fontMetrics().lineSpacing() * visibleLines + px(14));
    if (visibleLines <= 3)
        m_text->setMaximumHeight(m_text->minimumHeight());
    auto *copyAction = new QAction(icon(Glyph::Copy, Ink::Muted), tr("Copy command"), this);
    connect(copyAction, &QAction::triggered, this, &CommandBox::copy);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(8));
    row->addWidget(m_text, 1);
    row->addWidget(new ActionButton(copyAction, ActionButton::Look::IconOnly), 0, Qt::AlignTop);
}

QString CommandBox::text() const
{
    return m_text->toPlainText();
}

void CommandBox::copy() const
{
    QGuiApplication::clipboard()->setText(m_text->toPlainText());
}

} // namespace kernelyard
