// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmarks/rundialog.h"

#include "core/benchmark/benchmarkreport.h"
#include "ui/models/wording.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace kernelyard {

RunDialog::RunDialog(const QString &environment, const QString &engine, const std::optional<Benchmark> &earlier,
                     QWidget *parent)
    : QDialog(parent)
    , m_environment(environment)
    , m_earlier(earlier)
    , m_repetitions(new QSpinBox)
    , m_registry(new QLineEdit)
    , m_quick(new QCheckBox(tr("Validate on a few small shapes only")))
{
    setWindowTitle(tr("Run scenarios"));
    m_repetitions->setRange(1, 1000);
    m_repetitions->setValue(earlier ? earlier->spec.repetitions : 3);
    m_registry->setPlaceholderText(tr("one of its own, on loopback"));
    auto *form = new QFormLayout;
    form->setHorizontalSpacing(px(12));
    form->setVerticalSpacing(px(8));
    form->addRow(tr("&Repetitions of each"), m_repetitions);
    form->addRow(tr("Re&gistry"), m_registry);
    form->addRow({}, m_quick);
    auto *about =
        new QLabel(tr("A builds it from nothing, B pulls it, C keeps its images, in turn, each with a checkout of "
                      "its own and the validation. Your images, caches and checkouts are left alone."));
    about->setWordWrap(true);
    auto *time = new Label({}, Type::Secondary, Tone::Muted);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    QPushButton *run = buttons->addButton(tr("Run scenarios"), QDialogButtonBox::AcceptRole);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    const auto expect = [this, time] { time->setText(expectation()); };
    connect(m_repetitions, &QSpinBox::valueChanged, this, expect);
    expect();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(tr("Scenarios of %1 with %2").arg(environment, engine), Type::Object));
    column->addWidget(about);
    column->addLayout(form);
    column->addWidget(time);
    column->addWidget(buttons);
    run->setDefault(true); // only now that the dialog is its parent: else Cancel would be what Enter presses
    const int width = px(520);
    resize(width, column->totalHeightForWidth(width));
}

QString RunDialog::expectation() const
{
    BuildTime round{0};
    for (const ScenarioSummary &one : m_earlier ? summarise(*m_earlier) : QList<ScenarioSummary>())
        if (one.total)
            round += one.total->median;
    return m_earlier && round.count() > 0
               ? tr("About %1, from %2.").arg(durationSentence(round * m_repetitions->value()), m_earlier->name())
               : tr("No estimate yet: nothing was measured here before.");
}

BenchmarkSpec RunDialog::spec() const
{
    BenchmarkSpec spec;
    spec.environment = m_environment;
    spec.repetitions = m_repetitions->value();
    spec.scenarios = {scenarios.begin(), scenarios.end()};
    spec.registry = m_registry->text().trimmed();
    spec.quick = m_quick->isChecked();
    return spec;
}

} // namespace kernelyard
