// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/devcontainer/diffview.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QEvent>
#include <QTextBlock>

using namespace Qt::StringLiterals;

namespace kernelyard {

DiffView::DiffView(QWidget *parent)
    : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setFont(kernelyard::font(Type::Mono));
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setTabChangesFocus(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setAccessibleName(tr("Difference"));
}

void DiffView::setDiff(const QList<DiffLine> &lines)
{
    QStringList text;
    m_kinds.clear();
    for (const DiffLine &line : lines) {
        if (line.kind == DiffLine::Kind::File && line.text.startsWith(u"---") && !text.isEmpty()) {
            text << QString(); // air between two files
            m_kinds << DiffLine::Kind::Same;
        }
        text << line.text;
        m_kinds << line.kind;
    }
    setPlainText(text.join(u'\n'));
    paintKinds();
}

void DiffView::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        paintKinds();
}

void DiffView::paintKinds()
{
    const Theme &theme = Theme::of(palette());
    QList<QTextEdit::ExtraSelection> selections;
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        const DiffLine::Kind kind = m_kinds.value(block.blockNumber(), DiffLine::Kind::Same);
        if (kind == DiffLine::Kind::Same)
            continue;
        QTextEdit::ExtraSelection selection;
        selection.cursor = QTextCursor(block); // without a selection the ground goes the full width
        selection.format.setProperty(QTextFormat::FullWidthSelection, true);
        if (kind == DiffLine::Kind::Added)
            selection.format.setBackground(theme.tint(State::Success));
        else if (kind == DiffLine::Kind::Removed)
            selection.format.setBackground(theme.tint(State::Failed));
        else if (kind == DiffLine::Kind::File)
            selection.format.setBackground(theme.alt);
        if (kind == DiffLine::Kind::Added || kind == DiffLine::Kind::Removed || kind == DiffLine::Kind::File) {
            selections << selection;
            continue;
        }
        QTextEdit::ExtraSelection quiet;
        quiet.cursor = QTextCursor(block);
        quiet.cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        quiet.format.setForeground(theme.muted);
        selections << quiet;
    }
    setExtraSelections(selections);
}

} // namespace kernelyard
