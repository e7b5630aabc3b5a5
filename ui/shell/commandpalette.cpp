// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/commandpalette.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/statedelegate.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

std::optional<int> fuzzyScore(QStringView query, QStringView text)
{
    int score = 0;
    qsizetype at = 0;
    qsizetype previous = -2;
    for (const QChar letter : query) {
        if (letter.isSpace())
            continue;
        qsizetype found = -1;
        qsizetype first = -1;
        for (qsizetype i = at; i < text.size(); ++i) {
            if (text[i].toCaseFolded() != letter.toCaseFolded())
                continue;
            if (first < 0)
                first = i;
            // A letter that goes on where the last one was, or starts a word, is what people mean.
            if (i == previous + 1 || i == 0 || !text[i - 1].isLetterOrNumber()) {
                found = i;
                break;
            }
        }
        if (first < 0)
            return std::nullopt;
        if (found < 0)
            found = first;
        if (found == previous + 1)
            score += 6;
        if (found == 0 || !text[found - 1].isLetterOrNumber())
            score += 8;
        score -= static_cast<int>(qMin<qsizetype>(found - at, 6));
        previous = found;
        at = found + 1;
    }
    return score;
}

void PaletteModel::setEntries(QList<PaletteEntry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    m_shown.clear();
    endResetModel();
    setQuery({});
}

void PaletteModel::setQuery(const QString &query)
{
    QList<std::pair<int, int>> ranked;
    for (int i = 0; i < m_entries.size(); ++i) {
        const PaletteEntry &entry = m_entries[i];
        std::optional<int> score = fuzzyScore(query, entry.text);
        if (const auto grouped = fuzzyScore(query, QString(entry.group + u' ' + entry.text)); !score && grouped)
            score = *grouped - 4;
        if (score)
            ranked.append({*score - (entry.reason.isEmpty() ? 0 : 1000), i});
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    beginResetModel();
    m_shown.clear();
    for (const auto &[score, index] : ranked)
        m_shown.append(index);
    endResetModel();
}

const PaletteEntry *PaletteModel::entry(int row) const
{
    return row >= 0 && row < m_shown.size() ? &m_entries[m_shown[row]] : nullptr;
}

int PaletteModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

int PaletteModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : 3;
}

QVariant PaletteModel::data(const QModelIndex &index, int role) const
{
    const PaletteEntry *shown = entry(index.row());
    if (!shown)
        return {};
    if (role == Qt::DisplayRole) {
        if (index.column() == 0)
            return shown->text;
        return index.column() == 1 ? (shown->reason.isEmpty() ? shown->group : shown->reason) : shown->keys;
    }
    if (role == MutedRole)
        return index.column() > 0 || !shown->reason.isEmpty();
    if (role == Qt::TextAlignmentRole && index.column() == 2)
        return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole)
        return shown->reason;
    return {};
}

Qt::ItemFlags PaletteModel::flags(const QModelIndex &index) const
{
    return index.isValid() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

CommandPalette::CommandPalette(QList<PaletteEntry> entries, QWidget *parent)
    : QDialog(parent, Qt::Popup | Qt::FramelessWindowHint)
    , m_field(new QLineEdit)
    , m_list(new QTreeView)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setAccessibleName(tr("Command palette"));
    m_model.setEntries(std::move(entries));
    m_field->setPlaceholderText(tr("Go to or run…"));
    m_field->setAccessibleName(tr("Search pages, environments, builds and actions"));
    m_field->installEventFilter(this);
    setUpTable(m_list, tr("What fits"));
    m_list->setModel(&m_model);
    m_list->setHeaderHidden(true);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_list->header()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(8), px(8), px(8), px(8));
    column->setSpacing(px(8));
    column->addWidget(m_field);
    column->addWidget(m_list);
    connect(m_field, &QLineEdit::textChanged, this, &CommandPalette::search);
    connect(m_list, &QTreeView::clicked, this, &CommandPalette::runCurrent);
    search({});
    const QRect window = parent ? parent->rect() : QRect(0, 0, px(800), px(600));
    resize(qMin(px(640), window.width() - px(48)), qMin(px(420), window.height() - px(96)));
    if (parent)
        move(parent->mapToGlobal(QPoint((window.width() - width()) / 2, px(64))));
    m_field->setFocus();
}

void CommandPalette::search(const QString &query)
{
    m_model.setQuery(query);
    m_list->setCurrentIndex(m_model.index(0, 0));
}

void CommandPalette::runCurrent()
{
    const PaletteEntry *entry = m_model.entry(m_list->currentIndex().row());
    if (!entry || !entry->reason.isEmpty())
        return;
    const std::function<void()> run = entry->run;
    close();
    run();
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress)
        return QDialog::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent *>(event)->key();
    const int row = m_list->currentIndex().row();
    const int pageRows = qMax(1, m_list->viewport()->height() / px(28) - 1);
    const auto go = [this](int to) {
        m_list->setCurrentIndex(m_model.index(qBound(0, to, m_model.rowCount() - 1), 0));
        return true;
    };
    switch (key) {
    case Qt::Key_Down:
        return go(row + 1);
    case Qt::Key_Up:
        return go(row - 1);
    case Qt::Key_PageDown:
        return go(row + pageRows);
    case Qt::Key_PageUp:
        return go(row - pageRows);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        runCurrent();
        return true;
    default:
        return false;
    }
}

void CommandPalette::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setPen(theme.fieldEdge);
    painter.setBrush(theme.base);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace kernelyard
