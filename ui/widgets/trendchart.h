// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>

namespace kernelyard {

/// How one figure went from build to build: a line over the builds, with marks where there is no figure (cached) or
/// where it ended badly, and rings around the builds that are compared. Left and Right move from build to build.
class TrendChart : public QWidget
{
    Q_OBJECT

public:
    enum class Kind { Measured, Failed, Cached };
    struct Point
    {
        QString name; ///< "#0412"
        Kind kind = Kind::Measured;
        double seconds = 0; ///< of Measured and Failed
        QString words;      ///< "12 Mar 09:14, 5:12"
        bool marked = false;

        bool operator==(const Point &) const = default;
    };

    explicit TrendChart(QWidget *parent = nullptr);

    void setPoints(const QList<Point> &points); ///< oldest first
    const QList<Point> &points() const { return m_points; }
    /// "41 builds, median 5:12, last 5:40", for people who don't see the line; empty without points.
    QString summary() const;
    int current() const { return m_current; } ///< the build that was moved to; -1: none

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRect plot() const;
    QPointF placeOf(int point) const;
    int pointAt(int x) const;
    void setCurrent(int point);
    void paintAxis(QPainter &painter) const;
    void paintLine(QPainter &painter) const;
    void paintPoints(QPainter &painter) const;

    QList<Point> m_points;
    double m_top = 1; ///< seconds at the top of the plot
    int m_current = -1;
};

} // namespace kernelyard
