// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/queuemodel.h"

#include "core/base/memoryfigure.h"
#include "ui/models/buildlistmodel.h"
#include "ui/models/wording.h"
#include "ui/widgets/statedelegate.h"

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

/// With fewer there is no estimate.
static constexpr int leastBuilds = 3;
static constexpr qsizetype mostBuilds = 9;

QString placeText(const QueueEntry &entry)
{
    if (entry.isStarted)
        return entry.isHeld ? QueueModel::tr("Paused") : QueueModel::tr("Running");
    switch (entry.waitsFor) {
    case QueueWait::Held:
        return QueueModel::tr("Held");
    case QueueWait::Environment:
        return QueueModel::tr("%1 · waits for %2").arg(entry.place).arg(entry.environment);
    case QueueWait::Memory:
        return QueueModel::tr("%1 · waits for memory").arg(entry.place);
    case QueueWait::Engine:
        return QueueModel::tr("%1 · waits for %2").arg(entry.place).arg(entry.pool);
    case QueueWait::Turn:
    case QueueWait::Nothing:
        break;
    }
    return QueueModel::tr("%1 · starts now").arg(entry.place);
}

static std::pair<std::optional<BuildTime>, int> expectedTime(const BuildSummary &build,
                                                             const QList<BuildSummary> &builds)
{
    QList<BuildTime> times;
    for (const BuildSummary &other : builds)
        if (other.status == BuildStatus::Done && other.environment == build.environment &&
            other.purpose == build.purpose && other.engine == build.engine && times.size() < mostBuilds)
            times << other.elapsed;
    if (times.size() < leastBuilds)
        return {std::nullopt, 0};
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], int(times.size())};
}

void QueueModel::setQueue(const QList<QueueEntry> &queue, const QList<BuildSummary> &builds)
{
    QList<Row> rows;
    for (const QueueEntry &entry : queue) {
        Row row{entry, entry.environment, entry.pool, std::nullopt, 0};
        const auto build =
            std::find_if(builds.begin(), builds.end(), [&](const BuildSummary &b) { return b.id == entry.id; });
        if (build != builds.end()) {
            row.what = whatOf(*build);
            if (!build->engine.isEmpty())
                row.engine = build->engine;
            std::tie(row.expected, row.expectedFrom) = expectedTime(*build, builds);
        }
        rows << row;
    }
    const auto has = [&rows](BuildId id) {
        return std::any_of(rows.begin(), rows.end(), [id](const Row &row) { return row.entry.id == id; });
    };
    for (int row = int(m_rows.size()) - 1; row >= 0; --row) {
        if (has(m_rows[row].entry.id))
            continue;
        beginRemoveRows({}, row, row);
        m_rows.removeAt(row);
        endRemoveRows();
    }
    for (int row = 0; row < rows.size(); ++row) {
        const int old = rowOf(rows[row].entry.id);
        if (old < 0) {
            beginInsertRows({}, row, row);
            m_rows.insert(row, rows[row]);
            endInsertRows();
            continue;
        }
        if (old != row) { // those before it are in place: it comes from below
            beginMoveRows({}, old, old, {}, row);
            m_rows.move(old, row);
            endMoveRows();
        }
        if (m_rows[row] == rows[row])
            continue;
        m_rows[row] = rows[row];
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

BuildId QueueModel::idAt(int row) const
{
    return row >= 0 && row < m_rows.size() ? m_rows[row].entry.id : BuildId();
}

int QueueModel::rowOf(BuildId id) const
{
    for (int row = 0; row < m_rows.size(); ++row)
        if (m_rows[row].entry.id == id)
            return row;
    return -1;
}

const QueueEntry *QueueModel::entry(BuildId id) const
{
    const int row = rowOf(id);
    return row >= 0 ? &m_rows[row].entry : nullptr;
}

int QueueModel::running() const
{
    return int(std::count_if(m_rows.begin(), m_rows.end(), [](const Row &row) { return row.entry.isStarted; }));
}

int QueueModel::waiting() const
{
    return int(m_rows.size()) - running();
}

bool QueueModel::canMove(BuildId id, QueueMove move) const
{
    const QueueEntry *moved = entry(id);
    if (!moved || moved->isStarted)
        return false;
    return std::any_of(m_rows.begin(), m_rows.end(), [&](const Row &row) {
        const QueueEntry &other = row.entry;
        return !other.isStarted && other.pool == moved->pool &&
               (move == QueueMove::Down ? other.place > moved->place : other.place < moved->place);
    });
}

int QueueModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int QueueModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant QueueModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto &[entry, what, engine, expected, expectedFrom] = m_rows[index.row()];
    const bool isNumber = index.column() == MemoryColumn || index.column() == TimeColumn;
    if (role == IdRole)
        return entry.id.number();
    if (role == StateRole && index.column() == PlaceColumn)
        return int(entry.isHeld ? State::Interrupted : entry.isStarted ? State::Running : State::Waiting);
    if (role == MutedRole)
        return index.column() == EngineColumn;
    if (role == Qt::TextAlignmentRole && isNumber)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == PlaceColumn)
        return entry.isStarted ? QString() : queueSentence(entry);
    if (role == Qt::ToolTipRole && index.column() == MemoryColumn)
        return entry.memoryBytes > 0 ? tr("What earlier builds like it took at their peak")
                                     : tr("No build like it was measured yet; it does not wait for memory");
    if (role == Qt::ToolTipRole && index.column() == TimeColumn)
        return expected ? tr("The median of %1 earlier builds").arg(expectedFrom) : tr("No estimate yet");
    if (role == Qt::AccessibleTextRole && index.column() == BuildColumn)
        return QString(entry.id.display() % u", " % (entry.isStarted ? placeText(entry) : queueSentence(entry)));
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case PlaceColumn:
        return placeText(entry);
    case BuildColumn:
        return entry.id.display();
    case WhatColumn:
        return what;
    case MemoryColumn:
        return entry.memoryBytes > 0 ? memoryFigure(entry.memoryBytes) : u"–"_s;
    case TimeColumn:
        return expected ? durationText(*expected) : u"–"_s;
    case EngineColumn:
        return engine;
    default:
        return {};
    }
}

QVariant QueueModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant((section == MemoryColumn || section == TimeColumn ? Qt::AlignRight : Qt::AlignLeft) |
                        Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case PlaceColumn:
        return tr("Place");
    case BuildColumn:
        return tr("Build");
    case WhatColumn:
        return tr("What");
    case MemoryColumn:
        return tr("Expected memory");
    case TimeColumn:
        return tr("Expected time");
    case EngineColumn:
        return tr("Engine");
    default:
        return {};
    }
}

} // namespace kernelyard
