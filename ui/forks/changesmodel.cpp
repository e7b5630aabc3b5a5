// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/changesmodel.h"

#include "ui/forks/forkwords.h"
#include "ui/widgets/measure.h"

#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

void ChangesModel::setFiles(QList<FileMeaning> files)
{
    std::ranges::stable_sort(files, [](const FileMeaning &one, const FileMeaning &other) {
        const auto weight = [](const FileMeaning &file) {
            return std::pair(file.compiled ? RebuildVerdict::None : file.effect, file.units.size());
        };
        return weight(one) > weight(other);
    });
    // The same files, seen again: what is selected and scrolled to stays.
    const bool isSame = std::ranges::equal(
        files, m_files, {}, [](const FileMeaning &file) { return file.file.path; },
        [](const FileMeaning &file) { return file.file.path; });
    if (isSame) {
        m_files = std::move(files);
        if (!m_files.isEmpty())
            Q_EMIT dataChanged(index(0, 0), index(int(m_files.size()) - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_files = std::move(files);
    endResetModel();
}

int ChangesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_files.size());
}

int ChangesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ChangesModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const FileMeaning &file = m_files[index.row()];
    const Meaning meaning = meaningOf(file);
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case LetterColumn:
            return letterOf(file.file.kind);
        case FileColumn:
            return file.file.path.section(u'/', -1);
        case KindColumn:
            return wordOf(file.kind);
        case MeaningColumn:
            return meaning.text;
        default:
            return {};
        }
    case Qt::ToolTipRole:
        if (index.column() == MeaningColumn)
            return file.units.mid(0, 30).join(u'\n');
        return file.file.oldPath.isEmpty() ? file.file.path : tr("%1, was %2").arg(file.file.path, file.file.oldPath);
    case Qt::AccessibleTextRole:
        if (index.column() == LetterColumn)
            return wordOf(file.file.kind);
        return index.column() == FileColumn ? QVariant(file.file.path) : data(index, Qt::DisplayRole);
    case MonoRole:
        return index.column() == LetterColumn;
    case MutedRole:
        return index.column() == LetterColumn || index.column() == KindColumn;
    case StrongRole:
        return index.column() == FileColumn;
    case FolderRole:
        return index.column() == FileColumn ? QVariant(file.file.path.section(u'/', 0, -2)) : QVariant();
    case GlyphRole:
        return index.column() == MeaningColumn ? QVariant(int(meaning.glyph)) : QVariant();
    case GlyphStateRole:
        return int(meaning.state);
    default:
        return {};
    }
}

QVariant ChangesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case FileColumn:
        return tr("File");
    case KindColumn:
        return tr("Kind");
    case MeaningColumn:
        return tr("What it means");
    default:
        return QString();
    }
}

void ChangesDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QVariant folder = index.data(ChangesModel::FolderRole);
    const QVariant glyph = index.data(GlyphRole);
    if (!folder.isValid() && !glyph.isValid()) {
        StateDelegate::paint(painter, option, index);
        return;
    }
    const Theme &theme = Theme::of(option.palette);
    const bool isSelected = option.state & QStyle::State_Selected;
    painter->save();
    if (isSelected || option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, isSelected ? theme.selection : theme.hover);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), theme.grid);
    QRect room = option.rect.adjusted(px(6), 0, -px(8), -1);
    if (glyph.isValid()) {
        const int side = px(16);
        paintGlyph(*painter, QRect(room.left(), room.center().y() - side / 2 + 1, side, side),
                   static_cast<Glyph>(glyph.toInt()),
                   theme.color(static_cast<State>(index.data(ChangesModel::GlyphStateRole).toInt())));
        room.setLeft(room.left() + side + px(6));
    }
    const auto line = [&](const QRect &where, Type type, const QColor &color, const QString &text,
                          Qt::TextElideMode elide) {
        painter->setFont(font(type));
        painter->setPen(color);
        painter->drawText(where, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                          painter->fontMetrics().elidedText(text, elide, where.width()));
    };
    const QString text = index.data(Qt::DisplayRole).toString();
    if (!folder.isValid()) {
        line(room, Type::Body, theme.text, text, Qt::ElideRight);
    } else if (folder.toString().isEmpty()) {
        line(room, Type::CardHeader, theme.text, text, Qt::ElideMiddle);
    } else {
        const int half = room.height() / 2;
        line(room.adjusted(0, px(3), 0, -half), Type::CardHeader, theme.text, text, Qt::ElideMiddle);
        line(room.adjusted(0, half, 0, -px(3)), Type::Secondary, theme.muted, folder.toString() + u'/',
             Qt::ElideMiddle);
    }
    painter->restore();
}

QSize ChangesDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    return {StateDelegate::sizeHint(option, index).width(), px(42)};
}

} // namespace kernelyard
