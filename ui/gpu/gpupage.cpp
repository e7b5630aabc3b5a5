// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/gpupage.h"

#include "core/base/whendone.h"
#include "ui/gpu/faultwords.h"
#include "ui/gpu/gpucard.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/cardgrid.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/label.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/statedelegate.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QScrollArea>
#include <QTreeView>
#include <QVBoxLayout>
#include <QtConcurrentRun>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

GpuPage::GpuPage(const GpuPageSources &sources, QWidget *parent)
    : Page(tr("GPU"), Glyph::Gpu, parent)
    , m_with(sources)
    , m_owners(sources.owners)
    , m_preflight(new PreflightCard(sources.machine, sources.environments, sources.preflight))
    , m_span(new SegmentedSwitch(tr("Time shown")))
    , m_grid(new CardGrid)
    , m_whole(new Card)
    , m_wholeWords(new FaultWords)
    , m_empty(new EmptyState)
    , m_processesCard(new Card)
    , m_processesView(new QTreeView)
    , m_noProcesses(new Label({}, Type::Body, Tone::Muted))
{
    m_span->addSegment(tr("5 min"));
    m_span->addSegment(tr("30 min"));
    m_span->setCurrent(0);
    addHeaderWidget(m_span);
    makeActions();
    makeProcesses();
    m_whole->body()->addWidget(m_wholeWords);
    auto *content = new QWidget;
    m_columns = new QBoxLayout(QBoxLayout::LeftToRight, content);
    m_columns->setContentsMargins(px(16), px(12), px(16), px(16));
    m_columns->setSpacing(px(12));
    auto *column = new QVBoxLayout;
    column->setSpacing(px(12));
    column->addWidget(m_whole);
    column->addWidget(m_grid);
    column->addWidget(m_processesCard, 1);
    column->addWidget(m_empty, 1);
    column->addStretch(0);
    m_columns->addLayout(column, 1);
    m_columns->addWidget(m_preflight);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    body()->setContentsMargins(0, 0, 0, 0);
    body()->addWidget(scroll);
    m_whole->hide();
    m_processesCard->hide();

    connect(m_span, &SegmentedSwitch::currentChanged, this, &GpuPage::update);
    connect(m_preflight, &PreflightCard::failed, this, &GpuPage::failed);
    connect(m_preflight, &PreflightCard::stateChanged, this, [this] { m_check->setEnabled(m_preflight->canCheck()); });
    connect(&m_owners, &LatestOwners::changed, this, &GpuPage::update);
    connect(&m_with.monitor, &GpuMonitor::readingChanged, this, &GpuPage::takeReading);
    whenDone(QtConcurrent::run([folder = m_with.shippedFolder] { return ArchitectureTable::read(folder); }), this,
             [this](const Result<ArchitectureTable> &table) {
                 if (!table)
                     Q_EMIT failed(table.error());
                 else
                     m_table = *table;
                 update();
             });
    takeReading();
}

GpuPage::~GpuPage() = default;

void GpuPage::makeActions()
{
    m_copy = new QAction(icon(Glyph::Copy), tr("Copy GPU report"), this);
    m_copy->setIconText(tr("Copy report"));
    connect(m_copy, &QAction::triggered, this, &GpuPage::copyReport);
    m_again = new QAction(icon(Glyph::Refresh), tr("Ask the GPU driver again"), this);
    m_again->setIconText(tr("Ask again"));
    connect(m_again, &QAction::triggered, this, &GpuPage::checkAgain);
    m_check = new QAction(icon(Glyph::Play, Ink::OnAccent), tr("Run preflight"), this);
    connect(m_check, &QAction::triggered, m_preflight, [this] { m_preflight->check(Probing::Allowed); });
    m_check->setEnabled(m_preflight->canCheck());
    for (QAction *action : {m_copy, m_again, m_check, m_preflight->choicesAction()})
        addAction(action);
    addHeaderWidget(new ActionButton(m_copy));
    addHeaderWidget(new ActionButton(m_check, ActionButton::Look::Filled));
}

void GpuPage::makeProcesses()
{
    m_processesCard->setHeader(tr("Processes"));
    m_processesCard->setFlush();
    setUpTable(m_processesView, tr("Processes on the GPUs"));
    m_processesView->setModel(&m_processes);
    m_processesView->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_processesView->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    QHeaderView *header = m_processesView->header();
    header->setStretchLastSection(false);
    const std::array widths{48, 64, 160, 148, 140, 76, 56};
    for (int i = 0; i < GpuProcessModel::ColumnCount; ++i)
        header->resizeSection(i, px(widths[static_cast<std::size_t>(i)]));
    header->setSectionResizeMode(GpuProcessModel::NameColumn, QHeaderView::Stretch);
    m_noProcesses->setContentsMargins(px(12), px(8), px(12), px(8));
    m_processesCard->body()->setContentsMargins(0, 0, 0, px(5)); // the round corners stay free
    m_processesCard->body()->addWidget(m_processesView);
    m_processesCard->body()->addWidget(m_noProcesses);
    m_processesCard->body()->addStretch(1);
    connect(m_processesView, &QTreeView::activated, this, [this](const QModelIndex &index) {
        if (const std::optional<BuildId> build = m_processes.buildAt(index.row()))
            Q_EMIT buildAsked(*build);
    });
}

QList<QWidget *> GpuPage::regions() const
{
    QList<QWidget *> regions;
    if (!m_empty->isHidden())
        regions << m_empty;
    if (!m_cards.isEmpty())
        regions << m_grid;
    if (!m_processesView->isHidden() && !m_processesCard->isHidden())
        regions << m_processesView;
    regions << m_preflight;
    return regions;
}

/// A helper of its own for each: what a stuck driver holds up is then left behind.
void GpuPage::checkAgain()
{
    m_owners.hurry();
    m_with.monitor.stop();
    m_with.monitor.start();
}

void GpuPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    update();
}

/// The right column explains; in a narrow window it goes under the main one.
void GpuPage::resizeEvent(QResizeEvent *event)
{
    Page::resizeEvent(event);
    const bool beside = width() >= px(900);
    m_columns->setDirection(beside ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_preflight->setMinimumWidth(beside ? px(width() >= px(1400) ? 412 : 332) : 0);
    m_preflight->setMaximumWidth(beside ? m_preflight->minimumWidth() : QWIDGETSIZE_MAX);
}

double GpuPage::spanSeconds() const
{
    return m_span->current() == 1 ? 1800 : 300;
}

void GpuPage::takeReading()
{
    const std::optional<GpuReading> &reading = m_with.monitor.reading();
    const auto inTrouble = [](const GpuStatus &gpu) { return isTrouble(gpu.fault.condition); };
    int troubled = 0;
    if (reading) {
        troubled = static_cast<int>(std::count_if(reading->gpus.cbegin(), reading->gpus.cend(), inTrouble));
        if (troubled == 0 && isTrouble(reading->fault.condition))
            troubled = 1;
    }
    setCount(troubled, State::Warning);
    if (isVisible() || m_cards.isEmpty())
        update();
}

void GpuPage::update()
{
    const std::optional<GpuReading> &reading = m_with.monitor.reading();
    m_copy->setEnabled(reading.has_value());
    if (!reading) {
        setFacts(u"…"_s);
        m_empty->setWords(tr("What the GPUs of this machine do."), tr("The driver is being asked …"));
        return;
    }
    QStringList facts;
    if (!reading->driver.isEmpty())
        facts << tr("driver %1").arg(reading->driver);
    if (!reading->cuda.isEmpty())
        facts << tr("CUDA up to %1").arg(reading->cuda);
    if (reading->source == GpuSource::Nvml)
        facts << tr("NVML");
    else if (reading->source == GpuSource::NvidiaSmi)
        facts << tr("by nvidia-smi");
    else if (reading->source == GpuSource::Kernel)
        facts << tr("by the kernel");
    setFacts(facts.join(u", "_s));
    const bool none = reading->fault.condition == GpuCondition::NoDevice && reading->gpus.isEmpty();
    m_empty->setVisible(none);
    if (none)
        m_empty->setWords(tr("No GPU found. The CPU path works."),
                          tr("Environments are built and validated on the CPU. A GPU that is added shows here with its "
                             "load, memory, temperature, power and processes."));
    m_span->setVisible(!reading->gpus.isEmpty());
    showWhole(*reading);
    showCards(*reading);
    showProcesses(*reading);
    m_owners.follow(*reading);
}

void GpuPage::showWhole(const GpuReading &reading)
{
    const bool shown = isTrouble(reading.fault.condition);
    m_whole->setVisible(shown);
    if (!shown)
        return;
    m_whole->setBar(State::Warning);
    m_wholeWords->setFault(reading.fault, {}, {}, 0);
}

void GpuPage::showCards(const GpuReading &reading)
{
    if (m_cards.size() != reading.gpus.size()) {
        while (m_cards.size() > reading.gpus.size())
            delete m_cards.takeLast();
        while (m_cards.size() < reading.gpus.size())
            m_cards << new GpuCard;
        m_grid->setCards(QList<QWidget *>(m_cards.cbegin(), m_cards.cend()));
        m_grid->setVisible(!m_cards.isEmpty());
    }
    for (qsizetype i = 0; i < m_cards.size(); ++i) {
        const GpuStatus &gpu = reading.gpus[i];
        m_cards[i]->show({gpu, m_with.monitor.history().of(gpu.index), m_owners.known(), m_table, reading.fault,
                          reading.atMs, spanSeconds()});
    }
}

void GpuPage::showProcesses(const GpuReading &reading)
{
    m_processes.setReading(reading, m_owners.known());
    const int rows = m_processes.rowCount();
    m_processesCard->setVisible(!reading.gpus.isEmpty());
    const QString gpus = m_cards.size() == 1 ? tr("1 GPU") : tr("%1 GPUs").arg(m_cards.size());
    m_processesCard->setHeader(tr("Processes"), rows == 0 ? QString() : tr("%1 on %2").arg(rows).arg(gpus));
    m_processesView->setVisible(rows > 0);
    const bool works = reading.fault.condition == GpuCondition::Healthy;
    const bool isTold =
        std::ranges::any_of(reading.gpus, [](const GpuStatus &gpu) { return gpu.processes.has_value(); });
    const bool asleep = std::ranges::any_of(
        reading.gpus, [](const GpuStatus &gpu) { return gpu.fault.condition == GpuCondition::Asleep; });
    m_noProcesses->setText(!works ? tr("Which processes hold memory of a GPU is unknown until the driver works again.")
                           : asleep ? tr("A GPU that is asleep is not asked for its processes.")
                           : isTold ? tr("No process holds memory of a GPU.")
                                    : tr("This driver does not tell which processes hold memory of a GPU."));
    m_noProcesses->setVisible(rows == 0);
    m_processesView->setFixedHeight(px(26) + rows * px(28) + 2); // the page scrolls, not the table
}

void GpuPage::copyReport()
{
    if (const auto &reading = m_with.monitor.reading())
        QGuiApplication::clipboard()->setText(reportOf(*reading, m_owners.known(), m_table) + u'\n' +
                                              m_preflight->report());
}

} // namespace kernelyard
