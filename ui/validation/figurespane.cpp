// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/figurespane.h"

#include "ui/validation/validationmodel.h"
#include "ui/widgets/card.h"
#include "ui/widgets/choicebox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/segmentedswitch.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace kernelyard {

FiguresPane::FiguresPane(QWidget *parent)
    : QWidget(parent)
    , m_mapCard(new Card)
    , m_switch(new SegmentedSwitch(tr("What the map shows")))
    , m_map(new HeatMap)
    , m_speedCard(new Card)
    , m_group(new ChoiceBox(tr("Type, head dimension and mask of the chart")))
    , m_speed(new SeriesChart)
    , m_difference(new Label({}, Type::Secondary, Tone::Muted))
    , m_untimed(new Label({}, Type::Secondary, Tone::Muted))
{
    m_mapCard->setHeader(tr("Rel. L2"));
    m_switch->addSegment(tr("Error"));
    m_switch->addSegment(tr("Speed"));
    m_mapCard->headerActions()->addWidget(m_switch);
    m_map->setAccessibleName(tr("Error or speed, by length and head dimension"));
    m_mapCard->body()->addWidget(m_map);
    connect(m_switch, &SegmentedSwitch::currentChanged, this, &FiguresPane::showMap);
    connect(m_map, &HeatMap::activated, this, [this](const QString &id) { Q_EMIT caseChosen(id, m_backend); });

    m_speedCard->setHeader(tr("Speed by length"));
    m_speed->setAccessibleName(tr("Speed by length, for each back-end"));
    m_speedCard->headerActions()->addWidget(m_group);
    connect(m_group, &QComboBox::activated, this, [this](int index) {
        m_chosen = speedGroups(m_run).value(index);
        showSpeed();
    });
    m_speedCard->body()->addWidget(m_speed, 1);
    m_speedCard->body()->addWidget(m_difference);
    m_speedCard->body()->addWidget(m_untimed);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(12));
    column->addWidget(m_mapCard);
    column->addWidget(m_speedCard, 1);
}

void FiguresPane::setRun(const ValidationRun &run, const QString &backend)
{
    m_run = run;
    m_backend = backend.isEmpty() ? backendsOf(run).value(0) : backend;
    showMap();
    showSpeed();
}

void FiguresPane::showSpeed()
{
    const QList<SpeedGroup> groups = speedGroups(m_run);
    const SpeedGroup shown = groups.contains(m_chosen) ? m_chosen : groups.value(0);
    QList<ChoiceBox::Choice> choices;
    for (const SpeedGroup &group : groups)
        choices.append({group.text(), group.text()});
    m_group->setChoices(choices, shown.text());
    m_group->setVisible(groups.size() > 1);
    const SpeedLines lines = speedLines(m_run, shown);
    m_speedCard->setHeader(tr("%1 by length").arg(lines.unit), groups.size() > 1 ? QString() : shown.text());
    m_speed->setContent(lines.lengths, lines.series, lines.unit);
    m_speedCard->setVisible(!lines.series.isEmpty());
    m_difference->setText(differenceText(m_run, shown));
    m_untimed->setText(untimedText(m_run, shown));
    for (Label *label : {m_difference, m_untimed})
        label->setVisible(!label->text().isEmpty());
}

void FiguresPane::showMap()
{
    const MapFigure figure = m_switch->current() == 1 ? MapFigure::Speed : MapFigure::Error;
    const ValidationMap map = validationMap(m_run, m_backend, figure);
    const QString what = figure == MapFigure::Error ? tr("Rel. L2") : tr("Speed");
    m_mapCard->setHeader(what, backendsOf(m_run).size() > 1
                                   ? tr("by length and head dimension, %1").arg(backendText(m_backend))
                                   : tr("by length and head dimension"));
    m_map->setContent(map.rows, map.groups, map.scale);
    m_mapCard->setVisible(!map.isEmpty());
}

void FiguresPane::setCurrentCase(const QString &id)
{
    m_map->setCurrentId(id);
}

bool FiguresPane::isEmpty() const
{
    return m_map->groups().isEmpty() && m_speed->series().isEmpty();
}

QList<QWidget *> FiguresPane::regions() const
{
    QList<QWidget *> found;
    if (!m_map->groups().isEmpty())
        found.append(m_map);
    if (!m_speed->series().isEmpty())
        found.append(m_speed);
    return found;
}

} // namespace kernelyard
