// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/gpuprocessmodel.h"

#include "ui/models/gpufigures.h"
#include "ui/widgets/statedelegate.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

void GpuProcessModel::setReading(const GpuReading &reading, const GpuOwners &owners)
{
    QList<Row> wanted;
    for (const GpuStatus &gpu : reading.gpus)
        for (const GpuProcess &process : gpu.processes.value_or(QList<GpuProcess>())) {
            const GpuOwner owner = owners.of(process);
            wanted.append({gpu.index, process, owner.container, ownerText(owner), owner.build});
        }
    // The pid decides last, so that equal rows do not change places from reading to reading.
    std::sort(wanted.begin(), wanted.end(), [](const Row &a, const Row &b) {
        return std::tuple(a.gpu, -a.process.memoryBytes.value_or(0), a.process.pid) <
               std::tuple(b.gpu, -b.process.memoryBytes.value_or(0), b.process.pid);
    });
    for (qsizetype i = 0; i < wanted.size(); ++i) {
        while (i < m_rows.size() && !m_rows[i].isSameProcess(wanted[i]) &&
               std::none_of(wanted.cbegin() + i, wanted.cend(),
                            [&](const Row &row) { return row.isSameProcess(m_rows[i]); })) {
            beginRemoveRows({}, int(i), int(i));
            m_rows.removeAt(i);
            endRemoveRows();
        }
        const auto at = std::find_if(m_rows.cbegin() + std::min(i, m_rows.size()), m_rows.cend(),
                                     [&](const Row &row) { return row.isSameProcess(wanted[i]); }) -
                        m_rows.cbegin();
        if (at == m_rows.size()) {
            beginInsertRows({}, int(i), int(i));
            m_rows.insert(i, wanted[i]);
            endInsertRows();
            continue;
        }
        if (at != i) {
            beginMoveRows({}, int(at), int(at), {}, int(i));
            m_rows.move(at, i);
            endMoveRows();
        }
        if (!(m_rows[i] == wanted[i])) {
            m_rows[i] = wanted[i];
            Q_EMIT dataChanged(index(int(i), 0), index(int(i), ColumnCount - 1));
        }
    }
    if (m_rows.size() > wanted.size()) {
        beginRemoveRows({}, int(wanted.size()), int(m_rows.size() - 1));
        m_rows.resize(wanted.size());
        endRemoveRows();
    }
}

std::optional<BuildId> GpuProcessModel::buildAt(int row) const
{
    return row >= 0 && row < m_rows.size() ? m_rows[row].build : std::nullopt;
}

int GpuProcessModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int GpuProcessModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString GpuProcessModel::textOf(const Row &row, int column) const
{
    const QString none = u"–"_s;
    switch (column) {
    case GpuColumn:
        return row.process.gpuInstance ? u"%1.%2"_s.arg(row.gpu).arg(*row.process.gpuInstance)
                                       : QString::number(row.gpu);
    case PidColumn:
        return QString::number(row.process.pid);
    case NameColumn:
        return row.process.name.isEmpty() ? none : row.process.name;
    case ContainerColumn:
        return row.container.isEmpty() ? tr("none, host") : row.container;
    case OwnerColumn:
        return row.owner;
    case MemoryColumn:
        return row.process.memoryBytes
                   ? tr("%1 GiB").arg(static_cast<double>(*row.process.memoryBytes) / (1LL << 30), 0, 'f', 1)
                   : none;
    case SmColumn:
        return row.process.smPercent ? tr("%1 %").arg(*row.process.smPercent) : none;
    default:
        return {};
    }
}

QVariant GpuProcessModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[index.row()];
    const bool number = index.column() == PidColumn || index.column() == MemoryColumn || index.column() == SmColumn;
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        return textOf(row, index.column());
    case Qt::TextAlignmentRole:
        return int(number ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case MutedRole:
        return index.column() == PidColumn || index.column() == ContainerColumn ||
               (index.column() == OwnerColumn && !row.build);
    default:
        return {};
    }
}

QVariant GpuProcessModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(section == PidColumn || section == MemoryColumn || section == SmColumn
                       ? Qt::AlignRight | Qt::AlignVCenter
                       : Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case GpuColumn:
        return tr("GPU");
    case PidColumn:
        return tr("PID");
    case NameColumn:
        return tr("Process");
    case ContainerColumn:
        return tr("Container");
    case OwnerColumn:
        return tr("Belongs to");
    case MemoryColumn:
        return tr("Memory");
    case SmColumn:
        return tr("SM");
    default:
        return {};
    }
}

} // namespace kernelyard
