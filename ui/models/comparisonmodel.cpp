// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/comparisonmodel.h"

#include "core/base/memoryfigure.h"
#include "ui/models/wording.h"
#include "ui/widgets/statedelegate.h"

#include <QLocale>

#include <cmath>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

const QString none = u"–"_s;

QString peakText(qint64 bytes)
{
    return bytes > 0 ? memoryFigure(bytes) : ComparisonModel::tr("unknown");
}

QString bytesText(qint64 bytes)
{
    return QLocale::c().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat);
}

QString timeText(const std::optional<PastStep> &step)
{
    if (!step)
        return none;
    return step->duration ? durationText(*step->duration) : wordOf(step->status);
}

QString stepDifference(const ComparedStep &step)
{
    if (!step.first)
        return ComparisonModel::tr("only in the second");
    if (!step.second)
        return ComparisonModel::tr("only in the first");
    if (const auto longer = step.longer())
        return differenceText(*longer);
    if (step.second->status == StepStatus::Cached && step.first->duration)
        return ComparisonModel::tr("now cached");
    if (step.first->status == StepStatus::Cached && step.second->duration)
        return ComparisonModel::tr("no longer cached");
    return {};
}

} // namespace

QString differenceText(BuildTime longer)
{
    if (std::chrono::abs(longer) < std::chrono::milliseconds(100))
        return ComparisonModel::tr("same");
    if (std::chrono::abs(longer) < std::chrono::seconds(1))
        return (longer.count() > 0 ? u"+"_s : u"−"_s) +
               u"%1 s"_s.arg(std::abs(double(longer.count())) / 1e6, 0, 'f', 1);
    return (longer.count() > 0 ? u"+"_s : u"−"_s) + durationText(std::chrono::abs(longer));
}

void ComparisonModel::setComparison(const BuildComparison &comparison)
{
    beginResetModel();
    m_comparison = comparison;
    m_rows.clear();
    addFigures();
    addFacts();
    addSteps();
    endResetModel();
}

void ComparisonModel::clear()
{
    beginResetModel();
    m_comparison = BuildComparison();
    m_rows.clear();
    endResetModel();
}

void ComparisonModel::addFigures()
{
    const BuildSummary &first = m_comparison.first;
    const BuildSummary &second = m_comparison.second;
    const QDateTime now = QDateTime::currentDateTime();
    m_rows.append({tr("State"), wordOf(first.status), wordOf(second.status), {}});
    m_rows.append({tr("Started"), momentText(first.started, now), momentText(second.started, now), {}});
    m_rows.append({tr("Duration"), durationText(first.elapsed), durationText(second.elapsed),
                   differenceText(second.elapsed - first.elapsed)});
    const auto steps = [](const BuildSummary &build) {
        return tr("%1 cached, %2 run").arg(build.stepsCached).arg(build.stepsRun);
    };
    QStringList cache;
    if (m_comparison.newlyCached > 0)
        cache << tr("%1 now cached").arg(m_comparison.newlyCached);
    if (m_comparison.noLongerCached > 0)
        cache << tr("%1 no longer").arg(m_comparison.noLongerCached);
    m_rows.append({tr("Steps"), steps(first), steps(second), cache.join(u", ")});
    m_rows.append({tr("Peak memory"), peakText(first.peakMemoryBytes), peakText(second.peakMemoryBytes), {}});
    m_rows.append({tr("Journal with its log"), bytesText(first.journalBytes), bytesText(second.journalBytes), {}});
}

void ComparisonModel::addFacts()
{
    if (m_comparison.facts.isEmpty()) {
        m_rows.append({tr("Asked for in the same way"), {}, {}, {}, true});
        return;
    }
    m_rows.append({tr("Asked for differently"), {}, {}, {}, true});
    for (const ComparedFact &fact : std::as_const(m_comparison.facts))
        m_rows.append({fact.where.isEmpty() ? fact.what : QString(fact.where % u" · " % fact.what),
                       fact.first.isEmpty() ? none : fact.first,
                       fact.second.isEmpty() ? none : fact.second,
                       {}});
}

void ComparisonModel::addSteps()
{
    m_rows.append({tr("Steps"), {}, {}, {}, true});
    for (int i = 0; i < m_comparison.steps.size(); ++i) {
        const ComparedStep &step = m_comparison.steps[i];
        QString difference = stepDifference(step);
        if (step.isEdited()) // here, for a long instruction is cut
            difference = difference.isEmpty() ? tr("edited") : tr("edited, %1").arg(difference);
        m_rows.append({step.layer % u" · " % shortStepTitle(step.name), timeText(step.first), timeText(step.second),
                       difference, false, i});
    }
}

const ComparedStep *ComparisonModel::stepAt(int row) const
{
    const int step = row >= 0 && row < m_rows.size() ? m_rows[row].step : -1;
    return step >= 0 ? &m_comparison.steps[step] : nullptr;
}

int ComparisonModel::firstStepRow() const
{
    int best = -1;
    BuildTime most{-1};
    for (int row = 0; row < m_rows.size(); ++row) {
        const ComparedStep *step = stepAt(row);
        if (step == nullptr)
            continue;
        const BuildTime difference = std::chrono::abs(step->longer().value_or(BuildTime(0)));
        if (difference > most) {
            most = difference;
            best = row;
        }
    }
    return best;
}

int ComparisonModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ComparisonModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ComparisonModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[index.row()];
    if (role == StrongRole)
        return row.isHead;
    if (role == Qt::TextAlignmentRole && index.column() == DifferenceColumn)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == WhatColumn && row.step >= 0) {
        const ComparedStep &step = m_comparison.steps[row.step];
        const bool isEdited = step.first && step.second && step.isEdited();
        return isEdited ? QString(step.first->name % u"\n→ " % step.second->name) : step.name;
    }
    if (role == Qt::ToolTipRole && row.step < 0)
        return data(index, Qt::DisplayRole);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case WhatColumn:
        return row.what;
    case FirstColumn:
        return row.first;
    case SecondColumn:
        return row.second;
    case DifferenceColumn:
        return row.difference;
    default:
        return {};
    }
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant((section == DifferenceColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const auto named = [](const BuildSummary &build) {
        return build.id.isValid() ? QString(build.id.display() % u' ' % build.environment) : QString();
    };
    switch (section) {
    case WhatColumn:
        return tr("What");
    case FirstColumn:
        return named(m_comparison.first);
    case SecondColumn:
        return named(m_comparison.second);
    case DifferenceColumn:
        return tr("Difference");
    default:
        return {};
    }
}

} // namespace kernelyard
