// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmark.h"

#include <QDialog>

class QCheckBox;
class QLineEdit;
class QSpinBox;

namespace kernelyard {

/// What a benchmark is to do, and what it will take.
class RunDialog : public QDialog
{
    Q_OBJECT

public:
    /// \a earlier: the last complete benchmark of the environment, from which the time is expected.
    RunDialog(const QString &environment, const QString &engine, const std::optional<Benchmark> &earlier,
              QWidget *parent = nullptr);

    BenchmarkSpec spec() const; ///< without the engine's id

private:
    QString expectation() const;

    QString m_environment;
    std::optional<Benchmark> m_earlier;
    QSpinBox *m_repetitions;
    QLineEdit *m_registry;
    QCheckBox *m_quick;
};

} // namespace kernelyard
