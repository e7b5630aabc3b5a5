// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/validation/verdictwords.h"
#include "ui/widgets/card.h"

#include <array>

namespace kernelyard {

class Label;
class ProgressLine;

/// What came out of a run, with the figures that it stands on.
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

} // namespace kernelyard
