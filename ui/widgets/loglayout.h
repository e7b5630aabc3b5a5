// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QList>

#include <functional>

namespace kernelyard {

/// Where the lines of a log stand: gathered by step in the order of the steps, each step below a fold row, folded or
/// not, wrapped or not. Everything is asked and changed in time that depends on the number of steps, not of lines
/// (setWrap excepted). Lines of no step stand where they came, after the step before them.
class LogLayout
{
public:
    struct Row
    {
        enum class Kind { None, Header, Line };
        Kind kind = Kind::None;
        int section = -1;
        qint64 line = -1;
        qint64 top = 0;
        int height = 0;
    };

    struct Section
    {
        int step = -1;  ///< -1: lines of no step; no fold row
        int after = -1; ///< the step that lines of no step follow
        bool hasHeader = false;
        bool isFolded = false;
        qint64 lines = 0;

        struct Range
        {
            qint64 first = 0;  ///< line
            qint64 before = 0; ///< lines of the section before it
            qint64 count = 0;
        };
        QList<Range> ranges;
        qint64 wrapRows = 0;           ///< of all its lines
        QList<qint64> wrapCheckpoints; ///< wrapRows before every 64th line
        qint64 top = 0;                ///< of its header
        qint64 height = 0;
    };

    using ColumnsOf = std::function<int(qint64 line)>;

    explicit LogLayout(ColumnsOf columnsOf);

    void clear();
    /// Lines come in order, each once.
    void addLine(qint64 line, int step);
    void lastLineGrew();
    /// Shows a fold row for \a step, also while it has no line.
    void showStep(int step);
    void setHeights(int line, int header);
    /// Columns of a wrapped row; 0: no wrapping. Visits every line.
    void setWrap(int columns);
    int wrapColumns() const { return m_wrap; }

    bool isFolded(int step) const;
    void setFolded(int step, bool folded);

    qint64 height() const;
    Row rowAt(qint64 y) const;                  ///< the last row when below the end; None when there is no row
    Row rowOfLine(qint64 line, int step) const; ///< None while folded away or unknown
    Row rowOfStep(int step) const;              ///< its fold row
    Row next(const Row &row) const;             ///< None after the last
    int stepOf(const Row &row) const;

    const QList<Section> &sections() const { return m_sections; }
    int sectionOf(qint64 line, int step) const; ///< -1: unknown
    /// The line before (-1) or after (+1) in the order shown, folded ones included; -1 at the ends.
    qint64 neighbour(qint64 line, int step, int direction) const;
    qint64 firstLine() const; ///< in the order shown; -1: no line
    qint64 lastLine() const;
    bool isSequential() const; ///< the order shown is the order of the lines
    qint64 lineOfSection(int section, qint64 index) const;

private:
    int ensureSection(int step, int after);
    void updateTops(int from);
    qint64 indexInSection(const Section &section, qint64 line) const;
    qint64 rowsBefore(const Section &section, qint64 index) const;
    int rowsOf(qint64 line) const;
    void updateHeight(Section &section);
    void appendWrap(Section &section, qint64 line);

    ColumnsOf m_columnsOf;
    QList<Section> m_sections;
    QHash<int, int> m_sectionOfStep;
    int m_lineHeight = 18;
    int m_headerHeight = 22;
    int m_wrap = 0;
    int m_lastSection = -1; ///< of the last line added
    qint64 m_lastLine = -1;
    int m_lastStep = -1; ///< the last that was not -1
    int m_lastRows = 1;
};

} // namespace kernelyard
