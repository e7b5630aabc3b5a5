// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/logfind.h"
#include "ui/widgets/loglayout.h"
#include "ui/widgets/logpainter.h"

#include <QAbstractScrollArea>
#include <QDateTime>
#include <QElapsedTimer>
#include <QPointer>
#include <QSet>
#include <QTimer>

#include <functional>

namespace kernelyard {

/// Shows a LogSource: painted, no line laid out that is not in view, no byte of it executed.
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
    void setStart(const QDateTime &start); ///< of the build: what absolute times count from

    bool isFollowing() const { return m_isFollowing; }
    bool isWrapping() const { return m_isWrapping; }
    LogTimes times() const { return m_scene.times; }
    bool isFolded(int step) const { return m_layout.isFolded(step); }
    /// The step of the first row in view, or the one last asked for; -1: none.
    int currentStep() const;
    LogFind *find() { return &m_find; }
    /// Place of the current match in the order shown, from 0; -1: none.
    qsizetype currentMatch() const;

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
    void setFolded(int step, bool folded);
    void showLine(qint64 line);        ///< unfolds its step, puts the caret there
    void showStep(int step);           ///< unfolds it and brings its fold row to the top
    void showNextMatch(int direction); ///< in the order shown, round the end
    void showMatchFromHere();          ///< the first from the caret's line on
    void showNextError(int direction);
    void selectAll();
    void copy();            ///< what is selected, as shown
    void copyWithColours(); ///< the lines selected, as the tool wrote them

Q_SIGNALS:
    void followingChanged(bool following);
    void wrappingChanged(bool wrapping);
    void timesChanged(kernelyard::LogTimes times);
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
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    void takeLines(qint64 first);
    void growLastLine();
    void clear();
    void measure();
    /// Runs \a change, which may move rows, with the first row in view kept where it is (or the end, when following).
    void rearrange(const std::function<void()> &change);
    void updateScrollBars();
    void scrollTo(qint64 y);
    void makeVisible(LogPosition position);
    void checkCurrentStep();
    qint64 top() const;
    LogPosition positionAt(const QPoint &point) const;
    void moveCaret(LogPosition position, bool extend);
    void moveByRows(int rows, bool extend);
    void selectWord(LogPosition position);
    void autoScroll();
    void toggleFold(const LogLayout::Row &row);
    int stepOfLine(qint64 line) const;
    bool moveByKey(QKeyEvent *event);
    QList<qint64> selectedLines() const;

    QPointer<LogSource> m_source;
    LogLayout m_layout;
    LogFind m_find;
    LogScene m_scene;
    LogPainter m_painter;
    LogFind::Match m_match; ///< the current one
    int m_columns = 0;      ///< of the widest line
    bool m_isFollowing = true;
    bool m_isWrapping = false;
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
