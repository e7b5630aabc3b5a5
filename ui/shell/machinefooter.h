// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/machine.h"
#include "ui/widgets/icon.h"

#include <QAbstractButton>

namespace kernelyard {

/// One fact of the machine: shape, name, and at the right its mode or fault. Opens where it is told of.
class MachineRow : public QAbstractButton
{
    Q_OBJECT

public:
    explicit MachineRow(QWidget *parent);

    void setFact(std::optional<State> state, Glyph glyph, const QString &name, const QString &mode, const QString &tip);
    QString name() const { return m_name; }
    QString mode() const { return m_mode; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::optional<State> m_state;
    Glyph m_glyph = Glyph::Disk;
    QString m_name;
    QString m_mode;
};

/// Engines, GPUs and free disk at the foot of the sidebar. Says "…" while nothing is known yet.
class MachineFooter : public QWidget
{
    Q_OBJECT

public:
    explicit MachineFooter(const Machine &machine, QWidget *parent = nullptr);

    QList<MachineRow *> rows() const { return m_rows; }

Q_SIGNALS:
    void engineChosen();
    void gpuChosen();
    void diskChosen();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    enum class Kind { Engine, Gpu, Disk };
    struct Fact
    {
        Kind kind;
        std::optional<State> state;
        Glyph glyph;
        QString name;
        QString mode;
        QString tip;
    };
    static QList<Fact> gpuFacts(const QList<GpuStatus> &gpus);
    QList<Fact> facts() const;
    void rebuild();
    void open(Kind kind);

    const Machine &m_machine;
    QList<MachineRow *> m_rows;
    QList<Kind> m_kinds;
};

} // namespace kernelyard
