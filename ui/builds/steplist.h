// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/stepmodel.h"

#include <QListView>

namespace kernelyard {

/// The steps of a build below their tasks: state, number, what, time. The marked one stays in view when rows or room
/// change, until the user scrolls.
class StepList : public QListView
{
    Q_OBJECT

public:
    explicit StepList(StepModel *model, QWidget *parent = nullptr);

    /// Marks a step without saying that it was chosen.
    void setCurrentStep(int step);
    int currentStep() const; ///< -1: none

Q_SIGNALS:
    void stepChosen(int step); ///< by mouse or keyboard

protected:
    void currentChanged(const QModelIndex &current, const QModelIndex &previous) override;
    void mousePressEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void updateGeometries() override;

private:
    bool m_isMarking = false;
    bool m_keepsCurrent = false; ///< in view
};

} // namespace kernelyard
