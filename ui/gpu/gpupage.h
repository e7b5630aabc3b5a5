// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/latestowners.h"
#include "core/gpu/gpumonitor.h"
#include "ui/gpu/gpuprocessmodel.h"
#include "ui/gpu/preflightcard.h"
#include "ui/models/gpufigures.h"
#include "ui/widgets/page.h"

#include <functional>

class QBoxLayout;
class QTreeView;

namespace kernelyard {

class Card;
class CardGrid;
class EmptyState;
class FaultWords;
class GpuCard;
class Label;
class SegmentedSwitch;

/// What the page works on; all outlive it.
struct GpuPageSources
{
    GpuMonitor &monitor;
    std::function<QFuture<GpuOwners>()> owners; ///< whose the containers are
    QString shippedFolder;                      ///< of the table of architectures
    const Machine &machine;
    Environments &environments;
    PreflightRun preflight;
};

/// What every GPU does, and whose processes are on it; beside it whether an environment can be built and run here.
class GpuPage : public Page
{
    Q_OBJECT

public:
    explicit GpuPage(const GpuPageSources &sources, QWidget *parent = nullptr);
    ~GpuPage() override;

    QList<QWidget *> regions() const override;
    void checkAgain() override;
    const QList<GpuCard *> &cards() const { return m_cards; }
    PreflightCard &preflightCard() const { return *m_preflight; }

Q_SIGNALS:
    void buildAsked(kernelyard::BuildId id);
    void failed(const kernelyard::Error &error);

protected:
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void makeActions();
    void makeProcesses();
    void takeReading();
    void update();
    void showWhole(const GpuReading &reading);
    void showCards(const GpuReading &reading);
    void showProcesses(const GpuReading &reading);
    void copyReport();
    double spanSeconds() const;

    GpuPageSources m_with;
    ArchitectureTable m_table;
    LatestOwners m_owners;
    QAction *m_copy;
    QAction *m_again;
    QAction *m_check;
    QBoxLayout *m_columns;
    PreflightCard *m_preflight;
    SegmentedSwitch *m_span;
    CardGrid *m_grid;
    QList<GpuCard *> m_cards;
    Card *m_whole; ///< the driver's fault
    FaultWords *m_wholeWords;
    EmptyState *m_empty;
    Card *m_processesCard;
    QTreeView *m_processesView;
    Label *m_noProcesses;
    GpuProcessModel m_processes;
};

} // namespace kernelyard
