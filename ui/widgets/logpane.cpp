// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logpane.h"

#include "ui/models/wording.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>
#include <QVBoxLayout>

namespace kernelyard {

/// A line edit that shows a count at its right end.
class FindField final : public QLineEdit
{
public:
    using QLineEdit::QLineEdit;

    void setCount(const QString &text, bool isTrouble)
    {
        m_count = text;
        m_isTrouble = isTrouble;
        setTextMargins(
            0, 0, text.isEmpty() ? 0 : QFontMetrics(kernelyard::font(Type::Secondary)).horizontalAdvance(text) + px(6),
            0);
        setAccessibleDescription(text);
        update();
    }

protected:
    void paintEvent(QPaintEvent *event) override
    {
        QLineEdit::paintEvent(event);
        if (m_count.isEmpty())
            return;
        const Theme &theme = Theme::of(palette());
        QPainter painter(this);
        painter.setFont(kernelyard::font(Type::Secondary));
        painter.setPen(m_isTrouble ? theme.color(State::Failed) : theme.muted);
        painter.drawText(rect().adjusted(0, 0, -px(8), 0), Qt::AlignRight | Qt::AlignVCenter, m_count);
    }

private:
    QString m_count;
    bool m_isTrouble = false;
};

QPushButton *LogPane::addButton(QWidget *bar, const QString &text, const QString &name, const QString &toolTip)
{
    auto *button = new QPushButton(text, bar);
    button->setFont(kernelyard::font(Type::Medium));
    button->setAutoDefault(false);
    button->setAccessibleName(name);
    button->setToolTip(toolTip);
    button->setFixedHeight(px(26));
    button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    bar->layout()->addWidget(button);
    return button;
}

LogPane::LogPane(QWidget *parent)
    : QWidget(parent)
    , m_view(new LogView(this))
{
    auto *bar = new QWidget(this);
    bar->setFixedHeight(px(38));
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(px(8), 0, px(8), 0);
    row->setSpacing(px(6));

    m_field = new FindField(bar);
    m_field->setPlaceholderText(tr("Find in the log"));
    m_field->setAccessibleName(tr("Find in the log"));
    m_field->setToolTip(tr("Find (Ctrl+F)"));
    m_field->addAction(icon(Glyph::Search, Ink::Muted), QLineEdit::LeadingPosition);
    m_field->setMinimumWidth(px(150));
    m_field->setMaximumWidth(px(300));
    m_field->setFixedHeight(px(26));
    row->addWidget(m_field, 1);
    m_previous = addButton(bar, {}, tr("Previous match"), tr("Previous match (Shift+F3)"));
    m_next = addButton(bar, {}, tr("Next match"), tr("Next match (F3)"));
    m_matchCase = addButton(bar, QStringLiteral("Aa"), tr("Match case"), tr("Match case"));
    m_pattern = addButton(bar, QStringLiteral(".*"), tr("Regular expression"), tr("Regular expression"));
    m_previous->setIcon(icon(Glyph::ChevronUp));
    m_next->setIcon(icon(Glyph::ChevronDown));
    m_filter = addButton(bar, {}, tr("Only lines that match"),
                         tr("Only the lines that match, and two around each (Ctrl+Shift+F)"));
    m_filter->setIcon(icon(Glyph::Filter));
    for (QPushButton *button : {m_previous, m_next, m_matchCase, m_pattern, m_filter})
        button->setFixedWidth(px(28));
    row->addStretch(1);
    QPushButton *firstError = addButton(bar, tr("First error"), {}, tr("Go to the first error (Ctrl+F8)"));
    m_times = addButton(bar, tr("Relative"), {}, tr("Times since the start, of the clock, or none (T)"));
    m_times->setIcon(icon(Glyph::Clock));
    m_wrap = addButton(bar, tr("Wrap"), {}, tr("Wrap long lines (W)"));
    m_wrap->setIcon(icon(Glyph::Wrap));
    m_follow = addButton(bar, tr("Follow"), {}, tr("Stay at the end (End or F)"));
    m_follow->setIcon(icon(Glyph::Download));
    for (QPushButton *button : {m_matchCase, m_pattern, m_filter, m_wrap, m_follow})
        button->setCheckable(true);
    m_follow->setChecked(true);
    showTimes();

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(bar);
    column->addWidget(m_view, 1);

    connect(m_field, &QLineEdit::textChanged, this, &LogPane::startFind);
    connect(m_field, &QLineEdit::returnPressed, this, [this] {
        if (QGuiApplication::keyboardModifiers().testFlag(Qt::ShiftModifier))
            findPrevious();
        else
            findNext();
    });
    connect(m_previous, &QPushButton::clicked, this, &LogPane::findPrevious);
    connect(m_next, &QPushButton::clicked, this, &LogPane::findNext);
    connect(m_matchCase, &QPushButton::toggled, this, &LogPane::startFind);
    connect(m_pattern, &QPushButton::toggled, this, &LogPane::startFind);
    connect(firstError, &QPushButton::clicked, this, &LogPane::firstErrorAsked);
    connect(m_times, &QPushButton::clicked, this,
            [this] { m_view->setTimes(LogTimes((int(m_view->times()) + 1) % 3)); });
    connect(m_filter, &QPushButton::toggled, this, [this](bool on) {
        m_view->setFiltering(on);
        if (on && m_field->text().isEmpty())
            openFind(); // there is nothing to filter by yet
    });
    connect(m_view, &LogView::filteringChanged, m_filter, &QPushButton::setChecked);
    auto *filterKey =
        new QShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_F, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(filterKey, &QShortcut::activated, this, &LogPane::toggleFilter);
    connect(m_wrap, &QPushButton::toggled, m_view, &LogView::setWrapping);
    connect(m_follow, &QPushButton::toggled, m_view, &LogView::setFollowing);
    connect(m_view, &LogView::wrappingChanged, m_wrap, &QPushButton::setChecked);
    connect(m_view, &LogView::followingChanged, m_follow, &QPushButton::setChecked);
    connect(m_view, &LogView::timesChanged, this, &LogPane::showTimes);
    connect(m_view, &LogView::currentMatchChanged, this, &LogPane::showCount);
    connect(m_view->find(), &LogFind::changed, this, [this] {
        if (m_isJumping && m_view->find()->count() > 0) {
            m_isJumping = false;
            m_view->showMatchFromHere();
        }
        showCount();
    });
    showCount();
}

bool LogPane::isFinding() const
{
    return m_field->hasFocus();
}

void LogPane::hideTimes()
{
    m_times->hide();
}

void LogPane::openFind()
{
    const QString selected = m_view->selectedText();
    if (!selected.isEmpty() && !selected.contains(u'\n'))
        m_field->setText(selected);
    m_field->setFocus(Qt::ShortcutFocusReason);
    m_field->selectAll();
}

void LogPane::closeFind()
{
    m_field->clear();
    m_view->setFocus(Qt::OtherFocusReason);
}

void LogPane::findNext()
{
    if (m_field->text().isEmpty())
        openFind();
    else
        m_view->showNextMatch(1);
}

void LogPane::findPrevious()
{
    if (m_field->text().isEmpty())
        openFind();
    else
        m_view->showNextMatch(-1);
}

void LogPane::toggleFilter()
{
    m_filter->toggle();
}

void LogPane::startFind()
{
    m_isJumping = true;
    m_view->find()->setQuery({m_field->text(), m_pattern->isChecked(), m_matchCase->isChecked()});
    showCount();
}

void LogPane::showCount()
{
    const LogFind *find = m_view->find();
    const qint64 count = find->count();
    m_previous->setEnabled(count > 0);
    m_next->setEnabled(count > 0);
    m_field->setToolTip(find->error().isEmpty() ? tr("Find (Ctrl+F)") : find->error());
    if (!find->error().isEmpty()) {
        m_field->setCount(tr("no pattern"), true);
        return;
    }
    if (!find->isActive()) {
        m_field->setCount({}, false);
        return;
    }
    const QString total = countText(count) + (find->isDone() ? QString() : QStringLiteral("…"));
    const qint64 current = m_view->currentMatch();
    if (count == 0)
        m_field->setCount(find->isDone() ? tr("none") : QStringLiteral("…"), false);
    else if (current >= 0)
        m_field->setCount(tr("%1 of %2").arg(countText(current + 1), total), false);
    else
        m_field->setCount(total, false);
}

void LogPane::showTimes()
{
    switch (m_view->times()) {
    case LogTimes::Relative:
        m_times->setText(tr("Relative"));
        break;
    case LogTimes::Absolute:
        m_times->setText(tr("Clock"));
        break;
    case LogTimes::None:
        m_times->setText(tr("No times"));
        break;
    }
    // as wide as the longest, so that nothing moves
    const QFontMetrics metrics(m_times->font());
    m_times->setMinimumWidth(
        std::max({metrics.horizontalAdvance(tr("Relative")), metrics.horizontalAdvance(tr("Clock")),
                  metrics.horizontalAdvance(tr("No times"))}) +
        px(46));
}

} // namespace kernelyard
