// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"

#include <QWidget>

namespace kernelyard {

/// The MIG slices of a GPU, a row each: number, profile, multiprocessors, bars of its utilisation, where it is
/// told, and its memory, and the figures.
class SliceBars : public QWidget
{
    Q_OBJECT

public:
    explicit SliceBars(QWidget *parent = nullptr);

    void setSlices(const QList<MigSlice> &slices);
    const QList<MigSlice> &slices() const { return m_slices; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<MigSlice> m_slices;
};

} // namespace kernelyard
