// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmarks/medianstable.h"

#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"
#include "ui/widgets/theme.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// "1,246", "4.3", "0.28".
static QString figure(BuildTime time)
{
    const double seconds = double(time.count()) / 1e6;
    return QLocale().toString(seconds, 'f', seconds < 0.995 ? 2 : seconds < 9.95 ? 1 : 0);
}

MediansTable::MediansTable(QWidget *parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    setAccessibleName(tr("Medians and ranges in seconds"));
    m_grid->setContentsMargins(px(12), 0, px(12), 0);
    m_grid->setHorizontalSpacing(px(12));
    m_grid->setVerticalSpacing(0);
}

QWidget *MediansTable::cell(const std::optional<Spread> &spread, bool isStrong) const
{
    auto *cell = new QWidget;
    auto *column = new QVBoxLayout(cell);
    column->setContentsMargins(0, px(3), 0, px(3));
    column->setSpacing(0);
    if (!spread) {
        column->addWidget(new Label(tr("none"), Type::Secondary, Tone::Muted), 1, Qt::AlignRight | Qt::AlignVCenter);
        return cell;
    }
    const QString least = figure(spread->least), most = figure(spread->most);
    column->addWidget(new Label(figure(spread->median), isStrong ? Type::CardHeader : Type::Body), 0, Qt::AlignRight);
    column->addWidget(new Label(least == most ? least : tr("%1 to %2").arg(least, most), Type::Secondary, Tone::Muted),
                      0, Qt::AlignRight);
    return cell;
}

static QWidget *scenarioCell(const ScenarioSummary &summary)
{
    auto *cell = new QWidget;
    auto *row = new QHBoxLayout(cell);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(8));
    row->addWidget(new Label(letter(summary.scenario), Type::CardHeader));
    row->addWidget(new Label(title(summary.scenario)));
    if (summary.failed > 0) {
        auto *counted = new StateLine;
        counted->setFact(State::Failed,
                         MediansTable::tr("%1 of %2").arg(summary.done).arg(summary.done + summary.failed));
        row->addWidget(counted);
    }
    row->addStretch(1);
    return cell;
}

void MediansTable::setSummaries(const QList<ScenarioSummary> &summaries)
{
    while (QLayoutItem *item = m_grid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    auto *head = new Label(tr("Median and range, seconds"), Type::Secondary, Tone::Muted);
    m_grid->addWidget(head, 0, 0);
    m_grid->setRowMinimumHeight(0, px(26));
    m_grid->setColumnStretch(0, 2);
    int column = 1;
    for (const Phase phase : phases) {
        m_grid->addWidget(new Label(title(phase), Type::Secondary, Tone::Muted), 0, column, Qt::AlignRight);
        m_grid->setColumnStretch(column++, 1);
    }
    m_grid->addWidget(new Label(tr("Total"), Type::Secondary, Tone::Muted), 0, column, Qt::AlignRight);
    m_grid->setColumnStretch(column, 1);
    m_lines.clear();
    int row = 1;
    for (const ScenarioSummary &one : summaries) {
        m_grid->setRowMinimumHeight(row, px(40));
        m_grid->addWidget(scenarioCell(one), row, 0);
        for (std::size_t phase = 0; phase < phases.size(); ++phase)
            m_grid->addWidget(cell(one.phases[phase], false), row, static_cast<int>(phase) + 1);
        m_grid->addWidget(cell(one.total, true), row, column);
        m_lines << row++;
    }
    update();
}

void MediansTable::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Theme &theme = Theme::of(palette());
    const QRect head(0, 0, width(), m_grid->cellRect(0, 0).bottom() + 1);
    painter.fillRect(head, theme.alt);
    painter.setPen(theme.grid);
    for (const int row : std::as_const(m_lines)) {
        const int y = m_grid->cellRect(row, 0).top();
        painter.drawLine(0, y, width(), y);
    }
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

} // namespace kernelyard
