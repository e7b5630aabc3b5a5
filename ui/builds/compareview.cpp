// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/compareview.h"

#include "core/base/whendone.h"
#include "ui/models/buildlistmodel.h"
#include "ui/models/wording.h"
#include "ui/widgets/card.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/label.h"
#include "ui/widgets/listkeys.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/statedelegate.h"
#include "ui/widgets/trendchart.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QTreeView>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

/// In the boxes; others are chosen by typing their number.
static constexpr int buildsListed = 200;

CompareView::CompareView(const BuildSources &sources, QWidget *parent)
    : QWidget(parent)
    , m_sources(sources)
    , m_bar(new QWidget)
    , m_verdict(new Label({}, Type::Body, Tone::Muted))
    , m_tableCard(new Card)
    , m_table(new QTreeView)
    , m_trendCard(new Card)
    , m_chart(new TrendChart)
    , m_empty(new EmptyState)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(8));
    makeBar();
    column->addWidget(m_bar);
    m_tableCard->setFlush();
    setUpTable(m_table, tr("Comparison"));
    m_table->setModel(&m_model);
    new ListKeys(m_table);
    QHeaderView *header = m_table->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(ComparisonModel::WhatColumn, QHeaderView::Stretch);
    header->resizeSection(ComparisonModel::FirstColumn, px(170));
    header->resizeSection(ComparisonModel::SecondColumn, px(170));
    header->resizeSection(ComparisonModel::DifferenceColumn, px(180));
    m_tableCard->body()->addWidget(m_table);
    column->addWidget(m_tableCard, 1);
    m_trendCard->setHeader(tr("Trend"));
    m_trendCard->body()->addWidget(m_chart);
    m_trendCard->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    column->addWidget(m_trendCard);
    m_empty->setWords(tr("Two builds side by side: what they were asked for, duration, cache and memory of each step."),
                      tr("There are no two builds yet."));
    column->addWidget(m_empty, 1);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &CompareView::showTrend);
    showState();
}

QComboBox *CompareView::makeBox(const QString &name)
{
    auto *box = new QComboBox;
    box->setAccessibleName(name);
    box->setToolTip(tr("Choose a build, or type its number"));
    box->setEditable(true);
    box->setInsertPolicy(QComboBox::NoInsert);
    box->setMinimumContentsLength(30);
    box->setMaxVisibleItems(16);
    connect(box, &QComboBox::activated, this, &CompareView::take);
    connect(box->lineEdit(), &QLineEdit::returnPressed, this, &CompareView::take);
    return box;
}

void CompareView::makeBar()
{
    m_firstBox = makeBox(tr("First build"));
    m_secondBox = makeBox(tr("Second build"));
    auto *row = new QHBoxLayout(m_bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(8));
    row->addWidget(m_firstBox);
    row->addWidget(new Label(tr("with"), Type::Body, Tone::Muted));
    row->addWidget(m_secondBox);
    row->addSpacing(px(8));
    row->addWidget(m_verdict, 1);
}

static QString nameOf(const BuildSummary &build)
{
    return u"%1 %2, %3"_s.arg(build.id.display(), whatOf(build), wordOf(build.status));
}

void CompareView::setBuilds(const QList<BuildSummary> &builds)
{
    if (builds == m_builds)
        return;
    const auto names = [](const QList<BuildSummary> &all) {
        QStringList list;
        for (const BuildSummary &build : all.mid(0, buildsListed))
            list << nameOf(build);
        return list;
    };
    // A build that runs changes every second; its name does not, and what is being typed stays.
    const bool isListed = names(m_builds) == names(builds);
    m_builds = builds;
    if (!isListed) {
        listBuilds(m_firstBox, m_first);
        listBuilds(m_secondBox, m_second);
    }
    showState();
}

void CompareView::listBuilds(QComboBox *box, BuildId chosen)
{
    const QSignalBlocker blocker(box);
    const QString typed = box->currentText();
    box->clear();
    for (const BuildSummary &build : m_builds.mid(0, buildsListed))
        box->addItem(nameOf(build), build.id.number());
    const auto known = std::ranges::find(m_builds, chosen, &BuildSummary::id);
    if (known == m_builds.end()) {
        box->setCurrentIndex(-1);
        box->setEditText(chosen.isValid() ? typed : QString());
        return;
    }
    if (box->findData(chosen.number()) < 0)
        box->addItem(nameOf(*known), chosen.number());
    box->setCurrentIndex(box->findData(chosen.number()));
    box->lineEdit()->setCursorPosition(0);
}

/// What the boxes say, once both name a build that there is.
void CompareView::take()
{
    const auto chosen = [this](const QComboBox *box) {
        const int listed = box->findText(box->currentText());
        const BuildId id = listed >= 0 ? BuildId(box->itemData(listed).toInt())
                                       : BuildId::fromText(box->currentText().trimmed().section(u' ', 0, 0));
        return std::ranges::find(m_builds, id, &BuildSummary::id) != m_builds.end() ? id : BuildId();
    };
    const BuildId one = chosen(m_firstBox);
    const BuildId other = chosen(m_secondBox);
    for (const auto &[box, id] : {std::pair(m_firstBox, one), std::pair(m_secondBox, other)})
        if (!id.isValid() && !box->currentText().isEmpty()) {
            m_verdict->setText(tr("There is no build “%1”.").arg(box->currentText()));
            return;
        }
    if (one.isValid() && other.isValid())
        compare(one, other);
}

void CompareView::compareNewest()
{
    if (m_first.isValid())
        return;
    for (qsizetype second = 0; second < m_builds.size(); ++second) {
        const auto first =
            std::find_if(m_builds.cbegin() + second + 1, m_builds.cend(), [&](const BuildSummary &build) {
                return build.environment == m_builds[second].environment && build.purpose == m_builds[second].purpose;
            });
        if (isEnded(m_builds[second].status) && first != m_builds.cend()) {
            compare(first->id, m_builds[second].id);
            return;
        }
    }
}

void CompareView::compare(BuildId one, BuildId other)
{
    m_first = std::min(one, other);
    m_second = std::max(one, other);
    listBuilds(m_firstBox, m_first);
    listBuilds(m_secondBox, m_second);
    m_verdict->setText(u"…"_s);
    showState();
    const BuildId first = m_first;
    const BuildId second = m_second;
    whenDone(QtConcurrent::run(m_sources.compare, first, second), this,
             [this, first, second](const Result<BuildComparison> &made) {
                 if (first != m_first || second != m_second)
                     return; // two others were chosen since
                 if (made) {
                     showComparison(*made);
                     return;
                 }
                 m_model.clear();
                 m_verdict->setText(made.error().message);
                 Q_EMIT failed(made.error());
             });
}

void CompareView::showComparison(const BuildComparison &comparison)
{
    m_comparison = comparison;
    m_model.setComparison(comparison);
    const BuildTime longer = comparison.second.elapsed - comparison.first.elapsed;
    const QString time = std::chrono::abs(longer) < std::chrono::seconds(1) ? tr("Both took as long.")
                         : longer.count() > 0 ? tr("The second took %1 longer.").arg(durationSentence(longer))
                                              : tr("The second took %1 less.").arg(durationSentence(-longer));
    m_verdict->setText(time);
    m_trends.clear();
    const int row = m_model.firstStepRow();
    m_table->setCurrentIndex(m_model.index(std::max(0, row), 0));
    whenDone(QtConcurrent::run(m_sources.trends, comparison.second.environment), this,
             [this, second = m_second](const QList<StepTrend> &trends) {
                 if (second != m_second)
                     return;
                 m_trends = trends;
                 showTrend();
             });
    showTrend();
}

static TrendChart::Point pointOf(const TrendRun &run, const QDateTime &now)
{
    TrendChart::Point point;
    point.name = run.build.display();
    const QString moment = momentText(run.started, now);
    if (run.status == StepStatus::Cached || !run.duration) {
        point.kind = TrendChart::Kind::Cached;
        point.words = u"%1, %2"_s.arg(moment, wordOf(run.status));
        return point;
    }
    point.kind = run.status == StepStatus::Failed ? TrendChart::Kind::Failed : TrendChart::Kind::Measured;
    point.seconds = double(run.duration->count()) / 1e6;
    point.words = u"%1, %2 %3"_s.arg(moment, wordOf(run.status), durationText(*run.duration));
    return point;
}

void CompareView::showTrend()
{
    const ComparedStep *step = m_model.stepAt(m_table->currentIndex().row());
    const auto trend = std::ranges::find_if(m_trends, [step](const StepTrend &one) {
        return step != nullptr && one.layer == step->layer && one.step == step->name;
    });
    QList<TrendChart::Point> points;
    if (trend != m_trends.end()) {
        const QDateTime now = QDateTime::currentDateTime();
        for (const TrendRun &run : trend->runs) {
            points << pointOf(run, now);
            points.last().marked = run.build == m_first || run.build == m_second;
        }
    }
    m_chart->setPoints(points);
    m_trendCard->setHeader(step == nullptr ? tr("Trend") : shortStepTitle(step->name).left(90),
                           points.isEmpty() ? tr("choose a step to see how long it took in other builds")
                                            : m_chart->summary());
    showState();
}

void CompareView::showState()
{
    const bool hasTwo = m_builds.size() >= 2;
    m_bar->setVisible(hasTwo);
    m_tableCard->setVisible(hasTwo);
    m_trendCard->setVisible(hasTwo && m_model.rowCount() > 0);
    m_chart->setVisible(!m_chart->points().isEmpty());
    m_empty->setVisible(!hasTwo);
}

QList<QWidget *> CompareView::regions() const
{
    return m_builds.size() >= 2 ? QList<QWidget *>{m_bar, m_table, m_chart} : QList<QWidget *>();
}

} // namespace kernelyard
