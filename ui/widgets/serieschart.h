// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>

namespace kernelyard {

/// One line of a chart.
struct ChartSeries
{
    QString name;
    QList<std::optional<double>> values; ///< one for each place of the axis; none: the line goes on past it

    bool operator==(const ChartSeries &) const = default;
};

/// Figures of several things over a few named places, in even steps: each series with its colour, marker and dash, and
/// its name at the line's end. Left and Right move a line over the places, whose figures are then told.
class SeriesChart : public QWidget
{
    Q_OBJECT

public:
    explicit SeriesChart(QWidget *parent = nullptr);

    void setContent(const QStringList &places, const QList<ChartSeries> &series, const QString &unit);
    const QList<ChartSeries> &series() const { return m_series; }
    /// "4096: torch-flash 512, xformers 498 TFLOP/s", for the place that was moved to, else the last.
    QString words() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRect plot() const;
    QPointF at(int place, double value) const;
    void setCurrent(int place, bool tells);
    void paintAxes(QPainter &painter) const;
    void paintSeries(QPainter &painter, int index) const;
    void paintNames(QPainter &painter) const;

    QStringList m_places;
    QList<ChartSeries> m_series;
    QString m_unit;
    double m_top = 1;
    int m_current = -1;
};

/// The next number of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not below \a value.
double roundedUp(double value);

} // namespace kernelyard
