// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/timelinecard.h"

#include "ui/builds/timeline.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"

#include <QAction>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace kernelyard {

namespace {

/// What the three marks of a timeline mean.
class Legend final : public QWidget
{
public:
    explicit Legend(QWidget *parent)
        : QWidget(parent)
    {
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
        setAccessibleName(TimelineCard::tr("Legend: cached, critical path, expected"));
    }

    QSize sizeHint() const override
    {
        const QFontMetrics metrics(kernelyard::font(Type::Secondary));
        int width = 0;
        for (const QString &word : words())
            width += px(22) + metrics.horizontalAdvance(word) + px(16);
        return {width, px(20)};
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = Theme::of(palette());
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setFont(kernelyard::font(Type::Secondary));
        int x = 0;
        for (int i = 0; i < 3; ++i) {
            const QRect mark(x, 0, px(16), height());
            const QRectF box = QRectF(mark.left() + 0.5, height() / 2.0 - px(6), px(14), px(12));
            if (i == 0) {
                painter.setPen(theme.color(State::Cached));
                painter.setBrush(theme.tint(State::Cached));
                painter.drawRoundedRect(box.adjusted(px(1), 0, -px(1), 0), px(2), px(2));
                paintGlyph(painter, box.toRect().adjusted(px(2), px(1), -px(2), -px(1)), Glyph::Cached,
                           theme.color(State::Cached));
            } else if (i == 1) {
                painter.fillRect(QRectF(mark.left(), height() / 2.0 - 1, px(16), 2.5), theme.text);
            } else {
                painter.setPen(QPen(theme.accent, 1, Qt::DashLine));
                painter.setBrush(mixed(theme.accentFill, theme.base, 0.25));
                painter.drawRect(box);
            }
            const QString word = words()[i];
            painter.setPen(theme.muted);
            const int width = painter.fontMetrics().horizontalAdvance(word);
            painter.drawText(QRect(x + px(22), 0, width + px(2), height()), Qt::AlignLeft | Qt::AlignVCenter, word);
            x += px(22) + width + px(16);
        }
    }

private:
    static QStringList words()
    {
        return {TimelineCard::tr("cached"), TimelineCard::tr("critical path"), TimelineCard::tr("expected")};
    }
};

} // namespace

TimelineCard::TimelineCard(QWidget *parent)
    : Card(parent)
    , m_timeline(new Timeline(this))
    , m_cpu(new QAction(tr("CPU"), this))
{
    setHeader(tr("Timeline"));
    setFlush();
    setAccessibleName(tr("Timeline"));
    headerActions()->addWidget(new Legend(this));
    auto *cpu = new QPushButton(tr("CPU"), this);
    cpu->setCheckable(true);
    cpu->setFixedHeight(px(24));
    cpu->setToolTip(tr("Show the CPU that was used over the memory"));
    headerActions()->addWidget(cpu);
    m_cpu->setCheckable(true);
    connect(cpu, &QPushButton::toggled, m_cpu, &QAction::setChecked);
    connect(m_cpu, &QAction::toggled, cpu, &QPushButton::setChecked);
    connect(m_cpu, &QAction::toggled, m_timeline, &Timeline::setCpuShown);
    body()->addWidget(m_timeline);
}

} // namespace kernelyard
