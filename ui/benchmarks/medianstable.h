// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmarkreport.h"

#include <QWidget>

class QGridLayout;

namespace kernelyard {

/// Medians and ranges in seconds: a row for each scenario, a column for each phase and the total.
class MediansTable : public QWidget
{
    Q_OBJECT

public:
    explicit MediansTable(QWidget *parent = nullptr);

    void setSummaries(const QList<ScenarioSummary> &summaries);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QWidget *cell(const std::optional<Spread> &spread, bool isStrong) const;

    QGridLayout *m_grid;
    QList<int> m_lines; ///< rows above which a line is drawn
};

} // namespace kernelyard
