// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forklistmodel.h"

#include "ui/forks/forkwords.h"
#include "ui/widgets/statedelegate.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

/// What a cell shows.
struct Cell
{
    QString text;
    std::optional<State> state;
    bool isMuted = false;
    qint64 order = 0; ///< to sort by where it is not the text
};

qint64 distance(const std::optional<Divergence> &from)
{
    return from ? from->ahead + from->behind : -1;
}

Cell stated(const StateWord &word, qint64 order = 0)
{
    return {word.text, word.state, word.state == State::Waiting, order};
}

Cell nameCell(const ForkRow &row)
{
    Cell cell{nameOf(row.fork), {}, false, 0};
    if (!row.work.isEmpty())
        cell.state = State::Running;
    else if (row.kind == ForkRow::Kind::Unfinished)
        cell.state = State::Interrupted;
    else if (row.fork.trouble)
        cell.state = State::Failed;
    return cell;
}

Cell cellOf(const ForkRow &row, int column)
{
    const ForkStatus &fork = row.fork;
    if (column == ForkListModel::ForkColumn)
        return nameCell(row);
    if (row.kind == ForkRow::Kind::Unfinished || fork.trouble) {
        if (column != ForkListModel::BranchColumn)
            return {};
        if (fork.trouble)
            return {ForkListModel::tr("can't be read"), {}, false, 0};
        return {row.work.isEmpty() ? ForkListModel::tr("ended early") : ForkListModel::tr("cloning"), {}, true, 0};
    }
    switch (column) {
    case ForkListModel::BranchColumn:
        return {branchOf(fork), {}, false, 0};
    case ForkListModel::FilesColumn: {
        const bool isConflict = !fork.operation.isEmpty();
        return {filesOf(fork), isConflict ? std::optional(State::Warning) : std::nullopt, fork.isClean(),
                fork.changedFiles.size()};
    }
    case ForkListModel::OriginColumn:
        return {divergenceText(fork.origin, fork.fromOrigin), {}, isQuiet(fork.fromOrigin), distance(fork.fromOrigin)};
    case ForkListModel::UpstreamColumn:
        return {divergenceText(fork.upstream, fork.fromUpstream),
                {},
                isQuiet(fork.fromUpstream),
                distance(fork.fromUpstream)};
    case ForkListModel::SubmodulesColumn:
        return stated(submodulesOf(fork), fork.submodules.size());
    case ForkListModel::BuildColumn:
        return stated(buildOf(row.history), row.history.lastBuild ? row.history.lastBuild->id.number() : 0);
    case ForkListModel::ValidationColumn:
        return stated(validationOf(row.history), row.history.lastValidationBuild.number());
    default:
        return {};
    }
}

QString tipOf(const ForkRow &row, int column)
{
    const ForkStatus &fork = row.fork;
    switch (column) {
    case ForkListModel::ForkColumn:
        return fork.path;
    case ForkListModel::FilesColumn:
        return fork.changedFiles.mid(0, 20).join(u'\n');
    case ForkListModel::OriginColumn:
        return fork.fromOrigin ? ForkListModel::tr("%1 of %2").arg(fork.fromOrigin->from, fork.origin) : fork.origin;
    case ForkListModel::UpstreamColumn:
        return fork.fromUpstream ? ForkListModel::tr("%1 of %2").arg(fork.fromUpstream->from, fork.upstream)
                                 : fork.upstream;
    case ForkListModel::SubmodulesColumn: {
        QStringList lines;
        for (const SubmoduleStatus &submodule : fork.submodules)
            if (submodule.state != SubmoduleState::AsPinned)
                lines << submodule.path + u": "_s + wordOf(submodule).text;
        return lines.join(u'\n');
    }
    default:
        return {};
    }
}

} // namespace

void ForkListModel::setRows(const QList<ForkRow> &rows)
{
    QSet<QString> kept;
    for (const ForkRow &row : rows)
        kept.insert(row.fork.path);
    for (int row = int(m_rows.size()) - 1; row >= 0; --row) {
        if (kept.contains(m_rows[row].fork.path))
            continue;
        beginRemoveRows({}, row, row);
        m_rows.removeAt(row);
        endRemoveRows();
    }
    for (int row = 0; row < rows.size(); ++row) {
        const int old = rowOf(rows[row].fork.path);
        if (old < 0) {
            beginInsertRows({}, row, row);
            m_rows.insert(row, rows[row]);
            endInsertRows();
            continue;
        }
        if (old != row) {
            beginMoveRows({}, old, old, {}, row);
            m_rows.move(old, row);
            endMoveRows();
        }
        m_rows[row] = rows[row];
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

int ForkListModel::rowOf(const QString &path) const
{
    for (int row = 0; row < m_rows.size(); ++row)
        if (m_rows[row].fork.path == path)
            return row;
    return -1;
}

int ForkListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ForkListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ForkListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const ForkRow &row = m_rows[index.row()];
    const Cell cell = cellOf(row, index.column());
    switch (role) {
    case Qt::DisplayRole:
        return cell.text;
    case Qt::ToolTipRole:
        return tipOf(row, index.column());
    case Qt::AccessibleTextRole:
        return index.column() == ForkColumn && !row.work.isEmpty() ? QString(cell.text % u", " % row.work) : cell.text;
    case StateRole:
        return cell.state ? QVariant(int(*cell.state)) : QVariant();
    case MutedRole:
        return cell.isMuted;
    case MonoRole:
        return index.column() == BranchColumn && row.kind == ForkRow::Kind::Checkout && !row.fork.trouble;
    case SortRole:
        return index.column() <= BranchColumn ? QVariant(cell.text.toLower()) : QVariant(cell.order);
    default:
        return {};
    }
}

QVariant ForkListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case ForkColumn:
        return tr("Fork");
    case BranchColumn:
        return tr("Branch");
    case FilesColumn:
        return tr("Files");
    case OriginColumn:
        return tr("Origin");
    case UpstreamColumn:
        return tr("Upstream");
    case SubmodulesColumn:
        return tr("Submodules");
    case BuildColumn:
        return tr("Last build");
    case ValidationColumn:
        return tr("Last validation");
    default:
        return {};
    }
}

} // namespace kernelyard
