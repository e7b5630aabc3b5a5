// SPDX-License-Identifier: GPL-3.0-or-later
// LogView's part that goes to lines, steps, matches and errors, and copies.
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"

#include <QApplication>
#include <QClipboard>
#include <QToolTip>

#include <algorithm>

namespace kernelyard {

using Row = LogLayout::Row;

namespace {

constexpr qsizetype copiedAtMost = 32 << 20; ///< bytes; a clipboard is no place for a whole log

} // namespace

void LogView::selectAll()
{
    const qint64 last = m_layout.lastLine();
    if (last < 0)
        return;
    m_scene.anchor = {m_layout.firstLine(), 0};
    m_scene.caret = {last, m_painter.line(last).columns()};
    viewport()->update();
}

std::pair<LogPosition, LogPosition> LogView::selection() const
{
    const auto placeOf = [this](const LogPosition &position) {
        return std::tuple(m_layout.sectionOf(position.line, stepOfLine(position.line)), position.line, position.column);
    };
    const bool isForward = placeOf(m_scene.anchor) <= placeOf(m_scene.caret);
    return isForward ? std::pair(m_scene.anchor, m_scene.caret) : std::pair(m_scene.caret, m_scene.anchor);
}

/// Calls \a take with the lines of the selection that the filter lets through, in the order shown, until it returns
/// false.
void LogView::forSelectedLines(const std::function<bool(qint64 line)> &take) const
{
    const auto placeOf = [this](qint64 line) { return std::pair(m_layout.sectionOf(line, stepOfLine(line)), line); };
    const auto next = [this](qint64 line) { return m_layout.neighbour(line, stepOfLine(line), 1); };
    const auto [from, to] = selection();
    const auto last = placeOf(to.line);
    const bool isHidden = m_layout.isFiltered() && !m_filter.contains(from.line);
    for (qint64 line = isHidden ? next(from.line) : from.line; line >= 0 && placeOf(line) <= last; line = next(line)) {
        if (!take(line))
            return;
    }
}

QString LogView::selectedText() const
{
    return selected().value_or(QString());
}

/// Nothing: more than is copied.
std::optional<QString> LogView::selected() const
{
    if (m_source == nullptr || m_scene.anchor.line < 0 || m_scene.anchor == m_scene.caret)
        return QString();
    const auto [from, to] = selection();
    QStringList texts;
    qsizetype size = 0;
    forSelectedLines([&, from = from, to = to](qint64 number) {
        const TerminalLine line(m_source->text(number));
        const int begin = number == from.line ? line.indexAt(from.column) : 0;
        const int end = number == to.line ? line.indexAt(to.column) : int(line.text().size());
        texts << line.text().mid(begin, end - begin);
        size += texts.last().size() + 1;
        return size <= copiedAtMost;
    });
    if (size > copiedAtMost)
        return {};
    return texts.join(u'\n');
}

void LogView::sayTooMuch()
{
    QToolTip::showText(viewport()->mapToGlobal(viewport()->rect().center()),
                       tr("Nothing was copied: more than 32 MiB are selected. Save the log instead."), this);
}

void LogView::copy()
{
    const std::optional<QString> text = selected();
    if (!text)
        sayTooMuch();
    else if (!text->isEmpty())
        QApplication::clipboard()->setText(*text);
}

void LogView::copyWithColours()
{
    if (m_source == nullptr || m_scene.caret.line < 0)
        return;
    QByteArray bytes;
    forSelectedLines([this, &bytes](qint64 line) {
        bytes += m_source->text(line);
        bytes += '\n';
        return bytes.size() <= copiedAtMost;
    });
    if (bytes.size() > copiedAtMost)
        return sayTooMuch();
    QApplication::clipboard()->setText(QString::fromUtf8(bytes));
}

void LogView::copyLink()
{
    if (m_linkMaker && m_scene.caret.line >= 0)
        QApplication::clipboard()->setText(m_linkMaker(m_scene.caret.line));
}

void LogView::showLine(qint64 line)
{
    if (m_source == nullptr || line < 0 || line >= m_source->count())
        return;
    setFollowing(false);
    m_askedStep = -1;
    const int step = stepOfLine(line);
    if (m_layout.isFolded(step))
        setFolded(step, false);
    m_scene.anchor = m_scene.caret = {line, 0};
    if (m_layout.rowOfLine(line, step).kind == Row::Kind::None)
        setFiltering(false);
    scrollTo(moved({m_layout.rowOfLine(line, step).index, 0}, -viewport()->height() / 3));
    m_askedStep = step; // the line's, not that of what happens to stand above it
    checkCurrentStep();
    viewport()->update();
}

void LogView::showStep(int step)
{
    if (m_layout.rowOfStep(step).kind == Row::Kind::None)
        return;
    setFollowing(false);
    if (m_layout.isFolded(step))
        setFolded(step, false);
    scrollTo({m_layout.rowOfStep(step).index, 0});
    m_askedStep = step; // also where the log is too short to bring it to the top
    checkCurrentStep();
    viewport()->update();
}

void LogView::setAllFolded(bool folded)
{
    rearrange([this, folded] {
        for (const LogLayout::Section &section : QList(m_layout.sections())) {
            if (section.step < 0 || section.lines == 0)
                continue;
            m_foldedByHand.insert(section.step);
            m_layout.setFolded(section.step, folded);
        }
    });
}

qint64 LogView::currentMatch() const
{
    if (m_match.line < 0 || m_source == nullptr)
        return -1;
    const QList<LineMatcher::Place> places = m_find.places(textOfLine(m_match.line));
    const qsizetype within = places.indexOf(m_match.place);
    return within < 0 ? -1 : m_find.countBefore(m_match.line) + within;
}

void LogView::goToMatch(qint64 line, LineMatcher::Place place)
{
    m_match = {line, place};
    const TerminalLine &shown = m_painter.line(line);
    const int end = shown.columnAt(place.at + place.length);
    m_scene.anchor = m_scene.caret = {line, shown.columnAt(place.at)};
    setFollowing(false);
    m_askedStep = -1;
    const Place before = m_top;
    makeVisible({line, end});
    makeVisible(m_scene.caret);
    if (m_top != before) { // out of view: it comes to a third, so that what follows is seen as well
        const int part = m_wrap > 0 ? m_scene.caret.column / m_wrap : 0;
        const Place upper{m_layout.rowOfLine(line, stepOfLine(line)).index, part * m_painter.lineHeight()};
        scrollTo(moved(upper, -viewport()->height() / 3));
    }
    Q_EMIT currentMatchChanged();
}

/// In the order shown, and from the other end when there is none left.
void LogView::showNextMatch(int direction)
{
    const LineSet &lines = m_find.lines();
    if (m_source == nullptr || lines.isEmpty())
        return;
    qint64 line = m_match.line;
    if (line >= 0) { // another one in the same line
        const QList<LineMatcher::Place> places = m_find.places(textOfLine(line));
        const qsizetype next = places.indexOf(m_match.place) + direction;
        if (next >= 0 && next < places.size() && places.contains(m_match.place))
            return goToMatch(line, places[next]);
    } else {
        line = m_scene.caret.line >= 0 ? m_scene.caret.line : positionAt({0, 0}).line;
    }
    const bool isHere = m_match.line < 0 && direction > 0 && lines.contains(line);
    qint64 next = isHere ? line : m_layout.neighbourIn(lines, line, stepOfLine(line), direction);
    if (next < 0)
        next = m_layout.neighbourIn(lines, -1, -1, direction);
    if (next < 0)
        return;
    const QList<LineMatcher::Place> places = m_find.places(textOfLine(next));
    if (places.isEmpty()) // beyond what is shown of an overlong line
        goToMatch(next, {});
    else
        goToMatch(next, direction > 0 ? places.first() : places.last());
}

void LogView::showMatchFromHere()
{
    m_match = {};
    showNextMatch(1);
}

void LogView::showNextError(int direction)
{
    if (m_source == nullptr)
        return;
    const qint64 from = m_scene.caret.line;
    qint64 line = m_layout.neighbourIn(m_source->errors(), from, stepOfLine(from), direction);
    const qint64 last = m_source->count() - 1; // it may have no end yet, and no mark
    if (line < 0 && direction > 0 && last != from && last >= m_source->endedCount() &&
        m_source->kind(last) == LogKind::Error)
        line = last;
    if (line >= 0)
        showLine(line);
}

} // namespace kernelyard
