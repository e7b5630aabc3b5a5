// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/estimate.h"
#include "ui/models/stepmodel.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"

#include <QDateTime>

namespace kernelyard {

class Badge;
class ProgressLine;

/// The facts of one build in a line: what it is, how it stands, how long it takes.
class SummaryCard : public Card
{
    Q_OBJECT

public:
    struct Facts
    {
        QString title; ///< "#0412 xformers · setup"
        BuildStatus status = BuildStatus::Queued;
        QDateTime started;
        BuildTime elapsed{0};
        QDateTime ended;            ///< or now, of one that has not
        qint64 peakMemoryBytes = 0; ///< 0: unknown
        bool isPaused = false;
        QString place; ///< in the queue; empty: it has started
    };

    explicit SummaryCard(QWidget *parent = nullptr);

    void setFacts(const Facts &facts, const StepModel &steps);
    void setElapsed(BuildTime elapsed);
    /// \a since: what has passed since it was made.
    void setEstimate(const std::optional<Estimate> &estimate, BuildTime since);

private:
    struct Figure
    {
        QWidget *box;
        Label *name;
        Label *value;
    };
    Figure addFigure(const QString &name, Type type);
    void showRunning(const Facts &facts, const StepModel &steps);
    void showEnded(const Facts &facts, const StepModel &steps);

    QHBoxLayout *m_row;
    Label *m_title;
    Badge *m_badge;
    Label *m_sub;
    QWidget *m_progressBox;
    Label *m_progressTitle;
    Label *m_progressText;
    Label *m_progressNote;
    ProgressLine *m_bar;
    QWidget *m_divider = nullptr;
    Figure m_elapsed;
    Figure m_left;
    Figure m_steps;
    Figure m_duration;
    Figure m_peak;
    Figure m_ended;
};

} // namespace kernelyard
