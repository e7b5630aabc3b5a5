// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/logfind.h"
#include "ui/widgets/loglayout.h"
#include "ui/widgets/logpainter.h"

#include <QAbstractScrollArea>
#include <QElapsedTimer>
#include <QPointer>
#include <QSet>
#include <QTimer>

#include <functional>

namespace kernelyard {

class LogOverview;

/// Shows a LogSource: painted, no line laid out that is not in view, no byte of it executed. Scrolls by rows of the
/// log, however high they are, so that ten million wrapped lines need no more than those in view.
class LogView : public QAbstractScrollArea
{
    Q_OBJECT

public:
    explicit LogView(QWidget *parent = nullptr);
    ~LogView() override;

    /// Not owned; may be nullptr.
    void setSource(LogSource *source);
    LogSource *source() const { return m_source; }
    /// The fold rows, by index of the step. A step that has just ended folds itself while the view follows.
    void setSteps(const QList<LogStep> &steps);
    const QList<LogStep> &steps() const { return m_scene.steps; }
    void setClock(const BuildClock &clock); ///< of the build, for absolute times

    bool isFollowing() const { return m_isFollowing; }
    bool isWrapping() const { return m_isWrapping; }
    LogTimes times() const { return m_scene.times; }
    bool isFolded(int step) const { return m_layout.isFolded(step); }
    /// The step of the first row in view, or the one last asked for; -1: none.
    int currentStep() const;
    bool isFiltering() const { return m_isFiltering; } ///< shows the lines with matches and two around each
    LogFind *find() { return &m_find; }
    /// Place of the current match among all, by line, from 0; -1: none.
    qint64 currentMatch() const;
    /// Makes the address of a line, for copyLink; none by default.
    void setLinkMaker(std::function<QString(qint64 line)> maker) { m_linkMaker = std::move(maker); }

    QString selectedText() const;
    qint64 caretLine() const { return m_scene.caret.line; }
    const LogLayout &layout() const { return m_layout; }
    LogLayout::Row rowAt(const QPoint &viewportPoint) const;
    QRect rectOf(const LogLayout::Row &row) const; ///< in the viewport
    QString textOfLine(qint64 line) const;         ///< as shown

public Q_SLOTS:
    void setFollowing(bool following);
    void setWrapping(bool wrapping);
    void setTimes(kernelyard::LogTimes times);
    void setFiltering(bool filtering);
    void setFolded(int step, bool folded);
    void setAllFolded(bool folded);    ///< every step that has lines
    void showLine(qint64 line);        ///< unfolds its step, puts the caret there
    void showStep(int step);           ///< unfolds it and brings its fold row to the top
    void showNextMatch(int direction); ///< in the order shown, round the end
    void showMatchFromHere();          ///< the first from the caret's line on
    void showNextError(int direction);
    void selectAll();
    void copy();            ///< what is selected, as shown
    void copyWithColours(); ///< the lines selected, as the tool wrote them
    void copyLink();        ///< to the line of the caret

Q_SIGNALS:
    void followingChanged(bool following);
    void wrappingChanged(bool wrapping);
    void timesChanged(kernelyard::LogTimes times);
    void filteringChanged(bool filtering);
    void currentStepChanged(int step);
    void currentMatchChanged();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    /// What stands at the upper edge: a row, and how many of its pixels are above the edge.
    struct Place
    {
        qint64 row = 0;
        int offset = 0;
        auto operator<=>(const Place &) const = default;
    };
    struct PlacedRow
    {
        LogLayout::Row row;
        QRect rect; ///< in the viewport
    };

    void takeLines(qint64 first);
    void clear();
    void measure();
    /// Runs \a change, which may move rows, with the first row in view kept where it is (or the end, when following).
    void rearrange(const std::function<void()> &change);
    void updateScrollBars();
    void updateFilter();
    int heightOf(const LogLayout::Row &row) const;
    Place moved(Place place, qint64 pixels) const; ///< down; up where negative
    QList<PlacedRow> placedRows() const;           ///< those in view
    void scrollTo(Place place);
    void scrollByPixels(int pixels);
    void makeVisible(LogPosition position);
    void checkCurrentStep();
    int room() const; ///< pixels for the text
    LogPosition positionAt(const QPoint &point) const;
    void moveCaret(LogPosition position, bool extend);
    void moveByRows(int rows, bool extend);
    void selectWord(LogPosition position);
    void autoScroll();
    bool hasSteps() const;
    bool isAllFolded() const;
    void toggleFold(const LogLayout::Row &row);
    int stepOfLine(qint64 line) const;
    bool moveByKey(QKeyEvent *event);
    std::pair<LogPosition, LogPosition> selection() const; ///< in the order shown
    std::optional<QString> selected() const;
    void forSelectedLines(const std::function<bool(qint64 line)> &take) const;
    void goToMatch(qint64 line, LineMatcher::Place place);
    void sayTooMuch();

    QPointer<LogSource> m_source;
    LogLayout m_layout;
    LogFind m_find;
    LineSet m_filter; ///< the lines shown while filtering
    LogScene m_scene;
    LogPainter m_painter;
    LogOverview *m_overview;
    std::function<QString(qint64 line)> m_linkMaker;
    LogMatch m_match; ///< the current one
    Place m_top;
    Place m_bottomTop; ///< m_top where the last row ends at the lower edge
    int m_columns = 0; ///< of the widest line seen so far
    int m_wrap = 0;    ///< columns of a wrapped row; 0: no wrapping
    bool m_isFollowing = true;
    bool m_isWrapping = false;
    bool m_isFiltering = false;
    bool m_isArranging = false;
    bool m_isSelecting = false;
    int m_askedStep = -1;
    int m_reportedStep = -1;
    QSet<int> m_foldedByHand;
    QTimer m_autoScroll;
    QPoint m_pointer;
    qint64 m_tripleClickLine = -1;
    QElapsedTimer m_sinceDoubleClick;
};

} // namespace kernelyard
