// SPDX-License-Identifier: GPL-3.0-or-later
// ForksPage's part about dev containers.
#include "core/fork/address.h"
#include "ui/devcontainer/devcontainerdialog.h"
#include "ui/forks/forkspage.h"
#include "ui/forks/forkwords.h"

#include <QInputDialog>

namespace kernelyard {

/// For the environment that builds the fork; where none does, it is asked for which.
void ForksPage::askDevContainer()
{
    if (const Environment *environment = environmentOf(m_path)) {
        showDevContainer(*environment);
        return;
    }
    const ForkStatus *fork = m_store.find(m_path);
    const auto &catalog = m_with.environments.catalog();
    if (!fork || !catalog || catalog->environments.isEmpty())
        return;
    QStringList names;
    for (const Environment &environment : catalog->environments) {
        const bool isLikely = environment.fork && environment.fork->name == nameOfAddress(fork->origin);
        isLikely ? names.prepend(environment.name) : names.append(environment.name);
    }
    auto *dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Dev container"));
    dialog->setLabelText(tr("Environment whose image %1 is opened in").arg(nameOf(*fork)));
    dialog->setComboBoxItems(names);
    dialog->setOkButtonText(tr("Go on…"));
    connect(dialog, &QInputDialog::textValueSelected, this, [this](const QString &name) {
        if (const Environment *environment = m_with.environments.find(name))
            showDevContainer(*environment);
    });
    dialog->open();
}

void ForksPage::showDevContainer(const Environment &environment)
{
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    if (!engine) {
        Q_EMIT failed(engine.error());
        return;
    }
    auto *dialog = new DevContainerDialog({environment, *engine, m_path}, DevContainerSources::real(m_with.paths),
                                          m_with.launcher, m_with.builds, this);
    connect(dialog, &DevContainerDialog::buildAsked, this, &ForksPage::buildAsked);
    dialog->open();
}

} // namespace kernelyard
