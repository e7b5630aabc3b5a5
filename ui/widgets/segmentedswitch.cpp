// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/segmentedswitch.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>

namespace kernelyard {

namespace {

class Segment final : public QAbstractButton
{
public:
    explicit Segment(QWidget *parent)
        : QAbstractButton(parent)
    {
        setCheckable(true);
        setFont(kernelyard::font(Type::Body));
        setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
        setAttribute(Qt::WA_Hover);
        connect(this, &QAbstractButton::toggled, this, [this](bool on) {
            setFocusPolicy(on ? Qt::StrongFocus : Qt::ClickFocus);
            setFont(kernelyard::font(on ? Type::CardHeader : Type::Body));
        });
        setFocusPolicy(Qt::ClickFocus);
    }

    QSize sizeHint() const override { return sizeWithin(px(10)); }
    QSize minimumSizeHint() const override { return sizeWithin(px(4)); } // in a narrow window

private:
    QSize sizeWithin(int padding) const
    {
        const QFontMetrics bold(kernelyard::font(Type::CardHeader)); // so that choosing moves nothing
        return {bold.horizontalAdvance(text()) + 2 * padding, px(28)};
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = Theme::of(palette());
        QPainter painter(this);
        if (isChecked() || underMouse()) {
            QPainterPath frame;
            frame.addRoundedRect(QRectF(parentWidget()->rect()).adjusted(1, 1, -1, -1).translated(-pos()), px(4),
                                 px(4));
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setClipPath(frame);
            painter.fillRect(rect(), isChecked() ? theme.selection : theme.hover);
            painter.setClipping(false);
        }
        painter.setPen(isChecked() ? theme.text : theme.muted);
        painter.drawText(rect(), Qt::AlignCenter, text());
    }
};

} // namespace

SegmentedSwitch::SegmentedSwitch(const QString &accessibleName, QWidget *parent)
    : QWidget(parent)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    setAccessibleName(accessibleName);
    setProperty("focusRing", true);
    connect(&m_group, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        update();
        if (on)
            Q_EMIT currentChanged(id);
    });
    connect(&m_group, &QButtonGroup::idClicked, this, &SegmentedSwitch::clicked);
}

int SegmentedSwitch::addSegment(const QString &text)
{
    auto *segment = new Segment(this);
    const int index = static_cast<int>(m_group.buttons().size());
    m_group.addButton(segment, index);
    layout()->addWidget(segment);
    setText(index, text);
    if (index == 0)
        segment->setChecked(true);
    return index;
}

void SegmentedSwitch::setText(int index, const QString &text)
{
    QAbstractButton *segment = m_group.button(index);
    segment->setText(text);
    segment->setAccessibleName(text);
    segment->updateGeometry();
}

int SegmentedSwitch::current() const
{
    return m_group.checkedId();
}

void SegmentedSwitch::setCurrent(int index)
{
    if (QAbstractButton *segment = m_group.button(index))
        segment->setChecked(true);
}

void SegmentedSwitch::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.buttonEdge);
    painter.setBrush(theme.base);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(4), px(4));
    const QList<QAbstractButton *> segments = m_group.buttons();
    for (qsizetype i = 1; i < segments.size(); ++i)
        painter.drawLine(QPointF(segments[i]->x() + 0.5, 1), QPointF(segments[i]->x() + 0.5, height() - 1));
}

} // namespace kernelyard
