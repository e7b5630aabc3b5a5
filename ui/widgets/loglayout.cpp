// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/loglayout.h"

#include <algorithm>

namespace kernelyard {

namespace {

constexpr qint64 checkpointEvery = 64;

/// Sections by step; lines of no step after the step they follow, in the order of coming.
bool comesBefore(const LogLayout::Section &section, int step, int after)
{
    const int a = section.step >= 0 ? section.step : section.after;
    const int b = step >= 0 ? step : after;
    if (a != b)
        return a < b;
    return section.step >= 0 || step < 0;
}

} // namespace

LogLayout::LogLayout(ColumnsOf columnsOf)
    : m_columnsOf(std::move(columnsOf))
{}

void LogLayout::clear()
{
    m_sections.clear();
    m_sectionOfStep.clear();
    m_lastSection = -1;
    m_lastLine = -1;
    m_lastStep = -1;
}

int LogLayout::ensureSection(int step, int after)
{
    if (step >= 0) {
        if (const auto known = m_sectionOfStep.constFind(step); known != m_sectionOfStep.cend())
            return *known;
    }
    const auto place = std::find_if(m_sections.begin(), m_sections.end(),
                                    [&](const Section &section) { return !comesBefore(section, step, after); });
    const int at = int(place - m_sections.begin());
    Section section;
    section.step = step;
    section.after = after;
    section.hasHeader = step >= 0;
    m_sections.insert(at, section);
    for (int i = at; i < m_sections.size(); ++i) {
        if (m_sections[i].step >= 0)
            m_sectionOfStep.insert(m_sections[i].step, i);
    }
    if (m_lastSection >= at)
        ++m_lastSection;
    updateHeight(m_sections[at]);
    updateTops(at);
    return at;
}

void LogLayout::addLine(qint64 line, int step)
{
    int at = -1;
    if (step < 0 && m_lastSection >= 0 && m_sections[m_lastSection].step < 0)
        at = m_lastSection;
    else if (step >= 0 && m_lastSection >= 0 && m_sections[m_lastSection].step == step)
        at = m_lastSection;
    else
        at = ensureSection(step, m_lastStep);
    if (step >= 0)
        m_lastStep = step;
    m_lastSection = at;
    m_lastLine = line;
    Section &section = m_sections[at];
    if (!section.ranges.isEmpty() && section.ranges.last().first + section.ranges.last().count == line)
        ++section.ranges.last().count;
    else
        section.ranges.append({line, section.lines, 1});
    appendWrap(section, line);
    ++section.lines;
    updateHeight(section);
    updateTops(at + 1);
}

void LogLayout::appendWrap(Section &section, qint64 line)
{
    if (m_wrap == 0)
        return;
    if (section.lines % checkpointEvery == 0)
        section.wrapCheckpoints.append(section.wrapRows);
    m_lastRows = rowsOf(line);
    section.wrapRows += m_lastRows;
}

void LogLayout::lastLineGrew()
{
    if (m_lastSection < 0 || m_wrap == 0)
        return;
    Section &section = m_sections[m_lastSection];
    const int rows = rowsOf(m_lastLine);
    section.wrapRows += rows - m_lastRows;
    m_lastRows = rows;
    updateHeight(section);
    updateTops(m_lastSection + 1);
}

void LogLayout::showStep(int step)
{
    ensureSection(step, -1);
}

void LogLayout::setHeights(int line, int header)
{
    m_lineHeight = line;
    m_headerHeight = header;
    for (Section &section : m_sections)
        updateHeight(section);
    updateTops(0);
}

void LogLayout::setWrap(int columns)
{
    if (columns == m_wrap)
        return;
    m_wrap = columns;
    for (Section &section : m_sections) {
        section.wrapRows = 0;
        section.wrapCheckpoints.clear();
        const qint64 lines = section.lines;
        section.lines = 0;
        for (const Section::Range &range : std::as_const(section.ranges)) {
            for (qint64 line = range.first; m_wrap > 0 && line < range.first + range.count; ++line) {
                appendWrap(section, line);
                ++section.lines;
            }
        }
        section.lines = lines;
        updateHeight(section);
    }
    if (m_wrap > 0 && m_lastLine >= 0)
        m_lastRows = rowsOf(m_lastLine);
    updateTops(0);
}

bool LogLayout::isFolded(int step) const
{
    const auto at = m_sectionOfStep.constFind(step);
    return at != m_sectionOfStep.cend() && m_sections[*at].isFolded;
}

void LogLayout::setFolded(int step, bool folded)
{
    const auto at = m_sectionOfStep.constFind(step);
    if (at == m_sectionOfStep.cend() || m_sections[*at].isFolded == folded)
        return;
    m_sections[*at].isFolded = folded;
    updateHeight(m_sections[*at]);
    updateTops(*at);
}

void LogLayout::updateHeight(Section &section)
{
    const qint64 rows = section.isFolded ? 0 : m_wrap > 0 ? section.wrapRows : section.lines;
    section.height = rows * m_lineHeight + (section.hasHeader ? m_headerHeight : 0);
}

void LogLayout::updateTops(int from)
{
    for (int i = from; i < m_sections.size(); ++i)
        m_sections[i].top = i == 0 ? 0 : m_sections[i - 1].top + m_sections[i - 1].height;
}

qint64 LogLayout::height() const
{
    return m_sections.isEmpty() ? 0 : m_sections.last().top + m_sections.last().height;
}

int LogLayout::rowsOf(qint64 line) const
{
    return m_wrap > 0 ? std::max(1, (m_columnsOf(line) + m_wrap - 1) / m_wrap) : 1;
}

qint64 LogLayout::lineOfSection(int at, qint64 index) const
{
    const Section &section = m_sections[at];
    if (index < 0 || index >= section.lines)
        return -1;
    const auto after = std::upper_bound(section.ranges.begin(), section.ranges.end(), index,
                                        [](qint64 i, const Section::Range &range) { return i < range.before; });
    const Section::Range &range = *std::prev(after);
    return range.first + (index - range.before);
}

qint64 LogLayout::indexInSection(const Section &section, qint64 line) const
{
    const auto after = std::upper_bound(section.ranges.begin(), section.ranges.end(), line,
                                        [](qint64 l, const Section::Range &range) { return l < range.first; });
    if (after == section.ranges.begin())
        return -1;
    const Section::Range &range = *std::prev(after);
    return line < range.first + range.count ? range.before + (line - range.first) : -1;
}

qint64 LogLayout::rowsBefore(const Section &section, qint64 index) const
{
    if (m_wrap == 0)
        return index;
    if (index >= section.lines)
        return section.wrapRows;
    const qint64 checkpoint = index / checkpointEvery;
    qint64 rows = section.wrapCheckpoints[checkpoint];
    const int at = int(&section - m_sections.constData());
    for (qint64 i = checkpoint * checkpointEvery; i < index; ++i)
        rows += rowsOf(lineOfSection(at, i));
    return rows;
}

LogLayout::Row LogLayout::rowAt(qint64 y) const
{
    y = std::clamp<qint64>(y, 0, std::max<qint64>(0, height() - 1));
    const auto after = std::upper_bound(m_sections.begin(), m_sections.end(), y,
                                        [](qint64 value, const Section &section) { return value < section.top; });
    if (after == m_sections.begin())
        return {};
    auto place = std::prev(after);
    while (place->height == 0 && place != m_sections.begin())
        --place;
    if (place->height == 0)
        return {};
    const Section &section = *place;
    const int at = int(place - m_sections.begin());
    const qint64 head = section.hasHeader ? m_headerHeight : 0;
    if (y - section.top < head)
        return {Row::Kind::Header, at, -1, section.top, m_headerHeight};
    const qint64 row = (y - section.top - head) / m_lineHeight;
    qint64 index = row;
    qint64 rowsTo = row;
    if (m_wrap > 0) {
        const auto mark = std::upper_bound(section.wrapCheckpoints.begin(), section.wrapCheckpoints.end(), row);
        const qint64 checkpoint = mark - section.wrapCheckpoints.begin() - 1;
        index = checkpoint * checkpointEvery;
        rowsTo = section.wrapCheckpoints[checkpoint];
        for (; index < section.lines - 1; ++index) {
            const int rows = rowsOf(lineOfSection(at, index));
            if (rowsTo + rows > row)
                break;
            rowsTo += rows;
        }
    }
    const qint64 line = lineOfSection(at, index);
    return {Row::Kind::Line, at, line, section.top + head + rowsTo * m_lineHeight, rowsOf(line) * m_lineHeight};
}

LogLayout::Row LogLayout::rowOfLine(qint64 line, int step) const
{
    const int at = sectionOf(line, step);
    if (at < 0 || m_sections[at].isFolded)
        return {};
    const Section &section = m_sections[at];
    const qint64 top = section.top + (section.hasHeader ? m_headerHeight : 0);
    return {Row::Kind::Line, at, line, top + rowsBefore(section, indexInSection(section, line)) * m_lineHeight,
            rowsOf(line) * m_lineHeight};
}

LogLayout::Row LogLayout::rowOfStep(int step) const
{
    const auto at = m_sectionOfStep.constFind(step);
    if (at == m_sectionOfStep.cend())
        return {};
    return {Row::Kind::Header, *at, -1, m_sections[*at].top, m_headerHeight};
}

LogLayout::Row LogLayout::next(const Row &row) const
{
    if (row.kind == Row::Kind::None || row.top + row.height >= height())
        return {};
    return rowAt(row.top + row.height);
}

int LogLayout::stepOf(const Row &row) const
{
    return row.section >= 0 ? m_sections[row.section].step : -1;
}

int LogLayout::sectionOf(qint64 line, int step) const
{
    if (step >= 0) {
        const auto at = m_sectionOfStep.constFind(step);
        return at != m_sectionOfStep.cend() && indexInSection(m_sections[*at], line) >= 0 ? *at : -1;
    }
    for (int i = 0; i < m_sections.size(); ++i) {
        if (m_sections[i].step < 0 && indexInSection(m_sections[i], line) >= 0)
            return i;
    }
    return -1;
}

qint64 LogLayout::neighbour(qint64 line, int step, int direction) const
{
    int at = sectionOf(line, step);
    if (at < 0)
        return -1;
    const qint64 index = indexInSection(m_sections[at], line) + direction;
    if (index >= 0 && index < m_sections[at].lines)
        return lineOfSection(at, index);
    for (at += direction; at >= 0 && at < m_sections.size(); at += direction) {
        if (m_sections[at].lines > 0)
            return lineOfSection(at, direction > 0 ? 0 : m_sections[at].lines - 1);
    }
    return -1;
}

qint64 LogLayout::firstLine() const
{
    for (int i = 0; i < m_sections.size(); ++i) {
        if (m_sections[i].lines > 0)
            return lineOfSection(i, 0);
    }
    return -1;
}

bool LogLayout::isSequential() const
{
    qint64 end = 0;
    for (const Section &section : m_sections) {
        for (const Section::Range &range : section.ranges) {
            if (range.first < end)
                return false;
            end = range.first + range.count;
        }
    }
    return true;
}

qint64 LogLayout::lastLine() const
{
    for (int i = int(m_sections.size()) - 1; i >= 0; --i) {
        if (m_sections[i].lines > 0)
            return lineOfSection(i, m_sections[i].lines - 1);
    }
    return -1;
}

} // namespace kernelyard
