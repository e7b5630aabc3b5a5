// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/summarycard.h"

#include "core/base/buildid.h"
#include "core/base/memoryfigure.h"
#include "ui/models/wording.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"
#include "ui/widgets/layerboxes.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QRegularExpression>
#include <QVBoxLayout>

#include <tuple>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

class Divider final : public QWidget
{
public:
    explicit Divider(QWidget *parent)
        : QWidget(parent)
    {
        setFixedWidth(1);
    }

protected:
    void paintEvent(QPaintEvent *) override { QPainter(this).fillRect(rect(), Theme::of(palette()).line); }
};

/// "[287/412]" as numbers; total 0 where it is none.
std::pair<qint64, qint64> counted(const QString &progress)
{
    static const QRegularExpression pattern(uR"(\[?(\d+)\s*/\s*(\d+)\]?)"_s);
    const QRegularExpressionMatch match = pattern.match(progress);
    return match.hasMatch() ? std::pair(match.captured(1).toLongLong(), match.captured(2).toLongLong())
                            : std::pair<qint64, qint64>(0, 0);
}

} // namespace

SummaryCard::SummaryCard(QWidget *parent)
    : Card(parent)
    , m_row(new QHBoxLayout)
    , m_title(new Label({}, Type::Object))
    , m_badge(new Badge(this))
    , m_sub(new Label({}, Type::Secondary, Tone::Muted))
    , m_progressBox(new QWidget(this))
    , m_progressTitle(new Label({}, Type::CardHeader))
    , m_progressText(new Label({}, Type::Body, Tone::Text))
    , m_progressNote(new Label({}, Type::Secondary, Tone::Muted))
    , m_bar(new ProgressLine(this))
{
    body()->addLayout(m_row);
    m_row->setSpacing(px(24));
    auto *left = new QVBoxLayout;
    left->setSpacing(px(4));
    auto *name = new QHBoxLayout;
    name->setSpacing(px(8));
    name->addWidget(m_title);
    name->addWidget(m_badge);
    name->addStretch(1);
    left->addStretch(1);
    left->addLayout(name);
    left->addWidget(m_sub);
    left->addStretch(1);
    m_row->addLayout(left, 3);

    auto *middle = new QHBoxLayout(m_progressBox);
    middle->setContentsMargins(0, 0, 0, 0);
    middle->setSpacing(px(16));
    middle->addWidget(new Divider(m_progressBox));
    m_bar->setMaximumWidth(QWIDGETSIZE_MAX);
    m_bar->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    auto *progress = new QVBoxLayout;
    progress->setSpacing(px(6));
    auto *line = new QHBoxLayout;
    line->setSpacing(px(8));
    m_progressTitle->setElideMode(Qt::ElideNone);
    line->addWidget(m_progressTitle);
    line->addWidget(m_progressText, 1);
    progress->addStretch(1);
    progress->addLayout(line);
    progress->addWidget(m_bar);
    progress->addWidget(m_progressNote);
    progress->addStretch(1);
    middle->addLayout(progress, 1);
    m_divider = new Divider(m_progressBox);
    middle->addWidget(m_divider);
    m_row->addWidget(m_progressBox, 4);

    m_steps = addFigure(tr("Steps"), Type::Body);
    m_duration = addFigure(tr("Duration"), Type::Body);
    m_peak = addFigure(tr("Peak memory"), Type::Body);
    m_ended = addFigure(tr("Ended"), Type::Body);
    m_elapsed = addFigure(tr("Elapsed"), Type::KeyFigure);
    m_left = addFigure(tr("Left"), Type::Medium);
    // digits of one width, and room for an hour's, so that a ticking clock moves nothing
    m_elapsed.value->setMinimumWidth(m_elapsed.value->fontMetrics().horizontalAdvance(u"00:00:"_s));
}

SummaryCard::Figure SummaryCard::addFigure(const QString &name, Type type)
{
    Figure figure{new QWidget(this), new Label(name, Type::Secondary, Tone::Muted), new Label({}, type)};
    auto *column = new QVBoxLayout(figure.box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(2));
    column->addStretch(1);
    column->addWidget(figure.name);
    column->addWidget(figure.value);
    column->addStretch(1);
    figure.value->setElideMode(Qt::ElideNone);
    figure.name->setElideMode(Qt::ElideNone);
    m_row->addWidget(figure.box);
    return figure;
}

void SummaryCard::setFacts(const Facts &facts, const StepModel &steps)
{
    m_title->setText(facts.title);
    const QString word = facts.isPaused ? tr("Paused") : wordOf(facts.status);
    m_badge->setState(facts.isPaused ? State::Interrupted : stateOf(facts.status), word);
    setAccessibleName(facts.title % u", " % word);
    QStringList sub{steps.plan().problem.isEmpty() ? steps.plan().engine.display() : tr("its plan can't be read")};
    if (steps.plan().retryOf > 0)
        sub << tr("retry of %1").arg(BuildId(steps.plan().retryOf).display());
    if (facts.started.isValid())
        sub << tr("started %1").arg(momentText(facts.started, QDateTime::currentDateTime()));
    m_sub->setText(sub.join(u" · "));
    const bool isLive = !isEnded(facts.status);
    m_progressBox->setVisible(isLive);
    m_elapsed.box->setVisible(isLive && facts.status == BuildStatus::Running);
    m_left.box->setVisible(isLive && facts.status == BuildStatus::Running);
    m_divider->setVisible(facts.status == BuildStatus::Running);
    for (const Figure &figure : {m_steps, m_duration, m_ended})
        figure.box->setVisible(!isLive);
    m_peak.box->setVisible(!isLive && facts.peakMemoryBytes > 0);
    if (isLive)
        showRunning(facts, steps);
    else
        showEnded(facts, steps);
    setElapsed(facts.elapsed);
}

void SummaryCard::showRunning(const Facts &facts, const StepModel &steps)
{
    const StepModel::Counts counts = steps.counts();
    const int running = steps.runningStep();
    if (facts.status == BuildStatus::Queued) {
        m_progressTitle->setText(facts.place.isEmpty() ? tr("Queued") : facts.place);
        m_progressText->setText(facts.place.isEmpty() ? tr("waits for its runner") : QString());
    } else if (running >= 0) {
        const Step &step = steps.steps()[running];
        m_progressTitle->setText(steps.plan().tasks.value(step.task).name);
        m_progressText->setText(step.progress.isEmpty()
                                    ? tr("step %1").arg(steps.numberOf(running))
                                    : tr("step %1, %2").arg(steps.numberOf(running)).arg(step.progress));
    } else {
        m_progressTitle->setText(tr("Between steps"));
        m_progressText->setText({});
    }
    const StepWork work = running >= 0 ? steps.steps()[running].work : StepWork();
    auto [done, total] = running >= 0 ? counted(steps.steps()[running].progress) : std::pair<qint64, qint64>(0, 0);
    if (work.kind != StepWork::Kind::None)
        std::tie(done, total) = std::pair(work.done, work.total);
    m_bar->setVisible(total > 0);
    m_bar->setProgress(int(work.kind == StepWork::Kind::Bytes ? done / 1000 : done),
                       int(work.kind == StepWork::Kind::Bytes ? total / 1000 : total));
    if (work.kind != StepWork::Kind::None)
        m_progressText->setText(tr("step %1, %2").arg(steps.numberOf(running)).arg(workText(work)));
    else if (total > 0)
        m_progressText->setText(
            tr("step %1, %2 of %3").arg(steps.numberOf(running)).arg(countText(done), countText(total)));
    QString note;
    if (!work.item.isEmpty())
        note = QStringList(QStringList{work.item} + work.architectures).join(u" · ");
    else if (running >= 0)
        note = stepTitle(steps.steps()[running].name);
    if (note.isEmpty() && counts.known > 0)
        note = tr("%1 of %2 steps known so far done").arg(counts.finished).arg(counts.known);
    m_progressNote->setText(note);
    m_progressNote->setVisible(!note.isEmpty());
}

void SummaryCard::showEnded(const Facts &facts, const StepModel &steps)
{
    const StepModel::Counts counts = steps.counts();
    const QString finished = counts.finished == counts.known ? QString::number(counts.known)
                                                             : tr("%1 of %2").arg(counts.finished).arg(counts.known);
    m_steps.value->setText(counts.cached > 0 ? tr("%1, %2 cached").arg(finished).arg(counts.cached) : finished);
    m_duration.value->setText(durationText(facts.elapsed));
    m_peak.value->setText(memoryFigure(facts.peakMemoryBytes));
    m_ended.box->setVisible(facts.ended.isValid());
    m_ended.value->setText(momentText(facts.ended, QDateTime::currentDateTime()));
}

void SummaryCard::setElapsed(BuildTime elapsed)
{
    m_elapsed.value->setText(durationText(elapsed));
}

/// In minutes where it takes some: a figure that changes each second would promise more than it knows.
static QString leftText(BuildTime left)
{
    using namespace std::chrono_literals;
    if (left < 10s)
        return SummaryCard::tr("under 10 s");
    if (left < 2min)
        return SummaryCard::tr("%1 s").arg((left + 9s) / 10s * 10);
    if (left < 2h)
        return SummaryCard::tr("%1 min").arg((left + 30s) / 1min);
    return SummaryCard::tr("%1 h %2 min").arg(left / 1h).arg(left % 1h / 1min);
}

void SummaryCard::setEstimate(const std::optional<Estimate> &estimate, BuildTime since)
{
    if (!estimate) {
        m_left.name->setText(tr("Left"));
        m_left.value->setText(tr("no estimate yet"));
        m_left.value->setTone(Tone::Muted);
        m_left.value->setToolTip(tr("An estimate needs %1 earlier builds on this machine that ran this step and ended "
                                    "well.")
                                     .arg(Estimate::leastBuilds));
        return;
    }
    const auto left = [&](BuildTime at) { return leftText(std::max(at - since, BuildTime(0))); };
    m_left.name->setText(tr("Left, from %1 earlier builds").arg(estimate->builds));
    const QString half = left(estimate->p50), most = left(estimate->p90);
    m_left.value->setText(half == most ? half : tr("%1 P50 · %2 P90").arg(half, most));
    m_left.value->setTone(Tone::Text);
    m_left.value->setToolTip(half == most ? tr("P50 and P90 round to the same: half of the earlier builds would be "
                                               "done by then, and as good as all.")
                                          : tr("Half of the earlier builds would be done by P50, nine in ten by P90."));
}

} // namespace kernelyard
