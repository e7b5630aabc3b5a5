// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/machinefooter.h"

#include "ui/widgets/measure.h"

#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

MachineRow::MachineRow(QWidget *parent)
    : QAbstractButton(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void MachineRow::setFact(std::optional<State> state, Glyph glyph, const QString &name, const QString &mode,
                         const QString &tip)
{
    m_state = state;
    m_glyph = glyph;
    m_name = name;
    m_mode = mode;
    setToolTip(tip);
    setAccessibleName(mode.isEmpty() ? name : name + u", "_s + mode);
    setAccessibleDescription(tip);
    update();
}

QSize MachineRow::sizeHint() const
{
    return {px(180), px(22)};
}

void MachineRow::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    if (underMouse()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.hover);
        painter.drawRoundedRect(rect(), px(4), px(4));
    }
    const int side = px(14);
    const QRect shape(px(7), (height() - side) / 2, side, side);
    if (m_state)
        paintState(painter, shape, *m_state, theme);
    else
        paintGlyph(painter, shape, m_glyph, theme.muted);
    painter.setFont(kernelyard::font(Type::Secondary));
    const QFontMetrics metrics = painter.fontMetrics();
    const QRect room = rect().adjusted(px(27), 0, -px(6), 0);
    // Three fifths, or what the name leaves.
    const int forMode = qMax(room.width() * 3 / 5, room.width() - metrics.horizontalAdvance(m_name) - px(8));
    const QString mode = metrics.elidedText(m_mode, Qt::ElideRight, forMode);
    const int modeWidth = m_mode.isEmpty() ? 0 : metrics.horizontalAdvance(mode) + px(8);
    painter.setPen(theme.text);
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft,
                     metrics.elidedText(m_name, Qt::ElideRight, room.width() - modeWidth));
    painter.setPen(m_state == State::Warning || m_state == State::Failed ? theme.color(*m_state) : theme.muted);
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignRight, mode);
}

MachineFooter::MachineFooter(const Machine &machine, QWidget *parent)
    : QWidget(parent)
    , m_machine(machine)
{
    setAccessibleName(tr("This machine"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, px(8), 0, 0);
    column->setSpacing(0);
    connect(&machine, &Machine::enginesChanged, this, &MachineFooter::rebuild);
    connect(&machine, &Machine::gpusChanged, this, &MachineFooter::rebuild);
    connect(&machine, &Machine::hostChanged, this, &MachineFooter::rebuild);
    rebuild();
}

static QString gpuMode(const GpuStatus &gpu)
{
    QStringList parts;
    if (gpu.utilisationPercent)
        parts.append(MachineFooter::tr("%1 %").arg(*gpu.utilisationPercent));
    if (gpu.temperatureCelsius)
        parts.append(MachineFooter::tr("%1 °C").arg(*gpu.temperatureCelsius));
    return parts.join(u" · "_s);
}

/// Without the maker's name, which says nothing in a narrow row.
static QString shortName(QString name)
{
    for (const QString &prefix : {u"NVIDIA "_s, u"GeForce "_s})
        if (name.startsWith(prefix))
            name.remove(0, prefix.size());
    return name;
}

static QString nameOf(const GpuStatus &gpu)
{
    return gpu.name.isEmpty() ? MachineFooter::tr("GPU %1").arg(gpu.index) : shortName(gpu.name);
}

/// One that is in trouble before those that are not.
static const GpuStatus *firstInTrouble(const QList<GpuStatus> &gpus)
{
    for (const GpuStatus &gpu : gpus)
        if (isTrouble(gpu.fault.condition))
            return &gpu;
    return nullptr;
}

/// The busiest one's use and the hottest one's temperature.
static QString highest(const QList<GpuStatus> &gpus)
{
    GpuStatus sum;
    for (const GpuStatus &gpu : gpus) {
        sum.utilisationPercent = std::max(sum.utilisationPercent, gpu.utilisationPercent);
        sum.temperatureCelsius = std::max(sum.temperatureCelsius, gpu.temperatureCelsius);
    }
    return gpuMode(sum);
}

QList<MachineFooter::Fact> MachineFooter::gpuFacts(const QList<GpuStatus> &gpus)
{
    QList<Fact> all;
    const auto add = [&all](const GpuStatus &gpu, const QString &name) {
        const GpuNotice notice = noticeOf(gpu.fault, nameOf(gpu), gpu.id());
        const bool healthy = gpu.fault.condition == GpuCondition::Healthy;
        all.append({Kind::Gpu, isTrouble(gpu.fault.condition) ? std::optional(State::Warning) : std::nullopt,
                    Glyph::Gpu, name, healthy ? gpuMode(gpu) : notice.word,
                    healthy ? gpu.name : QString(notice.message + u'\n' + notice.remedy)});
    };
    constexpr qsizetype most = 2; // rows; more are one
    if (gpus.size() <= most) {
        for (const GpuStatus &gpu : gpus)
            add(gpu, nameOf(gpu));
        return all;
    }
    if (const GpuStatus *trouble = firstInTrouble(gpus))
        add(*trouble, tr("%1 GPUs").arg(gpus.size()));
    else
        all.append({Kind::Gpu, std::nullopt, Glyph::Gpu, tr("%1 GPUs").arg(gpus.size()), highest(gpus),
                    tr("The busiest one's use, the hottest one's temperature")});
    return all;
}

QList<MachineFooter::Fact> MachineFooter::facts() const
{
    QList<Fact> all;
    const auto &engines = m_machine.engines();
    const auto &gpus = m_machine.gpus();
    if (!engines)
        all.append({Kind::Engine, State::Unknown, Glyph::Unknown, tr("Engines"), u"…"_s, tr("Being asked")});
    else
        for (const Engine &engine : *engines)
            all.append({Kind::Engine, stateOf(engine), Glyph::Unknown, nameOf(engine), modeOf(engine),
                        remedyOf(engine).isEmpty() ? tr("%1 answers").arg(engine.display()) : remedyOf(engine)});
    if (!gpus)
        all.append({Kind::Gpu, std::nullopt, Glyph::Gpu, tr("GPU"), u"…"_s, tr("Being asked")});
    else if (!*gpus)
        all.append({Kind::Gpu, State::Warning, Glyph::Gpu, tr("GPU"),
                    m_machine.gpuFault().condition == GpuCondition::Healthy ? tr("no answer")
                                                                            : noticeOf(m_machine.gpuFault(), {}).word,
                    gpus->error().message + u'\n' + gpus->error().remedy});
    else if ((*gpus)->isEmpty())
        all.append({Kind::Gpu, std::nullopt, Glyph::Gpu, tr("No GPU"), tr("CPU path"),
                    tr("No GPU was found. Kernels are compiled and validated for the CPU.")});
    else
        all += gpuFacts(**gpus);
    const std::optional<HostResources> &host = m_machine.host();
    all.append({Kind::Disk, std::nullopt, Glyph::Disk, tr("Disk"),
                host ? tr("%1 free").arg(diskText(host->freeDiskBytes)) : u"…"_s,
                host ? tr("Free where the builds are kept (%1)").arg(host->diskPath) : tr("Being asked")});
    return all;
}

void MachineFooter::rebuild()
{
    const QList<Fact> all = facts();
    while (m_rows.size() > all.size())
        delete m_rows.takeLast();
    while (m_rows.size() < all.size()) {
        auto *row = new MachineRow(this);
        const qsizetype index = m_rows.size();
        connect(row, &QAbstractButton::clicked, this, [this, index] { open(m_kinds[index]); });
        m_rows.append(row);
        layout()->addWidget(row);
    }
    m_kinds.clear();
    for (qsizetype i = 0; i < all.size(); ++i) {
        m_rows[i]->setFact(all[i].state, all[i].glyph, all[i].name, all[i].mode, all[i].tip);
        m_kinds.append(all[i].kind);
    }
}

void MachineFooter::open(Kind kind)
{
    if (kind == Kind::Engine)
        Q_EMIT engineChosen();
    else if (kind == Kind::Gpu)
        Q_EMIT gpuChosen();
    else
        Q_EMIT diskChosen();
}

void MachineFooter::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(0, 0, width(), 1, Theme::of(palette()).line);
}

} // namespace kernelyard
