// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationrun.h"
#include "ui/widgets/card.h"

#include <array>

class QHBoxLayout;

namespace kernelyard {

class Label;
class ProgressLine;

/// A number that a verdict stands on.
struct KeyFigure
{
    QString name;
    QString value;
    QString limit;

    bool operator==(const KeyFigure &) const = default;
};

/// What the verdict card says.
struct VerdictWords
{
    State state = State::Unknown;
    QString title;
    QString sub;
    QList<KeyFigure> figures; ///< at most three
    int done = 0, total = 0;  ///< of the cases while they arrive

    bool operator==(const VerdictWords &) const = default;
};

/// \a isRunning: lines may still come. \a failure is the build's, for a run that was cut off.
VerdictWords verdictWords(const ValidationRun &run, bool isRunning, const QString &failure);

class VerdictCard : public Card
{
    Q_OBJECT

public:
    explicit VerdictCard(QWidget *parent = nullptr);

    void setWords(const VerdictWords &words);
    const VerdictWords &words() const { return m_words; }

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void fit();

    struct Figure
    {
        QWidget *box;
        Label *name;
        Label *value;
        Label *limit;
    };

    VerdictWords m_words;
    class StateMark *m_mark;
    Label *m_title;
    Label *m_sub;
    ProgressLine *m_progress;
    std::array<Figure, 3> m_figures;
};

/// The negative controls in a line: each must have been rejected.
class ControlsStrip : public Card
{
    Q_OBJECT

public:
    explicit ControlsStrip(QWidget *parent = nullptr);

    void setControls(const QList<NegativeControl> &controls);

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Item
    {
        QString name;
        QString worst;
        QString tip;
        bool rejected = true;
        QRect rect;
    };
    void arrange();
    bool allRejected() const;
    QString title() const;
    QString sentence() const;

    QList<Item> m_items; ///< one for each name; the least rejected of its cases
};

} // namespace kernelyard
