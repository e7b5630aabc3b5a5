// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildclock.h"
#include "core/log/terminalline.h"
#include "ui/widgets/logfind.h"
#include "ui/widgets/loglayout.h"
#include "ui/widgets/theme.h"

#include <QCache>
#include <QFont>

#include <memory>

class QPainter;

namespace kernelyard {

enum class LogTimes { Relative, Absolute, None };

/// A fold row's words.
struct LogStep
{
    QString title;
    State state = State::Waiting;
    QString duration; ///< "2:48", "cached"
    bool operator==(const LogStep &) const = default;
};

/// A place in a log: a line and a column of it.
struct LogPosition
{
    qint64 line = -1;
    int column = 0;
    bool operator==(const LogPosition &) const = default;
};

/// One match of what is looked for.
struct LogMatch
{
    qint64 line = -1;
    LineMatcher::Place place;
    bool operator==(const LogMatch &) const = default;
};

/// What a log view shows besides its lines.
struct LogScene
{
    QList<LogStep> steps;
    BuildClock clock;
    LogTimes times = LogTimes::Relative;
    LogPosition anchor; ///< where the selection began; the caret is its other end
    LogPosition caret;
    bool hasFocus = false;
};

/// Measures and paints the rows of a log view. Only what is in view is rendered; the last few lines rendered are kept.
class LogPainter
{
public:
    void setFont(const QFont &font);
    void setSource(const LogSource *source); ///< forgets what was rendered
    void forget(qint64 line);                ///< and those after it

    TerminalLine line(qint64 line) const; ///< as shown

    int lineHeight() const { return m_lineHeight; }
    int headerHeight() const { return m_headerHeight; }
    double cellWidth() const { return m_cellWidth; }
    /// Of the gutter, for as many lines as the source has.
    int gutterWidth(LogTimes times) const;
    int textLeft(int gutter) const { return gutter + m_padding; }
    QString timeText(qint64 line, const LogScene &scene) const;

    struct Frame
    {
        const LogScene *scene = nullptr;
        const LogLayout *layout = nullptr;
        const LogFind *find = nullptr;
        LogMatch match; ///< the current one
        Theme theme;
        int width = 0;
        int height = 0;
        int gutter = 0;
        int left = 0; ///< pixels scrolled to the right
        int wrap = 0; ///< columns; 0: none
    };
    void paintHeader(QPainter &painter, const Frame &frame, const QRect &rect, const LogLayout::Row &row) const;
    /// \a from and \a to are what the selection covers of the line, in columns; equal: nothing.
    void paintLine(QPainter &painter, const Frame &frame, const QRect &rect, const LogLayout::Row &row, int from,
                   int to) const;

private:
    void paintNote(QPainter &painter, const Frame &frame, const QRect &rect, qint64 line) const;
    void paintGutter(QPainter &painter, const Frame &frame, const QRect &rect, qint64 line) const;
    void paintText(QPainter &painter, const Frame &frame, const QRect &rect, qint64 line, int firstColumn, int columns,
                   int x) const;
    void drawCells(QPainter &painter, const TerminalLine &text, int at, int length, double x, int y) const;
    QList<TerminalLine::Run> runsOf(qint64 line, const TerminalLine &text) const;

    const LogSource *m_source = nullptr;
    QFont m_font;
    QFont m_boldFont;
    QFont m_shapedFont; ///< for what is not ASCII
    int m_lineHeight = 18;
    int m_headerHeight = 22;
    int m_padding = 10;
    int m_baseline = 13;
    double m_cellWidth = 8;
    mutable QCache<qint64, TerminalLine> m_lines; ///< costs its characters
};

} // namespace kernelyard
