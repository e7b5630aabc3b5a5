// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logindex.h"

#include <QHash>
#include <QList>

namespace kernelyard {

/// In which order the rows of a log stand: lines gathered by step in the order of the steps, each step below a fold
/// row, folded or not, all lines or those of a filter. Counts rows, not pixels: a line is one row, however many it
/// takes when it is wrapped, so that no line has to be read to know where another stands. Everything is asked and
/// changed in time that depends on the number of steps and of runs of lines. Lines of no step stand where they came,
/// after the step before them.
class LogLayout
{
public:
    struct Row
    {
        enum class Kind { None, Header, Line };
        Kind kind = Kind::None;
        int section = -1;
        qint64 line = -1;
        qint64 index = -1; ///< among all rows
    };

    struct Section
    {
        int step = -1;  ///< -1: lines of no step; no fold row
        int after = -1; ///< the step that lines of no step follow
        bool hasHeader = false;
        bool isFolded = false;
        qint64 lines = 0;
        qint64 shown = 0; ///< lines that the filter lets through

        struct Range
        {
            qint64 first = 0;  ///< line
            qint64 before = 0; ///< lines of the section before it
            qint64 count = 0;
            qint64 shownBefore = 0;
        };
        QList<Range> ranges;
        qint64 top = 0; ///< row of its header, or of its first line
    };

    void clear();
    /// Adds the lines from the first run on to \a end; they come in order, each once.
    void add(const QList<StepRun> &runs, qint64 end);
    /// Takes the last line back, if it is \a line.
    void dropLast(qint64 line);
    /// Shows a fold row for \a step, also while it has no line.
    void showStep(int step);

    /// Shows only the lines of \a filter and the fold rows above them; null: all. To be set again when it changed.
    void setFilter(const LineSet *filter);
    bool isFiltered() const { return m_filter != nullptr; }

    bool isFolded(int step) const;
    void setFolded(int step, bool folded);

    qint64 rows() const;
    Row rowAt(qint64 index) const;              ///< None outside
    Row rowOfLine(qint64 line, int step) const; ///< None while folded away, filtered out or unknown
    Row rowOfStep(int step) const;              ///< its fold row
    /// The row of a line, or what stands in its place while it is not shown: the next line shown, or a fold row.
    Row rowNear(qint64 line, int step) const;
    int stepOf(const Row &row) const;

    const QList<Section> &sections() const { return m_sections; }
    int sectionOf(qint64 line, int step) const; ///< -1: unknown
    /// The line before (-1) or after (+1) in the order shown, folded ones included; -1 at the ends.
    qint64 neighbour(qint64 line, int step, int direction) const;
    /// The next line of \a set in that order, not \a line itself; from the first or last line when \a line is -1.
    qint64 neighbourIn(const LineSet &set, qint64 line, int step, int direction) const;
    qint64 firstLine() const; ///< in the order shown; -1: no line
    qint64 lastLine() const;
    bool isSequential() const;                             ///< the order shown is the order of the lines
    qint64 lineOfSection(int section, qint64 index) const; ///< of those shown

private:
    int ensureSection(int step, int after);
    void addRun(qint64 first, qint64 end, int step);
    void updateTops(int from);
    qint64 heightOf(const Section &section) const;
    bool isShown(qint64 line) const { return m_filter == nullptr || m_filter->contains(line); }
    qint64 shownOf(const Section::Range &range) const;
    const Section::Range *rangeOf(const Section &section, qint64 line) const;
    qint64 shownBefore(const Section &section, qint64 line) const;

    QList<Section> m_sections;
    QHash<int, int> m_sectionOfStep;
    const LineSet *m_filter = nullptr;
    int m_lastSection = -1; ///< of the last line added
    qint64 m_end = 0;       ///< the lines below it were added
    int m_lastStep = -1;    ///< the last that was not -1
};

} // namespace kernelyard
