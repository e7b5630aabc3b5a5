// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QPointF>
#include <QString>
#include <QWidget>

#include <optional>

class QPainter;

namespace kernelyard {

/// One quantity over the last minutes.
struct ChartData
{
    QString title;               ///< "Memory"
    QString value;               ///< now, the strong figure: "38.2"
    QString unit;                ///< behind it: "of 140.4 GiB", "%"
    QList<QPointF> points;       ///< x in seconds, newest last and nearest to 0; a y that is NaN is a gap
    double top = 100;            ///< of the scale, which begins at 0
    std::optional<double> limit; ///< a dashed line
    double spanSeconds = 300;    ///< shown
    qint64 edgeMs = 0;           ///< when x = 0 is, since 1970
    int series = 0;              ///< index in Theme::series
    bool isPast = false;         ///< the right edge is an end, not now
};

/// Title, the figure now, and a line with a filled ground below it. The keyboard moves a mark along the line (Left,
/// Right, Home, End; Esc lets it go), whose value and age then stand in the place of the figure, and are what a screen
/// reader reads.
class LineChart : public QWidget
{
    Q_OBJECT

public:
    explicit LineChart(QWidget *parent = nullptr);

    void setData(ChartData data);
    const ChartData &data() const { return m_data; }
    /// The point that the mark stands on; -1: none.
    qsizetype marked() const { return m_marked; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    QRectF plot() const;
    QPointF placeOf(const QPointF &point, const QRectF &plot) const;
    void mark(qsizetype index);
    qsizetype nearest(double x) const;
    QString markedText() const;
    void tell();
    void paintHead(QPainter &painter) const;
    void paintLine(QPainter &painter, const QRectF &plot) const;

    ChartData m_data;
    qsizetype m_marked = -1;
};

} // namespace kernelyard
