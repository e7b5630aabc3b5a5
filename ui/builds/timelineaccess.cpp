// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/timelineaccess.h"

#include "ui/builds/timeline.h"

#include <QAccessibleWidget>
#include <QHash>
#include <QPointer>

namespace kernelyard {

namespace {

/// One bar. Lives as long as the interface of its timeline, which makes one for each that is asked for.
class BarAccess final : public QAccessibleInterface, public QAccessibleActionInterface
{
public:
    BarAccess(Timeline *timeline, int bar)
        : m_timeline(timeline)
        , m_bar(bar)
    {}

    bool isValid() const override { return m_timeline && m_bar < m_timeline->timeline().bars.size(); }
    QObject *object() const override { return nullptr; }
    QAccessibleInterface *childAt(int, int) const override { return nullptr; }
    QAccessibleInterface *parent() const override { return QAccessible::queryAccessibleInterface(m_timeline); }
    QAccessibleInterface *child(int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface *) const override { return -1; }
    QString text(QAccessible::Text kind) const override
    {
        return kind == QAccessible::Name && isValid() ? m_timeline->barDescription(m_bar) : QString();
    }
    void setText(QAccessible::Text, const QString &) override {}
    QRect rect() const override
    {
        const QRect bar = isValid() ? m_timeline->barRect(m_bar) : QRect();
        return bar.isNull() ? bar : QRect(m_timeline->viewport()->mapToGlobal(bar.topLeft()), bar.size());
    }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.selectable = state.focusable = true;
        if (isValid()) {
            const TimelineBar &bar = m_timeline->timeline().bars[m_bar];
            state.selected = bar.step >= 0 && bar.step == m_timeline->currentStep();
            state.focused = state.selected && m_timeline->hasFocus();
            state.offscreen = !m_timeline->viewport()->rect().intersects(m_timeline->barRect(m_bar));
        }
        return state;
    }
    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface *>(this) : nullptr;
    }
    QStringList actionNames() const override { return {pressAction()}; }
    void doAction(const QString &name) override
    {
        if (name == pressAction() && isValid())
            m_timeline->chooseBar(m_bar);
    }
    QStringList keyBindingsForAction(const QString &) const override { return {}; }

private:
    QPointer<Timeline> m_timeline;
    int m_bar;
};

class TimelineAccess final : public QAccessibleWidget
{
public:
    explicit TimelineAccess(Timeline *timeline)
        : QAccessibleWidget(timeline, QAccessible::List)
    {}
    ~TimelineAccess() override
    {
        for (const QAccessible::Id id : std::as_const(m_bars))
            QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override { return int(timeline()->timeline().bars.size()); }
    QAccessibleInterface *child(int index) const override
    {
        if (index < 0 || index >= childCount())
            return nullptr;
        auto known = m_bars.find(index);
        if (known == m_bars.end())
            known = m_bars.insert(index, QAccessible::registerAccessibleInterface(new BarAccess(timeline(), index)));
        return QAccessible::accessibleInterface(*known);
    }
    int indexOfChild(const QAccessibleInterface *child) const override
    {
        for (auto bar = m_bars.cbegin(); bar != m_bars.cend(); ++bar)
            if (QAccessible::accessibleInterface(*bar) == child)
                return bar.key();
        return -1;
    }
    QAccessibleInterface *childAt(int x, int y) const override
    {
        const QPoint at = timeline()->viewport()->mapFromGlobal(QPoint(x, y));
        for (int bar = 0; bar < childCount(); ++bar)
            if (timeline()->barRect(bar).contains(at))
                return child(bar);
        return nullptr;
    }
    QString text(QAccessible::Text kind) const override
    {
        if (kind == QAccessible::Description)
            return timeline()->usageDescription();
        return QAccessibleWidget::text(kind);
    }

private:
    Timeline *timeline() const { return static_cast<Timeline *>(widget()); }

    mutable QHash<int, QAccessible::Id> m_bars;
};

QAccessibleInterface *makeAccess(const QString &, QObject *object)
{
    auto *timeline = qobject_cast<Timeline *>(object);
    return timeline ? new TimelineAccess(timeline) : nullptr;
}

} // namespace

void installTimelineAccess()
{
    static const bool installed = [] {
        QAccessible::installFactory(makeAccess);
        return true;
    }();
    Q_UNUSED(installed)
}

} // namespace kernelyard
