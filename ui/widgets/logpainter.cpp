// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logpainter.h"

#include "ui/models/wording.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

QColor colourOf(const TextStyle &style, const Theme &theme)
{
    switch (style.hue) {
    case 1:
        return theme.color(State::Failed);
    case 2:
        return theme.color(State::Success);
    case 3:
        return theme.color(State::Warning);
    case 4:
        return theme.accent;
    case 5:
        return theme.series[3];
    case 6:
        return theme.series[1];
    default:
        return style.faint ? theme.muted : theme.text;
    }
}

/// "[287/412]" at the start of a line, as ninja counts: its length, else 0.
int counterLength(const QString &text)
{
    if (!text.startsWith(u'['))
        return 0;
    qsizetype i = 1;
    bool hasSlash = false;
    for (; i < text.size() && i < 24 && (text[i].isDigit() || (text[i] == u'/' && !hasSlash && i > 1)); ++i)
        hasSlash = hasSlash || text[i] == u'/';
    return hasSlash && i < text.size() && text[i] == u']' ? int(i) + 1 : 0;
}

constexpr qsizetype keptCharacters = 4 << 20; ///< of lines rendered: 8 MiB

QString clockText(BuildTime at)
{
    const qint64 ms = std::max<qint64>(0, std::chrono::floor<std::chrono::milliseconds>(at).count());
    const qint64 minutes = ms / 60000;
    const QString rest =
        u"%1.%2"_s.arg(ms / 1000 % 60, 2, 10, QLatin1Char('0')).arg(ms % 1000, 3, 10, QLatin1Char('0'));
    if (minutes < 60)
        return u"%1:%2"_s.arg(minutes).arg(rest);
    return u"%1:%2:%3"_s.arg(minutes / 60).arg(minutes % 60, 2, 10, QLatin1Char('0')).arg(rest);
}

} // namespace

void LogPainter::setFont(const QFont &font)
{
    m_shapedFont = font;
    m_font = font;
    m_font.setKerning(false);
    m_font.setStyleStrategy(QFont::PreferNoShaping); // no ligatures, and the fast path
    const QFontMetricsF metrics(m_font);
    m_cellWidth = metrics.horizontalAdvance(QString(100, u'0')) / 100;
    m_boldFont = m_font;
    m_boldFont.setWeight(QFont::DemiBold);
    if (std::abs(QFontMetricsF(m_boldFont).horizontalAdvance(QString(100, u'0')) / 100 - m_cellWidth) > 0.05)
        m_boldFont = m_font; // bold must not leave the grid
    m_lineHeight = std::max(px(18), int(std::ceil(metrics.height())) + 2);
    m_headerHeight = std::max(px(22), m_lineHeight + 4);
    m_padding = px(10);
    m_baseline = int(std::round((m_lineHeight - metrics.height()) / 2 + metrics.ascent()));
}

void LogPainter::setSource(const LogSource *source)
{
    m_source = source;
    m_lines.clear();
    m_lines.setMaxCost(keptCharacters);
}

void LogPainter::forget(qint64 line)
{
    const QList<qint64> known = m_lines.keys();
    for (const qint64 one : known) {
        if (one >= line)
            m_lines.remove(one);
    }
}

TerminalLine LogPainter::line(qint64 line) const
{
    if (const TerminalLine *known = m_lines.object(line))
        return *known;
    TerminalLine made(m_source->text(line));
    // a line that takes all the room alone is kept all the same, until the next
    m_lines.insert(line, new TerminalLine(made), std::clamp<qsizetype>(made.text().size() + 64, 1, keptCharacters));
    return made;
}

QString LogPainter::timeText(qint64 line, const LogScene &scene) const
{
    if (!m_source->hasTimes())
        return {};
    const BuildTime at = m_source->time(line);
    if (scene.times == LogTimes::Relative)
        return clockText(at);
    if (scene.times == LogTimes::Absolute && scene.clock.start.isValid())
        return scene.clock.moment(at).toLocalTime().toString(u"HH:mm:ss.zzz");
    return {};
}

int LogPainter::gutterWidth(LogTimes times) const
{
    const qint64 lines = m_source != nullptr ? m_source->count() : 0;
    if (m_source == nullptr || !m_source->hasTimes())
        times = LogTimes::None;
    // fixed while the log grows within a power of ten, so that the text does not move
    const auto cells = [&](qsizetype count) { return int(std::ceil(double(count) * m_cellWidth)); };
    const qsizetype digits = std::max<qsizetype>(5, countText(lines).size());
    int width = px(8) + cells(digits) + px(8);
    if (times == LogTimes::Absolute)
        width += cells(12) + px(8);
    else if (times == LogTimes::Relative)
        width += cells(lines > 0 && m_source->time(lines - 1) >= std::chrono::hours(1) ? 11 : 9) + px(8);
    return width;
}

void LogPainter::paintHeader(QPainter &painter, const Frame &frame, const QRect &rect, const LogLayout::Row &row) const
{
    const LogLayout::Section &section = frame.layout->sections()[row.section];
    const bool isFiltered = frame.layout->isFiltered();
    const LogStep step = frame.scene->steps.value(section.step);
    const Theme &theme = frame.theme;
    painter.fillRect(rect, theme.alt);
    painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.grid);
    const int side = px(16);
    const int top = rect.top() + (rect.height() - 1 - side) / 2;
    if (section.lines > 0)
        paintGlyph(painter, QRect(rect.left() + px(8), top, side, side),
                   section.isFolded ? Glyph::ChevronRight : Glyph::ChevronDown, theme.muted);
    paintState(painter, QRect(rect.left() + px(30), top, side, side), step.state, theme,
               step.state == State::Running ? ringTurn() : 0);

    QString facts = step.duration;
    if (section.lines > 0) {
        const QString all = section.lines == 1
                                ? QCoreApplication::translate("LogView", "1 line")
                                : QCoreApplication::translate("LogView", "%1 lines").arg(countText(section.lines));
        const QString counted =
            isFiltered ? QCoreApplication::translate("LogView", "%1 of %2").arg(countText(section.shown), all) : all;
        facts = facts.isEmpty() ? counted : QString(counted % u", " % facts);
    }
    painter.setFont(kernelyard::font(Type::Secondary));
    painter.setPen(theme.muted);
    const int factsWidth = painter.fontMetrics().horizontalAdvance(facts);
    const QRect inner = rect.adjusted(px(52), 0, -px(10), -1);
    painter.drawText(inner, Qt::AlignRight | Qt::AlignVCenter, facts);
    painter.setFont(m_font);
    painter.setPen(theme.text);
    const QRect room = inner.adjusted(0, 0, -factsWidth - px(12), 0);
    painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                     painter.fontMetrics().elidedText(step.title, Qt::ElideRight, room.width()));
}

void LogPainter::paintGutter(QPainter &painter, const Frame &frame, const QRect &rect, qint64 line) const
{
    const Theme &theme = frame.theme;
    const bool isError = m_source->kind(line) == LogKind::Error;
    painter.setPen(isError ? theme.color(State::Failed) : theme.faint);
    painter.setFont(isError ? m_boldFont : m_font);
    const QString time = timeText(line, *frame.scene);
    const double timeWidth = double(time.size()) * m_cellWidth;
    const double timeLeft = frame.gutter - px(8) - timeWidth;
    const QString number = countText(line + 1);
    const QString widest = countText(m_source->count());
    const double numberRight = px(8) + double(std::max<qsizetype>(5, widest.size())) * m_cellWidth;
    painter.drawText(QPointF(numberRight - double(number.size()) * m_cellWidth, rect.top() + m_baseline), number);
    if (!time.isEmpty())
        painter.drawText(QPointF(timeLeft, rect.top() + m_baseline), time);
}

QList<TerminalLine::Run> LogPainter::runsOf(qint64 line, const TerminalLine &text) const
{
    const LogKind kind = m_source->kind(line);
    QList<TerminalLine::Run> runs = text.runs();
    if (!runs.isEmpty())
        return runs;
    if (kind == LogKind::Error)
        return {{0, int(text.text().size()), TextStyle{.bold = true}}};
    if (const int counter = counterLength(text.text()); counter > 0)
        runs.append({0, counter, TextStyle{.hue = 4}});
    if (kind == LogKind::Warning) {
        const qsizetype at = text.text().indexOf(u"warning"_s, 0, Qt::CaseInsensitive);
        if (at >= 0)
            runs.append({int(at), 7, TextStyle{.hue = 3, .bold = true}});
    }
    return runs;
}

void LogPainter::drawCells(QPainter &painter, const TerminalLine &text, int at, int length, double x, int y) const
{
    const QStringView part = QStringView(text.text()).mid(at, length);
    const bool isAscii = std::all_of(part.begin(), part.end(), [](QChar c) { return c.unicode() < 0x7f; });
    if (isAscii) {
        painter.drawText(QPointF(x, y), part.toString());
        return;
    }
    // other fonts may step in with other widths: each character at its own cell
    const QFont kept = painter.font();
    QFont shaped = m_shapedFont;
    shaped.setWeight(kept.weight());
    const int column = text.columnAt(at);
    for (int i = 0; i < length;) {
        int end = i + 1;
        while (end < length && text.columnAt(at + end) == text.columnAt(at + i))
            ++end;
        const bool plain = end == i + 1 && part[i].unicode() < 0x7f; // marks need shaping
        painter.setFont(plain ? kept : shaped);
        painter.drawText(QPointF(x + (text.columnAt(at + i) - column) * m_cellWidth, y),
                         part.mid(i, end - i).toString());
        i = end;
    }
    painter.setFont(kept);
}

void LogPainter::paintText(QPainter &painter, const Frame &frame, const QRect &rect, qint64 line, int firstColumn,
                           int columns, int x) const
{
    const TerminalLine &text = this->line(line);
    const int from = text.indexAt(firstColumn);
    const int to = std::min<int>(int(text.text().size()), text.indexAt(firstColumn + columns));
    const int y = rect.top() + m_baseline;
    const auto xOf = [&](int index) { return x + (text.columnAt(index) - firstColumn) * m_cellWidth; };
    const auto draw = [&](int begin, int end, const TextStyle &style) {
        begin = std::max(begin, from);
        end = std::min(end, to);
        if (begin >= end)
            return;
        const double left = xOf(begin);
        const double right = xOf(end);
        if (style.marked)
            painter.fillRect(QRectF(left, rect.top() + 1, right - left, m_lineHeight - 2), frame.theme.track);
        QFont font = style.bold ? m_boldFont : m_font;
        painter.setFont(font);
        painter.setPen(colourOf(style, frame.theme));
        drawCells(painter, text, begin, end - begin, left, y);
        if (style.underline)
            painter.fillRect(QRectF(left, y + 2, right - left, 1), painter.pen().color());
    };
    int at = 0;
    for (const TerminalLine::Run &run : runsOf(line, text)) {
        draw(at, run.at, {});
        draw(run.at, run.at + run.length, run.style);
        at = run.at + run.length;
    }
    draw(at, int(text.text().size()), {});
}

void LogPainter::paintNote(QPainter &painter, const Frame &frame, const QRect &rect, qint64 line) const
{
    const Theme &theme = frame.theme;
    const int left = textLeft(frame.gutter);
    painter.fillRect(QRect(frame.gutter, rect.top(), rect.width() - frame.gutter, rect.height()), theme.alt);
    painter.fillRect(QRect(frame.gutter, rect.top(), px(3), rect.height()), theme.muted);
    painter.setFont(kernelyard::font(Type::Body));
    painter.setPen(theme.muted);
    painter.save();
    painter.setClipRect(QRect(left, rect.top(), rect.width() - left, rect.height()));
    painter.drawText(QPoint(left - frame.left, rect.top() + m_baseline), u"Kernelyard: "_s % this->line(line).text());
    painter.restore();
}

void LogPainter::paintLine(QPainter &painter, const Frame &frame, const QRect &rect, const LogLayout::Row &row,
                           int from, int to) const
{
    const Theme &theme = frame.theme;
    const LogKind kind = m_source->kind(row.line);
    const bool isCaret = frame.scene->hasFocus && frame.scene->caret.line == row.line;
    const bool isError = kind == LogKind::Error;
    const QRect textRect(frame.gutter + 1, rect.top(), rect.width() - frame.gutter - 1, rect.height());
    painter.fillRect(QRect(rect.left(), rect.top(), frame.gutter, rect.height()),
                     isError ? theme.tint(State::Failed) : theme.gutter);
    painter.fillRect(textRect, isError ? theme.tint(State::Failed) : isCaret ? theme.hover : theme.log);
    painter.fillRect(QRect(frame.gutter, rect.top(), 1, rect.height()), theme.grid);
    if (isError)
        painter.fillRect(QRect(rect.left(), rect.top(), px(3), rect.height()), theme.color(State::Failed));
    paintGutter(painter, frame, rect, row.line);
    if (kind == LogKind::Note && frame.wrap == 0 && from == to) {
        paintNote(painter, frame, rect, row.line);
        return;
    }

    const TerminalLine &text = line(row.line);
    painter.save();
    painter.setClipRect(textRect);
    const int columns = frame.wrap > 0 ? frame.wrap : int(std::ceil(textRect.width() / m_cellWidth)) + 2;
    const int skipped = frame.wrap > 0 ? 0 : int(frame.left / m_cellWidth);
    const int rows = rect.height() / m_lineHeight;
    const QList<LineMatcher::Place> matches = frame.find->places(text.text());
    for (int part = 0; part < rows; ++part) {
        const int firstColumn = skipped + part * frame.wrap;
        const int x = textLeft(frame.gutter) - (frame.wrap > 0 ? 0 : int(frame.left - skipped * m_cellWidth));
        const QRect partRect(rect.left(), rect.top() + part * m_lineHeight, rect.width(), m_lineHeight);
        if (partRect.bottom() < 0 || partRect.top() > frame.height)
            continue;
        const auto mark = [&](int begin, int end, const QColor &color, bool outlined) {
            begin = std::clamp(begin - firstColumn, 0, columns);
            end = std::clamp(end - firstColumn, 0, columns);
            if (begin == end)
                return;
            const QRectF box(x + begin * m_cellWidth, partRect.top() + 1, (end - begin) * m_cellWidth,
                             m_lineHeight - 2);
            painter.fillRect(box, color);
            if (outlined) {
                painter.setPen(theme.text);
                painter.drawRect(box.adjusted(0, 0, -1, -1));
            }
        };
        if (from != to)
            mark(from, to, theme.selection, false);
        for (const LineMatcher::Place &match : matches) {
            const bool isCurrent = LogMatch{row.line, match} == frame.match;
            mark(text.columnAt(match.at), text.columnAt(match.at + match.length),
                 isCurrent ? theme.currentMatch : theme.match, isCurrent);
        }
        paintText(painter, frame, partRect, row.line, firstColumn, columns, x);
        if (isCaret) {
            const int caret = frame.scene->caret.column - firstColumn;
            if (caret >= 0 && caret <= columns)
                painter.fillRect(QRectF(x + caret * m_cellWidth, partRect.top() + 1, 1, m_lineHeight - 2),
                                 theme.accent);
        }
    }
    painter.restore();
}

} // namespace kernelyard
