// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QWidget>

namespace kernelyard {

/// One layer of an environment as a box: its state, name and size or progress.
struct LayerBox
{
    QString name;
    QString sub;
    State state = State::Waiting;

    bool operator==(const LayerBox &) const = default;
};

/// The layers in build order, linked by chevrons.
class LayerBoxes : public QWidget
{
    Q_OBJECT

public:
    explicit LayerBoxes(QWidget *parent = nullptr);

    void setBoxes(const QList<LayerBox> &boxes);
    const QList<LayerBox> &boxes() const { return m_boxes; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    QRect boxRect(qsizetype index) const;

    QList<LayerBox> m_boxes;
};

/// A bar of 6 px for n of a known total.
class ProgressLine : public QWidget
{
    Q_OBJECT

public:
    explicit ProgressLine(QWidget *parent = nullptr);

    void setProgress(int done, int total);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    int m_done = 0;
    int m_total = 0;
};

} // namespace kernelyard
