// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logpane.h"

#include "ui/models/wording.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"

#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QShortcut>
#include <QToolTip>
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
    , m_bar(new QWidget(this))
    , m_view(new LogView(this))
{
    QWidget *bar = m_bar;
    bar->setFixedHeight(px(38));
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(px(8), 0, px(8), 0);
    row->setSpacing(px(6));

    m_field = new FindField(bar);
    m_field->setPlaceholderText(tr("Find in the log"));
    m_field->setAccessibleName(tr("Find in the log"));
    m_field->setToolTip(tr("Find (Ctrl+F)"));
    m_field->addAction(icon(Glyph::Search, Ink::Muted), QLineEdit::LeadingPosition);
    m_field->setMaximumWidth(px(300));
    m_field->setFixedHeight(px(26));
    row->addWidget(m_field, 100); // up to its most, before the stretch
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
    m_firstError = addButton(bar, {}, tr("First error"), tr("Go to the first error (Ctrl+F8)"));
    m_times = addButton(bar, {}, {}, tr("Times since the start, of the clock, or none (T)"));
    m_times->setIcon(icon(Glyph::Clock));
    m_wrap = addButton(bar, {}, tr("Wrap"), tr("Wrap long lines (W)"));
    m_wrap->setIcon(icon(Glyph::Wrap));
    m_follow = addButton(bar, {}, tr("Follow"), tr("Stay at the end (End or F)"));
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
    connect(m_firstError, &QPushButton::clicked, this, &LogPane::firstErrorAsked);
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
        const bool jumps = m_isJumping && m_view->find()->count() > 0;
        if (jumps || m_view->find()->isDone())
            m_isJumping = false;
        if (jumps)
            m_view->showMatchFromHere();
        showCount();
    });
    m_view->installEventFilter(this);
    m_view->viewport()->installEventFilter(this);
    connect(m_view->verticalScrollBar(), &QScrollBar::actionTriggered, this, [this] { m_isJumping = false; });
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

/// What is wrong with it stands below the field as soon as it is typed.
void LogPane::sayPattern(const QString &error)
{
    const QString tip = error.isEmpty() ? tr("Find (Ctrl+F)") : tr("This is no regular expression: %1.").arg(error);
    if (m_field->toolTip() == tip)
        return;
    m_field->setToolTip(tip);
    if (!error.isEmpty() && m_field->hasFocus())
        QToolTip::showText(m_field->mapToGlobal(m_field->rect().bottomLeft()), tip, m_field);
    else if (error.isEmpty())
        QToolTip::hideText();
}

void LogPane::showCount()
{
    const LogFind *find = m_view->find();
    const qint64 count = find->count();
    m_previous->setEnabled(count > 0);
    m_next->setEnabled(count > 0);
    sayPattern(find->error());
    if (!find->error().isEmpty()) {
        m_field->setCount(tr("not valid"), true);
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
        m_times->setAccessibleName(tr("Relative"));
        break;
    case LogTimes::Absolute:
        m_times->setAccessibleName(tr("Clock"));
        break;
    case LogTimes::None:
        m_times->setAccessibleName(tr("No times"));
        break;
    }
    showWords();
}

/// In a narrow window the words give way to the shapes, and the field to both: each keeps its name and its tooltip.
void LogPane::showWords()
{
    m_field->setMinimumWidth(px(m_isNarrow ? 90 : 120));
    for (QPushButton *button : {m_firstError, m_times, m_wrap, m_follow}) {
        button->setText(m_isNarrow ? QString() : button->accessibleName());
        button->setMinimumWidth(m_isNarrow ? px(28) : 0);
        button->setMaximumWidth(m_isNarrow ? px(28) : QWIDGETSIZE_MAX);
    }
    m_firstError->setIcon(m_isNarrow ? icon(Glyph::Failed) : QIcon());
    if (m_isNarrow)
        return;
    // as wide as the longest, so that nothing moves
    const QFontMetrics metrics(m_times->font());
    m_times->setMinimumWidth(
        std::max({metrics.horizontalAdvance(tr("Relative")), metrics.horizontalAdvance(tr("Clock")),
                  metrics.horizontalAdvance(tr("No times"))}) +
        px(46));
}

/// What the words take is asked anew each time: it changes with the font.
void LogPane::fit()
{
    if (m_isNarrow) {
        m_isNarrow = false;
        showWords();
        m_bar->layout()->invalidate();
    }
    m_isNarrow = width() < m_bar->minimumSizeHint().width();
    if (m_isNarrow)
        showWords();
}

bool LogPane::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Wheel || event->type() == QEvent::MouseButtonPress ||
        event->type() == QEvent::KeyPress)
        m_isJumping = false;
    return QWidget::eventFilter(watched, event);
}

void LogPane::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fit();
}

void LogPane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    fit();
}

} // namespace kernelyard
