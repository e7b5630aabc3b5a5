// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include <optional>
#include <utility>

namespace kernelyard {

/// One part of a bar.
struct BarPart
{
    QString title;
    double value = 0; ///< seconds
    int series = 0;   ///< index of its colour in Theme::series

    bool operator==(const BarPart &) const = default;
};

struct StackedBar
{
    QString name; ///< at its left: "A"
    QList<BarPart> parts;
    QString total;                                  ///< behind it: "1,604 s"
    std::optional<std::pair<double, double>> range; ///< of the total, drawn below it

    double value() const;
    bool operator==(const StackedBar &) const = default;
};

/// Bars of stacked parts, one below the other: on one scale with an axis, or each over the whole width by its shares.
/// The arrow keys and the pointer mark one part, which is then told in full.
class StackedBars : public QWidget
{
    Q_OBJECT

public:
    enum class Scale { Common, Shares };
    explicit StackedBars(Scale scale, QWidget *parent = nullptr);

    void setBars(const QList<StackedBar> &bars);
    const QList<StackedBar> &bars() const { return m_bars; }
    /// "A, Compile: 1,246 s, 78 %"; empty: nothing is marked.
    QString markedText() const;

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
    QRectF barRect(int bar) const;
    QList<QRectF> partRects(int bar) const;
    QString partText(const StackedBar &bar, const BarPart &part, double room) const;
    void mark(int bar, int part);
    void tell();
    void paintAxis(QPainter &painter) const;
    void paintBar(QPainter &painter, int bar) const;

    Scale m_scale;
    QList<StackedBar> m_bars;
    double m_top = 1; ///< the end of the common scale
    double m_tick = 1;
    int m_markedBar = -1;
    int m_markedPart = -1;
};

/// The names of parts with their colours, in a card's header.
class BarLegend : public QWidget
{
    Q_OBJECT

public:
    explicit BarLegend(QWidget *parent = nullptr);
    void setEntries(const QList<std::pair<QString, int>> &entries); ///< title, series

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<std::pair<QString, int>> m_entries;
};

/// "1,604 s" from ten seconds on, "4.3 s" below, "0.28 s" below one.
QString secondsText(double seconds);

} // namespace kernelyard
