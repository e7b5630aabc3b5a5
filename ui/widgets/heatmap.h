// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>

namespace kernelyard {

/// One figure of a heat map.
struct HeatCell
{
    QString text;     ///< the number
    double share = 0; ///< of the darkest, 0 to 1
    bool failed = false;
    QString words; ///< the whole of it: for the tooltip and for a screen reader
    QString id;    ///< what activated() says

    bool operator==(const HeatCell &) const = default;
};

/// A table of figures beside others that have the same rows.
struct HeatGroup
{
    QString title;
    QStringList columns;
    QList<QList<std::optional<HeatCell>>> cells; ///< by row, then column

    bool operator==(const HeatGroup &) const = default;
};

/// Figures over rows and columns, each printed on a ground of one hue; a failed one shows its state's shape instead.
/// Arrows move a frame over the cells, Enter activates one.
class HeatMap : public QWidget
{
    Q_OBJECT

public:
    explicit HeatMap(QWidget *parent = nullptr);

    /// \a scale says what the darkest ground stands for, "100 %, then fail".
    void setContent(const QStringList &rows, const QList<HeatGroup> &groups, const QString &scale);
    const QList<HeatGroup> &groups() const { return m_groups; }
    const QStringList &rows() const { return m_rows; }
    /// The cell that the frame is on; null without one.
    const HeatCell *current() const;
    void setCurrentId(const QString &id); ///< the frame goes there, without a signal

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void activated(const QString &id);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    struct Place
    {
        int group = 0, row = 0, column = 0;
        bool operator==(const Place &) const = default;
    };

    int columnCount() const;
    int rowHeight() const;
    int labelWidth() const;
    int cellWidth() const;
    QRect cellRect(const Place &place) const;
    std::optional<Place> placeAt(QPoint point) const;
    const HeatCell *cell(const Place &place) const;
    void move(int columns, int rows);
    void setPlace(const std::optional<Place> &place);
    void paintLegend(QPainter &painter) const;
    void paintCell(QPainter &painter, const Place &place) const;

    QStringList m_rows;
    QList<HeatGroup> m_groups;
    QString m_scale;
    std::optional<Place> m_current;
};

} // namespace kernelyard
