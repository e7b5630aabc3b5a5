// SPDX-License-Identifier: GPL-3.0-or-later
// BuildsPage's part that mends the cause of a failure.
#include "core/build/planchange.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/remedydialog.h"
#include "ui/widgets/icon.h"

#include <QAction>
#include <QInputDialog>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

struct RemedyWords
{
    QString button;
    QString about; ///< of a command that is shown first
};

RemedyWords wordsOf(const Remedy &remedy)
{
    const auto tr = [](const char *text) { return BuildsPage::tr(text); };
    switch (remedy.action) {
    case RemedyAction::FewerJobs:
        return {remedy.jobs == 1 ? tr("Retry with 1 job") : tr("Retry with %1 jobs").arg(remedy.jobs), {}};
    case RemedyAction::ArchList:
        return {tr("Choose architectures…"), {}};
    case RemedyAction::FreeSpace:
        return {tr("Free space…"), tr("Removes what no image and no running build uses from the engine's storage. "
                                      "Cached steps that go are built again when they are next wanted.")};
    case RemedyAction::StartEngine:
        return {tr("Start the daemon…"), tr("Starts the engine's service on this machine.")};
    case RemedyAction::GpuToolkit:
    case RemedyAction::Run:
    case RemedyAction::None:
        break;
    }
    const QString line = remedy.run ? remedy.run->display() : QString();
    if (line.contains(u"nvidia-ctk cdi"))
        return {tr("Describe the GPUs…"), tr("Writes down for containers which GPUs and driver this machine has now.")};
    if (line.contains(u"nvidia-ctk"))
        return {tr("Configure the GPU toolkit…"), tr("Tells Docker of NVIDIA's runtime and restarts its daemon, which "
                                                     "ends the containers that run.")};
    if (remedy.action == RemedyAction::GpuToolkit)
        return {tr("Install the GPU toolkit…"),
                tr("Installs NVIDIA's container toolkit, which gives containers the GPU. The package comes from "
                   "NVIDIA's own repository, which this machine must know, and needs NVIDIA's driver.")};
    if (line.contains(u"--groups docker"))
        return {tr("Join the group docker…"), tr("Lets you use Docker, from your next login on. Who is in this group "
                                                 "can become root on this machine.")};
    if (line.contains(u"subuids"))
        return {tr("Add user ids…"), tr("Gives you the range of user ids that containers need. Take another where "
                                        "someone has this one, and run “podman system migrate” afterwards.")};
    if (line.contains(u"safe.directory"))
        return {tr("Mark the directory safe…"), tr("Tells git that you trust this checkout, whoever owns it.")};
    if (line.contains(u"submodule"))
        return {tr("Fetch the submodules…"), tr("Fetches what the checkout's submodules lack.")};
    if (line.contains(u" login"))
        return {tr("Log in…"), tr("Asks for your name and password of the registry.")};
    return {tr("Show the remedy…"), tr("This command mends the cause.")};
}

/// The step that failed decides where an argument goes.
int failedTask(const StepModel &steps)
{
    return steps.failedStep() >= 0 ? steps.steps()[steps.failedStep()].task : -1;
}

} // namespace

void BuildsPage::showRemedy()
{
    const std::optional<Remedy> &remedy = m_detail->failure().remedy;
    const bool shown = m_retry->isVisible() && remedy.has_value();
    m_remedy->setVisible(shown);
    if (!shown)
        return;
    const bool launches = remedy->action == RemedyAction::FewerJobs || remedy->action == RemedyAction::ArchList;
    m_remedy->setText(wordsOf(*remedy).button);
    m_remedy->setIconText(m_remedy->text());
    m_remedy->setEnabled(!launches || m_retry->isEnabled());
    m_remedy->setToolTip(launches && !m_retry->isEnabled() ? m_retry->toolTip() : m_remedy->text());
    m_remedy->setIcon(icon(remedy->run ? Glyph::Repair : Glyph::Play, Ink::OnAccent));
}

void BuildsPage::applyRemedy()
{
    const std::optional<Remedy> chosen = m_detail->failure().remedy; // kept: a launch shows another build
    if (!m_remedy->isVisible() || !m_remedy->isEnabled() || !chosen)
        return;
    const Remedy &remedy = *chosen;
    if (remedy.action == RemedyAction::FewerJobs)
        return launch(withJobs(m_detail->plan(), failedTask(m_detail->steps()), remedy.jobs));
    if (remedy.action == RemedyAction::ArchList)
        return chooseArchs(remedy);
    const RemedyWords words = wordsOf(remedy);
    QString title = words.button;
    title.remove(u'…');
    auto *dialog = new RemedyDialog(title, words.about, remedy.run.value_or(Command()), m_sources.run, window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &RemedyDialog::retryAsked, this, &BuildsPage::retry);
    dialog->open();
}

void BuildsPage::chooseArchs(const Remedy &remedy)
{
    auto *dialog = new QInputDialog(window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("GPU architectures"));
    const QStringList own = m_sources.gpuArchs();
    QStringList words{tr("%1, for example 8.0;9.0. The build is retried with it.").arg(remedy.archName)};
    if (!own.isEmpty())
        words << tr("This machine's GPU is %1.").arg(own.join(tr(" and ")));
    dialog->setLabelText(words.join(u'\n'));
    QString archs = remedy.archs;
    // A tool that refused one of them refuses this machine's too, if that is the one.
    if (m_detail->failure().label != u"unsupported-gpu-arch"_s)
        for (const QString &arch : own)
            if (!archs.contains(arch))
                archs += archs.isEmpty() ? arch : QString(u';' % arch);
    dialog->setTextValue(archs);
    dialog->setOkButtonText(tr("Retry"));
    const Plan plan = m_detail->plan();
    const int task = failedTask(m_detail->steps());
    connect(dialog, &QInputDialog::textValueSelected, this, [this, plan, task, remedy](const QString &chosen) {
        if (!chosen.trimmed().isEmpty() && m_retry->isEnabled())
            launch(withBuildArgument(plan, task, remedy.archName, chosen.trimmed()));
    });
    dialog->open();
}

} // namespace kernelyard
