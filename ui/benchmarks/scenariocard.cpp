// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmarks/scenariocard.h"

#include "ui/benchmarks/benchmarkwords.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace kernelyard {

namespace {

/// The scenario's letter in a box.
class LetterBox : public QWidget
{
public:
    explicit LetterBox(const QString &letter)
        : m_letter(letter)
    {
        setFixedSize(px(28), px(28));
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const Theme &theme = Theme::of(palette());
        painter.setPen(theme.fieldEdge);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(4), px(4));
        painter.setPen(theme.text);
        painter.setFont(kernelyard::font(Type::Object));
        painter.drawText(rect(), Qt::AlignCenter, m_letter);
    }

private:
    QString m_letter;
};

QString about(Scenario scenario)
{
    switch (scenario) {
    case Scenario::Baseline:
        return ScenarioCard::tr("no cache hint, no image");
    case Scenario::RegistryCache:
        return ScenarioCard::tr("removed, pulled again");
    case Scenario::LocalCache:
        return ScenarioCard::tr("images kept");
    }
    Q_UNREACHABLE();
}

} // namespace

ScenarioCard::ScenarioCard(Scenario scenario, QWidget *parent)
    : Card(parent)
    , m_time(new Label({}, Type::KeyFigure))
    , m_factor(new Label({}, Type::Body, Tone::Muted))
    , m_check(new StateLine)
{
    setAccessibleName(tr("Scenario %1, %2").arg(letter(scenario), title(scenario)));
    auto *words = new QVBoxLayout;
    words->setSpacing(px(3));
    words->addWidget(new Label(title(scenario), Type::CardHeader));
    words->addWidget(new Label(about(scenario), Type::Secondary, Tone::Muted));
    words->addWidget(m_check);
    auto *figures = new QVBoxLayout;
    figures->setSpacing(px(2));
    figures->addStretch(1);
    figures->addWidget(m_time, 0, Qt::AlignRight);
    figures->addWidget(m_factor, 0, Qt::AlignRight);
    figures->addStretch(1);
    auto *row = new QHBoxLayout;
    row->setSpacing(px(14));
    row->addWidget(new LetterBox(letter(scenario)), 0, Qt::AlignVCenter);
    row->addLayout(words, 1);
    row->addLayout(figures);
    body()->addLayout(row);
}

void ScenarioCard::setSummary(const ScenarioSummary &summary)
{
    m_time->setText(summary.total ? keyFigure(summary.total->median) : tr("none yet"));
    m_time->setTone(summary.total ? Tone::Text : Tone::Muted);
    m_factor->setText(factorText(summary));
    const CompileCheck check = checkOf(summary);
    m_check->setFact(check.state, check.words);
}

} // namespace kernelyard
