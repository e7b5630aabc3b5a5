// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/validation/validationfigures.h"

#include <QWidget>

namespace kernelyard {

class Card;
class ChoiceBox;
class HeatMap;
class Label;
class SegmentedSwitch;
class SeriesChart;

/// A run's figures: error and speed over length and head dimension, and speed over length for each back-end.
class FiguresPane : public QWidget
{
    Q_OBJECT

public:
    explicit FiguresPane(QWidget *parent = nullptr);

    /// \a backend: whose cases the map shows; empty: the first.
    void setRun(const ValidationRun &run, const QString &backend);
    void setCurrentCase(const QString &id);
    bool isEmpty() const; ///< nothing is to be shown
    QList<QWidget *> regions() const;

Q_SIGNALS:
    void caseChosen(const QString &id, const QString &backend);

private:
    void showMap();
    void showSpeed();

    ValidationRun m_run;
    QString m_backend;
    Card *m_mapCard;
    SegmentedSwitch *m_switch;
    HeatMap *m_map;
    Card *m_speedCard;
    ChoiceBox *m_group;
    SpeedGroup m_chosen; ///< by the user; of another run than has it, the first counts
    SeriesChart *m_speed;
    Label *m_difference;
    Label *m_untimed;
};

} // namespace kernelyard
