// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/loglayout.h"

#include <algorithm>

namespace kernelyard {

namespace {

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

void LogLayout::clear()
{
    m_sections.clear();
    m_sectionOfStep.clear();
    m_lastSection = -1;
    m_end = 0;
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
    return at;
}

void LogLayout::add(const QList<StepRun> &runs, qint64 end)
{
    for (qsizetype i = 0; i < runs.size(); ++i) {
        const qint64 next = i + 1 < runs.size() ? runs[i + 1].first : end;
        if (next > runs[i].first)
            addRun(runs[i].first, next, runs[i].step);
    }
    updateTops(0);
}

void LogLayout::addRun(qint64 first, qint64 end, int step)
{
    int at = -1;
    if (m_lastSection >= 0 && m_sections[m_lastSection].step == step)
        at = m_lastSection;
    else
        at = ensureSection(step, m_lastStep);
    if (step >= 0)
        m_lastStep = step;
    m_lastSection = at;
    m_end = end;
    Section &section = m_sections[at];
    if (!section.ranges.isEmpty() && section.ranges.last().first + section.ranges.last().count == first) {
        section.ranges.last().count += end - first;
    } else {
        section.ranges.append({first, section.lines, end - first, section.shown});
    }
    section.lines += end - first;
    section.shown += m_filter != nullptr ? m_filter->count(first, end) : end - first;
}

void LogLayout::dropLast(qint64 line)
{
    if (m_lastSection < 0 || line != m_end - 1)
        return;
    Section &section = m_sections[m_lastSection];
    section.shown -= isShown(line);
    --section.lines;
    if (--section.ranges.last().count == 0)
        section.ranges.removeLast();
    m_end = line;
    updateTops(m_lastSection);
}

void LogLayout::showStep(int step)
{
    updateTops(ensureSection(step, -1));
}

void LogLayout::setFilter(const LineSet *filter)
{
    m_filter = filter;
    for (Section &section : m_sections) {
        section.shown = 0;
        for (Section::Range &range : section.ranges) {
            range.shownBefore = section.shown;
            section.shown += shownOf(range);
        }
    }
    updateTops(0);
}

qint64 LogLayout::shownOf(const Section::Range &range) const
{
    return m_filter != nullptr ? m_filter->count(range.first, range.first + range.count) : range.count;
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
    updateTops(*at);
}

qint64 LogLayout::heightOf(const Section &section) const
{
    const bool hasRow = section.hasHeader && (m_filter == nullptr || section.shown > 0);
    return (section.isFolded ? 0 : section.shown) + (hasRow ? 1 : 0);
}

void LogLayout::updateTops(int from)
{
    for (int i = from; i < m_sections.size(); ++i)
        m_sections[i].top = i == 0 ? 0 : m_sections[i - 1].top + heightOf(m_sections[i - 1]);
}

qint64 LogLayout::rows() const
{
    return m_sections.isEmpty() ? 0 : m_sections.last().top + heightOf(m_sections.last());
}

qint64 LogLayout::lineOfSection(int at, qint64 index) const
{
    const Section &section = m_sections[at];
    if (index < 0 || index >= section.shown)
        return -1;
    const auto after = std::upper_bound(section.ranges.begin(), section.ranges.end(), index,
                                        [](qint64 i, const Section::Range &range) { return i < range.shownBefore; });
    const Section::Range &range = *std::prev(after);
    const qint64 within = index - range.shownBefore;
    return m_filter != nullptr ? m_filter->at(m_filter->count(0, range.first) + within) : range.first + within;
}

const LogLayout::Section::Range *LogLayout::rangeOf(const Section &section, qint64 line) const
{
    const auto after = std::upper_bound(section.ranges.begin(), section.ranges.end(), line,
                                        [](qint64 l, const Section::Range &range) { return l < range.first; });
    if (after == section.ranges.begin())
        return nullptr;
    const Section::Range &range = *std::prev(after);
    return line < range.first + range.count ? &range : nullptr;
}

/// Lines shown of the section that stand before \a line, which is one of its own.
qint64 LogLayout::shownBefore(const Section &section, qint64 line) const
{
    const Section::Range *range = rangeOf(section, line);
    if (range == nullptr)
        return section.shown;
    return range->shownBefore + (m_filter != nullptr ? m_filter->count(range->first, line) : line - range->first);
}

LogLayout::Row LogLayout::rowAt(qint64 index) const
{
    if (index < 0 || index >= rows())
        return {};
    const auto after = std::upper_bound(m_sections.begin(), m_sections.end(), index,
                                        [](qint64 value, const Section &section) { return value < section.top; });
    const int at = int(after - m_sections.begin()) - 1; // the last of those that begin there: others are empty
    const Section &section = m_sections[at];
    const qint64 within = index - section.top - (section.hasHeader ? 1 : 0);
    if (within < 0)
        return {Row::Kind::Header, at, -1, index};
    return {Row::Kind::Line, at, lineOfSection(at, within), index};
}

LogLayout::Row LogLayout::rowOfLine(qint64 line, int step) const
{
    const int at = sectionOf(line, step);
    if (at < 0 || m_sections[at].isFolded || !isShown(line))
        return {};
    const Section &section = m_sections[at];
    return {Row::Kind::Line, at, line, section.top + (section.hasHeader ? 1 : 0) + shownBefore(section, line)};
}

LogLayout::Row LogLayout::rowOfStep(int step) const
{
    const auto at = m_sectionOfStep.constFind(step);
    if (at == m_sectionOfStep.cend() || (m_filter != nullptr && m_sections[*at].shown == 0))
        return {};
    return {Row::Kind::Header, *at, -1, m_sections[*at].top};
}

LogLayout::Row LogLayout::rowNear(qint64 line, int step) const
{
    if (const Row row = rowOfLine(line, step); row.kind != Row::Kind::None)
        return row;
    const int at = sectionOf(line, step);
    if (at < 0 || rows() == 0)
        return {};
    const Section &section = m_sections[at];
    const qint64 within = section.isFolded ? 0 : (section.hasHeader ? 1 : 0) + shownBefore(section, line);
    return rowAt(std::min(section.top + within, rows() - 1));
}

int LogLayout::stepOf(const Row &row) const
{
    return row.section >= 0 ? m_sections[row.section].step : -1;
}

int LogLayout::sectionOf(qint64 line, int step) const
{
    if (step >= 0) {
        const auto at = m_sectionOfStep.constFind(step);
        return at != m_sectionOfStep.cend() && rangeOf(m_sections[*at], line) != nullptr ? *at : -1;
    }
    for (int i = 0; i < m_sections.size(); ++i) {
        if (m_sections[i].step < 0 && rangeOf(m_sections[i], line) != nullptr)
            return i;
    }
    return -1;
}

qint64 LogLayout::neighbour(qint64 line, int step, int direction) const
{
    int at = sectionOf(line, step);
    if (at < 0)
        return -1;
    const qint64 before = shownBefore(m_sections[at], line);
    const qint64 index = direction < 0 ? before - 1 : isShown(line) ? before + 1 : before;
    if (index >= 0 && index < m_sections[at].shown)
        return lineOfSection(at, index);
    for (at += direction; at >= 0 && at < m_sections.size(); at += direction) {
        if (m_sections[at].shown > 0)
            return lineOfSection(at, direction > 0 ? 0 : m_sections[at].shown - 1);
    }
    return -1;
}

qint64 LogLayout::neighbourIn(const LineSet &set, qint64 line, int step, int direction) const
{
    int at = line >= 0 ? sectionOf(line, step) : -1;
    if (at < 0) {
        line = -1;
        at = direction > 0 ? 0 : int(m_sections.size()) - 1;
    }
    for (; at >= 0 && at < m_sections.size(); at += direction, line = -1) {
        const QList<Section::Range> &ranges = m_sections[at].ranges;
        const Section::Range *own = line >= 0 ? rangeOf(m_sections[at], line) : nullptr;
        qsizetype i = own != nullptr ? own - ranges.constData() : direction > 0 ? 0 : ranges.size() - 1;
        for (; i >= 0 && i < ranges.size(); i += direction) {
            const qint64 first = ranges[i].first;
            const qint64 end = first + ranges[i].count;
            const bool isOwn = own == &ranges[i];
            const qint64 found = direction > 0 ? set.next(isOwn ? line + 1 : first, end)
                                               : set.previous(isOwn ? line - 1 : end - 1, first);
            if (found >= 0)
                return found;
        }
    }
    return -1;
}

qint64 LogLayout::firstLine() const
{
    for (int i = 0; i < m_sections.size(); ++i) {
        if (m_sections[i].shown > 0)
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
        if (m_sections[i].shown > 0)
            return lineOfSection(i, m_sections[i].shown - 1);
    }
    return -1;
}

} // namespace kernelyard
