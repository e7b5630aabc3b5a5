// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLineEdit;
class QPushButton;

namespace kernelyard {

class FindField;
class LogView;

/// A log view below its bar: find with count, filter, first error, time mode, wrap, follow.
class LogPane : public QWidget
{
    Q_OBJECT

public:
    explicit LogPane(QWidget *parent = nullptr);

    LogView *view() const { return m_view; }
    bool isFinding() const; ///< the find field has the focus
    void hideTimes();       ///< of a log whose lines have none

public Q_SLOTS:
    void openFind();  ///< Ctrl+F: takes the selection, when it is of one line
    void closeFind(); ///< Esc: clears it, back to the log
    void findNext();
    void findPrevious();
    void toggleFilter(); ///< Ctrl+Shift+F: only the lines that match, and two around each

Q_SIGNALS:
    void firstErrorAsked(); ///< the page knows which one that is

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QPushButton *addButton(QWidget *bar, const QString &text, const QString &name, const QString &toolTip);
    void startFind();
    void showCount();
    void sayPattern(const QString &error);
    void showTimes();
    void showWords();
    void fit();

    QWidget *m_bar;
    FindField *m_field;
    QPushButton *m_previous;
    QPushButton *m_next;
    QPushButton *m_matchCase;
    QPushButton *m_pattern;
    QPushButton *m_filter;
    QPushButton *m_firstError;
    QPushButton *m_times;
    QPushButton *m_wrap;
    QPushButton *m_follow;
    LogView *m_view;
    bool m_isNarrow = false;  ///< the bar's buttons show their shapes alone
    bool m_isJumping = false; ///< show the first match as soon as it is found, if nobody has moved in the log since
};

} // namespace kernelyard
