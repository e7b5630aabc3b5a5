// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/history.h"
#include "ui/builds/buildsources.h"
#include "ui/models/comparisonmodel.h"

#include <QWidget>

class QComboBox;
class QTreeView;

namespace kernelyard {

class Card;
class EmptyState;
class Label;
class TrendChart;

/// Two builds side by side, and how the chosen step went over the builds before.
class CompareView : public QWidget
{
    Q_OBJECT

public:
    explicit CompareView(const BuildSources &sources, QWidget *parent = nullptr);

    void setBuilds(const QList<BuildSummary> &builds); ///< newest first
    /// The older one is the first. Read on a worker.
    void compare(BuildId one, BuildId other);
    /// The newest build and the one before it of the same environment, unless two are chosen already.
    void compareNewest();

    BuildId first() const { return m_first; }
    BuildId second() const { return m_second; }
    const ComparisonModel &model() const { return m_model; }
    QTreeView *table() const { return m_table; }
    TrendChart *chart() const { return m_chart; }
    QList<QWidget *> regions() const;

Q_SIGNALS:
    void failed(const kernelyard::Error &error);

private:
    void makeBar();
    QComboBox *makeBox(const QString &name);
    void listBuilds(QComboBox *box, BuildId chosen);
    void take();
    void showComparison(const BuildComparison &comparison);
    void showTrend();
    void showState();

    BuildSources m_sources;
    QList<BuildSummary> m_builds;
    BuildId m_first;
    BuildId m_second;
    BuildComparison m_comparison;
    QList<StepTrend> m_trends; ///< of the second build's environment
    ComparisonModel m_model;
    QWidget *m_bar;
    QComboBox *m_firstBox = nullptr;
    QComboBox *m_secondBox = nullptr;
    Label *m_verdict;
    Card *m_tableCard;
    QTreeView *m_table;
    Card *m_trendCard;
    TrendChart *m_chart;
    EmptyState *m_empty;
};

} // namespace kernelyard
